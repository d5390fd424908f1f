//! All paths of the control interface.

use std::sync::Arc;

use axum::Router;
use axum::http::Uri;
use axum::middleware::from_fn;
use axum::routing::{delete, get, post};

use super::guard::guard;
use super::problem::Problem;
use super::{
    audit, certificates, clock, faults, health, keys, ledger, messages, payments, pools, refunds, requests,
    snapshots,
};
use crate::stage::Stage;

/// The control interface of `stage`.
pub(crate) fn router(stage: Arc<Stage>) -> Router {
    Router::new()
        .route("/healthz", get(health::show))
        .route("/readyz", get(health::show))
        .route("/control/payments", post(payments::pay))
        .route("/control/clock", get(clock::look).post(clock::change))
        .route("/control/clock/stream", get(clock::stream))
        .route("/control/clock/participants", post(clock::register))
        .route("/control/clock/participants/{id}", post(clock::report))
        .route("/control/clock/participants/{id}", delete(clock::leave))
        .route("/control/pools/{mchid}", get(pools::show))
        .route("/control/ledger", get(ledger::show))
        .route("/control/audit", get(audit::show))
        .route("/control/faults", get(faults::list).post(faults::add).delete(faults::clear))
        .route("/control/refunds", post(refunds::make))
        .route("/control/refunds/{mchid}/{out_refund_no}/remedy", post(refunds::remedy))
        .route("/control/platform_keys/rotate", post(keys::rotate))
        .route("/control/snapshots", post(snapshots::change))
        .route("/control/requests", get(requests::list))
        .route("/control/messages", get(messages::list))
        .route("/control/certificates", get(certificates::list).post(certificates::choose_rules))
        .route(
            "/control/certificates/{mchid}",
            get(certificates::show).post(certificates::apply).delete(certificates::forget),
        )
        .route("/control/certificates/{mchid}/{serial_no}/{step}", post(certificates::step))
        .fallback(|uri: Uri| async move {
            Problem::not_found(format!(
                "the control interface has no {}; `docs/sandbox.md` tells what it has, and /healthz whether it is well",
                uri.path()
            ))
        })
        .method_not_allowed_fallback(|| async { Problem::other_method() })
        .layer(from_fn(guard))
        .with_state(stage)
}
