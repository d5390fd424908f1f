//! What comes back from WeChat Pay.

use jiff::Timestamp;
use wechatpay::china::ChinaDay;

use super::{Fact, Load, Output, Owner, Page, UnderWay};
use crate::key::RefundKey;
use crate::need::NeedSource;
use crate::outcome::{Evidence, QueryOutcome, SubmitOutcome};
use crate::pool::estimate::Pool;
use crate::step::Event;

impl Owner {
    pub(super) fn take_fact(&mut self, fact: Fact, now: Timestamp) {
        match fact {
            Fact::Answered { refund, attempt, outcome, evidence } => {
                if self.hand.refund(&refund).is_none() {
                    self.park(refund.clone(), Fact::Answered { refund, attempt, outcome, evidence });
                } else {
                    self.answered(&refund, attempt, outcome, evidence, now);
                    self.let_go_if_settled(&refund, now);
                }
            }
            Fact::Asked { refund, asked_at, outcome, evidence } => {
                if self.hand.refund(&refund).is_none() {
                    self.park(refund.clone(), Fact::Asked { refund, asked_at, outcome, evidence });
                } else {
                    self.asked(&refund, asked_at, outcome, evidence, now);
                    self.let_go_if_settled(&refund, now);
                }
            }
            Fact::OrderAsked { order, outcome } => self.order_asked(&order, outcome, now),
            Fact::Listed { order, offset, asked_at, outcome } => {
                self.listed(&order, (offset, asked_at), outcome, now)
            }
            Fact::Probed(outcome) => self.probed(outcome, now),
        }
    }

    /// Refunds that answers were waiting for have been read.
    pub(super) fn take_refunds(&mut self, page: Page, now: Timestamp) {
        let since = self.reading.refunds_came();
        self.put_page(page, since, now);
        let (here, still) = std::mem::take(&mut self.parked)
            .into_iter()
            .partition(|(key, _)| self.hand.refund(key).is_some());
        self.parked = still;
        let here: std::collections::BTreeMap<RefundKey, Vec<Fact>> = here;
        for fact in here.into_values().flatten() {
            self.take_fact(fact, now);
        }
        self.forget_what_was_let_go();
        // What was let go of while the page was on its way is read again.
        if !self.reading.awaits_refunds() {
            self.ask_for_parked();
        }
    }

    /// Asks for the refunds that answers wait for.
    pub(super) fn ask_for_parked(&mut self) {
        if !self.parked.is_empty() {
            let keys = self.parked.keys().cloned().collect();
            self.reading.refunds_asked_for();
            self.outputs.push(Output::Load(Load::Refunds(keys)));
        }
    }

    /// Keeps an answer until its refund is in hand: it may be the only one that says that money went out.
    fn park(&mut self, refund: RefundKey, fact: Fact) {
        let facts = self.parked.entry(refund.clone()).or_default();
        facts.push(fact);
        if facts.len() == 1 && self.phase == super::Phase::Deciding {
            self.reading.refunds_asked_for();
            self.outputs.push(Output::Load(Load::Refunds(vec![refund])));
        }
    }

    fn answered(
        &mut self,
        key: &RefundKey,
        attempt: u32,
        outcome: SubmitOutcome,
        evidence: Evidence,
        now: Timestamp,
    ) {
        let landed = self.land_submission(key, attempt, &outcome, now);
        let Some(refund) = self.hand.refund(key) else { return };
        let (order, sub_mchid, pool) = (refund.order.clone(), refund.identity.sub_mchid.clone(), refund.pool);
        let signed_at = refund.attempts.last_signed_at.unwrap_or(now);
        let (need, is_first) = (refund.need, refund.attempts.count == 1);
        self.note_request(key, now);
        match &outcome {
            SubmitOutcome::NotEnough => {
                self.set_up_is_fine(signed_at, now);
                // A refusal that crossed midnight speaks of a pool that is gone.
                if ChinaDay::of(signed_at) == ChinaDay::of(now) {
                    self.heed_refusal_at_night(pool, &need, now);
                    let estimate = self.pool(pool, now);
                    estimate.refused(&need, now);
                    if !is_first {
                        estimate.refused_again();
                    }
                    self.pool_changed(pool);
                }
            }
            SubmitOutcome::SlowDown => self.budgets.submissions.slow_down(now + self.policy.slow_for),
            SubmitOutcome::Misconfigured(fault) => self.fault(*fault, signed_at, sub_mchid, now),
            SubmitOutcome::Accepted(_) | SubmitOutcome::Refused(_) | SubmitOutcome::NumberTaken => {
                self.set_up_is_fine(signed_at, now);
            }
            SubmitOutcome::Unclear => {}
        }
        let is_short = outcome == SubmitOutcome::NotEnough;
        self.change(key, Event::Answered { attempt, outcome }, evidence, now);
        if is_short && need.source != NeedSource::Exact {
            self.look_up_once(key, now);
        }
        if landed {
            self.hand.wake_order(&order);
        }
    }

    /// Takes a submission out of those under way and gives back what it held. Whether it was the one that was.
    fn land_submission(
        &mut self,
        key: &RefundKey,
        attempt: u32,
        outcome: &SubmitOutcome,
        now: Timestamp,
    ) -> bool {
        let Some(&UnderWay::Submission { attempt: sent, risky, pool, promised }) = self.under_way.get(key)
        else {
            return false;
        };
        if sent != attempt {
            return false;
        }
        self.under_way.remove(key);
        if let Some(Pool { promised: sum, .. }) = self.pools.get_mut(&pool) {
            *sum -= promised;
        }
        match outcome {
            SubmitOutcome::Accepted(_) if risky => self.budgets.refusals.accepted(),
            SubmitOutcome::Accepted(_) => {}
            SubmitOutcome::Unclear if !risky => {}
            _ if !risky => self.budgets.refusals.charge(now),
            SubmitOutcome::NotEnough
            | SubmitOutcome::Refused(_)
            | SubmitOutcome::Unclear
            | SubmitOutcome::SlowDown
            | SubmitOutcome::Misconfigured(_)
            | SubmitOutcome::NumberTaken => self.budgets.refusals.refused(now),
        }
        true
    }

    fn asked(
        &mut self,
        key: &RefundKey,
        asked_at: Timestamp,
        outcome: QueryOutcome,
        evidence: Evidence,
        now: Timestamp,
    ) {
        if self.under_way.get(key) == Some(&UnderWay::Question) {
            self.under_way.remove(key);
        }
        match &outcome {
            QueryOutcome::Misconfigured(fault) => {
                let sub_mchid = self.hand.refund(key).and_then(|refund| refund.identity.sub_mchid.clone());
                self.fault(*fault, asked_at, sub_mchid, now);
            }
            QueryOutcome::SlowDown => self.questions.slow_down(now + self.policy.slow_for),
            QueryOutcome::Found(_) | QueryOutcome::Another | QueryOutcome::Absent | QueryOutcome::Unclear => {
            }
        }
        self.change(key, Event::Asked { asked_at, outcome }, evidence, now);
        if let Some(order) = self.hand.refund(key).map(|refund| refund.order.clone()) {
            self.hand.wake_order(&order);
        }
    }
}
