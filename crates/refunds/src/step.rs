//! What happens next to one refund. Reads nothing but its arguments.
//!
//! Three rules shape every arm:
//! - A number is never changed and never declared dead without proof, so an unclear answer leads to a question and then
//!   to the same bytes again.
//! - That WeChat Pay took a refund is believed whenever and by whatever way it is proven, whatever the state.
//! - A refusal of one attempt says nothing about an earlier attempt that stayed unclear.

use jiff::{SignedDuration, Timestamp};
use wechatpay::calendar::Calendar;

use crate::confirm;
use crate::outcome::{Fault, QueryOutcome, Receipt, Refusal, Report, Standing, SubmitOutcome};
use crate::policy::{Policy, pause};
use crate::refund::{Absence, Acceptance, Attention, Reason, Refund, State, Toward, Why, Withdrawal};

/// What happened to a refund.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Event {
    /// It may go now; its request will bear this time stamp, whenever it really leaves.
    Released {
        /// The time stamp of the signature.
        signed_at: Timestamp,
    },
    /// The planner keeps it back.
    Held {
        /// Why.
        why: Why,
        /// Until when at least.
        not_before: Option<Timestamp>,
    },
    /// An attempt was answered, or its time ran out.
    Answered {
        /// Which one.
        attempt: u32,
        /// With what.
        outcome: SubmitOutcome,
    },
    /// It was found in `submitting` by somebody who did not send it.
    Orphaned,
    /// WeChat Pay was asked about it.
    Asked {
        /// When the question was decided on; no later than it left.
        asked_at: Timestamp,
        /// What came back.
        outcome: QueryOutcome,
    },
    /// A verified notification that is taken as proof.
    Told(Report),
    /// Ask WeChat Pay now: a notification came, or somebody wants to know.
    AskNow,
    /// The store was put back from a backup: until then its number may have been sent, whatever is known of it.
    Restored {
        /// When that was.
        at: Timestamp,
    },
    /// It is no longer wanted.
    Withdrawn(Withdrawal),
    /// It cannot be paid and was never attempted, as far as is known.
    Refused(Refusal),
    /// Somebody wants it planned afresh now.
    Retried,
    /// The payer has been paid outside of WeChat Pay.
    Settled,
}

/// What a step was caused by, for the journal.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Cause {
    /// It was taken in.
    Created,
    /// First attempt, or one after a wait.
    Released,
    /// The same number again after an unclear answer.
    Resent,
    /// The planner keeps it back.
    Held,
    /// WeChat Pay took it.
    Accepted,
    /// NOT ENOUGH.
    NotEnough,
    /// Refused for good.
    Refused,
    /// No clear answer.
    Unclear,
    /// A rate limit was met.
    SlowDown,
    /// The merchant id's set-up is at fault.
    Misconfigured,
    /// The number stands for something else.
    NumberTaken,
    /// Its sender is gone.
    Orphaned,
    /// A query found it.
    Found,
    /// A query found nothing.
    Absent,
    /// A query brought nothing.
    AskedInVain,
    /// A verified notification.
    Told,
    /// A query was brought forward.
    AskNow,
    /// The store was put back from a backup.
    Restored,
    /// It was withdrawn.
    Withdrawn,
    /// Somebody wants it planned afresh.
    Retried,
    /// A person has paid the payer outside of WeChat Pay.
    Settled,
}

/// The rules and figures that hold for a refund.
#[derive(Debug, Clone, Copy)]
pub struct Rules<'a> {
    /// The figures.
    pub policy: &'a Policy,
    /// China's business days.
    pub calendar: &'a Calendar,
}

/// A refund after an event, and why it changed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Step {
    /// The refund as it is now. Its version has grown by one.
    pub refund: Refund,
    /// What caused the change.
    pub cause: Cause,
}

