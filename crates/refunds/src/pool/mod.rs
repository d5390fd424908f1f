//! The money refunds are paid from: what is in it today, who may try it when, and how often.
//!
//! Read [`estimate`] (what is known of a pool), [`budget`] (how many calls are left), then [`plan`] (who goes now).

pub mod belief;
pub mod budget;
pub mod day_kind;
pub mod estimate;
pub mod explain;
pub mod normal;
pub mod outlook;
pub mod past;
pub mod paths;
pub mod plan;
pub mod promise;
pub(crate) mod rounding;
pub mod schedule;
pub mod sight;
pub mod told;
