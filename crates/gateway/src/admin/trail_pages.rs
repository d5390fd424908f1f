//! `/v1/admin/merchants/{mchid}/audit`.

use axum::Json;
use axum::extract::State;
use axum::http::Uri;
use serde::Serialize;
use store::Store;
use store::merchant::AuditLine;
use utoipa::ToSchema;

use super::api_key::id_of;
use super::merchants::account;
use super::operator::{Office, Operator};
use super::trail::first_broken;
use crate::api::problem::Problem;
use crate::api::request::parameters::Parameters;
use crate::api::request::path::Named;

const USUAL_PAGE: usize = 100;
const LONGEST_PAGE: usize = 1000;

/// A page of an audit trail, oldest line first.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = AuditPage, example = json!({
    "lines": [{
        "n": 1, "at": "2026-05-08T01:00:00Z", "actor": "first admin key (5f1c09ab)", "action": "merchant.pause", "detail": "",
        "hash": "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
    }],
    "first_broken": null, "next_after": null
}))]
pub(super) struct PageView {
    /// The lines.
    lines: Vec<LineView>,
    /// The number of the first line that is not as it was written or does not follow on the one before; null if none.
    first_broken: Option<u64>,
    /// `after` of the next page; null on the last one.
    next_after: Option<u64>,
}

/// One line of an audit trail.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = AuditLine)]
struct LineView {
    /// Its number, from 1.
    n: u64,
    /// When it was written.
    at: String,
    /// Who did it: the name of a key, and the beginning of its id.
    actor: String,
    /// What was done, e.g. `merchant.pause`.
    action: String,
    /// To what, and how. Never secret.
    detail: String,
    /// The SHA-256 of this line and of the hash before it.
    hash: String,
}

/// Show the audit trail
///
/// The lines after number `after`, oldest first, and whether they are as they were written.
#[utoipa::path(
    get, path = "/v1/admin/merchants/{mchid}/audit", operation_id = "show_audit_trail", tag = "operator",
    params(
        ("mchid" = String, Path, description = "The merchant id.", example = "1900000001"),
        ("after" = Option<u64>, Query, description = "After the line with this number; 0 if not given.", example = 0),
        ("limit" = Option<u32>, Query, description = "How many, 1 to 1000; 100 if not given.", example = 100),
    ),
    responses((status = 200, description = "A page.", body = PageView)),
    security(("key" = ["admin"])),
)]
pub(super) async fn page(
    State(office): State<Office>,
    _: Operator,
    Named(mchid): Named,
    uri: Uri,
) -> Result<Json<PageView>, Problem> {
    let account = account(&office.gateway, &mchid)?;
    let parameters = Parameters::read(&uri, &["after", "limit"])?;
    let after = parameters
        .optional("after", |text| text.parse::<u64>().map_err(|_| "must be a whole number from 0"))?;
    let after = after.unwrap_or(0);
    let limit = parameters.optional("limit", |text| match text.parse::<usize>() {
        Ok(limit) if (1..=LONGEST_PAGE).contains(&limit) => Ok(limit),
        _ => Err(format!("must be a whole number from 1 to {LONGEST_PAGE}")),
    })?;
    let limit = limit.unwrap_or(USUAL_PAGE);
    let lines = office.gateway.store.audit_trail(&account.merchant.mchid, after, limit).await?;
    let next = lines.last().filter(|_| lines.len() == limit).map(|line| line.n);
    Ok(Json(PageView {
        lines: lines.iter().map(shown).collect(),
        first_broken: first_broken(&lines),
        next_after: next,
    }))
}

fn shown(line: &AuditLine) -> LineView {
    let AuditLine { mchid: _, n, at, actor, action, detail, previous: _, hash } = line;
    LineView {
        n: *n,
        at: at.to_string(),
        actor: actor.clone(),
        action: action.clone(),
        detail: detail.clone(),
        hash: id_of(hash),
    }
}
