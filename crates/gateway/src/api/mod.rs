//! The tenant's HTTP interface, `/v1`, with its document and its error catalogue.
//!
//! Read in this order:
//! 1. [`problem`]: what every error answer looks like. HTTP statuses of errors stand in its catalogue and nowhere else.
//! 2. [`passage`] (what surrounds every request; `unread`: what it left on the connection), [`access`] and [`tenant`] (who
//!    asks, about whom; [`known_keys`]), [`request`] (how a request is read).
//! 3. [`refunds`], then [`orders`], [`payments`] and [`paid`], [`pools`], [`own`], [`errors`]: a file a resource;
//!    [`foresight`] is what both refunds and pools are explained by.
//! 4. [`router`] puts them together, [`openapi`] completes the document that the routes give, [`docs`] shows it.

pub mod access;
pub mod docs;
pub mod errors;
pub mod foresight;
pub mod known_keys;
pub mod openapi;
pub mod orders;
pub mod own;
pub mod paid;
pub mod passage;
pub mod payments;
pub mod pools;
pub mod problem;
pub mod refunds;
pub mod request;
mod router;
pub mod state;
pub mod tenant;
mod unread;

pub use router::{document, router, wrong_method};
