//! `GET /control/ledger`: the books of all pools, every posting of them.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use platform::ledger::{Posting, Subject};
use platform::platform::Platform;
use serde_json::{Value, json};

use super::pools::money;
use crate::stage::Stage;

pub(super) async fn show(State(stage): State<Arc<Stage>>) -> Json<Value> {
    stage.with(|scene, now| {
        scene.platform.advance(now);
        let platform = &scene.platform;
        let pools: Vec<Value> = platform
            .pools()
            .map(|(owner, pool)| {
                let postings = pool.ledger().journal().iter();
                json!({
                    "mchid": owner.mchid.as_str(),
                    "sub_mchid": owner.sub_mchid.as_ref().map(|sub| sub.as_str()),
                    "journal": postings.map(|posting| told(platform, posting)).collect::<Vec<Value>>(),
                })
            })
            .collect();
        Json(json!({ "now": now.to_string(), "pools": pools }))
    })
}

fn told(platform: &Platform, posting: &Posting) -> Value {
    let (out_trade_no, out_refund_no) = match posting.subject {
        Subject::Order(order) => (Some(&platform.orders().at(order).out_trade_no), None),
        Subject::Refund(refund) => {
            let refund = platform.refunds().at(refund);
            (Some(&platform.orders().at(refund.order).out_trade_no), Some(&refund.out_refund_no))
        }
        Subject::Pool => (None, None),
    };
    json!({
        "at": posting.at.to_string(),
        "event": posting.event,
        "from": posting.from.to_string(),
        "to": posting.to.to_string(),
        "amount": money(posting.amount),
        "out_trade_no": out_trade_no.map(|number| number.as_str()),
        "out_refund_no": out_refund_no.map(|number| number.as_str()),
    })
}
