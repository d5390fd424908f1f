//! Orders: what a payer was asked for, whether it was paid, and what of it went back.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use wechatpay::ids::{BankType, Mchid, OutTradeNo, SubMchid, TransactionId};
use wechatpay::money::{Money, MoneyError, share_half_up};

use crate::rates::ExchangeRate;
use crate::refund::RefundIndex;
use crate::wire;
use crate::world::NotAMember;

/// An order's place in [`Orders`]; never reused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct OrderIndex(usize);

/// What a merchant asks for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewOrder {
    /// Who asks.
    pub mchid: Mchid,
    /// For whom.
    pub sub_mchid: Option<SubMchid>,
    /// The merchant's number; drawn if left out, which only the control interface does.
    pub out_trade_no: Option<OutTradeNo>,
    /// How it will be paid.
    pub trade_type: TradeType,
    /// The price.
    pub price: Money,
    /// Where the payment is to be notified.
    pub notify_url: Option<String>,
    /// The merchant's own text, given back as it came.
    pub attach: Option<String>,
}

/// How an order is paid.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
pub enum TradeType {
    /// The cashier scans the payer's code.
    Micropay,
    /// The payer scans a code.
    Native,
    /// In an official account or mini program.
    Jsapi,
    /// In the merchant's app.
    App,
    /// In a mobile browser.
    Mweb,
}

/// Whose wallet pays. Source: [operations 5.4].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Wallet {
    /// A mainland wallet; pays CNY.
    Mainland,
    /// A Hong Kong wallet; pays HKD.
    HongKong,
}

/// Who pays, and with what.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Payer {
    /// The wallet.
    pub wallet: Wallet,
    /// The instrument; drawn if left out.
    pub bank_type: Option<BankType>,
}

/// One order.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Order {
    /// The merchant id.
    #[serde(with = "wire::text")]
    pub mchid: Mchid,
    /// The sub-merchant.
    #[serde(default, with = "wire::option")]
    pub sub_mchid: Option<SubMchid>,
    /// The merchant's number.
    #[serde(with = "wire::text")]
    pub out_trade_no: OutTradeNo,
    /// How it is paid.
    pub trade_type: TradeType,
    /// The price.
    #[serde(with = "wire::text")]
    pub price: Money,
    /// When it was asked for.
    #[serde(with = "wire::text")]
    pub created_at: Timestamp,
    /// Where the payment is notified.
    pub notify_url: Option<String>,
    /// The merchant's own text.
    pub attach: Option<String>,
    /// Where it stands.
    pub state: OrderState,
    /// Its accepted refunds, in order of acceptance; closed ones too.
    pub refunds: Vec<RefundIndex>,
    /// The latest request for a refund of it that starts the minute of spacing.
    pub last_refund_request: Option<RefundRequested>,
}

/// Where an order stands.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum OrderState {
    /// Nobody paid yet.
    NotPaid,
    /// The payer has been asked for the password (Quick Pay).
    AwaitingPassword,
    /// Paid.
    Paid(Payment),
    /// Closed unpaid.
    Closed {
        /// When.
        #[serde(with = "wire::text")]
        at: Timestamp,
    },
    /// Revoked by merchant or platform (Quick Pay).
    Revoked {
        /// When.
        #[serde(with = "wire::text")]
        at: Timestamp,
        /// The payment that went back, if there was one.
        payment: Option<Payment>,
    },
}

/// A request for a refund, as far as the spacing of requests goes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RefundRequested {
    /// Its number.
    #[serde(with = "wire::text")]
    pub out_refund_no: wechatpay::ids::OutRefundNo,
    /// When.
    #[serde(with = "wire::text")]
    pub at: Timestamp,
}

/// A payment, and what of it is not the merchant's any more.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Payment {
    /// WeChat Pay's number of the order.
    #[serde(with = "wire::text")]
    pub transaction_id: TransactionId,
    /// What the payer paid, in CNY or HKD.
    #[serde(with = "wire::text")]
    pub payer: Money,
    /// From the price to the payer's currency.
    pub rate: ExchangeRate,
    /// What it is worth in the settlement currency, at its own rate.
    #[serde(with = "wire::text")]
    pub settle: Money,
    /// When.
    #[serde(with = "wire::text")]
    pub success_time: Timestamp,
    /// The payer's instrument.
    #[serde(with = "wire::text")]
    pub bank_type: BankType,
    /// The refunds that count: accepted and not closed.
    pub refunded: Refunded,
}

