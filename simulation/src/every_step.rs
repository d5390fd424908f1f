//! Small histories in which the owner dies after every single thing that happens, and once more while the next one recovers.
//!
//! Chance finds what happens often. Here nothing is left to it: of each [`Scenario`] one quiet history is taken, and it is
//! lived through as often as there are points in it. Then it is lived through with two crashes: some points apart, or, of a
//! history that is short enough, at every pair of points that there is.

use std::collections::BTreeMap;
use std::ops::Range;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};

use crate::campaign::{contained, on_all_cores};
use crate::faults::Fault;
use crate::history::{Setup, Tally, Violation};

/// Among so many seeds there is a history of every kind.
const SEEDS: Range<u64> = 0..2_000;

/// When the next owner dies, once the first has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Again {
    /// So many points after the first crash, each in a history of its own; in no history if there are none.
    After(&'static [u64]),
    /// After every point from the first crash to the end of what then happens. The shortest history is taken.
    Anywhere,
}

impl Again {
    /// While the next owner recovers.
    pub const SOON: Again = Again::After(&[1, 2, 3, 5, 8, 13, 21]);

    /// Both points of every history with two crashes, given at which point it ended with one crash after its first point, after its
    /// second, and so on.
    fn pairs(self, ends: &[u64]) -> Vec<Vec<u64>> {
        let ends = (1..).zip(ends.iter().copied());
        match self {
            Again::After(distances) => {
                let pairs = |(first, _)| distances.iter().map(move |distance| vec![first, first + distance]);
                ends.flat_map(pairs).collect()
            }
            Again::Anywhere => {
                let pairs = |(first, end)| (first + 1..=end).map(move |second| vec![first, second]);
                ends.flat_map(pairs).collect()
            }
        }
    }
}

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
    /// The money cannot be paid out, over V3.
    AbnormalV3,
    /// The money cannot be paid out, over V2.
    AbnormalV2,
    /// NOT ENOUGH and an answer that is lost, and success in the end, over V3.
    EverythingV3,
    /// NOT ENOUGH and an answer that is lost, and success in the end, over V2.
    EverythingV2,
}

impl Scenario {
    /// All of them.
    pub const ALL: [Scenario; 12] = [
        Scenario::HappyV3,
        Scenario::HappyV2,
        Scenario::NotEnoughV3,
        Scenario::NotEnoughV2,
        Scenario::UnclearV3,
        Scenario::UnclearV2,
        Scenario::ToldFirstV3,
        Scenario::ToldFirstV2,
        Scenario::AbnormalV3,
        Scenario::AbnormalV2,
        Scenario::EverythingV3,
        Scenario::EverythingV2,
    ];

    /// The fault that it needs; all others are left out.
    fn needs(self) -> Option<Fault> {
        match self {
            Scenario::UnclearV3 | Scenario::UnclearV2 => Some(Fault::LosesAnswer),
            Scenario::EverythingV3 | Scenario::EverythingV2 => Some(Fault::LosesAnswer),
            _ => None,
        }
    }

    /// Whether a history in which so much happened shows it.
    fn is_shown(self, refunds: u64, tally: &Tally) -> bool {
        let (shows, over_v2) = match self {
            Scenario::HappyV3 => (tally.not_enough == 0, 0),
            Scenario::HappyV2 => (tally.not_enough == 0, refunds),
            Scenario::NotEnoughV3 => (tally.not_enough > 0, 0),
            Scenario::NotEnoughV2 => (tally.not_enough > 0, refunds),
            Scenario::UnclearV3 => (tally.unclear > 0, 0),
            Scenario::UnclearV2 => (tally.unclear > 0, refunds),
            Scenario::ToldFirstV3 => (tally.notices > 0, 0),
            Scenario::ToldFirstV2 => (tally.notices > 0, refunds),
            Scenario::AbnormalV3 => (tally.abnormal > 0, 0),
            Scenario::AbnormalV2 => (tally.abnormal > 0, refunds),
            Scenario::EverythingV3 => (shows_everything(refunds, tally), 0),
            Scenario::EverythingV2 => (shows_everything(refunds, tally), refunds),
        };
        refunds > 0 && shows && tally.over_v2 == over_v2
    }

