//! `/v1/admin/merchants`.

use std::collections::BTreeMap;
use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use refunds::batch::Restored;
use refunds::key::NumberForm;
use refunds::outcome::Fault;
use serde::Serialize;
use store::Store;
use store::error::StoreError;
use store::merchant::{Merchant, Mode};
use utoipa::ToSchema;
use wechatpay::ids::Mchid;
use wechatpay::v3::caller::Region;
use wechatpay::wire::Wire;

use super::bodies::{NewCertificateBody, NewMerchantBody, NewSubMerchantBody};
use super::operator::{Office, Operator};
use super::refusal::unknown_merchant;
use super::request;
use super::trail::{self, Act};
use crate::api::problem::Problem;
use crate::api::request::body::JsonBytes;
use crate::api::request::path::Named;
use crate::gateway::Gateway;
use crate::merchants::account::Account;
use crate::merchants::renewal::{self, Renewed};
use crate::merchants::setting_up::{self, SetUp};

/// The longest body, in bytes: a certificate, a key and a few public keys are far shorter.
const LONGEST_BODY: usize = 1024 * 1024;

/// All merchant ids.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = MerchantIds)]
pub(super) struct MerchantsView {
    /// By number.
    merchants: Vec<MerchantView>,
}

/// A merchant id as the operator sees it. Nothing in it is secret.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = MerchantId, example = json!({
    "mchid": "1900000001", "mode": "institution", "region": "global", "wire": "v3", "appid": "wx0000000000000001",
    "settlement_currency": "USD", "number_form": "prefixed", "api_hosts": [], "sub_mchids": ["1900000101"], "weights": {"1900000101": 200},
    "is_sandbox": false, "can_call": true,
    "certificate": {"serial_no": "5157F09EFDC096DE15EBE81A47057A7232F1B8E1", "not_after": "2027-05-08T01:00:00Z"}, "paused": false, "halt": null, "restored": null
}))]
pub(super) struct MerchantView {
    /// The merchant id.
    mchid: String,
    /// `direct` or `institution`.
    mode: &'static str,
    /// `global` or `mainland`.
    region: &'static str,
    /// `v3` or `v2`.
    wire: &'static str,
    /// The app id its requests bear.
    appid: String,
    /// The currency it is settled in, ISO 4217.
    settlement_currency: String,
    /// `prefixed` or `as_given`.
    number_form: &'static str,
    /// Where it calls; WeChat Pay's own hosts if empty.
    api_hosts: Vec<String>,
    /// The sub-merchants it serves.
    sub_mchids: Vec<String>,
    /// What the shares of sub-merchants count for where they take turns, in per cent of what is usual; of those for which it is not
    /// 100.
    weights: BTreeMap<String, u16>,
    /// Whether it is a sandbox's.
    is_sandbox: bool,
    /// Whether it has credentials that this node can use.
    can_call: bool,
    /// The certificate in force; null without credentials that this node can use.
    certificate: Option<CertificateView>,
    /// Whether somebody paused it: nothing is submitted.
    paused: bool,
    /// Why nothing is submitted though nobody paused it; null if there is no such reason.
    halt: Option<HaltView>,
    /// That the gateway was restored from a backup; null if it never was.
    restored: Option<RestoredView>,
}

/// The certificate that a merchant id's requests are signed with.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Certificate, example = json!({
    "serial_no": "5157F09EFDC096DE15EBE81A47057A7232F1B8E1", "not_after": "2027-05-08T01:00:00Z"
}))]
struct CertificateView {
    /// Its serial number, 40 hexadecimal digits.
    serial_no: String,
    /// The last second of its validity.
    not_after: String,
}

/// Why nothing of a merchant id is submitted: WeChat Pay refuses its set-up. It goes on by itself once that is mended.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Halt, example = json!({"why": "certificate", "since": "2026-05-08T01:00:00Z"}))]
struct HaltView {
    /// What is wrong: `signature`, `certificate`, `permission` or `merchant`.
    why: &'static str,
    /// Since when.
    since: String,
}

/// What a merchant id knows of a backup that the gateway was restored from.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Restored, example = json!({"at": "2026-05-08T01:00:00Z", "checked": true}))]
struct RestoredView {
    /// When that was.
    at: String,
    /// Whether every refund that was open has been asked about since; nothing is submitted before.
    checked: bool,
}

/// What a merchant id's owner will do in a moment.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Pausing, example = json!({"mchid": "1900000001", "paused": true}))]
struct PausingView {
    /// The merchant id.
    mchid: String,
    /// Whether it will be paused.
    paused: bool,
}

