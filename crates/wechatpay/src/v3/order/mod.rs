//! Orders: what there is to refund.
//!
//! Read [`call`] (which calls there are, and their targets), [`place`] (placing a native or Quick Pay order), [`record`]
//! (an order as queries and notifications tell it). The gateway asks; the rest is what a sandbox needs.

pub mod call;
pub mod place;
pub mod record;