/// The refund after `event`; `None` if the event changes nothing, e.g. old news.
pub fn step(refund: &Refund, event: Event, now: Timestamp, rules: Rules<'_>) -> Option<Step> {
    let mut next = refund.clone();
    let cause = match event {
        Event::Released { signed_at } => next.release(signed_at, rules)?,
        Event::Held { why, not_before } => next.hold(why, not_before, now)?,
        Event::Answered { attempt, outcome } => next.answered(attempt, outcome, now, rules)?,
        Event::Orphaned => next.orphaned(now)?,
        Event::Asked { asked_at, outcome } => next.asked(asked_at, outcome, now, rules)?,
        Event::Told(report) => next.told(&report, now, rules)?,
        Event::AskNow => next.ask_now(now)?,
        Event::Restored { at } => next.restored(at, now, rules)?,
        Event::Withdrawn(withdrawal) => next.withdraw(withdrawal, now)?,
        Event::Refused(refusal) => next.refuse_unattempted(refusal, now)?,
        Event::Retried => next.retry()?,
        Event::Settled => next.settle()?,
    };
    next.result_at = result_at(refund, &next, now);
    next.version += 1;
    Some(Step { refund: next, cause })
}

/// When the result of `after` became known, if it has one; see [`Refund::result_at`].
fn result_at(before: &Refund, after: &Refund, now: Timestamp) -> Option<Timestamp> {
    match (&before.state, &after.state) {
        (State::Succeeded { .. }, State::Succeeded { .. }) | (State::Closed(_), State::Closed(_)) => {
            before.result_at
        }
        (_, State::Succeeded { .. }) => Some(now),
        (_, State::Closed(acceptance)) => Some(before.acceptance().map_or(acceptance.at, |_| now)),
        _ => None,
    }
}

/// When a refund was accepted: what WeChat Pay says of it, unless that lies in the future, where no deadline can be counted
/// from; else now.
fn accepted_at(said: Option<Timestamp>, now: Timestamp) -> Timestamp {
    said.filter(|at| at.duration_since(now) <= SignedDuration::from_hours(24)).unwrap_or(now)
}

impl Refund {
    fn release(&mut self, signed_at: Timestamp, rules: Rules<'_>) -> Option<Cause> {
        let (unclear_since, resent, cause) = match self.state {
            State::Queued | State::Waiting { .. } => (None, 0, Cause::Released),
            State::Unclear { since, resent, .. } => (Some(since), resent + 1, Cause::Resent),
            _ => return None,
        };
        self.attempts = self.attempts.and_one(signed_at, rules.policy.request_life);
        self.state = State::Submitting { unclear_since, resent };
        self.ask_at = None;
        Some(cause)
    }

    fn hold(&mut self, why: Why, not_before: Option<Timestamp>, now: Timestamp) -> Option<Cause> {
        let since = match self.state {
            State::Queued => now,
            State::Waiting { why: before, since, .. } if before == why => since,
            State::Waiting { .. } => now,
            State::Unclear { since, resent, resend_at: Some(_) } => {
                // Nothing is sent for longer: ask again instead, so that it is not forgotten.
                self.state = State::Unclear { since, resent, resend_at: None };
                self.ask_at = not_before;
                return Some(Cause::Held);
            }
            _ => return None,
        };
        let held = State::Waiting { why, since, not_before };
        if self.state == held {
            return None;
        }
        self.state = held;
        Some(Cause::Held)
    }

