//! Who of the waiting goes now.

use jiff::{SignedDuration, Timestamp};
use wechatpay::money::Currency;

use super::{Owner, UnderWay};
use crate::key::{OrderKey, RefundKey};
use crate::need::NeedSource;
use crate::outcome::{Evidence, Refusal};
use crate::policy::Planning;
use crate::pool::explain::{LIKELY_ENOUGH, looks_again};
use crate::pool::plan::{Candidate, Verdict, plan};
use crate::refund::{Attention, Promise, Reason, Refund, State, Why};
use crate::step::Event;

/// How long a refund sleeps that only an answer or a payment can wake.
const UNTIL_TOLD: SignedDuration = SignedDuration::from_hours(24);

/// How many refunds are looked at in one go: each look may search a day for the best time.
const LOOKS: usize = 16;
/// When those are looked at that were too many.
const NEXT_LOOKS: SignedDuration = SignedDuration::from_millis(1);

/// Whether to look at further refunds.
enum Further {
    Yes,
    No,
}

impl Owner {
    /// Looks at the waiting refunds in hand and lets go whom the plan lets go.
    pub(super) fn plan(&mut self, now: Timestamp) {
        self.plan_again = None;
        if self.taking.is_some() {
            // Who comes first is not known before all of the page are in hand.
            self.plan_again = Some(now + NEXT_LOOKS);
            return;
        }
        if self.hand.front() == 0 {
            self.refilled.clear();
            return;
        }
        if let Err(until) = self.may_submit(now) {
            self.plan_again = until;
            return;
        }
        self.hand.queue.wake_until(now);
        self.reserve(now);
        let mut looks = LOOKS;
        // Who has waited goes before who has just come.
        if let Further::Yes = self.plan_refilled(&mut looks, now) {
            self.plan_ready(&mut looks, now);
        }
        if looks == 0 {
            self.again_at(now + NEXT_LOOKS);
        }
    }

    /// Looks at the refunds that are ready to be looked at, by rank.
    fn plan_ready(&mut self, looks: &mut usize, now: Timestamp) {
        let mut last = None;
        while *looks > 0
            && let Some(rank) = self.hand.queue.next_ready(last.as_ref()).cloned()
        {
            let key = rank.key.clone();
            last = Some(rank);
            if let Further::No = self.look_at(&key, now) {
                return;
            }
            *looks -= 1;
        }
    }

    /// Looks at the sleepers that fit a pool whose figures have changed, by rank.
    fn plan_refilled(&mut self, looks: &mut usize, now: Timestamp) -> Further {
        while let Some((pool, from)) =
            self.refilled.first_key_value().map(|(pool, from)| (*pool, from.clone()))
        {
            if from.is_none()
                && let Some(key) = self.kept_for(pool).cloned()
            {
                self.hand.queue.wake(&key);
                if let Further::No = self.look_at(&key, now) {
                    return Further::No;
                }
            }
            let mut last = from;
            while let Some(room) = self.room(pool, now)
                && let Some(rank) = self.hand.queue.first_fitting(pool, room, last.as_ref())
            {
                if *looks == 0 {
                    // The next go begins where this one ends.
                    self.refilled.insert(pool, last);
                    return Further::No;
                }
                let key = rank.key.clone();
                last = Some(rank);
                self.hand.queue.wake(&key);
                if let Further::No = self.look_at(&key, now) {
                    return Further::No;
                }
                *looks -= 1;
            }
            self.refilled.remove(&pool);
        }
        Further::Yes
    }

    /// Up to which need it is worth looking at the sleepers of a pool; none if they wait for their time alone.
    fn room(&mut self, currency: Currency, now: Timestamp) -> Option<i64> {
        if self.policy.planning != Planning::ByPool {
            return None;
        }
        self.heed(currency);
        let pool = self.pools.get(&currency)?;
        match self.outlooks.get(&currency) {
            None => pool.best(),
            Some(outlook) => Some(match outlook.belief(pool) {
                Some(belief) => belief.room(self.policy.go_at()),
                None => outlook.room_unseen(pool, now),
            }),
        }
    }

    /// Looks at one refund that is ready.
    fn look_at(&mut self, key: &RefundKey, now: Timestamp) -> Further {
        if !self.has_room_for_a_submission(now) {
            // An answer makes room, or a commit, or the ramp after a halt.
            self.plan_again = self.next_of_ramp(now);
            return Further::No;
        }
        let is_asked_about = self.hand.refund(key).is_some_and(|refund| refund.ask_at.is_some());
        if is_asked_about || self.under_way.contains_key(key) {
            // The answer wakes it.
            self.hand.put_to_sleep(key, now + UNTIL_TOLD);
            return Further::Yes;
        }
        match self.verdict(key, now) {
            Some(Verdict::Go { risky }) => self.release(key, risky, now),
            Some(Verdict::LookUp) => self.look_up(key, now),
            Some(Verdict::Wait { why: Why::Rate, until }) => {
                if let Some(until) = until {
                    self.again_at(until);
                }
                if self.nothing_is_certain() {
                    // All that follow would need the same.
                    return Further::No;
                }
            }
            Some(Verdict::Wait { why, until }) => self.hold(key, why, until, now),
            Some(Verdict::TooOld) => self.refuse_too_old(key, now),
            Some(Verdict::Stop { until }) => {
                self.again_at(until);
                return Further::No;
            }
            None => {}
        }
        Further::Yes
    }

