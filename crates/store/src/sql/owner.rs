//! Reading as an owner. Each function reads one state of the database: it runs inside one read transaction.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use refunds::batch::{Epoch, Halt, IntakeSeq, MerchantState, Restored};
use refunds::intake::{Arrival, IntakeItem};
use refunds::key::{OrderKey, RefundKey};
use refunds::order::{Order, OrderNames};
use refunds::outcome::OrderReport;
use refunds::owner::{DuePage, FrontPage, Holding, IntakePage, Namesakes, OpenAfter, OpenPage, Page};
use refunds::refund::{Refund, State};
use wechatpay::china::ChinaDay;
use wechatpay::ids::{Mchid, SubMchid};

use super::columns::{Result, at, at_if_any, count, document, id, limit, plain, sub_text, word_if_any};
use super::connection::Connection;
use super::refunds::{self as rows, class_number, columns};
use super::{contributions, orders, pool_days, waiting};
use crate::reading::{Lane, Waiting};
use crate::rows::arrival::ArrivalRow;
use crate::rows::value::microseconds;
use crate::waiting::shares;

pub(super) fn holding(connection: &Connection, mchid: &Mchid, day: ChinaDay) -> Result<Option<Holding>> {
    let epoch =
        connection.first("SELECT epoch FROM ownership WHERE mchid = ?1", values![mchid.as_str()], |row| {
            Ok(Epoch(count(row, 0)?))
        })?;
    let (Some(epoch), Some(merchant)) = (epoch, merchant_state(connection, mchid)?) else { return Ok(None) };
    let pools = pool_days::of_days(connection, mchid, &(day.plus_days(-1)..=day))?;
    let contributions = contributions::all(connection, mchid)?;
    let next_due = connection.first(
        "SELECT due FROM refunds WHERE mchid = ?1 AND due IS NOT NULL ORDER BY due, id LIMIT 1",
        values![mchid.as_str()],
        |row| at(row, 0),
    )?;
    Ok(Some(Holding { epoch, merchant, pools, contributions, next_due }))
}

pub(super) fn merchant_state(connection: &Connection, mchid: &Mchid) -> Result<Option<MerchantState>> {
    connection.first(
        "SELECT paused, halt_fault, halt_since, restored_at, is_checked FROM merchants WHERE mchid = ?1",
        values![mchid.as_str()],
        |row| {
            let (fault, since) = (word_if_any(row, 1)?, at_if_any(row, 2)?);
            let halt = fault.zip(since).map(|(fault, since)| Halt { fault, since });
            let (restored_at, is_checked) = (at_if_any(row, 3)?, plain(row, 4)?);
            let restored = restored_at.map(|at| Restored { at, is_checked });
            Ok(MerchantState { paused: plain(row, 0)?, halt, restored })
        },
    )
}

pub(super) fn intake(connection: &Connection, mchid: &Mchid, rows: usize) -> Result<IntakePage> {
    let mut items: Vec<IntakeItem> = connection.query(
        "SELECT seq, what FROM intake WHERE mchid = ?1 ORDER BY seq LIMIT ?2",
        values![mchid.as_str(), limit(rows.saturating_add(1))],
        |row| {
            let what = document::<ArrivalRow>(row, 1)?.arrival();
            Ok(IntakeItem { seq: IntakeSeq(plain(row, 0)?), what })
        },
    )?;
    let more = items.len() > rows;
    items.truncate(rows);
    let (mut refunds, mut orders) = (BTreeSet::new(), BTreeSet::new());
    for item in &mut items {
        match &mut item.what {
            Arrival::Refund(refund) | Arrival::Notice { refund, .. } | Arrival::Command { refund, .. } => {
                refunds.insert(refund.clone());
            }
            Arrival::Payment(order) => {
                // A payment of an order that was taken over is the survivor's.
                *order = orders::surviving(connection, mchid, order.clone())?;
                orders.insert(order.clone());
            }
            Arrival::PastDay(_) | Arrival::Pause(_) => {}
        }
    }
    let page = page(connection, mchid, get_all(connection, mchid, refunds.iter())?, orders)?;
    Ok(IntakePage { items, page, more })
}

pub(super) fn due(connection: &Connection, mchid: &Mchid, until: Timestamp, limit: usize) -> Result<DuePage> {
    let until = microseconds(until);
    let (mut refunds, mut next_due) = (vec![], None);
    let sql = concat!(
        "SELECT ",
        columns!(),
        ", due FROM refunds WHERE mchid = ?1 AND due IS NOT NULL ORDER BY due, id LIMIT ?2"
    );
    let one_more = super::columns::limit(limit.saturating_add(1));
    connection.each(sql, values![mchid.as_str(), one_more], &mut |row| {
        if refunds.len() == limit || plain::<i64>(row, 18)? > until {
            next_due = Some(at(row, 18)?);
            return Ok(false);
        }
        refunds.push(rows::read(mchid, row)?);
        Ok(true)
    })?;
    Ok(DuePage { page: page(connection, mchid, refunds, BTreeSet::new())?, next_due })
}

