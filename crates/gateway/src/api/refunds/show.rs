//! `GET /v1/refunds/{id}`, and what every answer that shows refunds has in common.

use std::collections::BTreeMap;

use axum::Json;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode, Uri, header};
use axum::response::{IntoResponse, Response};
use refunds::batch::MerchantState;
use refunds::intake::Request;
use refunds::key::{Identity, OrderKey, RefundKey};
use refunds::order::Order;
use refunds::refund::Refund;
use serde::Serialize;
use store::Store as _;
use wechatpay::ids::{Mchid, SubMchid};

use super::explanation::Told;
use super::find::find;
use super::view::{Light, RefundView, view};
use crate::api::access::{Caller, Scope};
use crate::api::foresight::Foresight;
use crate::api::problem::{Code, Problem};
use crate::api::request::language::Language;
use crate::api::request::parameters::Parameters;
use crate::api::request::path::Named;
use crate::api::state::Api;
use crate::gateway::Gateway;

/// Show a refund
///
/// By our id or by your number. Says where it stands, why it waits, what happens next and when. Of a refund that waits it tells
/// when it should leave and why it has not; figures of the pool and of other refunds only with `pools:read` of the whole
/// merchant id.
#[utoipa::path(
    get, path = "/v1/refunds/{id}", operation_id = "show_refund", tag = "refunds",
    params(
        ("id" = String, Path, description = "`rf.…`, or your `out_refund_no`.", example = "R1"),
        ("sub_mchid" = Option<String>, Query, description = "Whose, if several sub-merchants have this number."),
        ("Accept-Language" = Option<String>, Header, description = "`en` or `zh-CN`, for the sentences.", example = "en"),
    ),
    responses((status = 200, description = "The refund.", body = RefundView)),
    security(("key" = ["refunds:read"])),
)]
pub async fn show(
    State(api): State<Api>,
    caller: Caller,
    Named(named): Named,
    uri: Uri,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    caller.require_for_named(Scope::RefundsRead)?;
    let parameters = Parameters::read(&uri, &["sub_mchid"])?;
    let refund =
        find(&api.gateway, &caller, &named, parameters.optional("sub_mchid", SubMchid::parse)?).await?;
    let language = Language::preferred(&headers);
    let view = explained(&api.gateway, &caller, &refund, language).await?;
    Ok(answer(StatusCode::OK, &view, language))
}

/// One refund with all that can be told of it to `caller`.
async fn explained(
    gateway: &Gateway,
    caller: &Caller,
    refund: &Refund,
    language: Language,
) -> Result<RefundView, Problem> {
    if !refund.is_waiting() {
        return one(gateway, refund, language).await;
    }
    let mchid = &refund.identity.mchid;
    let explanation = Foresight::read(gateway, mchid).await?.explain(refund);
    let sees_pool = caller.require_for_named(Scope::PoolsRead).is_ok() && caller.sub_mchid().is_none();
    let told = Some(Told { explanation: &explanation, sees_pool });
    let views = several_told(gateway, mchid, std::slice::from_ref(refund), told, language).await?;
    views.into_iter().next().ok_or_else(|| Problem::new(Code::Internal))
}

/// An answer whose sentences are in `language`.
pub fn answer(status: StatusCode, body: &impl Serialize, language: Language) -> Response {
    let headers = [
        (header::CONTENT_LANGUAGE, language.tag()),
        (header::VARY, "Accept-Language"),
        (header::CACHE_CONTROL, "no-store"),
    ];
    (status, headers, Json(body)).into_response()
}

/// `refund` by the light of now. It is not looked into: whoever asks for it alone is told when it should leave.
pub fn lit(
    gateway: &Gateway,
    refund: &Refund,
    request: &Request,
    order: Option<&Order>,
    merchant: MerchantState,
    language: Language,
) -> RefundView {
    lit_and_told(gateway, refund, request, order, merchant, None, language)
}

fn lit_and_told(
    gateway: &Gateway,
    refund: &Refund,
    request: &Request,
    order: Option<&Order>,
    merchant: MerchantState,
    told: Option<Told<'_>>,
    language: Language,
) -> RefundView {
    let (now, calendar) = (gateway.clock.now(), gateway.calendar.as_ref());
    view(refund, request, order, Light { now, calendar, language, merchant, told })
}

/// One refund, with what belongs to it read from the store.
pub async fn one(gateway: &Gateway, refund: &Refund, language: Language) -> Result<RefundView, Problem> {
    let views = several(gateway, &refund.identity.mchid, std::slice::from_ref(refund), language).await?;
    views.into_iter().next().ok_or_else(|| Problem::new(Code::Internal))
}

/// Refunds of `mchid`, with what belongs to them read from the store. None of them is looked into.
pub async fn several(
    gateway: &Gateway,
    mchid: &Mchid,
    refunds: &[Refund],
    language: Language,
) -> Result<Vec<RefundView>, Problem> {
    several_told(gateway, mchid, refunds, None, language).await
}

async fn several_told(
    gateway: &Gateway,
    mchid: &Mchid,
    refunds: &[Refund],
    told: Option<Told<'_>>,
    language: Language,
) -> Result<Vec<RefundView>, Problem> {
    if refunds.is_empty() {
        return Ok(vec![]);
    }
    let merchant = gateway.store.merchant_state(mchid).await?;
    let keys: Vec<RefundKey> = refunds.iter().map(|refund| refund.key.clone()).collect();
    let requests = gateway.store.requests(&keys).await?;
    let requests: BTreeMap<&Identity, &Request> =
        requests.iter().map(|request| (&request.identity, request)).collect();
    let mut order_keys: Vec<OrderKey> = refunds.iter().map(|refund| refund.order.clone()).collect();
    order_keys.sort();
    order_keys.dedup();
    let orders = gateway.store.orders(&order_keys).await?;
    let orders: BTreeMap<&OrderKey, &Order> = orders.iter().map(|order| (&order.key, order)).collect();
    // A refund is stored together with its request, so none is left out.
    let views = refunds.iter().filter_map(|refund| {
        let request = requests.get(&refund.identity)?;
        let order = orders.get(&refund.order).copied();
        Some(lit_and_told(gateway, refund, request, order, merchant, told, language))
    });
    Ok(views.collect())
}
