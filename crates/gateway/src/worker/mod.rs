//! The worker: drives the owners of this node.
//!
//! An [`Owner`](refunds::owner::Owner) decides and does nothing; a driver does what it decided and tells it what came of it.
//! No line here knows about money. Read in this order:
//!
//! - [`owners`]: what the rest of the service knows of the owners: whom to hint, where to listen.
//! - `driver`: one owner's loop: an input, its outputs, the next input.
//! - `errands`: what an output is turned into: a commit, a request, a question, a page. `taking_in`: refunds that were found.
//! - `drivers`: those that run, and what happens when one comes to its end.
//! - [`node`]: which merchant ids this node drives, one among several or alone. `standing` is whether it may act on that, [`nodes`]
//!   what the rest of the service knows of it.

mod driver;
mod drivers;
mod errands;
pub mod node;
pub mod nodes;
pub mod owners;
mod standing;
mod taking_in;