/// What accepted refunds that were not closed have taken from a payment.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Refunded {
    /// In smallest units of the price currency.
    pub price: i64,
    /// In smallest units of the payer's currency.
    pub payer: i64,
    /// In smallest units of the settlement currency.
    pub settle: i64,
    /// How many.
    pub count: u32,
}

/// One refund's part of a payment, in the three currencies.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct RefundPart {
    /// What the merchant asked for, in the price currency.
    #[serde(with = "wire::text")]
    pub price: Money,
    /// What the payer gets, in the currency paid in.
    #[serde(with = "wire::text")]
    pub payer: Money,
    /// What the settlement loses.
    #[serde(with = "wire::text")]
    pub settle: Money,
}

impl Payment {
    /// The part a further refund of `minor` (smallest units of `price`'s currency) takes.
    ///
    /// Rounded cumulatively: after every refund the payer has got `paid × refunded / price`, half up, and the last
    /// refund clears the payment exactly. Source: [operations 1.2].
    pub fn part(&self, price: Money, minor: i64) -> Result<RefundPart, MoneyError> {
        let cumulative = self.refunded.price.checked_add(minor).ok_or(MoneyError::Overflow)?;
        // A refund closed in between can leave the sum one unit above its rounded share; nobody is then charged.
        let rest = |paid: Money, before: i64| -> Result<Money, MoneyError> {
            let due = share_half_up(paid.minor(), cumulative, price.minor())?;
            Ok(Money::new((due - before).max(0), paid.currency()))
        };
        Ok(RefundPart {
            price: Money::new(minor, price.currency()),
            payer: rest(self.payer, self.refunded.payer)?,
            settle: rest(self.settle, self.refunded.settle)?,
        })
    }

    /// Counts an accepted refund.
    pub fn take(&mut self, part: &RefundPart) {
        self.refunded.price += part.price.minor();
        self.refunded.payer += part.payer.minor();
        self.refunded.settle += part.settle.minor();
        self.refunded.count += 1;
    }

    /// A closed refund counts no more.
    pub fn give_back(&mut self, part: &RefundPart) {
        self.refunded.price -= part.price.minor();
        self.refunded.payer -= part.payer.minor();
        self.refunded.settle -= part.settle.minor();
        self.refunded.count = self.refunded.count.saturating_sub(1);
    }
}

impl Order {
    /// WeChat Pay's name of where the order stands. An order with an accepted refund shows REFUND, whatever became
    /// of the refund. Source: [global-payment].
    pub fn trade_state(&self) -> TradeState {
        match &self.state {
            OrderState::NotPaid => TradeState::Notpay,
            OrderState::AwaitingPassword => TradeState::Userpaying,
            OrderState::Paid(_) if self.refunds.is_empty() => TradeState::Success,
            OrderState::Paid(_) => TradeState::Refund,
            OrderState::Closed { .. } => TradeState::Closed,
            OrderState::Revoked { .. } => TradeState::Revoked,
        }
    }

    /// The payment, also if it was revoked.
    pub fn payment(&self) -> Option<&Payment> {
        match &self.state {
            OrderState::Paid(payment) => Some(payment),
            OrderState::Revoked { payment, .. } => payment.as_ref(),
            OrderState::NotPaid | OrderState::AwaitingPassword | OrderState::Closed { .. } => None,
        }
    }
}

/// The states as WeChat Pay names them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
pub enum TradeState {
    /// Paid.
    Success,
    /// Paid, and a refund was accepted.
    Refund,
    /// Not paid yet.
    Notpay,
    /// Closed.
    Closed,
    /// Revoked.
    Revoked,
    /// The payer is typing the password.
    Userpaying,
}

