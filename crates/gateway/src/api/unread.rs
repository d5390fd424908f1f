//! Telling a caller that the connection ends.
//!
//! An answer that was given before the request's body was read to its end (a key that is missing, a body that is too long)
//! leaves the rest of it on the connection, which is then closed. Whoever keeps connections must know, or its next request
//! goes into one that is gone.

use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll};

use axum::body::{Body, Bytes};
use axum::extract::Request;
use axum::http::HeaderValue;
use axum::http::header::CONNECTION;
use axum::response::Response;
use hyper::body::{Body as _, Frame, SizeHint};

/// Whether a request's body was read to its end.
#[derive(Debug)]
pub(super) struct Reading(Arc<AtomicBool>);

impl Reading {
    /// The same request, whose body is watched from now on.
    pub(super) fn watch(request: Request) -> (Request, Reading) {
        let ended = Arc::new(AtomicBool::new(request.body().is_end_stream()));
        let reading = Reading(ended.clone());
        (request.map(|body| Body::new(Watched { body, ended })), reading)
    }

    /// Says in `response` that the connection ends, if something of the request is left unread.
    pub(super) fn tell(self, response: &mut Response) {
        if !self.0.load(Ordering::Relaxed) {
            response.headers_mut().insert(CONNECTION, HeaderValue::from_static("close"));
        }
    }
}

/// A body that notes its end.
struct Watched {
    body: Body,
    ended: Arc<AtomicBool>,
}

impl hyper::body::Body for Watched {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, axum::Error>>> {
        let polled = Pin::new(&mut self.body).poll_frame(context);
        if matches!(polled, Poll::Ready(None)) || self.body.is_end_stream() {
            self.ended.store(true, Ordering::Relaxed);
        }
        polled
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    async fn told(body: Body, reads: bool) -> bool {
        let (request, reading) = Reading::watch(Request::new(body));
        if reads {
            axum::body::to_bytes(request.into_body(), 100).await.unwrap();
        }
        let mut response = Response::new(Body::empty());
        reading.tell(&mut response);
        response.headers().contains_key(CONNECTION)
    }

    #[tokio::test]
    async fn a_connection_ends_only_if_something_was_left_unread() {
        assert!(told(Body::from("{}"), false).await);
        assert!(!told(Body::from("{}"), true).await);
        assert!(!told(Body::empty(), false).await);
    }
}
