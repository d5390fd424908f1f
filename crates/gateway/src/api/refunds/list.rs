//! `GET /v1/refunds`: the caller's refunds, newest first, a page at a time.

use std::sync::Arc;

use axum::extract::State;
use axum::http::{HeaderMap, StatusCode, Uri};
use axum::response::Response;
use jiff::Timestamp;
use refunds::key::OrderKey;
use refunds::order::OrderNames;
use refunds::refund::Refund;
use refunds::status::{Status, status};
use serde::Serialize;
use store::Store as _;
use store::reading::{Cursor, Listing, Scope as Whose};
use utoipa::ToSchema;
use wechatpay::calendar::Calendar;
use wechatpay::ids::{OutTradeNo, SubMchid, TransactionId};

use super::cursor::{self, List};
use super::show;
use super::view::RefundView;
use crate::api::access::{Caller, Scope};
use crate::api::problem::{Code, Problem};
use crate::api::request::language::Language;
use crate::api::request::parameters::{Parameters, invalid};
use crate::api::state::Api;
use crate::api::tenant;
use crate::gateway::Gateway;

/// How many refunds a page has if the caller does not say, and at most.
pub const LIMIT: (usize, usize) = (50, 200);

/// How many stored pages are read to fill one page of a status that is derived. A page may then be short and still have a
/// next one.
const PAGES_READ: usize = 5;

/// A page of refunds, newest first.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = RefundPage)]
pub struct Page {
    /// The refunds.
    refunds: Vec<RefundView>,
    /// The cursor of the next page; null on the last one. A page can be short and still have a next one.
    next_cursor: Option<String>,
}

/// What a list is narrowed to.
#[derive(Debug)]
struct Filters {
    status: Option<Status>,
    names: OrderNames,
    sub_mchid: Option<SubMchid>,
    created_after: Option<Timestamp>,
    created_before: Option<Timestamp>,
    limit: usize,
}

/// List refunds
#[utoipa::path(
    get, path = "/v1/refunds", operation_id = "list_refunds", tag = "refunds",
    params(
        ("status" = Option<String>, Query, description = "In this status only.", example = "waiting_for_funds"),
        ("out_trade_no" = Option<String>, Query, description = "Of this order only; a key of an institution adds `sub_mchid`."),
        ("transaction_id" = Option<String>, Query, description = "Of this order only, by WeChat Pay's number."),
        ("sub_mchid" = Option<String>, Query, description = "Of this sub-merchant only."),
        ("created_after" = Option<String>, Query, description = "Taken in at this instant or later.",
            example = "2026-05-08T00:00:00Z"),
        ("created_before" = Option<String>, Query, description = "Taken in before this instant."),
        ("limit" = Option<u32>, Query, description = "How many, 1 to 200; 50 if not given.", example = 50),
        ("cursor" = Option<String>, Query, description = "`next_cursor` of the page before, with the same filters."),
        ("Accept-Language" = Option<String>, Header, description = "`en` or `zh-CN`, for the sentences.", example = "en"),
    ),
    responses((status = 200, description = "A page.", body = Page)),
    security(("key" = ["refunds:read"])),
)]
pub async fn list(
    State(api): State<Api>,
    caller: Caller,
    uri: Uri,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    caller.require(Scope::RefundsRead)?;
    let gateway = &api.gateway;
    let parameters = Parameters::read(
        &uri,
        &[
            "status",
            "out_trade_no",
            "transaction_id",
            "sub_mchid",
            "created_after",
            "created_before",
            "limit",
            "cursor",
        ],
    )?;
    let mchid = caller.mchid()?;
    let filters = filters(&parameters)?;
    let whose = tenant::narrowed(&caller, filters.sub_mchid.clone())?;
    let served = &tenant::account(gateway, &caller)?.merchant.sub_merchants;
    if filters.sub_mchid.as_ref().is_some_and(|named| !served.contains_key(named)) {
        return Err(Problem::new(Code::SubMerchantNotFound));
    }
    let list = list_of(mchid.as_str(), &whose, &filters);
    let after = parameters.optional("cursor", |text| Ok::<_, String>(text.to_owned()))?;
    let after = after.map(|text| cursor::read(&text, &list)).transpose()?;
    let language = Language::preferred(&headers);

    let names_an_order = filters.names.out_trade_no.is_some() || filters.names.transaction_id.is_some();
    let order = if names_an_order { order_of(gateway, &caller, &filters).await? } else { None };
    let (refunds, next) = if names_an_order && order.is_none() {
        (vec![], None)
    } else {
        let listing = Listing {
            mchid: mchid.clone(),
            scope: whose,
            state: filters.status.and_then(state_of).map(str::to_owned),
            order,
            from: filters.created_after,
            until: filters.created_before,
            after,
            oldest_first: false,
            limit: filters.limit,
        };
        page(gateway, listing, filters.status).await?
    };
    let refunds = show::several(gateway, mchid, &refunds, language).await?;
    let next_cursor = next.map(|next| cursor::write(&next, &list));
    Ok(show::answer(StatusCode::OK, &Page { refunds, next_cursor }, language))
}

