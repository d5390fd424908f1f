//! Many refunds or payments out of one CSV file.
//!
//! [`columns`] is the form of a file, [`refund_line`] and [`payment_line`] make a line into a request, [`mod@file`] reads the
//! lines with their numbers, [`delivery`] brings a request to its answer however often the connection breaks, [`report`]
//! says what became of the lines, and [`mod@run`] puts these together. Nothing is remembered between two runs: the numbers in
//! the file are what makes a second run harmless.

pub(crate) mod columns;
mod delivery;
pub(crate) mod file;
pub(crate) mod payment_line;
pub(crate) mod refund_line;
mod report;
pub(crate) mod run;
