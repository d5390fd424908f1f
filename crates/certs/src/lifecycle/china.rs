//! China Standard Time, by which the platform counts months and years: eight hours ahead of UTC, all year.
//!
//! Source: \[inferred]; no page says by which clock a certificate's year ends.

use jiff::civil::{Date, DateTime, Time};
use jiff::tz::{Offset, TimeZone};
use jiff::{SignedDuration, Span, Timestamp};

const OFFSET: Offset = Offset::constant(8);

/// Date and time of day in China at `instant`.
pub fn civil(instant: Timestamp) -> DateTime {
    OFFSET.to_datetime(instant)
}

/// The calendar day in China at `instant`. Midnight belongs to the day it begins.
pub fn date(instant: Timestamp) -> Date {
    civil(instant).date()
}

/// The first instant of the day with this date in China.
pub fn midnight(date: Date) -> Timestamp {
    at(date.to_datetime(Time::midnight()))
}

/// The same day and time of day `years` later; 29 February becomes the 28th where there is none.
pub fn years_after(instant: Timestamp, years: u8) -> Timestamp {
    at(civil(instant).saturating_add(Span::new().years(years)))
}

/// The same day and time of day `months` later, or the month's last day where it has none: 31 January, 28 February.
pub fn months_after(instant: Timestamp, months: u8) -> Timestamp {
    at(civil(instant).saturating_add(Span::new().months(months)))
}

/// The instant `duration` later, or earlier if negative. Stays at the ends of the calendar.
pub fn after(instant: Timestamp, duration: SignedDuration) -> Timestamp {
    instant.checked_add(duration).unwrap_or(if duration.is_negative() {
        Timestamp::MIN
    } else {
        Timestamp::MAX
    })
}

/// The instant `duration` earlier, or later if negative. Stays at the ends of the calendar.
pub fn before(instant: Timestamp, duration: SignedDuration) -> Timestamp {
    after(instant, duration.checked_neg().unwrap_or(SignedDuration::MAX))
}

/// `instant` as people in China read it: `2026-03-01 23:59:59`.
pub fn text(instant: Timestamp) -> String {
    instant.to_zoned(TimeZone::fixed(OFFSET)).strftime("%Y-%m-%d %H:%M:%S").to_string()
}

fn at(civil: DateTime) -> Timestamp {
    // The conversion fails only within a day of the ends of the calendar, in the years -9999 and 9999.
    OFFSET.to_timestamp(civil).unwrap_or(if civil.year() > 0 { Timestamp::MAX } else { Timestamp::MIN })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn utc(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    #[test]
    fn months_and_years_end_on_the_last_day_there_is() {
        let month = |from: &str| text(months_after(utc(from), 1));
        assert_eq!(month("2026-01-31T12:00:00+08:00"), "2026-02-28 12:00:00");
        assert_eq!(month("2028-01-31T12:00:00+08:00"), "2028-02-29 12:00:00");
        assert_eq!(month("2026-12-31T23:59:59+08:00"), "2027-01-31 23:59:59");
        assert_eq!(text(years_after(utc("2024-02-29T08:00:00+08:00"), 1)), "2025-02-28 08:00:00");
        assert_eq!(text(years_after(utc("2024-02-29T08:00:00+08:00"), 4)), "2028-02-29 08:00:00");
    }

    #[test]
    fn the_month_is_that_of_china_and_not_that_of_utc() {
        // In UTC this is still 30 January, whose month ends on 28 February too, but eight hours earlier in the day.
        assert_eq!(text(months_after(utc("2026-01-30T16:00:00Z"), 1)), "2026-02-28 00:00:00");
        assert_eq!(midnight(date(utc("2026-01-30T16:00:00Z"))), utc("2026-01-30T16:00:00Z"));
        assert_eq!(midnight(date(utc("2026-01-30T15:59:59Z"))), utc("2026-01-29T16:00:00Z"));
    }

    #[test]
    fn the_ends_of_the_calendar_hold() {
        assert_eq!(years_after(Timestamp::MAX, 5), Timestamp::MAX);
        assert_eq!(after(Timestamp::MIN, SignedDuration::from_hours(-1)), Timestamp::MIN);
        assert_eq!(before(Timestamp::UNIX_EPOCH, SignedDuration::MIN), Timestamp::MAX);
    }
}
