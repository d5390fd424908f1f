//! What is due whatever the plan does: questions, resends, deadlines, and refunds whose sender is gone.

use jiff::{SignedDuration, Timestamp};

use super::{Output, Owner, Question, UnderWay};
use crate::batch::{Intent, OrderChange};
use crate::key::RefundKey;
use crate::order::{LastRequest, Order};
use crate::outcome::Evidence;
use crate::pool::budget::burst;
use crate::pool::plan::spaced_until;
use crate::refund::{Refund, State, Why, Withdrawal};
use crate::step::Event;

/// From how many blocked resends on they are put off.
const MANY_BLOCKED: usize = 256;
/// From how many due refunds in hand on no more are read: work for a second, and little enough that a page brings mostly
/// others even if [`MANY_BLOCKED`] are on it.
const ENOUGH_IN_HAND: usize = 128;
/// From how many due refunds in hand on those due last are let go of.
const TOO_MANY_IN_HAND: usize = 2 * super::PAGE;
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
    /// Deals with all that is due in hand, longest due first: so questions are dealt out in turn among all open refunds, and
    /// none is asked about twice before all that were due before it. Source: [refund-logic].
    pub(super) fn run_timers(&mut self, now: Timestamp) {
        let (mut questions_blocked, mut resends_blocked) = (!self.may_ask(now), 0);
        let due: Vec<RefundKey> = self
            .due_in_hand(now)
            .filter(|(key, _)| !self.under_way.contains_key(key))
            .filter(|(_, refund)| !questions_blocked || !waits_for_a_question(refund, now))
            .map(|(key, _)| key.clone())
            .collect();
        for key in due {
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
                if self.stands_still() || resends_blocked > MANY_BLOCKED {
                    // It is asked about again instead, so that it neither fills the hand nor is forgotten.
                    let not_before = Some(now + ASK_AGAIN_WHEN_BLOCKED);
                    self.change(&key, Event::Held { why: Why::Rate, not_before }, Evidence::default(), now);
                }
            }
        }
        self.let_go_of_too_many(now);
    }

    /// Keeps the hand small where more comes in than can be asked about, a flood of notifications perhaps: what is due last
    /// goes back, and is read again when its turn comes.
    fn let_go_of_too_many(&mut self, now: Timestamp) {
        let due = self.hand.timers.iter().take_while(|(at, _)| *at <= now).count();
        if due <= TOO_MANY_IN_HAND {
            return;
        }
        let asking = self.due_in_hand(now).filter(|(_, refund)| waits_for_a_question(refund, now));
        let can_go = |(key, refund): &(&RefundKey, &Refund)| !refund.is_waiting() && !self.is_in_flux(key);
        let last: Vec<RefundKey> =
            asking.skip(ENOUGH_IN_HAND).filter(can_go).map(|(key, _)| key.clone()).collect();
        for key in last {
            self.let_go(&key);
        }
    }

    /// What is due in hand, longest due first.
    fn due_in_hand(&self, now: Timestamp) -> impl Iterator<Item = (&RefundKey, &Refund)> {
        let due = self.hand.timers.iter().take_while(move |(at, _)| *at <= now);
        due.filter_map(|(_, key)| self.hand.refund(key).map(|refund| (key, refund)))
    }

    /// How many due refunds a page that is read now would bring again; a whole page from [`ENOUGH_IN_HAND`] on, because
    /// then it would bring too little that is new.
    ///
    /// To the store a refund is due until the answer about it is on disk. If those that are being asked about were left out
    /// here, one page after the other would be read for nothing while all questions are under way.
    pub(super) fn backlog(&self, now: Timestamp) -> usize {
        let changing = self.committing.as_ref().map_or(0, |batch| batch.changed.len());
        let asking = self.due_in_hand(now).filter(|(_, refund)| refund.is_to_be_asked_about(now));
        let known = changing + asking.take(ENOUGH_IN_HAND).count();
        if known < ENOUGH_IN_HAND { known } else { super::PAGE }
    }

    /// Asks about a refund. Whether a question was left.
    fn ask(&mut self, key: &RefundKey, now: Timestamp) -> bool {
        if !self.may_ask(now) {
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
        self.questions.take(now);
        self.under_way.insert(key.clone(), UnderWay::Question);
        self.outputs.push(Output::Ask(question));
        true
    }

    /// Whether a refund may be asked about now.
    pub(super) fn may_ask(&self, now: Timestamp) -> bool {
        self.has_room_for_a_question() && self.next_question(now) <= now
    }

    /// Whether a question about a refund may be under way besides those that are. While the set-up is at fault none is:
    /// it would be refused like the one before, and refused calls are counted. An eighth is left for look-ups.
    pub(super) fn has_room_for_a_question(&self) -> bool {
        let most = self.policy.queries_in_flight;
        !self.asks_in_vain() && self.questions_under_way() < most - most / 8
    }

    /// From when on a call is left for a question about a refund, and one more for whoever cannot wait behind a backlog: a
    /// new refund whose order must be asked about before it is sent.
    pub(super) fn next_question(&self, now: Timestamp) -> Timestamp {
        let mut questions = self.questions.clone();
        let first = questions.next(now);
        // Where the limit is so low that no two are ever saved up there is nothing to spare.
        if burst(self.policy.calls_per_second / 4) < 2 {
            return first;
        }
        questions.take(first);
        questions.next(first)
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
        let waited = self.hand.refund(key).map_or(SignedDuration::ZERO, |refund| refund.waited(now));
        let full_hours = u32::try_from(waited.as_hours()).unwrap_or(0);
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
        let estimate = self.pool(pool, now);
        estimate.promised += promised;
        if full_hours > 0 {
            estimate.waited(full_hours);
            self.pending.pools.insert(pool);
        }
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
        wake.extend(self.next_list(now));
        let waits = self.hand.front() > 0;
        // A new day empties the pools, and what waits is planned afresh.
        wake.extend(waits.then(|| wechatpay::china::ChinaDay::of(now).end()));
        wake.extend(self.hand.timers.iter().map(|(at, _)| *at).find(|&at| at > now));
        let due = self.due_in_hand(now).filter(|(key, _)| !self.under_way.contains_key(key));
        let (asking, others): (Vec<_>, Vec<_>) =
            due.map(|(key, refund)| (key, waits_for_a_question(refund, now))).partition(|(_, asks)| *asks);
        let mut asks = !asking.is_empty();
        let others: Vec<RefundKey> = others.into_iter().map(|(key, _)| key.clone()).collect();
        for key in others {
            match self.resend_blocked(&key, now) {
                Some(Blocked::ByLookUp) => asks = true,
                Some(Blocked::Until(until)) => wake.push(until),
                Some(Blocked::UntilTold) | None => {}
            }
        }
        wake.extend((asks && self.has_room_for_a_question()).then(|| self.next_question(now)));
        wake.into_iter().min().map(|at| at.max(now))
    }
}

/// Whether the next thing to do about a due refund is to ask about it.
fn waits_for_a_question(refund: &Refund, now: Timestamp) -> bool {
    let comes_first = is_past_deadline(refund, now) || matches!(refund.state, State::Submitting { .. });
    refund.is_to_be_asked_about(now) && !comes_first
}

fn is_past_deadline(refund: &Refund, now: Timestamp) -> bool {
    refund.is_withdrawable() && refund.deadline.is_some_and(|deadline| deadline <= now)
}