    /// A seed's history with two refunds or fewer, and without any other fault.
    fn setup(self, seed: u64) -> Setup {
        let mut setup = Setup::of(seed, 2);
        setup.without.faults = Fault::ALL.into_iter().filter(|fault| self.needs() != Some(*fault)).collect();
        setup
    }

    /// The points of a seed's history, if it shows this.
    fn points(self, seed: u64) -> Option<u64> {
        let history = contained(&self.setup(seed));
        let shows = history.violation.is_none() && self.is_shown(history.refunds, &history.tally);
        shows.then_some(history.points)
    }

    /// The first seed that shows it, and its points; none if none does.
    fn first(self) -> Option<(u64, u64)> {
        SEEDS.into_iter().find_map(|seed| Some((seed, self.points(seed)?)))
    }

    /// The seed that shows it in the fewest points, and these; none if none does.
    fn shortest(self) -> Option<(u64, u64)> {
        let (next, shortest) = (AtomicU64::new(SEEDS.start), Mutex::new(None::<(u64, u64)>));
        on_all_cores(|| {
            loop {
                let seed = next.fetch_add(1, Ordering::Relaxed);
                if !SEEDS.contains(&seed) {
                    return;
                }
                let Some(points) = self.points(seed) else { continue };
                let mut shortest = shortest.lock().unwrap_or_else(PoisonError::into_inner);
                if shortest.is_none_or(|known| (points, seed) < known) {
                    *shortest = Some((points, seed));
                }
            }
        });
        let shortest = shortest.into_inner().unwrap_or_else(PoisonError::into_inner);
        shortest.map(|(points, seed)| (seed, points))
    }
}

fn shows_everything(refunds: u64, tally: &Tally) -> bool {
    tally.not_enough > 0 && tally.unclear > 0 && tally.succeeded == refunds
}

/// What came of a scenario.
#[derive(Debug, Clone, Default)]
pub struct Walk {
    /// The seed of its history.
    pub seed: u64,
    /// How many points there are, at each of which the owner died once.
    pub points: u64,
    /// How many histories there were in which the next owner died as well.
    pub double: u64,
    /// The histories that failed.
    pub failing: Vec<(Setup, Violation)>,
}

/// Lets the owner of a scenario's history die at every point, and then the next one as well. No points if no history shows the
/// scenario.
pub fn walk(scenario: Scenario, again: Again) -> Walk {
    let found = if again == Again::Anywhere { scenario.shortest() } else { scenario.first() };
    let Some((seed, points)) = found else { return Walk::default() };
    let setup = scenario.setup(seed);
    let once: Vec<Vec<u64>> = (1..=points).map(|point| vec![point]).collect();
    let (ends, mut failing) = live_through(&setup, &once);
    let twice = again.pairs(&ends);
    failing.extend(live_through(&setup, &twice).1);
    Walk { seed, points, double: twice.len() as u64, failing }
}

/// Lives through a history once for each of `crashes`. Returns how many points there were each time, and what failed.
fn live_through(setup: &Setup, crashes: &[Vec<u64>]) -> (Vec<u64>, Vec<(Setup, Violation)>) {
    let (next, lived) = (AtomicUsize::new(0), Mutex::new(BTreeMap::new()));
    on_all_cores(|| {
        loop {
            let n = next.fetch_add(1, Ordering::Relaxed);
            let Some(crashes) = crashes.get(n) else { return };
            let setup = Setup { crashes: crashes.clone(), ..setup.clone() };
            let history = contained(&setup);
            let failing = history.violation.map(|violation| (setup, violation));
            lived.lock().unwrap_or_else(PoisonError::into_inner).insert(n, (history.points, failing));
        }
    });
    let lived = lived.into_inner().unwrap_or_else(PoisonError::into_inner);
    let (points, failing): (Vec<u64>, Vec<Option<_>>) = lived.into_values().unzip();
    (points, failing.into_iter().flatten().collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_pairs_are_those_up_to_the_end_of_what_the_first_crash_led_to() {
        let pairs: [[u64; 2]; 6] = [[1, 2], [1, 3], [1, 4], [2, 3], [3, 4], [3, 5]];
        assert_eq!(Again::Anywhere.pairs(&[4, 3, 5]), pairs);
        assert_eq!(Again::After(&[2]).pairs(&[4, 3, 5]), [[1, 3], [2, 4], [3, 5]]);
        assert!(Again::After(&[]).pairs(&[4, 3, 5]).is_empty());
    }
}
