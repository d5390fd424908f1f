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
/// How much more a day of the same kind counts.
const SAME_KIND: f64 = 4.0;
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
    let weighted = past.iter().filter(|past| past.day < day).map(|past| {
        let age = past.day.days_until(day) as f64;
        let alike = if DayKind::of(past.day, calendar) == kind { SAME_KIND } else { 1.0 };
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
        likely.into_iter().map(move |brought| Path {
            weight,
            base: brought - usual * level * past.paid.paid_at(second),
            scale: usual * level,
            curve: past.paid.clone(),
        })
    });
    paths.collect()
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

/// The second of its China day at `now`.
pub fn second_of_day(now: Timestamp) -> f64 {
    now.duration_since(ChinaDay::of(now).start()).as_secs_f64()
}
