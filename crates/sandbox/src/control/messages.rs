//! `GET /control/messages`: what arrived on phones, in mailboxes and in Official Accounts.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use serde_json::{Value, json};

use crate::merchant_platform::messages::Message;
use crate::stage::Stage;

/// All that are kept, oldest first.
pub(super) async fn list(State(stage): State<Arc<Stage>>) -> Json<Value> {
    stage.quietly(|scene, now| {
        scene.keep_up(now);
        let messages: Vec<&Message> = scene.office.messages.iter().collect();
        Json(json!({ "messages": messages }))
    })
}
