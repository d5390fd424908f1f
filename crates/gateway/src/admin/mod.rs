//! What an operator does: the first set-up, merchant ids, keys of the API, pausing, the ledger, nodes, the audit trail.
//!
//! Read in this order: [`init`] (what happens once, before anything), [`api_key`] and [`scopes`] (the keys of the API and
//! what they usually may do), [`issuing`] (making, replacing and taking back keys), [`trail`] (who did what), [`router`] (the
//! operator's HTTP interface under `/v1/admin`, with [`bodies`] as the document shows them and [`problems`]),
//! [`distribution`] (dividing a store among servers). There is no account of a person yet: an operator is whoever holds a
//! key with the scope `admin`; the first super administrator comes with the console.

pub mod api_key;
pub mod bodies;
pub mod init;
pub mod issuing;
mod keys;
mod ledger;
mod merchants;
mod nodes;
mod operator;
pub mod problems;
mod refusal;
mod request;
pub mod router;
pub mod scopes;
pub mod trail;
mod trail_pages;

pub use store::postgres::distribution;
