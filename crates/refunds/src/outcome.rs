//! What an answer of WeChat Pay means for a refund.
//!
//! The shell verifies and parses an answer and says it in these words; nothing here is about the wire. Whatever is
//! not proven to be a refusal is unclear: an unclear outcome is a state, never a failure. Source: [refund-logic].

use jiff::Timestamp;
use wechatpay::ids::{OutTradeNo, RefundId, TransactionId};
use wechatpay::money::Money;

use crate::key::UpstreamNo;
use crate::order::OrderNames;

/// What came back from one submission.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SubmitOutcome {
    /// WeChat Pay took the refund. It is not paid yet. Source: [refund-logic].
    Accepted(Receipt),
    /// The day's CNY pool is too low. Nothing was reserved; the same request goes again later.
    NotEnough,
    /// A definite refusal of this attempt that repeating does not mend.
    Refused(Refusal),
    /// Nobody knows whether it was taken: time-out, cut connection, 5xx, an answer that does not verify.
    Unclear,
    /// A rate limit was met. The newest pages say that the refund may be in acceptance, so it is unclear too.
    SlowDown,
    /// The fault lies in how the merchant id is set up, not in this refund.
    Misconfigured(Fault),
    /// The number stands for another refund at WeChat Pay, or for this one with other parameters.
    NumberTaken,
}

/// What came back from asking for a refund by its number.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum QueryOutcome {
    /// WeChat Pay knows the number.
    Found(Report),
    /// WeChat Pay knows the number, but as that of a refund of another order.
    Another,
    /// A verified answer that there is no such refund.
    Absent,
    /// No answer, or one that proves nothing.
    Unclear,
    /// A rate limit was met.
    SlowDown,
    /// The fault lies in how the merchant id is set up.
    Misconfigured(Fault),
}

impl QueryOutcome {
    /// A refund was found under the number: whether it is the one asked for can be told by its order, of which `known` are the
    /// names we know and `reported` those WeChat Pay gave. The same number on another order is another refund.
    pub fn found(report: Report, reported: &OrderNames, known: Option<&OrderNames>) -> QueryOutcome {
        match known {
            Some(known) if !known.may_be(reported) => QueryOutcome::Another,
            _ => QueryOutcome::Found(report),
        }
    }
}

/// What came back from asking for an order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum OrderOutcome {
    /// WeChat Pay knows the order.
    Found(OrderReport),
    /// A verified answer that there is no such order.
    Absent,
    /// No answer, or one that proves nothing.
    Unclear,
    /// The fault lies in how the merchant id is set up.
    Misconfigured(Fault),
}

/// What came back from asking for the refunds of an order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ListOutcome {
    /// A page of them.
    Listed {
        /// The order's names, as far as they were said. They agree with those asked about.
        order: OrderNames,
        /// The order's amount, in its price currency, if said.
        total: Option<Money>,
        /// The refunds on it.
        refunds: Vec<Listed>,
        /// Whether there are more behind them.
        more: bool,
    },
    /// A verified answer that there is no such order, or no refund of it.
    Absent,
    /// There is no such question where the merchant id asks.
    NotOffered,
    /// No answer, or one that proves nothing.
    Unclear,
    /// A rate limit was met.
    SlowDown,
    /// The fault lies in how the merchant id is set up.
    Misconfigured(Fault),
}

/// A refund in the list of its order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Listed {
    /// Its number at WeChat Pay.
    pub upstream_no: UpstreamNo,
    /// Its amount in the order's price currency.
    pub amount: Money,
}

/// What WeChat Pay says when it takes a refund.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Receipt {
    /// WeChat Pay's number of the refund.
    pub refund_id: RefundId,
    /// When WeChat Pay took it, by its own clock, if it said so.
    pub accepted_at: Option<Timestamp>,
    /// What the payer gets, in the payer's currency, if it was said.
    pub payer_refund: Option<Money>,
}

/// What WeChat Pay says of a refund when asked, or in a verified notification.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Report {
    /// Where the refund stands.
    pub standing: Standing,
    /// WeChat Pay's number of the refund.
    pub refund_id: RefundId,
    /// The refund's amount in the order's price currency.
    pub amount: Money,
    /// When WeChat Pay took it, if said.
    pub accepted_at: Option<Timestamp>,
    /// What the payer gets, in the payer's currency, if said.
    pub payer_refund: Option<Money>,
    /// When the payer had the money, if it is so far.
    pub succeeded_at: Option<Timestamp>,
    /// Where the money went, as WeChat Pay words it.
    pub received_in: Option<String>,
}

/// Where an accepted refund stands. Source: [global-refund-query].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Standing {
    /// Under way.
    Processing,
    /// The payer has the money.
    Succeeded,
    /// Closed; nothing was paid.
    Closed,
    /// The bank refused the money; it needs handling on the platform, and can still end either way.
    Abnormal,
}

/// What WeChat Pay says of an order when asked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OrderReport {
    /// The merchant's number of the order.
    pub out_trade_no: OutTradeNo,
    /// WeChat Pay's number of the order.
    pub transaction_id: TransactionId,
    /// The order's amount in its price currency.
    pub total: Money,
    /// What the payer paid, in the payer's currency, if said.
    pub payer_total: Option<Money>,
    /// When it was paid; none if it is not.
    pub paid_at: Option<Timestamp>,
}

/// A definite refusal, in the words of our error catalogue.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refusal {
    /// Our stable code, e.g. `order_not_found`.
    pub code: String,
    /// What WeChat Pay said, for a human.
    pub message: String,
}

/// What is wrong with the merchant id's set-up.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Fault {
    /// The signature was not taken: wrong key, wrong serial, clock.
    Signature,
    /// The merchant certificate is expired, revoked or replaced.
    Certificate,
    /// The merchant id may not do this, or not for this order.
    Permission,
    /// WeChat Pay does not know the merchant id or app id.
    Merchant,
}

/// What stands behind a change: enough to find the exchange at WeChat Pay and to judge it later.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Evidence {
    /// WeChat Pay's `Request-ID`.
    pub request_id: Option<String>,
    /// The answer's status and code, e.g. `403 NOT_ENOUGH`, or what happened instead of an answer.
    pub answer: Option<String>,
    /// The serial number of the merchant certificate the request was sent with.
    pub certificate: Option<String>,
}
