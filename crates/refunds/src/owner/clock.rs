//! A clock that is set back.
//!
//! Whatever was put off by the time it showed before would wait until it shows that again: hours, where it was hours ahead. What
//! the owner keeps in mind is therefore looked at anew, and what counts from a time that has not come yet counts from now.

use jiff::{SignedDuration, Timestamp};

use super::Owner;

/// Every clock is corrected a little now and then, which puts nothing off that matters.
const WORTH_HEEDING: SignedDuration = SignedDuration::from_secs(10);

impl Owner {
    /// The clock shows `now`.
    pub(super) fn heed_clock(&mut self, now: Timestamp) {
        self.budgets.clock_shows(now);
        self.questions.clock_shows(now);
        let before = std::mem::replace(&mut self.latest, now);
        if before.duration_since(now) < WORTH_HEEDING {
            return;
        }
        self.no_fault_lies_ahead(now);
        self.look_up_after.clear();
        self.check.forgotten.wait_no_longer_than(now);
        self.plan_again = Some(now);
        self.reading.front_again = self.reading.front_again.map(|at| at.min(now));
        self.hand.queue.wake_all();
    }
}
