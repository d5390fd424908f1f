//! Merchant ids and what belongs to them.

use std::collections::BTreeSet;

use rusqlite::{Connection, OptionalExtension, Row, params};
use wechatpay::ids::{Mchid, SubMchid};

use super::columns::{Result, at, count, limit, signed, word};
use super::writer::Fault;
use crate::error::StoreError;
use crate::merchant::{AuditLine, Audited, Merchant, Put, Secret};
use crate::rows::text::Text;
use crate::rows::value::microseconds;

/// That a merchant id is not set up.
pub(super) fn not_set_up(mchid: &str) -> StoreError {
    StoreError::NotThere { what: format!("merchant id {mchid}") }
}

/// Refuses a merchant id that is not set up.
pub(super) fn expect(connection: &Connection, mchid: &Mchid) -> std::result::Result<(), Fault<StoreError>> {
    if is_there(connection, mchid.as_str())? {
        Ok(())
    } else {
        Err(Fault::Refused(not_set_up(mchid.as_str())))
    }
}

pub(super) fn is_there(connection: &Connection, mchid: &str) -> Result<bool> {
    connection.prepare_cached("SELECT 1 FROM merchants WHERE mchid = ?1")?.exists([mchid])
}

pub(super) fn put(connection: &Connection, merchant: &Merchant) -> Result<Put> {
    let Merchant {
        mchid,
        mode,
        number_form,
        settlement_currency,
        wire,
        region,
        appid,
        api_hosts,
        is_sandbox,
        sub_mchids,
    } = merchant;
    let mchid = mchid.as_str();
    let other_form = connection
        .prepare_cached(
            "SELECT 1 FROM merchants m WHERE mchid = ?1 AND number_form <> ?2 \
             AND EXISTS (SELECT 1 FROM refunds r WHERE r.mchid = m.mchid)",
        )?
        .exists(params![mchid, number_form.write().as_ref()])?;
    if other_form {
        return Ok(Put::NumberFormIsFixed);
    }
    connection
        .prepare_cached(
            "INSERT INTO merchants (mchid, mode, number_form, settlement_currency, wire, region, appid, is_sandbox) \
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8) \
             ON CONFLICT DO UPDATE SET mode = excluded.mode, number_form = excluded.number_form, \
             settlement_currency = excluded.settlement_currency, wire = excluded.wire, region = excluded.region, \
             appid = excluded.appid, is_sandbox = excluded.is_sandbox",
        )?
        .execute(params![
            mchid,
            mode.write().as_ref(),
            number_form.write().as_ref(),
            settlement_currency.code(),
            wire.write().as_ref(),
            region.write().as_ref(),
            appid.as_str(),
            is_sandbox,
        ])?;
    connection
        .prepare_cached(
            "INSERT INTO ownership (mchid, node, epoch, feed_seq) VALUES (?1, '', 0, 0) ON CONFLICT DO NOTHING",
        )?
        .execute([mchid])?;
    connection.prepare_cached("DELETE FROM sub_merchants WHERE mchid = ?1")?.execute([mchid])?;
    let mut insert =
        connection.prepare_cached("INSERT INTO sub_merchants (mchid, sub_mchid) VALUES (?1, ?2)")?;
    for sub_mchid in sub_mchids {
        insert.execute([mchid, sub_mchid.as_str()])?;
    }
    connection.prepare_cached("DELETE FROM api_hosts WHERE mchid = ?1")?.execute([mchid])?;
    let mut insert =
        connection.prepare_cached("INSERT INTO api_hosts (mchid, n, url) VALUES (?1, ?2, ?3)")?;
    for (n, url) in (0_i64..).zip(api_hosts) {
        insert.execute(params![mchid, n, url])?;
    }
    Ok(Put::Stored)
}

