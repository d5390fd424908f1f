//! What an error of PostgreSQL means. Its codes are those of the manual's appendix "PostgreSQL Error Codes".

use std::error::Error as _;

use tokio_postgres::error::{DbError, SqlState};

use crate::sql::{Error, Kind};

impl From<tokio_postgres::Error> for Error {
    fn from(error: tokio_postgres::Error) -> Error {
        match error.as_db_error() {
            Some(said) => Error { kind: kind(said), why: sentence(said) },
            None if is_ours(&error) => Error::failed(chain(&error)),
            None => Error { kind: Kind::Gone, why: chain(&error) },
        }
    }
}

/// The server's sentence and code. Its further details may repeat the values of a row, and are left out.
fn sentence(said: &DbError) -> String {
    format!("{} (SQLSTATE {})", said.message(), said.code().code())
}

/// An error and its causes. None of them repeats how the connection was asked for.
fn chain(error: &tokio_postgres::Error) -> String {
    match error.source() {
        Some(cause) => format!("{error}: {cause}"),
        None => error.to_string(),
    }
}

/// Whether the error came up before anything was sent: the connection is as it was.
fn is_ours(error: &tokio_postgres::Error) -> bool {
    !error.is_closed() && error.source().is_none_or(|cause| cause.downcast_ref::<std::io::Error>().is_none())
}

fn kind(said: &DbError) -> Kind {
    let code = said.code();
    match code {
        // Two that make the same table at once may hear any of these.
        &SqlState::UNIQUE_VIOLATION | &SqlState::DUPLICATE_TABLE | &SqlState::DUPLICATE_OBJECT => {
            Kind::NotUnique
        }
        &SqlState::DISK_FULL => Kind::Full,
        &SqlState::T_R_SERIALIZATION_FAILURE | &SqlState::T_R_DEADLOCK_DETECTED => Kind::Again,
        // What the server lacks, or its disk has not done, it says of this transaction alone, and has undone it.
        &SqlState::LOCK_NOT_AVAILABLE
        | &SqlState::QUERY_CANCELED
        | &SqlState::INSUFFICIENT_RESOURCES
        | &SqlState::OUT_OF_MEMORY
        | &SqlState::TOO_MANY_CONNECTIONS
        | &SqlState::CONFIGURATION_LIMIT_EXCEEDED
        | &SqlState::IO_ERROR => Kind::Busy,
        // The server goes down, or was made a standby while we were connected.
        &SqlState::ADMIN_SHUTDOWN
        | &SqlState::CRASH_SHUTDOWN
        | &SqlState::CANNOT_CONNECT_NOW
        | &SqlState::READ_ONLY_SQL_TRANSACTION
        | &SqlState::T_R_STATEMENT_COMPLETION_UNKNOWN => Kind::Gone,
        _ if code.code().starts_with("08") || said.severity() == "FATAL" || said.severity() == "PANIC" => {
            Kind::Gone
        }
        _ => Kind::Failed,
    }
}
