//! How often a merchant id may call. Source: [global-refund].

use std::collections::VecDeque;

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use crate::refund::Limit;
use crate::settings::RefundLimits;
use crate::wire;

/// The recent calls of one merchant id.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct Limits {
    submits: Window,
    refused: Window,
    old_orders: Window,
    queries: Window,
}

const SECOND: SignedDuration = SignedDuration::from_secs(1);
const MINUTE: SignedDuration = SignedDuration::from_mins(1);

impl Limits {
    /// Counts a submission, unless there were too many or too many were refused. A call turned away here counts as
    /// nothing, or a caller that never pauses would be shut out for ever.
    pub fn admit_submit(&mut self, now: Timestamp, limits: &RefundLimits) -> Result<(), Limit> {
        if !self.refused.has_room(now, SECOND, limits.refused_per_s) {
            return Err(Limit::Refused);
        }
        self.submits.admit(now, SECOND, limits.submits_per_s).map_err(|Full| Limit::Submits)
    }

    /// Counts a submission for an order older than a month.
    pub fn admit_old_order(&mut self, now: Timestamp, limits: &RefundLimits) -> Result<(), Limit> {
        self.old_orders.admit(now, MINUTE, limits.old_orders_per_minute).map_err(|Full| Limit::OldOrders)
    }

    /// Counts a refusal.
    pub fn note_refused(&mut self, now: Timestamp) {
        self.refused.recent.push_back(now);
    }

    /// Counts a query.
    pub fn admit_query(&mut self, now: Timestamp, limits: &RefundLimits) -> Result<(), Limit> {
        self.queries.admit(now, SECOND, limits.queries_per_s).map_err(|Full| Limit::Queries)
    }
}

/// The calls of the latest span of time: an exact sliding window.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(transparent)]
struct Window {
    #[serde(with = "wire::list")]
    recent: VecDeque<Timestamp>,
}

/// The window has as many calls as it may have.
struct Full;

impl Window {
    fn has_room(&mut self, now: Timestamp, span: SignedDuration, limit: u32) -> bool {
        while self.recent.front().is_some_and(|&earliest| now.duration_since(earliest) >= span) {
            self.recent.pop_front();
        }
        u32::try_from(self.recent.len()).is_ok_and(|used| used < limit)
    }

    fn admit(&mut self, now: Timestamp, span: SignedDuration, limit: u32) -> Result<(), Full> {
        if !self.has_room(now, span, limit) {
            return Err(Full);
        }
        self.recent.push_back(now);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn six_refused_calls_in_a_second_shut_the_door_until_the_second_is_over() {
        let (mut calls, limits) = (Limits::default(), RefundLimits::default());
        let start = Timestamp::UNIX_EPOCH;
        for n in 0..6 {
            let now = start + SignedDuration::from_millis(100 * n);
            assert_eq!(calls.admit_submit(now, &limits), Ok(()));
            calls.note_refused(now);
        }
        assert_eq!(
            calls.admit_submit(start + SignedDuration::from_millis(999), &limits),
            Err(Limit::Refused)
        );
        assert_eq!(calls.admit_submit(start + SECOND, &limits), Ok(()));
    }

    #[test]
    fn the_151st_call_of_a_second_is_one_too_many() {
        let (mut calls, limits) = (Limits::default(), RefundLimits::default());
        let now = Timestamp::UNIX_EPOCH;
        assert!((0..150).all(|_| calls.admit_submit(now, &limits).is_ok()));
        assert_eq!(calls.admit_submit(now, &limits), Err(Limit::Submits));
        assert_eq!(calls.admit_submit(now + SECOND, &limits), Ok(()));
    }
}
