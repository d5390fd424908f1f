//! PostgreSQL for tests, gone with the process that wanted it.
//!
//! [`Server::start`] makes a server in a temporary folder with the programs of Debian's package `postgresql`; [`shared`] is
//! the one that the tests of a process have together, each with a database of its own. [`Cluster::start`] makes two servers
//! of which one takes over when the other is lost, with the packages `patroni` and `etcd-server`. Read `server`, then
//! `cluster` and `member`; `programs` has what is installed and whom it runs as, `guardian` ends everything.
//!
//! A server is reached by a socket in its folder, a cluster by ports of this machine alone.

mod cluster;
mod error;
mod guardian;
mod member;
mod ports;
mod programs;
mod server;

pub use cluster::Cluster;
pub use error::ServerError;
pub use member::Member;
pub use server::{Server, shared};
