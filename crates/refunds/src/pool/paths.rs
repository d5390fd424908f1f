//! The ways a day may go: past days, each with a weight, each scaled to what is known of the day.
//!
//! No curve is fitted. A past day is one way in which a day of this merchant really went, with its opening hours, its lunch, its
//! tour buses; four weeks of them say how likely each amount is by each minute, and how much that varies. What the day itself
//! has shown so far makes some of them likelier than others. Source: [operations 2.3].

use jiff::Timestamp;
use wechatpay::calendar::Calendar;
use wechatpay::china::ChinaDay;

use super::day_kind::DayKind;
use super::normal::Normal;
use super::past::{Curve, PastDay};
use super::told::Told;

/// How much less a day counts for each day that it lies back. Source: [operations 2.3].
const FADES: f64 = 0.97;
/// How much more a day of the same kind counts, if the kinds surely differ.
const SAME_KIND: f64 = 4.0;
/// Fewer days of a kind than these say nothing of whether it differs.
const FEW_DAYS: usize = 4;
/// Levels of a day against those of past days, in steps of the logarithm.
const LEVELS: [f64; 7] = [-0.45, -0.30, -0.15, 0.0, 0.15, 0.30, 0.45];
/// How much levels vary beyond the past days' own variety, in the logarithm.
const LEVEL_DEVIATION: f64 = 0.2;

/// How far a day may be from one that went the same way, as a share of what it has brought.
const ROUGHLY: f64 = 0.20;
/// The same as a share of what it will have brought in all, which counts while it has brought little.
const ROUGHLY_OF_ALL: f64 = 0.01;

/// One way a day may go.
#[derive(Debug, Clone)]
pub struct Path {
    /// How likely it is, against the others.
    pub weight: f64,
    /// What the day has brought that the curve does not show.
    base: f64,
    scale: f64,
    curve: Curve,
}

impl Path {
    /// What the day has brought `second` seconds after its midnight.
    pub fn brought_at(&self, second: f64) -> f64 {
        self.base + self.scale * self.curve.paid_at(second)
    }

    /// The way, `weight` likely, of a day that has brought so much by `second` and goes on as this one does.
    pub fn going_on(&self, weight: f64, brought: f64, second: f64) -> Path {
        Path { weight, base: brought - self.scale * self.curve.paid_at(second), ..self.clone() }
    }

    /// How far apart payments lie on it, in seconds.
    pub fn gap_s(&self) -> f64 {
        f64::from(self.curve.gap_s())
    }

    /// When the day has first brought `amount`, in seconds after its midnight; none if it never does.
    pub fn brings_first(&self, amount: f64) -> Option<f64> {
        if self.scale <= 0.0 {
            return (self.base >= amount).then_some(0.0);
        }
        self.curve.paid_first((amount - self.base) / self.scale)
    }
}

/// Past days, weighted for one day to come.
fn weighted<'a>(past: &'a [PastDay], day: ChinaDay, calendar: &Calendar) -> Vec<(f64, f64, &'a PastDay)> {
    let kind = DayKind::of(day, calendar);
    let growth = growth(past);
    let same_kind = 1.0 + (SAME_KIND - 1.0) * tells_apart(past, kind, calendar);
    let weighted = past.iter().filter(|past| past.day < day).map(|past| {
        let age = past.day.days_until(day) as f64;
        let alike = if DayKind::of(past.day, calendar) == kind { same_kind } else { 1.0 };
        (libm::pow(FADES, age) * alike, libm::exp(growth * age), past)
    });
    weighted.collect()
}

/// The ways `day` may go of which nothing has been seen yet. `leak` is the share of what is paid that others take.
pub fn unseen(past: &[PastDay], day: ChinaDay, leak: f64, calendar: &Calendar) -> Vec<Path> {
    let paths = weighted(past, day, calendar).into_iter().flat_map(|(weight, growth, past)| {
        LEVELS.into_iter().map(move |level| Path {
            weight: weight * libm::exp(-0.5 * level * level / (LEVEL_DEVIATION * LEVEL_DEVIATION)),
            base: 0.0,
            scale: growth * libm::exp(level) * (1.0 - leak),
            curve: past.paid.clone(),
        })
    });
    paths.collect()
}

/// Weighs ways of a day by what answers have told of it, and moves those that come near enough.
///
/// No day goes exactly as another did. A way that is told wrong by little is moved by little and stays likely; one that is told
/// wrong by much becomes unlikely, and never impossible.
pub fn weigh(paths: &mut [Path], told: &[Told]) {
    for path in paths.iter_mut() {
        for told in told {
            let brought = path.brought_at(second_of_day(told.at));
            let deviation =
                ROUGHLY * brought.max(0.0) + ROUGHLY_OF_ALL * path.brought_at(f64::MAX).max(0.0) + 1.0;
            let thought = Normal { mean: brought, variance: deviation * deviation };
            let enough = thought.at_least(told.brought as f64);
            path.weight *= if told.enough { enough } else { 1.0 - enough }.max(1e-4);
            path.base += if told.enough {
                (told.brought as f64 - brought).max(0.0)
            } else {
                thought.given(told.brought as f64, false).mean - brought
            };
        }
    }
}

