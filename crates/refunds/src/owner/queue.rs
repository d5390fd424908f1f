//! The waiting refunds in hand, in the order in which the plan should look at them.
//!
//! A refund is either ready to be looked at or asleep until a time. Sleepers are woken by time, by their order, or found by
//! the money that would cover them; each of these finds its sleepers without looking at the others.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Bound;

use jiff::{SignedDuration, Timestamp};
use wechatpay::money::Currency;

use super::shares::{Shares, Turn};
use crate::key::RefundKey;
use crate::policy::Policy;
use crate::refund::{Class, Refund};

/// How many wake at a time. More than are looked at in one go, so that the first by rank are among them.
const WAKE_AT_ONCE: usize = 256;
/// Until when those sleep who have been woken and are not up yet.
const ABOUT_TO_WAKE: Timestamp = Timestamp::MIN;

/// Where a refund stands among the waiting: with a deadline before without, then by its sub-merchant's turn, then by age, a small
/// one as if it had come earlier.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Rank {
    class: Class,
    turn: Turn,
    stands_at: Timestamp,
    pub(super) key: RefundKey,
}

#[derive(Debug, Default)]
pub(super) struct Queue {
    /// Turns among sub-merchants, if they share by turns.
    shares: Option<Shares>,
    /// How much later a refund of half the need may have come and still stand as early.
    overtaking: SignedDuration,
    ready: BTreeSet<Rank>,
    sleepers: BTreeMap<RefundKey, Sleeper>,
    /// The sleepers in the order in which they wake: by rank where their time is the same, as it is for many in the morning.
    by_time: BTreeSet<(Timestamp, Rank)>,
    by_size: BTreeMap<(Currency, u32), BTreeSet<(Rank, i64)>>,
}

#[derive(Debug)]
struct Sleeper {
    rank: Rank,
    until: Timestamp,
    need: i64,
    size: (Currency, u32),
}

impl Queue {
    /// Nobody waits; those that will stand in the order that the policy wants.
    pub(super) fn new(policy: &Policy) -> Queue {
        Queue { shares: Shares::by(policy.shares), overtaking: policy.overtaking, ..Queue::default() }
    }

    /// The turns among sub-merchants, if they take any.
    pub(super) fn shares(&mut self) -> Option<&mut Shares> {
        self.shares.as_mut()
    }

    pub(super) fn len(&self) -> usize {
        self.ready.len() + self.sleepers.len()
    }

    /// Adds a waiting refund, ready to be looked at.
    pub(super) fn add(&mut self, refund: &Refund) {
        self.remove(refund);
        let rank = self.rank(refund);
        self.ready.insert(rank);
    }

    /// Removes a refund that was added; it may not have changed its rank since.
    pub(super) fn remove(&mut self, refund: &Refund) {
        let rank = self.rank(refund);
        if !self.ready.remove(&rank) {
            self.get_up(&refund.key);
        }
    }

    /// Notes that a refund that was removed does not wait any more.
    pub(super) fn left(&mut self, key: &RefundKey) {
        if let Some(shares) = &mut self.shares {
            shares.left(key);
        }
    }

    fn rank(&mut self, refund: &Refund) -> Rank {
        let turn = self.shares.as_mut().map_or(0, |shares| shares.turn(refund));
        let doublings = i32::try_from(size(refund.need.high)).unwrap_or(i32::MAX);
        let stands_at = refund.created_at.saturating_add(self.overtaking.saturating_mul(doublings) / 8);
        let stands_at = stands_at.unwrap_or(Timestamp::MAX);
        Rank { class: refund.class(), turn, stands_at, key: refund.key.clone() }
    }

    /// The first of the ready after `last`.
    pub(super) fn next_ready(&self, last: Option<&Rank>) -> Option<&Rank> {
        let from = last.map_or(Bound::Unbounded, Bound::Excluded);
        self.ready.range((from, Bound::Unbounded)).next()
    }

    /// Takes a ready refund out of the plan's sight until `until`.
    pub(super) fn put_to_sleep(&mut self, refund: &Refund, until: Timestamp) {
        let rank = self.rank(refund);
        if self.ready.remove(&rank) {
            let (key, need) = (refund.key.clone(), refund.need.high);
            let size = (refund.pool, size(need));
            self.by_time.insert((until, rank.clone()));
            self.by_size.entry(size).or_default().insert((rank.clone(), need));
            self.sleepers.insert(key, Sleeper { rank, until, need, size });
        }
    }

