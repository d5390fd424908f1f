//! How well the planner does: made-up merchants, played through it and through what it is measured against.
//!
//! Nothing here is timed. The same seeds give the same figures on every machine, whatever the number of threads.
//!
//! Read in this order:
//! 1. [`chance`]: where everything random comes from. [`merchant`]: who trades, and by what law.
//! 2. [`trade`]: the payments and refunds of one merchant. [`seeing`]: what the planner gets to see of them.
//! 3. [`trial`]: one merchant, played; [`tally`]: many of them, counted.
//! 4. [`points`]: what is wanted of the figures, and whether it holds. [`further`]: the same of large refunds and of neighbours.
//!    [`frontier`]: what refusals buy.
//! 5. [`options`] and [`run`]: what is played, on all cores. [`report`] and [`table`]: what came of it, to read.

pub mod chance;
pub mod frontier;
pub mod further;
pub mod merchant;
pub mod options;
pub mod points;
pub mod report;
pub mod run;
pub mod seeing;
pub mod table;
pub mod tally;
pub mod trade;
pub mod trial;
