//! What is known of today's pool.
//!
//! Nobody can ask WeChat Pay how much is in it. Known are payments (on WeChat Pay's word or on the tenant's), our own
//! refunds, and what answers tell: an acceptance shows that there was enough, NOT ENOUGH that there was not.
//! Source: [operations 1.3].

use jiff::{SignedDuration, Timestamp};
use wechatpay::china::ChinaDay;
use wechatpay::money::Currency;

use super::exchange::{Carried, Night};
use super::past::Promises;
use super::price::Spent;
use super::told::{self, Told};
use crate::batch::PoolDay;
use crate::need::Need;

/// Today's pool, and what of it is promised to attempts under way.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pool {
    /// What is stored.
    pub today: PoolDay,
    /// The needs of attempts under way.
    pub promised: i64,
    /// What is kept together for one large refund; the others do not count on it.
    pub kept: i64,
    /// What yesterday left, while it is refundable; nothing where midnight ends it, as far as is known.
    pub carried: Option<Carried>,
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
        let today = PoolDay {
            pool,
            day,
            confirmed: 0,
            reported: 0,
            accepted: 0,
            returned: 0,
            told: vec![],
            promises: Promises::default(),
            night: Night::default(),
            spent: Spent::default(),
            kept_for: None,
        };
        Pool::of(today)
    }

    /// The pool of `today`, of which nothing is promised.
    pub fn of(today: PoolDay) -> Pool {
        Pool { today, promised: 0, kept: 0, carried: None }
    }

    /// What is known of today's payments, on whosever word.
    pub fn seen(&self) -> i64 {
        self.today.confirmed.saturating_add(self.today.reported)
    }

    /// What our refunds have drawn of what today brought.
    pub fn drawn(&self) -> i64 {
        self.today.accepted.saturating_sub(self.today.returned).saturating_sub(self.today.night.drawn)
    }

    /// What yesterday left, as long as it is refundable.
    pub fn left_of_yesterday(&self) -> i64 {
        self.carried.map_or(0, |carried| carried.left)
    }

    /// Counts on what yesterday left no longer, once its time is over.
    pub fn let_go_of_yesterday(&mut self, now: Timestamp) {
        self.carried = self.carried.filter(|carried| now < carried.until);
    }

    /// When the next money of the pool is out of reach, as far as today is concerned.
    pub fn ends(&self) -> Timestamp {
        self.carried.map_or(self.today.day.end(), |carried| carried.until)
    }

    /// Whether anything is known of today's payments.
    pub fn sees_payments(&self) -> bool {
        self.seen() > 0
    }

    /// What is spoken for of what the day brings, as a refund sees it for which the money is kept together, or one that it is
    /// kept from.
    pub fn spoken_for(&self, is_kept_for: bool) -> i64 {
        let kept = if is_kept_for { 0 } else { self.kept };
        self.drawn().saturating_add(self.promised).saturating_add(kept)
    }

    /// What is certainly left for a further attempt.
    pub fn low(&self) -> i64 {
        self.left(self.today.confirmed)
    }

    /// What is most likely left for a further attempt; none if nothing is known of today's payments, nor of yesterday's.
    pub fn best(&self) -> Option<i64> {
        let is_known = self.sees_payments() || self.carried.is_some();
        is_known.then(|| self.left(self.seen()).saturating_add(self.left_of_yesterday()))
    }

    fn left(&self, paid: i64) -> i64 {
        let left = paid.saturating_sub(self.drawn());
        self.ceiling().map_or(left, |ceiling| left.min(ceiling.room)).max(0) - self.promised
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
    pub fn refused_until(&self, need: &Need, now: Timestamp) -> Option<Timestamp> {
        let of_yesterday = self.left_of_yesterday();
        let ceiling =
            self.ceiling().filter(|ceiling| ceiling.room.saturating_add(of_yesterday) < need.best)?;
        Some(ceiling.at + HOLDS).filter(|&until| until > now)
    }

    /// What the last refusals said: there is no more than this, counting what came and went since. What an earlier one told
    /// holds beside the last for a while; after that it is replaced, so that refusals of large refunds never bar the small
    /// ones for good. One that an acceptance went beyond was wrong, or money came that nobody saw.
    /// Source: [operations 1.3], [operations 2.5].
    fn ceiling(&self) -> Option<Ceiling> {
        let room = |told: &Told| {
            let came = self.seen().saturating_sub(told.seen).max(0);
            told.brought.saturating_sub(1).saturating_add(came).saturating_sub(self.drawn())
        };
        let refusals = || self.today.told.iter().filter(|told| !told.enough && room(told) >= 0);
        let last = refusals().next_back()?;
        let ceilings = refusals()
            .filter(|told| told.at + HOLDS > last.at)
            .map(|told| Ceiling { room: room(told), at: told.at });
        ceilings.min_by_key(|ceiling| ceiling.room)
    }

    /// A payment landed, or what was known of it is corrected: `after` takes the place of `before`.
    pub fn paid(&mut self, before: Option<Payment>, after: Option<Payment>) {
        for (payment, sign) in [(before, -1), (after, 1)] {
            let Some(Payment { amount, is_confirmed }) = payment else { continue };
            let sum = if is_confirmed { &mut self.today.confirmed } else { &mut self.today.reported };
            *sum = sum.saturating_add(sign * amount);
        }
    }

    /// A refund was taken at `now` and drew `amount`: of what yesterday left first, which is lost first. Source: \[inferred\].
    pub fn accepted(&mut self, amount: i64, now: Timestamp) {
        self.today.accepted = self.today.accepted.saturating_add(amount);
        if let Some(carried) = &mut self.carried {
            let of_yesterday = amount.clamp(0, carried.left);
            carried.left -= of_yesterday;
            self.today.night.drawn = self.today.night.drawn.saturating_add(of_yesterday);
            self.carried = self.carried.filter(|carried| carried.left > 0);
        }
        self.look(self.drawn(), true, now);
    }

    /// A refund goes that has waited for so many full hours since its last attempt, or since it was asked for.
    pub fn waited(&mut self, hours: u32) {
        self.today.spent.add(0, hours);
    }

    /// A refund met NOT ENOUGH that had met it before.
    pub fn refused_again(&mut self) {
        self.today.spent.add(1, 0);
    }

    /// A refund left at `now` of which it was promised that it would by `by`.
    pub fn score(&mut self, by: Timestamp, now: Timestamp) {
        let promises = &mut self.today.promises;
        let sum = if now <= by { &mut promises.kept } else { &mut promises.broken };
        *sum = sum.saturating_add(1);
    }

    /// An accepted refund was closed: its amount is in today's pool again. Source: \[inferred\].
    pub fn returned(&mut self, amount: i64) {
        self.today.returned = self.today.returned.saturating_add(amount);
    }

    /// A refund of `need` met NOT ENOUGH at `now`: less than that is there, of today's money and of what yesterday left.
    pub fn refused(&mut self, need: &Need, now: Timestamp) {
        // If yesterday's alone should have covered it, attempts under way took it, and nothing follows for today's.
        let of_today = need.high.saturating_sub(self.left_of_yesterday());
        let brought = if of_today > 0 { of_today } else { need.high };
        self.look(self.drawn().saturating_add(brought), false, now);
    }

    fn look(&mut self, brought: i64, enough: bool, at: Timestamp) {
        let seen = self.seen();
        told::add(&mut self.today.told, Told { at, brought, seen, enough });
    }
}

