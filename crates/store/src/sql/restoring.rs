//! That the store was put back from a backup.

use refunds::batch::Epoch;
use wechatpay::ids::Mchid;

use super::columns::{at, count, signed};
use super::connection::Connection;
use super::intake::Written;
use super::job::Fault;
use super::merchants;
use crate::restoration::Restoration;
use crate::rows::value::microseconds;

pub(super) fn restore(
    connection: &Connection,
    mchid: &Mchid,
    restoration: Restoration,
) -> Written<Option<Epoch>> {
    let Restoration { generation, at: restored_at } = restoration;
    let noted: u64 = connection
        .first("SELECT generation FROM merchants WHERE mchid = ?1", values![mchid.as_str()], |row| {
            count(row, 0)
        })?
        .ok_or_else(|| Fault::Refused(merchants::not_set_up(mchid.as_str())))?;
    if noted >= generation {
        return Ok(None);
    }
    let youngest = connection.first(
        "SELECT created_at FROM refunds WHERE mchid = ?1 ORDER BY created_at DESC, id DESC LIMIT 1",
        values![mchid.as_str()],
        |row| at(row, 0),
    )?;
    update!(connection, "merchants", {
        generation: signed(generation),
        restored_at: microseconds(restored_at.max(youngest.unwrap_or(restored_at))),
        is_checked: false,
    }, where { mchid: mchid.as_str() })?;
    // Nobody counts as fast as the clock goes, so neither number was ever given.
    let epoch = connection.one(
        "UPDATE ownership SET node = '', epoch = CASE WHEN epoch < ?2 THEN ?2 ELSE epoch END + 1, \
         feed_seq = CASE WHEN feed_seq < ?2 THEN ?2 ELSE feed_seq END WHERE mchid = ?1 RETURNING epoch",
        values![mchid.as_str(), connection.now()?],
        |row| count(row, 0),
    )?;
    Ok(Some(Epoch(epoch)))
}
