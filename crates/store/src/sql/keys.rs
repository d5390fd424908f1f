//! Keys of the API. An operator's key has no merchant id, which its column holds as the empty text.

use wechatpay::ids::Mchid;

use super::columns::{Result, Row, at, at_if_any, mchid_if_any, plain, sub_mchid, sub_text};
use super::connection::Connection;
use crate::merchant::ApiKey;
use crate::rows::value::microseconds;

macro_rules! select {
    ($rest:literal) => {
        concat!("SELECT hash, name, mchid, sub_mchid, scopes, created_at, not_after FROM api_keys ", $rest)
    };
}

fn read(row: &Row<'_>) -> Result<ApiKey> {
    let scopes: String = plain(row, 4)?;
    Ok(ApiKey {
        hash: plain(row, 0)?,
        name: plain(row, 1)?,
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
    put!(connection, "api_keys", { hash: hash }, {
        name: name,
        mchid: mchid_text(mchid.as_ref()),
        sub_mchid: sub_text(sub_mchid.as_ref()),
        scopes: scopes.join(" "),
        created_at: microseconds(*created_at),
        not_after: not_after.map(microseconds),
    })?;
    Ok(())
}

pub(crate) fn by_hash(connection: &Connection, hash: &[u8; 32]) -> Result<Option<ApiKey>> {
    connection.first(select!("WHERE hash = ?1"), values![hash], read)
}

pub(super) fn bound_to(connection: &Connection, mchid: Option<&Mchid>) -> Result<Vec<ApiKey>> {
    connection.query(select!("WHERE mchid = ?1 ORDER BY created_at, hash"), values![mchid_text(mchid)], read)
}

pub(super) fn remove(connection: &Connection, hash: &[u8; 32]) -> Result<bool> {
    let removed = connection.execute("DELETE FROM api_keys WHERE hash = ?1", values![hash])?;
    Ok(removed == 1)
}

fn mchid_text(mchid: Option<&Mchid>) -> &str {
    mchid.map_or("", Mchid::as_str)
}
