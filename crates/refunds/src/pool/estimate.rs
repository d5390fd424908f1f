//! What is known of today's pool.
//!
//! Nobody can ask WeChat Pay how much is in it. Known are payments (on WeChat Pay's word or on the tenant's), our own
//! refunds, and what answers tell: an acceptance shows that there was enough, NOT ENOUGH that there was not.
//! Source: [operations 1.3].

use jiff::{SignedDuration, Timestamp};
use wechatpay::china::ChinaDay;
use wechatpay::money::Currency;

use crate::batch::{Ceiling, PoolDay};
use crate::need::Need;

/// Today's pool, and what of it is promised to attempts under way.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Pool {
    /// What is stored.
    pub today: PoolDay,
    /// The needs of attempts under way.
    pub promised: i64,
}

/// A payment of the pool's day.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Payment {
    /// What the payer paid, in minor units.
    pub amount: i64,
    /// Whether on WeChat Pay's word; else on the tenant's.
    pub is_confirmed: bool,
}

impl Pool {
    /// The pool at the start of `day`: yesterday's money is out of reach. Source: [refund-logic].
    pub fn empty(pool: Currency, day: ChinaDay) -> Pool {
        let today = PoolDay { pool, day, confirmed: 0, reported: 0, accepted: 0, returned: 0, ceiling: None };
        Pool { today, promised: 0 }
    }

    /// Whether anything is known of today's payments.
    pub fn sees_payments(&self) -> bool {
        self.today.confirmed.saturating_add(self.today.reported) > 0
    }

    /// What is certainly left for a further attempt.
    pub fn low(&self) -> i64 {
        self.left(self.today.confirmed)
    }

    /// What is most likely left for a further attempt; none if nothing is known of today's payments.
    pub fn best(&self) -> Option<i64> {
        self.sees_payments().then(|| self.left(self.today.confirmed.saturating_add(self.today.reported)))
    }

    fn left(&self, paid: i64) -> i64 {
        let PoolDay { accepted, returned, ceiling, .. } = self.today;
        let seen = paid.saturating_add(returned).saturating_sub(accepted);
        ceiling.map_or(seen, |ceiling| seen.min(ceiling.room)).max(0) - self.promised
    }

    /// Whether the pool certainly covers `need`, with a fifth to spare for refunds that we do not see.
    pub fn covers(&self, need: &Need) -> bool {
        need.high.saturating_add(need.high / 5) <= self.low()
    }

    /// Whether the pool most likely covers `need`.
    pub fn likely_covers(&self, need: &Need) -> bool {
        self.best().is_some_and(|best| need.high <= best)
    }

    /// Until when nothing as large as `need` is worth trying: a refund no larger was refused and nothing filled the pool
    /// since. None if it is worth trying. Source: [operations 2.5].
    pub fn refused_until(&self, need: &Need, hold: SignedDuration, now: Timestamp) -> Option<Timestamp> {
        let ceiling = self.today.ceiling.filter(|ceiling| ceiling.room < need.best)?;
        Some(ceiling.at + hold).filter(|&until| until > now)
    }

    /// A payment landed, or what was known of it is corrected: `after` takes the place of `before`.
    pub fn paid(&mut self, before: Option<Payment>, after: Option<Payment>) {
        let mut gained = 0;
        for (payment, sign) in [(before, -1), (after, 1)] {
            let Some(Payment { amount, is_confirmed }) = payment else { continue };
            let sum = if is_confirmed { &mut self.today.confirmed } else { &mut self.today.reported };
            *sum = sum.saturating_add(sign * amount);
            gained += sign * amount;
        }
        self.raise_ceiling(gained.max(0));
    }

    /// A refund was taken and drew `amount`. If that was more than thought possible, the thought was wrong.
    pub fn accepted(&mut self, amount: i64) {
        self.today.accepted = self.today.accepted.saturating_add(amount);
        self.today.ceiling = match self.today.ceiling {
            Some(ceiling) if ceiling.room >= amount => {
                Some(Ceiling { room: ceiling.room - amount, ..ceiling })
            }
            _ => None,
        };
    }

    /// An accepted refund was closed: its amount is in today's pool again. Source: \[inferred\].
    pub fn returned(&mut self, amount: i64) {
        self.today.returned = self.today.returned.saturating_add(amount);
        self.raise_ceiling(amount);
    }

