//! How many refunds are in which state, counted with every refund that comes and every one that moves: reading them all
//! to count them would take longer with every refund there ever was.

use std::collections::BTreeMap;

use refunds::batch::Change;
use wechatpay::ids::Mchid;

use super::columns::{Result, count, state_name};
use super::connection::Connection;

/// How many more are in a state, by its name; fewer, if negative.
pub(super) type Moves = BTreeMap<&'static str, i64>;

/// What `changes` move, when all are written. Told by their entries; what has none has not moved.
pub(super) fn moves(changes: &[Change]) -> Moves {
    let mut moves = Moves::new();
    for Change { entries, refund, .. } in changes {
        if let Some(first) = entries.first() {
            *moves.entry(first.from).or_default() -= 1;
            *moves.entry(refund.state.name()).or_default() += 1;
        }
    }
    moves.retain(|_, more| *more != 0);
    moves
}

/// Counts `more` refunds in a state.
pub(super) fn add(connection: &Connection, mchid: &Mchid, state: &str, more: i64) -> Result<()> {
    connection.execute(
        "INSERT INTO state_totals (mchid, state, count) VALUES (?1, ?2, ?3) \
             ON CONFLICT (mchid, state) DO UPDATE SET count = state_totals.count + excluded.count",
        values![mchid.as_str(), state, more],
    )?;
    Ok(())
}

/// All states in which there are refunds.
pub(crate) fn totals(connection: &Connection, mchid: &Mchid) -> Result<BTreeMap<&'static str, u64>> {
    let totals = connection.query(
        "SELECT state, count FROM state_totals WHERE mchid = ?1 AND count <> 0",
        values![mchid.as_str()],
        |row| Ok((state_name(row, 0)?, count(row, 1)?)),
    )?;
    Ok(totals.into_iter().collect())
}
