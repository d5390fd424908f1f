//! What the judges go back to when the store does.
//!
//! A store that was put back tells of rows that were dealt with since as if they were not, and of refunds what they were: who looks
//! sees them go backwards, that one time. What left and what the platform took stays as it was.

use std::collections::BTreeSet;

use refunds::batch::IntakeSeq;
use refunds::pool::ledger::Ledger;

use super::Record;

/// What the judges knew of the disk when it was backed up.
#[derive(Debug)]
pub(crate) struct Remembered {
    consumed: BTreeSet<IntakeSeq>,
    ledger: Option<Ledger>,
}

impl Record {
    pub(crate) fn remembered(&self) -> Remembered {
        Remembered { consumed: self.consumed.clone(), ledger: self.ledger.clone() }
    }

    /// The disk is again what it was then.
    pub(crate) fn go_back(&mut self, remembered: Remembered) {
        let Remembered { consumed, ledger } = remembered;
        (self.consumed, self.ledger) = (consumed, ledger);
        self.seen.clear();
        self.before.clear();
    }
}
