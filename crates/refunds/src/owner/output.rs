//! What an owner wants done.

use jiff::Timestamp;
use wechatpay::ids::{Mchid, SubMchid};
use wechatpay::money::{Currency, Money};
use wechatpay::wire::Wire;

use super::{Fact, ProbeOutcome};
use crate::batch::{Batch, Submission};
use crate::intake::Request;
use crate::key::{NumberForm, OrderKey, RefundKey, UpstreamNo};
use crate::order::OrderNames;
use crate::outcome::{Evidence, ListOutcome, Listed, OrderOutcome, OrderReport, QueryOutcome};
use crate::refund::Refund;

/// What an owner wants done.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Output {
    /// Write this, then say [`Input::Committed`](super::Input::Committed) or [`Input::CommitLost`](super::Input::CommitLost).
    Commit(Batch),
    /// Send this, then say [`Fact::Answered`](super::Fact::Answered), if only that nothing came back.
    Send(Submission),
    /// Ask this, then say what came back, if only that nothing did.
    Ask(Question),
    /// Read this, then say what was found, once, however long that takes: whoever lost a commit waits for it before reading
    /// anything again.
    Load(Load),
    /// Take in those of these refunds that the store does not know, then say [`Input::TakenIn`](super::Input::TakenIn), however long that
    /// takes.
    TakeIn(FoundRefunds),
    /// Say [`Input::Tick`](super::Input::Tick) at this time at the latest; it replaces the time said before.
    WakeAt(Timestamp),
}

/// What an owner wants to read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Load {
    /// Everything a new owner needs to begin.
    Holding,
    /// The oldest rows of intake.
    Intake {
        /// At most so many.
        limit: usize,
    },
    /// The refunds that are due at a time, longest due first.
    Due {
        /// The time.
        at: Timestamp,
        /// At most so many.
        limit: usize,
    },
    /// Waiting refunds: the oldest of each place, as many of each as fit.
    Front {
        /// At most so many in all.
        limit: usize,
    },
    /// The refunds that have not ended: by state in the order of [`State::OPEN`](crate::refund::State::OPEN), by when they
    /// were taken in, by key.
    Open {
        /// Those that come after this one; all if none.
        after: Option<OpenAfter>,
        /// At most so many.
        limit: usize,
    },
    /// The orders that were first heard of last, the latest first; those of which another row took over are left out.
    RecentOrders {
        /// Those that were first heard of before this one; all if none.
        before: Option<OrderKey>,
        /// At most so many.
        limit: usize,
    },
    /// These refunds.
    Refunds(Vec<RefundKey>),
    /// What the newest past days of the merchant id's pools have shown, each pool's by itself.
    PastDays {
        /// At most so many of each pool.
        limit: usize,
    },
    /// The rows that carry a name of an order WeChat Pay spoke of, with their refunds that were never attempted.
    Namesakes {
        /// The order asked about.
        order: OrderKey,
        /// Its sub-merchant.
        sub_mchid: Option<SubMchid>,
        /// What WeChat Pay said.
        report: OrderReport,
    },
}

/// How far the open refunds have been walked through: the last of them, as it was then.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OpenAfter {
    /// The name of its state.
    pub state: &'static str,
    /// When it was taken in.
    pub created_at: Timestamp,
    /// Its key.
    pub refund: RefundKey,
}

impl OpenAfter {
    /// Behind `refund`.
    pub fn of(refund: &Refund) -> OpenAfter {
        OpenAfter { state: refund.state.name(), created_at: refund.created_at, refund: refund.key.clone() }
    }
}

/// What is to be asked of WeChat Pay. Asking changes nothing there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Question {
    /// What became of a refund.
    Refund {
        /// Which.
        refund: RefundKey,
        /// Its number at WeChat Pay.
        upstream_no: UpstreamNo,
        /// The version of the interface its request is written for.
        wire: Wire,
        /// Its sub-merchant.
        sub_mchid: Option<SubMchid>,
        /// The currency of its order's price, for answers that do not name it.
        currency: Currency,
        /// What is known of its order's names, to tell it from another refund of the same number; see
        /// [`QueryOutcome::found`](crate::outcome::QueryOutcome::found).
        order: Option<OrderNames>,
        /// When it was decided to ask.
        asked_at: Timestamp,
    },
    /// What an order is.
    Order {
        /// Which.
        order: OrderKey,
        /// Its sub-merchant.
        sub_mchid: Option<SubMchid>,
        /// Its names; at least one is given.
        names: OrderNames,
        /// The currency of its price, for answers that do not name it.
        currency: Currency,
    },
    /// Which refunds an order has, a page of them.
    RefundsOf {
        /// Which order.
        order: OrderKey,
        /// Its sub-merchant.
        sub_mchid: Option<SubMchid>,
        /// Its names; at least one is given.
        names: OrderNames,
        /// The currency of its price, for answers that do not name it.
        currency: Currency,
        /// How many of its refunds to leave out, from 0.
        offset: u32,
        /// When it was decided to ask.
        asked_at: Timestamp,
    },
    /// Anything harmless, to see whether a signed call is taken.
    Probe,
}

impl Question {
    /// What is heard where nothing came back; `evidence` says why.
    pub fn unanswered(&self, evidence: Evidence) -> Fact {
        match self {
            Question::Refund { refund, asked_at, .. } => Fact::Asked {
                refund: refund.clone(),
                asked_at: *asked_at,
                outcome: QueryOutcome::Unclear,
                evidence,
            },
            Question::Order { order, .. } => {
                Fact::OrderAsked { order: order.clone(), outcome: OrderOutcome::Unclear }
            }
            Question::RefundsOf { order, offset, asked_at, .. } => Fact::Listed {
                order: order.clone(),
                offset: *offset,
                asked_at: *asked_at,
                outcome: ListOutcome::Unclear,
            },
            Question::Probe => Fact::Probed(ProbeOutcome::Unclear),
        }
    }
}

/// Refunds that WeChat Pay lists of an order, and that are not in hand. Most of them the store knows; those it does not know are taken in as
/// [found](crate::intake::Request::found).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FoundRefunds {
    /// The order.
    pub order: OrderKey,
    /// When it was decided to ask for them: that tells one page from another.
    pub asked_at: Timestamp,
    /// The order's sub-merchant.
    pub sub_mchid: Option<SubMchid>,
    /// Its names, as far as they are known.
    pub names: OrderNames,
    /// Its amount in its price currency.
    pub total: Money,
    /// The refunds.
    pub refunds: Vec<Listed>,
}

impl FoundRefunds {
    /// What was asked for as `listed`, as far as it can be known; none if no number of ours is so: another system asked for that.
    pub fn request(&self, mchid: &Mchid, form: NumberForm, listed: &Listed) -> Option<Request> {
        Some(Request {
            identity: listed.upstream_no.identity(mchid, self.sub_mchid.as_ref(), form)?,
            order: self.names.clone(),
            amount: listed.amount,
            total: self.total,
            reason: None,
            deadline: None,
            notify_url: None,
            metadata: None,
            adopt: None,
            found: true,
        })
    }
}