/// List the merchant ids
#[utoipa::path(
    get, path = "/v1/admin/merchants", operation_id = "list_merchants", tag = "operator",
    responses((status = 200, description = "All of them.", body = MerchantsView)),
    security(("key" = ["admin"])),
)]
pub(super) async fn list(State(office): State<Office>, _: Operator) -> Result<Json<MerchantsView>, Problem> {
    let mut merchants = Vec::new();
    for account in office.gateway.merchants.all() {
        merchants.push(shown(&office.gateway, &account).await?);
    }
    Ok(Json(MerchantsView { merchants }))
}

/// Show a merchant id
#[utoipa::path(
    get, path = "/v1/admin/merchants/{mchid}", operation_id = "show_merchant", tag = "operator",
    params(("mchid" = String, Path, description = "The merchant id.", example = "1900000001")),
    responses((status = 200, description = "The merchant id.", body = MerchantView)),
    security(("key" = ["admin"])),
)]
pub(super) async fn show(
    State(office): State<Office>,
    _: Operator,
    Named(mchid): Named,
) -> Result<Json<MerchantView>, Problem> {
    let account = account(&office.gateway, &mchid)?;
    Ok(Json(shown(&office.gateway, &account).await?))
}

/// Set a merchant id up
///
/// Everything is checked before anything is stored. The same call again sets it up another way, with a renewed certificate
/// for example; what runs with the old one finishes with it.
#[utoipa::path(
    post, path = "/v1/admin/merchants", operation_id = "set_up_merchant", tag = "operator",
    request_body = NewMerchantBody,
    responses(
        (status = 201, description = "It is new.", body = MerchantView),
        (status = 200, description = "It was there, and is now as the body says.", body = MerchantView),
    ),
    security(("key" = ["admin"])),
)]
pub(super) async fn set_up(
    State(office): State<Office>,
    Operator(actor): Operator,
    JsonBytes(bytes): JsonBytes<LONGEST_BODY>,
) -> Result<Response, Problem> {
    let new = request::new_merchant(&bytes)?;
    let mchid = new.mchid.clone();
    let outcome = setting_up::set_up(&office.gateway, &office.sealer, new, &actor).await?;
    let account = account(&office.gateway, mchid.as_str())?;
    Ok((status_of(outcome), Json(shown(&office.gateway, &account).await?)).into_response())
}

/// Add a sub-merchant, or give it another weight
///
/// Without `weight` one that is served already stays as it is. A weight counts at once, also for refunds that wait already.
#[utoipa::path(
    post, path = "/v1/admin/merchants/{mchid}/sub-merchants", operation_id = "add_sub_merchant", tag = "operator",
    params(("mchid" = String, Path, description = "The institution's merchant id.", example = "1900000001")),
    request_body = NewSubMerchantBody,
    responses(
        (status = 201, description = "It is new.", body = MerchantView),
        (status = 200, description = "It was served already, and has now the weight that the body says.", body = MerchantView),
    ),
    security(("key" = ["admin"])),
)]
pub(super) async fn add_sub_merchant(
    State(office): State<Office>,
    Operator(actor): Operator,
    Named(mchid): Named,
    JsonBytes(bytes): JsonBytes,
) -> Result<Response, Problem> {
    let mchid = account(&office.gateway, &mchid)?.merchant.mchid.clone();
    let (sub_mchid, weight) = request::sub_merchant(&bytes)?;
    let outcome = setting_up::put_sub_merchant(&office.gateway, &mchid, sub_mchid, weight, &actor).await?;
    let account = account(&office.gateway, mchid.as_str())?;
    Ok((status_of(outcome), Json(shown(&office.gateway, &account).await?)).into_response())
}

fn status_of(outcome: SetUp) -> StatusCode {
    match outcome {
        SetUp::Created => StatusCode::CREATED,
        SetUp::Changed | SetUp::Same => StatusCode::OK,
    }
}

