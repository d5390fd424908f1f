//! A week of an institution's trade in a minute, with everything that goes wrong in one, counted again at the end.
//!
//! Read in this order: [`plan`] (what will be paid, asked and broken; drawn from a seed), [`processes`] (the sandbox and the
//! gateway as children), [`platform`] and [`gateway`] (the demo's way to their interfaces, by [`call`]s), [`certificates`]
//! (the institution's papers), [`client_log`] (what was acknowledged, kept outside of the gateway), [`play`] (the days
//! passing), [`screen`] (what people see meanwhile), [`evidence`] and [`recount`] (what happened, counted from what the
//! platform saw), [`figures`] (and whether they are well), [`story`] (one refund told) and [`summary`], all in [`words`] for
//! people.

pub(crate) mod call;
pub(crate) mod certificates;
pub(crate) mod client_log;
pub(crate) mod evidence;
pub(crate) mod figures;
pub(crate) mod gateway;
pub(crate) mod plan;
pub(crate) mod platform;
pub(crate) mod play;
pub(crate) mod processes;
pub(crate) mod recount;
pub(crate) mod screen;
pub(crate) mod story;
pub(crate) mod summary;
pub(crate) mod words;
