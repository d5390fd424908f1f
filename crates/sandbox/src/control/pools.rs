//! `GET /control/pools/{mchid}`: the fund pools of a merchant id.

use std::collections::BTreeMap;
use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use jiff::Timestamp;
use platform::pool::{DayBook, Pool, PoolModel};
use serde_json::{Value, json};
use wechatpay::china::{self, ChinaDay};
use wechatpay::ids::{Mchid, SubMchid};
use wechatpay::money::{Currency, Money};

use super::named::Named;
use super::problem::Problem;
use crate::stage::Stage;

pub(super) async fn show(
    State(stage): State<Arc<Stage>>,
    Named(mchid): Named<String>,
) -> Result<Json<Value>, Problem> {
    let mchid = Mchid::parse(&mchid).map_err(Problem::not_found)?;
    stage.with(|scene, now| {
        scene.platform.advance(now);
        if scene.platform.world().merchants.get(&mchid).is_none() {
            let detail =
                format!("merchant {mchid} does not exist; `world.json` in the data folder lists who does");
            return Err(Problem::not_found(detail));
        }
        let of_merchant = scene.platform.pools().filter(|(owner, _)| owner.mchid == mchid);
        let pools: Vec<Value> =
            of_merchant.map(|(owner, pool)| told(owner.sub_mchid.as_ref(), pool, now)).collect();
        let day = ChinaDay::of(now).to_string();
        Ok(Json(json!({ "mchid": mchid.as_str(), "now": now.to_string(), "china_day": day, "pools": pools })))
    })
}

/// One owner's pools. Refundable is what a refund could be taken from at `now`.
fn told(sub_mchid: Option<&SubMchid>, pool: &Pool, now: Timestamp) -> Value {
    let accounts: BTreeMap<String, i64> =
        pool.ledger().balances().map(|(account, balance)| (account.to_string(), balance)).collect();
    let model = match pool.cny_model() {
        PoolModel::Daily => "daily",
        PoolModel::Balance => "balance",
    };
    let days: Vec<Value> = pool.days().map(|(day, book)| day_told(day, book)).collect();
    let payouts = pool.payouts().iter();
    let payouts =
        payouts.map(|payout| json!({ "at": china::rfc3339(payout.at), "amount": money(payout.amount) }));
    json!({
        "sub_mchid": sub_mchid.map(SubMchid::as_str),
        "cny_model": model,
        "refundable": money(pool.available(Currency::CNY, now)),
        "refundable_hong_kong_wallets": money(pool.available(Currency::HKD, now)),
        "on_the_way": money(pool.on_the_way(Currency::CNY)),
        "settlement": money(pool.settlement()),
        "accounts": accounts,
        "days": days,
        "payouts": payouts.collect::<Vec<Value>>(),
    })
}

fn day_told(day: ChinaDay, book: &DayBook) -> Value {
    let exchange = book.exchange.as_ref();
    json!({
        "day": day.to_string(),
        "payments_fen": book.payments_fen,
        "drawn_fen": book.drawn_fen,
        "returned_fen": book.returned_fen,
        "withheld_fen": book.withheld_fen,
        "leaked_fen": book.leaked_fen,
        "payments": book.paid.len(),
        "refunds": book.refunded.len(),
        "exchange": exchange.map(|exchange| json!({
            "at": china::rfc3339(exchange.at),
            "cny_fen": exchange.cny_fen,
        })),
    })
}

/// An amount as WeChat Pay writes it.
pub(super) fn money(money: Money) -> Value {
    json!({ "total": money.minor(), "currency": money.currency().code() })
}
