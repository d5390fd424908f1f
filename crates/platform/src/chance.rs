//! Chance that does not depend on the order of arrival.
//!
//! Every draw is a hash of the seed, what it is for, whom it concerns and a count. No stream is shared, so one more
//! request, or another order of two, changes no other draw.

use std::hash::Hasher;

use serde::{Deserialize, Serialize};
use siphasher::sip::SipHasher24;

/// The seed of a world's chance.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Chance {
    seed: u64,
}

/// Parts in a million that make a whole.
pub const WHOLE_PPM: u32 = 1_000_000;

impl Chance {
    /// The chance of `seed`.
    pub const fn new(seed: u64) -> Chance {
        Chance { seed }
    }

    /// The `n`-th draw about `id` for `purpose`: 64 even bits.
    pub fn draw(&self, purpose: &str, id: &str, n: u64) -> u64 {
        // The second half of the key is a constant: it says whose hash this is.
        let mut hasher = SipHasher24::new_with_keys(self.seed, 0x7469_6465_6761_7465);
        hasher.write(purpose.as_bytes());
        hasher.write_u8(0xff);
        hasher.write(id.as_bytes());
        hasher.write_u8(0xff);
        hasher.write(&n.to_le_bytes());
        hasher.finish()
    }

    /// A draw from 0 to `limit`, the limit excluded; 0 if the limit is 0.
    pub fn below(&self, limit: u64, purpose: &str, id: &str, n: u64) -> u64 {
        // The bias of the remainder is under 2^-30 for every limit used here.
        self.draw(purpose, id, n).checked_rem(limit).unwrap_or(0)
    }

    /// Whether something with a chance of `ppm` parts in a million happens.
    pub fn happens(&self, ppm: u32, purpose: &str, id: &str, n: u64) -> bool {
        self.below(u64::from(WHOLE_PPM), purpose, id, n) < u64::from(ppm)
    }

    /// `length` decimal digits.
    pub fn digits(&self, length: usize, purpose: &str, id: &str, n: u64) -> String {
        let number = self.draw(purpose, id, n);
        // 64 bits have 19 decimal digits that are nearly even.
        format!("{number:020}").chars().rev().take(length.min(19)).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_draw_depends_on_seed_purpose_id_and_count_alone() {
        let chance = Chance::new(7);
        assert_eq!(chance.draw("bank", "R1", 0), Chance::new(7).draw("bank", "R1", 0));
        for other in [
            Chance::new(8).draw("bank", "R1", 0),
            chance.draw("rate", "R1", 0),
            chance.draw("bank", "R2", 0),
            chance.draw("bank", "R1", 1),
            chance.draw("ban", "kR1", 0),
        ] {
            assert_ne!(chance.draw("bank", "R1", 0), other);
        }
    }

    #[test]
    fn shares_come_out_as_asked() {
        let chance = Chance::new(1);
        let hits = (0..10_000).filter(|&n| chance.happens(800_000, "test", "x", n)).count();
        assert!((7_850..8_150).contains(&hits), "{hits}");
        assert!((0..1000).all(|n| !chance.happens(0, "test", "x", n)));
        assert!((0..1000).all(|n| chance.happens(WHOLE_PPM, "test", "x", n)));
        assert_eq!(chance.digits(10, "test", "x", 0).len(), 10);
    }
}
