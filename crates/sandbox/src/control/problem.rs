//! Refusals of the control interface: `application/problem+json` (RFC 9457) with a sentence that says what to do.

use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::de::DeserializeOwned;
use serde_json::json;

/// A refusal.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Problem {
    status: StatusCode,
    code: &'static str,
    detail: String,
}

impl Problem {
    /// The body is no JSON.
    fn malformed(detail: String) -> Problem {
        Problem { status: StatusCode::BAD_REQUEST, code: "malformed_json", detail }
    }

    /// Well-formed, and not possible.
    pub(crate) fn invalid(detail: impl ToString) -> Problem {
        let status = StatusCode::UNPROCESSABLE_ENTITY;
        Problem { status, code: "invalid_request", detail: detail.to_string() }
    }

    /// There is no such thing.
    pub(crate) fn not_found(detail: impl ToString) -> Problem {
        Problem { status: StatusCode::NOT_FOUND, code: "not_found", detail: detail.to_string() }
    }

    /// Not for whoever asks.
    pub(crate) fn forbidden(detail: impl ToString) -> Problem {
        Problem { status: StatusCode::FORBIDDEN, code: "forbidden", detail: detail.to_string() }
    }

    /// Not as things stand.
    pub(crate) fn conflict(detail: impl ToString) -> Problem {
        Problem { status: StatusCode::CONFLICT, code: "conflict", detail: detail.to_string() }
    }

    /// The sandbox's own surroundings fail: a file, a key.
    pub(crate) fn internal(detail: impl ToString) -> Problem {
        let status = StatusCode::INTERNAL_SERVER_ERROR;
        Problem { status, code: "internal", detail: detail.to_string() }
    }

    /// The path is known, the method is not.
    pub(crate) fn other_method() -> Problem {
        let detail = "this path takes other methods; see the `Allow` header".to_owned();
        Problem { status: StatusCode::METHOD_NOT_ALLOWED, code: "method_not_allowed", detail }
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let Problem { status, code, detail } = self;
        let body = json!({
            "type": format!("/problems/{code}"),
            "title": status.canonical_reason(),
            "status": status.as_u16(),
            "code": code,
            "detail": detail,
        });
        (status, [(header::CONTENT_TYPE, "application/problem+json")], body.to_string()).into_response()
    }
}

/// What a body says; 400 for what is no JSON, 422 for JSON that is something else, naming the field.
pub(crate) fn read<T: DeserializeOwned>(body: &[u8]) -> Result<T, Problem> {
    serde_json::from_slice(body).map_err(|error| {
        if error.is_data() { Problem::invalid(error) } else { Problem::malformed(error.to_string()) }
    })
}
