//! What sub-merchants have brought to pools, and how far their reports held.

use refunds::pool::contribution::Contribution;
use rusqlite::{Connection, Row, params};
use wechatpay::ids::Mchid;

use super::columns::{Result, sub_mchid, sub_text, word};
use crate::rows::text::Text;

/// All of a merchant id, by pool and sub-merchant.
pub(super) fn all(connection: &Connection, mchid: &Mchid) -> Result<Vec<Contribution>> {
    connection
        .prepare_cached(
            "SELECT pool, sub_mchid, judged, confirmed, unchecked, day, brought, brought_before FROM contributions \
             WHERE mchid = ?1 ORDER BY pool, sub_mchid",
        )?
        .query_map([mchid.as_str()], read)?
        .collect()
}

fn read(row: &Row<'_>) -> Result<Contribution> {
    Ok(Contribution {
        pool: word(row, 0)?,
        sub_mchid: sub_mchid(row, 1)?,
        judged: row.get(2)?,
        confirmed: row.get(3)?,
        unchecked: row.get(4)?,
        day: word(row, 5)?,
        brought: row.get(6)?,
        brought_before: row.get(7)?,
    })
}

/// Stores one, in place of what was known of it.
pub(super) fn write(connection: &Connection, mchid: &Mchid, contribution: &Contribution) -> Result<()> {
    let Contribution { pool, sub_mchid, judged, confirmed, unchecked, day, brought, brought_before } =
        contribution;
    connection
        .prepare_cached(
            "INSERT OR REPLACE INTO contributions (mchid, pool, sub_mchid, judged, confirmed, unchecked, day, brought, \
             brought_before) \
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)",
        )?
        .execute(params![
            mchid.as_str(),
            pool.code(),
            sub_text(sub_mchid.as_ref()),
            judged,
            confirmed,
            unchecked,
            day.write().as_ref(),
            brought,
            brought_before,
        ])?;
    Ok(())
}
