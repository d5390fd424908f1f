//! A day's statement: every payment and every accepted refund of one China day, as a text table.
//!
//! WeChat Pay makes it the morning after and never changes it again. Its text is not what is signed: a digest of it
//! stands in a header, and the header is. So it is believed in two steps, and read only after both.
//!
//! Read in this order: [`call`] (which statement is asked for, and from when), [`digest`] (whether the text is
//! genuine), [`mod@column`] (what stands in it), [`row`] (one record), [`read`] and [`mod@write`] (the text), `amount` (money
//! in major units), [`error`] (everything that can be wrong with one). Source: [global-statement].

mod amount;
pub mod call;
pub mod column;
pub mod digest;
pub mod error;
pub mod read;
pub mod row;
#[cfg(test)]
mod sample;
pub mod write;
