//! Taking in. Each function is one transaction of its merchant id.

use jiff::Timestamp;
use refunds::batch::Epoch;
use refunds::intake::{self, Admission, Arrival, Command, Found, NewRefund};
use refunds::key::{NumberForm, RefundKey, UpstreamNo};
use wechatpay::ids::Mchid;

use super::columns::{Result, id, refund_key, word};
use super::connection::Connection;
use super::error::{Error, Kind};
use super::job::Fault;
use super::{journal, merchants, orders, refunds as rows, states, waiting};
use crate::error::StoreError;
use crate::intake::{Admitted, NewNotice, NewPayment, Noticed, Reported};
use crate::rows::Document;
use crate::rows::arrival::ArrivalRow;
use crate::rows::value::microseconds;
use crate::{numbers, payment};

pub(super) type Written<T> = std::result::Result<T, Fault<StoreError>>;

pub(super) fn admit(connection: &Connection, new: &NewRefund) -> Written<Admitted> {
    let identity = &new.request.identity;
    let mchid = &identity.mchid;
    let form = number_form(connection, mchid)?;
    let (same_key, same_identity) = rows::by_identity(connection, identity)?.unzip();
    let (by_out_trade_no, by_transaction_id) =
        orders::by_names(connection, mchid, identity.sub_mchid.as_ref(), &new.request.order)?;
    let upstream_no_is_used = by_upstream_no(connection, mchid, &new.upstream_no)?.is_some();
    let stored = match &same_key {
        Some(key) => rows::get(connection, mchid, key)?.map(Box::new),
        None => None,
    };
    let same_upstream_no = stored.as_ref().map(|refund| refund.upstream_no.clone());
    let found =
        Found { same_identity, same_upstream_no, by_out_trade_no, by_transaction_id, upstream_no_is_used };
    let admission = intake::admit(new, found);
    if let (Admission::Completed, Some(key)) = (&admission, &same_key) {
        rows::complete(connection, mchid, key, &new.request)?;
    }
    if let Admission::Admitted { refund, order, entry } = &admission {
        numbers::check_form(new, form).map_err(Fault::Refused)?;
        orders::put(connection, mchid, order).map_err(in_use("the key of the order"))?;
        rows::insert(connection, refund, &new.request).map_err(in_use("the key of the refund"))?;
        states::add(connection, mchid, refund.state.name(), 1)?;
        journal::write(connection, mchid, &refund.key, Epoch(0), entry)?;
        if let Some(place) = refund.place() {
            waiting::enter(connection, mchid, identity.sub_mchid.as_ref(), place, refund.need.high)?;
        }
        arrive(connection, mchid, &Arrival::Refund(refund.key.clone()), new.at)?;
    }
    Ok(Admitted { admission, stored })
}

pub(super) fn report_payment(connection: &Connection, new: &NewPayment) -> Written<Reported> {
    let mchid = &new.mchid;
    merchants::expect(connection, mchid)?;
    let (by_number, by_id) = orders::by_names(connection, mchid, new.sub_mchid.as_ref(), &new.names)?;
    let before = by_number.clone().or(by_id.clone());
    let order = match payment::learned(new, by_number, by_id) {
        Ok(order) => order,
        Err(refusal) => return Ok(Reported::Refused(refusal)),
    };
    if before.as_ref() == Some(&order) {
        return Ok(Reported::Same);
    }
    orders::put(connection, mchid, &order).map_err(in_use("the key of the order"))?;
    arrive(connection, mchid, &Arrival::Payment(order.key), new.at)?;
    Ok(Reported::New)
}

pub(super) fn command(
    connection: &Connection,
    mchid: &Mchid,
    refund: &RefundKey,
    command: Command,
    at: Timestamp,
) -> Written<()> {
    merchants::expect(connection, mchid)?;
    let is_there = refund.mchid() == mchid.as_str()
        && connection.exists(
            "SELECT 1 FROM refunds WHERE mchid = ?1 AND id = ?2",
            values![mchid.as_str(), id(refund.as_str())],
        )?;
    if !is_there {
        return Err(Fault::Refused(StoreError::NotThere { what: format!("refund {refund}") }));
    }
    arrive(connection, mchid, &Arrival::Command { refund: refund.clone(), command }, at)?;
    Ok(())
}

pub(super) fn notice(connection: &Connection, new: &NewNotice) -> Written<Noticed> {
    let NewNotice { mchid, id, upstream_no, report, raw, at } = new;
    merchants::expect(connection, mchid)?;
    let inserted = connection.execute("INSERT INTO notices (mchid, id, upstream_no, at, raw) VALUES (?1, ?2, ?3, ?4, ?5) ON CONFLICT DO NOTHING", values![mchid.as_str(), id, upstream_no.number().as_str(), microseconds(*at), raw])?;
    if inserted == 0 {
        return Ok(Noticed::Repeat);
    }
    match by_upstream_no(connection, mchid, upstream_no)? {
        Some(refund) => {
            arrive(connection, mchid, &Arrival::Notice { refund, report: report.clone() }, *at)?;
            Ok(Noticed::New)
        }
        None => Ok(Noticed::UnknownRefund),
    }
}

pub(super) fn pause(connection: &Connection, mchid: &Mchid, paused: bool, at: Timestamp) -> Written<()> {
    merchants::expect(connection, mchid)?;
    arrive(connection, mchid, &Arrival::Pause(paused), at)?;
    Ok(())
}

/// How the numbers of a merchant id are formed. Refuses one that is not set up.
fn number_form(connection: &Connection, mchid: &Mchid) -> Written<NumberForm> {
    connection
        .first("SELECT number_form FROM merchants WHERE mchid = ?1", values![mchid.as_str()], |row| {
            word(row, 0)
        })?
        .ok_or_else(|| Fault::Refused(merchants::not_set_up(mchid.as_str())))
}

/// Adds a row to intake.
pub(super) fn arrive(connection: &Connection, mchid: &Mchid, what: &Arrival, at: Timestamp) -> Result<()> {
    // RETURNING would cost SQLite a table of its own for the one row, and a distributed PostgreSQL takes no question among values.
    connection.execute(
        "UPDATE merchants SET last_intake = last_intake + 1 WHERE mchid = ?1",
        values![mchid.as_str()],
    )?;
    connection.execute(
        "INSERT INTO intake (mchid, seq, at, what) \
             SELECT mchid, last_intake, ?2, ?3 FROM merchants WHERE mchid = ?1",
        values![mchid.as_str(), microseconds(at), ArrivalRow::of(what).write()],
    )?;
    Ok(())
}

fn by_upstream_no(
    connection: &Connection,
    mchid: &Mchid,
    upstream_no: &UpstreamNo,
) -> Result<Option<RefundKey>> {
    connection.first(
        "SELECT id FROM refunds WHERE mchid = ?1 AND upstream_no = ?2",
        values![mchid.as_str(), upstream_no.number().as_str()],
        |row| refund_key(mchid, row, 0),
    )
}

/// What an error of an insertion means, if all other names were looked for before.
fn in_use(what: &'static str) -> impl FnOnce(Error) -> Fault<StoreError> {
    move |error| match error.kind {
        Kind::NotUnique => Fault::Refused(StoreError::InUse { what }),
        _ => Fault::Sql(error),
    }
}
