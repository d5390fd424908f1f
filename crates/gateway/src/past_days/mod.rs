//! The past days of each pool: what payers paid and what refunds drew, day by day, for the forecasts of the owners.
//!
//! Read in this order: [`which`] (which days are asked for, and when), [`of_statement`] (what a day's statement says),
//! [`of_books`] (the same by our own books, where no statement can be had), [`heard`] (the memory that asks for no day twice),
//! [`keeper`] (the errand that asks, one merchant id each), [`review`] (what
//! statements say beyond our books).

pub mod heard;
pub mod keeper;
pub mod of_books;
pub mod of_statement;
pub mod review;
pub mod which;
