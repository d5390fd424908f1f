//! What is kept in a database, and how it is asked for: SQL that is written once, for every engine.
//!
//! A statement is text in the SQL that both engines know, with `?` or `?1` where a value goes. An upsert names the columns
//! whose conflict it means, and nothing relies on the type of a constant. Every statement is about one merchant id, whose
//! column it names, so that the tables can be divided by it; the exceptions are the lists of merchant ids and of their
//! owners, keys of the API, settings and nodes.
//!
//! Read `connection` (what an engine can do), `value` and `columns` (a value on its way in, and out), `statement` (rows
//! that are written by the names of their columns); then the tables: `refunds`, `orders`, `journal`, `waiting`, `states`,
//! `pool_days`, `ledger`, `contributions`; then the operations: `intake`, `decisions`, `owner`, `api`, `merchants`, `keys`,
//! `settings`, `nodes`. `contract` offers them to callers; `hands` is what it needs of a store for that. A write is a `job`, and
//! jobs that share a transaction are a `group`; `written` counts them.

// What the others are written with, so first.
#[macro_use]
mod statement;

mod api;
mod columns;
mod connection;
mod contract;
mod contributions;
mod decisions;
pub(crate) mod error;
pub(crate) mod group;
pub(crate) mod hands;
mod intake;
pub(crate) mod job;
mod journal;
pub(crate) mod keys;
pub(crate) mod ledger;
pub(crate) mod merchants;
mod nodes;
pub(crate) mod orders;
mod owner;
pub(crate) mod pool_days;
mod refunds;
mod restoring;
mod settings;
pub(crate) mod states;
pub(crate) mod value;
mod waiting;
pub(crate) mod written;

pub(crate) use columns::{Columns, Row, word};
pub(crate) use connection::{Connection, Engine};
pub(crate) use error::{Error, Kind, Result};
