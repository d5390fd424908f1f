//! Stories and properties of the platform, told through its public calls.

#![expect(clippy::unwrap_used, reason = "a story whose plumbing fails is a failed test")]

mod audit;
mod night;
mod notices;
mod orders;
mod properties;
mod refunds;
mod stage;
mod statements;
