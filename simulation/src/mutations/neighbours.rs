//! Mistakes that need a neighbour: what belongs to one merchant id is looked for, told or done at another.

use refunds::intake::Admission;
use refunds::key::RefundKey;
use refunds::owner::{Fact, Load};
use store::intake::Admitted;

use super::Mutation;
use crate::driver::DriverId;
use crate::merchants::MerchantNo;
use crate::world::World;

impl World {
    /// What a request for a refund finds if its merchant id is not looked at.
    pub(crate) fn mistaken_for_neighbour(&self, ask: usize) -> Option<Admitted> {
        if !self.has(Mutation::NeighbourTakenForSame) {
            return None;
        }
        let stored = self.disk.model.refund(&self.namesake_of(ask)?).ok().flatten()?;
        Some(Admitted { admission: Admission::Replay, stored: Some(Box::new(stored)) })
    }

    /// Whose page is read for an owner.
    pub(crate) fn whose_page(&self, driver: DriverId, load: &Load, n: u64) -> MerchantNo {
        let own = self.merchant_of(driver);
        let is_mistaken = self.has(Mutation::IntakeOfNeighbourRead)
            && matches!(load, Load::Intake { .. })
            && self.chance.happens(50_000, "intake of neighbour", driver, n);
        self.others_than(own).find(|_| is_mistaken).unwrap_or(own)
    }

    /// The merchant ids that an operator's pause of one applies to.
    pub(crate) fn paused_with(&self, merchant: MerchantNo) -> Vec<MerchantNo> {
        let all = self.has(Mutation::PauseOfNeighbourObeyed);
        self.merchant_nos().filter(|other| all || *other == merchant).collect()
    }

    /// Who is told an answer that came for `asked`, and what.
    pub(crate) fn whom_to_tell(&self, asked: DriverId, fact: Fact) -> (DriverId, Fact) {
        match self.told_to_neighbour(asked, &fact).filter(|_| self.has(Mutation::AnswerToldToNeighbour)) {
            Some(mistaken) => mistaken,
            None => (asked, fact),
        }
    }

    /// The owner on the same node who has a refund under the same number at the platform, and what it would take the answer for.
    fn told_to_neighbour(&self, asked: DriverId, fact: &Fact) -> Option<(DriverId, Fact)> {
        let (Fact::Answered { refund, .. } | Fact::Asked { refund, .. }) = fact else { return None };
        let number = self.disk.model.refund(refund).ok()??.upstream_no;
        let node = self.node_of(asked);
        let neighbours = self.others_than(self.merchant_of(asked));
        let mut there =
            neighbours.filter_map(|other| self.newest(other)).filter(|other| self.node_of(*other) == node);
        there.find_map(|other| {
            let merchant = self.merchant_of(other);
            let asks = (0..self.traffic.asks.len()).filter(|ask| self.asked_of(*ask) == merchant);
            let mut stored = asks.filter_map(|ask| self.traffic.asks.get(ask)?.stored.clone());
            let has_number = |key: &RefundKey| {
                self.disk
                    .model
                    .refund(key)
                    .is_ok_and(|stored| stored.is_some_and(|stored| stored.upstream_no == number))
            };
            Some((other, about(fact.clone(), stored.find(has_number)?)))
        })
    }
}

/// The same answer, about another refund.
fn about(fact: Fact, refund: RefundKey) -> Fact {
    match fact {
        Fact::Answered { attempt, outcome, evidence, .. } => {
            Fact::Answered { refund, attempt, outcome, evidence }
        }
        Fact::Asked { asked_at, outcome, evidence, .. } => {
            Fact::Asked { refund, asked_at, outcome, evidence }
        }
        fact => fact,
    }
}
