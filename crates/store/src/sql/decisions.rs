//! Owning and deciding.

use std::collections::BTreeMap;

use refunds::batch::{Batch, Change, Epoch, MerchantState, OrderChange};
use refunds::key::OrderKey;
use refunds::order::Order;
use wechatpay::ids::Mchid;

use super::columns::{Result as Read, count, signed};
use super::connection::Connection;
use super::error::Kind;
use super::job::Fault;
use super::{contributions, journal, ledger, merchants, orders, pool_days, refunds as rows, states, waiting};
use crate::decision::{Merge, change_orders, check_form, order_keys};
use crate::error::{CommitError, StoreError};
use crate::kill_point;
use crate::rows::text::Text;
use crate::rows::value::microseconds;

type Committed<T> = Result<T, Fault<CommitError>>;

pub(super) fn take_ownership(
    connection: &Connection,
    mchid: &Mchid,
    node: &str,
) -> Result<Epoch, Fault<StoreError>> {
    merchants::expect(connection, mchid)?;
    let epoch = connection.one(
        "UPDATE ownership SET epoch = epoch + 1, node = ?2 WHERE mchid = ?1 RETURNING epoch",
        values![mchid.as_str(), node],
        |row| count(row, 0),
    )?;
    Ok(Epoch(epoch))
}

pub(super) fn commit(connection: &Connection, batch: &Batch) -> Committed<()> {
    let mut feed_seq = owned(connection, &batch.mchid, batch.epoch)?;
    check_form(batch).map_err(Fault::Refused)?;
    let first_seq = feed_seq;
    // Destructured, so that a new kind of decision cannot be forgotten here.
    let Batch {
        number: _,
        mchid,
        epoch,
        consumed,
        changes,
        orders,
        pools,
        postings,
        contributions,
        merchant,
    } = batch;
    for seq in consumed {
        let deleted = connection
            .execute("DELETE FROM intake WHERE mchid = ?1 AND seq = ?2", values![mchid.as_str(), seq.0])?;
        if deleted != 1 {
            return Err(conflict(format!("intake {}", seq.0)));
        }
    }
    for change in changes {
        write_change(connection, mchid, *epoch, change, &mut feed_seq)?;
    }
    for (state, more) in states::moves(changes) {
        states::add(connection, mchid, state, more)?;
    }
    kill_point::pass("mid_batch");
    write_orders(connection, mchid, orders)?;
    for pool in pools {
        pool_days::write_books(connection, mchid, pool)?;
    }
    ledger::post(connection, mchid, postings)?;
    for contribution in contributions {
        contributions::write(connection, mchid, contribution)?;
    }
    if let Some(state) = merchant {
        write_state(connection, mchid, *state)?;
    }
    if feed_seq != first_seq {
        connection.execute(
            "UPDATE ownership SET feed_seq = ?2 WHERE mchid = ?1",
            values![mchid.as_str(), signed(feed_seq)],
        )?;
    }
    Ok(())
}

fn conflict(what: impl ToString) -> Fault<CommitError> {
    Fault::Refused(CommitError::conflict(what))
}

/// The number of the last news, if the merchant id is still owned under `epoch`.
fn owned(connection: &Connection, mchid: &Mchid, epoch: Epoch) -> Committed<u64> {
    let owner = connection.first(
        "SELECT epoch, feed_seq FROM ownership WHERE mchid = ?1",
        values![mchid.as_str()],
        |row| Ok((Epoch(count(row, 0)?), count(row, 1)?)),
    )?;
    match owner {
        Some((owner, feed_seq)) if owner == epoch => Ok(feed_seq),
        _ => Err(Fault::Refused(CommitError::Fenced)),
    }
}

fn write_change(
    connection: &Connection,
    mchid: &Mchid,
    epoch: Epoch,
    change: &Change,
    feed_seq: &mut u64,
) -> Committed<()> {
    let Change { expected_version, refund, entries, place_before, need_before, place } = change;
    if !rows::update(connection, mchid, *expected_version, refund)? {
        return Err(conflict(&refund.key));
    }
    for entry in entries {
        journal::write(connection, mchid, &refund.key, epoch, entry)?;
        if entry.is_news() {
            *feed_seq += 1;
            journal::publish(connection, mchid, *feed_seq, &refund.key, entry.n)?;
        }
    }
    if (place_before, *need_before) != (place, refund.need.high) {
        let sub_mchid = refund.identity.sub_mchid.as_ref();
        if let Some(before) = place_before {
            waiting::leave(connection, mchid, sub_mchid, *before, *need_before)?;
        }
        if let Some(now) = place {
            waiting::enter(connection, mchid, sub_mchid, *now, refund.need.high)?;
        }
    }
    Ok(())
}

fn write_orders(connection: &Connection, mchid: &Mchid, changes: &[OrderChange]) -> Committed<()> {
    let mut before: BTreeMap<OrderKey, Order> = BTreeMap::new();
    for key in order_keys(changes) {
        if let Some(order) = orders::get(connection, mchid, key)? {
            before.insert(key.clone(), order);
        }
    }
    let mut after = before.clone();
    let merges = change_orders(changes, &mut after).map_err(Fault::Refused)?;
    orders::replace(connection, mchid, &before, &after).map_err(|error| match error.kind {
        // A row of the same name came in after the owner read.
        Kind::NotUnique => conflict("a name of an order"),
        _ => Fault::Sql(error),
    })?;
    for Merge { absorbed, survivor } in &merges {
        rows::move_to_order(connection, mchid, absorbed, survivor)?;
    }
    Ok(())
}

fn write_state(connection: &Connection, mchid: &Mchid, state: MerchantState) -> Read<()> {
    // When the store was put back is not the owner's to say.
    let MerchantState { paused, halt, restored } = state;
    update!(connection, "merchants", {
        paused: paused,
        halt_fault: halt.as_ref().map(|halt| halt.fault.write().as_ref().to_owned()),
        halt_since: halt.map(|halt| microseconds(halt.since)),
        is_checked: restored.is_none_or(|restored| restored.is_checked),
    }, where { mchid: mchid.as_str() })?;
    Ok(())
}
