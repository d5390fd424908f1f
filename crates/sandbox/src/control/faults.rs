//! `/control/faults`: rules about what goes wrong.

use std::sync::Arc;

use axum::Json;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::StatusCode;
use serde_json::{Value, json};

use super::problem::{Problem, read};
use crate::faults::{InForce, Rule};
use crate::stage::Stage;

pub(super) async fn list(State(stage): State<Arc<Stage>>) -> Json<Value> {
    stage.with(|scene, _| {
        Json(json!({ "rules": scene.faults.rules().iter().map(told).collect::<Vec<Value>>() }))
    })
}

pub(super) async fn add(
    State(stage): State<Arc<Stage>>,
    body: Bytes,
) -> Result<(StatusCode, Json<Value>), Problem> {
    let rule: Rule = read(&body)?;
    Ok(stage.with(|scene, _| (StatusCode::CREATED, Json(told(scene.faults.add(rule))))))
}

pub(super) async fn clear(State(stage): State<Arc<Stage>>) -> StatusCode {
    stage.with(|scene, _| scene.faults.clear());
    StatusCode::NO_CONTENT
}

/// The rule as it was posted, with its id and how often it fired.
fn told(entry: &InForce) -> Value {
    let InForce { id, rule, fired } = entry;
    let mut told = json!(rule);
    told["id"] = json!(id);
    told["fired"] = json!(fired);
    told
}
