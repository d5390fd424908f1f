//! `/v1/admin/keys`.

use std::collections::BTreeSet;
use std::time::Duration;

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use serde::Serialize;
use store::Store;
use store::merchant::ApiKey;
use utoipa::ToSchema;

use super::api_key::{hash_of, id_of};
use super::bodies::{NewApiKeyBody, ReplacementBody};
use super::issuing::{self, Issued, KeyError, KeyRefusal};
use super::operator::{Office, Operator};
use super::request;
use crate::api::problem::Problem;
use crate::api::request::body::{JsonBytes, OptionalJsonBytes};
use crate::api::request::path::Named;

/// All keys.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = ApiKeys)]
pub(super) struct KeysView {
    /// The operators' first, then by merchant id; oldest first.
    keys: Vec<KeyView>,
}

/// A key of the API, without its text.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = ApiKey, example = json!({
    "id": "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad", "name": "till 4", "mchid": "1900000001",
    "sub_mchid": "1900000101", "scopes": ["payments:write", "refunds:read", "refunds:write"],
    "created_at": "2026-05-08T01:00:00Z", "not_after": "2027-01-01T00:00:00Z"
}))]
pub(super) struct KeyView {
    /// What it is called here: the SHA-256 of its text. It opens nothing.
    id: String,
    /// What people call it.
    name: String,
    /// The merchant id it is bound to; null for an operator's.
    mchid: Option<String>,
    /// The sub-merchant it is bound to, if to one.
    sub_mchid: Option<String>,
    /// What it may do.
    scopes: BTreeSet<String>,
    /// When it was made.
    created_at: String,
    /// The last instant at which it is taken; null if it has no end.
    not_after: Option<String>,
}

/// A key of the API that was just made.
#[derive(Serialize, ToSchema)]
#[schema(as = MadeApiKey, example = json!({
    "key": "tg_EXAMPLE", "id": "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad", "name": "till 4",
    "mchid": "1900000001", "sub_mchid": "1900000101", "scopes": ["payments:write", "refunds:read", "refunds:write"],
    "created_at": "2026-05-08T01:00:00Z", "not_after": "2027-01-01T00:00:00Z"
}))]
struct MadeKeyView {
    /// The key. It is shown this once and kept nowhere.
    key: String,
    /// What is kept of it.
    #[serde(flatten)]
    kept: KeyView,
}

/// List the keys
#[utoipa::path(
    get, path = "/v1/admin/keys", operation_id = "list_keys", tag = "operator",
    responses((status = 200, description = "All keys, without their texts.", body = KeysView)),
    security(("key" = ["admin"])),
)]
pub(super) async fn list(State(office): State<Office>, _: Operator) -> Result<Json<KeysView>, Problem> {
    let store = &office.gateway.store;
    let mut keys = store.api_keys(None).await?;
    for account in office.gateway.merchants.all() {
        keys.extend(store.api_keys(Some(&account.merchant.mchid)).await?);
    }
    Ok(Json(KeysView { keys: keys.iter().map(shown).collect() }))
}

/// Make a key
///
/// Its text is shown in this answer and never again.
#[utoipa::path(
    post, path = "/v1/admin/keys", operation_id = "create_key", tag = "operator",
    request_body = NewApiKeyBody,
    responses((status = 201, description = "The key was made.", body = MadeKeyView)),
    security(("key" = ["admin"])),
)]
pub(super) async fn create(
    State(office): State<Office>,
    Operator(actor): Operator,
    JsonBytes(bytes): JsonBytes,
) -> Result<Response, Problem> {
    let new = request::new_api_key(&bytes)?;
    let issued = issuing::issue(&office.gateway, new, &actor).await?;
    Ok((StatusCode::CREATED, Json(shown_once(&issued))).into_response())
}

/// Replace a key
///
/// Makes a key that may do the same; the old one is taken for a while yet, so that no request fails. The body may be left
/// out.
#[utoipa::path(
    post, path = "/v1/admin/keys/{id}/replace", operation_id = "replace_key", tag = "operator",
    params(("id" = String, Path, description = "The old key's id.",
        example = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad")),
    request_body = Option<ReplacementBody>,
    responses((status = 201, description = "The new key was made.", body = MadeKeyView)),
    security(("key" = ["admin"])),
)]
pub(super) async fn replace(
    State(office): State<Office>,
    Operator(actor): Operator,
    Named(id): Named,
    OptionalJsonBytes(bytes): OptionalJsonBytes,
) -> Result<Response, Problem> {
    let overlap = Duration::from_secs(request::overlap_s(&bytes)?);
    let hash = hash_of(&id).ok_or(KeyError::Refused(KeyRefusal::UnknownKey))?;
    let issued = issuing::replace(&office.gateway, &hash, overlap, &actor).await?;
    Ok((StatusCode::CREATED, Json(shown_once(&issued))).into_response())
}

/// Take a key back
///
/// From now on it opens nothing.
#[utoipa::path(
    delete, path = "/v1/admin/keys/{id}", operation_id = "revoke_key", tag = "operator",
    params(("id" = String, Path, description = "The key's id.",
        example = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad")),
    responses((status = 204, description = "It was taken back.")),
    security(("key" = ["admin"])),
)]
pub(super) async fn revoke(
    State(office): State<Office>,
    Operator(actor): Operator,
    Named(id): Named,
) -> Result<StatusCode, Problem> {
    let hash = hash_of(&id).ok_or(KeyError::Refused(KeyRefusal::UnknownKey))?;
    issuing::revoke(&office.gateway, &hash, &actor).await?;
    Ok(StatusCode::NO_CONTENT)
}

fn shown_once(issued: &Issued) -> MadeKeyView {
    MadeKeyView { key: issued.key.expose().to_owned(), kept: shown(&issued.stored) }
}

fn shown(key: &ApiKey) -> KeyView {
    let ApiKey { hash, name, mchid, sub_mchid, scopes, created_at, not_after } = key;
    KeyView {
        id: id_of(hash),
        name: name.clone(),
        mchid: mchid.as_ref().map(ToString::to_string),
        sub_mchid: sub_mchid.as_ref().map(ToString::to_string),
        scopes: scopes.iter().cloned().collect(),
        created_at: created_at.to_string(),
        not_after: not_after.map(|not_after| not_after.to_string()),
    }
}
