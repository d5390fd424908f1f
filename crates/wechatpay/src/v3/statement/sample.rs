//! Rows for tests.

use jiff::Timestamp;
use proptest::prelude::*;

use super::row::{Amounts, Event, Refund, Row};
use crate::ids::{Mchid, OutRefundNo, OutTradeNo, RefundId, SubMchid, TransactionId};
use crate::money::{Currency, Money};
use crate::v3::words::{Channel, RefundStatus, TradeType};

/// What a row is made of.
#[derive(Debug, Clone)]
pub(super) struct Sample {
    pub(super) second: i64,
    pub(super) sub_mchid: Option<u32>,
    pub(super) number: String,
    pub(super) text: String,
    pub(super) coupon: Option<Money>,
    pub(super) event: Event,
}

impl Sample {
    pub(super) fn payment() -> Sample {
        let event =
            Event::Payment(Amounts { price: Money::fen(100), payer: Money::fen(100), settlement: None });
        Sample {
            second: 1_754_100_000,
            sub_mchid: None,
            number: "T1".to_owned(),
            text: String::new(),
            coupon: None,
            event,
        }
    }

    pub(super) fn row(&self) -> Row<'_> {
        Row {
            at: Timestamp::from_second(self.second).unwrap(),
            mchid: Mchid::parse("1900000001").unwrap(),
            sub_mchid: self.sub_mchid.map(|number| SubMchid::parse(&number.to_string()).unwrap()),
            transaction_id: TransactionId::parse(&format!("42{}", self.second)).unwrap(),
            out_trade_no: OutTradeNo::parse(&self.number).unwrap(),
            event: self.event.clone(),
            recharge_coupon: self.coupon,
            coupon: self.coupon,
            trade_type: TradeType::Native,
            bank_type: "CMB_DEBIT",
            appid: "wx1",
            openid: "o1",
            device: "",
            goods: &self.text,
            attach: &self.text,
            fee: "0.06",
            fee_rate: "0.60%",
            payment_rate: "650000000",
            refund_rate: "",
        }
    }
}

fn money() -> impl Strategy<Value = Money> {
    let currency = prop::sample::select(vec![Currency::CNY, Currency::HKD, Currency::JPY, Currency::USD]);
    (0..i64::MAX, currency).prop_map(|(minor, currency)| Money::new(minor, currency))
}

fn amounts() -> impl Strategy<Value = Amounts> {
    (money(), money(), prop::option::of(money())).prop_map(|(price, payer, settlement)| Amounts {
        price,
        payer,
        settlement,
    })
}

fn sample(event: impl Strategy<Value = Event>) -> impl Strategy<Value = Sample> {
    let second = 1_500_000_000_i64..2_000_000_000;
    let sub_mchid = prop::option::of(1_u32..);
    (second, sub_mchid, "[A-Za-z0-9_|*-]{1,32}", "[^`\\p{C}]{0,12}", prop::option::of(money()), event)
        .prop_map(|(second, sub_mchid, number, text, coupon, event)| Sample {
            second,
            sub_mchid,
            number,
            text,
            coupon,
            event,
        })
}

pub(super) fn payment() -> impl Strategy<Value = Sample> {
    sample(amounts().prop_map(Event::Payment))
}

pub(super) fn revocation() -> impl Strategy<Value = Sample> {
    // One of nothing cannot be told from a payment that was revoked.
    let amounts = amounts().prop_filter("something went back", |amounts| amounts.payer.minor() > 0);
    sample(amounts.prop_map(Event::Revocation))
}

pub(super) fn refund() -> impl Strategy<Value = Sample> {
    let status = prop::sample::select(vec![
        RefundStatus::Processing,
        RefundStatus::Success,
        RefundStatus::Closed,
        RefundStatus::Abnormal,
    ]);
    let channel =
        prop::sample::select(vec![Channel::Original, Channel::OtherBankcard, Channel::Other("".into())]);
    let number = "[A-Za-z0-9_|*@-]{1,64}";
    sample((amounts(), status, channel, number).prop_map(|(amounts, status, channel, number)| {
        Event::Refund(Refund {
            refund_id: RefundId::parse("50201").unwrap(),
            out_refund_no: OutRefundNo::parse(&number).unwrap(),
            status,
            channel,
            amounts,
        })
    }))
}
