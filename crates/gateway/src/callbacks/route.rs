//! What is posted where, and how it is answered.

use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::{Path, State};
use axum::http::header::CONTENT_TYPE;
use axum::http::{HeaderMap, HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use axum::routing::post;
use wechatpay::v2;
use wechatpay::v3::notification::{News, TAKEN, not_taken};
use wechatpay::wire::Wire;

use super::not_taken::NotTaken;
use super::opening::{self, Opened};
use crate::api::problem::Code;
use crate::api::request::body;
use crate::gateway::Gateway;

/// A longer body is not read. A notification has some thousand bytes.
const LONGEST_BODY: usize = 1024 * 1024;

/// The addresses that WeChat Pay posts notifications to: one for results of refunds and one for payments of each merchant id.
/// Either takes both, over either version of the interface, since a notification says itself what it is.
pub fn router(gateway: Gateway) -> Router {
    Router::new()
        .route("/callbacks/wechatpay/{mchid}/refunds", post(receive))
        .route("/callbacks/wechatpay/{mchid}/payments", post(receive))
        .with_state(gateway)
}

async fn receive(
    State(gateway): State<Gateway>,
    Path(mchid): Path<String>,
    headers: HeaderMap,
    body: Body,
) -> Response {
    let _busy = gateway.activity.begin();
    let mut wire = Wire::V3;
    let taken = match body::collect(body, LONGEST_BODY).await {
        Ok(body) => {
            wire = wire_of(&body);
            take(&gateway, wire, &mchid, &headers, &body).await
        }
        Err(problem) if problem.code() == Code::BodyTooLarge => Err(NotTaken::TooLong),
        Err(_) => Err(NotTaken::Cut),
    };
    match taken {
        Ok(taken) => {
            gateway.metrics.notified(taken.as_str());
            answer(wire, StatusCode::OK, None)
        }
        Err(error) => {
            gateway.metrics.notified(error.as_str());
            error.log(&mchid);
            answer(wire, error.status(), Some(error.for_the_sender()))
        }
    }
}

/// The version of the interface that a body is written for; the headers of V2 say nothing reliable. Source: [v2-rules].
fn wire_of(body: &[u8]) -> Wire {
    match body.trim_ascii_start().first() {
        Some(b'<') => Wire::V2,
        _ => Wire::V3,
    }
}

/// What became of a notification that need not come again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Taken {
    /// It is kept, and the owner will hear of it.
    New,
    /// It was known.
    Repeat,
    /// It is kept, but its refund is not ours.
    UnknownRefund,
    /// It contradicts what is known; a person is told.
    Contradicting,
    /// It is about nothing that is kept here, such as a test of the connection.
    Other,
}

impl Taken {
    fn as_str(self) -> &'static str {
        match self {
            Taken::New => "new",
            Taken::Repeat => "repeat",
            Taken::UnknownRefund => "unknown_refund",
            Taken::Contradicting => "contradicting",
            Taken::Other => "other",
        }
    }
}

async fn take(
    gateway: &Gateway,
    wire: Wire,
    mchid: &str,
    headers: &HeaderMap,
    body: &Bytes,
) -> Result<Taken, NotTaken> {
    let taken = match wire {
        Wire::V2 => gateway.take_v2_news(mchid, body).await?,
        Wire::V3 => take_v3(gateway, mchid, headers, body).await?,
    };
    if taken == Taken::New
        && let Ok(account) = opening::account(gateway, mchid)
    {
        gateway.owners.hint(&account.merchant.mchid);
    }
    Ok(taken)
}

async fn take_v3(
    gateway: &Gateway,
    mchid: &str,
    headers: &HeaderMap,
    body: &Bytes,
) -> Result<Taken, NotTaken> {
    let Opened { account, notification } = opening::open(gateway, mchid, headers, body).await?;
    match &notification.news {
        News::Refund(news) => gateway.keep_refund_news(&account, &notification, news, body).await,
        News::Payment(order) => gateway.keep_payment_news(&account, order, notification.agrees()).await,
        News::Other => Ok(Taken::Other),
    }
}

/// The answer in the form of what was posted: that it is taken, or why not.
fn answer(wire: Wire, status: StatusCode, refused: Option<&str>) -> Response {
    let (content_type, body) = match wire {
        // The body is for readers of the older pages; by the newest the status is enough. [official-skills]
        Wire::V3 => ("application/json", refused.map_or_else(|| TAKEN.to_owned(), not_taken)),
        Wire::V2 => ("text/xml", refused.map_or_else(v2::answer::taken, v2::answer::not_taken)),
    };
    (status, [(CONTENT_TYPE, HeaderValue::from_static(content_type))], body).into_response()
}
