//! `/v1/admin/merchants`.

use std::sync::Arc;

use axum::Json;
use axum::body::Bytes;
use axum::extract::rejection::BytesRejection;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use refunds::outcome::Fault;
use serde_json::{Value, json};
use store::Store;
use store::error::StoreError;
use store::merchant::{Merchant, Mode, Wire};
use wechatpay::ids::{Mchid, SubMchid};
use wechatpay::v3::caller::Region;

use super::operator::{Office, Operator};
use super::refusal::unknown_merchant;
use super::request::{self, NUMBER_FORMS};
use super::trail::{self, Act};
use crate::api::problem::{Code, Problem};
use crate::gateway::Gateway;
use crate::merchants::account::Account;
use crate::merchants::setting_up::{self, SetUp};

type Body = Result<Bytes, BytesRejection>;

/// All of them, by number.
pub(super) async fn list(State(office): State<Office>, _: Operator) -> Result<Json<Value>, Problem> {
    let mut merchants = Vec::new();
    for account in office.gateway.merchants.all() {
        merchants.push(shown(&office.gateway, &account).await?);
    }
    Ok(Json(json!({ "merchants": merchants })))
}

/// One of them.
pub(super) async fn show(
    State(office): State<Office>,
    _: Operator,
    Path(mchid): Path<String>,
) -> Result<Json<Value>, Problem> {
    let account = account(&office.gateway, &mchid)?;
    Ok(Json(shown(&office.gateway, &account).await?))
}

/// Sets one up: 201 if it is new, 200 if it was there.
pub(super) async fn set_up(
    State(office): State<Office>,
    Operator(actor): Operator,
    body: Body,
) -> Result<Response, Problem> {
    let new = request::new_merchant(&whole(body)?)?;
    let mchid = new.mchid.clone();
    let outcome = setting_up::set_up(&office.gateway, &office.sealer, new, &actor).await?;
    let status = match outcome {
        SetUp::Created => StatusCode::CREATED,
        SetUp::Changed | SetUp::Same => StatusCode::OK,
    };
    let account = account(&office.gateway, mchid.as_str())?;
    Ok((status, Json(shown(&office.gateway, &account).await?)).into_response())
}

/// Adds a sub-merchant: 201 if it is new, 200 if it was served already.
pub(super) async fn add_sub_merchant(
    State(office): State<Office>,
    Operator(actor): Operator,
    Path(mchid): Path<String>,
    body: Body,
) -> Result<Response, Problem> {
    let mchid = account(&office.gateway, &mchid)?.merchant.mchid.clone();
    let sub_mchid = request::sub_merchant(&whole(body)?)?;
    let is_new = setting_up::add_sub_merchant(&office.gateway, &mchid, sub_mchid, &actor).await?;
    let account = account(&office.gateway, mchid.as_str())?;
    let status = if is_new { StatusCode::CREATED } else { StatusCode::OK };
    Ok((status, Json(shown(&office.gateway, &account).await?)).into_response())
}

/// From now on nothing is submitted; requests are taken and results asked for.
pub(super) async fn pause(
    State(office): State<Office>,
    Operator(actor): Operator,
    Path(mchid): Path<String>,
) -> Result<Response, Problem> {
    set_paused(&office.gateway, &mchid, true, &actor).await
}

/// Goes on after a pause.
pub(super) async fn resume(
    State(office): State<Office>,
    Operator(actor): Operator,
    Path(mchid): Path<String>,
) -> Result<Response, Problem> {
    set_paused(&office.gateway, &mchid, false, &actor).await
}

/// The owner does it; until it has, the merchant id is shown as it was.
async fn set_paused(gateway: &Gateway, mchid: &str, paused: bool, actor: &str) -> Result<Response, Problem> {
    let account = account(gateway, mchid)?;
    let mchid = &account.merchant.mchid;
    gateway.store.pause(mchid, paused, gateway.clock.now()).await?;
    gateway.owners.hint(mchid);
    let action = if paused { "merchant.pause" } else { "merchant.resume" };
    trail::record(gateway, mchid, Act { actor, action, detail: "" }).await?;
    let wanted = json!({ "mchid": mchid.as_str(), "paused": paused });
    Ok((StatusCode::ACCEPTED, Json(wanted)).into_response())
}

/// The one with this number.
pub(super) fn account(gateway: &Gateway, mchid: &str) -> Result<Arc<Account>, Problem> {
    let parsed = Mchid::parse(mchid).ok();
    let account = parsed.and_then(|mchid| gateway.merchants.get(&mchid));
    account.ok_or_else(|| unknown_merchant(&mchid.chars().take(Mchid::MAX_LENGTH).collect::<String>()))
}

/// The whole body, if it came.
pub(super) fn whole(body: Body) -> Result<Bytes, Problem> {
    body.map_err(|error| match error.status() {
        StatusCode::PAYLOAD_TOO_LARGE => Problem::new(Code::BodyTooLarge),
        _ => Problem::new(Code::BodyMalformed).detail(error.body_text()),
    })
}

/// A merchant id as the operator sees it. Nothing in it is secret.
async fn shown(gateway: &Gateway, account: &Account) -> Result<Value, StoreError> {
    let Account { merchant, line } = account;
    let Merchant {
        mchid,
        mode,
        number_form,
        settlement_currency,
        wire,
        region,
        appid,
        api_hosts,
        is_sandbox,
        sub_mchids,
    } = merchant;
    let state = gateway.store.merchant_state(mchid).await?;
    let halt =
        state.halt.map(|halt| json!({ "why": fault_name(halt.fault), "since": halt.since.to_string() }));
    Ok(json!({
        "mchid": mchid.as_str(),
        "mode": match mode {
            Mode::Direct => "direct",
            Mode::Institution => "institution",
        },
        "region": match region {
            Region::Global => "global",
            Region::Mainland => "mainland",
        },
        "wire": match wire {
            Wire::V2 => "v2",
            Wire::V3 => "v3",
        },
        "appid": appid.as_str(),
        "settlement_currency": settlement_currency.code(),
        "number_form": NUMBER_FORMS.iter().find(|(_, form)| form == number_form).map(|(name, _)| name),
        "api_hosts": api_hosts,
        "sub_mchids": sub_mchids.iter().map(SubMchid::as_str).collect::<Vec<_>>(),
        "is_sandbox": is_sandbox,
        "can_call": line.is_some(),
        "paused": state.paused,
        "halt": halt,
    }))
}

fn fault_name(fault: Fault) -> &'static str {
    match fault {
        Fault::Signature => "signature",
        Fault::Certificate => "certificate",
        Fault::Permission => "permission",
        Fault::Merchant => "merchant",
    }
}
