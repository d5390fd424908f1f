//! What happens to refunds, told as stories, tables and properties.

#![expect(clippy::unwrap_used, reason = "a test whose world cannot be built stops there")]

mod number;
mod sample;
mod statuses;
mod steps;
mod sum;
