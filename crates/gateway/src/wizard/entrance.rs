//! Who comes in: this machine's browser with the address that was printed, and nobody else.

use std::sync::Arc;

use axum::extract::{Query, Request, State};
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response as HttpResponse};
use serde::Deserialize;

use super::desk::{Desk, is_same};
use super::frame::View;
use super::pages::closed;
use super::response::Response;
use super::visit::{SESSION, cookie};

/// What the address that was printed carries.
#[derive(Deserialize)]
pub(super) struct Ticket {
    #[serde(default)]
    token: String,
}

/// Comes in by the address that was printed.
pub(super) async fn enter(
    State(desk): State<Arc<Desk>>,
    Query(Ticket { token }): Query<Ticket>,
    view: View,
) -> HttpResponse {
    if !is_same(&token, &desk.entrance_token) {
        return closed::not_invited(&view).into_response();
    }
    // Not a redirect: whoever follows a link of another site to here would arrive there without the new cookie.
    let mut response = closed::come_in(&view).into_response();
    let cookie = format!("{SESSION}={}; Path={}; HttpOnly; SameSite=Strict", desk.session, desk.base);
    if let Ok(cookie) = HeaderValue::try_from(cookie) {
        response.headers_mut().append(header::SET_COOKIE, cookie);
    }
    response
}

/// Lets in who reached us by our own address. A name that somebody else's server gave to this address is not ours.
pub(super) async fn check_host(State(desk): State<Arc<Desk>>, request: Request, next: Next) -> HttpResponse {
    let host = request.headers().get(header::HOST).and_then(|host| host.to_str().ok());
    let names = ["127.0.0.1", "localhost"].map(|name| format!("{name}:{}", desk.port));
    if !host.is_some_and(|host| names.iter().any(|name| name == host)) {
        return Response::Text(StatusCode::MISDIRECTED_REQUEST, "This address is not ours.\n")
            .into_response();
    }
    next.run(request).await
}

/// Lets in who has the cookie; a form only from one of our own pages.
pub(super) async fn check_cookie(
    State(desk): State<Arc<Desk>>,
    view: View,
    request: Request,
    next: Next,
) -> HttpResponse {
    if !is_known(&desk, request.headers()) {
        return closed::not_invited(&view).into_response();
    }
    if request.method() != Method::GET && !is_from_us(request.headers()) {
        return closed::from_elsewhere(&view).into_response();
    }
    desk.note_visit();
    next.run(request).await
}

/// A path without a page.
pub(super) async fn elsewhere(State(desk): State<Arc<Desk>>, view: View, headers: HeaderMap) -> Response {
    match is_known(&desk, &headers) {
        true => closed::nothing_here(&view),
        false => closed::not_invited(&view),
    }
}

fn is_known(desk: &Desk, headers: &HeaderMap) -> bool {
    cookie(headers, SESSION).is_some_and(|found| is_same(found, &desk.session))
}

/// Browsers say from which site a form comes, once.
fn is_from_us(headers: &HeaderMap) -> bool {
    let text = |value: &HeaderValue| value.to_str().ok().map(str::to_owned);
    let origins: Vec<String> = headers.get_all(header::ORIGIN).iter().filter_map(text).collect();
    let host = headers.get(header::HOST).and_then(text);
    match (&origins[..], host) {
        ([origin], Some(host)) => origin.strip_prefix("http://") == Some(host.as_str()),
        _ => false,
    }
}