/// An upper bound on a pool, learned from NOT ENOUGH.
struct Ceiling {
    /// No more than this is there.
    room: i64,
    /// When the refusal came.
    at: Timestamp,
}

/// How long after NOT ENOUGH nothing as large is tried in the same pool, unless payments filled it.
/// Source: [operations 2.5].
const HOLDS: SignedDuration = SignedDuration::from_mins(5);

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
        pool.refused(&need(300), now());
        assert_eq!(pool.best(), Some(299));
        assert_eq!(pool.refused_until(&need(300), now()), Some(now() + HOLDS));
        assert_eq!(pool.refused_until(&need(200), now()), None);
        pool.paid(None, Some(confirmed(50)));
        assert_eq!(pool.refused_until(&need(300), now()), None);
        assert!(pool.likely_covers(&need(349)));
    }

    #[test]
    fn refusals_of_large_refunds_do_not_bar_small_ones_for_good() {
        let mut pool = pool();
        pool.refused(&need(10), now());
        let later = now() + HOLDS;
        assert_eq!(pool.refused_until(&need(10), later), None);
        pool.refused(&need(900), later);
        assert_eq!(pool.refused_until(&need(10), later), None);
        assert_eq!(pool.refused_until(&need(900), later), Some(later + HOLDS));
    }

    #[test]
    fn an_acceptance_beyond_the_cap_shows_that_the_cap_was_wrong() {
        let mut pool = pool();
        pool.refused(&need(300), now());
        pool.accepted(500, now());
        assert_eq!(pool.refused_until(&need(1_000), now()), None);
    }
}
