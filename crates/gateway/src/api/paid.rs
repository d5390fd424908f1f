//! `GET /v1/payments`: what filled the pools of a merchant id, oldest payment first, a page at a time.

use std::fmt;

use axum::Json;
use axum::extract::State;
use axum::http::Uri;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jiff::Timestamp;
use refunds::key::OrderKey;
use refunds::order::{Known, Order, Source};
use serde::Serialize;
use store::Store as _;
use store::reading::{PaidCursor, PaidListing};
use utoipa::ToSchema;
use wechatpay::money::Money;

use super::access::{Caller, Scope};
use super::payments::Total;
use super::problem::{Code, Problem};
use super::request::parameters::Parameters;
use super::state::Api;
use super::tenant;

/// How many payments a page has if the caller does not say, and at most.
const LIMIT: (usize, usize) = (200, 1_000);

/// A page of payments, oldest first.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = PaymentPage)]
pub struct Page {
    /// The payments.
    payments: Vec<PaidView>,
    /// The cursor of the next page; null on the last one.
    next_cursor: Option<String>,
}

/// A payment, as far as it is known.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = PaymentKnown, example = json!({
    "sub_mchid": "1900000101", "out_trade_no": "T1", "transaction_id": null, "amount": {"total": 1000, "currency": "USD"},
    "payer": {"total": 7200, "currency": "CNY"}, "success_time": "2026-05-08T01:00:00Z", "source": "reported"
}))]
pub struct PaidView {
    /// The sub-merchant; null for a directly connected merchant.
    sub_mchid: Option<String>,
    /// The merchant's number of the order, if known.
    out_trade_no: Option<String>,
    /// WeChat Pay's number of the order, if known.
    transaction_id: Option<String>,
    /// The order's amount in its price currency.
    amount: Total,
    /// What the payer paid, in the payer's currency; null if that is not known.
    payer: Option<Total>,
    /// When it was paid.
    success_time: String,
    /// Who says when: `reported` or `platform`.
    source: &'static str,
}

/// From when to when.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Span {
    from: Timestamp,
    until: Timestamp,
}

/// List payments
///
/// The payments of the whole merchant id that the gateway knows of, by when they were paid: those that were reported, and those it
/// learned of from WeChat Pay.
#[utoipa::path(
    get, path = "/v1/payments", operation_id = "list_payments", tag = "payments",
    params(
        ("from" = Option<String>, Query, description = "Paid at this instant or later.", example = "2026-05-08T00:00:00+08:00"),
        ("to" = Option<String>, Query, description = "Paid before this instant."),
        ("limit" = Option<u32>, Query, description = "How many, 1 to 1000; 200 if not given.", example = 200),
        ("cursor" = Option<String>, Query, description = "`next_cursor` of the page before, with the same `from` and `to`."),
    ),
    responses((status = 200, description = "A page.", body = Page)),
    security(("key" = ["pools:read"])),
)]
pub async fn list_payments(State(api): State<Api>, caller: Caller, uri: Uri) -> Result<Json<Page>, Problem> {
    caller.require(Scope::PoolsRead)?;
    let gateway = &api.gateway;
    let parameters = Parameters::read(&uri, &["from", "to", "limit", "cursor"])?;
    let mchid = tenant::account(gateway, &caller)?.merchant.mchid.clone();
    if caller.sub_mchid().is_some() {
        return Err(Problem::new(Code::ScopeMissing)
            .detail("This call needs the scope `pools:read` of the whole merchant id.")
            .with("scope", Scope::PoolsRead.as_str()));
    }
    let from = parameters.optional_instant("from")?.unwrap_or(Timestamp::MIN);
    let until = parameters.optional_instant("to")?.unwrap_or(Timestamp::MAX);
    let span = Span { from, until };
    let limit = parameters.optional("limit", |text| match text.parse::<usize>() {
        Ok(limit) if (1..=LIMIT.1).contains(&limit) => Ok(limit),
        _ => Err(format!("must be a whole number from 1 to {}", LIMIT.1)),
    })?;
    let after = parameters.optional("cursor", |text| Ok::<_, fmt::Error>(text.to_owned()))?;
    let after = after.map(|text| span.read(&text, mchid.as_str())).transpose()?;
    let limit = limit.unwrap_or(LIMIT.0);
    let listed = gateway.store.payments(PaidListing { mchid, from, until, after, limit }).await?;
    let next_cursor = listed.next.map(|next| span.write(&next));
    Ok(Json(Page { payments: listed.orders.iter().filter_map(view).collect(), next_cursor }))
}

fn view(order: &Order) -> Option<PaidView> {
    let Known { value: paid_at, source } = order.paid_at?;
    let total = order.total.value;
    let is_as_priced = total.currency() == order.payer_currency();
    let payer = order.payer_total.map(|payer| payer.value).or(is_as_priced.then_some(total));
    Some(PaidView {
        sub_mchid: order.sub_mchid.as_ref().map(ToString::to_string),
        out_trade_no: order.out_trade_no.as_ref().map(ToString::to_string),
        transaction_id: order.transaction_id.as_ref().map(ToString::to_string),
        amount: written(total),
        payer: payer.map(written),
        success_time: paid_at.to_string(),
        source: match source {
            Source::Claimed => "claimed",
            Source::Reported => "reported",
            Source::Platform => "platform",
        },
    })
}

fn written(money: Money) -> Total {
    Total { total: money.minor(), currency: money.currency().code().to_owned() }
}

impl Span {
    /// `cursor` as text: opaque to callers, and good for this span alone.
    fn write(&self, cursor: &PaidCursor) -> String {
        let Span { from, until } = self;
        URL_SAFE_NO_PAD.encode(format!("{from} {until} {} {}", cursor.paid_at, cursor.key))
    }

    /// The place that `text` names. It leads nowhere but within the holder's own list: who makes one up skips payments of
    /// their own.
    fn read(&self, text: &str, mchid: &str) -> Result<PaidCursor, Problem> {
        let parse = || {
            let decoded = String::from_utf8(URL_SAFE_NO_PAD.decode(text).ok()?).ok()?;
            let [from, until, paid_at, key] = decoded.split(' ').collect::<Vec<_>>().try_into().ok()?;
            let key = OrderKey::parse(key).ok().filter(|key| key.mchid() == mchid)?;
            let of = Span { from: from.parse().ok()?, until: until.parse().ok()? };
            (of == *self).then_some(PaidCursor { paid_at: paid_at.parse().ok()?, key })
        };
        parse().ok_or_else(|| Problem::new(Code::CursorInvalid))
    }
}

#[cfg(test)]
mod tests {
    use wechatpay::ids::Mchid;

    use super::*;

    #[test]
    fn a_cursor_is_read_back_for_its_own_span_and_merchant_id_alone() {
        let key =
            |mchid: &str| OrderKey::new(&Mchid::parse(mchid).unwrap(), "01JZZZZZZZZZZZZZZZZZZZZZZZ").unwrap();
        let paid_at = Timestamp::from_microsecond(1_234_567_890_123_456).unwrap();
        let cursor = PaidCursor { paid_at, key: key("1900000001") };
        let all = Span { from: Timestamp::MIN, until: Timestamp::MAX };
        let text = all.write(&cursor);
        assert_eq!(all.read(&text, "1900000001"), Ok(cursor));
        assert!(all.read(&text, "1900000002").is_err());
        assert!(Span { until: paid_at, ..all }.read(&text, "1900000001").is_err());
        for text in ["", "!", "AAAA", "MTIz"] {
            assert!(all.read(text, "1900000001").is_err(), "{text}");
        }
    }
}
