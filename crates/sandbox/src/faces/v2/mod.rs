//! APIv2: XML with a shared key, and a client certificate for what moves money.
//!
//! Read in this order: `route` (which call it is), `certificate` (what a client certificate is worth), [`gate`] (whether
//! a request is let in), `arrival` (its reading), `desk` (the call is carried out), with one file a resource: `refunds`,
//! `orders`, `accounts`; then `errors` (every refusal's code, frame and words), `answer` (what is answered, and its
//! signature), [`settings`], and `notices` (what is posted to merchants who asked by V2, which [`asked`] remembers).
//!
//! How orders and refunds are told, and chance, are V3's: it is the same platform.

pub(crate) mod accounts;
pub(crate) mod answer;
pub(crate) mod arrival;
pub mod asked;
pub(crate) mod certificate;
pub(crate) mod desk;
pub(crate) mod errors;
pub mod gate;
pub(crate) mod notices;
pub(crate) mod orders;
pub(crate) mod refunds;
pub(crate) mod route;
pub mod settings;