    /// When the first sleeper's time comes.
    pub(super) fn first_wake(&self) -> Option<Timestamp> {
        self.by_time.first().map(|(until, _)| *until)
    }

    /// Who sleeps longest, and until when; none if all are about to wake.
    pub(super) fn last_sleeper(&self) -> Option<(Timestamp, RefundKey)> {
        let (until, rank) = self.by_time.last().filter(|(until, _)| *until != ABOUT_TO_WAKE)?;
        Some((*until, rank.key.clone()))
    }

    /// Wakes the first of those whose time has come: the rest, if there are many, with the next looks.
    pub(super) fn wake_until(&mut self, now: Timestamp) {
        for _ in 0..WAKE_AT_ONCE {
            let Some((_, rank)) = self.by_time.first().filter(|(until, _)| *until <= now) else { return };
            let key = rank.key.clone();
            self.wake(&key);
        }
    }

    /// The first of the sleepers after `last` whose need `room` in the pool covers.
    pub(super) fn first_fitting(&self, pool: Currency, room: i64, last: Option<&Rank>) -> Option<Rank> {
        let fits = self.by_size.range((pool, 0)..=(pool, size(room.max(0)))).filter_map(|(_, sleepers)| {
            let after = match last {
                Some(last) => sleepers.range((Bound::Excluded((last.clone(), i64::MAX)), Bound::Unbounded)),
                None => sleepers.range::<(Rank, i64), _>(..),
            };
            // Only in the largest size that may fit is there anybody to pass over.
            after.into_iter().find(|(_, need)| *need <= room).map(|(rank, _)| rank)
        });
        fits.min().filter(|_| room >= 0).cloned()
    }

    /// Of each size, the first of the sleepers by rank.
    pub(super) fn first_of_each_size(&self, pool: Currency) -> impl Iterator<Item = &Rank> {
        let sizes = self.by_size.range((pool, 0)..=(pool, u32::MAX));
        sizes.filter_map(|(_, sleepers)| sleepers.first().map(|(rank, _)| rank))
    }

    /// What those need together who sleep and need less than `need` of the pool, as far as their sizes tell.
    pub(super) fn waiting_before(&self, pool: Currency, need: i64) -> i64 {
        let sizes = self.by_size.range((pool, 0)..(pool, size(need)));
        sizes.fold(0i64, |sum, ((_, of_size), sleepers)| {
            let count = i64::try_from(sleepers.len()).unwrap_or(i64::MAX);
            sum.saturating_add(count.saturating_mul(middle(*of_size)))
        })
    }

    /// Lets the time of all come, by rank.
    pub(super) fn wake_all(&mut self) {
        let come = self.sleepers.values_mut().map(|sleeper| {
            sleeper.until = ABOUT_TO_WAKE;
            (ABOUT_TO_WAKE, sleeper.rank.clone())
        });
        self.by_time = come.collect();
    }

    /// Wakes one refund, if it sleeps.
    pub(super) fn wake(&mut self, key: &RefundKey) {
        if let Some(sleeper) = self.get_up(key) {
            self.ready.insert(sleeper.rank);
        }
    }

    fn get_up(&mut self, key: &RefundKey) -> Option<Sleeper> {
        let sleeper = self.sleepers.remove(key)?;
        self.by_time.remove(&(sleeper.until, sleeper.rank.clone()));
        if let Some(sleepers) = self.by_size.get_mut(&sleeper.size) {
            sleepers.remove(&(sleeper.rank.clone(), sleeper.need));
            if sleepers.is_empty() {
                self.by_size.remove(&sleeper.size);
            }
        }
        Some(sleeper)
    }
}

/// The size of a need: eight to a doubling, so that a look at each size's first is a look at few.
fn size(need: i64) -> u32 {
    let need = u64::try_from(need.max(1)).unwrap_or(1);
    let doublings = need.ilog2();
    let eighths = if doublings >= 3 { (need >> (doublings - 3)) & 7 } else { (need << (3 - doublings)) & 7 };
    doublings * 8 + u32::try_from(eighths).unwrap_or(0)
}

/// The middle of a size's needs.
fn middle(size: u32) -> i64 {
    let eighths = 8 + i128::from(size % 8);
    i64::try_from(((2 * eighths + 1) << (size / 8)) / 16).unwrap_or(i64::MAX)
}
