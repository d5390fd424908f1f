//! When to ask WeChat Pay for the result of an accepted refund.

use jiff::{SignedDuration, Timestamp};
use wechatpay::calendar::Calendar;
use wechatpay::china::ChinaDay;

use crate::policy::Policy;

const DAY: SignedDuration = SignedDuration::from_hours(24);
const DAILY_AFTER_DEADLINE: SignedDuration = SignedDuration::from_hours(30 * 24);
const WEEK: SignedDuration = SignedDuration::from_hours(7 * 24);
const YEAR: SignedDuration = SignedDuration::from_hours(365 * 24);

/// Until when the result of an accepted refund should be known.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Deadline {
    /// 24:00 in China of the fifth business day after acceptance, exclusive.
    pub end: Timestamp,
    /// Whether the holidays of all years in between are known. If not, it may be later, and whoever shows it says so.
    pub is_certain: bool,
}

/// The deadline of a refund accepted at `accepted_at`.
///
/// The day of acceptance does not count, nor do weekend days worked in exchange for a holiday.
/// Source: [refund-logic], [business-days].
pub fn deadline(accepted_at: Timestamp, calendar: &Calendar) -> Deadline {
    let accepted_on = ChinaDay::of(accepted_at);
    let last = calendar.nth_business_day_after(accepted_on, 5);
    let is_certain = calendar.knows(accepted_on.date().year()) && calendar.knows(last.date().year());
    Deadline { end: last.end(), is_certain }
}

/// The first time after `now` at which to ask for the result of a refund accepted at `accepted_at`.
///
/// 1 and 20 minutes, 1, 2 and 24 hours after acceptance; then every 24 hours to the end of the fifth business day;
/// then the refund is overdue and is asked for daily for 30 days and weekly to one year; then `None`, and a person has
/// to look. Times that passed while nobody could ask are not made up for one by one: one query answers them all.
/// Source: [refund-logic]; what comes after the fifth business day is \[inferred\].
pub fn next_query(
    accepted_at: Timestamp,
    now: Timestamp,
    policy: &Policy,
    calendar: &Calendar,
) -> Option<Timestamp> {
    let early = policy.first_queries.iter().map(|&after| accepted_at + after).find(|&at| at > now);
    if early.is_some() {
        return early;
    }
    let last_early = policy.first_queries.last().map_or(accepted_at, |&after| accepted_at + after);
    let daily_until = deadline(accepted_at, calendar).end + DAILY_AFTER_DEADLINE;
    let daily = first_after(last_early, DAY, now);
    if daily <= daily_until {
        return Some(daily);
    }
    let weekly = first_after(daily_until, WEEK, now);
    (weekly <= accepted_at + YEAR).then_some(weekly)
}

/// When to ask again about a refund that is abnormal at `now`: a day later, and so on for as long as it is.
///
/// Somebody mends it by hand on the Merchant Platform, to another card of the payer or to the merchant's own account, or it
/// is closed; what it came to shows in the query, and nothing needs to announce it. Source: [operations 3.4].
pub fn next_look_at_abnormal(now: Timestamp) -> Timestamp {
    now + DAY
}

/// The first of `start + step`, `start + 2 step`, … that lies after `now`.
fn first_after(start: Timestamp, step: SignedDuration, now: Timestamp) -> Timestamp {
    let passed = now.duration_since(start).as_secs().max(0) / step.as_secs();
    let next = start + SignedDuration::from_secs(step.as_secs() * (passed + 1));
    // Whole seconds were counted; a fraction of one may still lie between.
    if next <= now { next + step } else { next }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    /// All query times up to `until`, asked for as a clock would.
    fn plan(accepted_at: Timestamp, until: Timestamp) -> Vec<Timestamp> {
        let (policy, calendar) = (Policy::default(), Calendar::bundled());
        let mut times = vec![];
        let mut now = accepted_at;
        while let Some(next) = next_query(accepted_at, now, &policy, &calendar).filter(|&next| next <= until)
        {
            assert!(next > now);
            times.push(next);
            now = next;
        }
        times
    }

    #[test]
    fn asks_at_1_min_20_min_1_h_2_h_24_h_and_then_daily_to_the_fifth_business_day() {
        let accepted_at = at("2026-05-08T10:00:00+08:00"); // a Friday; the Saturday is a make-up working day
        let (policy, calendar) = (Policy::default(), Calendar::bundled());
        assert_eq!(deadline(accepted_at, &calendar).end, at("2026-05-16T00:00:00+08:00"));
        let minutes: Vec<i64> = plan(accepted_at, deadline(accepted_at, &calendar).end)
            .iter()
            .map(|time| time.duration_since(accepted_at).as_mins())
            .collect();
        let day = 24 * 60;
        assert_eq!(minutes, [1, 20, 60, 120, day, 2 * day, 3 * day, 4 * day, 5 * day, 6 * day, 7 * day]);
        assert_eq!(policy.first_queries.len(), 5);
    }

    #[test]
    fn the_deadline_passes_over_spring_festival_and_national_day() {
        let calendar = Calendar::bundled();
        for (accepted, end_of) in
            [("2026-02-13", "2026-03-02"), ("2026-09-30", "2026-10-14"), ("2026-05-08", "2026-05-15")]
        {
            let accepted_at = at(&format!("{accepted}T23:59:59+08:00"));
            let expected = at(&format!("{end_of}T00:00:00+08:00")) + DAY;
            let expected = Deadline { end: expected, is_certain: true };
            assert_eq!(deadline(accepted_at, &calendar), expected, "{accepted}");
        }
    }

    #[test]
    fn a_year_whose_holidays_are_not_known_makes_the_deadline_a_lower_bound() {
        let calendar = Calendar::bundled();
        assert!(deadline(at("2026-12-21T10:00:00+08:00"), &calendar).is_certain);
        assert!(!deadline(at("2026-12-28T10:00:00+08:00"), &calendar).is_certain);
    }

    #[test]
    fn an_overdue_refund_is_asked_for_daily_for_30_days_then_weekly_to_a_year_then_never() {
        let accepted_at = at("2026-05-08T10:00:00+08:00");
        let times = plan(accepted_at, accepted_at + YEAR + YEAR);
        let deadline = deadline(accepted_at, &Calendar::bundled()).end;
        let daily =
            times.iter().filter(|&&time| time > deadline && time <= deadline + DAILY_AFTER_DEADLINE).count();
        assert_eq!(daily, 30);
        let weekly: Vec<_> = times.iter().filter(|&&time| time > deadline + DAILY_AFTER_DEADLINE).collect();
        assert!(weekly.windows(2).all(|pair| pair[1].duration_since(*pair[0]) == WEEK));
        assert!(*times.last().unwrap() <= accepted_at + YEAR);
        assert!(*times.last().unwrap() > accepted_at + YEAR - WEEK);
    }

    #[test]
    fn times_missed_during_an_outage_are_answered_by_one_query() {
        let accepted_at = at("2026-05-08T10:00:00+08:00");
        let now = accepted_at + SignedDuration::from_hours(50);
        let next = next_query(accepted_at, now, &Policy::default(), &Calendar::bundled());
        assert_eq!(next, Some(accepted_at + SignedDuration::from_hours(72)));
    }
}
