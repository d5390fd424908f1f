//! One policy's way through a trial.

use jiff::Timestamp;
use refunds::policy::Policy;
use refunds::refund::Promise;
use store::error::{CommitError, StoreError};

use crate::driver::Driver;
use crate::history::Trial;
use crate::sight::Sight;

/// What came of a policy in a trial.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Run {
    /// Every attempt, in order.
    pub attempts: Vec<Attempt>,
    /// By place of the refund.
    pub refunds: Vec<Outcome>,
}

/// One attempt to have a refund accepted, answered at the instant at which it was made.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Attempt {
    /// When.
    pub at: Timestamp,
    /// The place of the refund.
    pub refund: usize,
    /// Whether it was accepted; else it met NOT ENOUGH.
    pub accepted: bool,
}

/// What came of one refund.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Outcome {
    /// When it was accepted, if it was by the last payment.
    pub accepted_at: Option<Timestamp>,
    /// What was said of when it would leave, if it had to wait and somebody could say.
    pub promise: Option<Promise>,
}

/// Why a replay could not be played to its end. None of these is the history's fault.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ReplayError {
    /// The replay's own store refused what it was asked.
    #[error("the replay's own store failed: {0}")]
    Store(#[from] StoreError),
    /// It refused what the owner decided.
    #[error("the replay's own store refused a decision: {0}")]
    Commit(#[from] CommitError),
}

impl Run {
    /// Plays `trial` under `policy`, which gets to see what `sight` shows.
    pub fn of(trial: &Trial<'_>, policy: &Policy, sight: Sight) -> Result<Run, ReplayError> {
        Driver::new(trial, policy, sight)?.play()
    }
}