    fn answered(
        &mut self,
        attempt: u32,
        outcome: SubmitOutcome,
        now: Timestamp,
        rules: Rules<'_>,
    ) -> Option<Cause> {
        if let SubmitOutcome::Accepted(receipt) = outcome {
            return self.accepted(receipt, now, rules);
        }
        // Only the newest attempt's answer decides what comes next; older ones are superseded by what followed.
        if attempt != self.attempts.count {
            return None;
        }
        let withdrawing = match &self.state {
            State::Submitting { .. } | State::Unclear { .. } => false,
            State::Withdrawing { .. } => true,
            _ => return None,
        };
        match outcome {
            // Handled above.
            SubmitOutcome::Accepted(_) => None,
            SubmitOutcome::NotEnough => {
                if !withdrawing {
                    let pause = rules.policy.pause_after_not_enough(self.key.as_str(), self.attempts.count);
                    self.wait(Why::Funds, Some(now + pause), now);
                }
                Some(Cause::NotEnough)
            }
            SubmitOutcome::Refused(refusal) => {
                self.attempts = self.attempts.last_refused();
                if !withdrawing {
                    self.state = State::Withdrawing { toward: Toward::Rejected(refusal), since: now };
                }
                self.ask_at = Some(self.attempts.dead_from(now));
                Some(Cause::Refused)
            }
            SubmitOutcome::Unclear | SubmitOutcome::SlowDown => {
                let slow = matches!(outcome, SubmitOutcome::SlowDown);
                if !withdrawing {
                    let wait =
                        if slow { pause(&rules.policy.ask_again_after, 0) } else { SignedDuration::ZERO };
                    self.unclear(now, now + wait);
                }
                Some(if slow { Cause::SlowDown } else { Cause::Unclear })
            }
            SubmitOutcome::Misconfigured(fault) => {
                if !withdrawing {
                    // A missing permission may be this order's alone; then nothing else will say when it is mended.
                    let alone = fault == Fault::Permission;
                    let pause =
                        if alone { rules.policy.funds_retry_every } else { rules.policy.halt_probe_every };
                    let known = self.attention.filter(|attention| attention.reason == Reason::NoPermission);
                    self.wait(Why::Halt, Some(now + pause), now);
                    if alone {
                        self.attention = known.or(self.attention);
                        self.alert(Reason::NoPermission, now);
                    }
                }
                Some(Cause::Misconfigured)
            }
            SubmitOutcome::NumberTaken => {
                // Whose number it is only the query can say; nothing is sent again before it did.
                if !withdrawing {
                    self.unclear(now, now);
                }
                Some(Cause::NumberTaken)
            }
        }
    }

    fn accepted(&mut self, receipt: Receipt, now: Timestamp, rules: Rules<'_>) -> Option<Cause> {
        match self.state {
            State::Processing(_) | State::Abnormal(_) | State::Succeeded { .. } | State::Closed(_) => {
                return None;
            }
            State::Rejected(_) | State::Cancelled(_) => self.alert(Reason::LateNews, now),
            State::Queued
            | State::Waiting { .. }
            | State::Submitting { .. }
            | State::Unclear { .. }
            | State::Withdrawing { .. } => self.settle_down(),
        }
        let acceptance = Acceptance {
            refund_id: receipt.refund_id,
            at: accepted_at(receipt.accepted_at, now),
            payer_refund: receipt.payer_refund,
        };
        self.process(acceptance, now, rules);
        Some(Cause::Accepted)
    }

    fn orphaned(&mut self, now: Timestamp) -> Option<Cause> {
        match self.state {
            State::Submitting { .. } => {
                self.unclear(now, now);
                Some(Cause::Orphaned)
            }
            _ => None,
        }
    }

    fn asked(
        &mut self,
        asked_at: Timestamp,
        outcome: QueryOutcome,
        now: Timestamp,
        rules: Rules<'_>,
    ) -> Option<Cause> {
        match outcome {
            QueryOutcome::Found(report) => self.found(&report, now, rules),
            QueryOutcome::Another => self.found_another(now),
            QueryOutcome::Absent => self.absent(asked_at, now, rules),
            QueryOutcome::Unclear | QueryOutcome::SlowDown | QueryOutcome::Misconfigured(_) => {
                // What has ended is asked about only because of news; those stay to be cleared up.
                if self.is_final() && self.ask_at.is_none() {
                    return None;
                }
                let again = now + pause(&rules.policy.ask_again_after, self.asked_in_vain);
                self.asked_in_vain += 1;
                if !matches!(self.state, State::Submitting { .. }) {
                    self.ask_at = Some(again);
                }
                self.alert_if_unclear_for_long(now, rules);
                self.alert_if_overdue(now, rules);
                Some(Cause::AskedInVain)
            }
        }
    }

    /// A query found the number: what it says is so, if it is this refund that it speaks of.
    fn found(&mut self, report: &Report, now: Timestamp, rules: Rules<'_>) -> Option<Cause> {
        if report.amount != self.amount {
            return self.found_another(now);
        }
        let before = (self.state.clone(), self.ask_at, self.attention);
        self.asked_in_vain = 0;
        self.ask_at = None;
        self.attention = self.attention.filter(|attention| attention.reason != Reason::AcceptedButAbsent);
        self.believe(report, now, rules);
        (before != (self.state.clone(), self.ask_at, self.attention)).then_some(Cause::Found)
    }