fn filters(parameters: &Parameters) -> Result<Filters, Problem> {
    let status = parameters.optional("status", |text| {
        let words = || Status::ALL.map(Status::as_str).join(", ");
        Status::ALL
            .into_iter()
            .find(|status| status.as_str() == text)
            .ok_or_else(|| format!("must be one of {}", words()))
    })?;
    let limit = parameters.optional("limit", |text| match text.parse::<usize>() {
        Ok(limit) if (1..=LIMIT.1).contains(&limit) => Ok(limit),
        _ => Err(format!("must be a whole number from 1 to {}", LIMIT.1)),
    })?;
    Ok(Filters {
        status,
        names: OrderNames {
            out_trade_no: parameters.optional("out_trade_no", OutTradeNo::parse)?,
            transaction_id: parameters.optional("transaction_id", TransactionId::parse)?,
        },
        sub_mchid: parameters.optional("sub_mchid", SubMchid::parse)?,
        created_after: parameters.optional_instant("created_after")?,
        created_before: parameters.optional_instant("created_before")?,
        limit: limit.unwrap_or(LIMIT.0),
    })
}

fn list_of(mchid: &str, whose: &Whose, filters: &Filters) -> List {
    // Another number of refunds a page is still the same list.
    let Filters { status, names, sub_mchid: _, created_after, created_before, limit: _ } = filters;
    let whose = match whose {
        Whose::All => "*".to_owned(),
        Whose::Of(sub_mchid) => shown(sub_mchid),
    };
    List::of(&[
        mchid,
        &whose,
        status.map_or("", Status::as_str),
        &shown(&names.out_trade_no),
        &shown(&names.transaction_id),
        &shown(created_after),
        &shown(created_before),
    ])
}

fn shown<T: ToString>(value: &Option<T>) -> String {
    value.as_ref().map(ToString::to_string).unwrap_or_default()
}

/// The key of the order that is named, if there is such an order.
async fn order_of(
    gateway: &Gateway,
    caller: &Caller,
    filters: &Filters,
) -> Result<Option<OrderKey>, Problem> {
    let account = tenant::account(gateway, caller)?;
    let sub_mchid = tenant::sub_mchid(&account, caller, filters.sub_mchid.clone())
        .map_err(|_| invalid("sub_mchid", "name the order's sub-merchant"))?;
    let found = gateway.store.order(&account.merchant.mchid, sub_mchid.as_ref(), &filters.names).await?;
    Ok(found.map(|found| found.order.key))
}

/// The one state that every refund of `status` is in; none if there are several.
fn state_of(status: Status) -> Option<&'static str> {
    match status {
        Status::Queued => Some("queued"),
        Status::WaitingForFunds | Status::Deferred => Some("waiting"),
        Status::Submitting => Some("submitting"),
        Status::Unclear => Some("unclear"),
        Status::Withdrawing => Some("withdrawing"),
        Status::Processing | Status::Overdue => Some("processing"),
        Status::NeedsOperator => None,
        Status::Abnormal => Some("abnormal"),
        Status::Succeeded => Some("succeeded"),
        Status::Closed => Some("closed"),
        Status::Rejected => Some("rejected"),
        Status::Cancelled => Some("cancelled"),
    }
}

/// One page, and where the next begins. A status is more than a state, so what is read is looked through.
async fn page(
    gateway: &Gateway,
    mut listing: Listing,
    wanted: Option<Status>,
) -> Result<(Vec<Refund>, Option<Cursor>), Problem> {
    let limit = listing.limit;
    let (now, calendar): (Timestamp, Arc<Calendar>) = (gateway.clock.now(), gateway.calendar.clone());
    let mut found: Vec<Refund> = vec![];
    for _ in 0..PAGES_READ {
        let listed = gateway.store.list(listing.clone()).await?;
        let fits = |refund: &Refund| wanted.is_none_or(|wanted| status(refund, now, &calendar) == wanted);
        found.extend(listed.refunds.into_iter().filter(fits));
        if found.len() > limit {
            // The next page begins after the last refund of this one, not where reading ended.
            found.truncate(limit);
            let last = found.last().map(|last| Cursor { created_at: last.created_at, key: last.key.clone() });
            return Ok((found, last));
        }
        listing.after = listed.next;
        if listing.after.is_none() || found.len() == limit {
            break;
        }
    }
    Ok((found, listing.after))
}
