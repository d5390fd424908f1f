//! Nodes and what they own.

use jiff::{SignedDuration, Timestamp};
use refunds::batch::{Epoch, MerchantState, Restored};
use wechatpay::ids::Mchid;

use super::model::Model;
use crate::contract::Answer;
use crate::error::StoreError;
use crate::node::{Beat, Owned, Seen};
use crate::restoration::Restoration;

impl Model {
    /// See [`Store::beat`](crate::Store::beat); it is `now` by the store's clock.
    pub fn beat(&mut self, beat: Beat, now: Timestamp) -> Answer<Option<Vec<Seen>>> {
        let Beat { node, joins, ttl } = beat;
        let ttl = SignedDuration::try_from(ttl).unwrap_or(SignedDuration::MAX);
        self.nodes.retain(|_, seen| now.duration_since(seen.heard_at) <= ttl);
        match self.nodes.get_mut(&node.id) {
            Some(_) if joins => return Err(StoreError::InUse { what: "the id of a node" }),
            Some(seen) => {
                seen.heard_at = now;
            }
            None if joins => {
                let seen = Seen { draining: false, joined_at: now, heard_at: now, node };
                self.nodes.insert(seen.node.id.clone(), seen);
            }
            None => return Ok(None),
        }
        self.nodes().map(Some)
    }

    /// See [`Store::nodes`](crate::Store::nodes).
    pub fn nodes(&self) -> Answer<Vec<Seen>> {
        let mut nodes: Vec<Seen> = self.nodes.values().cloned().collect();
        nodes.sort_by(|one, other| (one.joined_at, &one.node.id).cmp(&(other.joined_at, &other.node.id)));
        Ok(nodes)
    }

    /// See [`Store::drain`](crate::Store::drain).
    pub fn drain(&mut self, id: &str, draining: bool) -> Answer<bool> {
        let seen = self.nodes.get_mut(id);
        Ok(seen.map(|seen| seen.draining = draining).is_some())
    }

    /// See [`Store::leave`](crate::Store::leave).
    pub fn leave(&mut self, id: &str) -> Answer<()> {
        self.nodes.remove(id);
        Ok(())
    }

    /// See [`Store::restore`](crate::Store::restore); it is `now` by the store's clock.
    pub fn restore(
        &mut self,
        mchid: &Mchid,
        restoration: Restoration,
        now: Timestamp,
    ) -> Answer<Option<Epoch>> {
        let rows = self.rows_mut(mchid.as_str())?;
        if rows.generation >= restoration.generation {
            return Ok(None);
        }
        rows.generation = restoration.generation;
        let youngest = rows.index.created.last().map_or(restoration.at, |(at, _)| *at);
        let restored = Restored { at: restoration.at.max(youngest), is_checked: false };
        rows.state = MerchantState { restored: Some(restored), ..rows.state };
        let clock = u64::try_from(now.as_microsecond()).unwrap_or(0);
        rows.epoch = Epoch(rows.epoch.0.max(clock) + 1);
        rows.feed_seq = rows.feed_seq.max(clock);
        rows.owner = None;
        Ok(Some(rows.epoch))
    }

    /// See [`Store::owners`](crate::Store::owners).
    pub fn owners(&self) -> Answer<Vec<Owned>> {
        let owned = self.merchants.values().map(|rows| Owned {
            mchid: rows.merchant.mchid.clone(),
            node: rows.owner.clone(),
            epoch: rows.epoch,
            set_up: rows.set_up,
        });
        Ok(owned.collect())
    }

    /// See [`Store::take_over`](crate::Store::take_over).
    pub fn take_over(&mut self, mchid: &Mchid, node: &str, since: Epoch) -> Answer<Option<Epoch>> {
        let rows = self.rows(mchid.as_str())?;
        // The same again: the node did not hear that it took over. No other one bears its id.
        if rows.epoch.0 == since.0.saturating_add(1) && rows.owner.as_deref() == Some(node) {
            return Ok(Some(rows.epoch));
        }
        if rows.epoch != since {
            return Ok(None);
        }
        self.take_ownership(mchid, node).map(Some)
    }

    /// See [`Store::give_up`](crate::Store::give_up).
    pub fn give_up(&mut self, mchid: &Mchid, epoch: Epoch) -> Answer<()> {
        let rows = self.rows_mut(mchid.as_str())?;
        if rows.epoch == epoch {
            rows.owner = None;
        }
        Ok(())
    }
}
