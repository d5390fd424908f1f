//! The pages, in the order of the steps: [`merchant_info`], [`request_string`], [`certificate_string`], [`generated`] with
//! [`bundle`] and [`gateway`] on it; then [`inspect`], and what is shown to whom a page is closed ([`closed`]).

pub(super) mod bundle;
pub(super) mod certificate_string;
pub(super) mod closed;
pub(super) mod folders;
pub(super) mod gateway;
pub(super) mod generated;
pub(super) mod inspect;
pub(super) mod language;
pub(super) mod merchant_info;
pub(super) mod request_string;
