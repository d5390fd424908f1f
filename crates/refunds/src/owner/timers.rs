//! What is due whatever the plan does: questions, resends, deadlines, and refunds whose sender is gone.

use jiff::{SignedDuration, Timestamp};

use super::{Output, Owner, Question, UnderWay};
use crate::batch::{Intent, OrderChange};
use crate::key::RefundKey;
use crate::order::{LastRequest, Order};
use crate::outcome::Evidence;
use crate::pool::plan::spaced_until;
use crate::refund::{Refund, State, Why, Withdrawal};
use crate::step::Event;

/// From how many blocked resends on they are put off.
const MANY_BLOCKED: usize = 256;
/// When a refund is asked about again that should have been sent again and could not be.
const ASK_AGAIN_WHEN_BLOCKED: SignedDuration = SignedDuration::from_mins(10);

/// Why a due refund could not be dealt with now.
enum Blocked {
    /// Until this time.
    Until(Timestamp),
    /// Until something else happens.
    UntilTold,
    /// Until its order has been asked about.
    ByLookUp,
}

impl Owner {
    /// Deals with all that is due in hand, longest due first.
    pub(super) fn run_timers(&mut self, now: Timestamp) {
        let due: Vec<RefundKey> =
            self.hand.timers.iter().take_while(|(at, _)| *at <= now).map(|(_, key)| key.clone()).collect();
        let (mut questions_blocked, mut resends_blocked) = (false, 0);
        for key in due {
            if self.under_way.contains_key(&key) {
                continue;
            }
            let Some(refund) = self.hand.refund(&key) else { continue };
            if is_past_deadline(refund, now) {
                self.change(&key, Event::Withdrawn(Withdrawal::Deadline), Evidence::default(), now);
            } else if matches!(refund.state, State::Submitting { .. }) {
                self.change(&key, Event::Orphaned, Evidence::default(), now);
                // Its request may have left just before its sender was gone: the minute counts from now.
                self.note_request(&key, now);
            } else if refund.is_to_be_asked_about(now) {
                questions_blocked = questions_blocked || !self.ask(&key, now);
            } else if !self.resend(&key, now) {
                resends_blocked += 1;
                if self.may_submit(now) == Err(None) || resends_blocked > MANY_BLOCKED {
                    // It is asked about again instead, so that it neither fills the hand nor is forgotten.
                    let not_before = Some(now + ASK_AGAIN_WHEN_BLOCKED);
                    self.change(&key, Event::Held { why: Why::Rate, not_before }, Evidence::default(), now);
                }
            }
        }
    }

    /// How many refunds in hand are due and can be dealt with as soon as there is a question for them.
    pub(super) fn backlog(&self, now: Timestamp) -> usize {
        let due = self.hand.timers.iter().take_while(|(at, _)| *at <= now);
        due.filter(|(_, key)| !self.under_way.contains_key(key))
            .filter(|(_, key)| self.hand.refund(key).is_some_and(|refund| refund.is_to_be_asked_about(now)))
            .take(super::PAGE)
            .count()
    }

    /// Asks about a refund. Whether a question was left.
    fn ask(&mut self, key: &RefundKey, now: Timestamp) -> bool {
        if self.questions_under_way() >= self.policy.queries_in_flight || !self.questions.take(now) {
            return false;
        }
        let Some(refund) = self.hand.refund(key) else { return true };
        let question = Question::Refund {
            refund: key.clone(),
            upstream_no: refund.upstream_no.clone(),
            wire: refund.request.wire(),
            sub_mchid: refund.identity.sub_mchid.clone(),
            currency: refund.amount.currency(),
            order: self.hand.order(&refund.order).map(Order::names),
            asked_at: now,
        };
        self.under_way.insert(key.clone(), UnderWay::Question);
        self.outputs.push(Output::Ask(question));
        true
    }

    /// Sends the same number again after a query found nothing under it. Whether something was done about it.
    fn resend(&mut self, key: &RefundKey, now: Timestamp) -> bool {
        match self.resend_blocked(key, now) {
            None => {}
            Some(Blocked::ByLookUp) => {
                self.look_up(key, now);
                return true;
            }
            Some(Blocked::Until(_) | Blocked::UntilTold) => return false,
        }
        let Some(refund) = self.hand.refund(key) else { return true };
        let (pool, need) = (refund.pool, refund.need);
        let risky = !self.pool(pool, now).covers(&need);
        if risky {
            self.budgets.refusals.take(now);
        }
        if let Some(order) = self.hand.refund(key).and_then(|refund| self.hand.order(&refund.order)) {
            self.budgets.take_submission(order, now);
        }
        self.release(key, risky, now);
        true
    }