/// An order by one of its two numbers.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum OrderRef {
    /// By the merchant's number.
    OutTradeNo(#[serde(with = "wire::text")] OutTradeNo),
    /// By WeChat Pay's number, which an order has once it is paid.
    TransactionId(#[serde(with = "wire::text")] TransactionId),
}

type Number = (Mchid, Option<SubMchid>, OutTradeNo);

/// All orders, found by their numbers. Nothing is ever removed.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(from = "Vec<Order>", into = "Vec<Order>")]
pub struct Orders {
    list: Vec<Order>,
    by_number: BTreeMap<Number, OrderIndex>,
    by_transaction: BTreeMap<TransactionId, OrderIndex>,
}

impl Orders {
    /// The order at `index`.
    ///
    /// Panics for an index that another list handed out; indices come from this list alone and stay good for ever.
    pub fn at(&self, index: OrderIndex) -> &Order {
        &self.list[index.0]
    }

    pub(crate) fn at_mut(&mut self, index: OrderIndex) -> &mut Order {
        &mut self.list[index.0]
    }

    /// All, in order of creation.
    pub fn iter(&self) -> impl Iterator<Item = (OrderIndex, &Order)> {
        self.list.iter().enumerate().map(|(index, order)| (OrderIndex(index), order))
    }

    /// How many there are.
    pub fn count(&self) -> usize {
        self.list.len()
    }

    /// The order of this merchant and sub-merchant with that number.
    pub fn find(&self, mchid: &Mchid, sub_mchid: Option<&SubMchid>, order: &OrderRef) -> Option<OrderIndex> {
        match order {
            OrderRef::OutTradeNo(number) => {
                self.by_number.get(&(mchid.clone(), sub_mchid.cloned(), number.clone())).copied()
            }
            OrderRef::TransactionId(id) => self.by_transaction.get(id).copied().filter(|&index| {
                let order = self.at(index);
                &order.mchid == mchid && order.sub_mchid.as_ref() == sub_mchid
            }),
        }
    }

    /// Whether some order bears this number.
    pub(crate) fn has_transaction(&self, id: &TransactionId) -> bool {
        self.by_transaction.contains_key(id)
    }

    pub(crate) fn add(&mut self, order: Order) -> OrderIndex {
        let index = OrderIndex(self.list.len());
        let number = (order.mchid.clone(), order.sub_mchid.clone(), order.out_trade_no.clone());
        self.by_number.insert(number, index);
        self.list.push(order);
        self.know_transaction(index);
        index
    }

    /// Notes the number an order got with its payment.
    pub(crate) fn know_transaction(&mut self, index: OrderIndex) {
        if let Some(payment) = self.list[index.0].payment() {
            self.by_transaction.insert(payment.transaction_id.clone(), index);
        }
    }
}

impl From<Vec<Order>> for Orders {
    fn from(list: Vec<Order>) -> Orders {
        let mut orders = Orders::default();
        for order in list {
            orders.add(order);
        }
        orders
    }
}

impl From<Orders> for Vec<Order> {
    fn from(orders: Orders) -> Vec<Order> {
        orders.list
    }
}

/// Why the platform does not do something with an order.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum OrderRefusal {
    /// The numbers name no merchant.
    #[error(transparent)]
    NotAMember(#[from] NotAMember),
    /// No such order.
    #[error("the order does not exist")]
    OrderNotFound,
    /// The number was used for another order.
    #[error("out_trade_no {out_trade_no} is used")]
    NumberUsed {
        /// The number.
        out_trade_no: OutTradeNo,
    },
    /// Nothing, or less.
    #[error("the amount must be positive")]
    AmountNotPositive,
    /// This merchant may not price in this currency, or there is no rate for it.
    #[error("orders of this merchant cannot be priced in {currency}")]
    CurrencyNotAllowed {
        /// The currency.
        currency: wechatpay::money::Currency,
    },
    /// The amount cannot be converted.
    #[error("the amount is too large")]
    AmountTooLarge,
    /// It is paid.
    #[error("the order is paid")]
    OrderPaid,
    /// It is closed.
    #[error("the order is closed")]
    OrderClosed,
    /// It is revoked.
    #[error("the order is revoked")]
    OrderRevoked,
    /// Only Quick Pay orders can be revoked.
    #[error("only Quick Pay orders can be revoked")]
    NotQuickPay,
    /// Too early to close or revoke.
    #[error("too early; possible from {from}")]
    TooEarly {
        /// The first instant at which it is possible.
        from: Timestamp,
    },
    /// Too late to revoke; a refund is the way.
    #[error("the payment can no longer be revoked; refund it")]
    TooLateToRevoke,
    /// Part of it went back already.
    #[error("the order has refunds and cannot be revoked")]
    HasRefunds,
    /// Today's pool does not hold the revoke.
    #[error("the funds of today's payments do not cover the revoke")]
    NotEnough,
}
