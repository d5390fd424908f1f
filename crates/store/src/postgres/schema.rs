//! Bringing a database to the schema that this program knows.
//!
//! Several nodes may start at once. The number of the schema is one row of a table, which is locked while migrations
//! are carried out: the second one waits, and finds nothing left to do. All of it is one transaction, so a node that ends
//! in between leaves the schema as it was.

use super::session::Session;
use crate::error::StoreError;
use crate::sql::{Connection, Error, Kind, Result};

/// The migrations, each with its number.
const MIGRATIONS: &[(i64, &str)] = &[
    (10, include_str!("../../migrations/postgres/V10__whole.sql")),
    (11, include_str!("../../migrations/postgres/V11__restored.sql")),
];

/// The table that has the number of the schema.
pub(super) const TABLE: &str = "tidegate_schema";

/// The number of the newest schema, which this program works with.
pub(super) fn newest() -> i64 {
    MIGRATIONS.last().map_or(0, |(number, _)| *number)
}

/// How often a table that somebody else makes at the same moment is looked for again.
const TRIES: u32 = 20;

/// Brings the schema up to date. Whether there was none before.
///
/// A database whose texts are not UTF-8 is refused, and so is one of a newer program; nothing is changed then.
pub(super) fn bring_up_to_date(session: &Session) -> std::result::Result<bool, StoreError> {
    let encoding = session.look_up("SHOW server_encoding")?.unwrap_or_default();
    if encoding != "UTF8" {
        let why = format!("its texts are {encoding}: make it with the encoding UTF8");
        return Err(StoreError::Failed { what: "opening the database", why });
    }
    for _ in 0..TRIES {
        match with_number(session) {
            Ok(()) => break,
            // Two nodes that make the table at the same moment meet in the server's own catalogue.
            Err(Error { kind: Kind::NotUnique | Kind::Again, .. }) => {}
            Err(error) => return Err(failed(error)),
        }
    }
    session.begin("BEGIN ISOLATION LEVEL READ COMMITTED");
    let migrated = migrate(session);
    session.roll_back();
    migrated
}

fn failed(error: Error) -> StoreError {
    match StoreError::from(error) {
        StoreError::Failed { why, .. } => StoreError::Failed { what: "bringing the schema up to date", why },
        other => other,
    }
}

/// Makes the row of the schema's number, if it is not there. One that is there is not touched: who may only read and write
/// rows can use a schema that is up to date.
fn with_number(session: &Session) -> Result<()> {
    if session.look_up("SELECT to_regclass('tidegate_schema')")?.is_none() {
        session.control(
            "CREATE TABLE IF NOT EXISTS tidegate_schema (is_only BOOLEAN PRIMARY KEY CHECK (is_only), version BIGINT NOT NULL)",
        )?;
    }
    if session.look_up("SELECT version FROM tidegate_schema")?.is_none() {
        session.control(
            "INSERT INTO tidegate_schema (is_only, version) VALUES (TRUE, 0) ON CONFLICT DO NOTHING",
        )?;
    }
    Ok(())
}

fn migrate(session: &Session) -> std::result::Result<bool, StoreError> {
    let connection: &Connection = session;
    let known = newest();
    let number = |sql: &str| {
        connection
            .one(sql, &[], |row| row.number(0)?.ok_or_else(|| Error::failed("the schema has no number")))
    };
    let seen = number("SELECT version FROM tidegate_schema").map_err(failed)?;
    if seen == known {
        return Ok(false);
    }
    let found = number("SELECT version FROM tidegate_schema FOR UPDATE").map_err(failed)?;
    if found > known {
        return Err(StoreError::TooNew { found, known });
    }
    for (number, sql) in MIGRATIONS.iter().filter(|(number, _)| *number > found) {
        session.control(sql).map_err(failed)?;
        session.control(&format!("UPDATE tidegate_schema SET version = {number}")).map_err(failed)?;
    }
    session
        .commit(true)
        .map_err(|loss| StoreError::Busy { why: format!("the schema was not changed: {loss:?}") })?;
    Ok(found == 0)
}
