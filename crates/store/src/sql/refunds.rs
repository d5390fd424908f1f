//! Rows of refunds.

use refunds::intake::Request;
use refunds::key::{Identity, OrderKey, RefundKey};
use refunds::need::Need;
use refunds::refund::{Class, Place, Refund, RequestBytes};
use wechatpay::ids::Mchid;
use wechatpay::money::Money;

use super::columns::{
    Result, Row, at, at_if_any, bytes, checked, count, document, id, order_key, plain, refund_key, signed,
    sub_mchid, sub_text, word,
};
use super::connection::Connection;
use crate::rows::Document;
use crate::rows::asked::Asked;
use crate::rows::life::{Life, Told};
use crate::rows::text::Text;
use crate::rows::value::microseconds;

/// The columns [`read`] reads, in its order.
macro_rules! columns {
    () => {
        "id, sub_mchid, out_refund_no, upstream_no, amount, currency, created_at, deadline, request, order_id, pool, \
         need_low, need_best, need_high, need_source, life, version, wire"
    };
}
pub(super) use columns;

/// The refund of `mchid` whose columns are those of [`columns`].
pub(super) fn read(mchid: &Mchid, row: &Row<'_>) -> Result<Refund> {
    let Told { state, attempts, ask_at, asked_in_vain, attention, result_at, promise } =
        document::<Life>(row, 15)?.told();
    Ok(Refund {
        key: refund_key(mchid, row, 0)?,
        identity: Identity {
            mchid: mchid.clone(),
            sub_mchid: sub_mchid(row, 1)?,
            out_refund_no: word(row, 2)?,
        },
        upstream_no: word(row, 3)?,
        amount: Money::new(plain(row, 4)?, word(row, 5)?),
        created_at: at(row, 6)?,
        deadline: at_if_any(row, 7)?,
        request: RequestBytes::new(word(row, 17)?, bytes(row, 8)?),
        order: order_key(mchid, row, 9)?,
        pool: word(row, 10)?,
        need: Need {
            low: plain(row, 11)?,
            best: plain(row, 12)?,
            high: plain(row, 13)?,
            source: word(row, 14)?,
        },
        version: count(row, 16)?,
        state,
        attempts,
        ask_at,
        asked_in_vain,
        attention,
        result_at,
        promise,
    })
}

/// The refund with this key.
pub(super) fn get(connection: &Connection, mchid: &Mchid, key: &RefundKey) -> Result<Option<Refund>> {
    connection.first(
        concat!("SELECT ", columns!(), " FROM refunds WHERE mchid = ?1 AND id = ?2"),
        values![mchid.as_str(), id(key.as_str())],
        |row| read(mchid, row),
    )
}

/// Reads every refund that WeChat Pay took, whatever became of it.
pub(super) fn each_taken(connection: &Connection, mchid: &Mchid, mut take: impl FnMut(Refund)) -> Result<()> {
    connection.each(
        concat!(
            "SELECT ",
            columns!(),
            " FROM refunds WHERE mchid = ?1 AND state IN ('processing', 'abnormal', 'succeeded', 'closed')"
        ),
        values![mchid.as_str()],
        &mut |row| {
            take(read(mchid, row)?);
            Ok(true)
        },
    )
}

/// The key of the refund with this identity, and what was asked for.
pub(super) fn by_identity(
    connection: &Connection,
    identity: &Identity,
) -> Result<Option<(RefundKey, Request)>> {
    let Identity { mchid, sub_mchid, out_refund_no } = identity;
    connection.first(
        "SELECT id, asked FROM refunds WHERE mchid = ?1 AND out_refund_no = ?2 AND sub_mchid = ?3",
        values![mchid.as_str(), out_refund_no.as_str(), sub_text(sub_mchid.as_ref())],
        |row| {
            let request = document::<Asked>(row, 1)?.request(identity.clone());
            Ok((refund_key(mchid, row, 0)?, checked(1, request)?))
        },
    )
}

