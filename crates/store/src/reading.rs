//! What is read for the API: questions that are more than a key, and answers that are more than a refund.

use jiff::Timestamp;
use refunds::batch::{Entry, Epoch};
use refunds::key::{OrderKey, RefundKey, UpstreamNo};
use refunds::order::Order;
use refunds::refund::{Class, Refund};
use wechatpay::ids::{Mchid, SubMchid};
use wechatpay::money::Currency;

/// Whose refunds are meant.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Scope {
    /// All of the merchant id.
    All,
    /// One sub-merchant's, or a direct merchant's own.
    Of(Option<SubMchid>),
}

impl Scope {
    /// Whether what belongs to `sub_mchid` is meant.
    pub(crate) fn includes(&self, sub_mchid: Option<&SubMchid>) -> bool {
        match self {
            Scope::All => true,
            Scope::Of(meant) => meant.as_ref() == sub_mchid,
        }
    }
}

/// Which refunds to list, by when they were taken in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Listing {
    /// The merchant id.
    pub mchid: Mchid,
    /// Whose.
    pub scope: Scope,
    /// In this state only, by [`State::name`](refunds::refund::State::name).
    pub state: Option<String>,
    /// Of this order only.
    pub order: Option<OrderKey>,
    /// Taken in at this time or later.
    pub from: Option<Timestamp>,
    /// Taken in before this time.
    pub until: Option<Timestamp>,
    /// Only those that come after this one on the list.
    pub after: Option<Cursor>,
    /// Beginning with the oldest; else with the newest.
    pub oldest_first: bool,
    /// At most so many.
    pub limit: usize,
}

impl Listing {
    /// The newest `limit` refunds of `mchid`.
    pub fn of(mchid: Mchid, limit: usize) -> Listing {
        Listing {
            mchid,
            scope: Scope::All,
            state: None,
            order: None,
            from: None,
            until: None,
            after: None,
            oldest_first: false,
            limit,
        }
    }
}

/// A place on a list. Neither new refunds nor changes of old ones move it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Cursor {
    /// When the refund there was taken in.
    pub created_at: Timestamp,
    /// That refund.
    pub key: RefundKey,
}

/// A page of a list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Listed {
    /// The refunds, in the order asked for.
    pub refunds: Vec<Refund>,
    /// Where the next page begins; none if this is the last.
    pub next: Option<Cursor>,
}

/// Which orders to list by when they were paid, oldest payment first. A row that was taken over is not on the list: the
/// one that took it over is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PaidListing {
    /// The merchant id.
    pub mchid: Mchid,
    /// Paid at this time or later.
    pub from: Timestamp,
    /// Paid before this time.
    pub until: Timestamp,
    /// Only those that come after this one on the list.
    pub after: Option<PaidCursor>,
    /// At most so many.
    pub limit: usize,
}

/// A place on a list of paid orders.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct PaidCursor {
    /// When the order there was paid.
    pub paid_at: Timestamp,
    /// That order.
    pub key: OrderKey,
}

impl PaidCursor {
    /// The place of `order`; none if nobody said when it was paid.
    pub(crate) fn of(order: &Order) -> Option<PaidCursor> {
        let paid_at = order.paid_at.as_ref()?.value;
        Some(PaidCursor { paid_at, key: order.key.clone() })
    }
}

/// A page of a list of paid orders.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PaidOrders {
    /// The orders, oldest payment first.
    pub orders: Vec<Order>,
    /// Where the next page begins; none if this is the last.
    pub next: Option<PaidCursor>,
}

impl PaidOrders {
    /// The page of `limit` at most, of which `orders` are all or one more.
    pub(crate) fn page(mut orders: Vec<Order>, limit: usize) -> PaidOrders {
        let is_last = orders.len() <= limit;
        orders.truncate(limit);
        let next = orders.last().filter(|_| !is_last).and_then(PaidCursor::of);
        PaidOrders { orders, next }
    }
}

/// An order and the refunds that draw on it, oldest first.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OrderWithRefunds {
    /// The order.
    pub order: Order,
    /// Its refunds.
    pub refunds: Vec<Refund>,
}

/// One line of a refund's journal, and who wrote it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Line {
    /// Under which ownership it was decided; 0 for what no owner decides, the taking in.
    pub epoch: Epoch,
    /// What happened.
    pub entry: Entry,
}

/// A verified notification of WeChat Pay, as it was kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeptNotice {
    /// WeChat Pay's id of it.
    pub id: String,
    /// The number of the refund it speaks of.
    pub upstream_no: UpstreamNo,
    /// When it came first.
    pub at: Timestamp,
    /// What came over the wire.
    pub raw: Vec<u8>,
}

/// News of a merchant id: a refund has moved to another state.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct News {
    /// Counts the news of the merchant id from 1, without gaps, in the order of commits.
    pub seq: u64,
    /// The refund.
    pub refund: RefundKey,
    /// What happened.
    pub entry: Entry,
}

/// The waiting refunds of one place and sub-merchant.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Waiting {
    /// Which.
    pub lane: Lane,
    /// How many.
    pub count: u64,
    /// The sum of their needs' upper bounds, in minor units of the pool's currency; see
    /// [`counted_need`](crate::waiting::counted_need).
    pub sum: i64,
}

/// Where waiting refunds lie together: a [`Place`](refunds::refund::Place), divided by sub-merchants.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Lane {
    /// The pool.
    pub pool: Currency,
    /// Whether they have deadlines.
    pub class: Class,
    /// The sub-merchant.
    pub sub_mchid: Option<SubMchid>,
    /// The power of two at or below their need.
    pub bucket: u8,
}
