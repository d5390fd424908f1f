//! `GET /control/requests?after=&limit=`: what arrived, with the signed text that was expected.

use std::sync::Arc;

use axum::Json;
use axum::extract::rejection::QueryRejection;
use axum::extract::{Query, State};
use serde::Deserialize;
use serde_json::{Value, json};

use super::problem::Problem;
use crate::stage::Stage;

/// How many are answered at once, unless more or fewer are asked for; never more than the other.
const USUAL: usize = 100;
const MOST: usize = 1000;

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Wanted {
    after: Option<u64>,
    limit: Option<usize>,
}

pub(super) async fn list(
    State(stage): State<Arc<Stage>>,
    wanted: Result<Query<Wanted>, QueryRejection>,
) -> Result<Json<Value>, Problem> {
    let Query(Wanted { after, limit }) =
        wanted.map_err(|rejection| Problem::invalid(rejection.body_text()))?;
    let (after, limit) = (after.unwrap_or(0), limit.unwrap_or(USUAL).min(MOST));
    Ok(stage.with(|scene, _| {
        let later = scene.record.entries().skip_while(|entry| entry.n <= after);
        let requests: Vec<Value> = later.take(limit).map(|entry| json!(entry)).collect();
        Json(json!({ "requests": requests }))
    }))
}
