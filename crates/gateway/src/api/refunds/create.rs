//! `POST /v1/refunds`: a refund is taken in, durably, before it is answered.

use axum::extract::State;
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use jiff::Timestamp;
use refunds::batch::MerchantState;
use refunds::intake::{Admission, NewRefund, Request};
use refunds::key::{Identity, OrderKey, RefundKey, UpstreamNo};
use refunds::order::{Order, OrderNames};
use refunds::refund::Refund;
use store::reading::Scope as Whose;
use store::{Store as _, StoreError};
use wechatpay::ids::{Mchid, OutRefundNo};

use super::view::RefundView;
use super::wanted::Wanted;
use super::{hold, show};
use crate::api::access::{Caller, Scope};
use crate::api::passage::Passage;
use crate::api::problem::{Code, Problem, refusals};
use crate::api::request::body::JsonBytes;
use crate::api::request::{language::Language, prefer};
use crate::api::state::Api;
use crate::api::tenant::{self, Misnamed};
use crate::clock::kept;
use crate::fresh;
use crate::gateway::Gateway;
use crate::wechat::submission::{self, Asked};

/// Says that nothing new was stored: the same request came before.
const REPLAYED: HeaderName = HeaderName::from_static("idempotent-replayed");
/// Says which preference was followed, by RFC 7240.
const PREFERENCE_APPLIED: HeaderName = HeaderName::from_static("preference-applied");

/// Ask for a refund
///
/// Answered once it is stored: from then on it goes by itself, and no second request is needed. The same request again is
/// answered with the stored refund as it is now.
#[utoipa::path(
    post, path = "/v1/refunds", operation_id = "create_refund", tag = "refunds",
    params(
        ("Prefer" = Option<String>, Header, description = "`wait=N`: hold the answer until WeChat Pay has accepted or refused, \
            N seconds at most (30 is the longest). Never for the money.", example = "wait=5"),
        ("Accept-Language" = Option<String>, Header, description = "`en` or `zh-CN`, for the sentences.", example = "en"),
    ),
    request_body = Wanted,
    responses(
        (status = 202, description = "It is stored.", body = RefundView, headers(
            ("Location" = String, description = "Where the refund is."),
            ("Preference-Applied" = String, description = "`wait=N`, if asked for."),
        )),
        (status = 200, description = "The same request came before; this is the stored refund.", body = RefundView, headers(
            ("Idempotent-Replayed" = String, description = "`true`"),
            ("Preference-Applied" = String, description = "`wait=N`, if asked for."),
        )),
    ),
    security(("key" = ["refunds:write"])),
)]
pub async fn create(
    State(api): State<Api>,
    passage: Passage,
    caller: Caller,
    headers: HeaderMap,
    JsonBytes(bytes): JsonBytes,
) -> Result<Response, Problem> {
    caller.require(Scope::RefundsWrite)?;
    let gateway = &api.gateway;
    let account = tenant::account(gateway, &caller)?;
    let merchant = &account.merchant;
    let wanted = Wanted::read(&bytes, gateway.settings.world)?;
    let sub_mchid = tenant::sub_mchid(&account, &caller, wanted.sub_mchid.clone()).map_err(misnamed)?;
    if wanted.adopt.is_some() && caller.sub_mchid().is_some() {
        return Err(Problem::new(Code::AdoptionNotPermitted).at("/adopt"));
    }
    let identity =
        Identity { mchid: merchant.mchid.clone(), sub_mchid, out_refund_no: wanted.out_refund_no.clone() };
    let upstream_no = match &wanted.adopt {
        Some(adopt) => UpstreamNo::adopted(adopt.out_refund_no.clone()),
        None => UpstreamNo::of(&identity, merchant.number_form).map_err(|error| {
            let limit = OutRefundNo::MAX_LENGTH;
            Problem::new(Code::UpstreamNumberTooLong)
                .at("/out_refund_no")
                .detail(format!("{error}."))
                .with("limit", limit)
        })?,
    };
    let asked = Asked {
        identity: &identity,
        number: &upstream_no,
        order: OrderNames {
            out_trade_no: wanted.out_trade_no.clone(),
            transaction_id: wanted.transaction_id.clone(),
        },
        amount: wanted.amount.refund,
        total: wanted.amount.total,
        reason: wanted.reason.clone(),
    };
    let bytes = submission::render(asked, merchant, gateway.settings.public_url.as_deref())?;
    let now = kept(gateway.clock.now());
    check_deadline(gateway, &identity, wanted.deadline, now).await?;
    let request = request(wanted, identity, &upstream_no)?;

    let mchid = request.identity.mchid.clone();
    let wait = prefer::wait(&headers);
    let place = wait.and_then(|_| api.places.take(&mchid));
    let wait = wait.filter(|_| place.is_some());
    let decided = wait.map(|_| gateway.owners.decided(&mchid));
    let Taken { mut refund, order, is_new } = take_in(
        gateway,
        |keys| NewRefund {
            key: keys.refund,
            order_key: keys.order,
            request: request.clone(),
            upstream_no: upstream_no.clone(),
            bytes: bytes.clone(),
            at: now,
        },
        &mchid,
    )
    .await?;
    if is_new {
        gateway.owners.hint(&mchid);
    }
    // Stored is acknowledged, whatever else cannot be read. Whoever does not wait shall not wait for this either.
    let state = match wait {
        None if is_new => MerchantState::default(),
        _ => gateway.store.merchant_state(&mchid).await.unwrap_or_default(),
    };
    if let (Some(wait), Some(decided)) = (wait, decided) {
        refund = hold::until_known(gateway, &passage, decided, refund, &state, wait).await;
    }

    let language = Language::preferred(&headers);
    let view = show::lit(gateway, &refund, &request, order.as_ref(), state, language);
    let status = if is_new { StatusCode::ACCEPTED } else { StatusCode::OK };
    let mut response = show::answer(status, &view, language).into_response();
    let answer = response.headers_mut();
    if is_new {
        if let Ok(location) = HeaderValue::from_str(&format!("/v1/refunds/{}", refund.key)) {
            answer.insert(header::LOCATION, location);
        }
    } else {
        answer.insert(REPLAYED, HeaderValue::from_static("true"));
    }
    if let Some(applied) =
        wait.and_then(|wait| HeaderValue::from_str(&format!("wait={}", wait.as_secs())).ok())
    {
        answer.insert(PREFERENCE_APPLIED, applied);
    }
    Ok(response)
}

