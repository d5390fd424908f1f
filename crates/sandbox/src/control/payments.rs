//! `POST /control/payments`: a user pays.

use std::sync::Arc;

use axum::Json;
use axum::body::Bytes;
use axum::extract::State;
use platform::order::{NewOrder, Order, OrderRef, OrderRefusal, Payer, TradeType, Wallet};
use serde::{Deserialize, Serialize};
use wechatpay::china;
use wechatpay::ids::{BankType, Mchid, OutTradeNo, SubMchid};
use wechatpay::money::{Currency, Money};

use super::problem::{Problem, read};
use crate::scene::Scene;
use crate::stage::Stage;

/// Who pays what to whom. A number that names an unpaid order pays that order.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Wanted {
    mchid: String,
    sub_mchid: Option<String>,
    out_trade_no: Option<String>,
    amount: Amount,
    bank_type: Option<String>,
}

/// An amount as it is written.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Amount {
    total: i64,
    currency: String,
}

impl From<Money> for Amount {
    fn from(money: Money) -> Amount {
        Amount { total: money.minor(), currency: money.currency().code().to_owned() }
    }
}

/// A paid order.
#[derive(Debug, Serialize)]
pub(super) struct Paid {
    mchid: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    sub_mchid: Option<String>,
    out_trade_no: String,
    transaction_id: String,
    amount: Amount,
    payer: Amount,
    success_time: String,
    bank_type: String,
}

/// What a user wants to pay, in values.
struct Wish {
    mchid: Mchid,
    sub_mchid: Option<SubMchid>,
    out_trade_no: Option<OutTradeNo>,
    price: Money,
    payer: Payer,
}

pub(super) async fn pay(State(stage): State<Arc<Stage>>, body: Bytes) -> Result<Json<Paid>, Problem> {
    let wish = wish(read(&body)?)?;
    stage.with(|scene, now| paid(scene, now, wish)).map(Json)
}

fn wish(wanted: Wanted) -> Result<Wish, Problem> {
    let Wanted { mchid, sub_mchid, out_trade_no, amount, bank_type } = wanted;
    let currency = Currency::parse(&amount.currency)
        .map_err(|error| Problem::invalid(format!("amount.currency: {error}")))?;
    let bank_type = bank_type.as_deref().map(BankType::parse).transpose().map_err(Problem::invalid)?;
    Ok(Wish {
        mchid: Mchid::parse(&mchid).map_err(Problem::invalid)?,
        sub_mchid: sub_mchid.as_deref().map(SubMchid::parse).transpose().map_err(Problem::invalid)?,
        out_trade_no: out_trade_no.as_deref().map(OutTradeNo::parse).transpose().map_err(Problem::invalid)?,
        price: Money::new(amount.total, currency),
        payer: Payer { wallet: Wallet::Mainland, bank_type },
    })
}

fn paid(scene: &mut Scene, now: jiff::Timestamp, wish: Wish) -> Result<Paid, Problem> {
    let Wish { mchid, sub_mchid, out_trade_no, price, payer } = wish;
    let platform = &mut scene.platform;
    let by_number = out_trade_no.clone().map(OrderRef::OutTradeNo);
    let there = by_number.and_then(|number| platform.orders().find(&mchid, sub_mchid.as_ref(), &number));
    let index = match there {
        Some(index) => {
            let ordered = platform.orders().at(index).price;
            if ordered != price {
                return Err(Problem::conflict(format!(
                    "amount: the order with this out_trade_no is about {ordered}; pay that, or use another number"
                )));
            }
            index
        }
        None => {
            let new = NewOrder {
                mchid,
                sub_mchid,
                out_trade_no,
                trade_type: TradeType::Native,
                price,
                notify_url: None,
                attach: None,
            };
            platform.place_order(now, new).map_err(refused)?
        }
    };
    platform.pay(now, index, payer).map_err(refused)?;
    told(platform.orders().at(index))
}

fn told(order: &Order) -> Result<Paid, Problem> {
    let payment =
        order.payment().ok_or_else(|| Problem::internal("the order is not paid after its payment"))?;
    Ok(Paid {
        mchid: order.mchid.to_string(),
        sub_mchid: order.sub_mchid.as_ref().map(SubMchid::to_string),
        out_trade_no: order.out_trade_no.to_string(),
        transaction_id: payment.transaction_id.to_string(),
        amount: order.price.into(),
        payer: payment.payer.into(),
        success_time: china::rfc3339(payment.success_time),
        bank_type: payment.bank_type.to_string(),
    })
}

fn refused(refusal: OrderRefusal) -> Problem {
    match &refusal {
        OrderRefusal::NotAMember(_) => {
            Problem::invalid(format!("{refusal}; `world.json` in the data folder lists who is there"))
        }
        OrderRefusal::OrderPaid | OrderRefusal::OrderClosed | OrderRefusal::OrderRevoked => {
            Problem::conflict(format!("{refusal}; leave out_trade_no out, or use a new one"))
        }
        _ => Problem::invalid(refusal),
    }
}
