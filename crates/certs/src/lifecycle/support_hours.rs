//! When WeChat Pay's support answers: Monday to Friday, 9:00 to 18:00 in China.
//!
//! Public holidays are not known here: on one, the hours may promise too much. Source: [api-certificate].

use jiff::Timestamp;
use jiff::civil::{Time, Weekday};

use super::china;

/// The hours, for people who read English.
pub const ENGLISH: &str = "Monday to Friday, 9:00-18:00 (GMT+8)";
/// The hours, for people who read Chinese.
pub const CHINESE: &str = "周一至周五 9:00-18:00（GMT+8）";

const OPENS: Time = Time::constant(9, 0, 0, 0);
const CLOSES: Time = Time::constant(18, 0, 0, 0);

/// Whether somebody answers at `now`. 9:00 is within the hours, 18:00 is not.
pub fn is_open(now: Timestamp) -> bool {
    let china = china::civil(now);
    let weekend = matches!(china.weekday(), Weekday::Saturday | Weekday::Sunday);
    !weekend && (OPENS..CLOSES).contains(&china.time())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn open_on_weekdays_from_nine_to_six_in_china() {
        for (instant, open) in [
            // 23 November 2026 is a Monday.
            ("2026-11-23T08:59:59+08:00", false),
            ("2026-11-23T09:00:00+08:00", true),
            ("2026-11-23T01:00:00Z", true),
            ("2026-11-27T17:59:59+08:00", true),
            ("2026-11-27T18:00:00+08:00", false),
            ("2026-11-28T12:00:00+08:00", false),
            ("2026-11-29T12:00:00+08:00", false),
            // Still Sunday in UTC, and before the hours in China.
            ("2026-11-29T23:00:00Z", false),
            ("2026-11-30T09:30:00+08:00", true),
        ] {
            assert_eq!(is_open(instant.parse().unwrap()), open, "{instant}");
        }
    }
}
