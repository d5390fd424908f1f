//! The money refunds are paid from: what is in it today, who may try it when, and how often.
//!
//! Read [`estimate`] (what is known of a pool), [`budget`] (how many calls are left), then [`plan`] (who goes now).

pub mod budget;
pub mod estimate;
pub mod plan;
