//! How bad it is: the rates of every fault, drawn by the seed, and all of them nothing once the world has healed.
//!
//! Each rate is nothing, low or high, so that some seeds show one fault alone and others all of them together.

use jiff::{SignedDuration, Timestamp};

use crate::chance::Chance;
use crate::faults::{Fault, Without};

/// The rates of faults, in parts in a million, and the spans in which something is out of order. See [`Fault`] for each.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Weather {
    pub(crate) dies: u32,
    pub(crate) crashes_again: u32,
    pub(crate) loses_request: u32,
    pub(crate) doubles_request: u32,
    pub(crate) delays_request: u32,
    pub(crate) stalls_sender: u32,
    pub(crate) loses_answer: u32,
    pub(crate) delays_answer: u32,
    pub(crate) garbles_answer: u32,
    pub(crate) errs: u32,
    pub(crate) throttles: u32,
    pub(crate) query_lags: u32,
    pub(crate) loses_commit: u32,
    pub(crate) ages_page: u32,
    pub(crate) gathers: u32,
    pub(crate) loses_hint: u32,
    pub(crate) loses_ack: u32,
    pub(crate) loses_notice: u32,
    /// Every call is refused because of the set-up.
    pub(crate) misconfigured: Span,
    /// The disk is full.
    pub(crate) full: Span,
    /// The store is slow.
    pub(crate) slow: Span,
    /// The platform is not there.
    pub(crate) outage: Span,
}

/// A span of time, its end excluded; most are empty.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Span(Option<(Timestamp, Timestamp)>);

impl Span {
    pub(crate) fn has(self, now: Timestamp) -> bool {
        self.0.is_some_and(|(from, until)| from <= now && now < until)
    }

    /// When it ends, if there is one.
    pub(crate) fn end(self) -> Option<Timestamp> {
        self.0.map(|(_, until)| until)
    }
}

impl Weather {
    /// The weather of a seed whose faults last from `start` to about `heal`.
    pub(crate) fn of(chance: &Chance, without: &Without, start: Timestamp, heal: Timestamp) -> Weather {
        let rate = |fault: Fault, low, high| {
            let drawn = chance.pick(0, &[low, low, high], "weather", fault.name(), 0);
            if without.has(fault) { drawn } else { 0 }
        };
        let minutes = heal.duration_since(start).as_mins().max(1);
        let span = |fault: Fault, ppm, shortest, longest| {
            let (about, name) = ("weather", fault.name());
            if !without.has(fault) || !chance.happens(ppm, about, name, 0) {
                return Span::default();
            }
            let from = start + SignedDuration::from_mins(chance.below(minutes, about, name, 1));
            Span(Some((from, from + chance.millis(shortest, longest, about, name, 2))))
        };
        let (minute, hour) = (60_000, 3_600_000);
        Weather {
            dies: rate(Fault::Dies, 200, 3_000),
            crashes_again: rate(Fault::CrashesAgain, 100_000, 600_000),
            loses_request: rate(Fault::LosesRequest, 10_000, 150_000),
            doubles_request: rate(Fault::DoublesRequest, 10_000, 150_000),
            delays_request: rate(Fault::DelaysRequest, 20_000, 150_000),
            stalls_sender: rate(Fault::StallsSender, 5_000, 60_000),
            loses_answer: rate(Fault::LosesAnswer, 10_000, 150_000),
            delays_answer: rate(Fault::DelaysAnswer, 10_000, 100_000),
            garbles_answer: rate(Fault::GarblesAnswer, 10_000, 100_000),
            errs: rate(Fault::Errs, 10_000, 100_000),
            throttles: rate(Fault::Throttles, 5_000, 50_000),
            query_lags: rate(Fault::QueryLags, 100_000, 700_000),
            loses_commit: rate(Fault::LosesCommit, 5_000, 60_000),
            ages_page: rate(Fault::AgesPage, 20_000, 200_000),
            gathers: rate(Fault::Gathers, 50_000, 500_000),
            loses_hint: rate(Fault::LosesHint, 50_000, 500_000),
            loses_ack: rate(Fault::LosesAck, 10_000, 150_000),
            loses_notice: rate(Fault::LosesNotice, 50_000, 500_000),
            misconfigured: span(Fault::Misconfigured, 250_000, minute, 3 * hour),
            full: span(Fault::FullStore, 200_000, 2_000, 20 * minute),
            slow: span(Fault::SlowStore, 200_000, minute, 30 * minute),
            outage: span(Fault::Outage, 150_000, 2 * hour, 26 * hour),
        }
    }

    /// No fault at all.
    pub(crate) fn fine() -> Weather {
        Weather::default()
    }

    /// When the last span ends in which something is out of order.
    pub(crate) fn last_end(&self) -> Option<Timestamp> {
        [self.misconfigured, self.full, self.slow, self.outage].into_iter().filter_map(Span::end).max()
    }
}
