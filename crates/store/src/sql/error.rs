//! What can go wrong with a statement, named for what follows from it.

use crate::error::{CommitError, StoreError};

/// What a statement comes to.
pub(crate) type Result<T> = std::result::Result<T, Error>;

/// Why a statement failed.
#[derive(Debug, Clone, thiserror::Error)]
#[error("{why}")]
pub(crate) struct Error {
    pub(crate) kind: Kind,
    /// What the database said. No value of a row is in it, and no password.
    pub(crate) why: String,
}

/// What follows from an error.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    /// A row of the same key is there.
    NotUnique,
    /// The disk is full.
    Full,
    /// Somebody else holds what was needed.
    Busy,
    /// Another transaction was in the way: all of this one is to be done again.
    Again,
    /// The connection is gone, and what was not committed with it.
    Gone,
    /// Anything else: a row that cannot be read, a statement that is refused.
    Failed,
}

impl Error {
    pub(crate) fn failed(why: impl ToString) -> Error {
        Error { kind: Kind::Failed, why: why.to_string() }
    }
}

/// What an error means where nothing was written.
impl From<Error> for StoreError {
    fn from(Error { kind, why }: Error) -> StoreError {
        match kind {
            Kind::Full => StoreError::Full,
            Kind::Busy | Kind::Again | Kind::Gone => StoreError::Busy { why },
            Kind::NotUnique | Kind::Failed => StoreError::Failed { what: "the database", why },
        }
    }
}

/// What it means for a batch that it was not handed to a thread that writes.
impl From<StoreError> for CommitError {
    fn from(error: StoreError) -> CommitError {
        match error {
            StoreError::Full => CommitError::Full,
            StoreError::Broken { why } => CommitError::Broken { why },
            StoreError::Unclear { why } => CommitError::Unknown { why },
            other => CommitError::Failed { why: other.to_string() },
        }
    }
}
