//! The ledger of pools by day, and how it is counted anew from orders and refunds.

use refunds::pool::ledger::{LedgerDay, Posting, Postings, days_of, of_payment, of_refund};
use refunds::pool::reconciliation::{Reconciliation, Sums};
use wechatpay::china::ChinaDay;
use wechatpay::ids::Mchid;
use wechatpay::money::Currency;

use super::columns::{Result, Row, document, limit, plain, word};
use super::connection::Connection;
use super::{orders, refunds as rows};
use crate::rows::paid::Paid;
use crate::rows::text::Text;

macro_rules! select {
    ($rest:literal) => {
        concat!(
            "SELECT pool, day, paid, accepted, succeeded, returned FROM ledger_days WHERE mchid = ?1",
            $rest
        )
    };
}

fn read(row: &Row<'_>) -> Result<LedgerDay> {
    Ok(LedgerDay {
        pool: word(row, 0)?,
        day: word(row, 1)?,
        paid: plain(row, 2)?,
        accepted: plain(row, 3)?,
        succeeded: plain(row, 4)?,
        returned: plain(row, 5)?,
    })
}

/// Adds what a batch posts.
pub(super) fn post(connection: &Connection, mchid: &Mchid, postings: &[Posting]) -> Result<()> {
    for of_one_day in postings.chunk_by(|one, next| (one.pool, one.day) == (next.pool, next.day)) {
        let Some(&Posting { pool, day, .. }) = of_one_day.first() else { continue };
        let mut sums = of_day(connection, mchid, pool, day)?.unwrap_or(LedgerDay::empty(pool, day));
        of_one_day.iter().for_each(|posting| sums.add(posting));
        write(connection, mchid, &sums)?;
    }
    Ok(())
}

fn of_day(
    connection: &Connection,
    mchid: &Mchid,
    pool: Currency,
    day: ChinaDay,
) -> Result<Option<LedgerDay>> {
    connection.first(
        select!(" AND pool = ?2 AND day = ?3"),
        values![mchid.as_str(), pool.code(), day.write().as_ref()],
        read,
    )
}

fn write(connection: &Connection, mchid: &Mchid, sums: &LedgerDay) -> Result<()> {
    let LedgerDay { pool, day, paid, accepted, succeeded, returned } = sums;
    let day = day.write();
    let (mchid, pool, day) = (mchid.as_str(), pool.code(), day.as_ref());
    if sums.is_empty() {
        connection.execute(
            "DELETE FROM ledger_days WHERE mchid = ?1 AND pool = ?2 AND day = ?3",
            values![mchid, pool, day],
        )?;
        return Ok(());
    }
    put!(connection, "ledger_days", { mchid: mchid, pool: pool, day: day }, {
        paid: paid,
        accepted: accepted,
        succeeded: succeeded,
        returned: returned,
    })?;
    Ok(())
}

/// The ledger of a pool, by day.
pub(crate) fn of_pool(connection: &Connection, mchid: &Mchid, pool: Currency) -> Result<Vec<LedgerDay>> {
    connection.query(select!(" AND pool = ?2 ORDER BY day"), values![mchid.as_str(), pool.code()], read)
}

/// The ledger of all pools as orders and refunds say.
pub(crate) fn recount(connection: &Connection, mchid: &Mchid) -> Result<Vec<LedgerDay>> {
    let mut postings = Postings::default();
    orders::each(connection, mchid, |order| postings.add_all(of_payment(&order)))?;
    rows::each_taken(connection, mchid, |refund| postings.add_all(of_refund(&refund)))?;
    Ok(days_of(postings.into_sums()))
}

/// Puts what orders and refunds say in place of what is kept. Whether that is something else.
pub(crate) fn rebuild(connection: &Connection, mchid: &Mchid) -> Result<bool> {
    let kept: Vec<LedgerDay> =
        connection.query(select!(" ORDER BY pool, day"), values![mchid.as_str()], read)?;
    let counted = recount(connection, mchid)?;
    if kept == counted {
        return Ok(false);
    }
    connection.execute("DELETE FROM ledger_days WHERE mchid = ?1", values![mchid.as_str()])?;
    counted.iter().try_for_each(|sums| write(connection, mchid, sums))?;
    Ok(true)
}

/// The newest `days` days of a pool of which a statement is on record, beside the ledger, oldest first.
pub(super) fn reconciliations(
    connection: &Connection,
    mchid: &Mchid,
    pool: Currency,
    days: usize,
) -> Result<Vec<Reconciliation>> {
    let stated: Vec<(ChinaDay, Sums)> = connection.query(
        "SELECT day, refunded, curve FROM past_days WHERE mchid = ?1 AND pool = ?2 AND source = 'platform' \
         ORDER BY day DESC LIMIT ?3",
        values![mchid.as_str(), pool.code(), limit(days)],
        |row| {
            let paid = document::<Paid>(row, 2)?.curve().total();
            Ok((word(row, 0)?, Sums { paid, refunded: plain(row, 1)? }))
        },
    )?;
    let mut newest = vec![];
    for (day, stated) in stated {
        let ours = Sums::of(of_day(connection, mchid, pool, day)?.as_ref());
        newest.push(Reconciliation { day, stated, ours });
    }
    newest.reverse();
    Ok(newest)
}
