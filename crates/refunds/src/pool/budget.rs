//! How many calls a merchant id has left.
//!
//! WeChat Pay takes 150 calls of a kind and 6 refused ones a second from a merchant id. The gateway stays below both by
//! itself. A new owner starts with nothing: whoever was there before may just have used it up.
//! Source: [global-refund 2.1].

use jiff::{SignedDuration, Timestamp};

const SECOND: SignedDuration = SignedDuration::from_secs(1);
const MICROS: i64 = 1_000_000;

/// Calls of one kind in any span of a given length.
#[derive(Debug, Clone)]
pub struct Calls {
    /// Refilled evenly; a twelfth of the limit may be saved up, so that no span sees more than the limit.
    capacity: i64,
    refill_per_span: i64,
    span: SignedDuration,
    /// In millionths of a call.
    level: i64,
    at: Timestamp,
}

impl Calls {
    /// At most `limit` calls in any `span`, with nothing left at `now`.
    pub fn none_left(limit: u32, span: SignedDuration, now: Timestamp) -> Calls {
        Calls::saving(limit, burst(limit), span, now)
    }

    /// The same, of which `capacity` may be saved up.
    fn saving(limit: u32, capacity: u32, span: SignedDuration, now: Timestamp) -> Calls {
        let capacity = i64::from(capacity);
        // Calls are counted when they are decided on. As much again is left for those that leave later than that.
        let refill_per_span = (i64::from(limit) - 2 * capacity).max(1);
        Calls { capacity, refill_per_span, span, level: 0, at: now }
    }

    /// Takes one call if there is one.
    pub fn take(&mut self, now: Timestamp) -> bool {
        self.refill(now);
        let taken = self.level >= MICROS;
        if taken {
            self.level -= MICROS;
        }
        taken
    }

    /// Whether a call is there.
    pub fn any(&mut self, now: Timestamp) -> bool {
        self.refill(now);
        self.level >= MICROS
    }

    /// The clock shows `now`. If it was set back, calls come back from here on as ever, and not only once the old time is
    /// reached: whoever waits for [`next`](Calls::next) before taking one would wait until then.
    pub fn clock_shows(&mut self, now: Timestamp) {
        self.at = self.at.min(now);
    }

    /// When there is one.
    pub fn next(&self, now: Timestamp) -> Timestamp {
        let missing = (MICROS - self.level).max(0);
        let span = i64::try_from(self.span.as_micros()).unwrap_or(i64::MAX);
        let wait = i128::from(missing) * i128::from(span)
            / (i128::from(self.refill_per_span) * i128::from(MICROS))
            + 1;
        let wait = SignedDuration::from_micros(i64::try_from(wait).unwrap_or(i64::MAX));
        // The level is that of `at`: what was refilled since counts.
        if missing == 0 { now } else { (self.at.min(now) + wait).max(now) }
    }

    fn refill(&mut self, now: Timestamp) {
        self.clock_shows(now);
        let passed = i128::from(i64::try_from(now.duration_since(self.at).as_micros()).unwrap_or(0).max(0));
        let span = self.span.as_micros().max(1);
        let gained = passed * i128::from(self.refill_per_span) * i128::from(MICROS) / span;
        if gained > 0 {
            let full = i128::from(self.capacity * MICROS);
            self.level = i64::try_from((i128::from(self.level) + gained).min(full)).unwrap_or(self.level);
            self.at = now;
        }
    }
}

/// How many calls may be saved up under `limit`, and how many may be decided on while a commit is under way. A backlog leaves
/// at the limit less twice as many: in less than 1.2 times the time that the limit takes.
pub fn burst(limit: u32) -> u32 {
    (limit / 12).max(1)
}

/// Calls of one kind that are halved for a while when WeChat Pay says that they come too fast.
#[derive(Debug, Clone)]
pub struct PacedCalls {
    full: Calls,
    half: Calls,
    slow_until: Option<Timestamp>,
}

impl PacedCalls {
    /// At most `limit` calls a second, with nothing left at `now`.
    pub fn none_left(limit: u32, now: Timestamp) -> PacedCalls {
        PacedCalls::saving(limit, burst, now)
    }

    /// The same for questions: they leave when they are decided on, not when a commit comes back, so that fewer need be saved up
    /// and more of the limit is used.
    pub fn of_questions(limit: u32, now: Timestamp) -> PacedCalls {
        PacedCalls::saving(limit, |limit| (limit / 20).max(1), now)
    }

