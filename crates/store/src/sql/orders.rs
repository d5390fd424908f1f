//! Rows of orders.

use std::collections::BTreeMap;

use refunds::key::OrderKey;
use refunds::order::{LastRequest, Order, OrderNames};
use wechatpay::ids::{Mchid, OutTradeNo, SubMchid, TransactionId};

use super::columns::{
    Result, Row, at_if_any, count, document, id, limit, order_key, order_key_if_any, plain, signed,
    sub_mchid, sub_text, word_if_any,
};
use super::connection::Connection;
use crate::reading::{PaidListing, PaidOrders};
use crate::rows::Document;
use crate::rows::facts::{Facts, Told};
use crate::rows::value::microseconds;

macro_rules! select {
    ($where:literal) => {
        concat!(
            "SELECT id, sub_mchid, out_trade_no, transaction_id, facts, reserved, reserved_count, accepted, \
             accepted_payer, last_request, last_number, merged_into, version FROM orders WHERE mchid = ?1 AND ",
            $where
        )
    };
}

fn read(mchid: &Mchid, row: &Row<'_>) -> Result<Order> {
    let Told { total, payer_total, paid_at, bank_type, paired_by, looked_up, posted } =
        document::<Facts>(row, 4)?.told();
    let last_request = at_if_any(row, 9)?.zip(word_if_any(row, 10)?);
    Ok(Order {
        key: order_key(mchid, row, 0)?,
        sub_mchid: sub_mchid(row, 1)?,
        out_trade_no: word_if_any(row, 2)?,
        transaction_id: word_if_any(row, 3)?,
        reserved: plain(row, 5)?,
        reserved_count: count(row, 6)?,
        accepted: plain(row, 7)?,
        accepted_payer: plain(row, 8)?,
        last_request: last_request.map(|(at, upstream_no)| LastRequest { at, upstream_no }),
        merged_into: order_key_if_any(mchid, row, 11)?,
        version: count(row, 12)?,
        total,
        payer_total,
        paid_at,
        bank_type,
        paired_by,
        looked_up,
        posted,
    })
}

/// The row with this key.
pub(super) fn get(connection: &Connection, mchid: &Mchid, key: &OrderKey) -> Result<Option<Order>> {
    connection.first(select!("id = ?2"), values![mchid.as_str(), id(key.as_str())], |row| read(mchid, row))
}

/// Reads every row.
pub(super) fn each(connection: &Connection, mchid: &Mchid, mut take: impl FnMut(Order)) -> Result<()> {
    connection.each(select!("TRUE"), values![mchid.as_str()], &mut |row| {
        take(read(mchid, row)?);
        Ok(true)
    })
}

/// The row that took over the one with this key, or that row itself.
pub(super) fn surviving(connection: &Connection, mchid: &Mchid, key: OrderKey) -> Result<OrderKey> {
    let mut key = key;
    while let Some(next) = get(connection, mchid, &key)?.and_then(|order| order.merged_into) {
        key = next;
    }
    Ok(key)
}

/// The row by the merchant's number, and that by WeChat Pay's if it is another.
pub(super) fn by_names(
    connection: &Connection,
    mchid: &Mchid,
    sub_mchid: Option<&SubMchid>,
    names: &OrderNames,
) -> Result<(Option<Order>, Option<Order>)> {
    let named = |sql, name: Option<&str>| match name {
        Some(name) => {
            connection.first(sql, values![mchid.as_str(), name, sub_text(sub_mchid)], |row| read(mchid, row))
        }
        None => Ok(None),
    };
    let by_number = named(
        select!("out_trade_no = ?2 AND sub_mchid = ?3"),
        names.out_trade_no.as_ref().map(OutTradeNo::as_str),
    )?;
    let by_id = named(
        select!("transaction_id = ?2 AND sub_mchid = ?3"),
        names.transaction_id.as_ref().map(TransactionId::as_str),
    )?;
    let by_id = by_id.filter(|order| by_number.as_ref().is_none_or(|other| other.key != order.key));
    Ok((by_number, by_id))
}

/// A page of the orders by when they were paid.
pub(crate) fn paid(connection: &Connection, listing: &PaidListing) -> Result<PaidOrders> {
    let PaidListing { mchid, from, until, after, limit: rows } = listing;
    // One bound at each end, so that no page reads those before it again. No key is as small as the empty text.
    let begin = (microseconds(*from), "");
    let after = after.as_ref().map(|after| (microseconds(after.paid_at), id(after.key.as_str())));
    let (paid_at, key) = after.map_or(begin, |after| after.max(begin));
    let orders = connection.query(
        PAID,
        values![mchid.as_str(), paid_at, key, microseconds(*until), limit(rows.saturating_add(1))],
        |row| read(mchid, row),
    )?;
    Ok(PaidOrders::page(orders, *rows))
}

