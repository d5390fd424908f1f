//! Tenants who look at a refund again: they never see it go backwards.

use refunds::refund::Refund;

use super::ending::rank;
use crate::history::Kind;
use crate::merchants::MerchantNo;
use crate::mutations::Mutation;
use crate::world::World;

impl World {
    /// A tenant looks at what became of what it asked for.
    pub(crate) fn look(&mut self, ask: usize) {
        let key = self.traffic.asks.get(ask).and_then(|ask| ask.acknowledged.clone());
        let Some(refund) = key.and_then(|key| self.disk.model.refund(&key).ok().flatten()) else { return };
        let merchant = self.asked_of(ask);
        self.judge_found_by_number(merchant, &refund);
        let (version, state) = self.shown(merchant, &refund);
        let before = self.merchant_mut(merchant).record.seen.insert(refund.key.clone(), (version, state));
        let Some((known, was)) = before else { return };
        let goes_back = version < known || (version == known && was != state) || lost_its_end(was, state);
        if goes_back {
            let number = &refund.upstream_no;
            self.judge(Kind::Backwards, || {
                format!("{number} was seen as {was} with {known} entries, and then as {state} with {version}")
            });
        }
    }

    /// What a tenant is shown of a refund.
    fn shown(&self, merchant: MerchantNo, refund: &Refund) -> (u64, &'static str) {
        let now = (refund.version, refund.state.name());
        let is_old = self.has(Mutation::OldStateShown)
            && self.chance.happens(300_000, "old state", &refund.key, self.tally.events);
        match self.merchant(merchant).record.before.get(&refund.key) {
            Some(before) if is_old => *before,
            _ => now,
        }
    }

    /// A batch changes a refund.
    pub(crate) fn note_before(&mut self, merchant: MerchantNo, refund: &Refund) {
        let record = &mut self.merchant_mut(merchant).record;
        record.before.insert(refund.key.clone(), (refund.version, refund.state.name()));
    }
}

/// What has ended may end otherwise, on proof; it never goes on as if nothing had been.
fn lost_its_end(was: &str, is: &str) -> bool {
    matches!(was, "succeeded" | "closed") && rank(is) < rank(was)
}
