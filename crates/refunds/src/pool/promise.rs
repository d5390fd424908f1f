//! When a refund leaves: not a time, but how likely each time is; and what is promised of it.

use jiff::{SignedDuration, Timestamp};

use super::past::Promises;
use super::rounding::whole;
use super::schedule::Moments;

/// In how many cases of a thousand a promise is to be kept.
pub const KEPT_PER_MILLE: i64 = 900;

/// By how much one promise that was broken, or kept, moves the certainty with which the next ones are made.
const LEARNS: f64 = 0.05;

/// When a refund leaves.
#[derive(Debug, Clone)]
pub struct Leaving {
    /// Times with how likely each is, in order; what is missing to one leaves later than anybody looks.
    times: Vec<(Timestamp, f64)>,
}

impl Leaving {
    /// Leaving on one of these days: each with the instant its moments are counted from. A day decides among those that have not
    /// left before.
    pub fn of(days: impl IntoIterator<Item = (Timestamp, Moments)>) -> Leaving {
        let (mut times, mut still_here) = (vec![], 1.0);
        for (from, moments) in days {
            if still_here < 0.001 {
                break;
            }
            let all = moments.total();
            if all <= 0.0 {
                continue;
            }
            let mut left = 0.0;
            let mut day = moments.at;
            day.sort_by(|one, other| one.0.total_cmp(&other.0));
            for (second, weight) in day {
                let share = still_here * weight / all;
                left += share;
                times.push((from + SignedDuration::from_secs(whole(second.max(0.0).ceil())), share));
            }
            still_here -= left;
        }
        Leaving { times }
    }

    /// How likely it has left by `at`.
    pub fn by(&self, at: Timestamp) -> f64 {
        self.times.iter().take_while(|(time, _)| *time <= at).map(|(_, share)| share).sum()
    }

    /// The first time by which it has left with `certainty`; none if that lies beyond the days looked at.
    pub fn with(&self, certainty: f64) -> Option<Timestamp> {
        let mut likely = 0.0;
        self.times.iter().find_map(|(time, share)| {
            likely += share;
            (likely >= certainty).then_some(*time)
        })
    }
}

/// The certainty with which to promise, so that nine promises of ten are kept: the forecast's own ninety per cent, corrected by
/// what came of earlier promises. Source: Gibbs and Candès, Adaptive Conformal Inference (2021), \[inferred\].
pub fn level(earlier: impl IntoIterator<Item = Promises>) -> f64 {
    let wanted = KEPT_PER_MILLE as f64 / 1000.0;
    let owed: f64 = earlier
        .into_iter()
        .map(|promises| wanted * f64::from(promises.broken) - (1.0 - wanted) * f64::from(promises.kept))
        .sum();
    (wanted + LEARNS * owed).clamp(0.3, 0.995)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(minute: i64) -> Timestamp {
        Timestamp::UNIX_EPOCH + SignedDuration::from_mins(minute)
    }

    fn moments(minutes: &[i64], never: f64) -> Moments {
        Moments { at: minutes.iter().map(|&minute| (minute as f64 * 60.0, 1.0)).collect(), never }
    }

    #[test]
    fn what_one_day_does_not_bring_the_next_one_may() {
        let leaving = Leaving::of([(at(0), moments(&[10, 20], 2.0)), (at(1440), moments(&[5], 0.0))]);
        assert_eq!(leaving.by(at(10)), 0.25);
        assert_eq!(leaving.by(at(1000)), 0.5);
        assert_eq!(leaving.with(0.5), Some(at(20)));
        assert_eq!(leaving.with(0.9), Some(at(1445)));
        assert_eq!(Leaving::of([(at(0), moments(&[1], 9.0))]).with(0.9), None);
    }

    #[test]
    fn broken_promises_make_the_next_ones_more_careful() {
        let promises = |kept, broken| level([Promises { kept, broken }]);
        assert_eq!(promises(0, 0), 0.9);
        assert!((promises(90, 10) - 0.9).abs() < 1e-9, "nine of ten are what is wanted");
        assert!(promises(0, 3) > 0.9 && promises(50, 0) < 0.9);
        assert_eq!([promises(0, 1_000), promises(10_000, 0)], [0.995, 0.3]);
    }
}
