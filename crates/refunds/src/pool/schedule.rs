//! When to look next into a pool that cannot be asked.
//!
//! A refund fits from some moment on, and nobody knows from which. An attempt before that moment is refused, which costs; each
//! minute after it is lost. How likely each moment is, the ways the day may go say. What remains is the classical question
//! of when to inspect: the looks that cost least in refusals and lost minutes together are found from the end of the day
//! backwards. Source: \[inferred\]; the question is that of Barlow, Hunter and Proschan (1963).
//!
//! What a refusal costs is not a matter of taste. A refund may spend so many refusals in so many hours; the price is the lowest at
//! which it stays within that. So a refund that will wait for days looks in every few hours of trade, and one that waits
//! for an hour looks once, when it is nearly sure.

use super::rounding::count;

/// When a refund fits: each moment, in seconds from now, with its weight; and the weight of never.
#[derive(Debug, Clone, Default)]
pub struct Moments {
    /// The moments; one that lies back fits now.
    pub at: Vec<(f64, f64)>,
    /// The weight of the ways in which the day never brings enough.
    pub never: f64,
}

impl Moments {
    /// The weight of all there is.
    pub fn total(&self) -> f64 {
        self.never + self.at.iter().map(|(_, weight)| weight).sum::<f64>()
    }

    /// The same moments, each so much later.
    pub fn later_by(mut self, seconds: f64) -> Moments {
        self.at.iter_mut().for_each(|(at, _)| *at = at.max(0.0) + seconds);
        self
    }

    /// The share of what has come by `end_s`.
    pub fn share_by(&self, end_s: f64) -> f64 {
        let came: f64 = self.at.iter().filter(|(at, _)| *at <= end_s).map(|(_, weight)| weight).sum();
        came / self.total().max(f64::MIN_POSITIVE)
    }

    /// How many seconds pass until it fits, on average, if `end_s` stands for never.
    pub fn mean_until(&self, end_s: f64) -> f64 {
        let until: f64 = self.at.iter().map(|(at, weight)| at.clamp(0.0, end_s) * weight).sum();
        (until + self.never * end_s) / self.total().max(f64::MIN_POSITIVE)
    }
}

/// What may be spent on looking, and what is lost by not looking.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Means {
    /// How many refusals may be spent on the rest of the day, on average.
    pub refusals: f64,
    /// How many seconds are lost beyond the end of the day if the day's money is not found.
    pub missed_s: f64,
}

/// The time between two looks that are considered, in seconds.
const GRID_S: f64 = 600.0;

/// The least and the greatest price of a refusal, in seconds of one refund's delay.
const PRICES_S: (f64, f64) = (60.0, 60_000.0);

/// When to look next, in seconds from now, if the day ends in `end_s`; none if no look is worth its price.
pub fn next_look(moments: &Moments, end_s: f64, means: Means) -> Option<f64> {
    let day = Day::of(moments, end_s, means.missed_s);
    let (mut low, mut high) = PRICES_S;
    let cheap = day.looks_at(low);
    if cheap.refusals <= means.refusals {
        return cheap.first;
    }
    let mut found = day.looks_at(high).first;
    for _ in 0..8 {
        let middle = (low * high).sqrt();
        let looks = day.looks_at(middle);
        if looks.refusals > means.refusals {
            low = middle;
        } else {
            high = middle;
            found = looks.first;
        }
    }
    found
}

/// The rest of a day as looks see it: for each look on the grid, the weight of the moments up to it and their weighted sum.
struct Day {
    weight: Vec<f64>,
    sum: Vec<f64>,
    total: f64,
    lost_s: f64,
}

/// The looks that cost least at a price.
struct Looks {
    /// The first of them, in seconds from now.
    first: Option<f64>,
    /// How many of them will be refused, on average.
    refusals: f64,
}

impl Day {
    fn of(moments: &Moments, end_s: f64, missed_s: f64) -> Day {
        let looks = count(end_s / GRID_S) + 1;
        let (mut weight, mut sum) = (vec![0.0; looks], vec![0.0; looks]);
        let mut total = moments.never;
        for &(at, share) in &moments.at {
            total += share;
            let at = at.max(0.0);
            let look = count((at / GRID_S).ceil());
            if let (Some(weight), Some(sum)) = (weight.get_mut(look), sum.get_mut(look)) {
                *weight += share;
                *sum += share * at;
            }
        }
        for values in [&mut weight, &mut sum] {
            let mut running = 0.0;
            for value in values.iter_mut() {
                running += *value;
                *value = running;
            }
        }
        Day { weight, sum, total, lost_s: end_s + missed_s }
    }

    fn looks_at(&self, price_s: f64) -> Looks {
        let looks = self.weight.len();
        // After each look that failed: what is still to be paid, and how many refusals are still to come.
        let mut after = vec![(0.0, 0.0); looks];
        for look in (0..looks).rev() {
            let (paid, refusals, _) = self.best(self.weight[look], self.sum[look], look + 1, price_s, &after);
            after[look] = (paid, refusals);
        }
        let (_, refusals, first) = self.best(0.0, 0.0, 0, price_s, &after);
        Looks {
            first: first.map(|look| look as f64 * GRID_S),
            refusals: refusals / self.total.max(f64::MIN_POSITIVE),
        }
    }

    /// The best next look from `from` on, once it is known that no moment came that weighs up to `known`.
    fn best(
        &self,
        known: f64,
        known_sum: f64,
        from: usize,
        price_s: f64,
        after: &[(f64, f64)],
    ) -> (f64, f64, Option<usize>) {
        let last = |values: &[f64]| values.last().copied().unwrap_or(0.0);
        let (all, all_sum) = (last(&self.weight), last(&self.sum));
        let mut best = (self.lost_s * (all - known) - (all_sum - known_sum), 0.0, None);
        let looks = self.weight.iter().zip(&self.sum).zip(after).enumerate().skip(from);
        for (look, ((&weight, &sum), &(paid_after, refusals_after))) in looks {
            let lost = look as f64 * GRID_S * (weight - known) - (sum - known_sum);
            let fails = self.total - weight;
            let paid = lost + fails * price_s + paid_after;
            if paid < best.0 {
                best = (paid, fails + refusals_after, Some(look));
            }
        }
        best
    }
}
