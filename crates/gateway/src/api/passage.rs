//! What surrounds every request: an id, a line in the log, and the knowledge that something is under way.

use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use axum::extract::{FromRequestParts, MatchedPath, Request, State};
use axum::http::request::Parts;
use axum::http::{HeaderName, HeaderValue, Method};
use axum::middleware::Next;
use axum::response::Response;
use tokio::time::Instant;

use super::problem::{Code, Problem};
use super::unread::Reading;
use crate::activity::{Activity, Busy};
use crate::fresh;
use crate::gateway::Gateway;

/// The header that names a request, in answers and in the log.
pub const REQUEST_ID: HeaderName = HeaderName::from_static("request-id");

/// One request on its way through. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Passage(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    activity: Activity,
    busy: Mutex<Option<Busy>>,
    key_name: OnceLock<String>,
}

impl Passage {
    /// A request begins.
    pub(super) fn begin(activity: &Activity) -> Passage {
        let busy = Mutex::new(Some(activity.begin()));
        Passage(Arc::new(Inner { activity: activity.clone(), busy, key_name: OnceLock::new() }))
    }

    /// Waits for `future` as somebody who only waits: meanwhile a virtual clock may move.
    pub async fn idle<F: Future>(&self, future: F) -> F::Output {
        drop(self.busy().take());
        let output = future.await;
        *self.busy() = Some(self.0.activity.begin());
        output
    }

    /// Names the key that the request bears, for the log.
    pub fn name_key(&self, name: &str) {
        // The first name stays: a request bears one key.
        let _ = self.0.key_name.set(name.to_owned());
    }

    fn busy(&self) -> std::sync::MutexGuard<'_, Option<Busy>> {
        self.0.busy.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl<S: Send + Sync> FromRequestParts<S> for Passage {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Passage, Problem> {
        // Put there by `surround`, which every route of the interface has.
        parts.extensions.get::<Passage>().cloned().ok_or_else(|| Problem::new(Code::Internal))
    }
}

/// Surrounds a request. The log line has neither bodies nor queries nor keys.
pub async fn surround(State(gateway): State<Gateway>, mut request: Request, next: Next) -> Response {
    let passage = Passage::begin(&gateway.activity);
    let begun = Instant::now();
    let method = request.method().clone();
    let route =
        request.extensions().get::<MatchedPath>().map_or("-".to_owned(), |path| path.as_str().to_owned());
    let id = fresh::ulid(gateway.clock.now()).unwrap_or_default();
    request.extensions_mut().insert(passage.clone());

    let (request, reading) = Reading::watch(request);
    let mut response = next.run(request).await;
    reading.tell(&mut response);
    // 26 letters and digits, or nothing.
    if let Ok(value) = HeaderValue::from_str(&id) {
        response.headers_mut().insert(REQUEST_ID, value);
    }
    let (status, took) = (response.status().as_u16(), begun.elapsed());
    gateway.metrics.answered(counted(&method), &route, status, took);
    tracing::info!(
        request_id = id,
        %method,
        route,
        status,
        ms = u64::try_from(took.as_millis()).unwrap_or(u64::MAX),
        key = passage.0.key_name.get().map_or("-", String::as_str),
        "request"
    );
    response
}

/// The method as it is counted: callers may make up any word.
fn counted(method: &Method) -> &'static str {
    match *method {
        Method::GET => "GET",
        Method::HEAD => "HEAD",
        Method::POST => "POST",
        Method::PUT => "PUT",
        Method::PATCH => "PATCH",
        Method::DELETE => "DELETE",
        Method::OPTIONS => "OPTIONS",
        _ => "other",
    }
}
