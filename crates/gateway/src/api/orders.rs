//! `GET /v1/orders/{out_trade_no}`: how much of an order is paid, refunded, set aside and left.

use axum::extract::State;
use axum::http::{HeaderMap, StatusCode, Uri};
use axum::response::Response;
use refunds::order::{Known, Order, OrderNames, Source};
use serde::Serialize;
use store::Store as _;
use utoipa::ToSchema;
use wechatpay::ids::{OutTradeNo, SubMchid, TransactionId};

use super::access::{Caller, Scope};
use super::problem::{Code, Problem};
use super::refunds::show;
use super::refunds::view::RefundView;
use super::request::language::Language;
use super::request::parameters::{Parameters, invalid};
use super::request::path::Named;
use super::state::Api;
use super::tenant::{self, Misnamed};

/// An order. Amounts are minor units of its price currency; `refunded`, `reserved` and `refundable` add up to `total`.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Order, example = json!({
    "out_trade_no": "T1", "transaction_id": "4200000349202508025069555683", "sub_mchid": "1900000101", "total": 1000,
    "currency": "USD", "source": "reported", "paid_at": "2026-05-08T01:00:00Z", "payer_total": 7200,
    "payer_currency": "CNY", "bank_type": "CMB_CREDIT", "refunded": 100, "reserved": 200, "refundable": 700, "refunds": []
}))]
pub struct OrderView {
    /// The merchant's number, if known.
    out_trade_no: Option<String>,
    /// WeChat Pay's number, if known.
    transaction_id: Option<String>,
    /// The sub-merchant; null for a directly connected merchant.
    sub_mchid: Option<String>,
    /// The order's amount.
    total: i64,
    /// Its price currency.
    currency: String,
    /// Who said so: `claimed` by a refund request, `reported` by your system, or `platform` for WeChat Pay.
    source: &'static str,
    /// When it was paid, if known.
    paid_at: Option<String>,
    /// What the payer paid, in minor units of `payer_currency`, if known.
    payer_total: Option<i64>,
    /// The payer's currency, if known.
    payer_currency: Option<String>,
    /// The payer's instrument, if known.
    bank_type: Option<String>,
    /// What WeChat Pay took for refund and has not closed.
    refunded: i64,
    /// What refunds on their way have set aside.
    reserved: i64,
    /// What is left.
    refundable: i64,
    /// Its refunds, oldest first.
    refunds: Vec<RefundView>,
}

/// Show an order
///
/// Known are orders that a refund or a report named. A key of an institution adds `sub_mchid`.
#[utoipa::path(
    get, path = "/v1/orders/{out_trade_no}", operation_id = "show_order", tag = "orders",
    params(
        ("out_trade_no" = String, Path, description = "The merchant's number of the order.", example = "T1"),
        ("sub_mchid" = Option<String>, Query, description = "Whose order."),
        ("transaction_id" = Option<String>, Query, description = "WeChat Pay's number, by which it is looked for as well."),
        ("Accept-Language" = Option<String>, Header, description = "`en` or `zh-CN`, for the sentences.", example = "en"),
    ),
    responses((status = 200, description = "The order.", body = OrderView)),
    security(("key" = ["refunds:read"])),
)]
pub async fn show_order(
    State(api): State<Api>,
    caller: Caller,
    Named(named): Named,
    uri: Uri,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    caller.require(Scope::RefundsRead)?;
    let gateway = &api.gateway;
    let parameters = Parameters::read(&uri, &["sub_mchid", "transaction_id"])?;
    let not_found = || Problem::new(Code::OrderNotFound);
    let account = tenant::account(gateway, &caller)?;
    let sub_mchid = parameters.optional("sub_mchid", SubMchid::parse)?;
    let sub_mchid = tenant::sub_mchid(&account, &caller, sub_mchid).map_err(|misnamed| match misnamed {
        Misnamed::Missing => invalid("sub_mchid", "is needed with a key of an institution"),
        // Another's sub-merchant is as good as none.
        Misnamed::NotApplicable | Misnamed::Unknown => not_found(),
    })?;
    let names = OrderNames {
        out_trade_no: Some(OutTradeNo::parse(&named).map_err(|_| not_found())?),
        transaction_id: parameters.optional("transaction_id", TransactionId::parse)?,
    };
    let mchid = &account.merchant.mchid;
    let found = gateway.store.order(mchid, sub_mchid.as_ref(), &names).await?.ok_or_else(not_found)?;
    let language = Language::preferred(&headers);
    let refunds = show::several(gateway, mchid, &found.refunds, language).await?;
    Ok(show::answer(StatusCode::OK, &view(found.order, refunds), language))
}

fn view(order: Order, refunds: Vec<RefundView>) -> OrderView {
    let Known { value: total, source } = order.total;
    let payer_total = order.payer_total.map(|known| known.value);
    OrderView {
        out_trade_no: order.out_trade_no.as_ref().map(ToString::to_string),
        transaction_id: order.transaction_id.as_ref().map(ToString::to_string),
        sub_mchid: order.sub_mchid.as_ref().map(ToString::to_string),
        total: total.minor(),
        currency: total.currency().to_string(),
        source: match source {
            Source::Claimed => "claimed",
            Source::Reported => "reported",
            Source::Platform => "platform",
        },
        paid_at: order.paid_at.map(|known| known.value.to_string()),
        payer_total: payer_total.map(|money| money.minor()),
        payer_currency: payer_total.map(|money| money.currency().to_string()),
        bank_type: order.bank_type.as_ref().map(|known| known.value.to_string()),
        refunded: order.accepted,
        reserved: (order.reserved - order.accepted).max(0),
        refundable: order.refundable().minor(),
        refunds,
    }
}
