//! The merchant ids that are set up: [`account`] is one of them, [`registry`] all of them.

pub mod account;
pub mod registry;
