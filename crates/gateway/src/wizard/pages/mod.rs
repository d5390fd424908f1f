//! The pages, in the order of the steps: [`merchant_info`], [`request_string`], [`certificate_string`], [`generated`] with
//! [`bundle`] and [`gateway`] on it. Then [`inspect`], [`language`] (choosing one), [`folders`] (which folder a page is
//! about) and [`closed`] (what is shown to whom a page is closed).

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
