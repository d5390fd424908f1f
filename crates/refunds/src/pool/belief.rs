//! What is thought of today's pool at this moment: no figure, but how likely each figure is.

use super::normal::Normal;
use super::rounding::whole;

/// What may be left in the pool for a further attempt.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Belief {
    /// What the day has brought so far, less what others took.
    pub brought: Normal,
    /// What our refunds took of it, and what attempts under way may take, less what yesterday left; so it may be negative.
    pub spoken_for: f64,
}

impl Belief {
    /// How likely a refund that needs `need` fits now.
    pub fn fits(&self, need: i64) -> f64 {
        self.brought.at_least(self.spoken_for + need as f64)
    }

    /// Whether the pool is known to the last fen: so far everything that came and went was seen.
    pub fn is_exact(&self) -> bool {
        self.brought.variance <= 0.0
    }

    /// The largest need that fits with probability `p`; negative if none does.
    pub fn room(&self, p: f64) -> i64 {
        whole(self.brought.reached_with(p) - self.spoken_for)
    }
}
