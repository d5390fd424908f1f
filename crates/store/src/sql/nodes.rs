//! Nodes and what they own. The times are the database's own, so that nodes whose clocks disagree agree about who is there.

use refunds::batch::Epoch;
use wechatpay::ids::Mchid;

use super::columns::{Result, at, count, plain, signed, word};
use super::connection::Connection;
use super::job::Fault;
use super::merchants;
use crate::error::StoreError;
use crate::node::{Beat, Node, Owned, Seen};

type Written<T> = std::result::Result<T, Fault<StoreError>>;

pub(super) fn beat(connection: &Connection, beat: &Beat) -> Written<Option<Vec<Seen>>> {
    let Beat { node, joins, ttl } = beat;
    let now = connection.now()?;
    let ttl = i64::try_from(ttl.as_micros()).unwrap_or(i64::MAX);
    // Who was silent for too long is gone before anybody looks, itself included.
    connection.execute("DELETE FROM nodes WHERE heard_at < ?1", values![now.saturating_sub(ttl)])?;
    let Node { id, name, version } = node;
    if *joins {
        let is_there = connection.exists("SELECT 1 FROM nodes WHERE id = ?1", values![id])?;
        if is_there {
            return Err(Fault::Refused(StoreError::InUse { what: "the id of a node" }));
        }
        insert!(connection, "nodes", {
            id: id,
            name: name,
            version: version,
            draining: false,
            joined_at: now,
            heard_at: now,
        })?;
    } else if update!(connection, "nodes", { heard_at: now }, where { id: id })? == 0 {
        return Ok(None);
    }
    Ok(Some(nodes(connection)?))
}

pub(super) fn nodes(connection: &Connection) -> Result<Vec<Seen>> {
    connection.query(
        "SELECT id, name, version, draining, joined_at, heard_at FROM nodes ORDER BY joined_at, id",
        values![],
        |row| {
            Ok(Seen {
                node: Node { id: plain(row, 0)?, name: plain(row, 1)?, version: plain(row, 2)? },
                draining: plain(row, 3)?,
                joined_at: at(row, 4)?,
                heard_at: at(row, 5)?,
            })
        },
    )
}

pub(super) fn drain(connection: &Connection, id: &str, draining: bool) -> Result<bool> {
    Ok(update!(connection, "nodes", { draining: draining }, where { id: id })? == 1)
}

pub(super) fn leave(connection: &Connection, id: &str) -> Result<()> {
    connection.execute("DELETE FROM nodes WHERE id = ?1", values![id])?;
    Ok(())
}

pub(super) fn owners(connection: &Connection) -> Result<Vec<Owned>> {
    connection.query("SELECT mchid, node, epoch, set_up FROM ownership ORDER BY mchid", values![], |row| {
        let node: String = plain(row, 1)?;
        Ok(Owned {
            mchid: word(row, 0)?,
            node: Some(node).filter(|node| !node.is_empty()),
            epoch: Epoch(count(row, 2)?),
            set_up: count(row, 3)?,
        })
    })
}

pub(super) fn take_over(
    connection: &Connection,
    mchid: &Mchid,
    node: &str,
    since: Epoch,
) -> Written<Option<Epoch>> {
    merchants::expect(connection, mchid)?;
    let epoch = connection.first(
        "UPDATE ownership SET epoch = epoch + 1, node = ?2 WHERE mchid = ?1 AND epoch = ?3 RETURNING epoch",
        values![mchid.as_str(), node, signed(since.0)],
        |row| count(row, 0),
    )?;
    if epoch.is_some() {
        return Ok(epoch.map(Epoch));
    }
    // The same again: the node did not hear that it took over. No other one bears its id.
    let taken = connection.first(
        "SELECT epoch FROM ownership WHERE mchid = ?1 AND epoch = ?3 AND node = ?2",
        values![mchid.as_str(), node, signed(since.0.saturating_add(1))],
        |row| count(row, 0),
    )?;
    Ok(taken.map(Epoch))
}

pub(super) fn give_up(connection: &Connection, mchid: &Mchid, epoch: Epoch) -> Written<()> {
    merchants::expect(connection, mchid)?;
    update!(connection, "ownership", { node: "" }, where { mchid: mchid.as_str(), epoch: signed(epoch.0) })?;
    Ok(())
}
