//! Figures of many trials, counted together.

use replay::figures::Figures;

/// What came of a policy in some trials.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Tally {
    /// Refunds that count.
    pub refunds: usize,
    /// Those that the reference could not place at once.
    pub hard: usize,
    /// Refused attempts.
    pub wasted: usize,
    /// Those of them that were not a refund's first.
    pub later_refused: usize,
    /// Refunds that the reference placed and the policy did not.
    pub never: usize,
    /// The most refused calls in a second of any trial.
    pub peak_per_s: usize,
    /// Promises whose time had come, or that were kept before.
    pub promises: usize,
    /// Promises that were kept.
    pub kept: usize,
    /// How much later than by the reference hard refunds were accepted, in seconds.
    pub delays_s: Vec<f64>,
}

impl Tally {
    /// What `figures` of one trial say, in which hard refunds were so much later than by the reference.
    pub fn of(figures: &Figures, delays_s: Vec<f64>) -> Tally {
        Tally {
            refunds: figures.refunds,
            hard: figures.hard,
            wasted: figures.wasted,
            later_refused: figures.later_refused,
            never: figures.never,
            peak_per_s: figures.err_peak_per_s,
            promises: figures.promises.made,
            kept: figures.promises.kept,
            delays_s,
        }
    }

    /// Counts further trials in.
    pub fn add(&mut self, further: &Tally) {
        let Tally { refunds, hard, wasted, later_refused, never, peak_per_s, promises, kept, delays_s } =
            further;
        self.refunds += refunds;
        self.hard += hard;
        self.wasted += wasted;
        self.later_refused += later_refused;
        self.never += never;
        self.peak_per_s = self.peak_per_s.max(*peak_per_s);
        self.promises += promises;
        self.kept += kept;
        self.delays_s.extend(delays_s);
    }

    /// Refused attempts a hard refund; none if no refund is hard.
    pub fn wasted_per_hard(&self) -> Option<f64> {
        share(self.wasted, self.hard)
    }

    /// Refused attempts after a refund's first, a hard refund; none if no refund is hard.
    pub fn later_per_hard(&self) -> Option<f64> {
        share(self.later_refused, self.hard)
    }

    /// The share of promises that were kept; none if none was made.
    pub fn kept_share(&self) -> Option<f64> {
        share(self.kept, self.promises)
    }

    /// How much later than by the reference hard refunds were accepted on average, in seconds.
    pub fn delay_mean_s(&self) -> Option<f64> {
        let count = self.delays_s.len();
        (count > 0).then(|| self.delays_s.iter().sum::<f64>() / count as f64)
    }

    /// The smallest delay that is no shorter than 95 of 100 of them, in seconds.
    pub fn delay_p95_s(&self) -> Option<f64> {
        let mut sorted = self.delays_s.clone();
        sorted.sort_unstable_by(f64::total_cmp);
        let rank = (sorted.len() * 95).div_ceil(100);
        sorted.get(rank.saturating_sub(1)).copied()
    }
}

fn share(of: usize, all: usize) -> Option<f64> {
    (all > 0).then(|| of as f64 / all as f64)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tally(delays_s: Vec<f64>) -> Tally {
        let hard = delays_s.len();
        Tally {
            refunds: 10,
            hard,
            wasted: 6,
            later_refused: 2,
            never: 1,
            peak_per_s: 1,
            promises: 4,
            kept: 3,
            delays_s,
        }
    }

    #[test]
    fn trials_are_counted_together_refund_by_refund() {
        let mut sum = tally(vec![10.0]);
        sum.add(&Tally { peak_per_s: 2, ..tally(vec![-4.0, 30.0]) });
        assert_eq!((sum.refunds, sum.hard, sum.never, sum.peak_per_s), (20, 3, 2, 2));
        assert_eq!((sum.wasted_per_hard(), sum.later_per_hard()), (Some(4.0), Some(4.0 / 3.0)));
        assert_eq!((sum.delay_mean_s(), sum.kept_share()), (Some(12.0), Some(0.75)));
    }

    #[test]
    fn the_percentile_is_a_delay_that_so_many_do_not_exceed() {
        let upto = |last: u8| tally((1..=last).rev().map(f64::from).collect()).delay_p95_s();
        assert_eq!((upto(20), upto(21), upto(1)), (Some(19.0), Some(20.0), Some(1.0)));
    }

    #[test]
    fn nothing_hard_gives_no_figure() {
        let nothing = Tally::default();
        assert_eq!(nothing.wasted_per_hard(), None);
        assert_eq!((nothing.delay_mean_s(), nothing.delay_p95_s(), nothing.kept_share()), (None, None, None));
    }
}
