//! How bad it is: the rates of every fault, drawn by the seed, and all of them nothing once the world has healed.
//!
//! Each rate is nothing, low or high, so that some seeds show one fault alone and others all of them together.

use jiff::{SignedDuration, Timestamp};

use crate::chance::Chance;

/// The rates of faults, in parts in a million.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Weather {
    /// A node dies after one of its steps.
    pub(crate) dies: u32,
    /// A request does not arrive.
    pub(crate) loses_request: u32,
    /// A request arrives twice.
    pub(crate) doubles_request: u32,
    /// A request takes up to minutes.
    pub(crate) delays_request: u32,
    /// A request is held up in its sender before it leaves, for up to a quarter of an hour.
    pub(crate) stalls_sender: u32,
    /// An answer does not arrive.
    pub(crate) loses_answer: u32,
    /// An answer takes longer than its caller waits, or nearly.
    pub(crate) delays_answer: u32,
    /// An answer does not verify.
    pub(crate) garbles_answer: u32,
    /// The platform answers 5xx, before or after it did what was asked.
    pub(crate) errs: u32,
    /// The platform answers 429, before or after it did what was asked.
    pub(crate) throttles: u32,
    /// The query does not see what was accepted seconds ago.
    pub(crate) query_lags: u32,
    /// A batch's fate is not known to its owner: written, not written, or written later.
    pub(crate) loses_commit: u32,
    /// A page is old by the time it is delivered.
    pub(crate) ages_page: u32,
    /// A node is busy when something is said to it, and hears it together with what is said a moment later.
    pub(crate) gathers: u32,
    /// A hint or a wake-up is lost: the sweep finds it within a second.
    pub(crate) loses_hint: u32,
    /// The answer to a caller is lost.
    pub(crate) loses_ack: u32,
    /// A notification is lost, or comes twice.
    pub(crate) loses_notice: u32,
    /// During this span every call is refused because of the set-up.
    pub(crate) misconfigured: Option<(Timestamp, Timestamp)>,
}

impl Weather {
    /// The weather of a seed whose faults last from `start` to `heal`.
    pub(crate) fn of(chance: &Chance, start: Timestamp, heal: Timestamp) -> Weather {
        let rate = |purpose: &str, low, high| chance.pick(0, &[low, low, high], "weather", purpose, 0);
        let hours = heal.duration_since(start).as_hours().max(1);
        let begins = start + SignedDuration::from_hours(chance.below(hours, "weather", "misconfigured", 1));
        let lasts = chance.millis(60_000, 3 * 3_600_000, "weather", "misconfigured", 2);
        Weather {
            dies: rate("dies", 200, 3_000),
            loses_request: rate("loses request", 10_000, 150_000),
            doubles_request: rate("doubles request", 10_000, 150_000),
            delays_request: rate("delays request", 20_000, 150_000),
            stalls_sender: rate("stalls sender", 5_000, 60_000),
            loses_answer: rate("loses answer", 10_000, 150_000),
            delays_answer: rate("delays answer", 10_000, 100_000),
            garbles_answer: rate("garbles answer", 10_000, 100_000),
            errs: rate("errs", 10_000, 100_000),
            throttles: rate("throttles", 5_000, 50_000),
            query_lags: rate("query lags", 100_000, 700_000),
            loses_commit: rate("loses commit", 5_000, 60_000),
            ages_page: rate("ages page", 20_000, 200_000),
            gathers: rate("gathers", 50_000, 500_000),
            loses_hint: rate("loses hint", 50_000, 500_000),
            loses_ack: rate("loses ack", 10_000, 150_000),
            loses_notice: rate("loses notice", 50_000, 500_000),
            misconfigured: chance
                .happens(250_000, "weather", "misconfigured", 0)
                .then_some((begins, begins + lasts)),
        }
    }

    /// No fault at all.
    pub(crate) fn fine() -> Weather {
        Weather::default()
    }

    /// Whether every call is refused because of the set-up.
    pub(crate) fn is_misconfigured(&self, now: Timestamp) -> bool {
        self.misconfigured.is_some_and(|(from, until)| from <= now && now < until)
    }
}
