//! What the planner gets to see of a merchant's trade, as it happens.

use clap::ValueEnum;
use replay::sight::{Share, Sight};
use serde::Serialize;

/// What is seen.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, ValueEnum)]
#[serde(rename_all = "snake_case")]
pub enum Seeing {
    /// Every payment, and nothing else leaves the pool.
    All,
    /// Nine of ten payments; three of a hundred CNY leave unseen.
    Part,
    /// No payment; three of a hundred CNY leave unseen.
    Blind,
}

impl Seeing {
    /// All there are.
    pub const EACH: [Seeing; 3] = [Seeing::All, Seeing::Part, Seeing::Blind];

    /// Its name.
    pub fn name(self) -> &'static str {
        match self {
            Seeing::All => "all",
            Seeing::Part => "part",
            Seeing::Blind => "blind",
        }
    }

    /// What that is to a replay; `seed` draws which payments are seen.
    pub fn sight(self, seed: u64) -> Sight {
        let share = |ppm| Share::of_ppm(ppm).unwrap_or(Share::NONE);
        let (seen, leak) = match self {
            Seeing::All => (Share::WHOLE, Share::NONE),
            Seeing::Part => (share(900_000), share(30_000)),
            Seeing::Blind => (Share::NONE, share(30_000)),
        };
        Sight { seen, leak, seed }
    }
}
