//! PostgreSQL as an engine of the SQL that is written for all.

use std::error::Error as StdError;

use tokio_postgres::types::private::BytesMut;
use tokio_postgres::types::{IsNull, ToSql, Type, to_sql_checked};

use crate::sql::value::Value;
use crate::sql::{Columns, Result};

/// A statement with PostgreSQL's marks: `$1` for `?1`, and for the first `?`.
pub(super) fn with_own_marks(sql: &str) -> String {
    let mut parts = sql.split('?');
    let mut written = parts.next().unwrap_or_default().to_owned();
    for (n, part) in (1_u32..).zip(parts) {
        written.push('$');
        if !part.starts_with(|c: char| c.is_ascii_digit()) {
            written.push_str(&n.to_string());
        }
        written.push_str(part);
    }
    written
}

impl ToSql for Value<'_> {
    fn to_sql(
        &self,
        column: &Type,
        out: &mut BytesMut,
    ) -> std::result::Result<IsNull, Box<dyn StdError + Sync + Send>> {
        match *self {
            Value::Null => Ok(IsNull::Yes),
            Value::Integer(number) => match *column {
                Type::INT4 => i32::try_from(number)?.to_sql(column, out),
                Type::INT8 => number.to_sql(column, out),
                _ => Err(format!("a number for a column of type {column}").into()),
            },
            Value::Truth(is_so) => is_so.to_sql(column, out),
            // The one character that is no text to PostgreSQL. It comes from outside only, and says nothing.
            Value::Text(text) if text.contains('\0') => text.replace('\0', "\u{FFFD}").to_sql(column, out),
            Value::Text(text) => text.to_sql(column, out),
            Value::Bytes(bytes) => bytes.to_sql(column, out),
        }
    }

    /// What is written is checked value by value.
    fn accepts(_: &Type) -> bool {
        true
    }

    to_sql_checked!();
}

impl Columns for tokio_postgres::Row {
    fn text(&self, column: usize) -> Result<Option<&str>> {
        Ok(self.try_get(column)?)
    }

    fn number(&self, column: usize) -> Result<Option<i64>> {
        Ok(self.try_get(column)?)
    }

    fn truth(&self, column: usize) -> Result<Option<bool>> {
        Ok(self.try_get(column)?)
    }

    fn bytes(&self, column: usize) -> Result<Option<&[u8]>> {
        Ok(self.try_get(column)?)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn marks_are_numbered_where_they_are_not() {
        for (sql, written) in [
            ("SELECT 1", "SELECT 1"),
            ("SELECT ?1, ?2 WHERE a = ?1", "SELECT $1, $2 WHERE a = $1"),
            ("INSERT INTO t (a, b) VALUES (?, ?)", "INSERT INTO t (a, b) VALUES ($1, $2)"),
            ("(a, b) > (?, ?) LIMIT ?", "(a, b) > ($1, $2) LIMIT $3"),
        ] {
            assert_eq!(with_own_marks(sql), written);
        }
    }
}