    /// The number stands for another refund. Nothing of it is ours, and sending again would change nothing.
    fn found_another(&mut self, now: Timestamp) -> Option<Cause> {
        self.alert(Reason::NumberConflict, now);
        self.asked_in_vain = 0;
        if let State::Unclear { since, resent, .. } = self.state {
            self.state = State::Unclear { since, resent, resend_at: None };
        }
        self.ask_at = (!self.is_final()).then(|| now + SignedDuration::from_hours(24));
        Some(Cause::NumberTaken)
    }

    /// Goes where `report` says. Whether anything changed.
    fn believe(&mut self, report: &Report, now: Timestamp, rules: Rules<'_>) -> bool {
        let acceptance = self.acceptance_by(report, now);
        let before = (self.state.clone(), self.ask_at);
        let was_final = self.is_final();
        let was_settled = self.is_back_at_shop() && !self.is_to_be_settled();
        match report.standing {
            Standing::Processing => match self.state {
                // Money that arrived, or a closure, is not undone by an answer that is behind.
                State::Succeeded { .. } | State::Closed(_) => self.ask_at = None,
                _ => {
                    self.settle_down();
                    self.process(acceptance, now, rules);
                }
            },
            Standing::Succeeded => {
                let received_in = report.received_in.clone();
                self.has_result(State::Succeeded { acceptance, at: report.succeeded_at, received_in });
            }
            Standing::Closed => self.close(acceptance),
            Standing::Abnormal => {
                self.alert(Reason::Abnormal, now);
                self.state = State::Abnormal(acceptance);
                self.ask_at = Some(confirm::next_look_at_abnormal(now));
            }
        }
        if was_final && self.state != before.0 {
            self.alert(Reason::LateNews, now);
        }
        // What a person has settled stays so when WeChat Pay says the same once more.
        if self.is_back_at_shop() && !was_settled {
            self.alert(Reason::BackAtShop, now);
        }
        before != (self.state.clone(), self.ask_at)
    }

    /// WeChat Pay closed it after acceptance: nothing was paid, the order's amount is free again, and the money counts in the
    /// CNY pool of the day on which we learn of it, as any money that comes in on that day. The number is never sent again;
    /// whoever still wants to pay asks anew under a new number.
    ///
    /// What is known of it differs by place:
    /// - V3 mainland: `CLOSED`, after more than seven days in which the paying account stayed too low; then a new number is
    ///   needed. Source: [mainland-refund-practice].
    /// - V3 global: `REFUNDCLOSE` in queries, `CLOSED` in notifications. When it happens is nowhere said, the seven days not
    ///   either; that a new number may follow is said. Source: [global-refund-query], [official-skills].
    /// - V2: `REFUNDCLOSE`, final for this number. Staff advises to send the same number again, which nobody could confirm;
    ///   a closed number is left alone here as well. Source: [v2-refund-query], [staff-answers].
    ///
    /// To which day's pool the money returns is said nowhere. Source: \[inferred\].
    fn close(&mut self, acceptance: Acceptance) {
        self.has_result(State::Closed(acceptance));
    }

    /// The result is there: nobody needs to look for it any more.
    fn has_result(&mut self, result: State) {
        self.settle_down();
        self.attention = self.attention.filter(|attention| attention.reason != Reason::NoResultInAYear);
        self.state = result;
        self.ask_at = None;
    }

