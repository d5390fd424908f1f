//! What comes in at any node, and what became of it. None of it needs to own the merchant id.

use jiff::Timestamp;
use refunds::intake::Admission;
use refunds::key::{OrderKey, UpstreamNo};
use refunds::order::{OrderFacts, OrderNames, OrderRefusal, Source};
use refunds::outcome::Report;
use refunds::pool::past::Curve;
use refunds::refund::Refund;
use wechatpay::china::ChinaDay;
use wechatpay::ids::{Mchid, SubMchid};
use wechatpay::money::Currency;

/// What became of a new refund.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Admitted {
    /// Whether it was admitted.
    pub admission: Admission,
    /// The refund that was stored before under the same identity, for a replay or a conflict.
    pub stored: Option<Box<Refund>>,
}

/// An order's payment, as somebody tells of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewPayment {
    /// The merchant id.
    pub mchid: Mchid,
    /// The sub-merchant; none for a directly connected merchant.
    pub sub_mchid: Option<SubMchid>,
    /// The names of the order.
    pub names: OrderNames,
    /// What is said of it.
    pub facts: OrderFacts,
    /// Who says so.
    pub source: Source,
    /// The key of the order's row, should there be none yet.
    pub order_key: OrderKey,
    /// Now.
    pub at: Timestamp,
}

/// What became of a payment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Reported {
    /// Something new was learned of the order.
    New,
    /// Everything was known; nothing was written.
    Same,
    /// It differs from what is known; nothing was written.
    Refused(OrderRefusal),
}

/// A notification of WeChat Pay that was opened with the merchant id's key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewNotice {
    /// The merchant id.
    pub mchid: Mchid,
    /// What tells it from others; the same one comes again until it is answered.
    pub id: String,
    /// The number of the refund it speaks of.
    pub upstream_no: UpstreamNo,
    /// What it says; none if nobody signed it.
    pub report: Option<Report>,
    /// What came over the wire.
    pub raw: Vec<u8>,
    /// Now.
    pub at: Timestamp,
}

/// What became of a notification.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Noticed {
    /// It is kept, and the owner will see it.
    New,
    /// It had come before; nothing was written.
    Repeat,
    /// It is kept, but the merchant id has no such refund.
    UnknownRefund,
}

/// What a past China day of a pool was like, as somebody tells of it. Amounts are minor units of the pool's currency.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewPastDay {
    /// The merchant id.
    pub mchid: Mchid,
    /// The pool, by the payer's currency.
    pub pool: Currency,
    /// The day.
    pub day: ChinaDay,
    /// What payers paid.
    pub paid: Curve,
    /// What refunds drew: ours and those made elsewhere.
    pub refunded: i64,
    /// Who says so.
    pub source: Source,
    /// Now.
    pub at: Timestamp,
}
