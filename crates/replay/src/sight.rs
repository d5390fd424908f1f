//! What the owner gets to see of what happens.

use std::hash::{Hash, Hasher};

use siphasher::sip::SipHasher13;

/// Parts in a million that make a whole.
pub const WHOLE_PPM: u32 = 1_000_000;

/// A share, in parts of a million; never more than the whole.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Share(u32);

impl Share {
    /// Nothing.
    pub const NONE: Share = Share(0);
    /// All.
    pub const WHOLE: Share = Share(WHOLE_PPM);

    /// The share of `ppm` parts in a million; none if that is more than the whole.
    pub fn of_ppm(ppm: u32) -> Option<Share> {
        (ppm <= WHOLE_PPM).then_some(Share(ppm))
    }

    /// This share of `amount`, rounded down; `amount` is not negative.
    pub fn of(self, amount: i64) -> i64 {
        let share = i128::from(amount) * i128::from(self.0) / i128::from(WHOLE_PPM);
        // Never more than the amount.
        i64::try_from(share).unwrap_or(amount)
    }
}

/// What the owner gets to see, and what leaves the pool behind its back.
///
/// Whatever it does not see as it happens it learns from the statement of the day, at ten the next morning.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Sight {
    /// How many of the payments are seen as they happen; none: it is blind, and knows its own answers alone. Which ones is
    /// drawn by the seed, each by itself.
    pub seen: Share,
    /// What leaves the pool unseen: at every instant this share of what the day has brought so far, rounded down.
    pub leak: Share,
    /// What draws which payments are seen.
    pub seed: u64,
}

impl Sight {
    /// Everything is seen, and nothing leaks.
    pub const FULL: Sight = Sight { seen: Share::WHOLE, leak: Share::NONE, seed: 0 };

    /// Whether the payment with place `n` in the history is seen as it happens.
    pub fn sees(&self, n: usize) -> bool {
        let mut hasher = SipHasher13::new_with_keys(self.seed, n as u64);
        "seen".hash(&mut hasher);
        hasher.finish() % u64::from(WHOLE_PPM) < u64::from(self.seen.0)
    }
}