    fn saving(limit: u32, saved: fn(u32) -> u32, now: Timestamp) -> PacedCalls {
        let calls = |limit| Calls::saving(limit, saved(limit), SECOND, now);
        PacedCalls { full: calls(limit), half: calls((limit / 2).max(1)), slow_until: None }
    }

    /// Takes one call if there is one.
    pub fn take(&mut self, now: Timestamp) -> bool {
        let any = self.any(now);
        if any {
            self.full.take(now);
            self.half.take(now);
        }
        any
    }

    /// Whether a call is there.
    pub fn any(&mut self, now: Timestamp) -> bool {
        let half = self.half.any(now) || !self.is_slow(now);
        half && self.full.any(now)
    }

    /// See [`Calls::clock_shows`].
    pub fn clock_shows(&mut self, now: Timestamp) {
        self.full.clock_shows(now);
        self.half.clock_shows(now);
    }

    /// When there is one.
    pub fn next(&self, now: Timestamp) -> Timestamp {
        let next = self.full.next(now);
        if self.is_slow(now) { next.max(self.half.next(now)) } else { next }
    }

    /// Halves the calls until `until`.
    pub fn slow_down(&mut self, until: Timestamp) {
        self.slow_until = self.slow_until.max(Some(until));
    }

    fn is_slow(&self, now: Timestamp) -> bool {
        self.slow_until.is_some_and(|until| until > now)
    }
}

/// Attempts that may be refused.
///
/// One of them is taken before an attempt that the pool is not known to cover. An acceptance gives it back at once, so a
/// pool that evidently holds is not slowed; a refusal gives it back a second later, so one that does not is not hammered
/// and no second sees more refusals than there are.
#[derive(Debug, Clone)]
pub struct Refusals {
    free: u32,
    returning: Vec<Timestamp>,
}

impl Refusals {
    /// `limit` of them, all to come back a second after `now`.
    pub fn none_left(limit: u32, now: Timestamp) -> Refusals {
        let count = usize::try_from(limit).unwrap_or(0);
        Refusals { free: 0, returning: vec![now + SECOND; count] }
    }

    /// Takes one if there is one.
    pub fn take(&mut self, now: Timestamp) -> bool {
        self.collect(now);
        let taken = self.free > 0;
        self.free -= u32::from(taken);
        taken
    }

    /// Whether one is there.
    pub fn any(&mut self, now: Timestamp) -> bool {
        self.collect(now);
        self.free > 0
    }

    /// When the next one comes back by itself; none if all that are out wait for an answer.
    pub fn next(&self) -> Option<Timestamp> {
        self.returning.iter().min().copied()
    }

    /// The attempt was accepted, or not made after all.
    pub fn accepted(&mut self) {
        self.free += 1;
    }

    /// The attempt was answered otherwise at `now`, or not at all.
    pub fn refused(&mut self, now: Timestamp) {
        self.returning.push(now + SECOND);
    }

    /// An attempt that was thought safe was refused at `now`: it counts all the same.
    pub fn charge(&mut self, now: Timestamp) {
        self.collect(now);
        if self.free > 0 {
            self.free -= 1;
        } else if let Some(soonest) =
            self.returning.iter().enumerate().min_by_key(|(_, at)| **at).map(|(n, _)| n)
        {
            self.returning.swap_remove(soonest);
        } else {
            return;
        }
        self.returning.push(now + SECOND);
    }

