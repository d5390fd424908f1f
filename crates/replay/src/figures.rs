//! What a replay shows, counted.
//!
//! A refund is *hard* if the reference could not place it at the very instant at which it was asked for. Delays are counted
//! over hard refunds, against the reference's time: they can be negative, because the reference gives the money to whoever asked
//! first. Source: [operations 2.7].

use std::collections::{BTreeMap, VecDeque};

use jiff::{SignedDuration, Timestamp};

use crate::history::Trial;
use crate::reference::Reference;
use crate::run::{Attempt, Run};

/// How a policy did in a trial. Times are in seconds.
#[derive(Debug, Clone, PartialEq)]
pub struct Figures {
    /// Refunds that count.
    pub refunds: usize,
    /// Hard refunds; the same for every policy.
    pub hard: usize,
    /// Attempts, the refused ones among them.
    pub attempts: usize,
    /// Refused attempts.
    pub wasted: usize,
    /// Refused attempts a hard refund; none if no refund is hard.
    pub wasted_per_hard: Option<f64>,
    /// First attempts of a refund that were refused.
    pub first_refused: usize,
    /// Further attempts that were refused.
    pub later_refused: usize,
    /// Delay over hard refunds that both the policy and the reference could place.
    pub delay: Spread,
    /// The same with each delay below zero counted as zero.
    pub delay_clamped: Spread,
    /// Refunds that the reference placed, and not just in the last three days, and the policy had not by the last payment.
    pub never: usize,
    /// The most refused attempts that lie less than a second apart.
    pub err_peak_per_s: usize,
    /// What became of promises of when a refund would leave.
    pub promises: Promises,
    /// How those of each share fared, by its name; empty if nobody has a share.
    pub shares: BTreeMap<String, ShareFigures>,
}

/// How the reference did.
#[derive(Debug, Clone, PartialEq)]
pub struct ReferenceFigures {
    /// Hard refunds.
    pub hard: usize,
    /// Refunds that it had not placed by the last payment.
    pub never: usize,
    /// How long the hard ones waited that it placed.
    pub wait: Spread,
}

/// A number of times, in seconds; all of it none if there is no time.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Spread {
    /// Their mean.
    pub mean_s: Option<f64>,
    /// The smallest that is no shorter than 95 of 100 of them.
    pub p95_s: Option<f64>,
}

/// Promises of when a refund would leave.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Promises {
    /// Those whose time had come by the last payment, or that were kept before.
    pub made: usize,
    /// Those of them whose refund left by the time that was said.
    pub kept: usize,
}

/// How the refunds of one share fared.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct ShareFigures {
    /// How many there are.
    pub refunds: usize,
    /// How many were accepted.
    pub accepted: usize,
    /// How long those waited from the request to the acceptance.
    pub wait: Spread,
}

impl Figures {
    /// The figures of `run`.
    pub fn of(trial: &Trial<'_>, reference: &Reference, run: &Run) -> Figures {
        let refused: Vec<&Attempt> = run.attempts.iter().filter(|attempt| !attempt.accepted).collect();
        let first_refused = first_refused(trial.refunds().len(), &run.attempts);
        let hard = hard(trial, reference).count();
        let accepted_at = |n: usize| run.refunds.get(n).and_then(|refund| refund.accepted_at);
        let delays: Vec<SignedDuration> = hard_ones(trial, reference)
            .filter_map(|(n, placed_at)| Some(accepted_at(n)?.duration_since(placed_at?)))
            .collect();
        let clamped = delays.iter().map(|&delay| delay.max(SignedDuration::ZERO)).collect();
        let never = (0..trial.refunds().len())
            .filter(|&n| reference.placed_at(n).is_some_and(|at| at < trial.too_late_to_judge()))
            .filter(|&n| accepted_at(n).is_none())
            .count();
        Figures {
            refunds: trial.refunds().len(),
            hard,
            attempts: run.attempts.len(),
            wasted: refused.len(),
            wasted_per_hard: (hard > 0).then(|| refused.len() as f64 / hard as f64),
            first_refused,
            later_refused: refused.len() - first_refused,
            delay: Spread::of(delays),
            delay_clamped: Spread::of(clamped),
            never,
            err_peak_per_s: peak_per_second(refused.iter().map(|attempt| attempt.at)),
            promises: Promises::of(trial, run),
            shares: shares(trial, run),
        }
    }
}