    fn verdict(&mut self, key: &RefundKey, now: Timestamp) -> Option<Verdict> {
        let currency = self.hand.refund(key)?.pool;
        self.pool(currency, now);
        self.heed(currency);
        let order_is_busy = self.is_busy(&self.hand.refund(key)?.order);
        let refund = self.hand.refund(key)?;
        let order = self.hand.order(&refund.order)?;
        let is_kept_for = self.is_kept_for(currency, key);
        let candidate = Candidate { refund, order, order_is_busy, mended_at: self.mended_at(), is_kept_for };
        let (pool, outlook) = (self.pools.get(&currency)?, self.outlooks.get(&currency));
        Some(plan(candidate, pool, outlook, &mut self.budgets, &self.policy, now))
    }

    /// What is promised to a refund that begins to wait for funds, and whether a day in sight is likely to bring enough.
    pub(super) fn foresee(&mut self, refund: &mut Refund, now: Timestamp) {
        let waits_for_funds = matches!(refund.state, State::Waiting { why: Why::Funds | Why::Plan, .. });
        let is_planned = self.policy.planning == Planning::ByPool;
        if !is_planned
            || !waits_for_funds
            || refund.promise.is_some()
            || refund.need.source == NeedSource::Unknown
        {
            return;
        }
        self.heed(refund.pool);
        let (Some(outlook), Some(pool)) = (self.outlooks.get(&refund.pool), self.pools.get(&refund.pool))
        else {
            return;
        };
        let need = refund.need.high;
        let ahead = self.hand.queue.waiting_before(refund.pool, need);
        let leaving = outlook.leaving(need, ahead, pool, now);
        refund.promise = leaving.with(outlook.level(pool)).map(|by| Promise { made_at: now, by });
        let is_likely = |fits: f64| fits >= LIKELY_ENOUGH;
        if refund.attention.is_none() && !outlook.fits_by_day(need, pool, now).any(is_likely) {
            refund.attention = Some(Attention { reason: Reason::NoDayFits, since: now });
        }
    }

    /// After NOT ENOUGH an hour is set, for want of anything better: where a forecast decides, it is the time at which that looks
    /// again.
    pub(super) fn date(&mut self, refund: &mut Refund, now: Timestamp) {
        let State::Waiting { why: Why::Funds, since, not_before: Some(_) } = refund.state else { return };
        self.heed(refund.pool);
        let is_planned =
            self.policy.planning == Planning::ByPool && refund.need.source != NeedSource::Unknown;
        let (outlook, pool) = (self.outlooks.get(&refund.pool), self.pools.get(&refund.pool));
        if let (Some(outlook), Some(pool)) = (outlook, pool)
            && is_planned
            && since == now
        {
            let not_before = Some(looks_again(refund, pool, outlook, &self.policy, now));
            refund.state = State::Waiting { why: Why::Funds, since, not_before };
        }
    }

    /// Takes in what answers have told of a pool, if that is what is planned by.
    pub(super) fn heed(&mut self, currency: Currency) {
        if self.policy.planning == Planning::ByPool
            && let (Some(outlook), Some(pool)) = (self.outlooks.get_mut(&currency), self.pools.get(&currency))
        {
            outlook.heed(pool);
        }
    }

    /// Two requests for one order are never under way together, nor one while its names are being cleared up.
    fn is_busy(&self, order: &OrderKey) -> bool {
        self.look_ups.contains_key(order)
            || self
                .hand
                .refunds_of(order)
                .any(|key| matches!(self.under_way.get(key), Some(UnderWay::Submission { .. })))
    }

    /// Keeps a refund back. Only what a person would want to know is written down.
    fn hold(&mut self, key: &RefundKey, why: Why, until: Option<Timestamp>, now: Timestamp) {
        let Some(refund) = self.hand.refund(key) else { return };
        let is_new = match refund.state {
            State::Queued => until.is_some(),
            State::Waiting { why: known, .. } => known != why && until.is_some() && why != Why::Spacing,
            _ => false,
        };
        if is_new {
            self.change(key, Event::Held { why, not_before: until }, Evidence::default(), now);
        }
        self.hand.put_to_sleep(key, until.unwrap_or(now + UNTIL_TOLD));
    }

    fn refuse_too_old(&mut self, key: &RefundKey, now: Timestamp) {
        let refusal = Refusal {
            code: "order_too_old".into(),
            message: "The order was paid more than 365 days ago.".into(),
        };
        self.change(key, Event::Refused(refusal), Evidence::default(), now);
    }

    /// Asks WeChat Pay about the order of a refund whose need is only roughly known, if nobody has asked yet.
    pub(super) fn look_up_once(&mut self, key: &RefundKey, now: Timestamp) {
        let Some(order) = self.hand.refund(key).map(|refund| &refund.order) else { return };
        if !self.is_busy(order) && self.hand.order(order).is_some_and(|order| !order.looked_up) {
            self.look_up(key, now);
        }
    }

    /// Asks WeChat Pay about the order of a refund, now or as soon as a question is left.
    pub(super) fn look_up(&mut self, key: &RefundKey, now: Timestamp) {
        let Some(order) = self.hand.refund(key).map(|refund| refund.order.clone()) else { return };
        if let Some(&after) = self.look_up_after.get(&order).filter(|&&after| after > now) {
            self.hand.put_to_sleep(key, after);
            return;
        }
        if self.questions_under_way() >= self.policy.queries_in_flight {
            // An answer makes room.
            return;
        }
        if !self.questions.take(now) {
            self.again_at(self.questions.next(now));
            return;
        }
        self.ask_about_order(&order);
        self.hand.put_to_sleep(key, now + UNTIL_TOLD);
    }

    fn nothing_is_certain(&self) -> bool {
        self.pools.values().all(|pool| pool.low() <= 0)
    }

    fn again_at(&mut self, at: Timestamp) {
        self.plan_again = Some(self.plan_again.map_or(at, |known| known.min(at)));
    }
}
