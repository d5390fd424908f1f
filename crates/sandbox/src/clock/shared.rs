//! The clock as everyone shares it.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use jiff::Timestamp;
use tokio::sync::{Notify, watch};

use super::timeline::{ParticipantId, Report, ReportError, Step, Timeline};

/// The sandbox's clock. Clones are the same clock.
#[derive(Debug, Clone)]
pub struct Clock {
    virtual_clock: Option<Arc<VirtualClock>>,
}

/// A clock that stands still until it is moved.
#[derive(Debug)]
pub struct VirtualClock {
    timeline: Mutex<Timeline>,
    /// The present step, for those who follow.
    announced: watch::Sender<Step>,
    /// Somebody reported or left.
    pub(super) heard: Notify,
    /// Who holds this moves the clock; the others wait.
    pub(super) moving: tokio::sync::Mutex<()>,
    /// How many times as fast as the wall's it runs by itself; 0: it stands still.
    speed: watch::Sender<u32>,
    /// How long it waits for a participant, by the wall's clock.
    pub(super) patience: Duration,
}

impl Clock {
    /// The wall's clock. The only place of the sandbox that reads it is [`Clock::now`].
    pub fn real() -> Clock {
        Clock { virtual_clock: None }
    }

    /// A clock that stands at `now` and waits for a participant at most for `patience`, by the wall's clock.
    pub fn standing_at(now: Timestamp, patience: Duration) -> Clock {
        let timeline = Timeline::new(now);
        let clock = VirtualClock {
            announced: watch::Sender::new(timeline.at()),
            timeline: Mutex::new(timeline),
            heard: Notify::new(),
            moving: tokio::sync::Mutex::new(()),
            speed: watch::Sender::new(0),
            patience,
        };
        Clock { virtual_clock: Some(Arc::new(clock)) }
    }

    /// What time it is.
    pub fn now(&self) -> Timestamp {
        match &self.virtual_clock {
            None => Timestamp::now(),
            Some(clock) => clock.at().now,
        }
    }

    /// The virtual clock, if this is one.
    pub fn as_virtual(&self) -> Option<&Arc<VirtualClock>> {
        self.virtual_clock.as_ref()
    }

    /// The word of `--clock`.
    pub fn mode(&self) -> &'static str {
        if self.virtual_clock.is_some() { "virtual" } else { "real" }
    }
}

impl VirtualClock {
    /// The present step.
    pub fn at(&self) -> Step {
        *self.announced.borrow()
    }

    /// The present step and each one after it.
    pub fn follow(&self) -> watch::Receiver<Step> {
        let mut steps = self.announced.subscribe();
        steps.mark_changed();
        steps
    }

    /// A look at the timeline.
    pub fn look<T>(&self, look: impl FnOnce(&Timeline) -> T) -> T {
        look(&self.timeline())
    }

    /// See [`Timeline::register`].
    pub fn register(&self, name: String, next_due: Option<Timestamp>) -> ParticipantId {
        self.timeline().register(name, next_due)
    }

    /// See [`Timeline::report`].
    pub fn report(&self, id: ParticipantId, report: Report) -> Result<(), ReportError> {
        let taken = self.timeline().report(id, report);
        self.heard.notify_waiters();
        taken
    }

    /// See [`Timeline::leave`].
    pub fn leave(&self, id: ParticipantId) -> bool {
        let left = self.timeline().leave(id);
        self.heard.notify_waiters();
        left
    }

    /// A new step at the same instant: something new was sent to somebody, so all must say again that they are done.
    pub fn ask_again(&self) {
        self.change(|timeline| timeline.go(timeline.at().now));
    }

    /// See [`Timeline::begin_again`].
    pub fn begin_again(&self, instant: Timestamp) {
        self.change(|timeline| timeline.begin_again(instant));
    }

    /// How fast it runs by itself.
    pub fn speed(&self) -> u32 {
        *self.speed.borrow()
    }

    /// Lets it run by itself, `speed` times as fast as the wall's clock; 0 lets it stand still.
    pub fn run(&self, speed: u32) {
        self.speed.send_replace(speed);
    }

    /// The speed and each change of it.
    pub(super) fn follow_speed(&self) -> watch::Receiver<u32> {
        self.speed.subscribe()
    }

    /// Changes the timeline and announces its step.
    pub(super) fn change<T>(&self, change: impl FnOnce(&mut Timeline) -> T) -> T {
        let mut timeline = self.timeline();
        let changed = change(&mut timeline);
        // Under the lock, so that steps are announced in their order.
        self.announced.send_if_modified(|step| std::mem::replace(step, timeline.at()) != timeline.at());
        changed
    }

    fn timeline(&self) -> MutexGuard<'_, Timeline> {
        // The timeline is changed by small steps that do not panic; a poisoned one is as good as any.
        self.timeline.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
