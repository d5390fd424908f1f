//! What a database can do for the functions that speak SQL to it, whichever it is.

use super::columns::Row;
use super::error::{Error, Result};
use super::value::Value;

/// A connection to a database.
///
/// Each `?` in a statement stands for the next value, each `?1` for the first: one statement uses one of the two forms,
/// and neither inside a literal. Statements are prepared once a connection.
pub(crate) trait Engine {
    /// Carries out a statement that writes. How many rows it was about.
    fn execute(&self, sql: &str, values: &[Value<'_>]) -> Result<u64>;

    /// What the database's clock shows, in microseconds after 1970.
    fn now(&self) -> Result<i64>;

    /// Reads rows, one after the other, until `take` wants no more. `take` must not use the connection.
    fn each(
        &self,
        sql: &str,
        values: &[Value<'_>],
        take: &mut dyn FnMut(&Row<'_>) -> Result<bool>,
    ) -> Result<()>;
}

/// A connection to whichever database.
pub(crate) type Connection = dyn Engine;

impl dyn Engine {
    /// All rows, read by `read`.
    pub(crate) fn query<T>(
        &self,
        sql: &str,
        values: &[Value<'_>],
        mut read: impl FnMut(&Row<'_>) -> Result<T>,
    ) -> Result<Vec<T>> {
        let mut all = vec![];
        self.each(sql, values, &mut |row| {
            all.push(read(row)?);
            Ok(true)
        })?;
        Ok(all)
    }

    /// The first row, if there is any.
    pub(crate) fn first<T>(
        &self,
        sql: &str,
        values: &[Value<'_>],
        mut read: impl FnMut(&Row<'_>) -> Result<T>,
    ) -> Result<Option<T>> {
        let mut first = None;
        self.each(sql, values, &mut |row| {
            first = Some(read(row)?);
            Ok(false)
        })?;
        Ok(first)
    }

    /// The first row, where there must be one.
    pub(crate) fn one<T>(
        &self,
        sql: &str,
        values: &[Value<'_>],
        read: impl FnMut(&Row<'_>) -> Result<T>,
    ) -> Result<T> {
        self.first(sql, values, read)?.ok_or_else(|| Error::failed("a row is missing"))
    }

    /// Whether there is a row.
    pub(crate) fn exists(&self, sql: &str, values: &[Value<'_>]) -> Result<bool> {
        Ok(self.first(sql, values, |_| Ok(()))?.is_some())
    }
}
