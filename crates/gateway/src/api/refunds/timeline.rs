//! `GET /v1/refunds/{id}/timeline`: everything that happened to a refund, with its evidence.

use axum::Json;
use axum::extract::State;
use axum::http::Uri;
use refunds::batch::Entry;
use refunds::step::Cause;
use serde::Serialize;
use store::Store as _;
use store::reading::Line;
use utoipa::ToSchema;
use wechatpay::ids::SubMchid;

use super::find::find;
use crate::api::access::{Caller, Scope};
use crate::api::problem::Problem;
use crate::api::request::parameters::Parameters;
use crate::api::request::path::Named;
use crate::api::state::Api;

/// A refund's journal, from its beginning.
#[derive(Debug, Serialize, ToSchema)]
#[schema(example = json!({"refund": "rf.1900000001.01JZ5C7E8M4Q2W9T6R3Y1K0XVB", "events": [
    {"n": 1, "at": "2026-05-08T02:00:00Z", "cause": "created", "from": "", "to": "queued", "attempts": 0,
        "request_id": null, "answer": null, "certificate": null, "epoch": 0},
    {"n": 2, "at": "2026-05-08T02:00:00.1Z", "cause": "released", "from": "queued", "to": "submitting", "attempts": 1,
        "request_id": null, "answer": null, "certificate": null, "epoch": 1},
    {"n": 3, "at": "2026-05-08T02:00:01Z", "cause": "not_enough", "from": "submitting", "to": "waiting", "attempts": 1,
        "request_id": "08F7A1B2C3", "answer": "403 NOT_ENOUGH",
        "certificate": "5157F09EFDC096DE15EBE81A47057A7232F1B8E1", "epoch": 1}
]}))]
pub struct Timeline {
    /// The refund's id.
    refund: String,
    /// What happened, in order.
    events: Vec<EventView>,
}

/// One thing that happened.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Event)]
struct EventView {
    /// Counts from 1.
    n: u64,
    /// When it was decided.
    at: String,
    /// Why, in a word.
    cause: &'static str,
    /// The state before; empty for the first.
    from: &'static str,
    /// The state after.
    to: &'static str,
    /// How many attempts had been made after it.
    attempts: u32,
    /// WeChat Pay's `Request-ID`.
    request_id: Option<String>,
    /// What WeChat Pay answered, or what happened instead.
    answer: Option<String>,
    /// The serial number of the merchant certificate that WeChat Pay was called with.
    certificate: Option<String>,
    /// Under which ownership it was decided; 0 for the taking in.
    epoch: u64,
}

/// Show what happened to a refund
#[utoipa::path(
    get, path = "/v1/refunds/{id}/timeline", operation_id = "show_timeline", tag = "refunds",
    params(
        ("id" = String, Path, description = "`rf.…`, or your `out_refund_no`.", example = "R1"),
        ("sub_mchid" = Option<String>, Query, description = "Whose, if several sub-merchants have this number."),
    ),
    responses((status = 200, description = "Its journal.", body = Timeline)),
    security(("key" = ["refunds:read"])),
)]
pub async fn timeline(
    State(api): State<Api>,
    caller: Caller,
    Named(named): Named,
    uri: Uri,
) -> Result<Json<Timeline>, Problem> {
    caller.require_for_named(Scope::RefundsRead)?;
    let parameters = Parameters::read(&uri, &["sub_mchid"])?;
    let refund =
        find(&api.gateway, &caller, &named, parameters.optional("sub_mchid", SubMchid::parse)?).await?;
    let lines = api.gateway.store.timeline(&refund.key).await?;
    let events = lines.into_iter().map(event).collect();
    Ok(Json(Timeline { refund: refund.key.to_string(), events }))
}

fn event(line: Line) -> EventView {
    let Line { epoch, entry: Entry { n, at, cause, from, to, attempts, evidence } } = line;
    EventView {
        n,
        at: at.to_string(),
        cause: cause_word(cause),
        from,
        to,
        attempts,
        request_id: evidence.request_id,
        answer: evidence.answer,
        certificate: evidence.certificate,
        epoch: epoch.0,
    }
}

/// The word for what caused a change.
pub const fn cause_word(cause: Cause) -> &'static str {
    match cause {
        Cause::Created => "created",
        Cause::Released => "released",
        Cause::Resent => "resent",
        Cause::Held => "held",
        Cause::Accepted => "accepted",
        Cause::NotEnough => "not_enough",
        Cause::Refused => "refused",
        Cause::Unclear => "unclear",
        Cause::SlowDown => "slow_down",
        Cause::Misconfigured => "misconfigured",
        Cause::NumberTaken => "number_taken",
        Cause::Orphaned => "orphaned",
        Cause::Found => "found",
        Cause::Absent => "absent",
        Cause::AskedInVain => "asked_in_vain",
        Cause::Told => "told",
        Cause::AskNow => "ask_now",
        Cause::Restored => "restored",
        Cause::Withdrawn => "withdrawn",
        Cause::Retried => "retried",
        Cause::Settled => "settled",
    }
}
