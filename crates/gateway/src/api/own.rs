//! `GET /v1/me`: who the key belongs to, what it may do, and within which limits.

use axum::Json;
use serde::Serialize;
use utoipa::ToSchema;

use super::access::Caller;
use super::refunds::{list, recent_checks};
use super::request::{body, prefer};

/// A key and its limits.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Me, example = json!({
    "key_name": "till 4", "mchid": "1900000001", "sub_mchid": "1900000101", "scopes": ["refunds:read", "refunds:write"],
    "not_after": null, "limits": {"body_bytes": 65536, "wait_s": 30, "list_limit": 200, "check_every_s": 10}
}))]
pub struct Me {
    /// What people call the key.
    key_name: String,
    /// The merchant id it is bound to; null for the operator's.
    mchid: Option<String>,
    /// The sub-merchant it is bound to, if to one.
    sub_mchid: Option<String>,
    /// What it may do.
    scopes: Vec<String>,
    /// The last instant at which it is taken; null if it has no end.
    not_after: Option<String>,
    /// Limits of the interface.
    limits: Limits,
}

/// Limits of the interface.
#[derive(Debug, Serialize, ToSchema)]
struct Limits {
    /// The largest body, in bytes.
    body_bytes: usize,
    /// The longest `Prefer: wait`, in seconds.
    wait_s: u64,
    /// The most refunds on a page.
    list_limit: usize,
    /// The least time between two checks of a refund, in seconds.
    check_every_s: u64,
}

/// Show who I am
#[utoipa::path(
    get, path = "/v1/me", operation_id = "show_me", tag = "interface",
    responses((status = 200, description = "The key that the request bears.", body = Me)),
    security(("key" = [])),
)]
pub async fn show_me(caller: Caller) -> Json<Me> {
    let key = caller.key;
    Json(Me {
        key_name: key.name,
        mchid: key.mchid.map(|mchid| mchid.to_string()),
        sub_mchid: key.sub_mchid.map(|sub_mchid| sub_mchid.to_string()),
        scopes: key.scopes.into_iter().collect(),
        not_after: key.not_after.map(|at| at.to_string()),
        limits: Limits {
            body_bytes: body::LIMIT,
            wait_s: prefer::LONGEST_WAIT.as_secs(),
            list_limit: list::LIMIT.1,
            check_every_s: recent_checks::EVERY.as_secs(),
        },
    })
}
