//! What an operator lets a sub-merchant's share of the pool count for.

use std::fmt;

/// How many times its usual share a sub-merchant draws, in per cent: with 200, twice what it would draw with
/// [`USUAL`](Weight::USUAL), if others wait for the same money.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Weight(u16);

/// A number that is no weight.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("{found} is no weight: it is a whole per cent from 1 to {}", Weight::LARGEST)]
pub struct WeightError {
    /// The number.
    pub found: u64,
}

impl Weight {
    /// The share that follows from the money it brought, neither more nor less.
    pub const USUAL: Weight = Weight(100);
    /// The largest, in per cent. The smallest is 1: nothing at all would keep a sub-merchant's refunds waiting for ever.
    pub const LARGEST: u16 = 10_000;

    /// The weight of so many per cent: from 1 to [`LARGEST`](Weight::LARGEST), both included.
    pub fn of_percent(percent: u64) -> Result<Weight, WeightError> {
        match u16::try_from(percent) {
            Ok(percent @ 1..=Weight::LARGEST) => Ok(Weight(percent)),
            Ok(_) | Err(_) => Err(WeightError { found: percent }),
        }
    }

    /// In per cent.
    pub fn percent(self) -> u16 {
        self.0
    }
}

impl Default for Weight {
    fn default() -> Weight {
        Weight::USUAL
    }
}

impl fmt::Display for Weight {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} %", self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_weight_is_a_whole_per_cent_from_1_to_10_000() {
        for percent in [1, 100, 200, 10_000] {
            let weight = Weight::of_percent(percent).unwrap();
            assert_eq!(u64::from(weight.percent()), percent);
        }
        for percent in [0, 10_001, 65_636, u64::MAX] {
            assert_eq!(Weight::of_percent(percent), Err(WeightError { found: percent }));
        }
        assert_eq!(Weight::default(), Weight::of_percent(100).unwrap());
    }
}
