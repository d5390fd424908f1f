//! The store in one SQLite file, for one process.
//!
//! One thread writes and three read, beside one another: that is what the write-ahead log allows. A further thread
//! keeps the log short. Callers wait without a thread of their own.
//!
//! Read `store` (the pieces put together), `writer` (group commit: the theory is there), `checkpoint`, `readers`,
//! `open`, `opened_file` and `health`; then the tables: `columns`, `refunds`, `orders`, `journal`, `waiting`, `states`, `pool_days`,
//! `ledger`, `contributions`; then the operations:
//! `intake`, `decisions`, `owner`, `api`, `merchants`, `keys`, `settings`, which `contract` offers to callers.

mod api;
mod checkpoint;
mod columns;
mod contract;
mod contributions;
mod decisions;
mod health;
mod intake;
mod journal;
mod keys;
mod ledger;
mod merchants;
mod open;
mod opened_file;
mod orders;
mod owner;
mod pool_days;
mod readers;
mod refunds;
mod settings;
mod states;
mod store;
mod waiting;
mod writer;

pub use store::{SqliteStore, Written};
