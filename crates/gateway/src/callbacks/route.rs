//! What is posted where, and how it is answered.

use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::{Path, State};
use axum::http::header::CONTENT_TYPE;
use axum::http::{HeaderMap, HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use axum::routing::post;
use wechatpay::v3::notification::{News, TAKEN, not_taken};

use super::not_taken::NotTaken;
use super::opening::{self, Opened};
use crate::api::problem::Code;
use crate::api::request::body;
use crate::gateway::Gateway;

/// A longer body is not read. A notification has some thousand bytes.
const LONGEST_BODY: usize = 1024 * 1024;

/// The addresses that WeChat Pay posts notifications to: one for results of refunds and one for payments of each merchant id.
/// Either takes both, since a notification says itself what it is about.
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
    let taken = match body::collect(body, LONGEST_BODY).await {
        Ok(body) => take(&gateway, &mchid, &headers, &body).await,
        Err(problem) if problem.code() == Code::BodyTooLarge => Err(NotTaken::TooLong),
        Err(_) => Err(NotTaken::Cut),
    };
    match taken {
        Ok(taken) => {
            gateway.metrics.notified(taken.as_str());
            // The body is for readers of the older pages; by the newest the status is enough. [official-skills]
            answer(StatusCode::OK, TAKEN.to_owned())
        }
        Err(error) => {
            gateway.metrics.notified(error.as_str());
            error.log(&mchid);
            answer(error.status(), not_taken(error.for_the_sender()))
        }
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

async fn take(gateway: &Gateway, mchid: &str, headers: &HeaderMap, body: &Bytes) -> Result<Taken, NotTaken> {
    let Opened { account, notification } = opening::open(gateway, mchid, headers, body).await?;
    let taken = match &notification.news {
        News::Refund(news) => gateway.keep_refund_news(&account, &notification, news, body).await?,
        News::Payment(order) => gateway.keep_payment_news(&account, &notification, order).await?,
        News::Other => Taken::Other,
    };
    if taken == Taken::New {
        gateway.owners.hint(&account.merchant.mchid);
    }
    Ok(taken)
}

fn answer(status: StatusCode, body: String) -> Response {
    (status, [(CONTENT_TYPE, HeaderValue::from_static("application/json"))], body).into_response()
}
