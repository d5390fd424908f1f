//! Refunds as the platform sees them: a request, its acceptance, its life and the names of its refusals.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use wechatpay::ids::{Mchid, OutRefundNo, RefundId, SubMchid};
use wechatpay::money::{Currency, Money};

use crate::order::{OrderIndex, OrderRef, RefundPart, TradeState};
use crate::wire;
use crate::world::NotAMember;

/// A refund's place in [`Refunds`]; never reused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct RefundIndex(usize);

/// What a merchant asks for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RefundRequest {
    /// Who asks.
    #[serde(with = "wire::text")]
    pub mchid: Mchid,
    /// For whom.
    #[serde(default, with = "wire::option")]
    pub sub_mchid: Option<SubMchid>,
    /// Of what.
    pub order: OrderRef,
    /// Under which number. Unique for a merchant id; whether an institution's sub-merchants share one space of
    /// numbers is not documented, and the stricter reading finds more mistakes.
    #[serde(with = "wire::text")]
    pub out_refund_no: OutRefundNo,
    /// How much, in smallest units of `currency`.
    pub refund_minor: i64,
    /// The order's price as the merchant knows it, in smallest units of `currency`.
    pub total_minor: i64,
    /// The order's price currency.
    #[serde(with = "wire::text")]
    pub currency: Currency,
    /// From which money.
    pub source: FundSource,
    /// What the payer is told.
    pub reason: Option<String>,
    /// Where the result is notified.
    pub notify_url: Option<String>,
}

/// From which money a refund is taken. Source: [global-refund].
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FundSource {
    /// Today's payments.
    #[default]
    Unsettled,
    /// A reserve for which a merchant must apply; no merchant here has one.
    Recharge,
}

/// An accepted refund.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Refund {
    /// Who asked.
    #[serde(with = "wire::text")]
    pub mchid: Mchid,
    /// For whom.
    #[serde(default, with = "wire::option")]
    pub sub_mchid: Option<SubMchid>,
    /// The merchant's number.
    #[serde(with = "wire::text")]
    pub out_refund_no: OutRefundNo,
    /// WeChat Pay's number.
    #[serde(with = "wire::text")]
    pub refund_id: RefundId,
    /// The order.
    pub order: OrderIndex,
    /// How much, in the three currencies.
    pub part: RefundPart,
    /// From which money.
    pub source: FundSource,
    /// What the payer is told.
    pub reason: Option<String>,
    /// Where the result is notified.
    pub notify_url: Option<String>,
    /// When it was accepted.
    #[serde(with = "wire::text")]
    pub accepted_at: Timestamp,
    /// Where it stands.
    pub state: RefundState,
    /// Since when the bank's return of the money waited for a person, also if one has decided since.
    #[serde(default, with = "wire::option")]
    pub abnormal_since: Option<Timestamp>,
}

/// Where an accepted refund stands.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RefundState {
    /// On its way.
    Processing,
    /// The money arrived.
    Success {
        /// When.
        #[serde(with = "wire::text")]
        at: Timestamp,
        /// By which way.
        channel: Channel,
    },
    /// The bank returned the money; it rests until somebody decides. Source: [operations 3.4].
    Abnormal {
        /// Since when.
        #[serde(with = "wire::text")]
        since: Timestamp,
    },
    /// Closed after acceptance; the money returned to the pool.
    Closed {
        /// When.
        #[serde(with = "wire::text")]
        at: Timestamp,
    },
}

/// By which way the money arrived. Source: [global-refund-query].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum Channel {
    /// The way it came.
    Original,
    /// To another balance, as the original account was unusable.
    OtherBalance,
    /// To another card, by hand.
    OtherBankcard,
    /// To the merchant's own bank account, by hand: the payer is paid outside.
    MerchantsBank,
}

/// The states without their facts. Names on the wire differ by interface, so the faces choose them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RefundStatus {
    /// On its way.
    Processing,
    /// The money arrived.
    Success,
    /// Waits for a person.
    Abnormal,
    /// Nothing was paid.
    Closed,
}

impl Refund {
    /// The state without its facts.
    pub fn status(&self) -> RefundStatus {
        match self.state {
            RefundState::Processing => RefundStatus::Processing,
            RefundState::Success { .. } => RefundStatus::Success,
            RefundState::Abnormal { .. } => RefundStatus::Abnormal,
            RefundState::Closed { .. } => RefundStatus::Closed,
        }
    }

    /// What [`status`](Refund::status) was at `instant`, that instant included; not before its acceptance.
    pub fn status_at(&self, instant: Timestamp) -> RefundStatus {
        let was_abnormal = self.abnormal_since.is_some_and(|since| since <= instant);
        match self.state {
            RefundState::Success { at, .. } if at <= instant => RefundStatus::Success,
            RefundState::Closed { at } if at <= instant => RefundStatus::Closed,
            _ if was_abnormal => RefundStatus::Abnormal,
            _ => RefundStatus::Processing,
        }
    }
}

/// What becomes of an abnormal refund. Source: [operations 3.4].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Remedy {
    /// To another card of the payer.
    PayersCard,
    /// To the merchant's bank account, who then pays the payer outside.
    MerchantsBank,
    /// To nobody: it is closed, and the money returns to the pool. That an abnormal refund can end so is \[inferred\].
    Close,
}

/// All accepted refunds, found by their numbers. Nothing is ever removed.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(from = "Vec<Refund>", into = "Vec<Refund>")]
pub struct Refunds {
    list: Vec<Refund>,
    by_number: BTreeMap<(Mchid, OutRefundNo), RefundIndex>,
    by_id: BTreeMap<RefundId, RefundIndex>,
}

