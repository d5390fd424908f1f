//! Why an operator's request is refused, as a problem document (RFC 9457). The status codes of the operator's interface
//! are here alone.

use axum::Json;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde_json::json;
use store::error::StoreError;

use super::issuing::{KeyError, KeyRefusal};
use crate::merchants::setting_up::SetUpError;

/// A refusal.
#[derive(Debug, Clone)]
pub(super) struct Refusal {
    status: StatusCode,
    code: &'static str,
    title: &'static str,
    detail: String,
    what_to_do: String,
    pointer: Option<String>,
}

impl Refusal {
    fn new(status: StatusCode, code: &'static str, title: &'static str, detail: impl ToString) -> Refusal {
        let what_to_do = String::new();
        Refusal { status, code, title, detail: detail.to_string(), what_to_do, pointer: None }
    }

    fn advise(mut self, what_to_do: &str) -> Refusal {
        self.what_to_do = what_to_do.to_owned();
        self
    }

    fn at(mut self, pointer: Option<String>) -> Refusal {
        self.pointer = pointer;
        self
    }

    /// No valid key.
    pub(super) fn unauthorized() -> Refusal {
        let detail = "The request bears no key that is valid now.";
        Refusal::new(StatusCode::UNAUTHORIZED, "unauthorized", "No valid key", detail)
            .advise("Send `Authorization: Bearer KEY` with a key that has the scope `admin`.")
    }

    /// A valid key that is not an operator's.
    pub(super) fn forbidden() -> Refusal {
        let detail = "The key has not the scope `admin`.";
        Refusal::new(StatusCode::FORBIDDEN, "missing_scope", "The key may not do this", detail)
            .advise("Use a key with the scope `admin`; an operator makes one.")
    }

    /// A body that is no JSON object.
    pub(super) fn malformed(detail: impl ToString) -> Refusal {
        Refusal::new(StatusCode::BAD_REQUEST, "malformed_json", "The body is not JSON", detail)
            .advise("Send a JSON object with `Content-Type: application/json`.")
    }

    /// A body that is too large, or did not come whole.
    pub(super) fn unreadable(detail: impl ToString) -> Refusal {
        Refusal::new(StatusCode::BAD_REQUEST, "unreadable_body", "The body could not be read", detail)
            .advise("Send the request again, with a body of at most 1 MiB.")
    }

    /// A field that is not what it should be.
    pub(super) fn invalid(pointer: impl ToString, detail: impl ToString, what_to_do: &str) -> Refusal {
        let status = StatusCode::UNPROCESSABLE_ENTITY;
        Refusal::new(status, "invalid_request", "The request cannot be carried out", detail)
            .advise(what_to_do)
            .at(Some(pointer.to_string()))
    }

    /// A merchant id that is not set up.
    pub(super) fn unknown_merchant(mchid: &str) -> Refusal {
        let detail = format!("Merchant id {mchid} is not set up.");
        Refusal::new(StatusCode::NOT_FOUND, "unknown_merchant", "No such merchant id", detail)
            .advise("Look at `GET /v1/admin/merchants`, or set it up with `POST /v1/admin/merchants`.")
    }
}

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        let Refusal { status, code, title, detail, what_to_do, pointer } = self;
        let mut problem = json!({
            "type": format!("/problems/{code}"),
            "title": title,
            "status": status.as_u16(),
            "code": code,
            "detail": detail,
            "what_to_do": what_to_do,
        });
        if let Some(pointer) = pointer {
            problem["pointer"] = pointer.into();
        }
        let mut response = (status, Json(problem)).into_response();
        let headers = response.headers_mut();
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/problem+json"));
        if status == StatusCode::UNAUTHORIZED {
            headers.insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
        }
        response
    }
}

impl From<SetUpError> for Refusal {
    fn from(error: SetUpError) -> Refusal {
        let (pointer, what_to_do) = (error.pointer(), error.what_to_do());
        let refusal = match error {
            SetUpError::NotThere { mchid } => return Refusal::unknown_merchant(mchid.as_str()),
            SetUpError::NumberFormIsFixed { .. } => Refusal::new(
                StatusCode::CONFLICT,
                "number_form_fixed",
                "The form of the numbers is fixed",
                error,
            ),
            SetUpError::NotServed { .. }
            | SetUpError::DirectServesNobody { .. }
            | SetUpError::ApiHost { .. }
            | SetUpError::Credentials(_)
            | SetUpError::Line(_) => return Refusal::invalid(pointer.unwrap_or_default(), error, what_to_do),
            SetUpError::Store(error) => return error.into(),
            SetUpError::NotSealed(_) => internal(error),
        };
        refusal.advise(what_to_do).at(pointer)
    }
}

impl From<KeyError> for Refusal {
    fn from(error: KeyError) -> Refusal {
        let refusal = match error {
            KeyError::Refused(refusal) => refusal,
            KeyError::Store(error) => return error.into(),
            KeyError::NoRandomness(error) => return internal(error),
        };
        let (status, code, title) = match &refusal {
            KeyRefusal::UnknownKey => (StatusCode::NOT_FOUND, "unknown_key", "No such key"),
            KeyRefusal::UnknownMerchant { mchid } => return Refusal::unknown_merchant(mchid.as_str()),
            KeyRefusal::UnknownSubMerchant { .. } => {
                (StatusCode::NOT_FOUND, "unknown_sub_merchant", "No such sub-merchant")
            }
            KeyRefusal::LastOperator => {
                (StatusCode::CONFLICT, "last_admin_key", "Nobody could operate the gateway any more")
            }
            KeyRefusal::Name
            | KeyRefusal::NoScopes
            | KeyRefusal::OperatorOnly
            | KeyRefusal::AdminIsBound
            | KeyRefusal::PoolsOfASubMerchant
            | KeyRefusal::Over
            | KeyRefusal::SubMerchantOfNobody => {
                (StatusCode::UNPROCESSABLE_ENTITY, "invalid_request", "The request cannot be carried out")
            }
        };
        let pointer = refusal.pointer().map(str::to_owned);
        let what_to_do = refusal.what_to_do();
        Refusal::new(status, code, title, refusal).advise(what_to_do).at(pointer)
    }
}

impl From<StoreError> for Refusal {
    fn from(error: StoreError) -> Refusal {
        match error {
            StoreError::Full | StoreError::Busy { .. } => Refusal::new(
                StatusCode::SERVICE_UNAVAILABLE,
                "store_unavailable",
                "Nothing can be stored now",
                error,
            )
            .advise("Send the same request again later."),
            StoreError::NotThere { .. }
            | StoreError::InUse { .. }
            | StoreError::Broken { .. }
            | StoreError::TooNew { .. }
            | StoreError::Failed { .. } => internal(error),
        }
    }
}

/// The caller can do nothing about it; the log has the cause.
fn internal(error: impl std::fmt::Display) -> Refusal {
    tracing::error!(%error, "an operator's request failed");
    let detail = "The gateway could not carry the request out; its log says why.";
    Refusal::new(StatusCode::INTERNAL_SERVER_ERROR, "internal", "The gateway failed", detail)
        .advise("Look at the gateway's log, then send the request again.")
}