impl ReferenceFigures {
    /// The figures of `reference`.
    pub fn of(trial: &Trial<'_>, reference: &Reference) -> ReferenceFigures {
        let waits = hard_ones(trial, reference)
            .filter_map(|(n, placed_at)| Some(placed_at?.duration_since(trial.refunds().get(n)?.at)));
        ReferenceFigures {
            hard: hard(trial, reference).count(),
            never: hard_ones(trial, reference).filter(|(_, placed_at)| placed_at.is_none()).count(),
            wait: Spread::of(waits.collect()),
        }
    }
}

/// The hard refunds of a trial, by place.
pub fn hard(trial: &Trial<'_>, reference: &Reference) -> impl Iterator<Item = usize> {
    hard_ones(trial, reference).map(|(n, _)| n)
}

/// The hard refunds with the reference's time.
fn hard_ones(trial: &Trial<'_>, reference: &Reference) -> impl Iterator<Item = (usize, Option<Timestamp>)> {
    let places = trial.refunds().iter().enumerate();
    places
        .map(|(n, refund)| (n, refund.at, reference.placed_at(n)))
        .filter(|(_, asked_at, placed_at)| *placed_at != Some(*asked_at))
        .map(|(n, _, placed_at)| (n, placed_at))
}

fn first_refused(refunds: usize, attempts: &[Attempt]) -> usize {
    let mut attempted = vec![false; refunds];
    let mut count = 0;
    for attempt in attempts {
        if let Some(attempted) = attempted.get_mut(attempt.refund)
            && !std::mem::replace(attempted, true)
        {
            count += usize::from(!attempt.accepted);
        }
    }
    count
}

/// The most of these instants, in their order, that lie less than a second apart.
fn peak_per_second(instants: impl Iterator<Item = Timestamp>) -> usize {
    let second = SignedDuration::from_secs(1);
    let (mut within, mut peak) = (VecDeque::new(), 0);
    for at in instants {
        within.push_back(at);
        while within.front().is_some_and(|&first| at.duration_since(first) >= second) {
            within.pop_front();
        }
        peak = peak.max(within.len());
    }
    peak
}

impl Spread {
    fn of(mut times: Vec<SignedDuration>) -> Spread {
        if times.is_empty() {
            return Spread::default();
        }
        times.sort_unstable();
        let sum: f64 = times.iter().map(SignedDuration::as_secs_f64).sum();
        // The nearest rank: the 19th of 20, the 20th of 21.
        let rank = (times.len() * 95).div_ceil(100);
        let p95 = times.get(rank.saturating_sub(1));
        Spread { mean_s: Some(sum / times.len() as f64), p95_s: p95.map(SignedDuration::as_secs_f64) }
    }
}

impl Promises {
    fn of(trial: &Trial<'_>, run: &Run) -> Promises {
        let mut promises = Promises::default();
        for refund in &run.refunds {
            let Some(promise) = refund.promise else { continue };
            let is_kept = refund.accepted_at.is_some_and(|at| at <= promise.by);
            if is_kept || promise.by <= trial.ends() {
                promises.made += 1;
                promises.kept += usize::from(is_kept);
            }
        }
        promises
    }
}

fn shares(trial: &Trial<'_>, run: &Run) -> BTreeMap<String, ShareFigures> {
    let mut waits: BTreeMap<&str, (usize, Vec<SignedDuration>)> = BTreeMap::new();
    for (asked, outcome) in trial.refunds().iter().zip(&run.refunds) {
        let Some(share) = &asked.share else { continue };
        let (refunds, waits) = waits.entry(share).or_default();
        *refunds += 1;
        waits.extend(outcome.accepted_at.map(|at| at.duration_since(asked.at)));
    }
    let figures = waits.into_iter().map(|(share, (refunds, waits))| {
        let accepted = waits.len();
        (share.to_owned(), ShareFigures { refunds, accepted, wait: Spread::of(waits) })
    });
    figures.collect()
}
