//! How much a store has written: by the ratio one sees how many share a flush.

use std::sync::atomic::AtomicU64;

/// How much a store has written since it was opened.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Written {
    /// Transactions, each with one flush at most.
    pub commits: u64,
    /// Commands that were answered after one.
    pub answers: u64,
}

/// The figures while they are counted.
#[derive(Debug, Default)]
pub(crate) struct Counters {
    pub(crate) commits: AtomicU64,
    pub(crate) answers: AtomicU64,
}
