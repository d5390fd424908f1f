//! Taking a body off the wire: as much as the call takes, as long as it should take, and only if it is JSON.

use std::time::Duration;

use axum::body::{Body, Bytes};
use axum::extract::{FromRequest, Request};
use axum::http::HeaderMap;
use axum::http::header::CONTENT_TYPE;
use http_body_util::{BodyExt as _, LengthLimitError, Limited};
use hyper::body::Body as _;

use crate::api::problem::{Code, Problem};

/// The largest body of a call about a single thing, in bytes.
pub const LIMIT: usize = 64 * 1024;

/// How long a body may take to arrive.
const TIMEOUT: Duration = Duration::from_secs(10);

/// The bytes of a body that is announced as JSON, `MOST` at most.
#[derive(Debug)]
pub struct JsonBytes<const MOST: usize = LIMIT>(pub Bytes);

impl<S: Send + Sync, const MOST: usize> FromRequest<S> for JsonBytes<MOST> {
    type Rejection = Problem;

    async fn from_request(request: Request, _: &S) -> Result<JsonBytes<MOST>, Problem> {
        if !is_json(request.headers()) {
            return Err(Problem::new(Code::MediaTypeUnsupported));
        }
        collect(request.into_body(), MOST).await.map(JsonBytes)
    }
}

/// The same of a call that needs no body: one that is left out is announced as nothing, and empty.
#[derive(Debug)]
pub struct OptionalJsonBytes(pub Bytes);

impl<S: Send + Sync> FromRequest<S> for OptionalJsonBytes {
    type Rejection = Problem;

    async fn from_request(request: Request, _: &S) -> Result<OptionalJsonBytes, Problem> {
        if !is_json(request.headers()) && !request.body().is_end_stream() {
            return Err(Problem::new(Code::MediaTypeUnsupported));
        }
        collect(request.into_body(), LIMIT).await.map(OptionalJsonBytes)
    }
}

/// The bytes of a body, `most` at most, if they arrive in time.
pub(crate) async fn collect(body: Body, most: usize) -> Result<Bytes, Problem> {
    match tokio::time::timeout(TIMEOUT, Limited::new(body, most).collect()).await {
        Ok(Ok(collected)) => Ok(collected.to_bytes()),
        Ok(Err(error)) if error.is::<LengthLimitError>() => {
            Err(Problem::new(Code::BodyTooLarge).detail(format!("This call takes {most} bytes.")))
        }
        Ok(Err(_)) => Err(Problem::new(Code::BodyMalformed).detail("The body broke off.")),
        Err(_) => Err(Problem::new(Code::BodyTimeout)),
    }
}

/// Whether the content type is `application/json` or ends in `+json`, with any parameters.
fn is_json(headers: &HeaderMap) -> bool {
    let text = headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let essence = text.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
    essence == "application/json" || (essence.starts_with("application/") && essence.ends_with("+json"))
}
