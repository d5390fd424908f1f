//! One problem, and how it is written.

use std::collections::BTreeMap;

use axum::http::header::{CACHE_CONTROL, CONTENT_TYPE, RETRY_AFTER, WWW_AUTHENTICATE};
use axum::http::{HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use serde::Serialize;
use serde_json::Value;
use utoipa::ToSchema;

use super::catalogue::{Code, Row};

/// The media type of a problem.
pub const MEDIA_TYPE: &str = "application/problem+json";

/// What is wrong with a request, for its caller.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem(Box<Parts>);

#[derive(Debug, Clone, PartialEq, Eq)]
struct Parts {
    code: Code,
    detail: Option<String>,
    pointer: Option<String>,
    members: BTreeMap<&'static str, Value>,
    retry_after_s: Option<u64>,
}

/// What is wrong with a request, and what to do. Beside these members it has facts that belong to its code, such as
/// `refundable` or `conflicts`.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Problem, example = json!({
    "type": "/problems/exceeds_order", "status": 422, "code": "exceeds_order",
    "title": "Together with earlier refunds of the same order this exceeds what was paid.",
    "detail": "4.00 USD are left of the order.", "what_to_do": "Ask for `refundable` at most.",
    "pointer": "/amount/refund", "refundable": 400, "currency": "USD"
}))]
pub struct Written {
    /// `/problems/{code}`; `GET` explains it.
    #[serde(rename = "type")]
    uri: String,
    /// The sentence of the catalogue.
    title: &'static str,
    /// The HTTP status.
    status: u16,
    /// The stable code: what a program decides by.
    code: &'static str,
    /// What is wrong here, with the values in question.
    #[serde(skip_serializing_if = "Option::is_none")]
    detail: Option<String>,
    /// What the caller can do.
    what_to_do: &'static str,
    /// The field of the body it is about, as a JSON pointer (RFC 6901).
    #[serde(skip_serializing_if = "Option::is_none")]
    pointer: Option<String>,
    /// Facts a program may want, by code.
    #[serde(flatten)]
    #[schema(ignore)]
    members: BTreeMap<&'static str, Value>,
}

impl Problem {
    /// The problem of this code, and nothing more to say.
    pub fn new(code: Code) -> Problem {
        Problem(Box::new(Parts {
            code,
            detail: None,
            pointer: None,
            members: BTreeMap::new(),
            retry_after_s: None,
        }))
    }

    /// With what is wrong in this case.
    pub fn detail(mut self, detail: impl Into<String>) -> Problem {
        self.0.detail = Some(detail.into());
        self
    }

    /// With the field it is about, as a JSON pointer.
    pub fn at(mut self, pointer: impl Into<String>) -> Problem {
        self.0.pointer = Some(pointer.into());
        self
    }

    /// With a fact for programs.
    pub fn with(mut self, name: &'static str, value: impl Into<Value>) -> Problem {
        self.0.members.insert(name, value.into());
        self
    }

    /// With the time after which the same request may be repeated, in seconds; at least one.
    pub fn retry_after(mut self, seconds: u64) -> Problem {
        self.0.retry_after_s = Some(seconds.max(1));
        self
    }

    /// Its code.
    pub fn code(&self) -> Code {
        self.0.code
    }

    /// Its HTTP status. A code that appears in refunds only is never answered by itself.
    pub fn status(&self) -> StatusCode {
        let status = self.0.code.row().status.and_then(|status| StatusCode::from_u16(status).ok());
        status.unwrap_or(StatusCode::INTERNAL_SERVER_ERROR)
    }

    /// It as it is written.
    pub fn written(self) -> Written {
        let status = self.status().as_u16();
        let Parts { code, detail, pointer, members, retry_after_s: _ } = *self.0;
        let Row { code, title, what_to_do, status: _ } = code.row();
        Written {
            uri: format!("/problems/{code}"),
            title,
            status,
            code,
            detail,
            what_to_do,
            pointer,
            members,
        }
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let (status, retry_after_s) = (self.status(), self.0.retry_after_s);
        // Texts and numbers only: nothing in it can fail to be written.
        let body = serde_json::to_vec(&self.written()).unwrap_or_default();
        let mut response = (status, body).into_response();
        let headers = response.headers_mut();
        headers.insert(CONTENT_TYPE, HeaderValue::from_static(MEDIA_TYPE));
        headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
        if status == StatusCode::UNAUTHORIZED {
            headers.insert(WWW_AUTHENTICATE, HeaderValue::from_static("Bearer realm=\"tidegate\""));
        }
        if let Some(seconds) = retry_after_s {
            headers.insert(RETRY_AFTER, HeaderValue::from(seconds));
        }
        response
    }
}
