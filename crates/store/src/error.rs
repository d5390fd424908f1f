//! What can go wrong with a store, named for what its caller should do about it.

/// Why an operation of the store failed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum StoreError {
    /// What was named is not there: a merchant id, a refund.
    #[error("{what} is not in the store")]
    NotThere {
        /// What was named.
        what: String,
    },
    /// A key that must be new is in use. Keys are made by the caller; another one will do.
    #[error("{what} is in use already")]
    InUse {
        /// What the key is of.
        what: &'static str,
    },
    /// The disk is full. Nothing was written, reading works, and writing works again once there is space.
    #[error("the disk is full: nothing was written")]
    Full,
    /// An I/O error met a commit or a flush: what is on disk is unknown, and a second flush may lie. Every later call
    /// answers this; the process must end and read again.
    #[error("the store cannot be trusted any more, end the process: {why}")]
    Broken {
        /// What the database said.
        why: String,
    },
    /// The store cannot take the operation now; nothing was written.
    #[error("the store is busy: {why}")]
    Busy {
        /// What kept it.
        why: String,
    },
    /// The connection broke while the operation was being kept, and the store could not be asked since. It may have been
    /// written; the same operation again finds out, and writes it if it was not.
    #[error("nobody knows whether it was written: {why}")]
    Unclear {
        /// What was said last.
        why: String,
    },
    /// The store was written by a newer program, which this one would damage.
    #[error("the store has schema {found}, this program knows up to {known}; use the newer program")]
    TooNew {
        /// The schema's number in the store.
        found: i64,
        /// The newest this program knows.
        known: i64,
    },
    /// The operation failed and nothing was written: a row that cannot be read, a statement that is refused.
    #[error("{what} failed: {why}")]
    Failed {
        /// What was being done.
        what: &'static str,
        /// What was wrong.
        why: String,
    },
}

/// Why a batch was not written, or that nobody knows.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum CommitError {
    /// The merchant id has another owner. Nothing was written, and nothing ever will be under this epoch.
    #[error("another owner has taken over")]
    Fenced,
    /// Something is not as the owner saw it. Nothing was written; reading again shows what is so now.
    #[error("{what} is not as the owner saw it")]
    Conflict {
        /// What differs.
        what: String,
    },
    /// Nobody knows whether it was written.
    #[error("nobody knows whether the batch was written: {why}")]
    Unknown {
        /// What the database said.
        why: String,
    },
    /// Certainly not written.
    #[error("the batch was not written: {why}")]
    Failed {
        /// What was wrong.
        why: String,
    },
    /// The disk is full; certainly not written.
    #[error("the disk is full: the batch was not written")]
    Full,
    /// Certainly not written, and nothing ever will be by this process: see [`StoreError::Broken`].
    #[error("the store cannot be trusted any more, end the process: {why}")]
    Broken {
        /// What the database said.
        why: String,
    },
}

impl CommitError {
    pub(crate) fn conflict(what: impl ToString) -> CommitError {
        CommitError::Conflict { what: what.to_string() }
    }
}
