//! The figures for programs.

use std::collections::BTreeMap;

use replay::figures::{Figures, Promises, ReferenceFigures, ShareFigures};
use serde::Serialize;

use crate::commands::plan::replay::Replayed;

/// All figures. Times are in seconds.
#[derive(Serialize)]
pub(super) struct Document<'r> {
    policies: BTreeMap<&'r str, PolicyDocument<'r>>,
    reference: ReferenceDocument,
    days: i64,
    history_days: u16,
    payments: usize,
}

#[derive(Serialize)]
struct PolicyDocument<'r> {
    refunds: usize,
    hard: usize,
    attempts: usize,
    wasted: usize,
    wasted_per_hard: Option<f64>,
    first_refused: usize,
    later_refused: usize,
    mean_delay_s: Option<f64>,
    p95_delay_s: Option<f64>,
    mean_delay_clamped_s: Option<f64>,
    p95_delay_clamped_s: Option<f64>,
    never: usize,
    err_peak_per_s: usize,
    promises: PromisesDocument,
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    shares: BTreeMap<&'r str, ShareDocument>,
}

#[derive(Serialize)]
struct PromisesDocument {
    made: usize,
    kept: usize,
}

#[derive(Serialize)]
struct ShareDocument {
    refunds: usize,
    accepted: usize,
    mean_wait_s: Option<f64>,
    p95_wait_s: Option<f64>,
}

#[derive(Serialize)]
struct ReferenceDocument {
    hard: usize,
    never: usize,
    mean_wait_s: Option<f64>,
    p95_wait_s: Option<f64>,
}

/// The document of `replayed`.
pub(super) fn document<'r>(replayed: &'r Replayed<'_>) -> Document<'r> {
    let policies = replayed.policies.iter();
    let ReferenceFigures { hard, never, wait } = replayed.reference;
    Document {
        policies: policies.map(|policy| (policy.name, policy_document(&policy.figures))).collect(),
        reference: ReferenceDocument { hard, never, mean_wait_s: wait.mean_s, p95_wait_s: wait.p95_s },
        days: replayed.trial.days(),
        history_days: replayed.history_days,
        payments: replayed.trial.payments().len(),
    }
}

fn policy_document(figures: &Figures) -> PolicyDocument<'_> {
    // Destructured, so that a new figure cannot be forgotten here.
    let Figures {
        refunds,
        hard,
        attempts,
        wasted,
        wasted_per_hard,
        first_refused,
        later_refused,
        delay,
        delay_clamped,
        never,
        err_peak_per_s,
        promises: Promises { made, kept },
        shares,
    } = figures;
    PolicyDocument {
        refunds: *refunds,
        hard: *hard,
        attempts: *attempts,
        wasted: *wasted,
        wasted_per_hard: *wasted_per_hard,
        first_refused: *first_refused,
        later_refused: *later_refused,
        mean_delay_s: delay.mean_s,
        p95_delay_s: delay.p95_s,
        mean_delay_clamped_s: delay_clamped.mean_s,
        p95_delay_clamped_s: delay_clamped.p95_s,
        never: *never,
        err_peak_per_s: *err_peak_per_s,
        promises: PromisesDocument { made: *made, kept: *kept },
        shares: shares.iter().map(|(name, share)| (name.as_str(), share_document(share))).collect(),
    }
}

fn share_document(share: &ShareFigures) -> ShareDocument {
    let ShareFigures { refunds, accepted, wait } = *share;
    ShareDocument { refunds, accepted, mean_wait_s: wait.mean_s, p95_wait_s: wait.p95_s }
}
