//! Why there are no figures.

use std::io;
use std::path::PathBuf;

/// Why a run came to nothing.
#[derive(Debug, thiserror::Error)]
pub enum BenchError {
    /// A process of ours cannot be started or waited for.
    #[error("the process `{role}`: {source}")]
    Process {
        /// What it is.
        role: &'static str,
        /// The system's answer.
        source: io::Error,
    },
    /// A process of ours did not say that it is ready.
    #[error("the process `{role}` did not become ready; what it wrote above says why")]
    NotReady {
        /// What it is.
        role: &'static str,
    },
    /// A process of ours did not end well.
    #[error("the process `{role}` did not end well; what it wrote above says why")]
    NotEnding {
        /// What it is.
        role: &'static str,
    },
    /// A file cannot be read or written.
    #[error("{}: {source}", path.display())]
    File {
        /// Which.
        path: PathBuf,
        /// The system's answer.
        source: io::Error,
    },
    /// A file holds something else than expected.
    #[error("{} does not hold what it should: {what}", path.display())]
    Content {
        /// Which.
        path: PathBuf,
        /// What is wrong.
        what: String,
    },
    /// A key cannot be used.
    #[error(transparent)]
    Key(#[from] wechatpay::keys::KeyError),
    /// A certificate does not belong to its key.
    #[error("a merchant's certificate does not check what its key signs")]
    KeysDiffer,
    /// SQLite failed, where it is measured without our store.
    #[error("SQLite: {0}")]
    Sqlite(#[from] rusqlite::Error),
    /// The store failed.
    #[error("the store: {0}")]
    Store(#[from] store::error::StoreError),
    /// The store refused a batch.
    #[error("the store: {0}")]
    Commit(#[from] store::error::CommitError),
    /// A connection was cut.
    #[error("{address}: {source}")]
    Connection {
        /// Whom it led to.
        address: String,
        /// The system's answer.
        source: io::Error,
    },
    /// An answer that is none of HTTP/1.1 as our servers speak it.
    #[error("{address}: the answer is not as expected: {what}")]
    NotHttp {
        /// Who answered.
        address: String,
        /// What is wrong.
        what: &'static str,
    },
    /// An answer other than the one without which there is nothing to measure.
    #[error("{what} was answered {status}: {body}")]
    Refused {
        /// What was asked for.
        what: String,
        /// The answer's status.
        status: u16,
        /// The answer.
        body: String,
    },
    /// What should have happened did not, for a long time.
    #[error("{what} did not happen in {seconds} s; {got} of {wanted} did")]
    Stalled {
        /// What.
        what: &'static str,
        /// For how long nothing happened.
        seconds: u64,
        /// How many did.
        got: usize,
        /// How many should have.
        wanted: usize,
    },
    /// A name of ours is not one.
    #[error("not a name: {0}")]
    Name(String),
}

/// That a name of ours is not one, with what says so.
pub(crate) fn not_a_name(error: impl ToString) -> BenchError {
    BenchError::Name(error.to_string())
}
