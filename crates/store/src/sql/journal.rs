//! The journal of a refund, and the news of a merchant id, which point into it.

use refunds::batch::{Entry, Epoch};
use refunds::key::RefundKey;
use refunds::outcome::Evidence;
use wechatpay::ids::Mchid;

use super::columns::{Result, Row, at, count, id, limit, plain_if_any, refund_key, signed, state_name, word};
use super::connection::Connection;
use crate::reading::{Line, News};
use crate::rows::text::Text;
use crate::rows::value::microseconds;

macro_rules! select {
    ($rest:literal) => {
        concat!(
            "SELECT epoch, j.n, at, cause, from_state, to_state, attempts, request_id, answer, certificate",
            $rest
        )
    };
}

fn read(row: &Row<'_>) -> Result<Line> {
    let entry = Entry {
        n: count(row, 1)?,
        at: at(row, 2)?,
        cause: word(row, 3)?,
        from: state_name(row, 4)?,
        to: state_name(row, 5)?,
        attempts: count(row, 6)?,
        evidence: Evidence {
            request_id: plain_if_any(row, 7)?,
            answer: plain_if_any(row, 8)?,
            certificate: plain_if_any(row, 9)?,
        },
    };
    Ok(Line { epoch: Epoch(count(row, 0)?), entry })
}

/// Adds an entry to the journal of a refund.
pub(super) fn write(
    connection: &Connection,
    mchid: &Mchid,
    refund: &RefundKey,
    epoch: Epoch,
    entry: &Entry,
) -> Result<()> {
    let Entry { n, at, cause, from, to, attempts, evidence } = entry;
    let Evidence { request_id, answer, certificate } = evidence;
    insert!(connection, "journal", {
        mchid: mchid.as_str(),
        refund_id: id(refund.as_str()),
        n: signed(*n),
        epoch: signed(epoch.0),
        at: microseconds(*at),
        cause: cause.write().as_ref(),
        from_state: from,
        to_state: to,
        attempts: attempts,
        request_id: request_id,
        answer: answer,
        certificate: certificate,
    })?;
    Ok(())
}

/// Adds an entry to the news of a merchant id.
pub(super) fn publish(
    connection: &Connection,
    mchid: &Mchid,
    seq: u64,
    refund: &RefundKey,
    n: u64,
) -> Result<()> {
    connection.execute(
        "INSERT INTO feed (mchid, seq, refund_id, n) VALUES (?1, ?2, ?3, ?4)",
        values![mchid.as_str(), signed(seq), id(refund.as_str()), signed(n)],
    )?;
    Ok(())
}

/// The journal of a refund.
pub(super) fn timeline(connection: &Connection, mchid: &Mchid, refund: &RefundKey) -> Result<Vec<Line>> {
    connection.query(
        select!(" FROM journal j WHERE mchid = ?1 AND refund_id = ?2 ORDER BY n"),
        values![mchid.as_str(), id(refund.as_str())],
        read,
    )
}

/// The news after number `after`.
pub(super) fn news(connection: &Connection, mchid: &Mchid, after: u64, rows: usize) -> Result<Vec<News>> {
    connection.query(
        select!(
            ", f.seq, f.refund_id FROM feed f JOIN journal j \
             ON j.mchid = f.mchid AND j.refund_id = f.refund_id AND j.n = f.n \
             WHERE f.mchid = ?1 AND f.seq > ?2 ORDER BY f.seq LIMIT ?3"
        ),
        values![mchid.as_str(), signed(after), limit(rows)],
        |row| Ok(News { seq: count(row, 10)?, refund: refund_key(mchid, row, 11)?, entry: read(row)?.entry }),
    )
}
