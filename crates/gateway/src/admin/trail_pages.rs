//! `/v1/admin/merchants/{mchid}/audit`.

use axum::Json;
use axum::extract::{Path, RawQuery, State};
use serde_json::{Value, json};
use store::Store;
use store::merchant::AuditLine;

use super::api_key::id_of;
use super::merchants::account;
use super::operator::{Office, Operator};
use super::trail::first_broken;
use crate::api::problem::{Code, Problem};

const USUAL_PAGE: u64 = 100;
const LONGEST_PAGE: u64 = 1000;

/// The lines after number `after`, oldest first, and whether they are as they were written.
pub(super) async fn page(
    State(office): State<Office>,
    _: Operator,
    Path(mchid): Path<String>,
    RawQuery(query): RawQuery,
) -> Result<Json<Value>, Problem> {
    let account = account(&office.gateway, &mchid)?;
    let query = query.unwrap_or_default();
    let after = number(&query, "after")?.unwrap_or(0);
    let limit = number(&query, "limit")?.unwrap_or(USUAL_PAGE).clamp(1, LONGEST_PAGE);
    let limit = usize::try_from(limit).unwrap_or(usize::MAX);
    let lines = office.gateway.store.audit_trail(&account.merchant.mchid, after, limit).await?;
    let next = lines.last().filter(|_| lines.len() == limit).map(|line| line.n);
    Ok(Json(json!({
        "lines": lines.iter().map(shown).collect::<Vec<_>>(),
        "first_broken": first_broken(&lines),
        "next_after": next,
    })))
}

fn number(query: &str, name: &'static str) -> Result<Option<u64>, Problem> {
    let value = query.split('&').filter_map(|pair| pair.split_once('=')).find(|(key, _)| *key == name);
    let Some((_, value)) = value else { return Ok(None) };
    let number = value.parse().map_err(|_| {
        Problem::new(Code::ParameterInvalid).detail(format!("`{name}` is a whole number from 0."))
    })?;
    Ok(Some(number))
}

fn shown(line: &AuditLine) -> Value {
    let AuditLine { mchid: _, n, at, actor, action, detail, previous: _, hash } = line;
    json!({
        "n": n,
        "at": at.to_string(),
        "actor": actor,
        "action": action,
        "detail": detail,
        "hash": id_of(hash),
    })
}
