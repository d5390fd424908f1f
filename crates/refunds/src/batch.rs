//! What an owner asks the store to write in one transaction, and what may leave once that is on disk.

use jiff::Timestamp;
use wechatpay::china::ChinaDay;
use wechatpay::ids::Mchid;
use wechatpay::money::Currency;

use crate::key::{OrderKey, RefundKey, UpstreamNo};
use crate::order::{LastRequest, Order, Posted};
use crate::outcome::{Evidence, Fault, OrderReport};
use crate::pool::contribution::Contribution;
use crate::pool::exchange::Night;
use crate::pool::ledger::{self, Posting};
use crate::pool::past::Promises;
use crate::pool::price::Spent;
use crate::pool::told::Told;
use crate::refund::{Place, Refund, RequestBytes};
use crate::step::Cause;

/// Counts the batches of one owner, from 1.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct BatchNo(pub u64);

/// Counts the owners a merchant id has had. A decision made under an older one is refused by the store.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Epoch(pub u64);

/// Names one row of intake. Not an order: rows may become visible in any order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct IntakeSeq(pub i64);

/// What one owner decided, to be written whole or not at all.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Batch {
    /// Which batch of this owner.
    pub number: BatchNo,
    /// The merchant id; everything in the batch belongs to it.
    pub mchid: Mchid,
    /// Under which ownership it was decided.
    pub epoch: Epoch,
    /// Intake that is dealt with by this batch.
    pub consumed: Vec<IntakeSeq>,
    /// Refunds after their changes.
    pub changes: Vec<Change>,
    /// What happened to orders.
    pub orders: Vec<OrderChange>,
    /// Pool days as they are now.
    pub pools: Vec<PoolDay>,
    /// What all of that posts to the ledger: one sum for each pool, day and movement, in this order.
    pub postings: Vec<Posting>,
    /// Sub-merchants' contributions as they are now.
    pub contributions: Vec<Contribution>,
    /// The merchant id's own state, if it changed.
    pub merchant: Option<MerchantState>,
}

/// One refund after one or more changes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Change {
    /// The version the store must hold for the change to apply.
    pub expected_version: u64,
    /// The refund as it is now.
    pub refund: Refund,
    /// What happened, in order.
    pub entries: Vec<Entry>,
    /// Where it lay among the waiting before; its place now is the refund's.
    pub place_before: Option<Place>,
    /// The need it was counted with there.
    pub need_before: i64,
    /// Where it lies now.
    pub place: Option<Place>,
}

/// One line of a refund's journal.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// Counts the entries of the refund, from 1 at creation.
    pub n: u64,
    /// When it was decided.
    pub at: Timestamp,
    /// Why.
    pub cause: Cause,
    /// The state's name before.
    pub from: &'static str,
    /// The state's name after.
    pub to: &'static str,
    /// How many attempts had been made after it.
    pub attempts: u32,
    /// What stands behind it.
    pub evidence: Evidence,
}

impl Entry {
    /// Whether the tenant is told: the refund has moved to another state.
    pub fn is_news(&self) -> bool {
        self.from != self.to
    }
}

/// What happened to one order. Applied to the order as the store holds it, which may have more refunds by then.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OrderChange {
    /// Which order.
    pub order: OrderKey,
    /// Change of the amount and number of refunds that count, in minor units of the price currency.
    pub reserved: i64,
    /// Change of their number.
    pub reserved_count: i32,
    /// Change of what WeChat Pay has taken, in minor units of the price currency.
    pub accepted: i64,
    /// The same in minor units of the payer's currency.
    pub accepted_payer: i64,
    /// A request of it that went out or was answered.
    pub last_request: Option<LastRequest>,
    /// What WeChat Pay said of it.
    pub learned: Option<OrderReport>,
    /// Whether WeChat Pay answered a question about it.
    pub looked_up: bool,
    /// The pool its payment was posted to.
    pub posted: Option<Posted>,
    /// Rows that turned out to name the same order; they and this one must be as the owner saw them.
    pub absorbs: Vec<Absorbed>,
    /// The version this order must have if it absorbs others.
    pub expected_version: Option<u64>,
}

/// A row that another one takes over: its refunds, its sums and its names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Absorbed {
    /// The row.
    pub order: OrderKey,
    /// The version it must have.
    pub expected_version: u64,
}

impl OrderChange {
    /// A change of nothing yet.
    pub fn of(order: OrderKey) -> OrderChange {
        OrderChange {
            order,
            reserved: 0,
            reserved_count: 0,
            accepted: 0,
            accepted_payer: 0,
            last_request: None,
            learned: None,
            looked_up: false,
            posted: None,
            absorbs: vec![],
            expected_version: None,
        }
    }

    /// This change followed by `later`.
    pub(crate) fn and_then(&mut self, later: OrderChange) {
        self.reserved += later.reserved;
        self.reserved_count += later.reserved_count;
        self.accepted += later.accepted;
        self.accepted_payer += later.accepted_payer;
        self.last_request = LastRequest::later(self.last_request.take(), later.last_request);
        self.looked_up |= later.looked_up;
        self.learned = later.learned.or(self.learned.take());
        self.posted = later.posted.or(self.posted);
        self.absorbs.extend(later.absorbs);
        self.expected_version = self.expected_version.or(later.expected_version);
    }