impl Refunds {
    /// The refund at `index`.
    ///
    /// Panics for an index that another list handed out; indices come from this list alone and stay good for ever.
    pub fn at(&self, index: RefundIndex) -> &Refund {
        &self.list[index.0]
    }

    pub(crate) fn at_mut(&mut self, index: RefundIndex) -> &mut Refund {
        &mut self.list[index.0]
    }

    /// All, in order of acceptance.
    pub fn iter(&self) -> impl Iterator<Item = (RefundIndex, &Refund)> {
        self.list.iter().enumerate().map(|(index, refund)| (RefundIndex(index), refund))
    }

    /// The refund of a merchant id with this number.
    pub fn find(&self, mchid: &Mchid, out_refund_no: &OutRefundNo) -> Option<RefundIndex> {
        self.by_number.get(&(mchid.clone(), out_refund_no.clone())).copied()
    }

    /// The refund with WeChat Pay's number.
    pub fn find_by_id(&self, refund_id: &RefundId) -> Option<RefundIndex> {
        self.by_id.get(refund_id).copied()
    }

    /// Where the next accepted refund will be.
    pub(crate) fn next_index(&self) -> RefundIndex {
        RefundIndex(self.list.len())
    }

    pub(crate) fn add(&mut self, refund: Refund) -> RefundIndex {
        let index = self.next_index();
        self.by_number.insert((refund.mchid.clone(), refund.out_refund_no.clone()), index);
        self.by_id.insert(refund.refund_id.clone(), index);
        self.list.push(refund);
        index
    }
}

impl From<Vec<Refund>> for Refunds {
    fn from(list: Vec<Refund>) -> Refunds {
        let mut refunds = Refunds::default();
        for refund in list {
            refunds.add(refund);
        }
        refunds
    }
}

impl From<Refunds> for Vec<Refund> {
    fn from(refunds: Refunds) -> Vec<Refund> {
        refunds.list
    }
}

/// Why the platform does not accept a refund. The faces give each its code and status.
///
/// None leaves a trace in an account, an order's refundable amount or the number's history.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum RefundRefusal {
    /// The numbers name no merchant.
    #[error(transparent)]
    NotAMember(#[from] NotAMember),
    /// Too many calls; whether the refund was taken is not said on the wire, and it was not.
    #[error("too many calls: {limit}")]
    FrequencyLimited {
        /// Which limit.
        limit: Limit,
    },
    /// No such order of this merchant and sub-merchant.
    #[error("the order does not exist")]
    OrderNotFound,
    /// The order is not in a state that can be refunded.
    #[error("the order is not paid; it is {state:?}")]
    OrderNotPaid {
        /// Its state.
        state: TradeState,
    },
    /// The order's price is another one.
    #[error("the order's total is {total}")]
    TotalDiffers {
        /// The price.
        total: Money,
    },
    /// The order's currency is another one.
    #[error("the order's currency is {currency}")]
    CurrencyDiffers {
        /// The currency.
        currency: Currency,
    },
    /// Nothing, or less.
    #[error("the refund amount must be positive")]
    AmountNotPositive,
    /// More than is left of the order.
    #[error("{rest} is left of the order")]
    AmountOverRest {
        /// What is left, in the price currency.
        rest: Money,
    },
    /// The order has as many refunds as it may have.
    #[error("an order has {limit} refunds at most")]
    TooManyPartialRefunds {
        /// The limit.
        limit: u32,
    },
    /// The payment is too long ago.
    #[error("refunds are possible for {limit_days} days after the payment")]
    TooOld {
        /// The limit.
        limit_days: u16,
    },
    /// Another refund of the order was asked for less than a minute ago.
    #[error("refund {other} of the order was asked for just before; possible from {from}")]
    TooSoonAfterAnother {
        /// The other number.
        other: OutRefundNo,
        /// The first instant at which it is possible.
        from: Timestamp,
    },
    /// The number stands for another refund.
    #[error("out_refund_no {out_refund_no} is used with another {field}")]
    NumberUsedWithOtherParameters {
        /// The number.
        out_refund_no: OutRefundNo,
        /// What differs.
        field: &'static str,
    },
    /// The pool does not hold the refund now.
    #[error("{needed} is more than the refundable funds")]
    NotEnough {
        /// What the refund needs.
        needed: Money,
        /// What is there; never told to the merchant.
        available: Money,
    },
    /// The recharge reserve is not open to this merchant.
    #[error("the recharge account is not enabled")]
    SourceNotEnabled,
    /// The payer's account is closed.
    #[error("the payer's account is abnormal; refund by other means")]
    PayerAccountAbnormal,
}

/// The limits of calls. Source: [global-refund].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Limit {
    /// Submissions a second.
    Submits,
    /// Refused submissions a second.
    Refused,
    /// Submissions a minute for old orders.
    OldOrders,
    /// Refund queries a second.
    Queries,
}

impl std::fmt::Display for Limit {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Limit::Submits => "refund calls a second",
            Limit::Refused => "refused refund calls a second",
            Limit::OldOrders => "refund calls a minute for orders older than a month",
            Limit::Queries => "refund queries a second",
        })
    }
}

/// Why a refund query has no answer.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum QueryRefusal {
    /// The numbers name no merchant.
    #[error(transparent)]
    NotAMember(#[from] NotAMember),
    /// Too many queries.
    #[error("too many calls: {}", Limit::Queries)]
    FrequencyLimited,
    /// No refund was accepted under this number, or no such order.
    #[error("it does not exist")]
    NotFound,
}
