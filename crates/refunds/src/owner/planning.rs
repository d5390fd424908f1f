//! Who of the waiting goes now.

use jiff::{SignedDuration, Timestamp};

use super::{LookUp, Output, Owner, Question, UnderWay};
use crate::key::{OrderKey, RefundKey};
use crate::order::OrderNames;
use crate::outcome::{Evidence, Refusal};
use crate::pool::estimate::Pool;
use crate::pool::plan::{Candidate, Verdict, plan};
use crate::refund::{State, Why};
use crate::step::Event;

/// How long a refund sleeps that only an answer or a payment can wake.
const UNTIL_TOLD: SignedDuration = SignedDuration::from_hours(24);

impl Owner {
    /// Looks at the waiting refunds in hand and lets go whom the plan lets go.
    pub(super) fn plan(&mut self, now: Timestamp) {
        self.plan_again = None;
        if self.hand.front() == 0 {
            return;
        }
        if let Err(until) = self.may_submit(now) {
            self.plan_again = until;
            return;
        }
        self.hand.queue.wake_until(now);
        let mut last = None;
        while let Some(rank) = self.hand.queue.next_ready(last.as_ref()).cloned() {
            if !self.has_room_for_a_submission(now) {
                // An answer makes room, or a commit, or the ramp after a halt.
                self.plan_again = self.next_of_ramp(now);
                break;
            }
            let key = rank.2.clone();
            last = Some(rank);
            let is_asked_about = self.hand.refund(&key).is_some_and(|refund| refund.ask_at.is_some());
            if is_asked_about || self.under_way.contains_key(&key) {
                // The answer wakes it.
                self.hand.put_to_sleep(&key, now + UNTIL_TOLD);
                continue;
            }
            match self.verdict(&key, now) {
                Some(Verdict::Go { risky }) => self.release(&key, risky, now),
                Some(Verdict::LookUp) => self.look_up(&key, now),
                Some(Verdict::Wait { why: Why::Rate, until }) => {
                    if let Some(until) = until {
                        self.again_at(until);
                    }
                    if self.nothing_is_certain() {
                        // All that follow would need the same.
                        break;
                    }
                }
                Some(Verdict::Wait { why, until }) => self.hold(&key, why, until, now),
                Some(Verdict::TooOld) => self.refuse_too_old(&key, now),
                Some(Verdict::Stop { until }) => {
                    self.again_at(until);
                    break;
                }
                None => {}
            }
        }
    }

    fn verdict(&mut self, key: &RefundKey, now: Timestamp) -> Option<Verdict> {
        let currency = self.hand.refund(key)?.pool;
        let pool: Pool = *self.pool(currency, now);
        let refund = self.hand.refund(key)?;
        let order = self.hand.order(&refund.order)?;
        let order_is_busy = self.is_busy(&refund.order);
        let candidate = Candidate { refund, order, order_is_busy, mended_at: self.mended_at() };
        Some(plan(candidate, &pool, &mut self.budgets, &self.policy, now))
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
        let Some(known) = self.hand.order(&order) else { return };
        let question = Question::Order {
            order: order.clone(),
            sub_mchid: known.sub_mchid.clone(),
            names: OrderNames {
                out_trade_no: known.out_trade_no.clone(),
                transaction_id: known.transaction_id.clone(),
            },
            currency: known.currency(),
        };
        let since = self.reading.moment();
        self.look_ups.insert(order, LookUp { sub_mchid: known.sub_mchid.clone(), since });
        self.outputs.push(Output::Ask(question));
        self.hand.put_to_sleep(key, now + UNTIL_TOLD);
    }

    fn nothing_is_certain(&self) -> bool {
        self.pools.values().all(|pool| pool.low() <= 0)
    }

    fn again_at(&mut self, at: Timestamp) {
        self.plan_again = Some(self.plan_again.map_or(at, |known| known.min(at)));
    }
}
