//! Keeping the day's money together for a large refund that has waited for long.
//!
//! Small refunds pass large ones whenever they fit, which is quick for most and would keep a large one waiting for ever where
//! small ones come all day. So one refund of a pool that has waited for more than a day, and that today may bring enough for,
//! is kept for: the others get only what it will not need, counting carefully what is still to come. It lasts until the refund
//! leaves or the day ends, and begins at most once a day. Source: [operations 2.5].

use jiff::{SignedDuration, Timestamp};
use wechatpay::china::ChinaDay;
use wechatpay::money::Currency;

use super::Owner;
use crate::key::RefundKey;
use crate::pool::estimate::Pool;
use crate::pool::reservation::Reservation;
use crate::pool::told::Told;
use crate::refund::Refund;

/// How long a refund waits before the others wait for it.
const PATIENCE: SignedDuration = SignedDuration::from_hours(24);
/// How likely today must bring enough for it, if nobody else drew on the pool.
const LIKELY: f64 = 0.5;
/// A refund that needs less than this share of a day's money is small: it leaves in its turn.
const LARGE_FROM: f64 = 0.1;

/// For whom the money of a pool is kept together on a day.
#[derive(Debug, Clone)]
pub(super) struct KeptFor {
    day: ChinaDay,
    /// The refund; none once it has left.
    refund: Option<RefundKey>,
    /// What is thought to be still to come today, and by what knowledge.
    to_come: Option<(Known, i64)>,
}

/// What it depends on how much is thought to be still to come: it is reckoned once for each.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Known {
    /// Of the time only the minute: shorter than that, next to nothing comes.
    minute: i64,
    seen: i64,
    told: Option<Told>,
}

impl Known {
    fn of(pool: &Pool, now: Timestamp) -> Known {
        Known { minute: now.as_second() / 60, seen: pool.seen(), told: pool.today.told.last().copied() }
    }
}

impl Owner {
    /// Begins, ends and measures what is kept for large refunds.
    pub(super) fn reserve(&mut self, now: Timestamp) {
        if !self.policy.reserve {
            return;
        }
        let today = ChinaDay::of(now);
        let pools: Vec<Currency> = self.outlooks.keys().copied().collect();
        for pool in pools {
            let kept_for = match self.reservations.get(&pool) {
                Some(reservation) if reservation.day == today => reservation.refund.clone(),
                _ => {
                    let chosen = self.choose(pool, now);
                    if let Some(refund) = &chosen {
                        let refund = Some(refund.clone());
                        self.reservations.insert(pool, KeptFor { day: today, refund, to_come: None });
                    }
                    chosen
                }
            };
            let to_come = if kept_for.is_some() { self.expect_to_come(pool, now) } else { 0 };
            let refund = kept_for.and_then(|key| self.hand.refund(&key));
            // An attempt that is refused changes nothing: it is kept for until it has left.
            if !refund.is_some_and(Refund::is_withdrawable)
                && let Some(reservation) = self.reservations.get_mut(&pool)
            {
                reservation.refund = None;
            }
            let kept = refund.map_or(0, |refund| Reservation::of(refund, to_come).amount);
            let kept_for = self.kept_for(pool).cloned();
            if let Some(known) = self.pools.get_mut(&pool) {
                known.kept = kept;
                if known.today.kept_for != kept_for {
                    known.today.kept_for = kept_for;
                    self.pending.pools.insert(pool);
                }
            }
        }
    }

    /// What is thought to be still to come today into a pool that is kept together.
    fn expect_to_come(&mut self, pool: Currency, now: Timestamp) -> i64 {
        let (Some(outlook), Some(kept_for), Some(pool)) =
            (self.outlooks.get(&pool), self.reservations.get_mut(&pool), self.pools.get(&pool))
        else {
            return 0;
        };
        let known = Known::of(pool, now);
        let to_come = match kept_for.to_come {
            Some((then, to_come)) if then == known => to_come,
            _ => outlook.to_come(pool, now),
        };
        kept_for.to_come = Some((known, to_come));
        to_come
    }

    /// For whom the money of `pool` is kept together.
    pub(super) fn is_kept_for(&self, pool: Currency, key: &RefundKey) -> bool {
        self.kept_for(pool) == Some(key)
    }

    pub(super) fn kept_for(&self, pool: Currency) -> Option<&RefundKey> {
        self.reservations.get(&pool)?.refund.as_ref()
    }

    /// Of those that have waited for longer than a day and that today may bring enough for, the one that has waited longest for
    /// its size: large ones are those that others pass.
    fn choose(&mut self, pool: Currency, now: Timestamp) -> Option<RefundKey> {
        self.heed(pool);
        let (outlook, today) = (self.outlooks.get(&pool)?, self.pools.get(&pool)?);
        let oldest = self.hand.queue.first_of_each_size(pool);
        let waited = |refund: &Refund| now.duration_since(refund.created_at);
        let may_leave = |refund: &Refund| outlook.leaves_today(refund.need.high, today, now) >= LIKELY;
        let mut large: Vec<&Refund> = oldest
            .filter_map(|rank| self.hand.refund(&rank.key))
            .filter(|refund| waited(refund) > PATIENCE)
            .collect();
        if large.is_empty() {
            return None;
        }
        let day = today.drawn().saturating_add(outlook.to_come(today, now)) as f64;
        large.retain(|refund| refund.need.high as f64 >= LARGE_FROM * day);
        large.sort_by_key(|refund| {
            let weight = i128::from(waited(refund).as_secs()) * i128::from(refund.need.high);
            (std::cmp::Reverse(weight), refund.key.clone())
        });
        large.into_iter().find(|refund| may_leave(refund)).map(|refund| refund.key.clone())
    }
}
