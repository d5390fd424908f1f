//! What came of one seed.

use std::fmt;

use jiff::Timestamp;

use crate::faults::Without;
use crate::mutations::Mutation;

/// Which history to run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Setup {
    /// All chance follows from it.
    pub seed: u64,
    /// About how many refunds are taken in; some more are asked for and refused.
    pub refunds: u32,
    /// A mistake to plant.
    pub mutation: Option<Mutation>,
    /// What is left out.
    pub without: Without,
    /// After which of the things that happen the owner dies, counted from 1; see [`History::points`].
    pub crashes: Vec<u64>,
    /// Whether to write down what happens.
    pub trace: bool,
}

impl Setup {
    /// The whole history of a seed, without a mistake and without writing it down.
    pub fn of(seed: u64, refunds: u32) -> Setup {
        Setup { seed, refunds, mutation: None, without: Without::default(), crashes: vec![], trace: false }
    }

    /// How many refunds are asked for: about a quarter of them are refused.
    pub fn asks(&self) -> usize {
        usize::try_from(self.refunds).unwrap_or(0) * 4 / 3
    }
}

/// A history that has been run.
#[derive(Debug, Clone)]
pub struct History {
    /// Its seed.
    pub seed: u64,
    /// How many refunds were taken in.
    pub refunds: u64,
    /// What a judge found; the history ends there. None if all is well.
    pub violation: Option<Violation>,
    /// Of the store's and the platform's state at the end: equal for equal set-ups.
    pub hash: u64,
    /// How many things happened after which a node can die: every event, and everything that an owner wanted done.
    pub points: u64,
    /// What happened, counted.
    pub tally: Tally,
    /// What happened, line by line, if it was to be written down.
    pub trace: Vec<String>,
}

/// What a judge found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Violation {
    /// What kind.
    pub kind: Kind,
    /// When.
    pub at: Timestamp,
    /// What, with names and figures.
    pub sentence: String,
}

impl fmt::Display for Violation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {} ({})", self.at, self.sentence, self.kind.name())
    }
}

/// The kinds of violation.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Kind {
    /// An acknowledged refund is not in the store, or is another one.
    Lost,
    /// The platform accepted what no stored refund stands for, another amount, or one twice.
    PaidTwice,
    /// More was refunded of an order, or claimed by attempts, than was paid.
    OrderSumPassed,
    /// A refund did not end, or a question was forgotten.
    Stuck,
    /// A request left before its intent was on disk, or differs from an earlier one of its refund.
    Send,
    /// The store says of a refund what the platform does not.
    Untrue,
    /// Sums, counts, journal or feed do not add up.
    Books,
    /// A node acted on what was not its own any more.
    Lease,
    /// More was sent or asked in a second than WeChat Pay allows.
    Rate,
    /// A question was asked before its time.
    Early,
    /// Somebody who looked saw a refund go backwards.
    Backwards,
    /// Something of one merchant id was shown to another, or decided by another's owner.
    Isolation,
    /// The platform found its own books violated.
    Platform,
    /// The program panicked.
    Panic,
}

impl Kind {
    /// A name for reports.
    pub fn name(self) -> &'static str {
        match self {
            Kind::Lost => "lost",
            Kind::PaidTwice => "paid_twice",
            Kind::OrderSumPassed => "order_sum_passed",
            Kind::Stuck => "stuck",
            Kind::Send => "send",
            Kind::Untrue => "untrue",
            Kind::Books => "books",
            Kind::Lease => "lease",
            Kind::Rate => "rate",
            Kind::Early => "early",
            Kind::Backwards => "backwards",
            Kind::Isolation => "isolation",
            Kind::Platform => "platform",
            Kind::Panic => "panic",
        }
    }
}

/// What happened in a history, counted: a world in which nothing goes wrong proves nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Tally {
    /// Requests for refunds that left.
    pub sends: u64,
    /// Answers that proved nothing, time-outs included.
    pub unclear: u64,
    /// NOT ENOUGH.
    pub not_enough: u64,
    /// Owners that died or stood still.
    pub outages: u64,
    /// Batches whose owner was told that they are lost.
    pub lost_commits: u64,
    /// Power cuts.
    pub power_cuts: u64,
    /// Writes that a power cut took.
    pub cut_writes: u64,
    /// Requests that arrived after their signature had expired.
    pub expired: u64,
    /// Nodes that others took for dead.
    pub given_up: u64,
    /// Clocks set wrong.
    pub clock_jumps: u64,
    /// Keys of the platform that a node met and did not know.
    pub unknown_keys: u64,
    /// Writes that a full disk had no room for.
    pub refused_writes: u64,
    /// Notifications that were taken.
    pub notices: u64,
    /// Refunds whose requests are written for V2.
    pub over_v2: u64,
    /// Backups that were put back.
    pub put_back: u64,
    /// Refunds that a backup lacked and that were found by their orders.
    pub found: u64,
    /// Of those, the ones that their tenants asked for again.
    pub completed: u64,
    /// Refunds that such a backup lacked.
    pub forgotten: u64,
    /// Merchant ids beside the first.
    pub neighbours: u64,
    /// Refunds taken in under a number that a neighbour has used.
    pub namesakes: u64,
    /// Merchant ids that were held up until all refunds of the others had ended.
    pub held_up: u64,
    /// Refunds that have succeeded in the end.
    pub succeeded: u64,
    /// Refunds whose money could not be paid out in the end.
    pub abnormal: u64,
    /// Events in all.
    pub events: u64,
}

impl Tally {
    /// The sum of two.
    pub fn and(self, other: Tally) -> Tally {
        Tally {
            sends: self.sends + other.sends,
            unclear: self.unclear + other.unclear,
            not_enough: self.not_enough + other.not_enough,
            outages: self.outages + other.outages,
            lost_commits: self.lost_commits + other.lost_commits,
            power_cuts: self.power_cuts + other.power_cuts,
            cut_writes: self.cut_writes + other.cut_writes,
            expired: self.expired + other.expired,
            given_up: self.given_up + other.given_up,
            clock_jumps: self.clock_jumps + other.clock_jumps,
            unknown_keys: self.unknown_keys + other.unknown_keys,
            refused_writes: self.refused_writes + other.refused_writes,
            notices: self.notices + other.notices,
            over_v2: self.over_v2 + other.over_v2,
            put_back: self.put_back + other.put_back,
            found: self.found + other.found,
            completed: self.completed + other.completed,
            forgotten: self.forgotten + other.forgotten,
            neighbours: self.neighbours + other.neighbours,
            namesakes: self.namesakes + other.namesakes,
            held_up: self.held_up + other.held_up,
            succeeded: self.succeeded + other.succeeded,
            abnormal: self.abnormal + other.abnormal,
            events: self.events + other.events,
        }
    }
}
