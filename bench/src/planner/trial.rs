//! One merchant of one seed, played through some policies.

use std::collections::BTreeMap;

use refunds::policy::{Planning, Policy};
use replay::figures::{Figures, hard};
use replay::history::{EntryError, History, Trial, TrialError};
use replay::policies::{UnknownPolicy, named};
use replay::reference::Reference;
use replay::run::{ReplayError, Run};
use replay::sight::{Share, Sight};

use crate::planner::merchant::{HISTORY_DAYS, Merchant};
use crate::planner::seeing::Seeing;
use crate::planner::tally::Tally;
use crate::planner::trade::trade;

/// Why a trial came to nothing.
#[derive(Debug, thiserror::Error)]
pub enum PlannerError {
    /// What a merchant's law brought forth is no history.
    #[error("the trade of `{merchant}`, seed {seed}: an entry {source}")]
    Entry {
        /// Whose.
        merchant: &'static str,
        /// Under which seed.
        seed: u64,
        /// What is wrong.
        source: EntryError,
    },
    /// There is nothing to play in it.
    #[error("the trade of `{merchant}`, seed {seed}: {source}")]
    Trial {
        /// Whose.
        merchant: &'static str,
        /// Under which seed.
        seed: u64,
        /// What is missing.
        source: TrialError,
    },
    /// A policy that nobody knows.
    #[error(transparent)]
    Policy(#[from] UnknownPolicy),
    /// The replay failed.
    #[error(transparent)]
    Replay(#[from] ReplayError),
    /// A thread of ours ended before its work did.
    #[error("a thread ended before its work did; what it wrote above says why")]
    Thread,
}

/// What becomes of the refunds of `merchant` under `seed`: a tally for each sight, and within that for each policy, in their
/// order.
pub fn play(
    merchant: &Merchant,
    seed: u64,
    seeing: &[Seeing],
    policies: &[&'static str],
) -> Result<Vec<Tally>, PlannerError> {
    let history = history(merchant, seed)?;
    let trial = trial(&history, merchant, seed)?;
    // Whoever only counts time does the same whatever is seen, so that is played once for each leak.
    let mut known: BTreeMap<(Share, &str), Tally> = BTreeMap::new();
    let mut tallies = vec![];
    for seeing in seeing {
        let sight = seeing.sight(seed);
        let reference = Reference::of(&trial, sight.leak);
        for &name in policies {
            let policy = named(name, seed)?.policy;
            let counts_time = policy.planning != Planning::ByPool;
            if let Some(tally) = known.get(&(sight.leak, name)).filter(|_| counts_time) {
                tallies.push(tally.clone());
                continue;
            }
            let seen = if counts_time { Share::WHOLE } else { sight.seen };
            let run = Run::of(&trial, &policy, Sight { seen, ..sight })?;
            let tally = Tally::of(&Figures::of(&trial, &reference, &run), delays_s(&trial, &reference, &run));
            known.insert((sight.leak, name), tally.clone());
            tallies.push(tally);
        }
    }
    Ok(tallies)
}

/// The same under our planner with each of these allowances: refusals in a hundred hours where nothing is seen, else how likely a
/// refund must fit to go, in a thousandth.
pub fn play_ours(
    merchant: &Merchant,
    seed: u64,
    seeing: Seeing,
    allowances: &[u16],
) -> Result<Vec<Tally>, PlannerError> {
    let history = history(merchant, seed)?;
    let trial = trial(&history, merchant, seed)?;
    let sight = seeing.sight(seed);
    let reference = Reference::of(&trial, sight.leak);
    let tally = |&allowance: &u16| {
        let ours = named("default", seed)?.policy;
        let policy = match seeing {
            Seeing::Blind => Policy { refusals_per_hundred_hours: allowance, ..ours },
            Seeing::All | Seeing::Part => Policy { go_at_per_mille: allowance, ..ours },
        };
        let run = Run::of(&trial, &policy, sight)?;
        Ok(Tally::of(&Figures::of(&trial, &reference, &run), delays_s(&trial, &reference, &run)))
    };
    allowances.iter().map(tally).collect()
}

fn history(merchant: &Merchant, seed: u64) -> Result<History, PlannerError> {
    trade(merchant, seed, false).map_err(|source| PlannerError::Entry {
        merchant: merchant.name,
        seed,
        source,
    })
}

fn trial<'h>(history: &'h History, merchant: &Merchant, seed: u64) -> Result<Trial<'h>, PlannerError> {
    history.trial(HISTORY_DAYS).map_err(|source| PlannerError::Trial {
        merchant: merchant.name,
        seed,
        source,
    })
}

/// How much later than by the reference the hard refunds were accepted, in seconds, where both could place them.
fn delays_s(trial: &Trial<'_>, reference: &Reference, run: &Run) -> Vec<f64> {
    let delay = |n: usize| {
        let accepted_at = run.refunds.get(n)?.accepted_at?;
        Some(accepted_at.duration_since(reference.placed_at(n)?).as_secs_f64())
    };
    hard(trial, reference).filter_map(delay).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::planner::merchant::MERCHANTS;

    #[test]
    fn whoever_counts_time_does_the_same_whatever_is_seen() {
        let history = trade(&MERCHANTS[0], 1, false).unwrap();
        let trial = history.trial(HISTORY_DAYS).unwrap();
        let part = Seeing::Part.sight(1);
        for name in ["fixed60", "exponential"] {
            let policy = named(name, 1).unwrap().policy;
            let attempts = |seen| Run::of(&trial, &policy, Sight { seen, ..part }).unwrap().attempts;
            assert_eq!(attempts(part.seen), attempts(Share::NONE), "{name}");
        }
    }
}
