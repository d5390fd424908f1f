//! The store in one SQLite file, for one process.
//!
//! One thread writes and three read, beside one another: that is what the write-ahead log allows. A further thread
//! keeps the log short. Callers wait without a thread of their own.
//!
//! Read `store` (the pieces put together), `writer` (group commit: the theory is there), `checkpoint`, `readers`,
//! `open`, `opened_file` and `health`. `backup` copies a database that is in use; `engine` carries out what the functions of
//! `sql` ask for.

mod backup;
mod checkpoint;
mod engine;
mod health;
mod open;
mod opened_file;
mod readers;
mod store;
mod writer;

pub use backup::back_up;
pub use store::SqliteStore;

pub use crate::sql::written::Written;
