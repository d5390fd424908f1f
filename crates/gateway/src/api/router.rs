//! All routes of the tenant's interface, and the document they make up.

use std::sync::Arc;

use axum::body::Bytes;
use axum::http::header;
use axum::response::IntoResponse as _;
use axum::routing::get;
use axum::{Router, middleware};
use utoipa::OpenApi as _;
use utoipa::openapi::OpenApi as Document;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::problem::{Code, Problem};
use super::refunds::{command, create, list, show, timeline};
use super::state::Api;
use super::{docs, errors, openapi, orders, own, paid, passage, payments, pools};
use crate::admin;
use crate::gateway::Gateway;

/// The tenant's interface: `/v1`, `/problems`, `/openapi.json` and `/docs`. Whatever else is asked for is answered with a
/// problem.
pub fn router(gateway: Gateway) -> Router {
    let api = Api { gateway: gateway.clone(), checks: Arc::default(), places: Arc::default() };
    let (routes, _) = routes().split_for_parts();
    // Texts and numbers only: nothing in it can fail to be written.
    let document = Bytes::from(serde_json::to_vec_pretty(&document()).unwrap_or_default());
    let show_document = move || {
        let document = document.clone();
        async move { ([(header::CONTENT_TYPE, "application/json")], document).into_response() }
    };
    routes
        .with_state(api)
        .route("/openapi.json", get(show_document))
        .route("/docs", get(docs::page))
        .route("/docs/", get(docs::page))
        .route("/docs/scalar.js", get(docs::script))
        .route("/docs/start.js", get(docs::start))
        .method_not_allowed_fallback(wrong_method)
        .fallback(async || Problem::new(Code::RouteNotFound))
        .layer(middleware::from_fn_with_state(gateway, passage::surround))
}

/// The answer to a method that an address does not take.
pub async fn wrong_method() -> Problem {
    Problem::new(Code::MethodNotAllowed)
}

/// The document of the interface, the operator's part included, complete.
pub fn document() -> Document {
    let (_, mut document) = routes().split_for_parts();
    document.merge(admin::router::document());
    openapi::complete(document)
}

fn routes() -> OpenApiRouter<Api> {
    OpenApiRouter::with_openapi(openapi::Head::openapi())
        .routes(routes!(create::create, list::list))
        .routes(routes!(show::show))
        .routes(routes!(timeline::timeline))
        .routes(routes!(command::cancel))
        .routes(routes!(command::retry))
        .routes(routes!(command::check))
        .routes(routes!(command::settle))
        .routes(routes!(orders::show_order))
        .routes(routes!(payments::report_payment, paid::list_payments))
        .routes(routes!(pools::show_pool))
        .routes(routes!(own::show_me))
        .routes(routes!(errors::list_errors))
        .routes(routes!(errors::explain_error))
}
