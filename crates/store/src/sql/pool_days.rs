//! Pools by the day: the books an owner keeps of each, and what was told of those that are past.

use std::ops::RangeInclusive;

use refunds::batch::PoolDay;
use refunds::intake::Arrival;
use refunds::pool::exchange::Night;
use refunds::pool::past::{PastDay, Promises};
use refunds::pool::price::Spent;
use wechatpay::china::ChinaDay;
use wechatpay::ids::Mchid;
use wechatpay::money::Currency;

use super::columns::{Result, Row, count, count_if_any, document, id, limit, plain, refund_key_if_any, word};
use super::connection::Connection;
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
    Ok(PoolDay {
        day: word(row, 0)?,
        pool: word(row, 1)?,
        confirmed: plain(row, 2)?,
        reported: plain(row, 3)?,
        accepted: plain(row, 4)?,
        returned: plain(row, 5)?,
        told: document::<Looks>(row, 6)?.told(),
        promises: Promises { kept: count(row, 7)?, broken: count(row, 8)? },
        night: Night {
            drawn: plain(row, 9)?,
            refundable_at: count_if_any(row, 10)?,
            gone_at: count_if_any(row, 11)?,
        },
        spent: Spent { refusals: count(row, 12)?, hours: count(row, 13)? },
        kept_for: refund_key_if_any(mchid, row, 14)?,
    })
}

/// The books of all pools of these days, by day.
pub(crate) fn of_days(
    connection: &Connection,
    mchid: &Mchid,
    days: &RangeInclusive<ChinaDay>,
) -> Result<Vec<PoolDay>> {
    let (first, last) = (days.start().write(), days.end().write());
    connection.query(
        select_books!("day BETWEEN ?2 AND ?3 ORDER BY day, pool"),
        values![mchid.as_str(), first.as_ref(), last.as_ref()],
        |row| read_books(mchid, row),
    )
}

/// The books of one pool, by day.
pub(super) fn of_pool(
    connection: &Connection,
    mchid: &Mchid,
    pool: Currency,
    days: &RangeInclusive<ChinaDay>,
) -> Result<Vec<PoolDay>> {
    let (first, last) = (days.start().write(), days.end().write());
    connection.query(
        select_books!("day BETWEEN ?2 AND ?3 AND pool = ?4 ORDER BY day"),
        values![mchid.as_str(), first.as_ref(), last.as_ref(), pool.code()],
        |row| read_books(mchid, row),
    )
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
    put!(connection, "pool_days", { mchid: mchid.as_str(), day: day.write().as_ref(), pool: pool.code() }, {
        confirmed: confirmed,
        reported: reported,
        accepted: accepted,
        returned: returned,
        told: Looks::of(told).write(),
        promises_kept: kept,
        promises_broken: broken,
        night_drawn: drawn,
        refundable_at_s: refundable_at,
        gone_at_s: gone_at,
        refusals_spent: refusals,
        hours_waited: hours,
        kept_for: kept_for.as_ref().map(|key| id(key.as_str())),
    })?;
    Ok(())
}

/// Takes in what is told of a past day. Whether it was news.
pub(super) fn record(connection: &Connection, new: &NewPastDay) -> Written<bool> {
    let NewPastDay { mchid, pool, day, paid: _, refunded: _, source: _, at } = new;
    merchants::expect(connection, mchid)?;
    let known = connection.first(
        "SELECT day, refunded, source, curve FROM past_days WHERE mchid = ?1 AND pool = ?2 AND day = ?3",
        values![mchid.as_str(), pool.code(), day.write().as_ref()],
        read_kept,
    )?;
    let known = known.map(|(_, kept)| kept);
    let Some(Kept { paid, refunded, source }) = Kept::news(new, known.as_ref()) else { return Ok(false) };
    put!(connection, "past_days", { mchid: mchid.as_str(), pool: pool.code(), day: day.write().as_ref() }, {
        refunded: refunded,
        source: source.write().as_ref(),
        curve: Paid::of(&paid).write(),
    })?;
    arrive(connection, mchid, &Arrival::PastDay(*day), *at)?;
    Ok(true)
}

fn read_kept(row: &Row<'_>) -> Result<(ChinaDay, Kept)> {
    let kept =
        Kept { refunded: plain(row, 1)?, source: word(row, 2)?, paid: document::<Paid>(row, 3)?.curve() };
    Ok((word(row, 0)?, kept))
}

/// The newest `days` past days of each pool, by pool, oldest first.
pub(super) fn past(connection: &Connection, mchid: &Mchid, days: usize) -> Result<Vec<PastDay>> {
    let pools: Vec<Currency> = connection.query(
        "SELECT DISTINCT pool FROM past_days WHERE mchid = ?1 ORDER BY pool",
        values![mchid.as_str()],
        |row| word(row, 0),
    )?;
    let mut past = vec![];
    for pool in pools {
        let mut newest: Vec<(ChinaDay, Kept)> = connection.query(
            "SELECT day, refunded, source, curve FROM past_days WHERE mchid = ?1 AND pool = ?2 \
                 ORDER BY day DESC LIMIT ?3",
            values![mchid.as_str(), pool.code(), limit(days)],
            read_kept,
        )?;
        newest.reverse();
        for (day, kept) in newest {
            let books = of_pool(connection, mchid, pool, &(day..=day))?;
            past.push(kept.past_day(pool, day, books.first()));
        }
    }
    Ok(past)
}
