//! Everything that can be wrong with a statement.

use super::column::Column;
use crate::v3::verify::Violation;

/// Why a statement, or one row of it, is not taken. Lines are counted from 1, the heading being the first.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum StatementError {
    /// Its digest is not the platform's, as far as can be told.
    #[error(transparent)]
    Unverified(#[from] Violation),
    /// The header with the digest is not there.
    #[error("the header Wechatpay-Statement-Sha1 is missing")]
    DigestMissing,
    /// The header holds something else than a digest.
    #[error("the header Wechatpay-Statement-Sha1 is not 40 hexadecimal digits")]
    DigestMalformed,
    /// The text is not the one whose digest the header gives.
    #[error("the statement has the digest {found}, and its header says {expected}")]
    DigestMismatch {
        /// In the header.
        expected: String,
        /// Of the text.
        found: String,
    },
    /// The bytes are not UTF-8.
    #[error("the statement is not UTF-8 text")]
    NotText,
    /// There is no line at all.
    #[error("the statement is empty")]
    Empty,
    /// A column without which nothing can be told has no heading.
    #[error("the statement has no column {column}")]
    MissingColumn {
        /// Which one.
        column: Column,
    },
    /// Two columns have one heading, so that nobody can say which one is meant.
    #[error("the statement has the column {column} twice")]
    RepeatedColumn {
        /// Which one.
        column: Column,
    },
    /// A line that is neither a record nor the beginning of totals.
    #[error("line {line} is no record")]
    UnexpectedLine {
        /// Which one.
        line: usize,
    },
    /// A record with another number of values than there are headings.
    #[error("line {line} has {found} values under {expected} headings")]
    WrongCount {
        /// Which one.
        line: usize,
        /// How many there should be.
        expected: usize,
        /// How many there are.
        found: usize,
    },
    /// A value that every such record has is empty.
    #[error("line {line}: {column} is empty")]
    MissingValue {
        /// The line.
        line: usize,
        /// The column.
        column: Column,
    },
    /// A value that cannot stand there.
    #[error("line {line}: {column} {reason}")]
    BadValue {
        /// The line.
        line: usize,
        /// The column.
        column: Column,
        /// What is wrong with it.
        reason: String,
    },
}
