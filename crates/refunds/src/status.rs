//! What a refund's standing is called outside: one word, derived in this one place.

use jiff::Timestamp;
use wechatpay::calendar::Calendar;

use crate::confirm;
use crate::refund::{Reason, Refund, State, Why};

/// Where a refund stands, as tenants read it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Status {
    /// Taken in; its first attempt is due.
    Queued,
    /// WeChat Pay said NOT ENOUGH; it goes again by itself.
    WaitingForFunds,
    /// It goes later for another reason: a minute between refunds of an order, the planner, the set-up.
    Deferred,
    /// Its request is on the way.
    Submitting,
    /// Nobody knows whether WeChat Pay took it; it is being asked about.
    Unclear,
    /// It is being withdrawn; the proof that nothing was taken is still to come.
    Withdrawing,
    /// WeChat Pay took it; the payer does not have the money yet.
    Processing,
    /// The same, longer than five business days ago.
    Overdue,
    /// A person has to look. What can go on by itself goes on.
    NeedsOperator,
    /// The bank refused the money; it rests at WeChat Pay.
    Abnormal,
    /// The payer has the money.
    Succeeded,
    /// Closed by WeChat Pay; nothing was paid.
    Closed,
    /// Refused for good; nothing was taken.
    Rejected,
    /// Withdrawn; nothing was taken.
    Cancelled,
}

impl Status {
    /// Every status.
    pub const ALL: [Status; 14] = [
        Status::Queued,
        Status::WaitingForFunds,
        Status::Deferred,
        Status::Submitting,
        Status::Unclear,
        Status::Withdrawing,
        Status::Processing,
        Status::Overdue,
        Status::NeedsOperator,
        Status::Abnormal,
        Status::Succeeded,
        Status::Closed,
        Status::Rejected,
        Status::Cancelled,
    ];

    /// The word.
    pub const fn as_str(self) -> &'static str {
        match self {
            Status::Queued => "queued",
            Status::WaitingForFunds => "waiting_for_funds",
            Status::Deferred => "deferred",
            Status::Submitting => "submitting",
            Status::Unclear => "unclear",
            Status::Withdrawing => "withdrawing",
            Status::Processing => "processing",
            Status::Overdue => "overdue",
            Status::NeedsOperator => "needs_operator",
            Status::Abnormal => "abnormal",
            Status::Succeeded => "succeeded",
            Status::Closed => "closed",
            Status::Rejected => "rejected",
            Status::Cancelled => "cancelled",
        }
    }
}

/// The status of `refund` at `now`.
pub fn status(refund: &Refund, now: Timestamp, calendar: &Calendar) -> Status {
    if !refund.is_final() && refund.attention.is_some_and(|attention| needs_a_person(attention.reason)) {
        return Status::NeedsOperator;
    }
    match &refund.state {
        State::Queued => Status::Queued,
        State::Waiting { why: Why::Funds, .. } => Status::WaitingForFunds,
        State::Waiting { .. } => Status::Deferred,
        State::Submitting { .. } => Status::Submitting,
        State::Unclear { .. } => Status::Unclear,
        State::Withdrawing { .. } => Status::Withdrawing,
        State::Processing(acceptance) if now >= confirm::deadline(acceptance.at, calendar).end => {
            Status::Overdue
        }
        State::Processing(_) => Status::Processing,
        State::Abnormal(_) => Status::Abnormal,
        // WeChat Pay calls it a success; the payer waits for the merchant.
        State::Succeeded { .. } if refund.is_to_be_settled() => Status::NeedsOperator,
        State::Succeeded { .. } => Status::Succeeded,
        State::Closed(_) => Status::Closed,
        State::Rejected(_) => Status::Rejected,
        State::Cancelled(_) => Status::Cancelled,
    }
}

/// Whether nothing the program does by itself may settle it.
fn needs_a_person(reason: Reason) -> bool {
    match reason {
        Reason::UnclearForLong
        | Reason::NumberConflict
        | Reason::AcceptedButAbsent
        | Reason::NoResultInAYear
        | Reason::NoPermission
        | Reason::NoDayFits => true,
        // An abnormal refund and an overdue one have a status of their own, one that is back at the shop has ended, and news that
        // came late are told with the new state.
        Reason::Abnormal | Reason::Overdue | Reason::BackAtShop | Reason::LateNews => false,
    }
}
