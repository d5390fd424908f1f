//! Moving a virtual clock: the waiting around the rules of [`Timeline`](super::timeline::Timeline).

use std::future::Future;
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use tokio::time::{Instant, timeout_at};

use super::shared::VirtualClock;
use super::timeline::{Move, Step};

/// How often a clock that runs by itself moves, by the wall's clock.
const TICK: Duration = Duration::from_millis(20);

/// What the clock moves: the sandbox's own side.
pub trait Moved: Send + Sync {
    /// When something will happen by itself.
    fn next_event(&self) -> Option<Timestamp>;

    /// Does everything that is due now, and waits until nothing of it is in flight. What was sent to somebody is
    /// followed by [`VirtualClock::ask_again`].
    fn settle(&self) -> impl Future<Output = ()> + Send;
}

/// The last instant a virtual clock shows, the beginning of the year 2200: the platform's time ends there.
pub const END: Timestamp = Timestamp::constant(7_258_118_400, 0);

/// The end of an advance.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Advanced {
    /// Where the clock is.
    pub at: Step,
    /// The participants that it gave up waiting for on the way.
    pub silent: Vec<String>,
}

/// Moves the clock by `by`; see [`advance_to`].
pub async fn advance_by(clock: &VirtualClock, stage: &impl Moved, by: SignedDuration) -> Advanced {
    let moving = clock.moving.lock().await;
    // Counted from where the clock is once it is our turn.
    let target = clock.at().now.checked_add(by).unwrap_or(END).min(END);
    let advanced = go(clock, stage, target).await;
    drop(moving);
    advanced
}

/// Moves the clock from event to event to `target`, and comes back when everything due there is done too. A target
/// in the past is reached already. One advance after the other: a second one waits for the first.
pub async fn advance_to(clock: &VirtualClock, stage: &impl Moved, target: Timestamp) -> Advanced {
    let moving = clock.moving.lock().await;
    let advanced = go(clock, stage, target).await;
    drop(moving);
    advanced
}

/// Moves the clock by itself as long as it has a speed. Never comes back.
pub async fn run(clock: &VirtualClock, stage: &impl Moved) {
    let mut speed = clock.follow_speed();
    loop {
        // The clock is alive as long as we are, so its sender is too.
        if speed.wait_for(|&speed| speed > 0).await.is_err() {
            return;
        }
        let mut last = Instant::now();
        loop {
            tokio::time::sleep(TICK).await;
            let times = *speed.borrow_and_update();
            if times == 0 {
                break;
            }
            let passed = last.elapsed();
            last = Instant::now();
            let by = SignedDuration::try_from(passed.saturating_mul(times)).unwrap_or(SignedDuration::MAX);
            advance_by(clock, stage, by).await;
        }
    }
}

async fn go(clock: &VirtualClock, stage: &impl Moved, target: Timestamp) -> Advanced {
    // What participants said while the clock stood may be over: somebody may have given them something to do since. So
    // all are asked again before anything moves.
    clock.ask_again();
    let mut silent = Vec::new();
    loop {
        stage.settle().await;
        let step = clock.at().step;
        silent.extend(all_reported(clock).await);
        // What the participants did may have made something due at once, and what is sent to them begins a new step.
        stage.settle().await;
        if clock.at().step != step {
            continue;
        }
        let own = stage.next_event();
        let decided = clock.change(|timeline| {
            let decided = timeline.decide(own, target);
            if let Move::To(instant) = decided {
                timeline.go(instant);
            }
            decided
        });
        if decided == Move::Arrived {
            return Advanced { at: clock.at(), silent };
        }
    }
}

