//! The life of a merchant API certificate: one state table, under two sets of rules, as pure functions of a record and an
//! instant.
//!
//! Read in this order: [`policy`] (the numbers), [`record`] (what is known of a certificate), [`state`](mod@state) (where it
//! stands, and when the clock changes that), [`action`] (what people ask for, and what comes of it), [`table`] (the rows, and
//! the only place that decides), [`china`] (months and years as the platform counts them), [`notices`] (who is told when),
//! [`support_hours`] (when WeChat Pay answers).

pub mod action;
pub mod china;
pub mod notices;
pub mod policy;
pub mod record;
pub mod state;
pub mod support_hours;
pub mod table;

pub use action::{Action, CallRefused, Effect, Guards, Old, Outcome, Refusal};
pub use policy::{Extension, Policy, Profile};
pub use record::{IssuedBy, KeyPlace, Record, Replacement, Superseded, Validity};
pub use state::{State, next_change, state};
pub use table::{allowed, call, decide, standing};

#[cfg(test)]
mod boundaries;
#[cfg(test)]
mod rows;
#[cfg(test)]
mod walk;
