//! Figures from samples: sorted, never estimated.

use std::time::Duration;

use serde::Serialize;

/// How samples lie. Percentiles are the smallest sample that at least so many per cent of all do not exceed.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Distribution {
    /// How many samples there are.
    pub count: usize,
    /// The middle one, in milliseconds.
    pub p50_ms: f64,
    /// 90 of 100 are no longer, in milliseconds.
    pub p90_ms: f64,
    /// 99 of 100 are no longer, in milliseconds.
    pub p99_ms: f64,
    /// The longest, in milliseconds.
    pub max_ms: f64,
}

impl Distribution {
    /// How `samples` lie; none if there are none.
    pub fn of(mut samples: Vec<Duration>) -> Option<Distribution> {
        samples.sort_unstable();
        let ms = |per_cent| percentile(&samples, per_cent).map(|sample| sample.as_secs_f64() * 1e3);
        Some(Distribution {
            count: samples.len(),
            p50_ms: ms(50)?,
            p90_ms: ms(90)?,
            p99_ms: ms(99)?,
            max_ms: ms(100)?,
        })
    }
}

/// The smallest of `sorted` that at least `per_cent` of 100 do not exceed; none of none.
pub fn percentile(sorted: &[Duration], per_cent: usize) -> Option<Duration> {
    let rank = (sorted.len() * per_cent).div_ceil(100);
    sorted.get(rank.saturating_sub(1)).copied()
}

/// The middle of `values`, the mean of the two middle ones of an even number; none of none.
pub fn median(values: &[f64]) -> Option<f64> {
    let mut sorted = values.to_vec();
    sorted.sort_unstable_by(f64::total_cmp);
    let upper = *sorted.get(sorted.len() / 2)?;
    let lower = *sorted.get((sorted.len() - 1) / 2)?;
    Some(lower.midpoint(upper))
}

/// How far the farthest of `values` lies from their median, as a fraction of it; none of none.
pub fn spread(values: &[f64]) -> Option<f64> {
    let middle = median(values)?;
    let farthest = values.iter().map(|value| (value - middle).abs()).max_by(f64::total_cmp)?;
    Some(if middle == 0.0 { 0.0 } else { farthest / middle })
}

/// A rate, seen in windows of equal length.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Rate {
    /// The median of the windows, a second.
    pub per_s: f64,
    /// The slowest window, a second.
    pub slowest_per_s: f64,
    /// The fastest window, a second.
    pub fastest_per_s: f64,
    /// How many windows there are.
    pub windows: usize,
}

impl Rate {
    /// The rate of events that happened `events` after a common beginning, in windows of length `window`. The first and
    /// the last one are left out: something starts in the one and ends in the other. What is too short for that counts as
    /// one window up to its last event. None if nothing happened.
    pub fn of(events: &[Duration], window: Duration) -> Option<Rate> {
        let last = events.iter().max()?;
        let index = |event: &Duration| usize::try_from(event.as_nanos() / window.as_nanos().max(1)).ok();
        let mut counts = vec![0_u32; index(last)? + 1];
        for event in events {
            *counts.get_mut(index(event)?)? += 1;
        }
        let rates: Vec<f64> = match counts.get(1..counts.len() - 1) {
            Some(steady) if !steady.is_empty() => {
                steady.iter().map(|&count| f64::from(count) / window.as_secs_f64()).collect()
            }
            _ => vec![per_second(events.len(), *last)],
        };
        Some(Rate {
            per_s: median(&rates)?,
            slowest_per_s: rates.iter().copied().min_by(f64::total_cmp)?,
            fastest_per_s: rates.iter().copied().max_by(f64::total_cmp)?,
            windows: rates.len(),
        })
    }
}

/// How many times `count` goes into `time`, a second; zero of no time.
pub fn per_second(count: usize, time: Duration) -> f64 {
    let seconds = time.as_secs_f64();
    if seconds > 0.0 { whole(count) / seconds } else { 0.0 }
}

/// A count as a figure to divide by. Counts here are far below where that loses digits.
pub fn whole(count: usize) -> f64 {
    f64::from(u32::try_from(count).unwrap_or(u32::MAX))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ms(n: u64) -> Duration {
        Duration::from_millis(n)
    }

    #[test]
    fn a_percentile_is_a_sample_that_so_many_do_not_exceed() {
        let hundred: Vec<Duration> = (1..=100).map(ms).collect();
        for (per_cent, expected) in [(0, 1), (1, 1), (50, 50), (99, 99), (100, 100)] {
            assert_eq!(percentile(&hundred, per_cent), Some(ms(expected)), "{per_cent} %");
        }
        assert_eq!(percentile(&[ms(7)], 99), Some(ms(7)));
        assert_eq!(percentile(&[ms(1), ms(2), ms(3)], 50), Some(ms(2)));
        assert_eq!(percentile(&[], 50), None);
    }

    #[test]
    fn a_distribution_does_not_depend_on_the_order_of_its_samples() {
        let distribution = Distribution::of(vec![ms(30), ms(10), ms(20)]).unwrap();
        assert_eq!((distribution.p50_ms, distribution.max_ms, distribution.count), (20.0, 30.0, 3));
        assert_eq!(Distribution::of(vec![]), None);
    }

    #[test]
    fn the_median_of_an_even_number_lies_between_the_middle_two() {
        assert_eq!(median(&[4.0, 1.0, 3.0]), Some(3.0));
        assert_eq!(median(&[4.0, 1.0, 3.0, 2.0]), Some(2.5));
        assert_eq!(median(&[]), None);
    }

    #[test]
    fn the_spread_is_the_farthest_distance_from_the_median() {
        assert_eq!(spread(&[90.0, 100.0, 130.0]), Some(0.3));
        assert_eq!((spread(&[5.0]), spread(&[]), spread(&[0.0])), (Some(0.0), None, Some(0.0)));
    }

    #[test]
    fn windows_at_both_ends_are_left_out_of_a_rate() {
        // One in the first second, ten in each of three, one in the last.
        let mut events = vec![ms(900), ms(4_000)];
        for second in 1..4 {
            events.extend((0..10).map(|n| ms(second * 1_000 + n * 100)));
        }
        let rate = Rate::of(&events, Duration::from_secs(1)).unwrap();
        assert_eq!((rate.per_s, rate.slowest_per_s, rate.fastest_per_s, rate.windows), (10.0, 10.0, 10.0, 3));
    }

    #[test]
    fn a_window_in_which_nothing_happened_counts() {
        let rate = Rate::of(&[ms(0), ms(2_100), ms(2_200), ms(3_500)], Duration::from_secs(1)).unwrap();
        assert_eq!((rate.slowest_per_s, rate.fastest_per_s, rate.windows), (0.0, 2.0, 2));
    }

    #[test]
    fn a_short_run_is_one_window_up_to_its_last_event() {
        let rate = Rate::of(&[ms(100), ms(200), ms(1_500)], Duration::from_secs(1)).unwrap();
        assert_eq!((rate.per_s, rate.windows), (2.0, 1));
        assert_eq!(Rate::of(&[], Duration::from_secs(1)), None);
    }
}
