//! How long to wait after a channel or a recipient failed.

use std::collections::BTreeMap;

use jiff::{SignedDuration, Timestamp};

/// Pauses after failures in a row, in minutes; the last one repeats. A notice is about days, and the daily ones must not be
/// missed: so no pause is longer than six hours.
const PAUSES_MIN: [i64; 5] = [1, 5, 30, 60, 360];

/// Who failed: a recipient, or the whole channel.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Who {
    /// Everybody on it.
    Channel,
    /// One of its recipients.
    Address(String),
}

/// The pauses of one channel.
#[derive(Debug, Default)]
pub struct Pauses {
    failing: BTreeMap<Who, Failing>,
}

#[derive(Debug)]
struct Failing {
    in_a_row: usize,
    until: Timestamp,
}

impl Pauses {
    /// Until when `who` is left alone; `None` if it may be tried at `now`.
    pub fn until(&self, who: &Who, now: Timestamp) -> Option<Timestamp> {
        self.failing.get(who).map(|failing| failing.until).filter(|until| now < *until)
    }

    /// `who` failed at `now`. When it is tried again.
    pub fn failed(&mut self, who: Who, now: Timestamp) -> Timestamp {
        let failing = self.failing.entry(who).or_insert(Failing { in_a_row: 0, until: now });
        let longest = PAUSES_MIN[PAUSES_MIN.len() - 1];
        let pause = PAUSES_MIN.get(failing.in_a_row).copied().unwrap_or(longest);
        failing.in_a_row += 1;
        failing.until = now.saturating_add(SignedDuration::from_mins(pause)).unwrap_or(Timestamp::MAX);
        failing.until
    }

    /// A message to `address` arrived: it can be reached, and so can the channel.
    pub fn arrived(&mut self, address: &str) {
        self.failing.remove(&Who::Channel);
        self.failing.remove(&Who::Address(address.to_owned()));
    }

    /// The first instant after `now` at which somebody is tried again.
    pub fn next(&self, now: Timestamp) -> Option<Timestamp> {
        self.failing.values().map(|failing| failing.until).filter(|until| now < *until).min()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_grow_to_six_hours_and_begin_anew_after_a_message_that_arrived() {
        let now: Timestamp = "2026-03-02T00:00:00Z".parse().unwrap();
        let mut pauses = Pauses::default();
        let minutes: Vec<i64> =
            (0..6).map(|_| pauses.failed(Who::Channel, now).duration_since(now).as_mins()).collect();
        assert_eq!(minutes, [1, 5, 30, 60, 360, 360]);
        assert_eq!(pauses.next(now), pauses.until(&Who::Channel, now));
        pauses.arrived("somebody");
        assert_eq!(pauses.until(&Who::Channel, now), None);
        assert_eq!(pauses.failed(Who::Channel, now).duration_since(now).as_mins(), 1);
    }

    #[test]
    fn one_recipients_pause_is_not_the_channels() {
        let now: Timestamp = "2026-03-02T00:00:00Z".parse().unwrap();
        let mut pauses = Pauses::default();
        let who = Who::Address("a".to_owned());
        let until = pauses.failed(who.clone(), now);
        assert_eq!(pauses.until(&who, now), Some(until));
        assert_eq!(pauses.until(&who, until), None, "tried again at that instant");
        assert_eq!(pauses.until(&Who::Channel, now), None);
        pauses.arrived("b");
        assert!(pauses.until(&who, now).is_some());
    }
}
