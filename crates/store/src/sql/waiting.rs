//! How many wait where, counted with every refund that comes to wait or no longer does.

use refunds::refund::{Class, Place};
use wechatpay::ids::{Mchid, SubMchid};

use super::columns::{Result, Row, count, plain, sub_mchid, sub_text, word};
use super::connection::Connection;
use super::refunds::class_number;
use crate::reading::{Lane, Waiting};
use crate::waiting::counted_need;

fn read(row: &Row<'_>) -> Result<Waiting> {
    let class =
        if plain::<i64>(row, 1)? == class_number(Class::Deadline) { Class::Deadline } else { Class::Normal };
    let lane = Lane { pool: word(row, 0)?, class, sub_mchid: sub_mchid(row, 2)?, bucket: count(row, 3)? };
    Ok(Waiting { lane, count: count(row, 4)?, sum: plain(row, 5)? })
}

/// Counts one more of `need` at `place`.
pub(super) fn enter(
    connection: &Connection,
    mchid: &Mchid,
    sub_mchid: Option<&SubMchid>,
    place: Place,
    need: i64,
) -> Result<()> {
    let Place { pool, class, bucket } = place;
    connection.execute(
        "INSERT INTO waiting_totals (mchid, pool, class, sub_mchid, bucket, count, sum) \
             VALUES (?1, ?2, ?3, ?4, ?5, 1, ?6) \
             ON CONFLICT (mchid, pool, class, sub_mchid, bucket) \
             DO UPDATE SET count = waiting_totals.count + 1, sum = waiting_totals.sum + excluded.sum",
        values![
            mchid.as_str(),
            pool.code(),
            class_number(class),
            sub_text(sub_mchid),
            bucket,
            counted_need(need)
        ],
    )?;
    Ok(())
}

/// Counts one less of `need` at `place`.
pub(super) fn leave(
    connection: &Connection,
    mchid: &Mchid,
    sub_mchid: Option<&SubMchid>,
    place: Place,
    need: i64,
) -> Result<()> {
    let Place { pool, class, bucket } = place;
    let (mchid, pool, class, sub_mchid) =
        (mchid.as_str(), pool.code(), class_number(class), sub_text(sub_mchid));
    connection.execute(
        "UPDATE waiting_totals SET count = count - 1, sum = sum - ?6 \
             WHERE mchid = ?1 AND pool = ?2 AND class = ?3 AND sub_mchid = ?4 AND bucket = ?5",
        values![mchid, pool, class, sub_mchid, bucket, counted_need(need)],
    )?;
    connection.execute(
        "DELETE FROM waiting_totals \
             WHERE mchid = ?1 AND pool = ?2 AND class = ?3 AND sub_mchid = ?4 AND bucket = ?5 AND count = 0",
        values![mchid, pool, class, sub_mchid, bucket],
    )?;
    Ok(())
}

/// All lanes in which refunds wait.
pub(super) fn totals(connection: &Connection, mchid: &Mchid) -> Result<Vec<Waiting>> {
    connection.query(
        "SELECT pool, class, sub_mchid, bucket, count, sum FROM waiting_totals WHERE mchid = ?1 \
             ORDER BY pool, class, sub_mchid, bucket",
        values![mchid.as_str()],
        read,
    )
}
