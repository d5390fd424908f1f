//! The two clocks of a node: one tells the time and may be set wrong, the other only goes on.

use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use refunds::lease::Uptime;

/// A difference that no signed answer corrects. As the gateway's clock has it.
const WORTH_CORRECTING: SignedDuration = SignedDuration::from_secs(2);

/// A node's clocks.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Clocks {
    born: Timestamp,
    /// How many parts in a million both go too fast.
    rate_ppm: i64,
    /// How far the one that tells the time was off when it was set.
    off: SignedDuration,
    set_at: Timestamp,
}

impl Clocks {
    pub(crate) fn new(born: Timestamp, off: SignedDuration, rate_ppm: i64) -> Clocks {
        Clocks { born, rate_ppm, off, set_at: born }
    }

    /// How far the clock that tells the time is ahead.
    pub(crate) fn error(&self, now: Timestamp) -> SignedDuration {
        self.off + ppm_of(now.duration_since(self.set_at), self.rate_ppm)
    }

    /// What the time is to the node.
    pub(crate) fn wall(&self, now: Timestamp) -> Timestamp {
        now + self.error(now)
    }

    /// What its other clock shows.
    pub(crate) fn uptime(&self, now: Timestamp) -> Uptime {
        let passed = now.duration_since(self.born);
        Uptime(Duration::try_from(passed + ppm_of(passed, self.rate_ppm)).unwrap_or_default())
    }

    /// Whether it was set within the last seconds: budgets count by it.
    pub(crate) fn was_set(&self, now: Timestamp) -> bool {
        self.set_at > self.born && now.duration_since(self.set_at) < SignedDuration::from_secs(3)
    }

    /// Somebody sets the clock.
    pub(crate) fn set(&mut self, now: Timestamp, off: SignedDuration) {
        (self.off, self.set_at) = (off, now);
    }

    /// The platform signed an answer within the last moment: a clock that is further off than that explains is corrected.
    pub(crate) fn learn(&mut self, now: Timestamp, signed_at: Timestamp, took: SignedDuration) {
        let error = self.error(now);
        let behind = signed_at.duration_since(now + error);
        let most = behind + SignedDuration::from_secs(1) + took;
        if behind > WORTH_CORRECTING || most < -WORTH_CORRECTING {
            let corrected = SignedDuration::ZERO.clamp(behind, most);
            self.set(now, error + corrected);
        }
    }
}

fn ppm_of(span: SignedDuration, ppm: i64) -> SignedDuration {
    SignedDuration::from_micros(span.as_millis().try_into().unwrap_or(i64::MAX / 1_000_000) * ppm / 1_000)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_clock_that_was_set_wrong_is_corrected_by_a_signed_answer_and_the_other_goes_on() {
        let born = Timestamp::UNIX_EPOCH;
        let mut clocks = Clocks::new(born, SignedDuration::from_millis(700), 0);
        let now = born + SignedDuration::from_secs(10);
        assert_eq!(clocks.wall(now), now + SignedDuration::from_millis(700));
        clocks.set(now, SignedDuration::from_hours(-24));
        assert_eq!(clocks.uptime(now), Uptime(Duration::from_secs(10)));
        clocks.learn(now, now, SignedDuration::from_millis(100));
        assert!(clocks.error(now).abs() <= SignedDuration::from_secs(2), "{}", clocks.error(now));
    }

    #[test]
    fn a_clock_drifts_by_its_rate() {
        let born = Timestamp::UNIX_EPOCH;
        let clocks = Clocks::new(born, SignedDuration::ZERO, 50);
        let now = born + SignedDuration::from_secs(1_000_000);
        assert_eq!(clocks.error(now), SignedDuration::from_secs(50));
    }
}
