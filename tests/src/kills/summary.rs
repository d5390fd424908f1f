//! What a run came to, in figures that a reader can check against each other.

use std::collections::BTreeMap;
use std::fmt;
use std::time::Duration;

use super::book::Book;
use super::ends::End;
use super::figures::Figures;
use super::judge::Verdict;

/// How many gateways were killed.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Killed {
    /// By SIGKILL, at times drawn by chance.
    pub at_random: usize,
    /// Of these, so soon after the start that they may not have listened yet.
    pub while_starting: usize,
    /// By themselves, at each of the points.
    pub at_points: BTreeMap<&'static str, usize>,
}

/// What a run came to.
#[derive(Debug, Clone)]
pub struct Summary {
    /// How large it was.
    pub figures: Figures,
    /// How long it took.
    pub took: Duration,
    /// How many gateways were killed.
    pub killed: Killed,
    /// How many days went by until the last refund came to its end.
    pub days: usize,
    /// How often tills asked.
    pub posts: u64,
    /// How often they heard nothing.
    pub unanswered: u64,
    /// How often they were told that the refund was there already.
    pub replays: u64,
    /// How many refunds were acknowledged.
    pub acknowledged: usize,
    /// How many were refused at the door, by code.
    pub refused: BTreeMap<String, u64>,
    /// What the judge found.
    pub verdict: Verdict,
    /// Everything that is wrong; empty, and all is well.
    pub findings: Vec<String>,
}

impl Killed {
    /// What is wrong if they are not as many at each of `points`, and at random, as `figures` ask for.
    pub(super) fn findings(&self, figures: &Figures, points: &[&str]) -> Option<String> {
        let at = |point: &&str| self.at_points.get(point).copied().unwrap_or(0);
        let is_short =
            self.at_random < figures.kills || points.iter().any(|point| at(point) < figures.at_each_point);
        is_short.then(|| format!("fewer kills than asked for: {self:?}"))
    }

    /// One more.
    pub(super) fn count(&mut self, end: &End) {
        match end {
            End::AtPoint { point, .. } => *self.at_points.entry(point).or_default() += 1,
            End::WhileStarting { .. } => {
                self.at_random += 1;
                self.while_starting += 1;
            }
            End::UnderLoad { .. } | End::Later { .. } => self.at_random += 1,
        }
    }
}

impl Summary {
    pub(super) fn new(
        figures: Figures,
        took: Duration,
        killed: Killed,
        days: usize,
        book: &Book,
        verdict: Verdict,
        findings: Vec<String>,
    ) -> Summary {
        let pages = book.pages();
        Summary {
            figures,
            took,
            killed,
            days,
            posts: pages.iter().map(|page| page.posts).sum(),
            unanswered: pages.iter().map(|page| page.unanswered).sum(),
            replays: pages.iter().map(|page| page.replays).sum(),
            acknowledged: pages.iter().filter(|page| page.acknowledged.is_some()).count(),
            refused: book.refusals(),
            verdict,
            findings,
        }
    }

    /// Whether everything was as it must be.
    pub fn is_well(&self) -> bool {
        self.findings.is_empty()
    }
}

impl fmt::Display for Summary {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Summary { figures, killed, verdict, .. } = self;
        let numbers = verdict.recount.numbers.values();
        let sum = |of: fn(&crate::recount::Counted) -> u64| numbers.clone().map(of).sum::<u64>();
        let fen: i64 = numbers.clone().map(|counted| counted.moved - counted.returned).sum();
        let mut row = |name: &str, text: String| writeln!(f, "{name:<22}{text}");
        row("seed", figures.seed.to_string())?;
        row(
            "killed at random",
            format!("{}, {} of them while starting", killed.at_random, killed.while_starting),
        )?;
        row("killed at points", list(&killed.at_points))?;
        row(
            "tills asked",
            format!(
                "{} times for {} refunds: {} times nothing was heard, {} times it was there already",
                self.posts, figures.refunds, self.unanswered, self.replays
            ),
        )?;
        row("acknowledged", self.acknowledged.to_string())?;
        row("refused at the door", list(&self.refused))?;
        row(
            "WeChat Pay was asked",
            format!(
                "{} times for {} refunds: {} times accepted, {} times NOT ENOUGH; {} answers were lost",
                sum(|counted| counted.requests),
                verdict.recount.numbers.len(),
                sum(|counted| counted.accepted_answers),
                sum(|counted| counted.not_enough),
                verdict.recount.answers_lost
            ),
        )?;
        row(
            "WeChat Pay paid",
            format!(
                "{} refunds, {}.{:02} CNY less what was closed",
                sum(|counted| counted.acceptances),
                fen / 100,
                fen % 100
            ),
        )?;
        row("came to their end", format!("{}; after {} days", list(&verdict.ends), self.days))?;
        row("lost", verdict.lost.to_string())?;
        row("paid twice", verdict.paid_twice.to_string())?;
        row("beyond an order", verdict.beyond_an_order.to_string())?;
        row("not at their end", verdict.open.to_string())?;
        row("took", format!("{:.1} s", self.took.as_secs_f64()))?;
        match self.findings.as_slice() {
            [] => writeln!(f, "\nAll is well."),
            findings => {
                writeln!(f, "\n{} things are wrong:", findings.len())?;
                findings.iter().try_for_each(|finding| writeln!(f, "- {finding}"))
            }
        }
    }
}

fn list<K: fmt::Display, N: fmt::Display>(counts: &BTreeMap<K, N>) -> String {
    match counts.is_empty() {
        true => "none".to_owned(),
        false => counts.iter().map(|(name, count)| format!("{name} {count}")).collect::<Vec<_>>().join(", "),
    }
}
