//! The worker: drives the owners of this node.
//!
//! An [`Owner`](refunds::owner::Owner) decides and does nothing; a driver does what it decided and tells it what came of it.
//! No line here knows about money. Read in this order:
//!
//! - [`owners`]: what the rest of the service knows of the owners: whom to hint, where to listen.
//! - `driver`: one owner's loop: an input, its outputs, the next input.
//! - `errands`: what an output is turned into: a commit, a request, a question, a page.
//! - [`node`]: begins a driver for each merchant id, and a new one where one has failed.

mod driver;
mod errands;
pub mod node;
pub mod owners;
