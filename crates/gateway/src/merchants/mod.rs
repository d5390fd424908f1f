//! The merchant ids that are set up.
//!
//! Read in this order: [`account`] is one of them, [`registry`] all of them; [`api_certificate`] and [`credentials`] are
//! what one signs with, [`stored`] how that is kept, sealed, [`api_host`] where it calls; [`setting_up`] checks and takes
//! one in, [`renewal`] gives one a new certificate, [`loading`] brings all back at the start, and
//! [`following`] what other nodes change.

pub mod account;
pub mod api_certificate;
pub mod api_host;
pub mod credentials;
pub mod following;
pub mod loading;
pub mod registry;
pub mod renewal;
pub mod setting_up;
pub mod stored;
