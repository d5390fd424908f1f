//! Pools by the day: the books an owner keeps of each, and what was told of those that are past.

use std::ops::RangeInclusive;

use refunds::batch::PoolDay;
use refunds::intake::Arrival;
use refunds::pool::exchange::Night;
use refunds::pool::past::{PastDay, Promises};
use refunds::pool::price::Spent;
use rusqlite::types::ValueRef;
use rusqlite::{Connection, OptionalExtension, Row, params};
use wechatpay::china::ChinaDay;
use wechatpay::ids::Mchid;
use wechatpay::money::Currency;

use super::columns::{Result, count, document, id, limit, refund_key, word};
use super::intake::{Written, arrive};
use super::merchants;
use crate::intake::NewPastDay;
use crate::past::Kept;
use crate::rows::Document;
use crate::rows::looks::Looks;
use crate::rows::paid::Paid;
use crate::rows::text::Text;

macro_rules! select_books {
    ($rest:literal) => {
        concat!(
            "SELECT day, pool, confirmed, reported, accepted, returned, told, promises_kept, promises_broken, \
             night_drawn, refundable_at_s, gone_at_s, refusals_spent, hours_waited, \
             kept_for FROM pool_days WHERE mchid = ?1 AND ",
            $rest
        )
    };
}

fn read_books(mchid: &Mchid, row: &Row<'_>) -> Result<PoolDay> {
    let kept_for = match row.get_ref(14)? {
        ValueRef::Null => None,
        _ => Some(refund_key(mchid, row, 14)?),
    };
    Ok(PoolDay {
        day: word(row, 0)?,
        pool: word(row, 1)?,
        confirmed: row.get(2)?,
        reported: row.get(3)?,
        accepted: row.get(4)?,
        returned: row.get(5)?,
        told: document::<Looks>(row, 6)?.told(),
        promises: Promises { kept: count(row, 7)?, broken: count(row, 8)? },
        night: Night { drawn: row.get(9)?, refundable_at: row.get(10)?, gone_at: row.get(11)? },
        spent: Spent { refusals: count(row, 12)?, hours: count(row, 13)? },
        kept_for,
    })
}

/// The books of all pools of these days, by day.
pub(super) fn of_days(
    connection: &Connection,
    mchid: &Mchid,
    days: &RangeInclusive<ChinaDay>,
) -> Result<Vec<PoolDay>> {
    let (first, last) = (days.start().write(), days.end().write());
    connection
        .prepare_cached(select_books!("day BETWEEN ?2 AND ?3 ORDER BY day, pool"))?
        .query_map(params![mchid.as_str(), first.as_ref(), last.as_ref()], |row| read_books(mchid, row))?
        .collect()
}

/// The books of one pool, by day.
pub(super) fn of_pool(
    connection: &Connection,
    mchid: &Mchid,
    pool: Currency,
    days: &RangeInclusive<ChinaDay>,
) -> Result<Vec<PoolDay>> {
    let (first, last) = (days.start().write(), days.end().write());
    connection
        .prepare_cached(select_books!("day BETWEEN ?2 AND ?3 AND pool = ?4 ORDER BY day"))?
        .query_map(params![mchid.as_str(), first.as_ref(), last.as_ref(), pool.code()], |row| {
            read_books(mchid, row)
        })?
        .collect()
}

/// Stores the books of a day, in place of those before.
pub(super) fn write_books(connection: &Connection, mchid: &Mchid, books: &PoolDay) -> Result<()> {
    let PoolDay {
        pool,
        day,
        confirmed,
        reported,
        accepted,
        returned,
        told,
        promises,
        night,
        spent,
        kept_for,
    } = books;
    let Promises { kept, broken } = promises;
    let Night { drawn, refundable_at, gone_at } = night;
    let Spent { refusals, hours } = spent;
    connection
        .prepare_cached(
            "INSERT OR REPLACE INTO pool_days (mchid, day, pool, confirmed, reported, accepted, returned, told, \
             promises_kept, promises_broken, night_drawn, refundable_at_s, gone_at_s, refusals_spent, hours_waited, \
             kept_for) \
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16)",
        )?
        .execute(params![
            mchid.as_str(),
            day.write().as_ref(),
            pool.code(),
            confirmed,
            reported,
            accepted,
            returned,
            Looks::of(told).write(),
            kept,
            broken,
            drawn,
            refundable_at,
            gone_at,
            refusals,
            hours,
            kept_for.as_ref().map(|key| id(key.as_str())),
        ])?;
    Ok(())
}

/// Takes in what is told of a past day. Whether it was news.
pub(super) fn record(connection: &Connection, new: &NewPastDay) -> Written<bool> {
    let NewPastDay { mchid, pool, day, paid: _, refunded: _, source: _, at } = new;
    merchants::expect(connection, mchid)?;
    let known = connection
        .prepare_cached(
            "SELECT day, refunded, source, curve FROM past_days WHERE mchid = ?1 AND pool = ?2 AND day = ?3",
        )?
        .query_row(params![mchid.as_str(), pool.code(), day.write().as_ref()], read_kept)
        .optional()?;
    let known = known.map(|(_, kept)| kept);
    let Some(Kept { paid, refunded, source }) = Kept::news(new, known.as_ref()) else { return Ok(false) };
    connection
        .prepare_cached(
            "INSERT OR REPLACE INTO past_days (mchid, pool, day, refunded, source, curve) \
             VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
        )?
        .execute(params![
            mchid.as_str(),
            pool.code(),
            day.write().as_ref(),
            refunded,
            source.write().as_ref(),
            Paid::of(&paid).write(),
        ])?;
    arrive(connection, mchid, &Arrival::PastDay(*day), *at)?;
    Ok(true)
}

fn read_kept(row: &Row<'_>) -> Result<(ChinaDay, Kept)> {
    let kept = Kept { refunded: row.get(1)?, source: word(row, 2)?, paid: document::<Paid>(row, 3)?.curve() };
    Ok((word(row, 0)?, kept))
}

/// The newest `days` past days of each pool, by pool, oldest first.
pub(super) fn past(connection: &Connection, mchid: &Mchid, days: usize) -> Result<Vec<PastDay>> {
    let pools: Vec<Currency> = connection
        .prepare_cached("SELECT DISTINCT pool FROM past_days WHERE mchid = ?1 ORDER BY pool")?
        .query_map([mchid.as_str()], |row| word(row, 0))?
        .collect::<Result<_>>()?;
    let mut past = vec![];
    for pool in pools {
        let mut newest: Vec<(ChinaDay, Kept)> = connection
            .prepare_cached(
                "SELECT day, refunded, source, curve FROM past_days WHERE mchid = ?1 AND pool = ?2 \
                 ORDER BY day DESC LIMIT ?3",
            )?
            .query_map(params![mchid.as_str(), pool.code(), limit(days)], read_kept)?
            .collect::<Result<_>>()?;
        newest.reverse();
        for (day, kept) in newest {
            let books = of_pool(connection, mchid, pool, &(day..=day))?;
            past.push(kept.past_day(pool, day, books.first()));
        }
    }
    Ok(past)
}
