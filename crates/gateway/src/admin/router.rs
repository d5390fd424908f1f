//! The operator's HTTP interface, under `/v1/admin`, and `/v1/nodes`.

use axum::Router;
use axum::middleware::from_fn_with_state;
use utoipa::openapi::OpenApi as Document;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::operator::Office;
use super::{keys, ledger, merchants, nodes, trail_pages};
use crate::api::passage;
use crate::api::problem::{Code, Problem};
use crate::gateway::Gateway;
use crate::secrets::sealer::Sealer;

/// The routes. Each asks for a key with the scope `admin`.
pub fn router(gateway: Gateway, sealer: Sealer) -> Router {
    let office = Office { gateway: gateway.clone(), sealer };
    let (routes, _) = routes().split_for_parts();
    routes
        .with_state(office)
        .method_not_allowed_fallback(async || Problem::new(Code::MethodNotAllowed))
        .layer(from_fn_with_state(gateway, passage::surround))
}

/// What the routes say of themselves.
pub fn document() -> Document {
    routes().split_for_parts().1
}

fn routes() -> OpenApiRouter<Office> {
    OpenApiRouter::new()
        .routes(routes!(merchants::list, merchants::set_up))
        .routes(routes!(merchants::show))
        .routes(routes!(merchants::add_sub_merchant))
        .routes(routes!(merchants::renew_certificate))
        .routes(routes!(merchants::pause))
        .routes(routes!(merchants::resume))
        .routes(routes!(ledger::check))
        .routes(routes!(ledger::rebuild))
        .routes(routes!(trail_pages::page))
        .routes(routes!(nodes::list))
        .routes(routes!(nodes::drain))
        .routes(routes!(nodes::undrain))
        .routes(routes!(keys::list, keys::create))
        .routes(routes!(keys::revoke))
        .routes(routes!(keys::replace))
}
