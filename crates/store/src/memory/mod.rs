//! The store in memory: what the contract means, said in maps.
//!
//! [`Model`] is a plain value without locks, clock or I/O, so a simulation can own it, copy it and replay on it.
//! [`MemoryStore`] puts one behind a lock and keeps the contract with it.
//!
//! Read `model` (what is kept), `intake`, `decisions`, `owner`, `pool_days`, `ledger`, `api`, `merchants`, `nodes`, then `shared`.

mod api;
mod decisions;
mod intake;
mod ledger;
mod merchants;
mod model;
mod nodes;
mod owner;
mod pool_days;
mod shared;

pub use model::Model;
pub use shared::MemoryStore;
