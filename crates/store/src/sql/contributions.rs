//! What sub-merchants have brought to pools, and how far their reports held.

use refunds::pool::contribution::Contribution;
use wechatpay::ids::Mchid;

use super::columns::{Result, Row, plain, sub_mchid, sub_text, word};
use super::connection::Connection;
use crate::rows::text::Text;

/// All of a merchant id, by pool and sub-merchant.
pub(super) fn all(connection: &Connection, mchid: &Mchid) -> Result<Vec<Contribution>> {
    connection.query("SELECT pool, sub_mchid, judged, confirmed, unchecked, day, brought, brought_before FROM contributions \
             WHERE mchid = ?1 ORDER BY pool, sub_mchid", values![mchid.as_str()], read)
}

fn read(row: &Row<'_>) -> Result<Contribution> {
    Ok(Contribution {
        pool: word(row, 0)?,
        sub_mchid: sub_mchid(row, 1)?,
        judged: plain(row, 2)?,
        confirmed: plain(row, 3)?,
        unchecked: plain(row, 4)?,
        day: word(row, 5)?,
        brought: plain(row, 6)?,
        brought_before: plain(row, 7)?,
    })
}

/// Stores one, in place of what was known of it.
pub(super) fn write(connection: &Connection, mchid: &Mchid, contribution: &Contribution) -> Result<()> {
    let Contribution { pool, sub_mchid, judged, confirmed, unchecked, day, brought, brought_before } =
        contribution;
    put!(connection, "contributions", {
        mchid: mchid.as_str(),
        pool: pool.code(),
        sub_mchid: sub_text(sub_mchid.as_ref()),
    }, {
        judged: judged,
        confirmed: confirmed,
        unchecked: unchecked,
        day: day.write().as_ref(),
        brought: brought,
        brought_before: brought_before,
    })?;
    Ok(())
}