/// Stores what was asked for in place of what was known of that. No owner reads it, so none is told.
pub(super) fn complete(
    connection: &Connection,
    mchid: &Mchid,
    key: &RefundKey,
    request: &Request,
) -> Result<()> {
    let asked = Asked::of(request).write();
    update!(connection, "refunds", { asked: asked }, where { mchid: mchid.as_str(), id: id(key.as_str()) })?;
    Ok(())
}

/// Stores a refund that is new. Its key is the only one of its names that can be in use: the others were looked for.
pub(super) fn insert(connection: &Connection, refund: &Refund, request: &Request) -> Result<()> {
    let Refund {
        key,
        identity: Identity { mchid, sub_mchid, out_refund_no },
        upstream_no,
        order,
        amount,
        pool,
        need: Need { low, best, high, source },
        deadline,
        created_at,
        request: sent,
        attempts: _,
        state,
        ask_at: _,
        asked_in_vain: _,
        attention: _,
        result_at: _,
        promise: _,
        version,
    } = refund;
    insert!(connection, "refunds", {
        mchid: mchid.as_str(),
        id: id(key.as_str()),
        sub_mchid: sub_text(sub_mchid.as_ref()),
        out_refund_no: out_refund_no.as_str(),
        upstream_no: upstream_no.number().as_str(),
        amount: amount.minor(),
        currency: amount.currency().code(),
        created_at: microseconds(*created_at),
        deadline: deadline.map(microseconds),
        class: class_number(refund.class()),
        request: sent.as_bytes(),
        asked: Asked::of(request).write(),
        order_id: id(order.as_str()),
        pool: pool.code(),
        need_low: low,
        need_best: best,
        need_high: high,
        need_source: source.write().as_ref(),
        state: state.name(),
        life: Life::of(refund).write(),
        version: signed(*version),
        due: refund.due().map(microseconds),
        bucket: refund.place().map(|place| place.bucket),
        wire: sent.wire().write().as_ref(),
    })?;
    Ok(())
}

/// Stores what decisions change of a refund, if the stored one has `expected_version`. Whether it has.
pub(super) fn update(
    connection: &Connection,
    mchid: &Mchid,
    expected_version: u64,
    refund: &Refund,
) -> Result<bool> {
    let Refund {
        key,
        identity: _,
        upstream_no: _,
        order: _,
        amount: _,
        pool,
        need: Need { low, best, high, source },
        deadline: _,
        created_at: _,
        request: _,
        attempts: _,
        state,
        ask_at: _,
        asked_in_vain: _,
        attention: _,
        result_at: _,
        promise: _,
        version,
    } = refund;
    let updated = update!(connection, "refunds", {
        pool: pool.code(),
        need_low: low,
        need_best: best,
        need_high: high,
        need_source: source.write().as_ref(),
        state: state.name(),
        life: Life::of(refund).write(),
        version: signed(*version),
        due: refund.due().map(microseconds),
        bucket: refund.place().map(|Place { bucket, .. }| bucket),
    }, where { mchid: mchid.as_str(), id: id(key.as_str()), version: signed(expected_version) })?;
    Ok(updated == 1)
}

/// Lets the refunds of `absorbed` draw on `survivor`.
pub(super) fn move_to_order(
    connection: &Connection,
    mchid: &Mchid,
    absorbed: &OrderKey,
    survivor: &OrderKey,
) -> Result<()> {
    connection.execute(
        "UPDATE refunds SET order_id = ?3 WHERE mchid = ?1 AND order_id = ?2",
        values![mchid.as_str(), id(absorbed.as_str()), id(survivor.as_str())],
    )?;
    Ok(())
}

/// The class as its column holds it, in the order in which classes go.
pub(super) fn class_number(class: Class) -> i64 {
    match class {
        Class::Deadline => 0,
        Class::Normal => 1,
    }
}
