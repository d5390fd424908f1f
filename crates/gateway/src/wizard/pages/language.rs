//! Choosing a language, which keeps what was typed.

use std::sync::Arc;

use axum::extract::{Query, State};
use axum::http::{HeaderValue, header};
use axum::response::{IntoResponse, Response as HttpResponse};
use serde::Deserialize;

use crate::wizard::desk::Desk;
use crate::wizard::response::Response;
use crate::wizard::visit::{LANGUAGE, Visit};

/// Which language, and where to go on.
#[derive(Deserialize)]
pub(in crate::wizard) struct Chosen {
    to: String,
    r#return: String,
}

/// Chooses.
pub(in crate::wizard) async fn choose(
    State(desk): State<Arc<Desk>>,
    Query(Chosen { to, r#return: place }): Query<Chosen>,
    Visit { view, form }: Visit,
) -> HttpResponse {
    desk.keep_draft(&place, form.without_secrets());
    // A place is below our own path, whatever it says.
    let place = format!("/{}", place.trim_start_matches('/'));
    let mut response = Response::To(view.at(&place)).into_response();
    let language = if to == "zh" { "zh" } else { "en" };
    let cookie = format!("{LANGUAGE}={language}; Path={}; HttpOnly; SameSite=Strict", desk.base);
    if let Ok(cookie) = HeaderValue::try_from(cookie) {
        response.headers_mut().append(header::SET_COOKIE, cookie);
    }
    response
}
