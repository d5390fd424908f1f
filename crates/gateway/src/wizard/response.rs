//! What a page answers, and its headers.

use axum::body::Body;
use axum::http::header::{self, HeaderName, HeaderValue};
use axum::http::{Response as HttpResponse, StatusCode};
use axum::response::IntoResponse;
use maud::Markup;

/// An answer.
pub(super) enum Response {
    /// A page, whole.
    Page(StatusCode, Markup),
    /// See there, by GET.
    To(String),
    /// A file to keep under this name, of ASCII letters.
    Download(String, Vec<u8>),
    /// Part of the program.
    Asset(&'static str, &'static str),
    /// Something for nobody to read.
    Text(StatusCode, &'static str),
}

/// The headers of every answer. Nothing comes from elsewhere, nothing runs that stands in a page, no other site shows the
/// pages in a frame of its own, and neither browser nor proxy keeps them.
const HEADERS: [(HeaderName, HeaderValue); 5] = [
    (
        header::CONTENT_SECURITY_POLICY,
        HeaderValue::from_static(
            "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self'; connect-src 'self'; \
             form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
        ),
    ),
    (header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff")),
    // Forms say where they come from, and nobody else learns the path.
    (header::REFERRER_POLICY, HeaderValue::from_static("same-origin")),
    (header::CACHE_CONTROL, HeaderValue::from_static("no-store")),
    (HeaderName::from_static("cross-origin-opener-policy"), HeaderValue::from_static("same-origin")),
];

impl IntoResponse for Response {
    fn into_response(self) -> HttpResponse<Body> {
        let mut response = match self {
            Response::Page(status, page) => {
                (status, [(header::CONTENT_TYPE, "text/html; charset=utf-8")], page.into_string())
                    .into_response()
            }
            Response::To(place) => (StatusCode::SEE_OTHER, [(header::LOCATION, place)]).into_response(),
            Response::Download(name, content) => {
                let disposition = format!("attachment; filename=\"{name}\"");
                let headers = [
                    (header::CONTENT_TYPE, "application/octet-stream".to_owned()),
                    (header::CONTENT_DISPOSITION, disposition),
                ];
                (headers, content).into_response()
            }
            Response::Asset(media_type, content) => {
                ([(header::CONTENT_TYPE, media_type)], content).into_response()
            }
            Response::Text(status, text) => (status, text).into_response(),
        };
        response.headers_mut().extend(HEADERS);
        response
    }
}
