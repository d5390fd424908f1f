//! Merchant ids and what belongs to them.

use std::collections::BTreeMap;

use refunds::weight::Weight;
use wechatpay::ids::Mchid;

use super::columns::{Result, Row, at, checked, count, limit, plain, signed, word};
use super::connection::Connection;
use super::job::Fault;
use crate::error::StoreError;
use crate::merchant::{AuditLine, Audited, Merchant, Put, Secret};
use crate::rows::Unreadable;
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
    connection.exists("SELECT 1 FROM merchants WHERE mchid = ?1", values![mchid])
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
        sub_merchants,
    } = merchant;
    let mchid = mchid.as_str();
    let other_form = connection.exists(
        "SELECT 1 FROM merchants m WHERE mchid = ?1 AND number_form <> ?2 \
             AND EXISTS (SELECT 1 FROM refunds r WHERE r.mchid = m.mchid)",
        values![mchid, number_form.write().as_ref()],
    )?;
    if other_form {
        return Ok(Put::NumberFormIsFixed);
    }
    put!(connection, "merchants", { mchid: mchid }, {
        mode: mode.write().as_ref(),
        number_form: number_form.write().as_ref(),
        settlement_currency: settlement_currency.code(),
        wire: wire.write().as_ref(),
        region: region.write().as_ref(),
        appid: appid.as_str(),
        is_sandbox: is_sandbox,
    })?;
    connection.execute(
        "INSERT INTO ownership (mchid, node, epoch, feed_seq) VALUES (?1, '', 0, 0) ON CONFLICT DO NOTHING",
        values![mchid],
    )?;
    set_up_anew(connection, mchid)?;
    connection.execute("DELETE FROM sub_merchants WHERE mchid = ?1", values![mchid])?;
    for (sub_mchid, weight) in sub_merchants {
        insert!(connection, "sub_merchants", {
            mchid: mchid,
            sub_mchid: sub_mchid.as_str(),
            weight: weight.percent(),
        })?;
    }
    connection.execute("DELETE FROM api_hosts WHERE mchid = ?1", values![mchid])?;
    for (n, url) in (0_i64..).zip(api_hosts) {
        insert!(connection, "api_hosts", { mchid: mchid, n: n, url: url })?;
    }
    Ok(Put::Stored)
}

/// All merchant ids. What belongs to them is read beside them, not one after the other: there may be thousands.
pub(crate) fn all(connection: &Connection) -> Result<Vec<Merchant>> {
    let mut merchants: BTreeMap<Mchid, Merchant> = connection
        .query(
            "SELECT mchid, mode, number_form, settlement_currency, wire, region, appid, is_sandbox FROM merchants \
             ORDER BY mchid",
            &[],
            |row| {
                let mchid: Mchid = word(row, 0)?;
                let merchant = Merchant {
                    mchid: mchid.clone(),
                    mode: word(row, 1)?,
                    number_form: word(row, 2)?,
                    settlement_currency: word(row, 3)?,
                    wire: word(row, 4)?,
                    region: word(row, 5)?,
                    appid: word(row, 6)?,
                    api_hosts: vec![],
                    is_sandbox: plain(row, 7)?,
                    sub_merchants: BTreeMap::new(),
                };
                Ok((mchid, merchant))
            },
        )?
        .into_iter()
        .collect();
    let served = "SELECT mchid, sub_mchid, weight FROM sub_merchants ORDER BY mchid, sub_mchid";
    let served = connection.query(served, &[], |row| Ok((word(row, 0)?, word(row, 1)?, weight(row, 2)?)))?;
    for (mchid, sub_mchid, weight) in served {
        if let Some(merchant) = merchants.get_mut::<Mchid>(&mchid) {
            merchant.sub_merchants.insert(sub_mchid, weight);
        }
    }
    let hosts = "SELECT mchid, url FROM api_hosts ORDER BY mchid, n";
    for (mchid, url) in connection.query(hosts, &[], |row| Ok((word(row, 0)?, plain(row, 1)?)))? {
        if let Some(merchant) = merchants.get_mut::<Mchid>(&mchid) {
            merchant.api_hosts.push(url);
        }
    }
    Ok(merchants.into_values().collect())
}

fn weight(row: &Row<'_>, column: usize) -> Result<Weight> {
    let percent = count(row, column)?;
    checked(column, Weight::of_percent(percent).map_err(|_| Unreadable::new("weight", percent.to_string())))
}

/// Counts a change of how a merchant id is set up.
fn set_up_anew(connection: &Connection, mchid: &str) -> Result<()> {
    connection.execute("UPDATE ownership SET set_up = set_up + 1 WHERE mchid = ?1", values![mchid])?;
    Ok(())
}

pub(super) fn put_secret(connection: &Connection, secret: &Secret) -> Result<()> {
    let Secret { mchid, name, version, key_id, sealed } = secret;
    put!(connection, "secrets", { mchid: mchid.as_str(), name: name, version: version }, {
        key_id: key_id,
        sealed: sealed,
    })?;
    set_up_anew(connection, mchid.as_str())?;
    Ok(())
}

pub(super) fn secrets(connection: &Connection, mchid: &Mchid) -> Result<Vec<Secret>> {
    connection.query(
        "SELECT name, version, key_id, sealed FROM secrets WHERE mchid = ?1 ORDER BY name, version",
        values![mchid.as_str()],
        |row| {
            Ok(Secret {
                mchid: mchid.clone(),
                name: plain(row, 0)?,
                version: count(row, 1)?,
                key_id: plain(row, 2)?,
                sealed: plain(row, 3)?,
            })
        },
    )
}

pub(super) fn audit(connection: &Connection, line: &AuditLine) -> Result<Audited> {
    let AuditLine { mchid, n, at, actor, action, detail, previous, hash } = line;
    let newest = connection.first(
        "SELECT n, hash FROM audit WHERE mchid = ?1 ORDER BY n DESC LIMIT 1",
        values![mchid.as_str()],
        |row| Ok((count::<u64>(row, 0)?, plain(row, 1)?)),
    )?;
    let (last, hash_before): (u64, [u8; 32]) = newest.unwrap_or_default();
    // The same line again: whoever wrote it did not hear that it was written.
    if *n == last && *hash == hash_before {
        return Ok(Audited::Written);
    }
    if *n != last + 1 || *previous != hash_before {
        return Ok(Audited::Outrun);
    }
    connection.execute(
        "INSERT INTO audit (mchid, n, at, actor, action, detail, previous, hash) \
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)",
        values![mchid.as_str(), signed(*n), microseconds(*at), actor, action, detail, previous, hash],
    )?;
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
            actor: plain(row, 2)?,
            action: plain(row, 3)?,
            detail: plain(row, 4)?,
            previous: plain(row, 5)?,
            hash: plain(row, 6)?,
        })
    };
    connection.query(
        "SELECT n, at, actor, action, detail, previous, hash FROM audit WHERE mchid = ?1 AND n > ?2 \
             ORDER BY n LIMIT ?3",
        values![mchid.as_str(), signed(after), limit(lines)],
        read,
    )
}