pub(super) fn all(connection: &Connection) -> Result<Vec<Merchant>> {
    let mut served = connection
        .prepare_cached("SELECT sub_mchid FROM sub_merchants WHERE mchid = ?1 ORDER BY sub_mchid")?;
    let mut hosts = connection.prepare_cached("SELECT url FROM api_hosts WHERE mchid = ?1 ORDER BY n")?;
    connection
        .prepare_cached(
            "SELECT mchid, mode, number_form, settlement_currency, wire, region, appid, is_sandbox FROM merchants \
             ORDER BY mchid",
        )?
        .query_map([], |row| {
            let mchid: Mchid = word(row, 0)?;
            let sub_mchids: BTreeSet<SubMchid> =
                served.query_map([mchid.as_str()], |row| word(row, 0))?.collect::<Result<_>>()?;
            let api_hosts = hosts.query_map([mchid.as_str()], |row| row.get(0))?.collect::<Result<_>>()?;
            Ok(Merchant {
                mchid,
                mode: word(row, 1)?,
                number_form: word(row, 2)?,
                settlement_currency: word(row, 3)?,
                wire: word(row, 4)?,
                region: word(row, 5)?,
                appid: word(row, 6)?,
                api_hosts,
                is_sandbox: row.get(7)?,
                sub_mchids,
            })
        })?
        .collect()
}

pub(super) fn put_secret(connection: &Connection, secret: &Secret) -> Result<()> {
    let Secret { mchid, name, version, key_id, sealed } = secret;
    connection
        .prepare_cached(
            "INSERT OR REPLACE INTO secrets (mchid, name, version, key_id, sealed) VALUES (?1, ?2, ?3, ?4, ?5)",
        )?
        .execute(params![mchid.as_str(), name, version, key_id, sealed])?;
    Ok(())
}

pub(super) fn secrets(connection: &Connection, mchid: &Mchid) -> Result<Vec<Secret>> {
    connection
        .prepare_cached(
            "SELECT name, version, key_id, sealed FROM secrets WHERE mchid = ?1 ORDER BY name, version",
        )?
        .query_map([mchid.as_str()], |row| {
            Ok(Secret {
                mchid: mchid.clone(),
                name: row.get(0)?,
                version: row.get(1)?,
                key_id: row.get(2)?,
                sealed: row.get(3)?,
            })
        })?
        .collect()
}

pub(super) fn audit(connection: &Connection, line: &AuditLine) -> Result<Audited> {
    let AuditLine { mchid, n, at, actor, action, detail, previous, hash } = line;
    let newest = connection
        .prepare_cached("SELECT n, hash FROM audit WHERE mchid = ?1 ORDER BY n DESC LIMIT 1")?
        .query_row([mchid.as_str()], |row| Ok((count::<u64>(row, 0)?, row.get(1)?)))
        .optional()?;
    let (last, hash_before): (u64, [u8; 32]) = newest.unwrap_or_default();
    if *n != last + 1 || *previous != hash_before {
        return Ok(Audited::Outrun);
    }
    connection
        .prepare_cached(
            "INSERT INTO audit (mchid, n, at, actor, action, detail, previous, hash) \
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)",
        )?
        .execute(params![
            mchid.as_str(),
            signed(*n),
            microseconds(*at),
            actor,
            action,
            detail,
            previous,
            hash
        ])?;
    Ok(Audited::Written)
}

pub(super) fn audit_trail(
    connection: &Connection,
    mchid: &Mchid,
    after: u64,
    lines: usize,
) -> Result<Vec<AuditLine>> {
    let read = |row: &Row<'_>| {
        Ok(AuditLine {
            mchid: mchid.clone(),
            n: count(row, 0)?,
            at: at(row, 1)?,
            actor: row.get(2)?,
            action: row.get(3)?,
            detail: row.get(4)?,
            previous: row.get(5)?,
            hash: row.get(6)?,
        })
    };
    connection
        .prepare_cached(
            "SELECT n, at, actor, action, detail, previous, hash FROM audit WHERE mchid = ?1 AND n > ?2 \
             ORDER BY n LIMIT ?3",
        )?
        .query_map(params![mchid.as_str(), signed(after), limit(lines)], read)?
        .collect()
}