/// The problem of a sub-merchant that a body names wrongly.
pub fn misnamed(misnamed: Misnamed) -> Problem {
    match misnamed {
        Misnamed::Missing => Problem::new(Code::FieldMissing)
            .at("/sub_mchid")
            .detail("`sub_mchid` is missing: a key of the institution says for which sub-merchant."),
        Misnamed::NotApplicable => Problem::new(Code::FieldInvalid)
            .at("/sub_mchid")
            .detail("`sub_mchid`: a directly connected merchant has none."),
        Misnamed::Unknown => Problem::new(Code::SubMerchantNotFound).at("/sub_mchid"),
    }
}

/// A deadline must be later than now; a repeat of what is stored may come after it.
async fn check_deadline(
    gateway: &Gateway,
    identity: &Identity,
    deadline: Option<Timestamp>,
    now: Timestamp,
) -> Result<(), Problem> {
    let Some(deadline) = deadline.filter(|deadline| *deadline <= now) else { return Ok(()) };
    let whose = Whose::Of(identity.sub_mchid.clone());
    if gateway.store.refunds_by_number(&identity.mchid, whose, &identity.out_refund_no).await?.is_empty() {
        return Err(Problem::new(Code::DeadlinePassed)
            .at("/deadline")
            .detail(format!("`deadline` is {deadline}; now it is {now}.")));
    }
    Ok(())
}

fn request(wanted: Wanted, identity: Identity, upstream_no: &UpstreamNo) -> Result<Request, Problem> {
    // Destructured, so that a new field cannot be forgotten here.
    let Wanted {
        sub_mchid: _,
        out_trade_no,
        transaction_id,
        out_refund_no: _,
        amount,
        reason,
        deadline,
        notify_url,
        metadata,
        adopt,
    } = wanted;
    // Sorted by name, so that the same notes are the same text.
    let metadata = metadata.map(|notes| serde_json::to_string(&notes)).transpose();
    Ok(Request {
        identity,
        order: OrderNames { out_trade_no, transaction_id },
        amount: amount.refund,
        total: amount.total,
        reason: reason.map(|reason| reason.as_str().to_owned()),
        deadline,
        notify_url,
        metadata: metadata.map_err(|_| Problem::new(Code::Internal))?,
        adopt: adopt.map(|_| upstream_no.clone()),
        found: false,
    })
}

/// Fresh keys of a refund and of its order, should that be new too.
struct Keys {
    refund: RefundKey,
    order: OrderKey,
}

fn fresh_keys(mchid: &Mchid, now: Timestamp) -> Result<Keys, Problem> {
    Ok(Keys { refund: fresh::refund_key(mchid, now)?, order: fresh::order_key(mchid, now)? })
}

/// A refund that is stored.
struct Taken {
    refund: Refund,
    order: Option<Order>,
    is_new: bool,
}

async fn take_in(
    gateway: &Gateway,
    new: impl Fn(Keys) -> NewRefund,
    mchid: &Mchid,
) -> Result<Taken, Problem> {
    let mut admitted = gateway.store.admit(new(fresh_keys(mchid, gateway.clock.now())?)).await;
    if let Err(StoreError::InUse { .. }) = admitted {
        // Two keys drawn alike: a second time there is nothing to expect from chance.
        admitted = gateway.store.admit(new(fresh_keys(mchid, gateway.clock.now())?)).await;
    }
    let admitted = admitted?;
    match (admitted.admission, admitted.stored) {
        (Admission::Admitted { refund, order, entry: _ }, _) => {
            Ok(Taken { refund: *refund, order: Some(*order), is_new: true })
        }
        (Admission::Replay | Admission::Completed, Some(stored)) => {
            let order = gateway.store.orders(std::slice::from_ref(&stored.order)).await?.pop();
            Ok(Taken { refund: *stored, order, is_new: false })
        }
        // The store answers a repetition with what is stored.
        (Admission::Replay | Admission::Completed, None) => Err(Problem::new(Code::Internal)),
        (Admission::Conflict(differences), stored) => {
            let problem = refusals::refund_conflict(&differences);
            Err(match stored {
                Some(stored) => problem.with("id", stored.key.to_string()),
                None => problem,
            })
        }
        (Admission::Refused(refusal), _) => Err(refusals::order_refusal(refusal)),
        (Admission::UpstreamNoUsed, _) => Err(Problem::new(Code::UpstreamNumberUsed).at("/out_refund_no")),
    }
}
