//! SQLite as an engine of the SQL that is written for all.

use rusqlite::types::{ToSql, ToSqlOutput, Type, ValueRef};
use rusqlite::{Connection, ErrorCode, params_from_iter};

use crate::error::StoreError;
use crate::sql::value::Value;
use crate::sql::{Columns, Engine, Error, Kind, Result, Row};

impl Engine for Connection {
    fn execute(&self, sql: &str, values: &[Value<'_>]) -> Result<u64> {
        let changed = self.prepare_cached(sql)?.execute(params_from_iter(values))?;
        Ok(changed as u64)
    }

    fn now(&self) -> Result<i64> {
        self.prepare_cached("SELECT CAST(unixepoch('subsec') * 1000000 AS INTEGER)")?
            .query_row([], |row| row.get(0))
            .map_err(Error::from)
    }

    fn each(
        &self,
        sql: &str,
        values: &[Value<'_>],
        take: &mut dyn FnMut(&Row<'_>) -> Result<bool>,
    ) -> Result<()> {
        let mut statement = self.prepare_cached(sql)?;
        let mut rows = statement.query(params_from_iter(values))?;
        while let Some(row) = rows.next()? {
            if !take(row)? {
                break;
            }
        }
        Ok(())
    }
}

impl ToSql for Value<'_> {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        let value = match *self {
            Value::Null => ValueRef::Null,
            Value::Integer(number) => ValueRef::Integer(number),
            Value::Truth(is_so) => ValueRef::Integer(i64::from(is_so)),
            Value::Text(text) => ValueRef::Text(text.as_bytes()),
            Value::Bytes(bytes) => ValueRef::Blob(bytes),
        };
        Ok(ToSqlOutput::Borrowed(value))
    }
}

impl Columns for rusqlite::Row<'_> {
    fn text(&self, column: usize) -> Result<Option<&str>> {
        self.get_ref(column)?.as_str_or_null().map_err(|_| other_type(self, column, Type::Text))
    }

    fn number(&self, column: usize) -> Result<Option<i64>> {
        self.get_ref(column)?.as_i64_or_null().map_err(|_| other_type(self, column, Type::Integer))
    }

    fn truth(&self, column: usize) -> Result<Option<bool>> {
        Ok(self.number(column)?.map(|number| number != 0))
    }

    fn bytes(&self, column: usize) -> Result<Option<&[u8]>> {
        self.get_ref(column)?.as_blob_or_null().map_err(|_| other_type(self, column, Type::Blob))
    }
}

fn other_type(row: &rusqlite::Row<'_>, column: usize, wanted: Type) -> Error {
    let found = row.get_ref(column).map(|value| value.data_type());
    Error::failed(format!("column {column} should be {wanted} and is {found:?}"))
}

impl From<rusqlite::Error> for Error {
    fn from(error: rusqlite::Error) -> Error {
        let kind = match error.sqlite_error_code() {
            Some(ErrorCode::DiskFull) => Kind::Full,
            Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked) => Kind::Busy,
            Some(ErrorCode::ConstraintViolation) => Kind::NotUnique,
            _ => Kind::Failed,
        };
        Error { kind, why: error.to_string() }
    }
}

/// What an error means where nothing was written.
impl From<rusqlite::Error> for StoreError {
    fn from(error: rusqlite::Error) -> StoreError {
        Error::from(error).into()
    }
}
