//! Whether it lives and whether it can work, for whoever watches over it: `/healthz`, `/readyz`, `/metrics`.

use axum::Router;
use axum::extract::State;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use refunds::pool::explain::Waiting;
use serde_json::{Value, json};
use store::contract::{Answer, Store};
use wechatpay::money::Currency;

use crate::api::foresight;
use crate::gateway::Gateway;

/// The media type of the text that [`Metrics`](crate::metrics::Metrics) writes.
const OPEN_METRICS: &str = "application/openmetrics-text; version=1.0.0; charset=utf-8";

/// The routes. They ask for no key and tell nothing about any tenant.
pub fn router(gateway: Gateway) -> Router {
    Router::new()
        .route("/healthz", get(alive))
        .route("/readyz", get(ready))
        .route("/metrics", get(metrics))
        .with_state(gateway)
}

/// The process answers.
async fn alive() -> Response {
    answer(StatusCode::OK, "ok", json!({}))
}

/// The store answers, and every merchant id that should have a way out has one.
async fn ready(State(gateway): State<Gateway>) -> Response {
    let store = match gateway.store.merchants().await {
        Ok(_) => json!("ok"),
        Err(error) => json!(error.to_string()),
    };
    let accounts = gateway.merchants.all();
    let without = accounts.iter().filter(|account| account.line.is_none()).count();
    let is_ready = store == "ok";
    let checks = json!({
        "store": store,
        "merchants": { "set_up": accounts.len(), "without_a_way_out": without },
    });
    match is_ready {
        true => answer(StatusCode::OK, "ok", checks),
        false => answer(StatusCode::SERVICE_UNAVAILABLE, "unavailable", checks),
    }
}

async fn metrics(State(gateway): State<Gateway>) -> Response {
    let counted = async {
        count_waiting(&gateway).await?;
        count_not_submitting(&gateway).await
    };
    if let Err(error) = counted.await {
        // The other figures matter most just then; these stay as they were.
        tracing::warn!(%error, "what waits could not be counted");
    }
    ([(header::CONTENT_TYPE, OPEN_METRICS)], gateway.metrics.text()).into_response()
}

/// Counts the refunds that wait, of all merchant ids together: the store keeps the sums, and every node tells the same.
async fn count_waiting(gateway: &Gateway) -> Answer<()> {
    let mut crowds = vec![];
    for account in gateway.merchants.all() {
        let waiting = gateway.store.waiting(&account.merchant.mchid).await?;
        crowds.extend(waiting.into_iter().map(foresight::crowd));
    }
    // A dashboard that finds nothing cannot tell an empty queue from a figure that is missing.
    let pools = crowds.iter().map(|crowd| crowd.place.pool).chain([Currency::CNY]);
    gateway.metrics.waiting(&pools.map(|pool| (pool, Waiting::of(pool, &crowds))).collect());
    Ok(())
}

/// Counts the merchant ids that are kept from submitting, by what keeps them.
async fn count_not_submitting(gateway: &Gateway) -> Answer<()> {
    let (mut paused, mut halted, mut restored) = (0, 0, 0);
    for account in gateway.merchants.all() {
        let state = gateway.store.merchant_state(&account.merchant.mchid).await?;
        paused += usize::from(state.paused);
        halted += usize::from(state.halt.is_some());
        restored += usize::from(state.is_to_be_checked());
    }
    for (reason, merchants) in [("paused", paused), ("halted", halted), ("restored", restored)] {
        gateway.metrics.not_submitting(reason, merchants);
    }
    Ok(())
}

fn answer(status: StatusCode, word: &str, checks: Value) -> Response {
    (status, axum::Json(json!({ "status": word, "checks": checks }))).into_response()
}