/// Give a merchant id a new certificate
///
/// It is taken only if WeChat Pay takes a harmless call that is signed with it. Refunds go on meanwhile and afterwards; the
/// certificate before is what is fallen back to while it is valid.
#[utoipa::path(
    post, path = "/v1/admin/merchants/{mchid}/certificate", operation_id = "renew_certificate", tag = "operator",
    params(("mchid" = String, Path, description = "The merchant id.", example = "1900000001")),
    request_body = NewCertificateBody,
    responses(
        (status = 201, description = "It is in force.", body = MerchantView),
        (status = 200, description = "It was in force already.", body = MerchantView),
    ),
    security(("key" = ["admin"])),
)]
pub(super) async fn renew_certificate(
    State(office): State<Office>,
    Operator(actor): Operator,
    Named(mchid): Named,
    JsonBytes(bytes): JsonBytes<LONGEST_BODY>,
) -> Result<Response, Problem> {
    let mchid = account(&office.gateway, &mchid)?.merchant.mchid.clone();
    let new = request::new_certificate(&bytes)?;
    let renewed = renewal::renew(&office.gateway, &office.sealer, &mchid, new, &actor).await?;
    let account = account(&office.gateway, mchid.as_str())?;
    let status = match renewed {
        Renewed::Taken => StatusCode::CREATED,
        Renewed::Same => StatusCode::OK,
    };
    Ok((status, Json(shown(&office.gateway, &account).await?)).into_response())
}

/// Pause a merchant id
///
/// Nothing more of it is submitted; requests are taken, and results asked for, as before.
#[utoipa::path(
    post, path = "/v1/admin/merchants/{mchid}/pause", operation_id = "pause_merchant", tag = "operator",
    params(("mchid" = String, Path, description = "The merchant id.", example = "1900000001")),
    responses((status = 202, description = "It will be in a moment; until then it is shown as it was.", body = PausingView)),
    security(("key" = ["admin"])),
)]
pub(super) async fn pause(
    State(office): State<Office>,
    Operator(actor): Operator,
    Named(mchid): Named,
) -> Result<Response, Problem> {
    set_paused(&office.gateway, &mchid, true, &actor).await
}

/// Resume a merchant id
///
/// It goes on after a pause. A halt ends by itself once the set-up is mended.
#[utoipa::path(
    post, path = "/v1/admin/merchants/{mchid}/resume", operation_id = "resume_merchant", tag = "operator",
    params(("mchid" = String, Path, description = "The merchant id.", example = "1900000001")),
    responses((status = 202, description = "It will in a moment; until then it is shown as it was.", body = PausingView)),
    security(("key" = ["admin"])),
)]
pub(super) async fn resume(
    State(office): State<Office>,
    Operator(actor): Operator,
    Named(mchid): Named,
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
    let wanted = PausingView { mchid: mchid.to_string(), paused };
    Ok((StatusCode::ACCEPTED, Json(wanted)).into_response())
}

/// The one with this number.
pub(super) fn account(gateway: &Gateway, mchid: &str) -> Result<Arc<Account>, Problem> {
    let parsed = Mchid::parse(mchid).ok();
    let account = parsed.and_then(|mchid| gateway.merchants.get(&mchid));
    account.ok_or_else(|| unknown_merchant(&mchid.chars().take(Mchid::MAX_LENGTH).collect::<String>()))
}

async fn shown(gateway: &Gateway, account: &Account) -> Result<MerchantView, StoreError> {
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
        sub_merchants,
    } = merchant;
    let state = gateway.store.merchant_state(mchid).await?;
    let halt = state.halt.map(|halt| HaltView { why: fault_name(halt.fault), since: halt.since.to_string() });
    let weights = merchant.weights().into_iter();
    Ok(MerchantView {
        mchid: mchid.to_string(),
        mode: match mode {
            Mode::Direct => "direct",
            Mode::Institution => "institution",
        },
        region: match region {
            Region::Global => "global",
            Region::Mainland => "mainland",
        },
        wire: match wire {
            Wire::V2 => "v2",
            Wire::V3 => "v3",
        },
        appid: appid.to_string(),
        settlement_currency: settlement_currency.code().to_owned(),
        number_form: match number_form {
            NumberForm::Prefixed => "prefixed",
            NumberForm::AsGiven => "as_given",
        },
        api_hosts: api_hosts.clone(),
        sub_mchids: sub_merchants.keys().map(ToString::to_string).collect(),
        weights: weights.map(|(sub_mchid, weight)| (sub_mchid.to_string(), weight.percent())).collect(),
        is_sandbox: *is_sandbox,
        can_call: line.is_some(),
        certificate: line.as_ref().map(|line| {
            let (serial_no, not_after) = line.certificate();
            CertificateView { serial_no: serial_no.to_string(), not_after: not_after.to_string() }
        }),
        paused: state.paused,
        halt,
        restored: state
            .restored
            .map(|Restored { at, is_checked: checked }| RestoredView { at: at.to_string(), checked }),
    })
}

fn fault_name(fault: Fault) -> &'static str {
    match fault {
        Fault::Signature => "signature",
        Fault::Certificate => "certificate",
        Fault::Permission => "permission",
        Fault::Merchant => "merchant",
    }
}
