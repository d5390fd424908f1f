//! A PostgreSQL server for tests, gone with the process that wanted it.
//!
//! [`Server::start`] makes one in a temporary folder with the programs of Debian's package `postgresql`; [`shared`] is
//! the one that the tests of a process have together, each with a database of its own. Read `server`, then `programs`.
//!
//! Nothing listens on the network: the server is reached by a socket in its folder.

mod programs;
mod server;

pub use server::{Server, ServerError, shared};
