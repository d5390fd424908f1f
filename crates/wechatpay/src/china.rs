//! China days: the calendar days by which WeChat Pay keeps its pools, bills and deadlines.
//!
//! All of China is eight hours ahead of UTC and has no daylight saving, so no time zone data is needed.
//! Source: \[operations\], "China day".

use std::fmt;

use jiff::civil::{Date, DateTime, Time};
use jiff::tz::{Offset, TimeZone};
use jiff::{SignedDuration, Timestamp};

const OFFSET: Offset = Offset::constant(8);

/// A calendar day in Asia/Shanghai.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ChinaDay(Date);

impl ChinaDay {
    /// The day with this date.
    pub const fn from_date(date: Date) -> ChinaDay {
        ChinaDay(date)
    }

    /// The day on which `instant` lies. Midnight belongs to the day it begins.
    pub fn of(instant: Timestamp) -> ChinaDay {
        ChinaDay(civil(instant).date())
    }

    /// The date.
    pub const fn date(&self) -> Date {
        self.0
    }

    /// The first instant of the day (inclusive).
    pub fn start(&self) -> Timestamp {
        instant(self.0.to_datetime(Time::midnight()))
    }

    /// The end of the day (exclusive), which is the start of the next; the last instant there is, at the end of the calendar.
    pub fn end(&self) -> Timestamp {
        self.start().checked_add(SignedDuration::from_hours(24)).unwrap_or(Timestamp::MAX)
    }

    /// The day after.
    pub fn next(&self) -> ChinaDay {
        self.plus_days(1)
    }

    /// The day `days` later, or earlier if negative. Stays at the ends of the calendar (years -9999 and 9999).
    pub fn plus_days(&self, days: i32) -> ChinaDay {
        ChinaDay(self.0.saturating_add(jiff::Span::new().days(days)))
    }

    /// How many days `later` lies after this one; negative if before.
    pub fn days_until(&self, later: ChinaDay) -> i64 {
        let seconds = later.start().duration_since(self.start()).as_secs();
        seconds / (24 * 3600)
    }
}

impl fmt::Display for ChinaDay {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.0, f)
    }
}

impl fmt::Debug for ChinaDay {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.0, f)
    }
}

/// Date and time of day in China at `instant`.
pub fn civil(instant: Timestamp) -> DateTime {
    OFFSET.to_datetime(instant)
}

/// The instant at which clocks in China show `civil`.
pub fn instant(civil: DateTime) -> Timestamp {
    // The conversion fails only within a day of the ends of the calendar, in the years -9999 and 9999.
    OFFSET.to_timestamp(civil).unwrap_or(if civil.year() > 0 { Timestamp::MAX } else { Timestamp::MIN })
}

/// `instant` as WeChat Pay writes it, RFC 3339 with China's offset: `2018-06-08T10:34:56+08:00`.
pub fn rfc3339(instant: Timestamp) -> String {
    let zoned = instant.to_zoned(TimeZone::fixed(OFFSET));
    zoned.strftime("%Y-%m-%dT%H:%M:%S+08:00").to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    #[test]
    fn the_day_changes_at_sixteen_hours_utc() {
        assert_eq!(ChinaDay::of(at("2026-02-13T15:59:59Z")).to_string(), "2026-02-13");
        assert_eq!(ChinaDay::of(at("2026-02-13T16:00:00Z")).to_string(), "2026-02-14");
        let day = ChinaDay::of(at("2026-02-13T16:00:00Z"));
        assert_eq!(day.start(), at("2026-02-14T00:00:00+08:00"));
        assert_eq!(day.end(), day.next().start());
        assert_eq!(day.days_until(day.plus_days(40)), 40);
    }

    #[test]
    fn instants_are_written_with_chinas_offset() {
        assert_eq!(rfc3339(at("2018-06-08T02:34:56.9Z")), "2018-06-08T10:34:56+08:00");
    }
}
