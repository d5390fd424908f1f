//! Looking around from time to time: is anything due that nobody looks after?

use jiff::SignedDuration;
use refunds::outcome::Fault;
use refunds::refund::State;

use crate::history::Kind;
use crate::merchants::{Merchant, MerchantNo};
use crate::weather::Span;
use crate::world::World;

/// What is due for longer than this, with an owner that was there all the time, is forgotten.
const SLACK: SignedDuration = SignedDuration::from_mins(40);

impl World {
    /// Each merchant id is looked at by itself: what is wrong with one of them is no excuse for another.
    pub(crate) fn inspect(&mut self) {
        self.merchant_nos().for_each(|merchant| self.inspect_one(merchant));
    }

    fn inspect_one(&mut self, merchant: MerchantNo) {
        let bad = [self.weather.outage, self.weather.full, self.weather.slow];
        let is_bad = bad.into_iter().any(|span| span.has(self.now));
        if is_bad || self.asks_in_vain(merchant) || self.violation.is_some() {
            return;
        }
        let Merchant { mchid, steady_since, .. } = self.merchant(merchant);
        let ended = bad.into_iter().filter_map(Span::end).filter(|end| *end <= self.now).max();
        let steady_since = ended.map_or(*steady_since, |ended| ended.max(*steady_since));
        if self.now.duration_since(steady_since) < SLACK {
            return;
        }
        let state = self.disk.model.merchant_state(mchid).unwrap_or_default();
        let at = self.now - SLACK;
        let Ok(page) = self.disk.model.due(mchid, at, 64) else { return };
        let may_submit = !state.paused && state.halt.is_none();
        let is_forgotten = |refund: &&refunds::refund::Refund| {
            let is_submitting = matches!(refund.state, State::Submitting { .. });
            let is_asked = refund.ask_at.is_some_and(|ask_at| ask_at <= at);
            let is_resent = may_submit && self.healed_at.is_some();
            is_submitting || is_asked || is_resent
        };
        if let Some(refund) = page.page.refunds.iter().find(is_forgotten) {
            let (number, state, due) = (&refund.upstream_no, refund.state.name(), refund.due());
            let due = due.map(|due| due.to_string()).unwrap_or_default();
            self.judge(Kind::Stuck, || {
                format!("{number} is {state} and due since {due}; nobody looks after it")
            });
        }
    }

    /// Whether a merchant id is halted for a reason for which no call would be taken: but for the probe none is made.
    pub(crate) fn asks_in_vain(&self, merchant: MerchantNo) -> bool {
        let state = self.disk.model.merchant_state(&self.merchant(merchant).mchid).unwrap_or_default();
        state.halt.is_some_and(|halt| halt.fault != Fault::Permission)
    }

    /// A merchant id's refunds that have not come to an end, or to a person.
    pub(crate) fn unfinished(&self, merchant: MerchantNo) -> Vec<String> {
        let counts = self.disk.model.counts(&self.merchant(merchant).mchid).unwrap_or_default();
        let ends = ["succeeded", "closed", "rejected", "cancelled", "abnormal"];
        let open = counts.iter().filter(|(state, _)| !ends.contains(state));
        open.map(|(state, count)| format!("{count} {state}")).collect()
    }
}
