//! Reading for the API. Each function runs inside one read transaction.

use jiff::Timestamp;
use refunds::intake::Request;
use refunds::key::{Identity, OrderKey, RefundKey, UpstreamNo};
use refunds::order::{Order, OrderNames};
use refunds::refund::Refund;
use wechatpay::ids::{Mchid, OutRefundNo, SubMchid};

use super::columns::{Result, at, checked, document, id, limit, plain, sub_mchid, word};
use super::connection::Connection;
use super::orders;
use super::owner::of_order;
use super::refunds::{columns, read};
use super::value::{AsValue, Value};
use crate::reading::{Cursor, KeptNotice, Listed, Listing, OrderWithRefunds, Scope};
use crate::rows::asked::Asked;
use crate::rows::value::microseconds;

pub(super) fn by_number(
    connection: &Connection,
    mchid: &Mchid,
    scope: &Scope,
    out_refund_no: &OutRefundNo,
) -> Result<Vec<Refund>> {
    let all: Vec<Refund> = connection.query(
        concat!(
            "SELECT ",
            columns!(),
            " FROM refunds WHERE mchid = ?1 AND out_refund_no = ?2 ORDER BY sub_mchid"
        ),
        values![mchid.as_str(), out_refund_no.as_str()],
        |row| read(mchid, row),
    )?;
    Ok(all.into_iter().filter(|refund| scope.includes(refund.identity.sub_mchid.as_ref())).collect())
}

pub(super) fn request(connection: &Connection, mchid: &Mchid, key: &RefundKey) -> Result<Option<Request>> {
    connection.first(
        "SELECT sub_mchid, out_refund_no, asked FROM refunds WHERE mchid = ?1 AND id = ?2",
        values![mchid.as_str(), id(key.as_str())],
        |row| {
            let identity = Identity {
                mchid: mchid.clone(),
                sub_mchid: sub_mchid(row, 0)?,
                out_refund_no: word(row, 1)?,
            };
            checked(2, document::<Asked>(row, 2)?.request(identity))
        },
    )
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
    connection.query("SELECT id, at, raw FROM notices WHERE mchid = ?1 AND upstream_no = ?2 ORDER BY at DESC, id DESC LIMIT ?3", values![mchid.as_str(), upstream_no.number().as_str(), limit(rows)], |row| {
            Ok(KeptNotice {
                id: plain(row, 0)?,
                upstream_no: upstream_no.clone(),
                at: at(row, 1)?,
                raw: plain(row, 2)?,
            })
        })
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

pub(super) fn list(connection: &Connection, listing: &Listing) -> Result<Listed> {
    let Listing { mchid, scope, state, order, from, until, after, oldest_first, limit: rows } = listing;
    let mut sql = concat!("SELECT ", columns!(), " FROM refunds WHERE mchid = ?").to_owned();
    let mut values: Vec<Value<'_>> = vec![mchid.as_str().as_value()];
    match scope {
        Scope::All => {}
        // The index of sub-merchants' refunds has none without one, and is used only if that is said.
        Scope::Of(Some(sub_mchid)) => {
            sql.push_str(" AND sub_mchid <> '' AND sub_mchid = ?");
            values.push(sub_mchid.as_str().as_value());
        }
        Scope::Of(None) => sql.push_str(" AND sub_mchid = ''"),
    }
    if let Some(state) = state {
        sql.push_str(" AND state = ?");
        values.push(state.as_value());
    }
    if let Some(order) = order {
        sql.push_str(" AND order_id = ?");
        values.push(id(order.as_str()).as_value());
    }
    // One bound at each end, so that no page reads those before it again. No key is as small as the empty text.
    let bound = |at: &Timestamp| (microseconds(*at), "");
    let after =
        after.as_ref().map(|Cursor { created_at, key }| (microseconds(*created_at), id(key.as_str())));
    let (mut lower, mut upper) = (from.as_ref().map(bound), until.as_ref().map(bound));
    if *oldest_first {
        lower = [lower, after].into_iter().flatten().max();
    } else {
        upper = [upper, after].into_iter().flatten().min();
    }
    for (bound, condition) in
        [(&lower, " AND (created_at, id) > (?, ?)"), (&upper, " AND (created_at, id) < (?, ?)")]
    {
        if let Some((at, key)) = bound {
            sql.push_str(condition);
            values.extend([at.as_value(), key.as_value()]);
        }
    }
    sql.push_str(if *oldest_first {
        " ORDER BY created_at, id LIMIT ?"
    } else {
        " ORDER BY created_at DESC, id DESC LIMIT ?"
    });
    let one_more = limit(rows.saturating_add(1));
    values.push(one_more.as_value());
    let mut refunds: Vec<Refund> = connection.query(&sql, &values, |row| read(mchid, row))?;
    let is_last = refunds.len() <= *rows;
    refunds.truncate(*rows);
    let last = refunds.last().filter(|_| !is_last);
    let next = last.map(|last| Cursor { created_at: last.created_at, key: last.key.clone() });
    Ok(Listed { refunds, next })
}
