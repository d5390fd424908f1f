//! What refusals buy: the planner with other allowances than its own.
//!
//! A planner that may be refused more often is sooner, and one that is to be refused less is later. The table of policies shows one
//! point of that bargain; here it is played along. Where something that is wanted lies on neither side of it, no allowance brings it.

use refunds::policy::LEAST_GO_AT_PER_MILLE;
use replay::policies::named;
use serde::Serialize;

use crate::planner::merchant::Merchant;
use crate::planner::options::Options;
use crate::planner::run::side_by_side;
use crate::planner::seeing::Seeing;
use crate::planner::tally::Tally;
use crate::planner::trial::{PlannerError, play, play_ours};

/// The planner with one allowance, for one merchant under one sight, over all seeds.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Step {
    /// Who traded.
    pub kind: &'static str,
    /// What was seen of it.
    pub sight: Seeing,
    /// The allowance: blind, refusals after the first attempt in a hundred full hours of waiting; else how likely a refund must fit
    /// to go, in a thousandth.
    pub allowance: u16,
    /// Whether it is the planner's own.
    pub is_ours: bool,
    /// Refused attempts a hard refund.
    pub wasted_per_hard: Option<f64>,
    /// Refusals after the first attempt against those of `fixed60`.
    pub later_to_fixed60: Option<f64>,
    /// The mean delay against that of `fixed60`.
    pub delay_to_fixed60: Option<f64>,
    /// The mean delay against that of `exponential`.
    pub delay_to_exponential: Option<f64>,
}

/// Refusals in a hundred hours that are tried where nothing is seen.
const ALLOWED: [u16; 7] = [5, 13, 30, 50, 100, 200, 600];
/// Chances in a thousandth that are tried where a part is seen: from the least that a policy can ask for.
const GO_AT: [u16; 4] = [LEAST_GO_AT_PER_MILLE, 500, 700, 900];
/// What the figures are held against.
const BASELINES: [&str; 2] = ["fixed60", "exponential"];

/// Plays the merchants and sights that are asked for; where all is seen there is nothing to bargain for.
pub fn steps(options: &Options) -> Result<Vec<Step>, PlannerError> {
    let mut steps = vec![];
    for merchant in options.merchants() {
        for sight in options.seeing().into_iter().filter(|sight| *sight != Seeing::All) {
            steps.extend(steps_of(options, &merchant, sight)?);
        }
    }
    Ok(steps)
}

fn steps_of(options: &Options, merchant: &Merchant, sight: Seeing) -> Result<Vec<Step>, PlannerError> {
    let allowances: &[u16] = if sight == Seeing::Blind { &ALLOWED } else { &GO_AT };
    let seeds: Vec<u64> = options.seeds.clone().collect();
    let own = named("default", 0)?.policy;
    let own = if sight == Seeing::Blind { own.refusals_per_hundred_hours } else { own.go_at_per_mille };
    let played = side_by_side(seeds.len(), options.threads, |n| {
        let seed = seeds.get(n).copied().unwrap_or_default();
        let ours = play_ours(merchant, seed, sight, allowances)?;
        Ok((ours, play(merchant, seed, &[sight], &BASELINES)?))
    })?;
    let sum = |tallies: &mut dyn Iterator<Item = &Tally>| {
        let mut all = Tally::default();
        tallies.for_each(|tally| all.add(tally));
        all
    };
    let baseline = |n: usize| sum(&mut played.iter().filter_map(|(_, baselines)| baselines.get(n)));
    let (hourly, exponential) = (baseline(0), baseline(1));
    let step = |(n, &allowance): (usize, &u16)| {
        let ours = sum(&mut played.iter().filter_map(|(ours, _)| ours.get(n)));
        let ratio = |of: Option<f64>, to: Option<f64>| Some(of? / to.filter(|to| *to > 0.0)?);
        let delay_to = |other: &Tally| ratio(ours.delay_mean_s(), other.delay_mean_s());
        Step {
            kind: merchant.name,
            sight,
            allowance,
            is_ours: allowance == own,
            wasted_per_hard: ours.wasted_per_hard(),
            later_to_fixed60: ratio(ours.later_per_hard(), hourly.later_per_hard()),
            delay_to_fixed60: delay_to(&hourly),
            delay_to_exponential: delay_to(&exponential),
        }
    };
    Ok(allowances.iter().enumerate().map(step).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_planners_own_allowances_are_among_those_that_are_tried() {
        let own = named("default", 0).unwrap().policy;
        assert!(ALLOWED.contains(&own.refusals_per_hundred_hours));
        assert!(GO_AT.contains(&own.go_at_per_mille));
    }
}
