//! The greedy reference: who could have left when, for somebody who knows every payment as it comes.
//!
//! At each payment, and at each request, it takes the waiting refunds in the order in which they were asked for, and skips
//! those that do not fit. Around midnight it places nothing, as nobody may; what comes meanwhile is looked at when the pause
//! is over, with what the new day has brought by then. Source: [operations 2.7].

use jiff::Timestamp;
use refunds::pool::plan::midnight_pause;

use crate::history::{Happening, Trial};
use crate::pool::Pool;
use crate::sight::Share;

/// When the reference placed each refund of a trial; none where it never could.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reference {
    placed_at: Vec<Option<Timestamp>>,
}

impl Reference {
    /// The reference for `trial`, out of whose pool `leak` goes unseen.
    pub fn of(trial: &Trial<'_>, leak: Share) -> Reference {
        let mut greedy = Greedy {
            pool: Pool::new(trial.first_day(), leak),
            waiting: Waiting::new(trial.refunds().len()),
            placed_at: vec![None; trial.refunds().len()],
        };
        let mut pause_ends: Option<Timestamp> = None;
        for happening in trial.happenings() {
            let now = happening.at();
            if let Some(end) = pause_ends.take_if(|end| *end < now) {
                greedy.place(end);
            }
            match happening {
                Happening::Paid(_, payment) => greedy.pool.pay(payment),
                Happening::Asked(n, _) => {
                    let amount = trial.refunds().get(n).map_or(i64::MAX, |refund| refund.amount_fen);
                    greedy.waiting.set(n, amount);
                }
            }
            match midnight_pause(now) {
                Some(end) => pause_ends = Some(end),
                None => greedy.place(now),
            }
        }
        Reference { placed_at: greedy.placed_at }
    }

    /// When it placed the refund with place `n`.
    pub fn placed_at(&self, n: usize) -> Option<Timestamp> {
        self.placed_at.get(n).copied().flatten()
    }
}

struct Greedy {
    pool: Pool,
    waiting: Waiting,
    placed_at: Vec<Option<Timestamp>>,
}

impl Greedy {
    /// Places whoever fits at `now`.
    fn place(&mut self, now: Timestamp) {
        // Whoever was skipped fits even less into what is left.
        while let Some((n, amount)) = self.waiting.first_within(self.pool.left(now)) {
            self.pool.take(amount, now);
            self.waiting.set(n, NOBODY);
            if let Some(placed_at) = self.placed_at.get_mut(n) {
                *placed_at = Some(now);
            }
        }
    }
}

/// The amount of a place where nobody waits: more than any pool holds.
const NOBODY: i64 = i64::MAX;

/// Who waits, in the order of requests, found by amount: a tree that holds in each node the smallest amount below it.
struct Waiting {
    /// The root is at 1, the children of a node at twice its place and beside it, the places of refunds behind them.
    smallest: Vec<i64>,
    leaves: usize,
}

impl Waiting {
    fn new(count: usize) -> Waiting {
        let leaves = count.next_power_of_two();
        Waiting { smallest: vec![NOBODY; 2 * leaves], leaves }
    }

    fn set(&mut self, n: usize, amount: i64) {
        let mut node = self.leaves + n;
        if let Some(leaf) = self.smallest.get_mut(node) {
            *leaf = amount;
        }
        while node > 1 {
            node /= 2;
            let smaller = self.at(2 * node).min(self.at(2 * node + 1));
            if let Some(inner) = self.smallest.get_mut(node) {
                *inner = smaller;
            }
        }
    }

    /// The first to have asked for no more than `limit`, and for how much.
    fn first_within(&self, limit: i64) -> Option<(usize, i64)> {
        let fits = |node: usize| self.at(node) != NOBODY && self.at(node) <= limit;
        if !fits(1) {
            return None;
        }
        let mut node = 1;
        while node < self.leaves {
            node = if fits(2 * node) { 2 * node } else { 2 * node + 1 };
        }
        Some((node - self.leaves, self.at(node)))
    }

    fn at(&self, node: usize) -> i64 {
        self.smallest.get(node).copied().unwrap_or(NOBODY)
    }
}
