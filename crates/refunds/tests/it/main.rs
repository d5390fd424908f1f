//! What happens to refunds, told as stories, tables and properties.

#![expect(clippy::unwrap_used, reason = "a test whose world cannot be built stops there")]

mod accidents;
mod backlog;
mod confirmation;
mod exchange;
mod explain;
mod front;
mod institution;
mod ledger;
mod looks;
mod number;
mod reports;
mod restored;
mod sample;
mod script;
mod sharing;
mod statuses;
mod steps;
mod stories;
mod sum;