    /// A query found nothing under the number.
    fn absent(&mut self, asked_at: Timestamp, now: Timestamp, rules: Rules<'_>) -> Option<Cause> {
        self.asked_in_vain = 0;
        match &self.state {
            State::Unclear { .. } | State::Withdrawing { .. } if self.attempts.listed => {
                // It was taken, on verified word. The number is not sent again: a person has to look, if that stays so.
                self.alert(Reason::AcceptedButAbsent, now);
                self.ask_at = Some(now + pause(&rules.policy.ask_again_after, u32::MAX));
            }
            State::Unclear { since, resent, resend_at: _ } => {
                let resend_at = now + pause(&rules.policy.resend_after, *resent);
                self.state = State::Unclear { since: *since, resent: *resent, resend_at: Some(resend_at) };
                self.ask_at = None;
                self.alert_if_unclear_for_long(now, rules);
            }
            State::Withdrawing { toward, .. } => {
                let apart = rules.policy.absences_apart;
                match self.attempts.absent(self.request.wire(), asked_at, apart) {
                    Absence::Proof => {
                        self.state = match toward.clone() {
                            Toward::Cancelled(withdrawal) => State::Cancelled(withdrawal),
                            Toward::Rejected(refusal) => State::Rejected(refusal),
                        };
                        self.settle_down();
                        self.ask_at = None;
                    }
                    Absence::Once => {
                        self.attempts.first_absent = Some(asked_at);
                        self.ask_at = Some(now + apart);
                    }
                    Absence::TooEarly => {
                        // By our clock or by WeChat Pay's.
                        let again = self.attempts.first_absent.map_or(now, |first| first + apart);
                        let soonest = now + SignedDuration::from_secs(1);
                        self.ask_at = Some(self.attempts.dead_from(again).max(soonest));
                    }
                }
            }
            State::Processing(acceptance) => {
                // It was taken, on verified word. The number is not sent again: a person has to look.
                let accepted_at = acceptance.at;
                self.alert(Reason::AcceptedButAbsent, now);
                self.ask_at = confirm::next_query(accepted_at, now, rules.policy, rules.calendar);
            }
            State::Abnormal(_) => self.ask_at = Some(confirm::next_look_at_abnormal(now)),
            State::Submitting { .. } => return None,
            State::Queued | State::Waiting { .. } => self.ask_at = None,
            State::Succeeded { .. } | State::Closed(_) | State::Rejected(_) | State::Cancelled(_) => {
                self.ask_at.take()?;
            }
        }
        Some(Cause::Absent)
    }

    /// A verified notification counts as proof unless it would move the refund backwards: then the query decides.
    fn told(&mut self, report: &Report, now: Timestamp, rules: Rules<'_>) -> Option<Cause> {
        if report.amount != self.amount || self.is_final() {
            return self.ask_now(now);
        }
        self.believe(report, now, rules).then_some(Cause::Told)
    }

    fn ask_now(&mut self, now: Timestamp) -> Option<Cause> {
        if self.ask_at.is_some_and(|at| at <= now) {
            return None;
        }
        match self.state {
            State::Unclear { since, resent, .. } => {
                self.state = State::Unclear { since, resent, resend_at: None };
            }
            State::Queued if self.attempts.count == 0 => return None,
            _ => {}
        }
        self.ask_at = Some(now);
        Some(Cause::AskNow)
    }

    /// What the store says is as old as its backup. Meanwhile the same number may have been sent, the last time just before
    /// `restored_at`; so it is asked about now, nothing that was found before proves anything, and until that request is stale
    /// its absence will not either. What was taken is asked about as well: it may have come to its result.
    fn restored(&mut self, restored_at: Timestamp, now: Timestamp, rules: Rules<'_>) -> Option<Cause> {
        if self.is_final() {
            return None;
        }
        let sent_until = restored_at + rules.policy.request_life;
        self.attempts.unproven_until = self.attempts.unproven_until.max(Some(sent_until));
        self.attempts.first_absent = None;
        self.asked_in_vain = 0;
        match self.state {
            State::Submitting { .. } | State::Unclear { .. } => self.unclear(now, now),
            _ => self.ask_at = Some(self.ask_at.map_or(now, |at| at.min(now))),
        }
        Some(Cause::Restored)
    }

    fn withdraw(&mut self, withdrawal: Withdrawal, now: Timestamp) -> Option<Cause> {
        if !self.is_withdrawable() {
            return None;
        }
        if self.was_never_sent() && !matches!(self.state, State::Unclear { .. }) {
            self.state = State::Cancelled(withdrawal);
            self.settle_down();
            self.ask_at = None;
        } else {
            self.state = State::Withdrawing { toward: Toward::Cancelled(withdrawal), since: now };
            // A question that is due is not put off: it may find that there is nothing left to give up.
            let due = self.ask_at.filter(|&at| at <= now);
            self.ask_at = due.or(Some(self.attempts.dead_from(now)));
        }
        Some(Cause::Withdrawn)
    }

    fn refuse_unattempted(&mut self, refusal: Refusal, now: Timestamp) -> Option<Cause> {
        if self.attempts.count > 0 || !self.is_waiting() {
            return None;
        }
        if self.was_never_sent() {
            self.state = State::Rejected(refusal);
            self.ask_at = None;
        } else {
            self.state = State::Withdrawing { toward: Toward::Rejected(refusal), since: now };
            self.ask_at = Some(self.attempts.dead_from(now));
        }
        Some(Cause::Refused)
    }

