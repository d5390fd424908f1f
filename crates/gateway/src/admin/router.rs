//! The operator's HTTP interface, under `/v1/admin`.

use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::middleware::from_fn_with_state;
use axum::routing::{delete, get, post};

use super::operator::Office;
use super::{keys, merchants, trail_pages};
use crate::api::passage;
use crate::gateway::Gateway;
use crate::secrets::sealer::Sealer;

/// The longest body: a certificate, a key and a few public keys are far shorter.
const LONGEST_BODY: usize = 1024 * 1024;

/// The routes. Each asks for a key with the scope `admin`.
pub fn router(gateway: Gateway, sealer: Sealer) -> Router {
    let office = Office { gateway: gateway.clone(), sealer };
    Router::new()
        .route("/v1/admin/merchants", get(merchants::list).post(merchants::set_up))
        .route("/v1/admin/merchants/{mchid}", get(merchants::show))
        .route("/v1/admin/merchants/{mchid}/sub-merchants", post(merchants::add_sub_merchant))
        .route("/v1/admin/merchants/{mchid}/pause", post(merchants::pause))
        .route("/v1/admin/merchants/{mchid}/resume", post(merchants::resume))
        .route("/v1/admin/merchants/{mchid}/audit", get(trail_pages::page))
        .route("/v1/admin/keys", get(keys::list).post(keys::create))
        .route("/v1/admin/keys/{id}", delete(keys::revoke))
        .route("/v1/admin/keys/{id}/replace", post(keys::replace))
        .layer(DefaultBodyLimit::max(LONGEST_BODY))
        .layer(from_fn_with_state(gateway, passage::surround))
        .with_state(office)
}
