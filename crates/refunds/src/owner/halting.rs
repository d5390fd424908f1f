//! When the fault lies in the merchant id's set-up: stop, test, go on.
//!
//! Two refusals at different times for signature, certificate or permission halt all submissions of the merchant id, so
//! that no numbers are burnt and WeChat Pay's limit on refused calls is kept. Unless it is the permission to refund that
//! is missing, nothing is asked about either. A harmless query tests every five minutes; the first call that is taken ends
//! the halt, what is due is asked about, and sending is ramped up. A changed set-up is tested at once.
//! Source: [global-refund 2.4], [operations 4.2].

use jiff::{SignedDuration, Timestamp};
use wechatpay::ids::SubMchid;

use super::{Output, Owner, ProbeOutcome, Question};
use crate::batch::Halt;
use crate::outcome::Fault;

/// What is known of the set-up.
#[derive(Debug, Clone, Default)]
pub(super) struct Faults {
    /// The last refusal because of the set-up since a call was taken.
    last: Option<(Fault, Timestamp, Option<SubMchid>)>,
    next_probe: Option<Timestamp>,
    /// When the last halt ended.
    resumed_at: Option<Timestamp>,
    /// When a call was first taken after the last refusal.
    mended_at: Option<Timestamp>,
    /// Whether somebody has changed the set-up since it was last tested.
    changed: bool,
}

impl Owner {
    /// A call made at `called_at` was refused because of the set-up.
    pub(super) fn fault(
        &mut self,
        fault: Fault,
        called_at: Timestamp,
        sub_mchid: Option<SubMchid>,
        now: Timestamp,
    ) {
        let proves = match &self.faults.last {
            Some((last, at, last_sub)) => {
                let differently_timed = *at != called_at;
                // One order's missing permission is that order's own matter.
                let general = fault != Fault::Permission || self.is_direct || *last_sub != sub_mchid;
                *last == fault && differently_timed && general
            }
            None => false,
        };
        self.faults.last = Some((fault, called_at, sub_mchid));
        if proves && self.merchant.halt.is_none() {
            self.merchant.halt = Some(Halt { fault, since: now });
            self.pending.merchant = true;
            self.faults.next_probe = Some(now + self.policy.halt_probe_every);
        }
    }

    /// A signed call made at `called_at` was taken. One made before the last fault proves nothing about what came after.
    pub(super) fn set_up_is_fine(&mut self, called_at: Timestamp, now: Timestamp) {
        let since_fault = self.faults.last.as_ref().is_none_or(|(_, at, _)| called_at > *at);
        let since_halt = self.merchant.halt.is_none_or(|halt| called_at > halt.since);
        if !since_fault || !since_halt {
            return;
        }
        let had_fault = self.faults.last.take().is_some();
        let was_halted = self.merchant.halt.take().is_some();
        if was_halted {
            self.pending.merchant = true;
            self.faults.next_probe = None;
            self.faults.resumed_at = Some(now);
        }
        if had_fault || was_halted {
            self.faults.mended_at = Some(now);
            self.hand.queue.wake_all();
        }
    }

    pub(super) fn probed(&mut self, outcome: ProbeOutcome, now: Timestamp) {
        match outcome {
            ProbeOutcome::Fine => self.set_up_is_fine(now, now),
            ProbeOutcome::Misconfigured(_) | ProbeOutcome::Unclear => {}
        }
    }

    /// The set-up may be mended: that is tested at once if there was something wrong with it.
    pub(super) fn set_up_changed(&mut self) {
        if self.merchant.halt.is_some() || self.faults.last.is_some() {
            self.faults.changed = true;
            self.faults.next_probe = None;
        }
    }

    /// The clock was set back to `now`: what was found wrong later than that was found wrong just now, and is tested at its time.
    pub(super) fn no_fault_lies_ahead(&mut self, now: Timestamp) {
        let Faults { last, next_probe, resumed_at, mended_at, changed: _ } = &mut self.faults;
        let halted_at = self.merchant.halt.as_mut().map(|halt| &mut halt.since);
        let found_at = last.as_mut().map(|(_, at, _)| at);
        let past = halted_at.into_iter().chain(found_at).chain(resumed_at).chain(mended_at);
        past.for_each(|at| *at = (*at).min(now));
        *next_probe = next_probe.map(|at| at.min(now + self.policy.halt_probe_every));
    }

    /// Since when the set-up is known to be in order again, after something was wrong with it.
    pub(super) fn mended_at(&self) -> Option<Timestamp> {
        self.faults.mended_at
    }

    /// Whether no question would be taken: the merchant id is halted for a reason that meets every call alike. A missing
    /// permission to refund keeps nobody from asking.
    pub(super) fn asks_in_vain(&self) -> bool {
        self.merchant.halt.is_some_and(|halt| match halt.fault {
            Fault::Signature | Fault::Certificate | Fault::Merchant => true,
            Fault::Permission => false,
        })
    }

    /// Tests a halted merchant id when it is time.
    pub(super) fn probe(&mut self, now: Timestamp) {
        if self.merchant.halt.is_none() && !self.faults.changed {
            return;
        }
        if self.faults.next_probe.is_some_and(|at| at > now) {
            return;
        }
        if self.questions.take(now) {
            self.faults.changed = false;
            self.faults.next_probe = Some(now + self.policy.halt_probe_every);
            self.outputs.push(Output::Ask(Question::Probe));
        } else {
            self.faults.next_probe = Some(self.questions.next(now));
        }
    }

    pub(super) fn next_probe(&self) -> Option<Timestamp> {
        self.faults.next_probe.filter(|_| self.merchant.halt.is_some() || self.faults.changed)
    }

    /// How many submissions may be under way: after a halt they grow from one to all within the ramp.
    pub(super) fn submission_cap(&self, now: Timestamp) -> usize {
        let full = self.policy.submissions_in_flight;
        match self.ramp_left(now) {
            None => full,
            Some(left) => {
                let ramp = self.policy.ramp.as_millis().max(1);
                let passed = u128::try_from(ramp - left.as_millis()).unwrap_or(0);
                let share = passed * u128::try_from(full).unwrap_or(0) / u128::try_from(ramp).unwrap_or(1);
                usize::try_from(share).unwrap_or(full).clamp(1, full)
            }
        }
    }

    /// When the ramp allows more, if it limits.
    pub(super) fn next_of_ramp(&self, now: Timestamp) -> Option<Timestamp> {
        self.ramp_left(now).map(|left| now + left.min(SignedDuration::from_secs(1)))
    }

    fn ramp_left(&self, now: Timestamp) -> Option<SignedDuration> {
        let left = (self.faults.resumed_at? + self.policy.ramp).duration_since(now);
        left.is_positive().then_some(left)
    }
}