/// Waits until all have reported about the present step; gives the names of those that did not in time.
async fn all_reported(clock: &VirtualClock) -> Vec<String> {
    let deadline = Instant::now() + clock.patience;
    loop {
        let heard = clock.heard.notified();
        tokio::pin!(heard);
        // From here on no report is missed, so the look below is not too early.
        heard.as_mut().enable();
        if clock.look(|timeline| timeline.awaited().next().is_none()) {
            return Vec::new();
        }
        if timeout_at(deadline, heard).await.is_err() {
            return clock.change(|timeline| timeline.give_up_waiting());
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::{Arc, Mutex};

    use super::*;
    use crate::clock::shared::Clock;
    use crate::clock::timeline::Report;

    /// Longer than any of these tests.
    const LONG: Duration = Duration::from_secs(600);

    fn s(seconds: i64) -> Timestamp {
        Timestamp::UNIX_EPOCH + SignedDuration::from_secs(seconds)
    }

    /// A stage with events at given instants, which notes when it was there.
    struct Events {
        clock: Clock,
        at: Vec<Timestamp>,
        seen: Mutex<Vec<Timestamp>>,
    }

    impl Events {
        fn at(clock: &Clock, seconds: &[i64]) -> Arc<Events> {
            let at = seconds.iter().copied().map(s).collect();
            Arc::new(Events { clock: clock.clone(), at, seen: Mutex::new(Vec::new()) })
        }

        fn seen(&self) -> Vec<Timestamp> {
            self.seen.lock().unwrap().clone()
        }
    }

    impl Moved for Events {
        fn next_event(&self) -> Option<Timestamp> {
            let now = self.clock.now();
            self.at.iter().copied().filter(|&at| at > now).min()
        }

        async fn settle(&self) {
            let now = self.clock.now();
            let mut seen = self.seen.lock().unwrap();
            if seen.last() != Some(&now) {
                seen.push(now);
            }
        }
    }

    #[tokio::test]
    async fn an_advance_stops_at_every_event_and_answers_at_the_target() {
        let clock = Clock::standing_at(s(0), LONG);
        let stage = Events::at(&clock, &[10, 25, 90]);
        let virtual_clock = clock.as_virtual().unwrap();
        let advanced = advance_to(virtual_clock, &*stage, s(60)).await;
        assert_eq!((advanced.at.now, advanced.silent.len()), (s(60), 0));
        assert_eq!(stage.seen(), [s(0), s(10), s(25), s(60)]);
        assert_eq!(advance_to(virtual_clock, &*stage, s(30)).await.at.now, s(60), "never back");
        let further = advance_by(virtual_clock, &*stage, SignedDuration::from_secs(40)).await;
        assert_eq!(further.at.now, s(100));
    }

    #[tokio::test]
    async fn a_participant_polls_at_each_instant_it_asked_for() {
        let clock = Clock::standing_at(s(0), LONG);
        let virtual_clock = clock.as_virtual().unwrap().clone();
        let stage = Events::at(&clock, &[]);
        let id = virtual_clock.register("poller".to_owned(), None);
        let mut steps = virtual_clock.follow();
        let poller = tokio::spawn({
            let clock = virtual_clock.clone();
            async move {
                let mut polls = Vec::new();
                while steps.changed().await.is_ok() {
                    let Step { step, now } = *steps.borrow_and_update();
                    polls.push(now);
                    let next_due = Some(now + SignedDuration::from_secs(7));
                    clock.report(id, Report { step, next_due }).unwrap();
                    if now == s(20) {
                        return polls;
                    }
                }
                polls
            }
        });
        assert_eq!(advance_to(&virtual_clock, &*stage, s(20)).await.silent, [""; 0]);
        assert_eq!(poller.await.unwrap(), [s(0), s(7), s(14), s(20)]);
    }

    #[tokio::test]
    async fn a_participant_that_says_nothing_is_named_and_left_behind() {
        let clock = Clock::standing_at(s(0), Duration::from_millis(5));
        let virtual_clock = clock.as_virtual().unwrap();
        let stage = Events::at(&clock, &[10]);
        virtual_clock.register("sleeper".to_owned(), None);
        let advanced = advance_to(virtual_clock, &*stage, s(60)).await;
        assert_eq!((advanced.at.now, &*advanced.silent), (s(60), &["sleeper".to_owned()][..]));
    }
}
