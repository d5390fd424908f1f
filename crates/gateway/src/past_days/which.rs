//! Which days are asked for, and when.

use std::collections::BTreeSet;

use jiff::{SignedDuration, Timestamp};
use wechatpay::china::ChinaDay;
use wechatpay::v3::statement::call::ready_from;

/// So many days before today are wanted. Source: [operations 2.3].
pub const WANTED_DAYS: i32 = 56;

/// When a statement that is late is asked for, in minutes after the first time; after these hourly.
/// Source: [operations 6.4].
const LATE_MIN: [i64; 4] = [0, 30, 60, 120];

/// Pauses after unclear answers in a row, in seconds; the last one repeats.
const PAUSES_S: [i64; 4] = [30, 120, 600, 3_600];

/// The first day that is wanted at `now`.
pub fn first_wanted(now: Timestamp) -> ChinaDay {
    ChinaDay::of(now).plus_days(-WANTED_DAYS)
}

/// The days that are over and not among the `known`, newest first. Yesterday is among them from 10:00 in China on.
pub fn wanted(known: &BTreeSet<ChinaDay>, now: Timestamp) -> impl Iterator<Item = ChinaDay> {
    let today = ChinaDay::of(now);
    (1..=WANTED_DAYS)
        .map(move |ago| today.plus_days(-ago))
        .filter(move |day| ready_from(*day) <= now && !known.contains(day))
}

/// When the next day is wanted: at 10:00 in China, later than `now`.
pub fn next_day(now: Timestamp) -> Timestamp {
    let today = ChinaDay::of(now);
    let this_morning = ready_from(today.plus_days(-1));
    if now < this_morning { this_morning } else { ready_from(today) }
}

/// When the statement of `day` is asked for again that was not ready at `now`: at 10:00, 10:30, 11:00 and 12:00 on the day
/// after, then every hour. Source: [operations 6.4].
pub fn again(day: ChinaDay, now: Timestamp) -> Timestamp {
    let first = ready_from(day);
    let early = LATE_MIN.map(|minutes| first + SignedDuration::from_mins(minutes));
    if let Some(at) = early.into_iter().find(|at| *at > now) {
        return at;
    }
    let hours = now.duration_since(first).as_hours() + 1;
    first + SignedDuration::from_hours(hours)
}

/// How long nothing is asked after so many `failures` in a row, one at least.
pub fn pause_after(failures: usize) -> SignedDuration {
    let longest = PAUSES_S[PAUSES_S.len() - 1];
    SignedDuration::from_secs(PAUSES_S.get(failures.saturating_sub(1)).copied().unwrap_or(longest))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(text: &str) -> ChinaDay {
        ChinaDay::from_date(text.parse().unwrap())
    }

    fn at(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    #[test]
    fn all_days_of_eight_weeks_are_wanted_newest_first_and_yesterday_from_ten_on() {
        for (now, newest, count) in [
            ("2026-03-03T00:00:00+08:00", "2026-03-01", 55),
            ("2026-03-03T09:59:59+08:00", "2026-03-01", 55),
            ("2026-03-03T10:00:00+08:00", "2026-03-02", 56),
            ("2026-03-03T23:59:59+08:00", "2026-03-02", 56),
        ] {
            let days: Vec<ChinaDay> = wanted(&BTreeSet::new(), at(now)).collect();
            assert_eq!((days[0], days.len()), (day(newest), count), "{now}");
            assert_eq!(days.last(), Some(&first_wanted(at(now))), "{now}");
            assert!(days.is_sorted_by(|one, other| one > other), "{now}");
        }
    }

    #[test]
    fn a_day_that_is_known_is_not_wanted_again() {
        let known = BTreeSet::from([day("2026-03-02"), day("2026-02-27")]);
        let days: Vec<ChinaDay> = wanted(&known, at("2026-03-03T12:00:00+08:00")).take(3).collect();
        assert_eq!(days, [day("2026-03-01"), day("2026-02-28"), day("2026-02-26")]);
    }

    #[test]
    fn the_next_day_is_wanted_at_ten() {
        for (now, next) in [
            ("2026-03-03T00:00:00+08:00", "2026-03-03T10:00:00+08:00"),
            ("2026-03-03T09:59:59+08:00", "2026-03-03T10:00:00+08:00"),
            ("2026-03-03T10:00:00+08:00", "2026-03-04T10:00:00+08:00"),
        ] {
            assert_eq!(next_day(at(now)), at(next), "{now}");
        }
    }

    #[test]
    fn a_late_statement_is_asked_for_half_hourly_at_first_and_then_hourly() {
        let mut now = at("2026-03-03T10:00:00+08:00");
        let mut asked = vec![];
        for _ in 0..6 {
            now = again(day("2026-03-02"), now);
            asked.push(now);
        }
        assert_eq!(
            asked,
            ["10:30", "11:00", "12:00", "13:00", "14:00", "15:00"]
                .map(|time| at(&format!("2026-03-03T{time}:00+08:00")))
        );
        for (now, next) in [
            ("2026-03-03T09:00:00+08:00", "2026-03-03T10:00:00+08:00"),
            ("2026-03-03T11:07:00+08:00", "2026-03-03T12:00:00+08:00"),
            ("2026-03-05T08:59:59+08:00", "2026-03-05T09:00:00+08:00"),
        ] {
            assert_eq!(again(day("2026-03-02"), at(now)), at(next), "{now}");
        }
    }

    #[test]
    fn pauses_after_unclear_answers_grow_to_an_hour() {
        let seconds = [1, 2, 3, 4, 5, 99].map(|failures| pause_after(failures).as_secs());
        assert_eq!(seconds, [30, 120, 600, 3_600, 3_600, 3_600]);
    }
}
