//! The other side: WeChat Pay as a pure model.
//!
//! Orders, fund pools, settlement, refunds, banks and notices of the platform, for a simulation that runs virtual
//! months in one process and for the sandbox, which puts HTTP faces around it. It speaks in domain values and knows
//! neither HTTP nor JSON nor signatures, and nothing of the gateway it will judge. No I/O, no clock, no randomness:
//! every call takes `now`, and chance is a stable hash of the seed.
//!
//! Read in this order: [`platform`] (the whole and its theory of operation), [`world`] and [`settings`] (what may
//! differ), [`ledger`] and [`pool`] (where the money is), [`settlement`] and [`rates`] (the night), [`order`] and
//! [`refund`] (what merchants ask), [`limits`], [`bank`] and [`chance`] (what happens to a refund), [`agenda`] and
//! [`notify`] (what is due when), [`statement`] and [`mod@batch`] (what merchants are told of their days), [`invariants`]
//! and [`audit`] (who watches). The form of snapshots is in `wire`.

pub mod agenda;
pub mod audit;
pub mod bank;
pub mod batch;
pub mod chance;
pub mod invariants;
pub mod ledger;
pub mod limits;
pub mod notify;
pub mod order;
pub mod platform;
pub mod pool;
pub mod rates;
pub mod refund;
pub mod settings;
pub mod settlement;
pub mod statement;
mod wire;
pub mod world;
