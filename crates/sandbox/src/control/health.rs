//! `GET /healthz` and `GET /readyz`: a sandbox that answers is ready.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use serde_json::{Value, json};

use crate::stage::Stage;

/// Healthy means: it answers, and the platform's books hold.
pub(super) async fn show(State(stage): State<Arc<Stage>>) -> Json<Value> {
    let (violations, generation) =
        stage.with(|scene, _| (scene.platform.violations().len(), scene.generation));
    let (status, books) = if violations == 0 { ("ok", "ok") } else { ("failing", "violated") };
    Json(json!({
        "status": status,
        "checks": { "books": books, "clock": stage.clock.mode() },
        "generation": generation,
        "sandbox": true,
    }))
}
