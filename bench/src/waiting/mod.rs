//! How much waits behind a decision: an owner with few and with a million waiting refunds, and what one event costs it.
//!
//! The refunds stay in a store as far as the owner does not ask for them, so neither its memory nor the time of a decision may
//! grow with their number. Each case runs in a process of its own, whose memory is the owner's alone: its store makes the
//! refunds up as they are read.
//!
//! Read in this order:
//! 1. [`merchant`]: whose refunds they are. [`rows`]: the store that makes them up.
//! 2. [`event`]: what happens. [`trade`]: days of it, each call of the owner timed.
//! 3. [`report`]: the figures, and whether they are as wanted. [`run`]: all cases.

pub mod event;
pub mod merchant;
pub mod report;
pub mod rows;
pub mod run;
pub mod trade;
