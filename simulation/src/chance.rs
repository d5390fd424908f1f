//! Chance that does not depend on the order of events.
//!
//! Every draw is a hash of the seed, what it is for, whom it concerns and a count. No stream is shared, so one event more
//! changes no other draw.

use std::hash::{Hash, Hasher};

use jiff::SignedDuration;
use siphasher::sip::SipHasher13;

/// Parts in a million that make a whole.
const WHOLE_PPM: u64 = 1_000_000;

/// The chance of one seed.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Chance {
    seed: u64,
}

impl Chance {
    pub(crate) fn new(seed: u64) -> Chance {
        Chance { seed }
    }

    /// All of it follows from this.
    pub(crate) fn seed(&self) -> u64 {
        self.seed
    }

    /// The chance of the first merchant id's `n`-th neighbour: its draws have the names of the first one's, and other results.
    pub(crate) fn of_neighbour(&self, n: usize) -> Chance {
        Chance::new(self.draw("neighbour", n, 0))
    }

    /// The `n`-th draw about `id` for `purpose`: 64 even bits.
    pub(crate) fn draw(&self, purpose: &str, id: impl Hash, n: u64) -> u64 {
        let mut hasher = SipHasher13::new_with_keys(self.seed, n);
        purpose.hash(&mut hasher);
        id.hash(&mut hasher);
        hasher.finish()
    }

    /// A draw from 0 to `limit`, the limit excluded; 0 if there is nothing below it.
    pub(crate) fn below(&self, limit: i64, purpose: &str, id: impl Hash, n: u64) -> i64 {
        let limit = u64::try_from(limit).unwrap_or(0);
        let drawn = self.draw(purpose, id, n).checked_rem(limit).unwrap_or(0);
        i64::try_from(drawn).unwrap_or(0)
    }

    /// A draw from `low` to `high`, both included.
    pub(crate) fn between(&self, low: i64, high: i64, purpose: &str, id: impl Hash, n: u64) -> i64 {
        low + self.below(high - low + 1, purpose, id, n)
    }

    /// Whether something with a chance of `ppm` parts in a million happens.
    pub(crate) fn happens(&self, ppm: u32, purpose: &str, id: impl Hash, n: u64) -> bool {
        self.draw(purpose, id, n) % WHOLE_PPM < u64::from(ppm)
    }

    /// A span of time from `low` to `high` milliseconds.
    pub(crate) fn millis(&self, low: i64, high: i64, purpose: &str, id: impl Hash, n: u64) -> SignedDuration {
        SignedDuration::from_millis(self.between(low, high, purpose, id, n))
    }

    /// One of `choices`; the first if there is no other.
    pub(crate) fn pick<T: Copy>(&self, first: T, others: &[T], purpose: &str, id: impl Hash, n: u64) -> T {
        let count = i64::try_from(others.len()).unwrap_or(0) + 1;
        let drawn = usize::try_from(self.below(count, purpose, id, n)).unwrap_or(0);
        drawn.checked_sub(1).and_then(|other| others.get(other)).copied().unwrap_or(first)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_draw_depends_on_seed_purpose_id_and_count_alone() {
        let chance = Chance::new(7);
        let draw = chance.draw("bank", "R1", 0);
        assert_eq!(draw, Chance::new(7).draw("bank", "R1", 0));
        let others = [
            Chance::new(8).draw("bank", "R1", 0),
            chance.draw("rate", "R1", 0),
            chance.draw("bank", "R2", 0),
            chance.draw("bank", "R1", 1),
        ];
        assert!(others.iter().all(|&other| other != draw));
    }

    #[test]
    fn shares_and_spans_come_out_as_asked() {
        let chance = Chance::new(1);
        let hits = (0..10_000).filter(|&n| chance.happens(800_000, "test", "x", n)).count();
        assert!((7_850..8_150).contains(&hits), "{hits}");
        assert!((0..1000).all(|n| (3..=5).contains(&chance.between(3, 5, "test", "x", n))));
        assert_eq!(chance.below(0, "test", "x", 0), 0);
    }
}
