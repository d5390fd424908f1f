//! The only crate with SQL: one contract, kept in memory, by SQLite and by PostgreSQL.
//!
//! Nothing here decides about money or time. Whether a refund is admitted, what a batch makes of an order, where a
//! refund waits and when it is due are functions of `refunds`, called inside the transaction that writes what they
//! say.
//!
//! Read in this order:
//! 1. [`contract`]: the operations. [`intake`], [`reading`], [`merchant`], [`node`] and [`restoration`] have their arguments and answers,
//!    [`error`] what can go wrong, [`owner`] which of them answers what an owner wants to read.
//! 2. [`memory`]: what the operations mean, in maps. The simulation drives it without a runtime.
//! 3. `decision`, `numbers`, `payment`, `past`, [`waiting`]: the little that the stores share.
//! 4. `rows`: what domain values look like in a table. `sql`: the tables, and the statements that write and read them.
//!    [`sqlite`]: the threads that do so in one file; [`postgres`]: those that do so in a database many processes share.
//! 5. [`open`]: which store a configuration names. [`hints`]: what it tells others that have it open. [`kill_point`]: where
//!    tests end the process, [`failing`]: where they let an operation fail.
//!
//! Rows are locked in the order ownership, order, refund, by whoever locks them one by one.

pub mod contract;
mod decision;
pub mod error;
pub mod failing;
pub mod hints;
pub mod intake;
pub mod kill_point;
pub mod memory;
pub mod merchant;
pub mod node;
mod numbers;
pub mod open;
pub mod owner;
mod past;
mod payment;
pub mod postgres;
pub mod reading;
pub mod restoration;
mod rows;
mod sql;
pub mod sqlite;
pub mod waiting;

pub use contract::{Answer, Store};
pub use error::{CommitError, StoreError};
