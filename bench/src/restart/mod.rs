//! How soon a gateway is back that was killed while a million refunds waited.
//!
//! It is killed by SIGKILL while WeChat Pay owes it the answers to hundreds of submissions, and started again on the same file. What
//! counts is when it takes a refund in again, and when it asks about what it sent and heard nothing of: those are the first timers
//! that are due. The same is done while nobody waits, so that what the waiting cost stands beside what a start costs anyway.
//!
//! Read in this order:
//! 1. [`filling`]: the refunds that wait.
//! 2. [`killing`]: one kill, and what comes after it.
//! 3. [`report`]: the figures, and whether they are as wanted. [`run`]: all of it.

pub mod filling;
pub mod killing;
pub mod report;
pub mod run;
