//! Settings: small documents of the whole installation.

use rusqlite::{Connection, OptionalExtension, params};

use super::columns::Result;

pub(super) fn put(connection: &Connection, name: &str, value: &[u8]) -> Result<()> {
    connection
        .prepare_cached("INSERT OR REPLACE INTO settings (name, value) VALUES (?1, ?2)")?
        .execute(params![name, value])?;
    Ok(())
}

pub(super) fn put_if_absent(connection: &Connection, name: &str, value: &[u8]) -> Result<Vec<u8>> {
    connection
        .prepare_cached("INSERT INTO settings (name, value) VALUES (?1, ?2) ON CONFLICT DO NOTHING")?
        .execute(params![name, value])?;
    connection
        .prepare_cached("SELECT value FROM settings WHERE name = ?1")?
        .query_row([name], |row| row.get(0))
}

pub(super) fn get(connection: &Connection, name: &str) -> Result<Option<Vec<u8>>> {
    connection
        .prepare_cached("SELECT value FROM settings WHERE name = ?1")?
        .query_row([name], |row| row.get(0))
        .optional()
}
