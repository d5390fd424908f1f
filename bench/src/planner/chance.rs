//! Everything random: hashes of what it is for, so that nothing that is drawn moves anything else.

use std::f64::consts::PI;
use std::hash::{Hash, Hasher};

use siphasher::sip::SipHasher13;

/// Draws for one merchant of one seed.
#[derive(Debug, Clone, Copy)]
pub struct Chance {
    seed: u64,
    whose: &'static str,
}

impl Chance {
    /// What chance brings `whose` merchant under `seed`.
    pub fn new(seed: u64, whose: &'static str) -> Chance {
        Chance { seed, whose }
    }

    /// The draws for one purpose on one day of trade: the same whatever else is drawn.
    pub fn draws(&self, purpose: &str, day: i32) -> Draws {
        let mut hasher = SipHasher13::new_with_keys(self.seed, 0);
        (self.whose, purpose, day).hash(&mut hasher);
        Draws { of: hasher.finish(), drawn: 0 }
    }
}

/// One draw after another.
#[derive(Debug, Clone)]
pub struct Draws {
    of: u64,
    drawn: u64,
}

impl Draws {
    /// Between zero and one, one left out.
    pub fn share(&mut self) -> f64 {
        let hasher = SipHasher13::new_with_keys(self.of, self.drawn);
        self.drawn += 1;
        // The upper 53 bits: all that a double can hold.
        (hasher.finish() >> 11) as f64 / (1u64 << 53) as f64
    }

    /// Between `low` and `high`.
    pub fn between(&mut self, low: f64, high: f64) -> f64 {
        low + (high - low) * self.share()
    }

    /// Whether something happens that happens so often.
    pub fn happens(&mut self, share: f64) -> bool {
        self.share() < share
    }

    /// From the standard normal distribution.
    pub fn normal(&mut self) -> f64 {
        let (radius, angle) = (1.0 - self.share(), self.share());
        libm::sqrt(-2.0 * libm::log(radius)) * libm::cos(2.0 * PI * angle)
    }

    /// From a log-normal distribution with mean one, whose logarithm deviates by `sigma`.
    pub fn log_normal(&mut self, sigma: f64) -> f64 {
        libm::exp(sigma * self.normal() - sigma * sigma / 2.0)
    }

    /// How many of what happens `mean` times on average, each by itself: the Poisson distribution.
    pub fn count(&mut self, mean: f64) -> usize {
        let mut passed = 0.0;
        let mut count = 0;
        loop {
            passed -= libm::log(1.0 - self.share());
            if passed > mean {
                return count;
            }
            count += 1;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn draws_depend_on_seed_merchant_purpose_and_day_alone() {
        let first = |seed, whose, purpose, day| Chance::new(seed, whose).draws(purpose, day).share();
        let share = first(1, "cafe", "level", 3);
        assert_eq!(share, first(1, "cafe", "level", 3));
        for other in [
            first(2, "cafe", "level", 3),
            first(1, "shop", "level", 3),
            first(1, "cafe", "hours", 3),
            first(1, "cafe", "level", 4),
        ] {
            assert_ne!(share, other);
        }
    }

    #[test]
    fn draws_follow_their_laws() {
        const COUNT: usize = 20_000;
        let mean = |draw: fn(&mut Draws) -> f64| {
            let mut draws = Chance::new(7, "test").draws("law", 0);
            (0..COUNT).map(|_| draw(&mut draws)).sum::<f64>() / COUNT as f64
        };
        for (what, mean, expected) in [
            ("share", mean(Draws::share), 0.5),
            ("normal", mean(Draws::normal), 0.0),
            ("variance", mean(|draws| draws.normal().powi(2)), 1.0),
            ("log-normal", mean(|draws| draws.log_normal(0.6)), 1.0),
            ("count", mean(|draws| draws.count(3.0) as f64) / 3.0, 1.0),
            ("happens", mean(|draws| f64::from(draws.happens(0.3))), 0.3),
        ] {
            assert!((mean - expected).abs() < 0.03, "{what}: {mean} instead of {expected}");
        }
    }
}