/// The ways `day` may go on from `second`, when it is known to have brought about `brought`.
pub fn seen(
    past: &[PastDay],
    day: ChinaDay,
    second: f64,
    brought: Normal,
    leak: f64,
    calendar: &Calendar,
) -> Vec<Path> {
    let weighted = weighted(past, day, calendar);
    let weights: f64 = weighted.iter().map(|(weight, _, _)| weight).sum();
    let mean: f64 =
        weighted.iter().map(|(weight, growth, past)| weight * growth * past.paid.total() as f64).sum::<f64>();
    // As if a quarter of an ordinary day had been seen already: what the morning says of the level is shrunk by it.
    let shrink = 0.25 * (1.0 - leak) * mean / weights.max(f64::MIN_POSITIVE);
    let likely = [0.9, 0.7, 0.5, 0.3, 0.1].map(|p| brought.reached_with(p));
    let paths = weighted.into_iter().flat_map(|(weight, growth, past)| {
        let usual = growth * (1.0 - leak);
        let so_far = usual * past.paid.paid_at(second);
        let level = ((brought.mean + shrink) / (so_far + shrink).max(1.0)).clamp(0.2, 5.0);
        let way = Path { weight, base: 0.0, scale: usual * level, curve: past.paid.clone() };
        likely.map(|brought| way.going_on(weight, brought, second))
    });
    paths.collect()
}

/// How surely days of `kind` bring something else than the others, from 0 to 1: less where that may be chance.
fn tells_apart(past: &[PastDay], kind: DayKind, calendar: &Calendar) -> f64 {
    let amounts = |of_kind: bool| -> Vec<f64> {
        let alike = |past: &&PastDay| (DayKind::of(past.day, calendar) == kind) == of_kind;
        past.iter().filter(alike).map(|past| past.paid.total() as f64).collect()
    };
    let (those, others) = (amounts(true), amounts(false));
    if those.len().min(others.len()) < FEW_DAYS {
        // So few say nothing against what is usual.
        return 1.0;
    }
    let ((mean, error), (other, other_error)) = (mean_and_error(&those), mean_and_error(&others));
    (1.0 - (error + other_error) / (mean - other).powi(2).max(f64::MIN_POSITIVE)).max(0.0)
}

/// The mean of `values`, and the variance of what is thought of it.
fn mean_and_error(values: &[f64]) -> (f64, f64) {
    let n = values.len() as f64;
    let mean = values.iter().sum::<f64>() / n;
    (mean, values.iter().map(|value| (value - mean) * (value - mean)).sum::<f64>() / (n - 1.0) / n)
}

/// By how much days grow from one to the next, in the logarithm; shrunk towards nothing where it may be chance.
fn growth(past: &[PastDay]) -> f64 {
    let Some(first) = past.first() else { return 0.0 };
    let points: Vec<(f64, f64)> = past
        .iter()
        .filter(|past| past.paid.total() > 0)
        .map(|past| (first.day.days_until(past.day) as f64, libm::log(past.paid.total() as f64)))
        .collect();
    let n = points.len() as f64;
    if n < 14.0 {
        return 0.0;
    }
    let mean = |of: fn(&(f64, f64)) -> f64| points.iter().map(of).sum::<f64>() / n;
    let (x, y) = (mean(|point| point.0), mean(|point| point.1));
    let spread: f64 = points.iter().map(|point| (point.0 - x) * (point.0 - x)).sum();
    let slope = points.iter().map(|point| (point.0 - x) * (point.1 - y)).sum::<f64>() / spread.max(1.0);
    let rest: f64 = points.iter().map(|point| point.1 - y - slope * (point.0 - x)).map(|off| off * off).sum();
    let error = rest / (n - 2.0) / spread.max(1.0);
    let sure = (1.0 - error / (slope * slope).max(f64::MIN_POSITIVE)).max(0.0);
    (slope * sure).clamp(-0.05, 0.05)
}

/// The first of weighted amounts, in the order given, up to which `share` of the weight lies.
pub(super) fn quantile(amounts: &[(f64, f64)], share: f64) -> Option<f64> {
    let wanted = share * amounts.iter().map(|(_, weight)| weight).sum::<f64>();
    let mut weight = 0.0;
    let reaches = |(_, each): &&(f64, f64)| {
        weight += each;
        weight >= wanted
    };
    amounts.iter().find(reaches).map(|(amount, _)| *amount)
}

/// The second of its China day at `now`.
pub fn second_of_day(now: Timestamp) -> f64 {
    now.duration_since(ChinaDay::of(now).start()).as_secs_f64()
}

#[cfg(test)]
mod tests {
    use jiff::civil::{date, time};

    use super::*;

    /// Four weeks, each day with what it brought.
    fn weeks(brought: impl Fn(ChinaDay, i32) -> i64) -> Vec<PastDay> {
        let today = ChinaDay::from_date(date(2026, 3, 25));
        let day = |back: i32| {
            let day = today.plus_days(-back);
            PastDay::that_brought(day, [(time(12, 0, 0, 0), brought(day, back))])
        };
        (1..=28).rev().map(day).collect()
    }

    #[test]
    fn days_of_one_kind_count_more_only_if_they_bring_something_else() {
        let calendar = Calendar::bundled();
        let is_weekend = |day| DayKind::of(day, &calendar) == DayKind::Weekend;
        let noise = |back: i32| i64::from(back * 37 % 11) * 40;
        let tells = |past: &[PastDay]| tells_apart(past, DayKind::Weekend, &calendar);
        let double = weeks(|day, back| 1_000 + noise(back) + if is_weekend(day) { 1_000 } else { 0 });
        assert!(tells(&double) > 0.9, "{}", tells(&double));
        let alike = weeks(|_, back| 1_000 + noise(back));
        assert!(tells(&alike) < 0.5, "{}", tells(&alike));
        assert_eq!(tells(&alike[26..]), 1.0, "two days say nothing against what is usual");
    }
}
