//! The store in a PostgreSQL database, which several processes may share.
//!
//! A handful of threads, each with a connection of its own, take turns in the order in which work came. What several callers
//! want of one merchant id at the same time is one turn and shares one transaction; different merchant ids go side by
//! side. A connection that is lost is made again. While the server is away callers wait for a few seconds and then are
//! told that the store is busy. One more thread passes hints between the stores of a database.
//!
//! Read `store` (the pieces put together), `worker` (what a turn comes to: the theory is there), `queue` (whose turn it
//! is), `link` and `session` (a connection and its loss), `engine` (carrying out what the functions of `sql` ask for),
//! `sqlstate` (what the server's errors mean), `schema` (the tables); `messenger` and `notification` (hints); then `url`,
//! `hosts`, `tls`, and `distribution` (dividing the tables among servers).

pub mod distribution;
mod engine;
mod hosts;
mod link;
mod messenger;
mod notification;
mod queue;
mod schema;
mod session;
mod sqlstate;
mod store;
mod tls;
mod url;
mod worker;

pub use store::PostgresStore;
pub use url::{Isolation, PostgresUrl, PostgresUrlError};

pub use crate::sql::written::Written;
