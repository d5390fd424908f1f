//! `GET /docs`: the document as pages to read. Everything comes from this program; the page reaches no other host.

use std::sync::LazyLock;

use axum::body::Bytes;
use axum::http::header;
use axum::response::{Html, IntoResponse, Response};

use super::problem::{Code, Problem};

/// What the page may load and from where: ourselves. Its styles and its fonts are written by its script.
const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data: blob:; \
                      font-src 'self' data:; connect-src 'self'; worker-src 'self' blob:; base-uri 'none'; \
                      form-action 'none'; frame-ancestors 'none'";

const PAGE: &str = "<!doctype html>\n<html lang=\"en\">\n<meta charset=\"utf-8\">\n\
    <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n<title>Tidegate API</title>\n\
    <div id=\"app\"></div>\n<noscript>This page needs its script; the document itself is at <a href=\"/openapi.json\">\
    /openapi.json</a>.</noscript>\n<script src=\"/docs/scalar.js\"></script>\n<script src=\"/docs/start.js\"></script>\n</html>\n";

/// Nothing that leaves the page for another host: no fonts, no agent, no telemetry, no request proxy.
const START: &str = "Scalar.createApiReference('#app', {\n  url: '/openapi.json',\n  withDefaultFonts: false,\n  \
    telemetry: false,\n  agent: { disabled: true },\n  proxyUrl: '',\n  hideClientButton: true,\n  \
    showDeveloperTools: 'never',\n  authentication: { preferredSecurityScheme: 'key' },\n});\n";

/// The page.
pub async fn page() -> Response {
    ([(header::CONTENT_SECURITY_POLICY, POLICY), (header::REFERRER_POLICY, "no-referrer")], Html(PAGE))
        .into_response()
}

/// What starts it. In a file of its own, because the policy allows no script in the page.
pub async fn start() -> Response {
    ([(header::CONTENT_TYPE, "text/javascript; charset=utf-8")], START).into_response()
}

/// The script that draws it, as it is built into this program. Once in memory, however many ask for it: it has some megabytes.
static SCRIPT: LazyLock<Option<Bytes>> =
    LazyLock::new(|| scalar_api_reference::get_asset("scalar.js").map(Bytes::from));

/// The script.
pub async fn script() -> Result<Response, Problem> {
    let script = SCRIPT.clone().ok_or_else(|| Problem::new(Code::RouteNotFound))?;
    let headers =
        [(header::CONTENT_TYPE, "text/javascript; charset=utf-8"), (header::CACHE_CONTROL, "max-age=3600")];
    Ok((headers, script).into_response())
}
