//! `POST /v1/payments`: a payment that the tenant's system has seen. It feeds the pool's estimate and the order's amount.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse as _, Response};
use jiff::{SignedDuration, Timestamp};
use refunds::order::{OrderFacts, OrderNames, Source};
use serde::Serialize;
use store::intake::{NewPayment, Reported};
use store::{Store as _, StoreError};
use utoipa::ToSchema;
use wechatpay::ids::{BankType, OutTradeNo, SubMchid, TransactionId};
use wechatpay::money::{Currency, Money};

use super::access::{Caller, Scope};
use super::problem::{Code, Problem, refusals};
use super::refunds::create::misnamed;
use super::request::body::JsonBytes;
use super::request::fields::Fields;
use super::state::Api;
use super::tenant;
use crate::clock::kept;
use crate::fresh;

/// How far ahead of ours the clock of whoever saw a payment may be.
const CLOCKS_DIFFER_BY: SignedDuration = SignedDuration::from_mins(5);

/// A payment that your system has seen.
#[derive(Debug, Clone, PartialEq, Eq, ToSchema)]
#[schema(as = Payment, example = json!({
    "sub_mchid": "1900000101", "out_trade_no": "T1", "amount": {"total": 1000, "currency": "USD"},
    "payer": {"total": 7200, "currency": "CNY"}, "success_time": "2026-05-08T09:00:00+08:00", "bank_type": "CMB_CREDIT"
}))]
pub struct Payment {
    /// The sub-merchant. An institution's key must send it; a sub-merchant's key implies its own.
    #[schema(value_type = Option<String>, max_length = 32)]
    pub sub_mchid: Option<SubMchid>,
    /// The merchant's number of the order.
    #[schema(value_type = String, max_length = 32)]
    pub out_trade_no: OutTradeNo,
    /// WeChat Pay's number of the order.
    #[schema(value_type = Option<String>, max_length = 32)]
    pub transaction_id: Option<TransactionId>,
    /// The order's amount in its price currency.
    #[schema(value_type = Total)]
    pub amount: Money,
    /// What the payer paid, in the payer's currency.
    #[schema(value_type = Option<Total>)]
    pub payer: Option<Money>,
    /// When it was paid; decides the China day. At most 5 minutes ahead of the gateway's clock.
    #[schema(value_type = String, format = DateTime)]
    pub success_time: Timestamp,
    /// The payer's instrument, e.g. `CMB_CREDIT`.
    #[schema(value_type = Option<String>, max_length = 32)]
    pub bank_type: Option<BankType>,
}

/// An amount in minor units.
#[derive(Debug, Serialize, ToSchema)]
pub struct Total {
    /// Above zero.
    #[schema(minimum = 1)]
    pub(super) total: i64,
    /// ISO 4217.
    #[schema(example = "USD")]
    pub(super) currency: String,
}

/// What became of a report.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = PaymentReported, example = json!({"out_trade_no": "T1", "sub_mchid": "1900000101", "is_new": true}))]
pub struct ReportedView {
    /// The order's number.
    out_trade_no: String,
    /// The sub-merchant.
    sub_mchid: Option<String>,
    /// Whether something new was learned.
    is_new: bool,
}

impl Payment {
    fn read(bytes: &[u8]) -> Result<Payment, Problem> {
        let known =
            ["sub_mchid", "out_trade_no", "transaction_id", "amount", "payer", "success_time", "bank_type"];
        let fields = Fields::read(bytes, &known)?;
        let payer = fields.optional_object("payer", &["total", "currency"])?;
        let success_time = fields.optional_instant("success_time")?;
        Ok(Payment {
            sub_mchid: fields.optional("sub_mchid", SubMchid::parse)?,
            out_trade_no: fields.required("out_trade_no", OutTradeNo::parse)?,
            transaction_id: fields.optional("transaction_id", TransactionId::parse)?,
            amount: money(&fields.object("amount", &["total", "currency"])?)?,
            payer: payer.as_ref().map(money).transpose()?,
            success_time: success_time.ok_or_else(|| fields.missing("success_time"))?,
            bank_type: fields.optional("bank_type", BankType::parse)?,
        })
    }
}

fn money(fields: &Fields) -> Result<Money, Problem> {
    let currency: Currency = fields.currency("currency")?;
    fields.money("total", currency)
}

/// A payment that is still to come feeds no pool: it would promise refunds what is not there.
fn check_is_past(success_time: Timestamp, now: Timestamp) -> Result<(), Problem> {
    if success_time.duration_since(now) <= CLOCKS_DIFFER_BY {
        return Ok(());
    }
    let minutes = CLOCKS_DIFFER_BY.as_mins();
    Err(Problem::new(Code::FieldInvalid).at("/success_time").detail(format!(
        "A payment cannot have succeeded more than {minutes} minutes after now, which is {now} by the gateway's clock."
    )))
}

/// Report a payment
///
/// The same report again changes nothing. What is not reported is learned from WeChat Pay.
#[utoipa::path(
    post, path = "/v1/payments", operation_id = "report_payment", tag = "payments",
    request_body = Payment,
    responses(
        (status = 201, description = "Something new was learned.", body = ReportedView),
        (status = 200, description = "All of it was known.", body = ReportedView),
    ),
    security(("key" = ["payments:write"])),
)]
pub async fn report_payment(
    State(api): State<Api>,
    caller: Caller,
    JsonBytes(bytes): JsonBytes,
) -> Result<Response, Problem> {
    caller.require(Scope::PaymentsWrite)?;
    let gateway = &api.gateway;
    let account = tenant::account(gateway, &caller)?;
    let payment = Payment::read(&bytes)?;
    let mchid = account.merchant.mchid.clone();
    let sub_mchid = tenant::sub_mchid(&account, &caller, payment.sub_mchid.clone()).map_err(misnamed)?;
    let at = kept(gateway.clock.now());
    check_is_past(payment.success_time, at)?;
    let new = || -> Result<NewPayment, Problem> {
        let order_key = fresh::order_key(&mchid, at)?;
        Ok(NewPayment {
            mchid: mchid.clone(),
            sub_mchid: sub_mchid.clone(),
            names: OrderNames {
                out_trade_no: Some(payment.out_trade_no.clone()),
                transaction_id: payment.transaction_id.clone(),
            },
            facts: OrderFacts {
                total: payment.amount,
                payer_total: payment.payer,
                paid_at: Some(payment.success_time),
                bank_type: payment.bank_type.clone(),
            },
            source: Source::Reported,
            order_key,
            at,
        })
    };
    let mut reported = gateway.store.report_payment(new()?).await;
    if let Err(StoreError::InUse { .. }) = reported {
        reported = gateway.store.report_payment(new()?).await;
    }
    let is_new = match reported? {
        Reported::New => true,
        Reported::Same => false,
        Reported::Refused(refusal) => return Err(refusals::payment_refusal(refusal)),
    };
    if is_new {
        gateway.owners.hint(&mchid);
    }
    let status = if is_new { StatusCode::CREATED } else { StatusCode::OK };
    let out_trade_no = payment.out_trade_no.to_string();
    let view = ReportedView { out_trade_no, sub_mchid: sub_mchid.map(|sub| sub.to_string()), is_new };
    Ok((status, Json(view)).into_response())
}
