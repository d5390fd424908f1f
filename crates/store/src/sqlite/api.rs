//! Reading for the API. Each function runs inside one read transaction.

use jiff::Timestamp;
use refunds::intake::Request;
use refunds::key::{Identity, OrderKey, RefundKey, UpstreamNo};
use refunds::order::{Order, OrderNames};
use refunds::refund::Refund;
use rusqlite::types::Value;
use rusqlite::{Connection, OptionalExtension, params, params_from_iter};
use wechatpay::ids::{Mchid, OutRefundNo, SubMchid};

use super::columns::{Result, at, checked, document, id, limit, sub_mchid, word};
use super::orders;
use super::owner::of_order;
use super::refunds::{columns, read};
use crate::reading::{Cursor, KeptNotice, Listed, Listing, OrderWithRefunds, Scope};
use crate::rows::asked::Asked;
use crate::rows::value::microseconds;

pub(super) fn by_number(
    connection: &Connection,
    mchid: &Mchid,
    scope: &Scope,
    out_refund_no: &OutRefundNo,
) -> Result<Vec<Refund>> {
    let all: Vec<Refund> = connection
        .prepare_cached(concat!(
            "SELECT ",
            columns!(),
            " FROM refunds WHERE mchid = ?1 AND out_refund_no = ?2 ORDER BY sub_mchid"
        ))?
        .query_map(params![mchid.as_str(), out_refund_no.as_str()], |row| read(mchid, row))?
        .collect::<Result<_>>()?;
    Ok(all.into_iter().filter(|refund| scope.includes(refund.identity.sub_mchid.as_ref())).collect())
}

pub(super) fn request(connection: &Connection, mchid: &Mchid, key: &RefundKey) -> Result<Option<Request>> {
    connection
        .prepare_cached("SELECT sub_mchid, out_refund_no, asked FROM refunds WHERE mchid = ?1 AND id = ?2")?
        .query_row(params![mchid.as_str(), id(key.as_str())], |row| {
            let identity = Identity {
                mchid: mchid.clone(),
                sub_mchid: sub_mchid(row, 0)?,
                out_refund_no: word(row, 1)?,
            };
            checked(2, document::<Asked>(row, 2)?.request(identity))
        })
        .optional()
}

pub(super) fn requests(connection: &Connection, mchid: &Mchid, keys: &[RefundKey]) -> Result<Vec<Request>> {
    let of_merchant = keys.iter().filter(|key| key.mchid() == mchid.as_str());
    of_merchant.filter_map(|key| request(connection, mchid, key).transpose()).collect()
}

pub(super) fn orders(connection: &Connection, mchid: &Mchid, keys: &[OrderKey]) -> Result<Vec<Order>> {
    let of_merchant = keys.iter().filter(|key| key.mchid() == mchid.as_str());
    of_merchant.filter_map(|key| orders::get(connection, mchid, key).transpose()).collect()
}

pub(super) fn notices(
    connection: &Connection,
    mchid: &Mchid,
    upstream_no: &UpstreamNo,
    rows: usize,
) -> Result<Vec<KeptNotice>> {
    connection
        .prepare_cached(
            "SELECT id, at, raw FROM notices WHERE mchid = ?1 AND upstream_no = ?2 ORDER BY at DESC, id DESC LIMIT ?3",
        )?
        .query_map(params![mchid.as_str(), upstream_no.number().as_str(), limit(rows)], |row| {
            Ok(KeptNotice {
                id: row.get(0)?,
                upstream_no: upstream_no.clone(),
                at: at(row, 1)?,
                raw: row.get(2)?,
            })
        })?
        .collect()
}

pub(super) fn order(
    connection: &Connection,
    mchid: &Mchid,
    sub_mchid: Option<&SubMchid>,
    names: &OrderNames,
) -> Result<Option<OrderWithRefunds>> {
    let (by_number, by_id) = orders::by_names(connection, mchid, sub_mchid, names)?;
    let Some(order) = by_number.or(by_id) else { return Ok(None) };
    let refunds = of_order(connection, mchid, &order.key)?;
    Ok(Some(OrderWithRefunds { order, refunds }))
}

pub(super) fn list(connection: &Connection, listing: Listing) -> Result<Listed> {
    let Listing { mchid, scope, state, order, from, until, after, oldest_first, limit: rows } = listing;
    let mut sql = concat!("SELECT ", columns!(), " FROM refunds WHERE mchid = ?").to_owned();
    let mut values: Vec<Value> = vec![mchid.to_string().into()];
    let mut only = |condition: &str, value: Option<Value>| {
        if let Some(value) = value {
            sql.push_str(condition);
            values.push(value);
        }
    };
    match &scope {
        Scope::All => {}
        // The index of sub-merchants' refunds has none without one, and is used only if that is said.
        Scope::Of(Some(sub_mchid)) => {
            only(" AND sub_mchid <> '' AND sub_mchid = ?", Some(sub_mchid.to_string().into()));
        }
        Scope::Of(None) => only(" AND sub_mchid = ?", Some(String::new().into())),
    }
    only(" AND state = ?", state.map(Value::from));
    only(" AND order_id = ?", order.map(|order| id(order.as_str()).to_owned().into()));
    // One bound at each end, so that no page reads those before it again. No key is as small as the empty text.
    let bound = |at: Timestamp| (microseconds(at), String::new());
    let after =
        after.map(|Cursor { created_at, key }| (microseconds(created_at), id(key.as_str()).to_owned()));
    let (mut lower, mut upper) = (from.map(bound), until.map(bound));
    if oldest_first {
        lower = [lower, after].into_iter().flatten().max();
    } else {
        upper = [upper, after].into_iter().flatten().min();
    }
    if let Some((at, key)) = lower {
        only(" AND (created_at, id) > (?", Some(at.into()));
        only(", ?)", Some(key.into()));
    }
    if let Some((at, key)) = upper {
        only(" AND (created_at, id) < (?", Some(at.into()));
        only(", ?)", Some(key.into()));
    }
    let in_order = if oldest_first {
        " ORDER BY created_at, id LIMIT ?"
    } else {
        " ORDER BY created_at DESC, id DESC LIMIT ?"
    };
    only(in_order, Some(limit(rows.saturating_add(1)).into()));
    let mut refunds: Vec<Refund> = connection
        .prepare_cached(&sql)?
        .query_map(params_from_iter(values), |row| read(&mchid, row))?
        .collect::<Result<_>>()?;
    let is_last = refunds.len() <= rows;
    refunds.truncate(rows);
    let last = refunds.last().filter(|_| !is_last);
    let next = last.map(|last| Cursor { created_at: last.created_at, key: last.key.clone() });
    Ok(Listed { refunds, next })
}
