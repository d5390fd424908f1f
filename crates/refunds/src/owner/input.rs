//! What an owner is told.

use std::collections::BTreeMap;

use jiff::Timestamp;
use wechatpay::ids::SubMchid;

use crate::batch::{BatchNo, Epoch, MerchantState, PoolDay};
use crate::intake::IntakeItem;
use crate::key::{OrderKey, RefundKey};
use crate::order::Order;
use crate::outcome::{Evidence, Fault, ListOutcome, OrderOutcome, OrderReport, QueryOutcome, SubmitOutcome};
use crate::pool::contribution::Contribution;
use crate::pool::past::PastDay;
use crate::refund::Refund;
use crate::weight::Weight;

/// What an owner is told.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Input {
    /// The answer to [`Load::Holding`](super::Load::Holding).
    Holding(Holding),
    /// The answer to [`Load::Intake`](super::Load::Intake).
    Intake(IntakePage),
    /// The answer to [`Load::Due`](super::Load::Due).
    Due(DuePage),
    /// The answer to [`Load::Front`](super::Load::Front).
    Front(FrontPage),
    /// The answer to [`Load::Open`](super::Load::Open).
    Open(OpenPage),
    /// The answer to [`Load::RecentOrders`](super::Load::RecentOrders).
    RecentOrders(Vec<Order>),
    /// The answer to [`Load::Refunds`](super::Load::Refunds).
    Refunds(Page),
    /// The answer to [`Load::Namesakes`](super::Load::Namesakes).
    Namesakes(Namesakes),
    /// The answer to [`Load::PastDays`](super::Load::PastDays), oldest first.
    PastDays(Vec<PastDay>),
    /// Something came in; nothing depends on being told.
    Hint,
    /// The time it wanted to be woken at has come, or any other.
    Tick,
    /// The merchant id is set up another way, with a new certificate perhaps.
    SetUpChanged,
    /// What sub-merchants' shares count for from now on, by an operator's word; those that are not named have the
    /// [usual](Weight::USUAL) weight, and all of them have it until something is told. It is told again to a new owner, for
    /// it is part of the set-up, as the mode is.
    Weighed(BTreeMap<SubMchid, Weight>),
    /// An answer from WeChat Pay, verified, or what happened instead of one.
    Fact(Fact),
    /// The refunds of an order that were to be [taken in](super::Output::TakeIn) are on disk.
    TakenIn {
        /// The order.
        order: OrderKey,
        /// When it was decided to ask for them.
        asked_at: Timestamp,
    },
    /// This batch is on disk.
    Committed(BatchNo),
    /// This batch was not written, or nobody knows whether it was.
    CommitLost(BatchNo),
    /// Another owner may be deciding: this one never decides again.
    LeaseLost,
}

impl Input {
    /// Whether it is what was found for a [`Load`](super::Load).
    pub(super) fn answers_a_load(&self) -> bool {
        match self {
            Input::Holding(_)
            | Input::Intake(_)
            | Input::Due(_)
            | Input::Front(_)
            | Input::Open(_)
            | Input::RecentOrders(_)
            | Input::Refunds(_)
            | Input::Namesakes(_)
            | Input::PastDays(_) => true,
            Input::Hint
            | Input::Tick
            | Input::SetUpChanged
            | Input::Weighed(_)
            | Input::Fact(_)
            | Input::TakenIn { .. }
            | Input::Committed(_)
            | Input::CommitLost(_)
            | Input::LeaseLost => false,
        }
    }
}

/// What a new owner begins with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Holding {
    /// Its ownership.
    pub epoch: Epoch,
    /// The state of the merchant id.
    pub merchant: MerchantState,
    /// The pools of today and of the day before.
    pub pools: Vec<PoolDay>,
    /// What each sub-merchant has brought to each pool, as far as anything is known of that.
    pub contributions: Vec<Contribution>,
    /// When the first refund is due; none if none is.
    pub next_due: Option<Timestamp>,
}

/// Refunds and the orders they draw on.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Page {
    /// Refunds.
    pub refunds: Vec<Refund>,
    /// Their orders.
    pub orders: Vec<Order>,
}

/// Rows of intake and what they speak of.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct IntakePage {
    /// The rows.
    pub items: Vec<IntakeItem>,
    /// The refunds and orders they name.
    pub page: Page,
    /// Whether there are more.
    pub more: bool,
}

/// Refunds that are due.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct DuePage {
    /// They and their orders.
    pub page: Page,
    /// When the first one that is not on the page is due; none if none is.
    pub next_due: Option<Timestamp>,
}

/// Waiting refunds.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct FrontPage {
    /// They and their orders.
    pub page: Page,
    /// Whether these are all that wait.
    pub complete: bool,
}

/// Refunds that have not ended.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct OpenPage {
    /// They, in the order in which they are walked through, and their orders.
    pub page: Page,
    /// Whether there are more.
    pub more: bool,
}

/// Rows that may name one order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Namesakes {
    /// The order asked about.
    pub order: OrderKey,
    /// What WeChat Pay said.
    pub report: OrderReport,
    /// The rows, the one asked about among them, with their waiting refunds that were never attempted.
    pub page: Page,
}

/// What came back from WeChat Pay.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Fact {
    /// To a [`Submission`](crate::batch::Submission).
    Answered {
        /// The refund.
        refund: RefundKey,
        /// The attempt.
        attempt: u32,
        /// What it means.
        outcome: SubmitOutcome,
        /// What stands behind it.
        evidence: Evidence,
    },
    /// To [`Question::Refund`](super::Question::Refund).
    Asked {
        /// The refund.
        refund: RefundKey,
        /// When it was decided to ask, or when WeChat Pay signed the answer by its own clock, whatever is earlier: an absence
        /// proves nothing later than both, even where our clock was set ahead.
        asked_at: Timestamp,
        /// What it means.
        outcome: QueryOutcome,
        /// What stands behind it.
        evidence: Evidence,
    },
    /// To [`Question::Order`](super::Question::Order).
    OrderAsked {
        /// The order.
        order: OrderKey,
        /// What it means.
        outcome: OrderOutcome,
    },
    /// To [`Question::RefundsOf`](super::Question::RefundsOf).
    Listed {
        /// The order.
        order: OrderKey,
        /// How many of its refunds were to be left out.
        offset: u32,
        /// When it was decided to ask.
        asked_at: Timestamp,
        /// What it means.
        outcome: ListOutcome,
    },
    /// To [`Question::Probe`](super::Question::Probe): the fault that remains; none if the call was taken or nothing came back that tells.
    Probed(ProbeOutcome),
}

/// What a probe tells.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ProbeOutcome {
    /// The call was taken.
    Fine,
    /// It was not.
    Misconfigured(Fault),
    /// Nothing that tells.
    Unclear,
}
