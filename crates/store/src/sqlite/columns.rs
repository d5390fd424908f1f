//! One column of a row as a domain value, and the reverse.

use jiff::Timestamp;
use refunds::key::{OrderKey, RefundKey};
use rusqlite::Row;
use rusqlite::types::Type;
use wechatpay::ids::{Mchid, SubMchid};

use crate::rows::text::Text;
use crate::rows::value::instant;
use crate::rows::{Document, Unreadable};

pub(super) type Result<T> = rusqlite::Result<T>;

fn unreadable(column: usize, error: Unreadable) -> rusqlite::Error {
    rusqlite::Error::FromSqlConversionFailure(column, Type::Text, Box::new(error))
}

fn text<'a>(row: &'a Row<'_>, column: usize) -> Result<&'a str> {
    let value = row.get_ref(column)?;
    value
        .as_str()
        .map_err(|_| unreadable(column, Unreadable::new("text", format!("{:?}", value.data_type()))))
}

pub(super) fn word<T: Text>(row: &Row<'_>, column: usize) -> Result<T> {
    T::read(text(row, column)?).map_err(|error| unreadable(column, error))
}

pub(super) fn word_if_any<T: Text>(row: &Row<'_>, column: usize) -> Result<Option<T>> {
    match row.get_ref(column)?.data_type() {
        Type::Null => Ok(None),
        _ => word(row, column).map(Some),
    }
}

pub(super) fn at(row: &Row<'_>, column: usize) -> Result<Timestamp> {
    instant(row.get(column)?).map_err(|error| unreadable(column, error))
}

pub(super) fn at_if_any(row: &Row<'_>, column: usize) -> Result<Option<Timestamp>> {
    let microseconds: Option<i64> = row.get(column)?;
    microseconds.map(instant).transpose().map_err(|error| unreadable(column, error))
}

pub(super) fn document<D: Document>(row: &Row<'_>, column: usize) -> Result<D> {
    D::read(text(row, column)?).map_err(|error| unreadable(column, error))
}

/// A document that has to be turned into a domain value in a way that can fail.
pub(super) fn checked<T>(column: usize, value: std::result::Result<T, Unreadable>) -> Result<T> {
    value.map_err(|error| unreadable(column, error))
}

pub(super) fn state_name(row: &Row<'_>, column: usize) -> Result<&'static str> {
    crate::rows::text::state_name(text(row, column)?).map_err(|error| unreadable(column, error))
}

/// A number that cannot be negative.
pub(super) fn count<T: TryFrom<i64>>(row: &Row<'_>, column: usize) -> Result<T> {
    let number: i64 = row.get(column)?;
    T::try_from(number).map_err(|_| rusqlite::Error::IntegralValueOutOfRange(column, number))
}

pub(super) fn sub_mchid(row: &Row<'_>, column: usize) -> Result<Option<SubMchid>> {
    match text(row, column)? {
        "" => Ok(None),
        _ => word(row, column).map(Some),
    }
}

pub(super) fn mchid_if_any(row: &Row<'_>, column: usize) -> Result<Option<Mchid>> {
    match text(row, column)? {
        "" => Ok(None),
        _ => word(row, column).map(Some),
    }
}

/// A sub-merchant's column.
pub(super) fn sub_text(sub_mchid: Option<&SubMchid>) -> &str {
    sub_mchid.map_or("", SubMchid::as_str)
}

/// The key of a refund of `mchid`.
pub(super) fn refund_key(mchid: &Mchid, row: &Row<'_>, column: usize) -> Result<RefundKey> {
    let id = text(row, column)?;
    RefundKey::new(mchid, id).map_err(|_| unreadable(column, Unreadable::new("key of a refund", id)))
}

/// The key of an order of `mchid`.
pub(super) fn order_key(mchid: &Mchid, row: &Row<'_>, column: usize) -> Result<OrderKey> {
    let id = text(row, column)?;
    OrderKey::new(mchid, id).map_err(|_| unreadable(column, Unreadable::new("key of an order", id)))
}

/// The part of a key that its column holds: the merchant id has a column of its own.
pub(super) fn id(key: &str) -> &str {
    key.rsplit('.').next().unwrap_or(key)
}

/// A number of the domain for a column. Nothing that is counted comes near the end of the range.
pub(super) fn signed(number: u64) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}

/// How many rows to read at most.
pub(super) fn limit(rows: usize) -> i64 {
    i64::try_from(rows).unwrap_or(i64::MAX)
}
