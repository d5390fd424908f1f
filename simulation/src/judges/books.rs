//! Batches that reached the disk: they go on from what was there, say what is true, and their sums add up.

use std::collections::BTreeMap;

use platform::refund::RefundStatus;
use refunds::batch::{Batch, Change};
use refunds::order::{Order, OrderNames};
use refunds::refund::{Refund, State};
use refunds::step::Cause;

use crate::history::Kind;
use crate::merchants::MerchantNo;
use crate::world::World;

impl World {
    /// `before` are the refunds of the batch as they were.
    pub(crate) fn judge_batch(&mut self, merchant: MerchantNo, batch: &Batch, before: &[Refund]) {
        self.judge_postings(merchant, batch);
        for seq in &batch.consumed {
            if !self.merchant_mut(merchant).record.consumed.insert(*seq) {
                self.judge(Kind::Books, || format!("row {} of intake is dealt with twice", seq.0));
            }
        }
        let mut orders: BTreeMap<_, Order> = BTreeMap::new();
        for (change, before) in batch.changes.iter().zip(before) {
            let number = &before.upstream_no;
            let (n, from) = (before.version + 1, before.state.name());
            let first = change.entries.first();
            if first.is_none_or(|first| first.n != n || first.from != from) {
                self.judge(Kind::Books, || {
                    format!("{number} was {from} with {} entries, and {first:?} follows", n - 1)
                });
            }
            if change.refund.attempts.count < before.attempts.count {
                self.judge(Kind::Books, || format!("{number} has fewer attempts than before"));
            }
            self.judge_end(before, change);
            self.judge_ask_at(change);
            self.judge_truth(&change.refund);
            self.note_before(merchant, before);
            if let Ok(page) = self.disk.model.refunds(std::slice::from_ref(&change.refund.key)) {
                orders.extend(page.orders.into_iter().map(|order| (order.key.clone(), order)));
            }
        }
        for order in orders.into_values() {
            self.recount(merchant, &order);
        }
    }

    /// What has ended changes on proof alone, and nothing succeeds without any.
    fn judge_end(&mut self, before: &Refund, change: &Change) {
        let (from, to) = (before.state.name(), change.refund.state.name());
        let is_end = matches!(from, "succeeded" | "closed" | "rejected" | "cancelled") || to == "succeeded";
        let proves = |cause| matches!(cause, Cause::Found | Cause::Told | Cause::Accepted);
        if from != to && is_end && !change.entries.iter().any(|entry| proves(entry.cause)) {
            let number = &before.upstream_no;
            self.judge(Kind::Untrue, || format!("{number} goes from {from} to {to} without proof"));
        }
    }

    /// What the store says of the platform is what the platform says.
    pub(crate) fn judge_truth(&mut self, refund: &Refund) {
        let index = self.platform.refunds().find(&refund.identity.mchid, refund.upstream_no.number());
        let status = index.map(|index| self.platform.refunds().at(index).status());
        let is_true = match &refund.state {
            State::Processing(_) => status.is_some(),
            // A remedy may have come in between.
            State::Abnormal(_) => matches!(status, Some(RefundStatus::Abnormal | RefundStatus::Success)),
            State::Succeeded { .. } => status == Some(RefundStatus::Success),
            State::Closed(_) => status == Some(RefundStatus::Closed),
            State::Rejected(_) | State::Cancelled(_) => status.is_none(),
            State::Queued
            | State::Waiting { .. }
            | State::Submitting { .. }
            | State::Unclear { .. }
            | State::Withdrawing { .. } => true,
        };
        if !is_true {
            let (number, state) = (&refund.upstream_no, refund.state.name());
            self.judge(Kind::Untrue, || format!("{number} is {state}, and at the platform {status:?}"));
        }
    }

    /// An order's sums are those of its refunds.
    pub(crate) fn recount(&mut self, merchant: MerchantNo, order: &Order) {
        let names = OrderNames {
            out_trade_no: order.out_trade_no.clone(),
            transaction_id: order.transaction_id.clone(),
        };
        let mchid = &self.merchant(merchant).mchid;
        let found = self.disk.model.order(mchid, order.sub_mchid.as_ref(), &names);
        let Ok(Some(found)) = found else { return };
        let counted = || found.refunds.iter().filter(|refund| refund.is_counted());
        let sum =
            |refunds: &mut dyn Iterator<Item = &Refund>| refunds.map(|refund| refund.amount.minor()).sum();
        let (reserved, count): (i64, usize) = (sum(&mut counted()), counted().count());
        let accepted: i64 = sum(&mut found.refunds.iter().filter(|refund| refund.is_taken()));
        let order = &found.order;
        let noted = usize::try_from(order.reserved_count).unwrap_or(0);
        if (order.reserved, noted, order.accepted) != (reserved, count, accepted) {
            self.judge(Kind::Books, || {
                let key = &order.key;
                format!(
                    "{key} holds reserved {} ({noted}) and accepted {}, counted are {reserved} ({count}) and {accepted}",
                    order.reserved, order.accepted
                )
            });
        }
    }
}
