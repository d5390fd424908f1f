//! Settings: small documents of the whole installation.

use super::columns::{Result, plain};
use super::connection::Connection;

pub(super) fn put(connection: &Connection, name: &str, value: &[u8]) -> Result<()> {
    put!(connection, "settings", { name: name }, { value: value })?;
    Ok(())
}

pub(super) fn put_if_absent(connection: &Connection, name: &str, value: &[u8]) -> Result<Vec<u8>> {
    connection.execute(
        "INSERT INTO settings (name, value) VALUES (?1, ?2) ON CONFLICT DO NOTHING",
        values![name, value],
    )?;
    connection.one("SELECT value FROM settings WHERE name = ?1", values![name], |row| plain(row, 0))
}

pub(super) fn get(connection: &Connection, name: &str) -> Result<Option<Vec<u8>>> {
    connection.first("SELECT value FROM settings WHERE name = ?1", values![name], |row| plain(row, 0))
}
