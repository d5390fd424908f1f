//! Pools whose payments lie far apart, where nothing is seen.
//!
//! A shop with five payments a day has them at other minutes each day. What a past day says of such a shop is how much there
//! may be, and about when; not which payment comes at which minute, nor which payments come together. So a day that was told of
//! goes on as any past day did, not only as those that came to the same before; and a refund may look more often, because no
//! thinking tells it the hour. Source: \[inferred\].

use super::past::PastDay;
use super::paths::{self, Path, quantile, second_of_day};
use super::told::Told;

/// From which gap between payments on, in seconds, the minute of a payment says little of another day.
pub const SCATTERED_S: f64 = 1_800.0;
/// Up to which gap no more refusals may be spent than elsewhere, in seconds.
const LOOKS_AS_ELSEWHERE_S: f64 = 2_400.0;
/// What a day that was told of has brought, at these chances that it was less.
const BROUGHT_AT: [f64; 5] = [0.1, 0.3, 0.5, 0.7, 0.9];
/// Less than this, in minor units, is no payment.
const A_PAYMENT: f64 = 1.0;

/// How far apart payments lie on the median of the days that had any, in seconds.
pub fn gap_s(past: &[PastDay]) -> f64 {
    let mut gaps: Vec<u32> =
        past.iter().filter(|past| past.paid.total() > 0).map(|past| past.paid.gap_s()).collect();
    gaps.sort_unstable();
    gaps.get(gaps.len() / 2).map_or(0.0, |&gap| f64::from(gap))
}

/// How many times as many refusals may be spent where payments lie so far apart.
pub fn more_looks(gap_s: f64) -> f64 {
    (gap_s / LOOKS_AS_ELSEWHERE_S).max(1.0)
}

/// The ways a day may go that was `told` of, oldest first, out of the `ways` it might have gone before.
pub fn told_of(ways: &[Path], told: &[Told]) -> Vec<Path> {
    told.iter().fold(ways.to_vec(), |mut now, told| {
        paths::weigh(&mut now, std::slice::from_ref(told));
        go_on(ways, &now, second_of_day(told.at))
    })
}

/// The ways a day may go on from `second` that came there on one of `so_far`.
///
/// A day that has had a payment goes on as any of `ways` that had had one by then. One that has had none may be a day without any
/// trade, and goes on as those that had had none.
fn go_on(ways: &[Path], so_far: &[Path], second: f64) -> Vec<Path> {
    let mut all = vec![];
    for has_traded in [true, false] {
        let is_alike = |way: &&Path| (way.brought_at(second) >= A_PAYMENT) == has_traded;
        let came: Vec<&Path> = so_far.iter().filter(is_alike).collect();
        let further: Vec<&Path> = ways.iter().filter(is_alike).collect();
        if further.is_empty() {
            all.extend(came.into_iter().cloned());
            continue;
        }
        let brought = if has_traded { brought_by(&came, second) } else { vec![0.0] };
        let weight = |ways: &[&Path]| ways.iter().map(|way| way.weight).sum::<f64>();
        let share = weight(&came) / weight(&further).max(f64::MIN_POSITIVE) / brought.len() as f64;
        for brought in brought {
            all.extend(further.iter().map(|way| way.going_on(way.weight * share, brought, second)));
        }
    }
    all
}

/// What has been brought by `second` on these ways, at the chances of [`BROUGHT_AT`].
fn brought_by(ways: &[&Path], second: f64) -> Vec<f64> {
    let mut brought: Vec<(f64, f64)> = ways.iter().map(|way| (way.brought_at(second), way.weight)).collect();
    brought.sort_by(|one, other| one.0.total_cmp(&other.0));
    BROUGHT_AT.iter().filter_map(|&share| quantile(&brought, share)).collect()
}

#[cfg(test)]
mod tests {
    use jiff::civil::{date, time};
    use jiff::{SignedDuration, Timestamp};
    use wechatpay::calendar::Calendar;
    use wechatpay::china::ChinaDay;

    use super::*;

