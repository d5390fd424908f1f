//! The occasions for a notice, and which of them somebody wants to hear of.

use std::fmt;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::lifecycle::china;
use crate::lifecycle::policy::{Policy, days};
use crate::lifecycle::record::Record;
use crate::lifecycle::state::{Edge, State, state};

/// Something to be said about a certificate.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Occasion {
    /// So many times 24 hours are left to `not_after`.
    Before {
        /// How many days.
        days: u16,
    },
    /// The China day on which it expires has begun.
    Day,
    /// So many China days after that day, while it can still be upgraded.
    Grace {
        /// How many days, from 1.
        days: u16,
    },
    /// It was replaced: the first time at once, then every 24 hours, and a last time when it has stopped working.
    Superseded {
        /// Which of these notices it is, from 1.
        number: u16,
    },
}

/// How the occasion appears in a notice's key: `60d`, `day`, `grace-3`, `superseded-2`.
impl fmt::Display for Occasion {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Occasion::Before { days } => write!(f, "{days}d"),
            Occasion::Day => f.write_str("day"),
            Occasion::Grace { days } => write!(f, "grace-{days}"),
            Occasion::Superseded { number } => write!(f, "superseded-{number}"),
        }
    }
}

/// Which occasions somebody wants to hear of.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Schedule {
    /// How many days before `not_after`, in any order.
    pub days_before: Vec<u16>,
    /// On the day of the expiry.
    pub on_the_day: bool,
    /// Daily in the month after.
    pub daily_in_grace: bool,
    /// Daily while a replaced certificate is in use. Whether it is in use, the clock does not tell: do not ask about one that
    /// is not.
    pub daily_while_superseded: bool,
}

impl Schedule {
    /// What the platform itself sends: 60 days before and on the day. Source: [api-certificate].
    pub fn platform() -> Schedule {
        Schedule {
            days_before: vec![60],
            on_the_day: true,
            daily_in_grace: false,
            daily_while_superseded: false,
        }
    }

    /// What our watch sends. Source: \[inferred]: a month is long for a letter that went to one person.
    pub fn watch() -> Schedule {
        Schedule {
            days_before: vec![60, 30, 14, 7, 1],
            on_the_day: true,
            daily_in_grace: true,
            daily_while_superseded: true,
        }
    }

    /// Every occasion of the certificate that has come by `now`, oldest first. None while it is voided, dead or expired for
    /// too long to be upgraded, but the last one about a replaced certificate.
    pub fn passed(&self, record: &Record, policy: &Policy, now: Timestamp) -> Vec<(Timestamp, Occasion)> {
        let occasions = match state(record, policy, now) {
            State::Nothing | State::Voided | State::ExpiredFinal => Vec::new(),
            State::Requested | State::Active | State::Expiring | State::ExpiredGrace => {
                self.about_expiry(record, policy)
            }
            State::SupersededByChange | State::SupersededByUpgrade => self.about_replacement(record, policy),
            // A replaced certificate that is dead by now gets its last notice; one that was voided or ended, none.
            State::Dead if record.ended_at.is_some() || record.voided_at.is_some() => Vec::new(),
            State::Dead => self.about_replacement(record, policy),
        };
        let mut passed: Vec<_> = occasions.into_iter().filter(|(at, _)| *at <= now).collect();
        passed.sort();
        passed
    }

    /// The earliest occasion after `now`, as far as the record stays as it is; when to ask again.
    pub fn next_after(&self, record: &Record, policy: &Policy, now: Timestamp) -> Option<Timestamp> {
        if record.ended_at.is_some() || record.voided_at.is_some() {
            return None;
        }
        let replaced =
            record.superseded.is_some_and(|superseded| policy.overlap_after(superseded.by).is_some());
        let occasions =
            if replaced { self.about_replacement(record, policy) } else { self.about_expiry(record, policy) };
        occasions.into_iter().map(|(at, _)| at).filter(|at| *at > now).min()
    }

    fn about_expiry(&self, record: &Record, policy: &Policy) -> Vec<(Timestamp, Occasion)> {
        let not_after = record.validity.not_after;
        let mut occasions: Vec<_> = self
            .days_before
            .iter()
            .map(|&number| {
                (china::before(not_after, days(i64::from(number))), Occasion::Before { days: number })
            })
            .collect();
        let last_day = china::midnight(china::date(not_after));
        if self.on_the_day {
            occasions.push((last_day, Occasion::Day));
        }
        if let Some(end) = Edge::GraceOver.instant(record, policy).filter(|_| self.daily_in_grace) {
            let daily = (1..=u16::MAX).map(|number| {
                (china::after(last_day, days(i64::from(number))), Occasion::Grace { days: number })
            });
            occasions.extend(daily.take_while(|(at, _)| *at < end));
        }
        occasions
    }

    fn about_replacement(&self, record: &Record, policy: &Policy) -> Vec<(Timestamp, Occasion)> {
        let (Some(superseded), Some(end)) = (record.superseded, Edge::OverlapOver.instant(record, policy))
        else {
            return Vec::new();
        };
        if !self.daily_while_superseded {
            return Vec::new();
        }
        let daily: Vec<_> = (0..u16::MAX)
            .map(|number| (china::after(superseded.at, days(i64::from(number))), number + 1))
            .take_while(|(at, _)| *at < end)
            .collect();
        let last = u16::try_from(daily.len()).unwrap_or(u16::MAX - 1) + 1;
        daily
            .into_iter()
            .chain([(end, last)])
            .map(|(at, number)| (at, Occasion::Superseded { number }))
            .collect()
    }
}
