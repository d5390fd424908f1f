//! Refunds: submitting one, asking for them, and how answers tell them.
//!
//! Read in this order: [`submit`], [`query`], [`record`]. V2 has no list of its own: asking by the order's number gives
//! a page of its refunds. Source: [v2-refund], [v2-refund-query].

mod amounts;
pub mod query;
pub mod record;
pub mod submit;

pub(crate) use amounts::{payer_total, price_currency, rate, write_totals};