    fn retry(&mut self) -> Option<Cause> {
        match self.state {
            State::Waiting { why, since, not_before: Some(_) } => {
                self.state = State::Waiting { why, since, not_before: None };
                Some(Cause::Retried)
            }
            _ => None,
        }
    }

    /// The payer has the money from the merchant. To WeChat Pay nothing changes, and the order's amount stays used up.
    fn settle(&mut self) -> Option<Cause> {
        if !self.is_to_be_settled() {
            return None;
        }
        self.attention = None;
        Some(Cause::Settled)
    }

    fn wait(&mut self, why: Why, not_before: Option<Timestamp>, now: Timestamp) {
        self.settle_down();
        self.state = State::Waiting { why, since: now, not_before };
        // What was asked for while the attempt was under way is still owed an answer.
    }

    fn unclear(&mut self, now: Timestamp, ask_at: Timestamp) {
        let (since, resent) = match self.state {
            State::Submitting { unclear_since, resent } => (unclear_since.unwrap_or(now), resent),
            State::Unclear { since, resent, .. } => (since, resent),
            _ => (now, 0),
        };
        self.state = State::Unclear { since, resent, resend_at: None };
        self.ask_at = Some(ask_at);
    }

    fn process(&mut self, acceptance: Acceptance, now: Timestamp, rules: Rules<'_>) {
        // News that came while the attempt was under way brings the first query forward.
        let asked_for = self.ask_at.filter(|&at| at <= now);
        self.ask_at =
            asked_for.or_else(|| confirm::next_query(acceptance.at, now, rules.policy, rules.calendar));
        if self.ask_at.is_none() {
            self.alert(Reason::NoResultInAYear, now);
        }
        self.asked_in_vain = 0;
        self.state = State::Processing(acceptance);
        self.alert_if_overdue(now, rules);
    }

    /// What is known of the acceptance once `report` is believed: the first word on each point stands.
    fn acceptance_by(&self, report: &Report, now: Timestamp) -> Acceptance {
        match self.acceptance() {
            Some(known) => Acceptance {
                refund_id: report.refund_id.clone(),
                at: known.at,
                payer_refund: known.payer_refund.or(report.payer_refund),
            },
            None => Acceptance {
                refund_id: report.refund_id.clone(),
                // Over V2 the result alone is dated, which is nearer than now.
                at: accepted_at(report.accepted_at.or(report.succeeded_at), now),
                payer_refund: report.payer_refund,
            },
        }
    }

    fn alert(&mut self, reason: Reason, now: Timestamp) {
        if self.attention.is_none_or(|attention| attention.reason != reason) {
            self.attention = Some(Attention { reason, since: now });
        }
    }

    /// A worry that the refund itself has outgrown is over; other worries are for a person to close.
    fn settle_down(&mut self) {
        let over = |reason| match reason {
            Reason::UnclearForLong
            | Reason::Abnormal
            | Reason::NumberConflict
            | Reason::NoPermission
            | Reason::NoDayFits
            | Reason::Overdue
            | Reason::BackAtShop => true,
            Reason::AcceptedButAbsent | Reason::NoResultInAYear | Reason::LateNews => false,
        };
        self.attention = self.attention.filter(|attention| !over(attention.reason));
    }

    /// A person hears of a refund without a result at the first look after the fifth business day. Another worry about it is kept.
    /// Source: [operations 3.2].
    fn alert_if_overdue(&mut self, now: Timestamp, rules: Rules<'_>) {
        if let State::Processing(acceptance) = &self.state
            && now >= confirm::deadline(acceptance.at, rules.calendar).end
            && self.attention.is_none()
        {
            self.alert(Reason::Overdue, now);
        }
    }

    fn alert_if_unclear_for_long(&mut self, now: Timestamp, rules: Rules<'_>) {
        if let State::Unclear { since, .. } = self.state
            && now.duration_since(since) >= rules.policy.unclear_alert_after
            && self.attention.is_none()
        {
            self.alert(Reason::UnclearForLong, now);
        }
    }
}
