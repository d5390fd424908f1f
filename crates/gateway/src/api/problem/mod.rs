//! What every error answer looks like: a problem document by RFC 9457.
//!
//! [`catalogue`] has the codes with their statuses and sentences, [`document`] the one type that is answered,
//! [`refusals`] makes problems of what the store and the orders refuse.

pub mod catalogue;
pub mod document;
pub mod refusals;

pub use catalogue::Code;
pub use document::Problem;
