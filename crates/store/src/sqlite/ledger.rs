//! The ledger of pools by day, and how it is counted anew from orders and refunds.

use refunds::pool::ledger::{LedgerDay, Posting, Postings, days_of, of_payment, of_refund};
use refunds::pool::reconciliation::{Reconciliation, Sums};
use rusqlite::{Connection, OptionalExtension, Row, params};
use wechatpay::china::ChinaDay;
use wechatpay::ids::Mchid;
use wechatpay::money::Currency;

use super::columns::{Result, document, limit, word};
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
        paid: row.get(2)?,
        accepted: row.get(3)?,
        succeeded: row.get(4)?,
        returned: row.get(5)?,
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
    connection
        .prepare_cached(select!(" AND pool = ?2 AND day = ?3"))?
        .query_row(params![mchid.as_str(), pool.code(), day.write().as_ref()], read)
        .optional()
}

fn write(connection: &Connection, mchid: &Mchid, sums: &LedgerDay) -> Result<()> {
    let LedgerDay { pool, day, paid, accepted, succeeded, returned } = sums;
    let day = day.write();
    let key = [mchid.as_str(), pool.code(), day.as_ref()];
    if sums.is_empty() {
        connection
            .prepare_cached("DELETE FROM ledger_days WHERE mchid = ?1 AND pool = ?2 AND day = ?3")?
            .execute(key)?;
        return Ok(());
    }
    let [mchid, pool, day] = key;
    connection
        .prepare_cached(
            "INSERT OR REPLACE INTO ledger_days (mchid, pool, day, paid, accepted, succeeded, returned) \
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
        )?
        .execute(params![mchid, pool, day, paid, accepted, succeeded, returned])?;
    Ok(())
}

/// The ledger of a pool, by day.
pub(super) fn of_pool(connection: &Connection, mchid: &Mchid, pool: Currency) -> Result<Vec<LedgerDay>> {
    connection
        .prepare_cached(select!(" AND pool = ?2 ORDER BY day"))?
        .query_map([mchid.as_str(), pool.code()], read)?
        .collect()
}

/// The ledger of all pools as orders and refunds say.
pub(super) fn recount(connection: &Connection, mchid: &Mchid) -> Result<Vec<LedgerDay>> {
    let mut postings = Postings::default();
    orders::each(connection, mchid, |order| postings.add_all(of_payment(&order)))?;
    rows::each_taken(connection, mchid, |refund| postings.add_all(of_refund(&refund)))?;
    Ok(days_of(postings.into_sums()))
}

/// Puts what orders and refunds say in place of what is kept. Whether that is something else.
pub(super) fn rebuild(connection: &Connection, mchid: &Mchid) -> Result<bool> {
    let kept: Vec<LedgerDay> = connection
        .prepare_cached(select!(" ORDER BY pool, day"))?
        .query_map([mchid.as_str()], read)?
        .collect::<Result<_>>()?;
    let counted = recount(connection, mchid)?;
    if kept == counted {
        return Ok(false);
    }
    connection.prepare_cached("DELETE FROM ledger_days WHERE mchid = ?1")?.execute([mchid.as_str()])?;
    counted.iter().try_for_each(|sums| write(connection, mchid, sums))?;
    Ok(true)
}

/// Rebuilds the ledgers that an older program did not keep. A rebuilding that ends in between is taken up where it was.
pub(super) fn rebuild_what_is_missing(connection: &mut Connection) -> Result<()> {
    let missing: Vec<Mchid> = connection
        .prepare("SELECT mchid FROM ledger_to_rebuild ORDER BY mchid")?
        .query_map([], |row| word(row, 0))?
        .collect::<Result<_>>()?;
    for mchid in missing {
        let whole = connection.transaction()?;
        rebuild(&whole, &mchid)?;
        whole.execute("DELETE FROM ledger_to_rebuild WHERE mchid = ?1", [mchid.as_str()])?;
        whole.commit()?;
    }
    Ok(())
}

/// The newest `days` days of a pool of which a statement is on record, beside the ledger, oldest first.
pub(super) fn reconciliations(
    connection: &Connection,
    mchid: &Mchid,
    pool: Currency,
    days: usize,
) -> Result<Vec<Reconciliation>> {
    let mut newest: Vec<Reconciliation> = connection
        .prepare_cached(
            "SELECT day, refunded, curve FROM past_days WHERE mchid = ?1 AND pool = ?2 AND source = 'platform' \
             ORDER BY day DESC LIMIT ?3",
        )?
        .query_map(params![mchid.as_str(), pool.code(), limit(days)], |row| {
            let day = word(row, 0)?;
            let paid = document::<Paid>(row, 2)?.curve().total();
            let ours = Sums::of(of_day(connection, mchid, pool, day)?.as_ref());
            Ok(Reconciliation { day, stated: Sums { paid, refunded: row.get(1)? }, ours })
        })?
        .collect::<Result<_>>()?;
    newest.reverse();
    Ok(newest)
}
