//! The statement of a China day: what merchants are told of it the next morning, and never otherwise afterwards.
//!
//! It is worked out from the day's book whenever it is asked for. What can change later, how far a refund has come, is
//! told as it was when the statement was made, so that no copy need be kept. Source: [operations 6.1].

use jiff::Timestamp;

use crate::order::{Order, Payment};
use crate::refund::{Refund, RefundStatus};
use crate::world::NotAMember;

/// One record of a statement.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry<'a> {
    /// When it happened.
    pub at: Timestamp,
    /// The order it belongs to.
    pub order: &'a Order,
    /// The order's payment.
    pub payment: &'a Payment,
    /// What happened.
    pub event: Event<'a>,
}

/// What happened on the day.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Event<'a> {
    /// The order was paid.
    Paid,
    /// A refund of it was accepted.
    Refunded {
        /// The refund as it is now.
        refund: &'a Refund,
        /// How far it had come when the statement was made.
        status: RefundStatus,
    },
    /// It was revoked, and the payment went back.
    Revoked,
}

/// Why there is no statement.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum StatementRefusal {
    /// The numbers name no merchant.
    #[error(transparent)]
    NotAMember(#[from] NotAMember),
    /// It is not made yet.
    #[error("the statement is there from {from}")]
    NotReady {
        /// From when on it can be fetched.
        from: Timestamp,
    },
    /// It is not kept any more.
    #[error("statements are kept for {kept_days} days")]
    TooOld {
        /// For how many days.
        kept_days: u16,
    },
    /// Nothing happened on that day.
    #[error("nothing was paid or refunded on that day")]
    NoTrade,
}
