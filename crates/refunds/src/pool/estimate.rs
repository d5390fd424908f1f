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

/// A payment's amount and how sure it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Payment {
    /// On WeChat Pay's word.
    Confirmed(i64),
    /// On the tenant's word.
    Reported(i64),
    /// First reported, now confirmed.
    NowConfirmed(i64),
}

impl Pool {
    /// The pool at the start of `day`: yesterday's money is out of reach. Source: [refund-logic].
    pub fn empty(pool: Currency, day: ChinaDay) -> Pool {
        let today = PoolDay { pool, day, confirmed: 0, reported: 0, accepted: 0, returned: 0, ceiling: None };
        Pool { today, promised: 0 }
    }

    /// Whether anything is known of today's payments.
    pub fn sees_payments(&self) -> bool {
        self.today.confirmed + self.today.reported > 0
    }

    /// What is certainly left for a further attempt.
    pub fn low(&self) -> i64 {
        self.left(self.today.confirmed)
    }

    /// What is most likely left for a further attempt; none if nothing is known of today's payments.
    pub fn best(&self) -> Option<i64> {
        self.sees_payments().then(|| self.left(self.today.confirmed + self.today.reported))
    }

    fn left(&self, paid: i64) -> i64 {
        let PoolDay { accepted, returned, ceiling, .. } = self.today;
        let seen = paid + returned - accepted;
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

    /// A payment landed.
    pub fn paid(&mut self, payment: Payment) {
        let gained = match payment {
            Payment::Confirmed(amount) => {
                self.today.confirmed += amount;
                amount
            }
            Payment::Reported(amount) => {
                self.today.reported += amount;
                amount
            }
            Payment::NowConfirmed(amount) => {
                self.today.confirmed += amount;
                self.today.reported -= amount;
                0
            }
        };
        self.raise_ceiling(gained);
    }

    /// A refund was taken and drew `amount`. If that was more than thought possible, the thought was wrong.
    pub fn accepted(&mut self, amount: i64) {
        self.today.accepted += amount;
        self.today.ceiling = match self.today.ceiling {
            Some(ceiling) if ceiling.room >= amount => {
                Some(Ceiling { room: ceiling.room - amount, ..ceiling })
            }
            _ => None,
        };
    }

    /// An accepted refund was closed: its amount is in today's pool again. Source: \[inferred\].
    pub fn returned(&mut self, amount: i64) {
        self.today.returned += amount;
        self.raise_ceiling(amount);
    }

    /// A refund of `need` met NOT ENOUGH: less than that is there. Source: [operations 1.3].
    pub fn refused(&mut self, need: &Need, now: Timestamp) {
        let room = (need.high - 1).max(0);
        let room = self.today.ceiling.map_or(room, |ceiling| ceiling.room.min(room));
        self.today.ceiling = Some(Ceiling { room, at: now });
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

    const HOLD: SignedDuration = SignedDuration::from_mins(5);

    #[test]
    fn only_payments_on_wechat_pays_word_make_a_pool_certain() {
        let mut pool = pool();
        assert_eq!((pool.low(), pool.best()), (0, None));
        pool.paid(Payment::Reported(1_000));
        assert_eq!((pool.low(), pool.best()), (0, Some(1_000)));
        pool.paid(Payment::NowConfirmed(1_000));
        assert_eq!((pool.low(), pool.best()), (1_000, Some(1_000)));
        assert!(pool.covers(&need(834)) && !pool.covers(&need(835)) && pool.likely_covers(&need(1_000)));
    }

    #[test]
    fn promises_to_attempts_under_way_count_as_gone() {
        let mut pool = pool();
        pool.paid(Payment::Confirmed(1_000));
        pool.promised = 600;
        assert!(!pool.likely_covers(&need(500)) && pool.likely_covers(&need(400)));
    }

    #[test]
    fn a_refusal_caps_the_estimate_until_payments_come() {
        let mut pool = pool();
        pool.paid(Payment::Confirmed(1_000));
        pool.refused(&need(300), now());
        assert_eq!(pool.best(), Some(299));
        assert_eq!(pool.refused_until(&need(300), HOLD, now()), Some(now() + HOLD));
        assert_eq!(pool.refused_until(&need(200), HOLD, now()), None);
        pool.paid(Payment::Confirmed(50));
        assert_eq!(pool.refused_until(&need(300), HOLD, now()), None);
        assert!(pool.likely_covers(&need(349)));
    }

    #[test]
    fn an_acceptance_beyond_the_cap_shows_that_the_cap_was_wrong() {
        let mut pool = pool();
        pool.refused(&need(300), now());
        pool.accepted(500);
        assert_eq!(pool.today.ceiling, None);
    }
}
