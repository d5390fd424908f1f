//! One column of a row as a domain value, and the reverse. Nothing else knows how a column is read.

use jiff::Timestamp;
use refunds::key::{OrderKey, RefundKey};
use wechatpay::ids::{Mchid, SubMchid};

use super::error::Error;
use crate::rows::text::Text;
use crate::rows::value::instant;
use crate::rows::{Document, Unreadable};

pub(super) use super::error::Result;

/// A row that an engine has read: its columns as they are stored, `None` where there is nothing.
pub(crate) trait Columns {
    /// A text.
    fn text(&self, column: usize) -> Result<Option<&str>>;

    /// A number.
    fn number(&self, column: usize) -> Result<Option<i64>>;

    /// Whether something is so.
    fn truth(&self, column: usize) -> Result<Option<bool>>;

    /// Bytes.
    fn bytes(&self, column: usize) -> Result<Option<&[u8]>>;
}

/// A row of whichever database.
pub(crate) type Row<'a> = dyn Columns + 'a;

fn unreadable(column: usize, error: Unreadable) -> Error {
    Error::failed(format!("column {column} cannot be read: {error}"))
}

fn there<T>(column: usize, value: Option<T>) -> Result<T> {
    value.ok_or_else(|| unreadable(column, Unreadable::new("value", "NULL")))
}

fn text<'a>(row: &'a Row<'_>, column: usize) -> Result<&'a str> {
    there(column, row.text(column)?)
}

/// A value that is in its column as it is.
pub(super) trait Plain: Sized {
    fn read(row: &Row<'_>, column: usize) -> Result<Option<Self>>;
}

impl Plain for i64 {
    fn read(row: &Row<'_>, column: usize) -> Result<Option<i64>> {
        row.number(column)
    }
}

impl Plain for bool {
    fn read(row: &Row<'_>, column: usize) -> Result<Option<bool>> {
        row.truth(column)
    }
}

impl Plain for String {
    fn read(row: &Row<'_>, column: usize) -> Result<Option<String>> {
        Ok(row.text(column)?.map(str::to_owned))
    }
}

impl Plain for Vec<u8> {
    fn read(row: &Row<'_>, column: usize) -> Result<Option<Vec<u8>>> {
        Ok(row.bytes(column)?.map(<[u8]>::to_vec))
    }
}

/// A hash.
impl Plain for [u8; 32] {
    fn read(row: &Row<'_>, column: usize) -> Result<Option<[u8; 32]>> {
        let bytes = row.bytes(column)?;
        let hash = bytes.map(|bytes| {
            bytes.try_into().map_err(|_| Unreadable::new("hash", format!("{} bytes", bytes.len())))
        });
        hash.transpose().map_err(|error| unreadable(column, error))
    }
}

/// What stands in a column as it is.
pub(super) fn plain<T: Plain>(row: &Row<'_>, column: usize) -> Result<T> {
    there(column, T::read(row, column)?)
}

/// What stands in a column as it is, if anything does.
pub(super) fn plain_if_any<T: Plain>(row: &Row<'_>, column: usize) -> Result<Option<T>> {
    T::read(row, column)
}

/// Bytes, where they are.
pub(super) fn bytes<'a>(row: &'a Row<'_>, column: usize) -> Result<&'a [u8]> {
    there(column, row.bytes(column)?)
}

pub(crate) fn word<T: Text>(row: &Row<'_>, column: usize) -> Result<T> {
    T::read(text(row, column)?).map_err(|error| unreadable(column, error))
}

pub(super) fn word_if_any<T: Text>(row: &Row<'_>, column: usize) -> Result<Option<T>> {
    let text = row.text(column)?;
    text.map(T::read).transpose().map_err(|error| unreadable(column, error))
}

pub(super) fn at(row: &Row<'_>, column: usize) -> Result<Timestamp> {
    instant(plain(row, column)?).map_err(|error| unreadable(column, error))
}

pub(super) fn at_if_any(row: &Row<'_>, column: usize) -> Result<Option<Timestamp>> {
    let microseconds = row.number(column)?;
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
    counted(column, plain(row, column)?)
}

/// A number that cannot be negative, if there is one.
pub(super) fn count_if_any<T: TryFrom<i64>>(row: &Row<'_>, column: usize) -> Result<Option<T>> {
    row.number(column)?.map(|number| counted(column, number)).transpose()
}

fn counted<T: TryFrom<i64>>(column: usize, number: i64) -> Result<T> {
    T::try_from(number).map_err(|_| unreadable(column, Unreadable::new("number in range", number)))
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

/// The key of an order of `mchid`, if there is one.
pub(super) fn order_key_if_any(mchid: &Mchid, row: &Row<'_>, column: usize) -> Result<Option<OrderKey>> {
    match row.text(column)? {
        None => Ok(None),
        Some(_) => order_key(mchid, row, column).map(Some),
    }
}

/// The key of a refund of `mchid`, if there is one.
pub(super) fn refund_key_if_any(mchid: &Mchid, row: &Row<'_>, column: usize) -> Result<Option<RefundKey>> {
    match row.text(column)? {
        None => Ok(None),
        Some(_) => refund_key(mchid, row, column).map(Some),
    }
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
