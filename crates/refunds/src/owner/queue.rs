//! The waiting refunds in hand, in the order in which the plan should look at them.
//!
//! A refund is either ready to be looked at or asleep until a time. Sleepers are woken by time, by their order, or by money
//! that would cover them; each of these finds its sleepers without looking at the others.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Bound;

use jiff::Timestamp;

use crate::key::RefundKey;
use crate::refund::{Class, Refund};

/// Where a refund stands among the ready: with a deadline before without, then by age.
pub(super) type Rank = (Class, Timestamp, RefundKey);

#[derive(Debug, Default)]
pub(super) struct Queue {
    ready: BTreeSet<Rank>,
    sleepers: BTreeMap<RefundKey, Sleeper>,
    by_time: BTreeSet<(Timestamp, RefundKey)>,
    by_need: BTreeSet<(i64, RefundKey)>,
}

#[derive(Debug)]
struct Sleeper {
    rank: Rank,
    until: Timestamp,
    need: i64,
}

impl Queue {
    pub(super) fn len(&self) -> usize {
        self.ready.len() + self.sleepers.len()
    }

    /// Adds a waiting refund, ready to be looked at.
    pub(super) fn add(&mut self, refund: &Refund) {
        self.remove(refund);
        self.ready.insert(rank(refund));
    }

    /// Removes a refund that was added; it may not have changed its rank since.
    pub(super) fn remove(&mut self, refund: &Refund) {
        if !self.ready.remove(&rank(refund)) {
            self.get_up(&refund.key);
        }
    }

    /// The first of the ready after `last`.
    pub(super) fn next_ready(&self, last: Option<&Rank>) -> Option<&Rank> {
        let from = last.map_or(Bound::Unbounded, Bound::Excluded);
        self.ready.range((from, Bound::Unbounded)).next()
    }

    /// Takes a ready refund out of the plan's sight until `until`.
    pub(super) fn put_to_sleep(&mut self, refund: &Refund, until: Timestamp) {
        let rank = rank(refund);
        if self.ready.remove(&rank) {
            let (key, need) = (refund.key.clone(), refund.need.high);
            self.by_time.insert((until, key.clone()));
            self.by_need.insert((need, key.clone()));
            self.sleepers.insert(key, Sleeper { rank, until, need });
        }
    }

    /// When the first sleeper's time comes.
    pub(super) fn first_wake(&self) -> Option<Timestamp> {
        self.by_time.first().map(|(until, _)| *until)
    }

    /// Who sleeps longest, and until when.
    pub(super) fn last_sleeper(&self) -> Option<(Timestamp, RefundKey)> {
        self.by_time.last().cloned()
    }

    /// Wakes those whose time has come.
    pub(super) fn wake_until(&mut self, now: Timestamp) {
        while let Some((until, key)) = self.by_time.first().cloned()
            && until <= now
        {
            self.wake(&key);
        }
    }

    /// Wakes those whose need `room` covers.
    pub(super) fn wake_fitting(&mut self, room: i64) {
        while let Some((need, key)) = self.by_need.first().cloned()
            && need <= room
        {
            self.wake(&key);
        }
    }

    pub(super) fn wake_all(&mut self) {
        self.wake_fitting(i64::MAX);
    }

    /// Wakes one refund, if it sleeps.
    pub(super) fn wake(&mut self, key: &RefundKey) {
        if let Some(sleeper) = self.get_up(key) {
            self.ready.insert(sleeper.rank);
        }
    }

    fn get_up(&mut self, key: &RefundKey) -> Option<Sleeper> {
        let sleeper = self.sleepers.remove(key)?;
        self.by_time.remove(&(sleeper.until, key.clone()));
        self.by_need.remove(&(sleeper.need, key.clone()));
        Some(sleeper)
    }
}

fn rank(refund: &Refund) -> Rank {
    (refund.class(), refund.created_at, refund.key.clone())
}
