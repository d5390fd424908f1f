//! How each gateway of a run ends.

use std::fmt;
use std::time::Duration;

use platform::chance::Chance;

use super::figures::Figures;

/// The points at which a gateway on a file can end itself, in the order in which a refund passes them.
pub(super) const IN_A_FILE: [&str; 6] =
    ["after_intent", "before_send", "after_send", "after_answer", "mid_batch", LAST_POINT];

/// Those at which a gateway on a server can: that one has checkpoints of its own.
pub(super) const ON_A_SERVER: [&str; 5] =
    ["after_intent", "before_send", "after_send", "after_answer", "mid_batch"];

/// The one that is passed after megabytes only.
const LAST_POINT: &str = "in_checkpoint";

/// How one gateway ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum End {
    /// By SIGKILL, a moment after so many refunds are acknowledged, or when there are none left to acknowledge.
    UnderLoad {
        /// How many, by all gateways of the run together.
        acknowledged: usize,
        /// The moment.
        pause: Duration,
    },
    /// By SIGKILL so soon after its start that it may not even listen.
    WhileStarting {
        /// How soon.
        pause: Duration,
    },
    /// By SIGKILL so long after it was ready, whatever it does then.
    Later {
        /// How long.
        pause: Duration,
    },
    /// By itself, on passing a point.
    AtPoint {
        /// Its name.
        point: &'static str,
        /// At which passing, from 1.
        passing: u64,
    },
}

/// The ends of one run.
#[derive(Debug, Clone)]
pub(super) struct Ends {
    /// While the tills ask.
    pub(super) under_load: Vec<End>,
    /// While time runs on afterwards.
    pub(super) afterwards: Vec<End>,
}

impl Ends {
    /// The ends of a run, in order, of which some are at `points`.
    pub(super) fn of(figures: &Figures, points: &[&'static str]) -> Ends {
        let chance = Chance::new(figures.seed);
        let late = figures.kills / 5;
        let early = figures.kills - late;
        let pause = |limit_ms: u64, n: usize| {
            Duration::from_millis(chance.below(limit_ms, "pause before a kill", "", n as u64))
        };
        let at_random = (0..early).map(|n| match chance.below(6, "killed while starting", "", n as u64) {
            0 => End::WhileStarting { pause: pause(120, n) },
            _ => End::UnderLoad { acknowledged: 0, pause: pause(40, n) },
        });
        let at_points = points.iter().flat_map(|&point| {
            (0..figures.at_each_point).map(move |n| {
                let limit = if point == LAST_POINT { 1 } else { 12 };
                End::AtPoint {
                    point,
                    passing: 1 + chance.below(limit, "passing of a point", point, n as u64),
                }
            })
        });
        let mut shuffled: Vec<(u64, End)> = at_random
            .chain(at_points)
            .enumerate()
            .map(|(n, end)| {
                let (from, share) = match end {
                    // Needs refunds to be sent, so it comes while there are many.
                    End::AtPoint { point, .. } if point != LAST_POINT => (0, 500),
                    // Needs megabytes, whatever they hold; what is left of the refunds may go into them.
                    End::AtPoint { .. } => (500, 500),
                    _ => (0, 1_000),
                };
                (from + chance.below(share, "order of ends", "", n as u64), end)
            })
            .collect();
        shuffled.sort_by_key(|(drawn, _)| *drawn);
        let lives = shuffled.len().max(1);
        for (n, (_, end)) in shuffled.iter_mut().enumerate() {
            if let End::UnderLoad { acknowledged, .. } = end {
                let step = figures.refunds / lives;
                let drawn = chance.below(step as u64, "refunds before a kill", "", n as u64);
                *acknowledged = step * n + usize::try_from(drawn).unwrap_or(0);
            }
        }
        Ends {
            under_load: shuffled.into_iter().map(|(_, end)| end).collect(),
            afterwards: (early..figures.kills).map(|n| End::Later { pause: pause(300, n) }).collect(),
        }
    }
}

impl fmt::Display for End {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            End::UnderLoad { .. } => f.write_str("killed under load"),
            End::WhileStarting { pause } => write!(f, "killed {} ms after its start", pause.as_millis()),
            End::Later { pause } => write!(f, "killed {} ms after it was ready", pause.as_millis()),
            End::AtPoint { point, passing } => write!(f, "ended at {point}, passed {passing} times"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_kill_that_was_asked_for_is_there() {
        let figures = Figures { seed: 3, refunds: 5_000, kills: 50, at_each_point: 5 };
        let Ends { under_load, afterwards } = Ends::of(&figures, &IN_A_FILE);
        let is_at =
            |point: &str, end: &End| matches!(end, End::AtPoint { point: found, .. } if *found == point);
        for point in IN_A_FILE {
            assert_eq!(under_load.iter().filter(|end| is_at(point, end)).count(), 5, "{point}");
        }
        let at_random = under_load.iter().filter(|end| !matches!(end, End::AtPoint { .. })).count();
        assert_eq!((at_random, afterwards.len()), (40, 10));
        let targets: Vec<usize> = under_load
            .iter()
            .filter_map(|end| match end {
                End::UnderLoad { acknowledged, .. } => Some(*acknowledged),
                _ => None,
            })
            .collect();
        assert!(targets.is_sorted() && *targets.last().unwrap() < figures.refunds);
    }
}