    fn collect(&mut self, now: Timestamp) {
        // None is out for longer than a second, whatever the clock was set to meanwhile.
        self.returning.iter_mut().for_each(|at| *at = (*at).min(now + SECOND));
        let out = self.returning.len();
        self.returning.retain(|&at| at > now);
        self.free += u32::try_from(out - self.returning.len()).unwrap_or(0);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn start() -> Timestamp {
        "2026-03-02T12:00:00+08:00".parse().unwrap()
    }

    fn millis(n: i64) -> SignedDuration {
        SignedDuration::from_millis(n)
    }

    #[test]
    fn a_backlog_leaves_in_at_most_a_fifth_more_than_the_time_that_the_limit_takes() {
        let (limit, backlog) = (150, 15_000);
        for mut calls in [PacedCalls::none_left(limit, start()), PacedCalls::of_questions(limit, start())] {
            let mut now = start();
            for _ in 0..backlog {
                now = calls.next(now);
                assert!(calls.take(now));
            }
            let took = now.duration_since(start()).as_secs_f64();
            assert!(took <= f64::from(backlog) / f64::from(limit) * 1.2, "{took} s");
        }
    }

    #[test]
    fn a_clock_that_is_set_back_stops_nobody() {
        let now = start() - SignedDuration::from_hours(10);
        let later = |millis| now + SignedDuration::from_millis(millis);
        let mut calls = Calls::none_left(150, SECOND, start());
        assert!(!calls.take(now) && calls.next(now) < later(100));
        assert!(calls.take(later(100)));
        let mut refusals = Refusals::none_left(3, start());
        assert!(!refusals.take(now));
        assert!(refusals.next().is_some_and(|next| next <= later(1_000)));
        assert!(refusals.take(later(1_000)));
    }

    #[test]
    fn who_waits_for_a_call_before_taking_it_is_not_stopped_by_a_clock_that_is_set_back() {
        let mut calls = PacedCalls::of_questions(1, start() - SECOND);
        assert!(calls.take(start()), "by a clock that is ten hours ahead");
        let set_right = start() - SignedDuration::from_hours(10);
        let first = (0..100).map(|n| set_right + millis(100 * n)).find(|now| {
            calls.clock_shows(*now);
            calls.next(*now) <= *now
        });
        assert!(first.is_some_and(|first| first <= set_right + SECOND + millis(100)), "{first:?}");
    }

    #[test]
    fn a_new_owner_starts_with_nothing_and_soon_has_something() {
        let mut calls = Calls::none_left(150, SECOND, start());
        assert!(!calls.take(start()));
        let next = calls.next(start());
        assert!(next < start() + millis(10));
        assert_eq!(calls.next(start() + SECOND), start() + SECOND, "what was refilled meanwhile counts");
        assert!(calls.take(next));
    }

    proptest! {
        #[test]
        fn no_second_sees_more_calls_than_the_limit(gaps in proptest::collection::vec(0i64..30, 1..600)) {
            let mut calls = Calls::none_left(150, SECOND, start());
            let mut now = start();
            let mut taken = vec![];
            for gap in gaps {
                now += millis(gap);
                while calls.take(now) {
                    taken.push(now);
                }
            }
            for (i, first) in taken.iter().enumerate() {
                let within = taken[i..].iter().take_while(|at| at.duration_since(*first) < SECOND).count();
                prop_assert!(within <= 150, "{within} calls within a second");
            }
        }

        #[test]
        fn no_second_sees_more_than_three_refusals(steps in proptest::collection::vec((0i64..400, 0i64..3000), 1..200)) {
            let mut refusals = Refusals::none_left(3, start());
            let mut now = start();
            let mut answers: Vec<Timestamp> = vec![];
            let mut refused_at: Vec<Timestamp> = vec![];
            for (gap, travel) in steps {
                now += millis(gap);
                answers.sort();
                while answers.first().is_some_and(|&at| at <= now) {
                    let at = answers.remove(0);
                    refusals.refused(at);
                    refused_at.push(at);
                }
                if refusals.take(now) {
                    answers.push(now + millis(travel));
                }
            }
            for (i, first) in refused_at.iter().enumerate() {
                let within = refused_at[i..].iter().take_while(|at| at.duration_since(*first) < SECOND).count();
                prop_assert!(within <= 3);
            }
        }
    }

    #[test]
    fn a_refusal_of_an_attempt_thought_safe_counts_all_the_same() {
        let mut refusals = Refusals::none_left(3, start() - SECOND);
        (0..5).for_each(|_| refusals.charge(start()));
        assert!(!refusals.any(start()));
        assert!(refusals.any(start() + SECOND), "and all three come back");
        assert!((0..3).all(|_| refusals.take(start() + SECOND)) && !refusals.take(start() + SECOND));
    }

    #[test]
    fn calls_that_came_too_fast_are_halved_for_a_while() {
        let mut calls = PacedCalls::none_left(150, start() - SECOND);
        calls.slow_down(start() + SECOND * 60);
        let within = |calls: &mut PacedCalls, from: Timestamp| {
            (0..1000).filter(|n| calls.take(from + millis(*n))).count()
        };
        assert!(within(&mut calls, start()) <= 75);
        assert!(within(&mut calls, start() + SECOND * 60) > 100);
    }

    #[test]
    fn acceptances_do_not_slow_a_pool_that_holds() {
        let mut refusals = Refusals::none_left(3, start() - SECOND);
        for _ in 0..100 {
            assert!(refusals.take(start()));
            refusals.accepted();
        }
    }
}
