//! The normal distribution, as far as it is needed.
//!
//! All functions are those of `libm`, which computes the same on every machine, so a replay does too.

use std::f64::consts::{FRAC_1_SQRT_2, PI};

/// A quantity that is known roughly.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Normal {
    /// Its mean.
    pub mean: f64,
    /// Its variance; zero if it is known exactly.
    pub variance: f64,
}

impl Normal {
    /// The probability that it is at least `bound`.
    pub fn at_least(&self, bound: f64) -> f64 {
        if self.variance <= 0.0 {
            return f64::from(u8::from(self.mean >= bound));
        }
        tail((bound - self.mean) / self.variance.sqrt())
    }

    /// The value that it reaches with probability `p`.
    pub fn reached_with(&self, p: f64) -> f64 {
        self.mean + self.variance.max(0.0).sqrt() * reached_by_standard(p)
    }

    /// What it is once it is known to be at least `bound`, or less than that.
    ///
    /// The result has the mean and the variance of the part that is left. If next to nothing is left the news is believed over
    /// what was thought: the quantity, which is a whole number, lies at the bound, or is the next below it if it is less than
    /// that.
    pub fn given(&self, bound: f64, is_at_least: bool) -> Normal {
        let nearest = if is_at_least { bound } else { bound - 1.0 };
        if self.variance <= 0.0 {
            let is_so = (self.mean >= bound) == is_at_least;
            return Normal { mean: if is_so { self.mean } else { nearest }, variance: self.variance };
        }
        let deviation = self.variance.sqrt();
        let sign = if is_at_least { 1.0 } else { -1.0 };
        let z = sign * (bound - self.mean) / deviation;
        let left = tail(z);
        if left < 1e-6 {
            return Normal { mean: nearest, variance: self.variance / (z * z) };
        }
        let hazard = density(z) / left;
        Normal {
            mean: self.mean + sign * deviation * hazard,
            variance: self.variance * (1.0 + z * hazard - hazard * hazard).max(1e-9),
        }
    }
}

/// The probability that a standard normal quantity is at least `z`.
pub fn tail(z: f64) -> f64 {
    0.5 * libm::erfc(z * FRAC_1_SQRT_2)
}

fn density(z: f64) -> f64 {
    libm::exp(-0.5 * z * z) / libm::sqrt(2.0 * PI)
}

/// The value that a standard normal quantity reaches with probability `p`.
fn reached_by_standard(p: f64) -> f64 {
    let (mut low, mut high) = (-8.0, 8.0);
    // Sixty halvings are all that a double can tell apart.
    for _ in 0..60 {
        let middle = 0.5 * (low + high);
        if tail(middle) >= p {
            low = middle;
        } else {
            high = middle;
        }
    }
    0.5 * (low + high)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn is_near(one: f64, other: f64) -> bool {
        (one - other).abs() < 1e-3
    }

    #[test]
    fn tables_agree() {
        assert!(is_near(tail(0.0), 0.5) && is_near(tail(1.0), 0.1587) && is_near(tail(-1.645), 0.95));
        assert!(is_near(Normal { mean: 10.0, variance: 4.0 }.reached_with(0.9), 10.0 - 2.0 * 1.2816));
    }

    #[test]
    fn news_cut_off_what_can_no_longer_be() {
        let before = Normal { mean: 0.0, variance: 1.0 };
        let above = before.given(0.0, true);
        assert!(is_near(above.mean, 0.7979) && is_near(above.variance, 1.0 - 2.0 / PI));
        let below = before.given(0.0, false);
        assert!(is_near(below.mean, -0.7979) && is_near(below.variance, above.variance));
        let unheard_of = before.given(30.0, true);
        assert!(is_near(unheard_of.mean, 30.0) && unheard_of.variance < 0.01);
        let refused = before.given(-30.0, false);
        assert!(is_near(refused.mean, -31.0) && refused.at_least(-30.0) < 0.5);
    }

    #[test]
    fn what_is_known_exactly_is_moved_only_by_news_against_it() {
        let known = Normal { mean: 100.0, variance: 0.0 };
        assert_eq!(known.given(50.0, true), known);
        let less = known.given(50.0, false);
        assert!(is_near(less.mean, 49.0) && is_near(less.at_least(50.0), 0.0));
        assert!(is_near(known.at_least(100.0), 1.0) && is_near(known.at_least(101.0), 0.0));
    }
}
