//! `/v1/admin/keys`.

use std::time::Duration;

use axum::Json;
use axum::body::Bytes;
use axum::extract::rejection::BytesRejection;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use serde_json::{Value, json};
use store::Store;
use store::merchant::ApiKey;

use super::api_key::{hash_of, id_of};
use super::issuing::{self, Issued, KeyError, KeyRefusal};
use super::merchants::whole;
use super::operator::{Office, Operator};
use super::request;
use crate::api::problem::Problem;

type Body = Result<Bytes, BytesRejection>;

/// All keys, the operators' first, then by merchant id; oldest first.
pub(super) async fn list(State(office): State<Office>, _: Operator) -> Result<Json<Value>, Problem> {
    let store = &office.gateway.store;
    let mut keys = store.api_keys(None).await?;
    for account in office.gateway.merchants.all() {
        keys.extend(store.api_keys(Some(&account.merchant.mchid)).await?);
    }
    let keys: Vec<Value> = keys.iter().map(shown).collect();
    Ok(Json(json!({ "keys": keys })))
}

/// Makes one; its text is shown here and never again.
pub(super) async fn create(
    State(office): State<Office>,
    Operator(actor): Operator,
    body: Body,
) -> Result<Response, Problem> {
    let new = request::new_api_key(&whole(body)?)?;
    let issued = issuing::issue(&office.gateway, new, &actor).await?;
    Ok((StatusCode::CREATED, Json(shown_once(&issued))).into_response())
}

/// Makes one in the place of another, which is taken for a while yet.
pub(super) async fn replace(
    State(office): State<Office>,
    Operator(actor): Operator,
    Path(id): Path<String>,
    body: Body,
) -> Result<Response, Problem> {
    let overlap = Duration::from_secs(request::overlap_s(&whole(body)?)?);
    let hash = hash_of(&id).ok_or(KeyError::Refused(KeyRefusal::UnknownKey))?;
    let issued = issuing::replace(&office.gateway, &hash, overlap, &actor).await?;
    Ok((StatusCode::CREATED, Json(shown_once(&issued))).into_response())
}

/// Takes one back.
pub(super) async fn revoke(
    State(office): State<Office>,
    Operator(actor): Operator,
    Path(id): Path<String>,
) -> Result<StatusCode, Problem> {
    let hash = hash_of(&id).ok_or(KeyError::Refused(KeyRefusal::UnknownKey))?;
    issuing::revoke(&office.gateway, &hash, &actor).await?;
    Ok(StatusCode::NO_CONTENT)
}

fn shown_once(issued: &Issued) -> Value {
    let mut key = shown(&issued.stored);
    key["key"] = issued.key.expose().into();
    key
}

fn shown(key: &ApiKey) -> Value {
    let ApiKey { hash, name, mchid, sub_mchid, scopes, created_at, not_after } = key;
    json!({
        "id": id_of(hash),
        "name": name,
        "mchid": mchid.as_ref().map(|mchid| mchid.as_str()),
        "sub_mchid": sub_mchid.as_ref().map(|sub_mchid| sub_mchid.as_str()),
        "scopes": scopes,
        "created_at": created_at.to_string(),
        "not_after": not_after.map(|not_after| not_after.to_string()),
    })
}
