//! Watching certificates: telling people in time, on several channels, each notice once.
//!
//! When something is to be said, and what, is [`certs::lifecycle::notices`]'s; here it is sent. A *round* looks at every
//! watched certificate and asks, for every recipient of every channel, whether a notice is due that was not sent there; it
//! sends that and writes down that it did, on disk, before it goes on. Whoever is restarted reads what was written. A process
//! that dies between the sending and the writing sends once more: at least once, and hardly ever twice. A channel that is
//! down is tried again after growing pauses, and holds nobody else up.
//!
//! Read in this order:
//! - What is watched: [`watched`], from the store ([`stored`](crate::merchants::stored)) or from files ([`folders`]).
//! - Whom to tell: [`settings`]; [`channel`] with [`email`], [`sms`] and [`official_account`]; [`secret`] is where their
//!   passwords come from.
//! - The work: [`round`], with [`pauses`] after failures and [`sent`], what was sent, in the store or in a [`state_file`].
//! - Who does it all the time: [`service`] in the gateway (beside a sandbox it writes to the [`sandbox_phone`]);
//!   [`over_folders`] for files, which is `tidegate cert watch`.

pub mod channel;
pub mod email;
pub mod folders;
pub mod official_account;
pub mod over_folders;
pub mod pauses;
pub mod round;
pub mod sandbox_phone;
pub mod secret;
pub mod sent;
pub mod service;
pub mod settings;
pub mod sms;
pub mod state_file;
pub mod watched;
