//! Benchmarks: how fast the gateway is on this machine, beside what this machine can do at all; and how well the retry planner
//! does, beside what is written without one.
//!
//! No figure stands alone. Machines differ and neighbours make noise, so each run measures its own anchors (signatures,
//! rows on disk), before and after, and sets the gateway's figures beside them as ratios. The gateway, the sandbox and
//! the callers are three processes, so that each one's CPU time and memory are its own. Only the figures of an optimised
//! build mean anything.
//!
//! Read in this order: [`figures`], [`anchors`], [`processes`], [`http`] and [`callers`], [`world`], [`trials`],
//! [`report`]; [`run`] puts them in order. [`restart`] kills a gateway for whom many refunds wait.
//! [`planner`] stands by itself and measures no time; [`waiting`] stands by itself and measures the owner alone.

pub mod anchors;
pub mod callers;
pub mod error;
pub mod figures;
pub mod http;
pub mod machine;
pub mod planner;
pub mod processes;
pub mod report;
pub mod restart;
pub mod run;
pub mod trials;
pub mod waiting;
pub mod world;
