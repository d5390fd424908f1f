//! Keys of the API. An operator's key has no merchant id, which its column holds as the empty text.

use rusqlite::{Connection, OptionalExtension, Row, params};
use wechatpay::ids::Mchid;

use super::columns::{Result, at, at_if_any, mchid_if_any, sub_mchid, sub_text};
use crate::merchant::ApiKey;
use crate::rows::value::microseconds;

macro_rules! select {
    ($rest:literal) => {
        concat!("SELECT hash, name, mchid, sub_mchid, scopes, created_at, not_after FROM api_keys ", $rest)
    };
}

fn read(row: &Row<'_>) -> Result<ApiKey> {
    let scopes: String = row.get(4)?;
    Ok(ApiKey {
        hash: row.get(0)?,
        name: row.get(1)?,
        mchid: mchid_if_any(row, 2)?,
        sub_mchid: sub_mchid(row, 3)?,
        scopes: scopes.split_whitespace().map(str::to_owned).collect(),
        created_at: at(row, 5)?,
        not_after: at_if_any(row, 6)?,
    })
}

pub(super) fn put(connection: &Connection, key: &ApiKey) -> Result<()> {
    let ApiKey { hash, name, mchid, sub_mchid, scopes, created_at, not_after } = key;
    let scopes: Vec<&str> = scopes.iter().map(String::as_str).collect();
    connection
        .prepare_cached(
            "INSERT OR REPLACE INTO api_keys (hash, name, mchid, sub_mchid, scopes, created_at, not_after) \
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
        )?
        .execute(params![
            hash,
            name,
            mchid_text(mchid.as_ref()),
            sub_text(sub_mchid.as_ref()),
            scopes.join(" "),
            microseconds(*created_at),
            not_after.map(microseconds)
        ])?;
    Ok(())
}

pub(super) fn by_hash(connection: &Connection, hash: &[u8; 32]) -> Result<Option<ApiKey>> {
    connection.prepare_cached(select!("WHERE hash = ?1"))?.query_row([hash], read).optional()
}

pub(super) fn bound_to(connection: &Connection, mchid: Option<&Mchid>) -> Result<Vec<ApiKey>> {
    connection
        .prepare_cached(select!("WHERE mchid = ?1 ORDER BY created_at, hash"))?
        .query_map([mchid_text(mchid)], read)?
        .collect()
}

pub(super) fn remove(connection: &Connection, hash: &[u8; 32]) -> Result<bool> {
    let removed = connection.prepare_cached("DELETE FROM api_keys WHERE hash = ?1")?.execute([hash])?;
    Ok(removed == 1)
}

fn mchid_text(mchid: Option<&Mchid>) -> &str {
    mchid.map_or("", Mchid::as_str)
}
