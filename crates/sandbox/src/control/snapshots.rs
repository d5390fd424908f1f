//! `POST /control/snapshots`: keeping the whole sandbox in a file, and going back to it.

use std::sync::Arc;

use axum::Json;
use axum::body::Bytes;
use axum::extract::State;
use serde::Deserialize;
use serde_json::{Value, json};

use super::problem::{Problem, read};
use crate::snapshot::{self, SnapshotError};
use crate::stage::Stage;

/// What to do: exactly one of these, with the file's name.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Wanted {
    save: Option<String>,
    restore: Option<String>,
}

pub(super) async fn change(State(stage): State<Arc<Stage>>, body: Bytes) -> Result<Json<Value>, Problem> {
    let wanted: Wanted = read(&body)?;
    let work = tokio::task::spawn_blocking(move || match (wanted.save, wanted.restore) {
        (Some(name), None) => snapshot::save(&stage, &name).map_err(refused).map(|kept| (name, kept)),
        (None, Some(name)) => snapshot::restore(&stage, &name).map_err(refused).map(|kept| (name, kept)),
        _ => Err(Problem::invalid("give exactly one of `save` and `restore`, with the name of a file")),
    });
    let (file, kept) = work.await.map_err(Problem::internal)??;
    Ok(Json(json!({ "file": file, "now": kept.now.to_string(), "generation": kept.generation })))
}

fn refused(error: SnapshotError) -> Problem {
    match error {
        SnapshotError::Name { .. } => Problem::invalid(error),
        SnapshotError::Missing { .. } => Problem::not_found(error),
        SnapshotError::Broken { .. }
        | SnapshotError::OtherVersion { .. }
        | SnapshotError::OtherWorld { .. } => Problem::conflict(error),
        SnapshotError::Io { .. } => Problem::internal(error),
    }
}