pub(crate) const PAID: &str = select!(
    "paid_at IS NOT NULL AND merged_into IS NULL AND (paid_at, id) > (?2, ?3) AND paid_at < ?4 \
     ORDER BY paid_at, id LIMIT ?5"
);

/// The orders that were heard of before `before`, the latest first: their keys sort by when that was.
pub(super) fn recent(
    connection: &Connection,
    mchid: &Mchid,
    before: Option<&OrderKey>,
    rows: usize,
) -> Result<Vec<Order>> {
    let before = before.map_or(BEHIND_ALL_KEYS, |before| id(before.as_str()));
    connection.query(
        select!("merged_into IS NULL AND id < ?2 ORDER BY id DESC LIMIT ?3"),
        values![mchid.as_str(), before, limit(rows)],
        |row| read(mchid, row),
    )
}

/// Longer than a key and otherwise as large as one can be: whatever the order of letters, none comes after it.
const BEHIND_ALL_KEYS: &str = "ZZZZZZZZZZZZZZZZZZZZZZZZZZZ";

/// Stores a row: a new one if this is its first version.
pub(super) fn put(connection: &Connection, mchid: &Mchid, order: &Order) -> Result<()> {
    let Order {
        key,
        sub_mchid,
        out_trade_no,
        transaction_id,
        paired_by: _,
        looked_up: _,
        total: _,
        payer_total: _,
        paid_at,
        bank_type: _,
        reserved,
        reserved_count,
        accepted,
        accepted_payer,
        last_request,
        posted: _,
        merged_into,
        version,
    } = order;
    let (mchid, id_column, sub_mchid) = (mchid.as_str(), id(key.as_str()), sub_text(sub_mchid.as_ref()));
    let (out_trade_no, transaction_id) =
        (out_trade_no.as_ref().map(OutTradeNo::as_str), transaction_id.as_ref().map(TransactionId::as_str));
    let facts = Facts::of(order).write();
    let last_at = last_request.as_ref().map(|last| microseconds(last.at));
    let last_number = last_request.as_ref().map(|last| last.upstream_no.number().as_str());
    let merged_into = merged_into.as_ref().map(|key| id(key.as_str()));
    let paid_at = paid_at.map(|paid_at| microseconds(paid_at.value));
    if *version == 1 {
        insert!(connection, "orders", {
            mchid: mchid,
            id: id_column,
            sub_mchid: sub_mchid,
            out_trade_no: out_trade_no,
            transaction_id: transaction_id,
            facts: facts,
            reserved: reserved,
            reserved_count: reserved_count,
            accepted: accepted,
            accepted_payer: accepted_payer,
            last_request: last_at,
            last_number: last_number,
            merged_into: merged_into,
            version: signed(*version),
            paid_at: paid_at,
        })?;
    } else {
        update!(connection, "orders", {
            sub_mchid: sub_mchid,
            out_trade_no: out_trade_no,
            transaction_id: transaction_id,
            facts: facts,
            reserved: reserved,
            reserved_count: reserved_count,
            accepted: accepted,
            accepted_payer: accepted_payer,
            last_request: last_at,
            last_number: last_number,
            merged_into: merged_into,
            version: signed(*version),
            paid_at: paid_at,
        }, where { mchid: mchid, id: id_column })?;
    }
    Ok(())
}

/// Stores rows in place of those `before`. Names that change are given up first, so that one row can take another's.
pub(super) fn replace(
    connection: &Connection,
    mchid: &Mchid,
    before: &BTreeMap<OrderKey, Order>,
    after: &BTreeMap<OrderKey, Order>,
) -> Result<()> {
    let names = |order: &Order| (order.out_trade_no.clone(), order.transaction_id.clone());
    for (key, order) in after {
        if before.get(key).is_some_and(|before| names(before) != names(order)) {
            connection.execute(
                "UPDATE orders SET out_trade_no = NULL, transaction_id = NULL WHERE mchid = ?1 AND id = ?2",
                values![mchid.as_str(), id(key.as_str())],
            )?;
        }
    }
    after.values().try_for_each(|order| put(connection, mchid, order))
}
