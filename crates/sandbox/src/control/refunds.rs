//! Refunds on the Merchant Platform: `POST /control/refunds`, somebody makes one by hand, which no system of the
//! merchant's knows of; `POST /control/refunds/{mchid}/{out_refund_no}/remedy`, somebody decides an abnormal one.

use std::sync::Arc;

use axum::Json;
use axum::body::Bytes;
use axum::extract::State;
use platform::order::OrderRef;
use platform::platform::Platform;
use platform::refund::{FundSource, Refund, RefundRefusal, RefundRequest, Remedy};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use wechatpay::china;
use wechatpay::ids::{Mchid, OutRefundNo, OutTradeNo, SubMchid};
use wechatpay::money::Currency;

use super::named::Named;
use super::pools::money;
use super::problem::{Problem, read};
use crate::stage::Stage;

/// A refund to be made by hand: from today's pool and by the platform's rules, as any other.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct ByHand {
    mchid: String,
    sub_mchid: Option<String>,
    out_trade_no: String,
    out_refund_no: Option<String>,
    amount: Amount,
}

/// What goes back, in the currency of the order's price.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Amount {
    refund: i64,
    currency: String,
}

pub(super) async fn make(State(stage): State<Arc<Stage>>, body: Bytes) -> Result<Json<Value>, Problem> {
    let ByHand { mchid, sub_mchid, out_trade_no, out_refund_no, amount } = read(&body)?;
    let mchid = Mchid::parse(&mchid).map_err(Problem::invalid)?;
    let sub_mchid = sub_mchid.as_deref().map(SubMchid::parse).transpose().map_err(Problem::invalid)?;
    let order = OrderRef::OutTradeNo(OutTradeNo::parse(&out_trade_no).map_err(Problem::invalid)?);
    let number = out_refund_no.as_deref().map(OutRefundNo::parse).transpose().map_err(Problem::invalid)?;
    let currency = Currency::parse(&amount.currency)
        .map_err(|error| Problem::invalid(format!("amount.currency: {error}")))?;
    stage.with(|scene, now| {
        let platform = &mut scene.platform;
        let found = platform.order(now, &mchid, sub_mchid.as_ref(), &order).map_err(Problem::invalid)?;
        let total_minor = found.price.minor();
        let request = RefundRequest {
            out_refund_no: number.unwrap_or_else(|| fresh_number(platform, &mchid)),
            mchid,
            sub_mchid,
            order,
            refund_minor: amount.refund,
            total_minor,
            currency,
            source: FundSource::Unsettled,
            reason: None,
            notify_url: None,
        };
        let refund = platform.submit_refund(now, &request).map_err(refused)?;
        Ok(Json(told(refund, &out_trade_no)))
    })
}

/// A number that no system of the merchant's has given.
fn fresh_number(platform: &Platform, mchid: &Mchid) -> OutRefundNo {
    (platform.refunds().iter().count()..)
        .filter_map(|n| OutRefundNo::parse(&format!("BYHAND{n:08}")).ok())
        .find(|number| platform.refunds().find(mchid, number).is_none())
        .unwrap_or_else(|| unreachable!("one number more than there are refunds is free"))
}

fn told(refund: &Refund, out_trade_no: &str) -> Value {
    json!({
        "mchid": refund.mchid.as_str(),
        "sub_mchid": refund.sub_mchid.as_ref().map(SubMchid::as_str),
        "out_trade_no": out_trade_no,
        "out_refund_no": refund.out_refund_no.as_str(),
        "refund_id": refund.refund_id.as_str(),
        "amount": Amount {
            refund: refund.part.price.minor(),
            currency: refund.part.price.currency().code().to_owned(),
        },
        "payer": money(refund.part.payer),
        "create_time": china::rfc3339(refund.accepted_at),
    })
}

fn refused(refusal: RefundRefusal) -> Problem {
    match &refusal {
        RefundRefusal::NotEnough { needed, available } => Problem::conflict(format!(
            "{needed} are needed, and today's pool holds {available}; wait for payments"
        )),
        _ => Problem::invalid(refusal),
    }
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Wanted {
    remedy: Remedy,
}

pub(super) async fn remedy(
    State(stage): State<Arc<Stage>>,
    Named((mchid, out_refund_no)): Named<(String, String)>,
    body: Bytes,
) -> Result<Json<Value>, Problem> {
    let mchid = Mchid::parse(&mchid).map_err(Problem::not_found)?;
    let out_refund_no = OutRefundNo::parse(&out_refund_no).map_err(Problem::not_found)?;
    let Wanted { remedy } = read(&body)?;
    stage.with(|scene, now| {
        let index = scene.platform.refunds().find(&mchid, &out_refund_no).ok_or_else(|| {
            Problem::not_found(format!("no refund {out_refund_no} of merchant {mchid} was accepted"))
        })?;
        let is_done = scene.platform.remedy(now, index, remedy);
        let status = scene.platform.refunds().at(index).status();
        if !is_done {
            let text = json!(status);
            return Err(Problem::conflict(format!(
                "only an abnormal refund has a remedy; this one is {text}"
            )));
        }
        Ok(Json(
            json!({ "mchid": mchid.as_str(), "out_refund_no": out_refund_no.as_str(), "status": status }),
        ))
    })
}