    /// A refund of `need` met NOT ENOUGH at `now`: less than that is there. What an earlier refusal told holds beside it for
    /// `hold`; after that it is replaced, so that refusals of large refunds never bar the small ones for good.
    /// Source: [operations 1.3], [operations 2.5].
    pub fn refused(&mut self, need: &Need, hold: SignedDuration, now: Timestamp) {
        let told = Ceiling { room: (need.high - 1).max(0), at: now };
        let before = self.today.ceiling.filter(|ceiling| ceiling.at + hold > now);
        self.today.ceiling = Some(before.filter(|before| before.room < told.room).unwrap_or(told));
    }

    fn raise_ceiling(&mut self, by: i64) {
        if let Some(ceiling) = &mut self.today.ceiling {
            ceiling.room = ceiling.room.saturating_add(by);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::need::NeedSource;

    fn now() -> Timestamp {
        "2026-03-02T12:00:00+08:00".parse().unwrap()
    }

    fn pool() -> Pool {
        Pool::empty(Currency::CNY, ChinaDay::of(now()))
    }

    fn need(amount: i64) -> Need {
        Need { low: amount, best: amount, high: amount, source: NeedSource::Exact }
    }

    fn confirmed(amount: i64) -> Payment {
        Payment { amount, is_confirmed: true }
    }

    fn reported(amount: i64) -> Payment {
        Payment { amount, is_confirmed: false }
    }

    const HOLD: SignedDuration = SignedDuration::from_mins(5);

    #[test]
    fn only_payments_on_wechat_pays_word_make_a_pool_certain() {
        let mut pool = pool();
        assert_eq!((pool.low(), pool.best()), (0, None));
        pool.paid(None, Some(reported(1_000)));
        assert_eq!((pool.low(), pool.best()), (0, Some(1_000)));
        pool.paid(Some(reported(1_000)), Some(confirmed(1_000)));
        assert_eq!((pool.low(), pool.best()), (1_000, Some(1_000)));
        assert!(pool.covers(&need(834)) && !pool.covers(&need(835)) && pool.likely_covers(&need(1_000)));
    }

    #[test]
    fn a_correction_takes_the_place_of_what_was_reported() {
        let mut pool = pool();
        pool.paid(None, Some(reported(1_000)));
        pool.paid(Some(reported(1_000)), Some(confirmed(100)));
        assert_eq!((pool.low(), pool.best()), (100, Some(100)));
        pool.paid(Some(confirmed(100)), None);
        assert_eq!((pool.low(), pool.best()), (0, None));
    }

    #[test]
    fn promises_to_attempts_under_way_count_as_gone() {
        let mut pool = pool();
        pool.paid(None, Some(confirmed(1_000)));
        pool.promised = 600;
        assert!(!pool.likely_covers(&need(500)) && pool.likely_covers(&need(400)));
    }

    #[test]
    fn a_refusal_caps_the_estimate_until_payments_come() {
        let mut pool = pool();
        pool.paid(None, Some(confirmed(1_000)));
        pool.refused(&need(300), HOLD, now());
        assert_eq!(pool.best(), Some(299));
        assert_eq!(pool.refused_until(&need(300), HOLD, now()), Some(now() + HOLD));
        assert_eq!(pool.refused_until(&need(200), HOLD, now()), None);
        pool.paid(None, Some(confirmed(50)));
        assert_eq!(pool.refused_until(&need(300), HOLD, now()), None);
        assert!(pool.likely_covers(&need(349)));
    }

    #[test]
    fn refusals_of_large_refunds_do_not_bar_small_ones_for_good() {
        let mut pool = pool();
        pool.refused(&need(10), HOLD, now());
        let later = now() + HOLD;
        assert_eq!(pool.refused_until(&need(10), HOLD, later), None);
        pool.refused(&need(900), HOLD, later);
        assert_eq!(pool.refused_until(&need(10), HOLD, later), None);
        assert_eq!(pool.refused_until(&need(900), HOLD, later), Some(later + HOLD));
    }

    #[test]
    fn an_acceptance_beyond_the_cap_shows_that_the_cap_was_wrong() {
        let mut pool = pool();
        pool.refused(&need(300), HOLD, now());
        pool.accepted(500);
        assert_eq!(pool.today.ceiling, None);
    }
}
