//! What lets an operation of the gateway's store fail.

use std::sync::{Arc, Mutex, MutexGuard};

use store::contract::Answer;
use store::error::StoreError;
use store::failing::Failure;

/// How an operation fails.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Manner {
    /// The store does not take it, and says so.
    NotDone,
    /// It is done, and nobody hears of it: the answer to COMMIT is lost.
    AnswerLost,
    /// It is done, and the flush after it fails: from then on the store is not to be trusted.
    Broken,
}

/// Lets one operation fail.
#[derive(Debug)]
pub(crate) struct Failures {
    manner: Manner,
    next: Mutex<Next>,
}

#[derive(Debug)]
struct Next {
    /// How many operations go well before the next one fails; none if none fails any more.
    before: Option<usize>,
    /// Which one has failed.
    failed: Option<&'static str>,
}

impl Failures {
    /// One fails in this manner, after so many that go well.
    pub(crate) fn after_so_many(manner: Manner, before: usize) -> Arc<Failures> {
        Arc::new(Failures { manner, next: Mutex::new(Next { before: Some(before), failed: None }) })
    }

    /// None fails.
    pub(crate) fn none() -> Arc<Failures> {
        Arc::new(Failures { manner: Manner::NotDone, next: Mutex::new(Next { before: None, failed: None }) })
    }

    /// Lets no other one fail. Which one has.
    pub(crate) fn end(&self) -> Option<&'static str> {
        let mut next = self.lock();
        next.before = None;
        next.failed
    }

    /// Which operation has failed.
    pub(crate) fn failed(&self) -> Option<&'static str> {
        self.lock().failed
    }

    /// Whether `operation`, which is the next one, fails.
    fn has_come_to(&self, operation: &'static str) -> bool {
        let mut next = self.lock();
        match next.before {
            Some(0) => {
                *next = Next { before: None, failed: Some(operation) };
                true
            }
            before => {
                next.before = before.map(|before| before - 1);
                false
            }
        }
    }

    fn lock(&self) -> MutexGuard<'_, Next> {
        self.next.lock().unwrap()
    }
}

impl Failure for Failures {
    fn before(&self, operation: &'static str) -> Answer<()> {
        match self.manner {
            Manner::NotDone if self.has_come_to(operation) => {
                Err(StoreError::Busy { why: "it is to fail here".to_owned() })
            }
            Manner::Broken if self.failed().is_some() => Err(broken()),
            _ => Ok(()),
        }
    }

    fn after(&self, operation: &'static str) -> Answer<()> {
        match self.manner {
            Manner::AnswerLost if self.has_come_to(operation) => {
                Err(StoreError::Unclear { why: "its answer is to be lost".to_owned() })
            }
            Manner::Broken if self.has_come_to(operation) => Err(broken()),
            _ => Ok(()),
        }
    }
}

/// What a store says that is not to be trusted.
fn broken() -> StoreError {
    StoreError::Broken { why: "a flush is to have failed".to_owned() }
}
