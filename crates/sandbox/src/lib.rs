//! WeChat Pay's side made visible: the `platform` behind HTTP, with signatures, a clock and faults.
//!
//! It says everywhere that it is a sandbox, and none of its keys opens anything else.
//!
//! Read in this order:
//! 1. [`keyring`]: which keys are in force. [`authority`] issues certificates, [`credentials`] keeps them in a folder.
//! 2. [`world_file`] and [`world_json`]: the world it plays, as it is given and as it is told.
//! 3. [`scene`]: everything it knows at one instant, and what it answers. [`faces`] has the calls, [`reply`] the answers,
//!    [`record`] what arrived.
//! 4. [`merchant_platform`]: the pages where merchants look after their certificates, and what they know of them.
//! 5. [`clock`] and [`faults`]: what time it is, and what goes wrong on purpose.
//! 6. [`serve`]: a sandbox from start to end; `listener`, [`tls`] and `notifier` are its sockets, `control` its other
//!    interface, [`snapshot`] how it is kept.

pub mod authority;
pub mod clock;
mod control;
pub mod credentials;
pub mod faces;
pub mod faults;
pub mod keyring;
mod listener;
pub mod merchant_platform;
mod notifier;
pub mod record;
pub mod reply;
pub mod scene;
pub mod serve;
pub mod snapshot;
mod stage;
pub mod tls;
pub mod world_file;
pub mod world_json;
