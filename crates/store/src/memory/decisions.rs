//! Owning and deciding. A batch is checked whole before anything of it is written.

use std::collections::{BTreeMap, BTreeSet};

use refunds::batch::{Batch, Change, Epoch};
use refunds::key::OrderKey;
use refunds::order::Order;
use wechatpay::ids::Mchid;

use super::model::{Model, Rows};
use crate::contract::Answer;
use crate::decision::{Merge, change_orders, changed, check_form, order_keys};
use crate::error::CommitError;
use crate::reading::{Line, News};

impl Model {
    /// See [`Store::take_ownership`](crate::Store::take_ownership).
    pub fn take_ownership(&mut self, mchid: &Mchid, node: &str) -> Answer<Epoch> {
        let rows = self.rows_mut(mchid.as_str())?;
        rows.owner = Some(node.to_owned());
        rows.epoch = Epoch(rows.epoch.0 + 1);
        Ok(rows.epoch)
    }

    /// See [`Store::commit`](crate::Store::commit).
    pub fn commit(&mut self, batch: Batch) -> Result<(), CommitError> {
        let rows = self.rows_mut(batch.mchid.as_str()).map_err(|_| CommitError::Fenced)?;
        if rows.epoch != batch.epoch {
            return Err(CommitError::Fenced);
        }
        check_form(&batch)?;
        rows.check(&batch)?;
        let (orders, merges) = rows.orders_after(&batch)?;
        rows.write(batch, orders, &merges);
        Ok(())
    }
}

impl Rows {
    fn check(&self, batch: &Batch) -> Result<(), CommitError> {
        let mut consumed = BTreeSet::new();
        for seq in &batch.consumed {
            if !self.intake.contains_key(seq) || !consumed.insert(seq) {
                return Err(CommitError::conflict(format!("intake {}", seq.0)));
            }
        }
        for Change { expected_version, refund, .. } in &batch.changes {
            let stored = self.refunds.get(&refund.key);
            if stored.is_none_or(|stored| stored.version != *expected_version) {
                return Err(CommitError::conflict(&refund.key));
            }
        }
        Ok(())
    }

    /// The orders the batch touches, as they are after it. Two rows of one name are refused: what named the second
    /// one came in after the owner read.
    fn orders_after(&self, batch: &Batch) -> Result<(BTreeMap<OrderKey, Order>, Vec<Merge>), CommitError> {
        let keys = order_keys(&batch.orders);
        let mut orders: BTreeMap<OrderKey, Order> = keys
            .filter_map(|key| self.orders.get(key))
            .map(|order| (order.key.clone(), order.clone()))
            .collect();
        let merges = change_orders(&batch.orders, &mut orders)?;
        let mut names = BTreeSet::new();
        for order in orders.values() {
            let sub_mchid = order.sub_mchid.as_ref();
            let by_number = order
                .out_trade_no
                .as_ref()
                .map(|name| (format!("out_trade_no {name}"), self.by_out_trade_no(sub_mchid, name)));
            let by_id = order
                .transaction_id
                .as_ref()
                .map(|name| (format!("transaction_id {name}"), self.by_transaction_id(sub_mchid, name)));
            for (name, holder) in by_number.into_iter().chain(by_id) {
                let is_held = holder.is_some_and(|holder| !orders.contains_key(&holder.key));
                if is_held || !names.insert((sub_mchid, name)) {
                    return Err(CommitError::conflict("a name of an order"));
                }
            }
        }
        Ok((orders, merges))
    }

    fn write(&mut self, batch: Batch, orders: BTreeMap<OrderKey, Order>, merges: &[Merge]) {
        // Destructured, so that a new kind of decision cannot be forgotten here.
        let Batch {
            number: _,
            mchid: _,
            epoch,
            consumed,
            changes,
            orders: _,
            pools,
            postings,
            contributions,
            merchant,
        } = batch;
        for seq in consumed {
            self.intake.remove(&seq);
        }
        for change in changes {
            self.write_change(change, epoch);
        }
        for order in orders.into_values() {
            self.put_order(order);
        }
        for Merge { absorbed, survivor } in merges {
            self.move_refunds(absorbed, survivor);
        }
        for pool in pools {
            self.pools.insert((pool.day, pool.pool), pool);
        }
        self.post(postings);
        for contribution in contributions {
            self.contributions.insert(contribution.contributor(), contribution);
        }
        self.state = merchant.unwrap_or(self.state);
    }

    fn write_change(&mut self, change: Change, epoch: Epoch) {
        // The places are those of the refund before and after, which are at hand here.
        let Change { expected_version: _, refund, entries, place_before: _, need_before: _, place: _ } =
            change;
        let key = refund.key.clone();
        for entry in entries {
            if entry.is_news() {
                self.feed_seq += 1;
                self.news.push(News { seq: self.feed_seq, refund: key.clone(), entry: entry.clone() });
            }
            self.journal.entry(key.clone()).or_default().push(Line { epoch, entry });
        }
        if let Some(stored) = self.refunds.get(&key) {
            let refund = changed(stored, refund);
            self.update_refund(refund);
        }
    }
}
