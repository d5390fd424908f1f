//! The error catalogue over HTTP: `GET /v1/errors` and `GET /problems/{code}`. Nobody needs a key for it.

use axum::Json;
use axum::http::{HeaderMap, header};
use axum::response::{Html, IntoResponse as _, Response};
use serde::Serialize;
use utoipa::ToSchema;

use super::problem::catalogue::Row;
use super::problem::{Code, Problem};
use super::request::path::Named;

/// The whole catalogue.
#[derive(Debug, Serialize, ToSchema)]
pub struct Errors {
    /// Every code.
    errors: Vec<ErrorView>,
}

/// One code of the catalogue.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Error, example = json!({
    "code": "exceeds_order", "status": 422, "title": "Together with earlier refunds of the same order this exceeds what was paid.",
    "detail": "An answer with this code has the status 422.", "what_to_do": "Ask for `refundable` at most."
}))]
struct ErrorView {
    /// The stable code.
    code: &'static str,
    /// The HTTP status; null if it appears only as the refusal of a refund.
    status: Option<u16>,
    /// What is wrong.
    title: &'static str,
    /// Where it appears.
    detail: String,
    /// What the caller can do.
    what_to_do: &'static str,
}

impl ErrorView {
    fn of(code: Code) -> ErrorView {
        let Row { code, status, title, what_to_do } = *code.row();
        let detail = match status {
            Some(status) => format!("An answer with this code has the status {status}."),
            None => "The refusal of a refund that ended `rejected`.".to_owned(),
        };
        ErrorView { code, status, title, detail, what_to_do }
    }
}

/// List the error codes
#[utoipa::path(
    get, path = "/v1/errors", operation_id = "list_errors", tag = "interface",
    responses((status = 200, description = "The catalogue.", body = Errors)),
)]
pub async fn list_errors() -> Json<Errors> {
    Json(Errors { errors: Code::ALL.iter().copied().map(ErrorView::of).collect() })
}

/// Explain an error code
///
/// HTML for browsers, JSON for all others.
#[utoipa::path(
    get, path = "/problems/{code}", operation_id = "explain_error", tag = "interface",
    params(("code" = String, Path, description = "The code.", example = "exceeds_order")),
    responses((status = 200, description = "What it means and what to do.", content(
        (ErrorView = "application/json"), (String = "text/html")
    ))),
)]
pub async fn explain_error(Named(named): Named, headers: HeaderMap) -> Result<Response, Problem> {
    let code = Code::parse(&named).ok_or_else(|| Problem::new(Code::ProblemNotFound))?;
    let view = ErrorView::of(code);
    let accept = headers.get(header::ACCEPT).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let mut response = if accept.contains("text/html") {
        Html(page(&view)).into_response()
    } else {
        Json(view).into_response()
    };
    response.headers_mut().insert(header::VARY, header::HeaderValue::from_static("Accept"));
    Ok(response)
}

fn page(view: &ErrorView) -> String {
    let ErrorView { code, status: _, title, detail, what_to_do } = view;
    // The catalogue's own texts: nothing of a caller's is in them. Of HTML's characters they have none but these.
    let text = |text: &str| text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;");
    format!(
        "<!doctype html><html lang=\"en\"><meta charset=\"utf-8\"><title>{code}</title><h1>{code}</h1><p>{}</p><p>{}</p>\
         <p>What to do: {}</p>",
        text(title),
        text(detail),
        text(what_to_do)
    )
}
