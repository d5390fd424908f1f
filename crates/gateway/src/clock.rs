//! What time it is: the only place of the gateway that reads a clock.
//!
//! [`WallClock`] is the platform's time as well as we know it: it dates decisions, signatures and due times. Against a real
//! platform it is the system's clock, corrected by what signed answers say; against a sandbox with a virtual clock it is
//! that clock, which stands still until it is moved. Time-outs and leases go by tokio's clock instead, which is monotonic and
//! never virtual.

use std::collections::BTreeMap;
use std::future::Future;
use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use tokio::sync::oneshot;

use crate::activity::{Activity, Busy};

/// A difference to the platform's clock that is no larger than this is left alone.
const WORTH_CORRECTING_MS: i64 = 2_000;

/// A system clock can be set while somebody sleeps, so nobody sleeps longer than this without looking.
const LONGEST_SLEEP: Duration = Duration::from_secs(1);

/// `instant` in whole microseconds, as the store gives it back.
pub fn kept(instant: Timestamp) -> Timestamp {
    Timestamp::from_microsecond(instant.as_microsecond()).unwrap_or(instant)
}

/// The platform's time.
#[derive(Debug, Clone)]
pub struct WallClock {
    source: Arc<Source>,
    activity: Activity,
}

#[derive(Debug)]
enum Source {
    /// The system's clock and how far it is behind the platform's, in milliseconds.
    System { behind_ms: AtomicI64 },
    /// A sandbox's, moved by [`WallClock::go_to`].
    Virtual(Mutex<Standing>),
}

/// A virtual clock: where it stands, and who waits for what time.
#[derive(Debug)]
struct Standing {
    now: Timestamp,
    sleepers: BTreeMap<(Timestamp, u64), oneshot::Sender<Busy>>,
    slept: u64,
}

impl WallClock {
    /// The system's clock.
    pub fn system(activity: Activity) -> WallClock {
        WallClock { source: Arc::new(Source::System { behind_ms: AtomicI64::new(0) }), activity }
    }

    /// A clock that stands at `now` until it is moved.
    pub fn standing_at(now: Timestamp, activity: Activity) -> WallClock {
        let standing = Standing { now, sleepers: BTreeMap::new(), slept: 0 };
        WallClock { source: Arc::new(Source::Virtual(Mutex::new(standing))), activity }
    }

    /// Now.
    pub fn now(&self) -> Timestamp {
        match &*self.source {
            Source::System { behind_ms } => {
                let behind = SignedDuration::from_millis(behind_ms.load(Ordering::Relaxed));
                Timestamp::now().saturating_add(behind).unwrap_or(Timestamp::MAX)
            }
            Source::Virtual(standing) => lock(standing).now,
        }
    }

    /// The platform signed an answer at `signed_at`, in Unix seconds; it was received just now, `took` after its request was
    /// sent. Only verified answers may be believed. A virtual clock is not corrected: it is the platform's own.
    ///
    /// The signature was made at some instant of that second and of that way. Only what neither can explain is our clock's.
    pub fn learn(&self, signed_at: i64, took: Duration) {
        let Source::System { behind_ms } = &*self.source else { return };
        let took_ms = i64::try_from(took.as_millis()).unwrap_or(i64::MAX);
        let least = signed_at.saturating_mul(1_000).saturating_sub(Timestamp::now().as_millisecond());
        let most = least.saturating_add(1_000).saturating_add(took_ms);
        let known = behind_ms.load(Ordering::Relaxed);
        if known + WORTH_CORRECTING_MS > least && known - WORTH_CORRECTING_MS < most {
            return;
        }
        let corrected = 0.clamp(least, most);
        behind_ms.store(corrected, Ordering::Relaxed);
        tracing::warn!(behind_ms = corrected, "our clock differs from the platform's; its time counts");
    }

    /// How far our clock is behind the platform's; negative if it is ahead.
    pub fn correction(&self) -> SignedDuration {
        match &*self.source {
            Source::System { behind_ms } => SignedDuration::from_millis(behind_ms.load(Ordering::Relaxed)),
            Source::Virtual(_) => SignedDuration::ZERO,
        }
    }

