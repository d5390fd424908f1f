//! `POST /control/platform_keys/rotate`: the platform begins to sign with another certificate.

use std::sync::{Arc, PoisonError};

use axum::Json;
use axum::extract::State;
use serde_json::{Value, json};

use super::problem::Problem;
use crate::clock::shared::Clock;
use crate::credentials::{self, Now};
use crate::stage::Stage;

pub(super) async fn rotate(State(stage): State<Arc<Stage>>) -> Result<Json<Value>, Problem> {
    let rotated = tokio::task::spawn_blocking(move || {
        // One after the other: each rotation writes files.
        let _alone = stage.rotating.lock().unwrap_or_else(PoisonError::into_inner);
        let now = Now { platform: stage.clock.now(), real: Clock::real().now() };
        let keyring = credentials::rotate(&stage.data, &stage.keyring(), now)?;
        let newest = keyring.newest_certificate().name.to_string();
        // Merchants' certificates may have been issued since the view was taken.
        stage.with(|scene, _| scene.keyring = scene.keyring.with_platform_keys_of(&keyring));
        Ok::<String, credentials::CredentialsError>(newest)
    });
    let serial_no = rotated.await.map_err(Problem::internal)?.map_err(Problem::internal)?;
    Ok(Json(json!({ "serial_no": serial_no })))
}