    /// Applies the change to `order`, except the taking over of other rows.
    pub fn apply(&self, order: &mut Order) {
        order.reserved += self.reserved;
        order.reserved_count = order.reserved_count.saturating_add_signed(self.reserved_count);
        order.accepted += self.accepted;
        order.accepted_payer += self.accepted_payer;
        order.last_request = LastRequest::later(order.last_request.take(), self.last_request.clone());
        order.looked_up |= self.looked_up;
        if let Some(report) = &self.learned {
            order.learn_from_platform(report);
        }
        if self.posted.is_some() {
            order.posted = self.posted;
        }
        order.version += 1;
    }
}

/// Moves the sums and the request time of `absorbed` into `survivor`; the absorbed row keeps its key and nothing else.
pub fn absorb(survivor: &mut Order, absorbed: &mut Order) {
    survivor.reserved += absorbed.reserved;
    survivor.reserved_count += absorbed.reserved_count;
    survivor.accepted += absorbed.accepted;
    survivor.accepted_payer += absorbed.accepted_payer;
    survivor.last_request = LastRequest::later(survivor.last_request.take(), absorbed.last_request.take());
    survivor.posted = survivor.posted.or(absorbed.posted);
    absorbed.reserved = 0;
    absorbed.reserved_count = 0;
    absorbed.accepted = 0;
    absorbed.accepted_payer = 0;
    absorbed.posted = None;
    absorbed.out_trade_no = None;
    absorbed.transaction_id = None;
    absorbed.merged_into = Some(survivor.key.clone());
    absorbed.version += 1;
}

/// One pool on one China day, in minor units of its currency: what an owner needs to estimate it, as it was known while the day
/// lasted. What is known by now is in the [`ledger`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PoolDay {
    /// The pool, by the payer's currency.
    pub pool: Currency,
    /// The day.
    pub day: ChinaDay,
    /// Payments on WeChat Pay's word.
    pub confirmed: i64,
    /// Payments on the tenant's word alone.
    pub reported: i64,
    /// Refunds WeChat Pay took.
    pub accepted: i64,
    /// Refunds WeChat Pay closed again.
    pub returned: i64,
    /// What answers told, oldest first.
    pub told: Vec<Told>,
    /// How promises came out of when a refund would leave.
    pub promises: Promises,
    /// What its first hours told of the money of the day before.
    pub night: Night,
    /// What refunds spent on the day on looking.
    pub spent: Spent,
    /// For which refund its money is kept together, if for one.
    pub kept_for: Option<RefundKey>,
}

/// The state of a merchant id as a whole.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct MerchantState {
    /// Requests are taken and results asked for, but nothing is submitted.
    pub paused: bool,
    /// Nothing is submitted because of the set-up.
    pub halt: Option<Halt>,
    /// That the store was put back from a backup, if it was.
    pub restored: Option<Restored>,
}

impl MerchantState {
    /// Whether refunds that the store holds may have been sent without its knowing, and are asked about before anything is
    /// submitted.
    pub fn is_to_be_checked(&self) -> bool {
        self.restored.is_some_and(|restored| !restored.is_checked)
    }
}

/// What a merchant id is to know of a store that was put back from a backup.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Restored {
    /// When that was, the last time, and no earlier than the youngest refund in the backup was taken in: whoever sent anything
    /// the store does not know of had sent it by then.
    pub at: Timestamp,
    /// Whether every open refund and the recent orders have been asked about since.
    pub is_checked: bool,
}

/// Why nothing of a merchant id is submitted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Halt {
    /// What is wrong.
    pub fault: Fault,
    /// Since when.
    pub since: Timestamp,
}

/// A request for WeChat Pay whose intent is on disk. It cannot be made otherwise: only `Input::Committed` makes one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Submission(Intent);

/// What is to be sent once its batch is on disk.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Intent {
    pub(crate) refund: RefundKey,
    pub(crate) upstream_no: UpstreamNo,
    pub(crate) attempt: u32,
    pub(crate) signed_at: Timestamp,
    pub(crate) request: RequestBytes,
}

impl Submission {
    /// The refund.
    pub fn refund(&self) -> &RefundKey {
        &self.0.refund
    }

    /// Its number at WeChat Pay.
    pub fn upstream_no(&self) -> &UpstreamNo {
        &self.0.upstream_no
    }

    /// Which attempt it is, from 1.
    pub fn attempt(&self) -> u32 {
        self.0.attempt
    }

    /// The time stamp the signature must bear, however late the request leaves. A sender that was stopped for long then
    /// sends a request that WeChat Pay refuses as stale, so that a number proven dead stays dead.
    pub fn signed_at(&self) -> Timestamp {
        self.0.signed_at
    }

    /// The bytes to send.
    pub fn request(&self) -> &RequestBytes {
        &self.0.request
    }
}

/// A batch on its way to disk, with the requests that wait for it.
#[derive(Debug)]
pub(crate) struct InDoubt {
    pub(crate) number: BatchNo,
    pub(crate) intents: Vec<Intent>,
    pub(crate) changed: Vec<RefundKey>,
    pub(crate) orders: Vec<OrderKey>,
}

impl InDoubt {
    /// The batch is on disk: its requests may leave.
    pub(crate) fn committed(self) -> Vec<Submission> {
        self.intents.into_iter().map(Submission).collect()
    }
}

/// What of `refund` has left the pool, in minor units of the payer's currency.
pub(crate) fn drawn(refund: &Refund) -> i64 {
    ledger::taken(refund).filter(|_| refund.is_taken()).map_or(0, |taken| taken.minor())
}
