//! The notice that is due, and the ones it stands for.

use std::collections::BTreeSet;

use jiff::Timestamp;

use super::schedule::{Occasion, Schedule};
use crate::lifecycle::policy::Policy;
use crate::lifecycle::record::Record;

/// A notice that is to be sent now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Notice {
    /// The serial number of the certificate.
    pub serial: String,
    /// What it is about.
    pub occasion: Occasion,
    /// When the occasion came.
    pub since: Timestamp,
    /// The keys of older occasions that were never told and never will be: keep them with this notice's own.
    pub passed: Vec<String>,
}

impl Notice {
    /// The identity of the notice, the same for good: serial number and occasion, `1BD4…/60d`. A renewed certificate has
    /// another serial number, and so its own notices.
    pub fn key(&self) -> String {
        key(&self.serial, self.occasion)
    }
}

fn key(serial: &str, occasion: Occasion) -> String {
    format!("{serial}/{occasion}")
}

/// The notice about `record` that is due at `now`, or `None`. `already_sent` are the keys of one channel, those of passed
/// occasions included.
pub fn due(
    record: &Record,
    schedule: &Schedule,
    policy: &Policy,
    now: Timestamp,
    already_sent: &BTreeSet<String>,
) -> Option<Notice> {
    let mut occasions = schedule.passed(record, policy, now);
    let (since, occasion) = occasions.pop()?;
    let unsent =
        |occasion: Occasion| Some(key(&record.serial, occasion)).filter(|key| !already_sent.contains(key));
    unsent(occasion)?;
    let passed = occasions.into_iter().filter_map(|(_, older)| unsent(older)).collect();
    Some(Notice { serial: record.serial.clone(), occasion, since, passed })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lifecycle::record::{IssuedBy, Replacement, Superseded, Validity};

    const SERIAL: &str = "1BD4220E50DBC04B06AD397549846C01C3E8EBD2";

    fn at(text: &str) -> Timestamp {
        format!("{text}+08:00").parse().unwrap()
    }

    /// Valid to noon of 30 November 2026 in China.
    fn record() -> Record {
        let validity =
            Validity { not_before: at("2025-11-30T12:00:00"), not_after: at("2026-11-30T12:00:00") };
        Record::from_certificate(SERIAL, IssuedBy::Ca, validity, None)
    }

    /// The occasions told when somebody asks at each of `instants`, and remembers.
    fn told(record: &Record, schedule: &Schedule, instants: &[&str]) -> Vec<String> {
        let mut sent = BTreeSet::new();
        let mut told = Vec::new();
        for instant in instants {
            if let Some(notice) = due(record, schedule, &Policy::classic(), at(instant), &sent) {
                told.push(notice.occasion.to_string());
                sent.insert(notice.key());
                sent.extend(notice.passed);
            }
        }
        told
    }

    #[test]
    fn the_platform_tells_at_sixty_days_and_from_midnight_of_the_last_day_once_each() {
        let instants = [
            "2026-10-01T11:59:59",
            "2026-10-01T12:00:00",
            "2026-10-01T12:00:01",
            "2026-11-29T23:59:59",
            "2026-11-30T00:00:00",
            "2026-11-30T12:00:00",
            "2026-12-05T00:00:00",
        ];
        assert_eq!(told(&record(), &Schedule::platform(), &instants), ["60d", "day"]);
    }

    #[test]
    fn the_watch_tells_more_often_and_daily_in_the_month_after() {
        let instants = [
            "2026-10-01T12:00:00",
            "2026-10-31T11:59:59",
            "2026-10-31T12:00:00",
            "2026-11-16T12:00:00",
            "2026-11-23T12:00:00",
            "2026-11-29T12:00:00",
            "2026-11-30T00:00:00",
            "2026-12-01T00:00:00",
            "2026-12-01T23:59:59",
            "2026-12-02T00:00:00",
            "2026-12-30T12:00:00",
            "2026-12-30T12:00:01",
            "2027-01-01T00:00:00",
        ];
        let expected = ["60d", "30d", "14d", "7d", "1d", "day", "grace-1", "grace-2", "grace-30"];
        assert_eq!(told(&record(), &Schedule::watch(), &instants), expected);
    }

    #[test]
    fn after_a_pause_only_the_newest_is_told_and_the_others_are_passed() {
        let sent = BTreeSet::from([format!("{SERIAL}/60d")]);
        let now = at("2026-11-25T00:00:00");
        let notice = due(&record(), &Schedule::watch(), &Policy::classic(), now, &sent).unwrap();
        assert_eq!(notice.key(), format!("{SERIAL}/7d"));
        assert_eq!(notice.since, at("2026-11-23T12:00:00"));
        assert_eq!(notice.passed, [format!("{SERIAL}/30d"), format!("{SERIAL}/14d")]);
    }

    #[test]
    fn a_replaced_certificate_is_told_daily_and_once_when_it_has_stopped_working() {
        let superseded = Some(Superseded { by: Replacement::Change, at: at("2026-11-10T10:00:00") });
        let record = Record { superseded, ..record() };
        let instants = [
            "2026-11-10T09:59:59",
            "2026-11-10T10:00:00",
            "2026-11-11T09:59:59",
            "2026-11-11T10:00:00",
            "2026-11-12T10:00:00",
            "2026-11-30T00:00:00",
        ];
        let expected = ["superseded-1", "superseded-2", "superseded-3"];
        assert_eq!(told(&record, &Schedule::watch(), &instants), expected);
        assert!(told(&record, &Schedule::platform(), &instants).is_empty());
    }

    #[test]
    fn nothing_is_told_about_what_was_voided_or_has_ended() {
        let now = ["2026-11-30T12:00:00"];
        let voided = Record { voided_at: Some(at("2026-11-29T00:00:00")), ..record() };
        let ended = Record { ended_at: Some(at("2026-11-29T00:00:00")), ..record() };
        assert!(told(&voided, &Schedule::watch(), &now).is_empty());
        assert!(told(&ended, &Schedule::watch(), &now).is_empty());
    }

    #[test]
    fn a_renewed_certificate_has_its_own_notices() {
        let renewed = Record { serial: "5DE6".to_owned(), ..record() };
        let sent = BTreeSet::from([format!("{SERIAL}/60d")]);
        let now = at("2026-10-02T00:00:00");
        assert!(due(&record(), &Schedule::platform(), &Policy::classic(), now, &sent).is_none());
        let notice = due(&renewed, &Schedule::platform(), &Policy::classic(), now, &sent).unwrap();
        assert_eq!(notice.key(), "5DE6/60d");
    }

    #[test]
    fn when_to_ask_again_is_the_next_occasion() {
        let (schedule, policy) = (Schedule::watch(), Policy::classic());
        let next = |now: &str| schedule.next_after(&record(), &policy, at(now));
        assert_eq!(next("2026-01-01T00:00:00"), Some(at("2026-10-01T12:00:00")));
        assert_eq!(next("2026-10-01T12:00:00"), Some(at("2026-10-31T12:00:00")));
        assert_eq!(next("2026-12-30T00:00:00"), None);
    }
}
