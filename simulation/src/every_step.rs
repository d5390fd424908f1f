//! Small histories in which the owner dies after every single thing that happens, and once more while the next one recovers.
//!
//! Chance finds what happens often. Here nothing is left to it: of each [`Scenario`] one quiet history is taken, and it is
//! lived through as often as there are points in it.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};

use crate::campaign::{contained, on_all_cores};
use crate::faults::Fault;
use crate::history::{Setup, Tally, Violation};

/// How long after the first crash the next owner may die, in points.
pub const AGAIN_AFTER: [u64; 7] = [1, 2, 3, 5, 8, 13, 21];
/// Among so many seeds there is a history of every kind.
const SEEDS: u64 = 2_000;

/// What a history is to show.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Scenario {
    /// All goes well, over V3.
    HappyV3,
    /// All goes well, over V2.
    HappyV2,
    /// NOT ENOUGH, over V3.
    NotEnoughV3,
    /// NOT ENOUGH, over V2.
    NotEnoughV2,
    /// An answer is lost, over V3.
    UnclearV3,
    /// An answer is lost, over V2.
    UnclearV2,
    /// The result is told before it is asked for, over V3.
    ToldFirstV3,
    /// The result is told before it is asked for, over V2.
    ToldFirstV2,
}

impl Scenario {
    /// All of them.
    pub const ALL: [Scenario; 8] = [
        Scenario::HappyV3,
        Scenario::HappyV2,
        Scenario::NotEnoughV3,
        Scenario::NotEnoughV2,
        Scenario::UnclearV3,
        Scenario::UnclearV2,
        Scenario::ToldFirstV3,
        Scenario::ToldFirstV2,
    ];

    /// The fault that it needs; all others are left out.
    fn needs(self) -> Option<Fault> {
        match self {
            Scenario::UnclearV3 | Scenario::UnclearV2 => Some(Fault::LosesAnswer),
            _ => None,
        }
    }

    fn is_shown(self, refunds: u64, tally: &Tally) -> bool {
        let v2 = match self {
            Scenario::HappyV2 | Scenario::NotEnoughV2 | Scenario::UnclearV2 | Scenario::ToldFirstV2 => true,
            Scenario::HappyV3 | Scenario::NotEnoughV3 | Scenario::UnclearV3 | Scenario::ToldFirstV3 => false,
        };
        let shows = match self {
            Scenario::HappyV3 | Scenario::HappyV2 => tally.not_enough == 0,
            Scenario::NotEnoughV3 | Scenario::NotEnoughV2 => tally.not_enough > 0,
            Scenario::UnclearV3 | Scenario::UnclearV2 => tally.unclear > 0,
            Scenario::ToldFirstV3 | Scenario::ToldFirstV2 => tally.notices > 0,
        };
        refunds > 0 && shows && if v2 { tally.over_v2 == refunds } else { tally.over_v2 == 0 }
    }

    /// The first history that shows it; none if there is none.
    fn history(self) -> Option<(Setup, u64)> {
        let setup = |seed| {
            let mut setup = Setup::of(seed, 2);
            setup.without.faults =
                Fault::ALL.into_iter().filter(|fault| self.needs() != Some(*fault)).collect();
            setup
        };
        let histories = (0..SEEDS).map(|seed| (setup(seed), contained(&setup(seed))));
        let mut shown = histories.filter(|(_, history)| {
            history.violation.is_none() && self.is_shown(history.refunds, &history.tally)
        });
        shown.next().map(|(setup, history)| (setup, history.points))
    }
}

/// What came of a scenario.
#[derive(Debug, Clone, Default)]
pub struct Walk {
    /// How many points there are, at each of which the owner died once.
    pub points: u64,
    /// How many histories there were in which the next owner died as well.
    pub double: u64,
    /// The histories that failed.
    pub failing: Vec<(Setup, Violation)>,
}

/// Lets the owner of a scenario's history die at every point, and the next one so many points after that. No points if no
/// history shows the scenario.
pub fn walk(scenario: Scenario, again_after: &[u64]) -> Walk {
    let Some((setup, points)) = scenario.history() else { return Walk::default() };
    let once = (1..=points).map(|point| vec![point]);
    let twice =
        (1..=points).flat_map(|point| again_after.iter().map(move |after| vec![point, point + after]));
    let crashes: Vec<Vec<u64>> = once.chain(twice).collect();
    let (next, failing) = (AtomicUsize::new(0), Mutex::new(vec![]));
    on_all_cores(|| {
        while let Some(crashes) = crashes.get(next.fetch_add(1, Ordering::Relaxed)) {
            let setup = Setup { crashes: crashes.clone(), ..setup.clone() };
            if let Some(violation) = contained(&setup).violation {
                failing.lock().unwrap_or_else(PoisonError::into_inner).push((setup, violation));
            }
        }
    });
    let mut failing = failing.into_inner().unwrap_or_else(PoisonError::into_inner);
    failing.sort_by(|(one, _), (other, _)| one.crashes.cmp(&other.crashes));
    Walk { points, double: crashes.len() as u64 - points, failing }
}
