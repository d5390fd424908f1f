//! `GET /control/audit`: the proof that nothing was paid twice or beyond an order.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use platform::audit::Audit;

use crate::stage::Stage;

/// Counts everything again, which takes longer the more has happened.
pub(super) async fn show(State(stage): State<Arc<Stage>>) -> Json<Audit> {
    stage.with(|scene, now| {
        scene.platform.advance(now);
        Json(scene.platform.audit())
    })
}