pub(super) fn front(connection: &Connection, mchid: &Mchid, limit: usize) -> Result<FrontPage> {
    let waiting = waiting::totals(connection, mchid)?;
    let counts: Vec<u64> = waiting.iter().map(|waiting| waiting.count).collect();
    let shares = shares(&counts, limit as u64);
    let mut refunds = vec![];
    for (Waiting { lane, .. }, share) in waiting.iter().zip(&shares) {
        let Lane { pool, class, sub_mchid, bucket } = lane;
        let sql = concat!(
            "SELECT ",
            columns!(),
            " FROM refunds WHERE mchid = ?1 AND pool = ?2 AND class = ?3 AND sub_mchid = ?4 AND bucket = ?5 \
             ORDER BY created_at, id LIMIT ?6"
        );
        let sub_mchid = sub_text(sub_mchid.as_ref());
        let share = super::columns::signed(*share);
        refunds.extend(connection.query(
            sql,
            values![mchid.as_str(), pool.code(), class_number(*class), sub_mchid, bucket, share],
            |row| rows::read(mchid, row),
        )?);
    }
    Ok(FrontPage { page: page(connection, mchid, refunds, BTreeSet::new())?, complete: counts == shares })
}

pub(super) fn open_refunds(
    connection: &Connection,
    mchid: &Mchid,
    after: Option<&OpenAfter>,
    limit: usize,
) -> Result<OpenPage> {
    let mut refunds: Vec<Refund> = vec![];
    let comes_before = |state: &&&str| after.is_some_and(|after| after.state != **state);
    for state in State::OPEN.iter().skip_while(comes_before) {
        let begin = after.filter(|after| after.state == *state);
        let (created_at, key) =
            begin.map_or((i64::MIN, ""), |after| (microseconds(after.created_at), id(after.refund.as_str())));
        let one_more = super::columns::limit((limit + 1).saturating_sub(refunds.len()));
        refunds.extend(connection.query(
            concat!(
                "SELECT ",
                columns!(),
                " FROM refunds WHERE mchid = ?1 AND state = ?2 AND (created_at, id) > (?3, ?4) \
                 ORDER BY created_at, id LIMIT ?5"
            ),
            values![mchid.as_str(), *state, created_at, key, one_more],
            |row| rows::read(mchid, row),
        )?);
        if refunds.len() > limit {
            break;
        }
    }
    let more = refunds.len() > limit;
    refunds.truncate(limit);
    Ok(OpenPage { page: page(connection, mchid, refunds, BTreeSet::new())?, more })
}

pub(super) fn refunds(connection: &Connection, mchid: &Mchid, keys: &[RefundKey]) -> Result<Page> {
    let of_merchant = keys.iter().filter(|key| key.mchid() == mchid.as_str());
    page(connection, mchid, get_all(connection, mchid, of_merchant)?, BTreeSet::new())
}

pub(super) fn namesakes(
    connection: &Connection,
    mchid: &Mchid,
    order: &OrderKey,
    sub_mchid: Option<&SubMchid>,
    report: &OrderReport,
) -> Result<Namesakes> {
    let names = OrderNames {
        out_trade_no: Some(report.out_trade_no.clone()),
        transaction_id: Some(report.transaction_id.clone()),
    };
    let (by_number, by_id) = orders::by_names(connection, mchid, sub_mchid, &names)?;
    let named = [orders::get(connection, mchid, order)?, by_number, by_id];
    let keys: BTreeSet<OrderKey> = named.into_iter().flatten().map(|order| order.key).collect();
    let mut refunds = vec![];
    for key in &keys {
        let of_order = of_order(connection, mchid, key)?;
        refunds
            .extend(of_order.into_iter().filter(|refund| refund.is_waiting() && refund.attempts.count == 0));
    }
    let page = page(connection, mchid, refunds, keys)?;
    Ok(Namesakes { order: order.clone(), report: report.clone(), page })
}

/// The refunds of an order, oldest first.
pub(super) fn of_order(connection: &Connection, mchid: &Mchid, order: &OrderKey) -> Result<Vec<Refund>> {
    connection.query(
        concat!(
            "SELECT ",
            columns!(),
            " FROM refunds WHERE mchid = ?1 AND order_id = ?2 ORDER BY created_at, id"
        ),
        values![mchid.as_str(), id(order.as_str())],
        |row| rows::read(mchid, row),
    )
}

fn get_all<'a>(
    connection: &Connection,
    mchid: &Mchid,
    keys: impl Iterator<Item = &'a RefundKey>,
) -> Result<Vec<Refund>> {
    keys.filter_map(|key| rows::get(connection, mchid, key).transpose()).collect()
}

/// These refunds with their orders, and these orders.
fn page(
    connection: &Connection,
    mchid: &Mchid,
    refunds: Vec<Refund>,
    orders: BTreeSet<OrderKey>,
) -> Result<Page> {
    let keys: BTreeSet<OrderKey> = refunds.iter().map(|refund| refund.order.clone()).chain(orders).collect();
    let orders: Result<BTreeMap<OrderKey, Order>> = keys
        .into_iter()
        .filter_map(|key| orders::get(connection, mchid, &key).transpose())
        .map(|order| order.map(|order| (order.key.clone(), order)))
        .collect();
    Ok(Page { refunds, orders: orders?.into_values().collect() })
}
