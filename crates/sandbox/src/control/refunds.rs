//! `POST /control/refunds/{mchid}/{out_refund_no}/remedy`: somebody decides an abnormal refund on the Merchant Platform.

use std::sync::Arc;

use axum::Json;
use axum::body::Bytes;
use axum::extract::State;
use platform::refund::Remedy;
use serde::Deserialize;
use serde_json::{Value, json};
use wechatpay::ids::{Mchid, OutRefundNo};

use super::named::Named;
use super::problem::{Problem, read};
use crate::stage::Stage;

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
