//! Chance as a hash of seed, purpose and number: the order of the draws changes nothing.

/// Where the plan's luck comes from.
#[derive(Debug, Clone, Copy)]
pub(super) struct Chance {
    seed: u64,
}

impl Chance {
    pub(super) fn new(seed: u64) -> Chance {
        Chance { seed }
    }

    /// The `n`-th draw for `purpose`: FNV-1a over both, stirred by the end of SplitMix64.
    fn draw(self, purpose: &str, n: u64) -> u64 {
        let bytes = purpose.bytes().chain(self.seed.to_le_bytes()).chain(n.to_le_bytes());
        let mut z = bytes.fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| {
            (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
        });
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// From 0 to below `limit`; 0 if the limit is.
    pub(super) fn below(self, limit: usize, purpose: &str, n: u64) -> usize {
        let wide = u128::from(self.draw(purpose, n)) * (limit as u128);
        usize::try_from(wide >> 64).unwrap_or(0)
    }

    /// An index into `weights`, each as likely as its weight; 0 if all are 0.
    pub(super) fn weighted(self, weights: &[usize], purpose: &str, n: u64) -> usize {
        let mut drawn = self.below(weights.iter().sum(), purpose, n);
        for (index, &weight) in weights.iter().enumerate() {
            if drawn < weight {
                return index;
            }
            drawn -= weight;
        }
        0
    }

    /// An amount from `least` to below `most`, small ones more likely, in whole tens.
    pub(super) fn amount(self, least: i64, most: i64, purpose: &str, n: u64) -> i64 {
        let thousandth = |draw| i64::try_from(self.below(1000, purpose, 2 * n + draw)).unwrap_or(0);
        let amount = least + (most - least) * thousandth(0) * thousandth(1) / 1_000_000;
        amount / 10 * 10
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn draws_depend_on_seed_purpose_and_number_and_spread_evenly() {
        let drawn = |seed, purpose, n| Chance::new(seed).below(1 << 30, purpose, n);
        assert_eq!(drawn(1, "hour", 1), drawn(1, "hour", 1));
        assert!(drawn(1, "hour", 1) != drawn(2, "hour", 1) && drawn(1, "hour", 1) != drawn(1, "shop", 1));
        let mut counts = [0; 10];
        for n in 0..10_000 {
            counts[Chance::new(7).below(10, "even", n)] += 1;
        }
        assert!(counts.iter().all(|count| (850..1150).contains(count)), "{counts:?}");
        assert_eq!(
            (Chance::new(1).below(0, "none", 0), Chance::new(1).weighted(&[0, 0, 3], "third", 5)),
            (0, 2)
        );
    }
}
