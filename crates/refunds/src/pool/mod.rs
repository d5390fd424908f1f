//! The money refunds are paid from: what is in it today, who may try it when, and how often.
//!
//! Read in this order:
//! 1. [`estimate`] and [`told`]: what is known of today. [`contribution`]: who brought it, and how far that is relied on.
//!    [`past`]: what past days have shown.
//! 2. [`sight`], [`belief`]: how much of a pool is seen, and what is thought of it now. [`paths`], [`scattered`], [`day_kind`],
//!    [`hours`]: the ways the day may go. [`exchange`]: until when of the night yesterday's money is refundable.
//! 3. [`price`], [`schedule`]: when to look into a pool that nobody sees. [`promise`]: when a refund leaves, and what is promised of
//!    it.
//! 4. [`ledger`]: the double-entry books of our own side. [`reconciliation`]: a day's statement against them.
//! 5. [`outlook`]: all of that for one pool. [`reservation`]: what is kept of it for a large refund. [`budget`]: how many calls are
//!    left. [`plan`]: who goes now. [`explain`]: what people are told of it.

pub mod belief;
pub mod budget;
pub mod contribution;
pub mod day_kind;
pub mod estimate;
pub mod exchange;
pub mod explain;
pub mod hours;
pub mod ledger;
pub mod normal;
pub mod outlook;
pub mod past;
pub mod paths;
pub mod plan;
pub mod price;
pub mod promise;
pub mod reconciliation;
pub mod reservation;
pub(crate) mod rounding;
pub mod scattered;
pub mod schedule;
pub mod sight;
pub mod told;
