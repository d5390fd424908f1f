//! The pages, one file a place in the menu: [`login`], [`account_center`], [`api_security`], [`certificates`] (the steps with a
//! certificate), [`operating_certificate`], [`downloads`], [`messages`] (notices, and the sandbox phone).

pub(super) mod account_center;
pub(super) mod api_security;
pub(super) mod certificates;
pub(super) mod downloads;
pub(super) mod login;
pub(super) mod messages;
pub(super) mod operating_certificate;
