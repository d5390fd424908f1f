//! When to look next into a pool that cannot be asked.
//!
//! A refund fits from some moment on, and nobody knows from which. An attempt before that moment is refused, which costs; each
//! minute after it is lost. How likely each moment is, the ways the day may go say. What remains is the classical question
//! of when to inspect: the looks that cost least in refusals and lost minutes together are found from the end of the day
//! backwards. Source: \[inferred\]; the question is that of Barlow, Hunter and Proschan (1963).
//!
//! What a refusal costs, [`price`](super::price) learns.

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
}

/// What is lost by looking and by not looking, in seconds of the refund's waiting.
#[derive(Debug, Clone, Copy)]
pub struct Costs<P> {
    /// Whether it costs nothing if the next look is refused.
    pub next_is_free: bool,
    /// What it costs if a look is refused that is made so many seconds from now.
    pub refusal_s: P,
    /// What is lost beyond the end of the day if the day's money is not found.
    pub missed_s: f64,
}

/// The time between two looks that are considered, in seconds.
const GRID_S: f64 = 600.0;

/// When to look next, in seconds from now, if the day ends in `end_s`; none if no look is worth its price.
pub fn next_look(moments: &Moments, end_s: f64, costs: Costs<impl Fn(f64) -> f64>) -> Option<f64> {
    let looks = Day::of(moments, end_s).next_at(costs)?;
    Some(looks as f64 * GRID_S)
}

/// The rest of a day as looks see it: for each look on the grid, the weight of the moments up to it and their weighted sum.
struct Day {
    weight: Vec<f64>,
    sum: Vec<f64>,
    total: f64,
    end_s: f64,
}

impl Day {
    fn of(moments: &Moments, end_s: f64) -> Day {
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
        Day { weight, sum, total, end_s }
    }

    /// The next of the looks that cost least, by its place on the grid.
    fn next_at(&self, costs: Costs<impl Fn(f64) -> f64>) -> Option<usize> {
        let lost_s = self.end_s + costs.missed_s;
        let looks = self.weight.len();
        let prices_s: Vec<f64> = (0..looks).map(|look| (costs.refusal_s)(look as f64 * GRID_S)).collect();
        // After each look that failed: what is still to be paid.
        let mut after = vec![0.0; looks];
        for look in (0..looks).rev() {
            let known = (self.weight[look], self.sum[look]);
            after[look] = self.best(known, look + 1, &prices_s, lost_s, &after).0;
        }
        let next_s = if costs.next_is_free { vec![0.0; looks] } else { prices_s };
        self.best((0.0, 0.0), 0, &next_s, lost_s, &after).1
    }

    /// What the best next look from `from` on costs with all that follow, and its place; without a place if none is worth it.
    /// `known` are weight and sum of the moments that are known not to have come.
    fn best(
        &self,
        known: (f64, f64),
        from: usize,
        prices_s: &[f64],
        lost_s: f64,
        after: &[f64],
    ) -> (f64, Option<usize>) {
        let last = |values: &[f64]| values.last().copied().unwrap_or(0.0);
        let (all, all_sum) = (last(&self.weight), last(&self.sum));
        let mut best = (lost_s * (all - known.0) - (all_sum - known.1), None);
        let looks = self.weight.iter().zip(&self.sum).zip(prices_s).zip(after).enumerate().skip(from);
        for (look, (((&weight, &sum), &price_s), &paid_after)) in looks {
            let lost = look as f64 * GRID_S * (weight - known.0) - (sum - known.1);
            let paid = lost + (self.total - weight) * price_s + paid_after;
            if paid < best.0 {
                best = (paid, Some(look));
            }
        }
        best
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const HOUR_S: f64 = 3_600.0;
    const DAY_S: f64 = 24.0 * HOUR_S;

    /// As likely at each of these hours.
    fn hours(hours: impl IntoIterator<Item = f64>, never: f64) -> Moments {
        Moments { at: hours.into_iter().map(|hour| (hour * HOUR_S, 1.0)).collect(), never }
    }

    fn costs(price_s: f64) -> Costs<impl Fn(f64) -> f64> {
        Costs { next_is_free: false, refusal_s: move |_| price_s, missed_s: DAY_S }
    }

    #[test]
    fn a_look_is_taken_when_all_that_may_come_has_come() {
        let look = |price_s| next_look(&hours([2.0, 2.5, 3.0], 0.0), 10.0 * HOUR_S, costs(price_s));
        assert_eq!(look(10.0 * HOUR_S), Some(3.0 * HOUR_S), "dear: once, when it is sure");
        assert_eq!(look(60.0), Some(2.0 * HOUR_S), "cheap: as soon as it may be");
    }

    #[test]
    fn a_look_waits_for_the_hour_at_which_a_refusal_costs_less() {
        let moments = hours([2.0, 4.0, 6.0, 8.0], 0.0);
        let look = |cheap_from_s: f64| {
            let refusal_s = move |in_s: f64| if in_s < cheap_from_s { DAY_S } else { 60.0 };
            let costs = Costs { next_is_free: false, refusal_s, missed_s: DAY_S };
            next_look(&moments, 10.0 * HOUR_S, costs)
        };
        assert_eq!(look(DAY_S), Some(8.0 * HOUR_S), "never: it looks when it is sure");
        assert_eq!(look(3.0 * HOUR_S), Some(3.0 * HOUR_S), "as soon as it is");
    }

    #[test]
    fn a_look_that_costs_nothing_is_not_kept_for_later_than_it_helps() {
        let moments = hours([1.0, 5.0], 0.0);
        let dear = Costs { next_is_free: true, ..costs(HOUR_S) };
        assert_eq!(next_look(&moments, 10.0 * HOUR_S, dear), Some(HOUR_S));
    }

    #[test]
    fn no_look_is_taken_that_is_not_worth_its_price() {
        let moments = hours([2.0], 99.0);
        assert_eq!(next_look(&moments, 10.0 * HOUR_S, costs(2.0 * HOUR_S)), None);
        // The next chance is a hundred days off.
        let rare = Costs { missed_s: 100.0 * DAY_S, ..costs(2.0 * HOUR_S) };
        assert_eq!(next_look(&moments, 10.0 * HOUR_S, rare), Some(2.0 * HOUR_S));
    }

    #[test]
    fn what_fits_already_is_looked_for_at_once() {
        assert_eq!(next_look(&hours([-3.0, 1.0], 0.0), 10.0 * HOUR_S, costs(60.0)), Some(0.0));
    }
}
