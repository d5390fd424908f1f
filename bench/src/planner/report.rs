//! What came of the trials: a row for each merchant, sight and policy, and whether it is what is wanted.

use std::ops::Range;

use serde::{Serialize, Serializer};

use crate::planner::frontier::Step;
use crate::planner::further::Further;
use crate::planner::merchant::Merchant;
use crate::planner::points::{Judged, judge};
use crate::planner::seeing::Seeing;
use crate::planner::tally::Tally;

/// What came of the trials.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Report {
    /// The seeds of the trials, the end left out.
    pub seeds: Range<u64>,
    /// A row for each merchant, sight and policy.
    pub rows: Vec<Row>,
    /// What is wanted of the planner, and whether it holds.
    pub points: Vec<Judged>,
    /// What keeping money and taking turns bring; empty if that was not played.
    pub further: Vec<Further>,
    /// What other allowances of refusals bring; empty if that was not played.
    pub frontier: Vec<Step>,
}

/// What came of one policy for one merchant, over all seeds.
#[derive(Debug, Clone, PartialEq)]
pub struct Row {
    /// Who traded.
    pub merchant: Merchant,
    /// What was seen of it.
    pub seeing: Seeing,
    /// By what its refunds were driven.
    pub policy: &'static str,
    /// What came of it.
    pub tally: Tally,
}

impl Report {
    /// The report of trials with these seeds, and nothing beside them.
    pub fn new(seeds: Range<u64>, rows: Vec<Row>) -> Report {
        Report { seeds, points: judge(&rows), rows, further: vec![], frontier: vec![] }
    }
}

impl Row {
    /// A row to which nothing has been counted yet.
    pub fn empty(merchant: Merchant, seeing: Seeing, policy: &'static str) -> Row {
        Row { merchant, seeing, policy, tally: Tally::default() }
    }

    /// Whether it is the row of these.
    pub fn is_of(&self, merchant: &Merchant, seeing: Seeing, policy: &str) -> bool {
        self.merchant.name == merchant.name && self.seeing == seeing && self.policy == policy
    }
}

/// A row for programs. Times are in seconds.
#[derive(Serialize)]
struct Document {
    kind: &'static str,
    sight: Seeing,
    policy: &'static str,
    refunds: usize,
    hard: usize,
    wasted: usize,
    wasted_per_hard: Option<f64>,
    later_refused: usize,
    later_per_hard: Option<f64>,
    delay_mean_s: Option<f64>,
    delay_p95_s: Option<f64>,
    never: usize,
    err_peak_per_s: usize,
    promises_made: usize,
    promises_kept: usize,
}

impl Serialize for Row {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let Row { merchant, seeing, policy, tally } = self;
        let document = Document {
            kind: merchant.name,
            sight: *seeing,
            policy,
            refunds: tally.refunds,
            hard: tally.hard,
            wasted: tally.wasted,
            wasted_per_hard: tally.wasted_per_hard(),
            later_refused: tally.later_refused,
            later_per_hard: tally.later_per_hard(),
            delay_mean_s: tally.delay_mean_s(),
            delay_p95_s: tally.delay_p95_s(),
            never: tally.never,
            err_peak_per_s: tally.peak_per_s,
            promises_made: tally.promises,
            promises_kept: tally.kept,
        };
        document.serialize(serializer)
    }
}