    /// What keeps a due resend back.
    fn resend_blocked(&mut self, key: &RefundKey, now: Timestamp) -> Option<Blocked> {
        match self.may_submit(now) {
            Err(Some(until)) => return Some(Blocked::Until(until)),
            Err(None) => return Some(Blocked::UntilTold),
            Ok(()) => {}
        }
        if !self.has_room_for_a_submission(now) {
            return Some(Blocked::UntilTold);
        }
        let refund = self.hand.refund(key)?;
        let order = self.hand.order(&refund.order)?;
        let next = self.budgets.next_submission(order, now);
        if next > now {
            return Some(Blocked::Until(next));
        }
        if self.look_ups.contains_key(&refund.order) {
            return Some(Blocked::UntilTold);
        }
        if order.needs_look_up() {
            let after = self.look_up_after.get(&refund.order).copied().filter(|&after| after > now);
            return Some(after.map_or(Blocked::ByLookUp, Blocked::Until));
        }
        if let Some(until) = spaced_until(refund, order, &self.policy, now).filter(|&until| until > now) {
            return Some(Blocked::Until(until));
        }
        let (pool, need) = (refund.pool, refund.need);
        if !self.pool(pool, now).covers(&need) && !self.budgets.refusals.any(now) {
            return Some(self.budgets.refusals.next().map_or(Blocked::UntilTold, Blocked::Until));
        }
        None
    }

    /// Decides on an attempt: its intent goes to disk with the batch, and its request leaves after that.
    pub(super) fn release(&mut self, key: &RefundKey, risky: bool, now: Timestamp) {
        if !self.change(key, Event::Released { signed_at: now }, Evidence::default(), now) {
            return;
        }
        let Some(refund) = self.hand.refund(key) else { return };
        let promised =
            if refund.need.source == crate::need::NeedSource::Unknown { 0 } else { refund.need.high };
        let (attempt, pool) = (refund.attempts.count, refund.pool);
        let intent = Intent {
            refund: key.clone(),
            upstream_no: refund.upstream_no.clone(),
            attempt,
            signed_at: now,
            request: refund.request.clone(),
        };
        self.pool(pool, now).promised += promised;
        self.under_way.insert(key.clone(), UnderWay::Submission { attempt, risky, pool, promised });
        self.pending.intents.push(intent);
        self.note_request(key, now);
    }

    /// Notes that a request for a refund went out or was answered now.
    pub(super) fn note_request(&mut self, key: &RefundKey, now: Timestamp) {
        let Some(refund) = self.hand.refund(key) else { return };
        let last_request = LastRequest { at: now, upstream_no: refund.upstream_no.clone() };
        let change = OrderChange::of(refund.order.clone());
        self.change_order(OrderChange { last_request: Some(last_request), ..change });
    }

    /// When the owner must be woken, if nothing else happens.
    pub(super) fn next_wake(&mut self, now: Timestamp) -> Option<Timestamp> {
        let mut wake: Vec<Timestamp> = vec![];
        // With a page of due refunds in hand no more are read; the timers say when one of them is dealt with.
        let reads = self.reading.due.is_none() && self.backlog(now) < super::PAGE;
        wake.extend(self.stored_due.filter(|&due| reads || due > now));
        wake.extend(self.plan_again);
        wake.extend(self.reading.front_again);
        let sleeps_until = self.hand.queue.first_wake();
        wake.extend(sleeps_until.filter(|_| self.may_submit(now).is_ok()));
        wake.extend(self.next_probe());
        let waits = self.hand.front() > 0;
        // A new day empties the pools, and what waits is planned afresh.
        wake.extend(waits.then(|| wechatpay::china::ChinaDay::of(now).end()));
        let first = || self.hand.timers.iter().take(2 * super::PAGE);
        wake.extend(first().map(|(at, _)| *at).find(|&at| at > now));
        let due: Vec<RefundKey> =
            first().take_while(|(at, _)| *at <= now).map(|(_, key)| key.clone()).collect();
        for key in due {
            if self.under_way.contains_key(&key) {
                continue;
            }
            let asks = self.hand.refund(&key).is_some_and(|refund| refund.is_to_be_asked_about(now));
            let blocked = self.resend_blocked(&key, now);
            if asks || matches!(blocked, Some(Blocked::ByLookUp)) {
                let capped = self.questions_under_way() >= self.policy.queries_in_flight;
                wake.extend((!capped).then(|| self.questions.next(now)));
            } else if let Some(Blocked::Until(until)) = blocked {
                wake.push(until);
            }
        }
        wake.into_iter().min().map(|at| at.max(now))
    }
}

fn is_past_deadline(refund: &Refund, now: Timestamp) -> bool {
    refund.is_withdrawable() && refund.deadline.is_some_and(|deadline| deadline <= now)
}