    /// Comes back at `at`, or at once if that is past. Whoever is woken is busy from that moment on. On a virtual clock the
    /// wish counts from the call on, not from the first poll, so that the clock does not pass it by.
    pub fn sleep_until(&self, at: Timestamp) -> impl Future<Output = Busy> + Send + use<> {
        let (clock, waiting) = (self.clone(), self.wait_for(at));
        async move {
            if let Some((sleeper, woken)) = waiting {
                let woken = woken.await;
                drop(sleeper);
                // A clock that is gone wakes nobody; this one is held, so it is there.
                return woken.unwrap_or_else(|_| clock.activity.begin());
            }
            loop {
                match Duration::try_from(at.duration_since(clock.now())) {
                    Ok(left) if !left.is_zero() => tokio::time::sleep(left.min(LONGEST_SLEEP)).await,
                    _ => return clock.activity.begin(),
                }
            }
        }
    }

    /// Enters a wish on a virtual clock's list; none if it has come already, or if the clock is the system's.
    fn wait_for(&self, at: Timestamp) -> Option<(Sleeper, oneshot::Receiver<Busy>)> {
        let Source::Virtual(standing) = &*self.source else { return None };
        let mut standing = lock(standing);
        if at <= standing.now {
            return None;
        }
        standing.slept += 1;
        let key = (at, standing.slept);
        let (waker, woken) = oneshot::channel();
        standing.sleepers.insert(key, waker);
        Some((Sleeper { clock: self.clone(), key }, woken))
    }

    /// The first time somebody wants to be woken at, on a virtual clock.
    pub fn next_due(&self) -> Option<Timestamp> {
        match &*self.source {
            Source::System { .. } => None,
            Source::Virtual(standing) => lock(standing).sleepers.keys().next().map(|&(at, _)| at),
        }
    }

    /// Moves a virtual clock and wakes who is due; a world put in the place of another may move it back. No effect on the
    /// system's clock.
    pub fn go_to(&self, now: Timestamp) {
        let Source::Virtual(standing) = &*self.source else { return };
        let mut standing = lock(standing);
        standing.now = now;
        while let Some(first) = standing.sleepers.first_entry().filter(|first| first.key().0 <= now) {
            // Who gave up waiting drops its `Busy` with it.
            let _ = first.remove().send(self.activity.begin());
        }
    }
}

/// Takes a sleeper that is not waited for any more off the list.
struct Sleeper {
    clock: WallClock,
    key: (Timestamp, u64),
}

impl Drop for Sleeper {
    fn drop(&mut self) {
        if let Source::Virtual(standing) = &*self.clock.source {
            lock(standing).sleepers.remove(&self.key);
        }
    }
}

/// No code panics while it holds the lock, and a list of sleepers is never half-changed.
fn lock(standing: &Mutex<Standing>) -> MutexGuard<'_, Standing> {
    standing.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn s(seconds: i64) -> Timestamp {
        Timestamp::UNIX_EPOCH + SignedDuration::from_secs(seconds)
    }

    #[tokio::test]
    async fn a_sleeper_is_woken_when_the_virtual_clock_gets_there_and_is_busy_at_once() {
        let activity = Activity::none();
        let clock = WallClock::standing_at(s(0), activity.clone());
        let sleeping = clock.sleep_until(s(10));
        clock.go_to(s(9));
        assert!(activity.is_quiet());
        clock.go_to(s(10));
        assert!(!activity.is_quiet(), "before the sleeper itself has run");
        drop(sleeping.await);
        assert!(activity.is_quiet());
        assert_eq!(clock.next_due(), None);
    }

    #[tokio::test]
    async fn who_gives_up_waiting_is_not_waited_for() {
        let clock = WallClock::standing_at(s(0), Activity::none());
        {
            let _sleeping = clock.sleep_until(s(10));
            assert_eq!(clock.next_due(), Some(s(10)));
        }
        assert_eq!(clock.next_due(), None);
        drop(clock.sleep_until(s(-1)).await);
    }

    #[test]
    fn a_clock_that_is_off_by_minutes_is_corrected_and_one_that_is_off_by_a_second_is_not() {
        let clock = WallClock::system(Activity::none());
        let at_once = Duration::from_millis(5);
        clock.learn(Timestamp::now().as_second(), at_once);
        assert_eq!(clock.correction(), SignedDuration::ZERO);
        clock.learn(Timestamp::now().as_second() + 120, at_once);
        assert!((clock.correction() - SignedDuration::from_secs(120)).abs() < SignedDuration::from_secs(2));
        clock.learn(Timestamp::now().as_second(), at_once);
        assert_eq!(clock.correction(), SignedDuration::ZERO);
    }

    #[test]
    fn a_slow_answer_says_nothing_about_our_clock() {
        let clock = WallClock::system(Activity::none());
        clock.learn(Timestamp::now().as_second() - 25, Duration::from_secs(26));
        assert_eq!(clock.correction(), SignedDuration::ZERO);
    }
}
