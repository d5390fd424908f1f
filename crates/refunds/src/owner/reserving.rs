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

/// How long a refund waits before the others wait for it.
const PATIENCE: SignedDuration = SignedDuration::from_hours(24);
/// How likely today must bring enough for it, if nobody else drew on the pool.
const LIKELY: f64 = 0.5;
/// With which certainty what is still to come today is counted on.
const COUNTED_ON: f64 = 0.8;

/// For whom the money of a pool is kept together.
#[derive(Debug, Clone)]
pub(super) struct Reservation {
    day: ChinaDay,
    /// The refund; none once it has left.
    refund: Option<RefundKey>,
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
                        self.reservations.insert(pool, Reservation { day: today, refund });
                    }
                    chosen
                }
            };
            let need = kept_for.and_then(|key| self.hand.refund(&key)).filter(|refund| refund.is_waiting());
            let need = need.map(|refund| refund.need.high);
            if need.is_none()
                && let Some(reservation) = self.reservations.get_mut(&pool)
            {
                reservation.refund = None;
            }
            let to_come = match (need, self.outlooks.get(&pool), self.pools.get(&pool)) {
                (Some(_), Some(outlook), Some(pool)) => outlook.to_come(pool, COUNTED_ON, now),
                _ => 0,
            };
            if let Some(pool) = self.pools.get_mut(&pool) {
                pool.kept = need.map_or(0, |need| need.saturating_sub(to_come).max(0));
            }
        }
    }

    /// For whom the money of `pool` is kept together.
    pub(super) fn is_kept_for(&self, pool: Currency, key: &RefundKey) -> bool {
        self.kept_for(pool) == Some(key)
    }

    pub(super) fn kept_for(&self, pool: Currency) -> Option<&RefundKey> {
        self.reservations.get(&pool)?.refund.as_ref()
    }

    /// The refund that has waited longest, for longer than a day, and that today may bring enough for.
    fn choose(&mut self, pool: Currency, now: Timestamp) -> Option<RefundKey> {
        self.heed(pool);
        let (outlook, today) = (self.outlooks.get(&pool)?, self.pools.get(&pool)?);
        let has_waited = |rank: &&super::queue::Rank| now.duration_since(rank.created_at) > PATIENCE;
        let mut oldest: Vec<_> = self.hand.queue.first_of_each_size(pool).filter(has_waited).collect();
        oldest.sort();
        let may_leave = |key: &&RefundKey| {
            self.hand.refund(key).is_some_and(|refund| {
                outlook.leaving(refund.need.high, 0, today, now).by(outlook.day().end()) >= LIKELY
            })
        };
        oldest.into_iter().map(|rank| &rank.key).find(may_leave).cloned()
    }
}
