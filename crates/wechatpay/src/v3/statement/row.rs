//! One record of a statement.

use jiff::Timestamp;

use crate::ids::{Mchid, OutRefundNo, OutTradeNo, RefundId, SubMchid, TransactionId};
use crate::money::Money;
use crate::v3::words::{Channel, RefundStatus, TradeType};

/// A payment, a refund or a revocation, with the order it belongs to.
///
/// Texts are as they stand in the statement. Fee and rates stay texts too: no page says in which form they are.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Row<'a> {
    /// When it happened: when the order was paid, the refund accepted, the order revoked. On the statement's day.
    /// Source: \[inferred\] for refunds.
    pub at: Timestamp,
    /// The institution or the directly connected merchant.
    pub mchid: Mchid,
    /// The sub-merchant, if the merchant id is an institution's.
    pub sub_mchid: Option<SubMchid>,
    /// WeChat Pay's number of the order.
    pub transaction_id: TransactionId,
    /// The merchant's number of the order.
    pub out_trade_no: OutTradeNo,
    /// What happened, with its amounts.
    pub event: Event,
    /// What recharge coupons paid, or, of a refund, get back.
    pub recharge_coupon: Option<Money>,
    /// What other coupons paid, or, of a refund, get back.
    pub coupon: Option<Money>,
    /// How the order was paid.
    pub trade_type: TradeType,
    /// The payer's instrument.
    pub bank_type: &'a str,
    /// The app id of the order.
    pub appid: &'a str,
    /// Who paid.
    pub openid: &'a str,
    /// The till.
    pub device: &'a str,
    /// What was sold.
    pub goods: &'a str,
    /// The merchant's own text.
    pub attach: &'a str,
    /// The fee.
    pub fee: &'a str,
    /// The fee's share.
    pub fee_rate: &'a str,
    /// The rate of the payment.
    pub payment_rate: &'a str,
    /// The rate of the refund.
    pub refund_rate: &'a str,
}

/// What a record tells.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Event {
    /// The order was paid.
    Payment(Amounts),
    /// A refund was accepted. It counts whatever its status: the money left the pool. Source: [operations 6.1].
    Refund(Refund),
    /// The order was revoked after its payment, and all of the payment went back. Whether the payment has a record of
    /// its own beside this one is not documented.
    Revocation(Amounts),
}

/// Amounts of one record.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Amounts {
    /// In the currency of the order's price: the price itself, or what of it was asked back.
    pub price: Money,
    /// What the payer paid or gets, in CNY, or in HKD where a Hong Kong wallet paid.
    pub payer: Money,
    /// What the settlement gains or loses, if it is told.
    pub settlement: Option<Money>,
}

/// A refund, as it stood when the statement was made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refund {
    /// WeChat Pay's number of it.
    pub refund_id: RefundId,
    /// The merchant's number of it.
    pub out_refund_no: OutRefundNo,
    /// How far it had come. Later changes do not show.
    pub status: RefundStatus,
    /// The way the money goes back.
    pub channel: Channel,
    /// Its amounts.
    pub amounts: Amounts,
}

impl Event {
    /// The amounts, whatever happened.
    pub fn amounts(&self) -> &Amounts {
        match self {
            Event::Payment(amounts) | Event::Revocation(amounts) => amounts,
            Event::Refund(refund) => &refund.amounts,
        }
    }
}
