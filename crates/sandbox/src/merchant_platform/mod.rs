//! The Merchant Platform: what merchants do there about their certificates, as pages in the browser.
//!
//! Read in this order:
//! 1. [`register`] (every certificate issued) and [`standing`] (what one is worth), `steps` (a step carried out by the rules
//!    of [`certs::lifecycle`], which `rules` chooses), `request_string`.
//! 2. [`office`] (notices, operating certificates), [`messages`] (what people got), `people` (who they are), `channels` (the
//!    SMS gateway and the Official Account).
//! 3. The pages: `visit` (a request, read), `sessions`, `counter` (who serves whom), `frame` and `words`, `pages`,
//!    `response`, `assets`; `served` tells requests for them from those for the interfaces.

mod assets;
mod channels;
mod counter;
mod frame;
pub mod messages;
pub mod office;
mod pages;
pub(crate) mod people;
pub mod register;
pub(crate) mod request_string;
mod response;
pub(crate) mod rules;
mod served;
pub(crate) mod sessions;
pub mod standing;
pub(crate) mod steps;
mod visit;
mod words;

pub(crate) use served::{answer, serves};

/// The path below which the pages are.
pub(crate) const BASE: &str = "/merchant-platform";