    const NOON_S: f64 = 43_200.0;
    const LAST_S: f64 = 86_390.0;

    fn today() -> ChinaDay {
        ChinaDay::from_date(date(2026, 3, 25))
    }

    /// Four weeks; on the days of each week these amounts come at these hours.
    fn weeks(days: [&[(i8, i64)]; 7]) -> Vec<PastDay> {
        let day = |back: i32| {
            let payments = days[back.unsigned_abs() as usize % 7].iter();
            let payments = payments.map(|&(hour, amount)| (time(hour, 2, 0, 0), amount));
            PastDay::that_brought(today().plus_days(-back), payments)
        };
        (1..=28).rev().map(day).collect()
    }

    fn ways(past: &[PastDay]) -> Vec<Path> {
        paths::unseen(past, today(), 0.0, &Calendar::bundled())
    }

    fn at_noon() -> Timestamp {
        today().start() + SignedDuration::from_hours(12)
    }

    /// How likely a day that was told of so at noon brings `amount`.
    fn brings(ways: &[Path], amount: i64) -> f64 {
        let weight = |ways: &mut dyn Iterator<Item = &Path>| ways.map(|way| way.weight).sum::<f64>();
        let enough = |way: &&Path| way.brought_at(LAST_S) >= amount as f64;
        weight(&mut ways.iter().filter(enough)) / weight(&mut ways.iter())
    }

    #[test]
    fn a_day_goes_on_as_others_did_that_had_brought_something_else_before() {
        // Half of the days bring much in the morning and nothing after it, the others the contrary.
        let (morning, evening): (&[_], &[_]) = (&[(10, 10_000)], &[(10, 1_000), (19, 6_000)]);
        let past = weeks([morning, evening, morning, evening, morning, evening, evening]);
        let refused = Told { at: at_noon(), brought: 12_000, seen: 0, enough: false };
        let ways = ways(&past);
        let mut as_they_went = ways.clone();
        paths::weigh(&mut as_they_went, &[refused]);
        let (as_they_went, told) =
            (brings(&as_they_went, 12_000), brings(&told_of(&ways, &[refused]), 12_000));
        assert!(as_they_went < 0.06, "only at a level above all of these days: {as_they_went}");
        assert!((0.15..0.45).contains(&told), "much in the morning, and an evening: {told}");
    }

    #[test]
    fn a_day_without_a_payment_does_not_go_on_as_one_that_had_some() {
        let (open, closed): (&[_], &[_]) = (&[(9, 3_000), (18, 8_000)], &[]);
        let past = weeks([open, closed, open, open, closed, open, open]);
        let told = |brought, enough| [Told { at: at_noon(), brought, seen: 0, enough }];
        let ways = ways(&past);
        let nothing_came = brings(&told_of(&ways, &told(200, false)), 5_000);
        assert!(nothing_came < 0.01, "the doors are closed: {nothing_came}");
        let something_came = brings(&told_of(&ways, &told(200, true)), 5_000);
        assert!(something_came > 0.95, "they are open: {something_came}");
    }

    #[test]
    fn what_a_day_has_brought_it_keeps() {
        let past = weeks([&[(9, 3_000), (18, 8_000)]; 7]);
        let enough = Told { at: at_noon(), brought: 5_000, seen: 0, enough: true };
        for way in told_of(&ways(&past), &[enough]) {
            assert!(way.brought_at(NOON_S) > 4_000.0 && way.brought_at(LAST_S) > way.brought_at(NOON_S));
        }
    }

    #[test]
    fn the_further_apart_payments_lie_the_more_looks_there_may_be() {
        let gap =
            |payments: &[(i8, i64)]| gap_s(&weeks([payments, payments, payments, &[], &[], &[], payments]));
        assert_eq!(gap(&[(9, 1), (11, 1), (13, 1)]), 7_200.0, "days without trade say nothing");
        assert_eq!([more_looks(600.0), more_looks(2_400.0), more_looks(7_200.0)], [1.0, 1.0, 3.0]);
        assert_eq!(gap(&[]), 0.0);
    }
}
