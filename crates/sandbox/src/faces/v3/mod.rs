//! APIv3, global and mainland.
//!
//! Read in this order: [`gate`] (whether a request is let in), `route` and `arrival` (which call it is, and its reading),
//! `desk` (the call is carried out), with one file a resource: `refunds`, `orders`, `statements`, `certificates`; then
//! `told` (how orders and refunds are told), `errors` (every refusal's code, status and words), [`language`], [`settings`] (where
//! the pages are silent or disagree), `notices` (what is posted to merchants), and `draws` (nonces and ids).

pub(crate) mod answer;
pub(crate) mod arrival;
pub(crate) mod certificates;
pub(crate) mod desk;
pub(crate) mod draws;
pub(crate) mod errors;
pub mod gate;
pub mod language;
pub(crate) mod notices;
pub(crate) mod orders;
pub(crate) mod refunds;
pub(crate) mod route;
pub mod settings;
pub(crate) mod statements;
pub(crate) mod told;
