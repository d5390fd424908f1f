//! This node among the others that share the store: says that it is there, and drives its part of the merchant ids.
//!
//! Every second it tells the store that it is there, reads who else is and who owns what, and works out with [`assign`] what
//! should be its own. What is and nobody owns it takes over; what should be another's it lets go of, and the other takes it
//! when it finds it free. So merchant ids move when a node joins, leaves, drains or is lost, and nobody is in charge. A node
//! that is alone with its store says once that it is there.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, PoisonError};

use refunds::assignment::assign;
use refunds::lease::Lease;
use store::contract::{Answer, Store as _};
use store::node::{self, Beat, Seen};
use tokio::time::{MissedTickBehavior, interval};
use tokio_util::sync::CancellationToken;
use ulid::Ulid;
use wechatpay::ids::Mchid;

use super::drivers::Drivers;
use super::standing::Standing;
use crate::gateway::Gateway;

/// This node. Cheap to clone; all clones are the same one.
#[derive(Debug, Clone)]
pub struct Node {
    name: Arc<str>,
    gateway: Gateway,
    drivers: Drivers,
    lease: Lease,
    membership: Arc<Mutex<Option<Membership>>>,
    ending: CancellationToken,
}

/// As what the store knows this node.
#[derive(Debug, Clone)]
struct Membership {
    id: String,
    standing: Standing,
}

impl Node {
    /// A node that is called `name`, drives nobody yet, and nobody any more after `ending`.
    pub fn new(name: &str, gateway: Gateway, ending: CancellationToken) -> Node {
        Node {
            name: name.into(),
            drivers: Drivers::new(gateway.clone()),
            gateway,
            lease: Lease::default(),
            membership: Arc::default(),
            ending,
        }
    }

    /// Joins the others, and takes on its part. To be done once, before [`keep`](Node::keep).
    pub async fn join(&self) -> Answer<()> {
        let nodes = self.begin().await?;
        self.share(&nodes).await
    }

    /// Goes on taking its part until the end.
    pub async fn keep(self) {
        let mut accounts = self.gateway.merchants.follow();
        accounts.mark_unchanged();
        let mut beats = interval(self.lease.beat_every);
        beats.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let is_shared = self.gateway.store.is_shared();
        // A look that failed is made again: what it was to see may not change any more.
        let mut has_failed = false;
        loop {
            tokio::select! {
                () = self.ending.cancelled() => return,
                changed = accounts.changed() => if changed.is_err() { return },
                () = self.drivers.ended() => {}
                () = self.gateway.nodes.asked_to_look() => {}
                _ = beats.tick(), if is_shared || has_failed => {}
            }
            let busy = self.gateway.activity.begin();
            let looked = self.look().await;
            if let Err(error) = &looked {
                tracing::warn!(%error, "the store did not hear this node");
            }
            has_failed = looked.is_err();
            drop(busy);
        }
    }

    /// Comes back with the reason once the store can no longer be trusted: then the process must end, and the one after
    /// it reads what is there.
    pub async fn broken(&self) -> String {
        self.drivers.broken().await
    }

    /// Ends the drivers: nothing more is sent, and what was sent is heard out for a while. Then the others need not wait
    /// for this node's silence.
    pub async fn stop(&self) {
        self.ending.cancel();
        self.drivers.stop().await;
        if let Some(Membership { id, .. }) = self.membership()
            && let Err(error) = self.gateway.store.leave(&id).await
        {
            tracing::warn!(%error, "the others learn by its silence that this node is gone");
        }
    }

    /// Says that it is there, and takes its part of what there is.
    async fn look(&self) -> Answer<()> {
        let nodes = match self.membership() {
            Some(membership) if self.gateway.store.is_shared() => {
                match self.beat(&membership, false).await? {
                    Some(nodes) => nodes,
                    None => {
                        tracing::error!(node = %self.name, "the others have given this node up; it joins them anew");
                        membership.standing.over();
                        self.drivers.release_all();
                        self.begin().await?
                    }
                }
            }
            Some(_) => self.gateway.store.nodes().await?,
            None => self.begin().await?,
        };
        self.share(&nodes).await
    }

    /// Joins under a new id. The nodes there are.
    async fn begin(&self) -> Answer<Vec<Seen>> {
        let is_shared = self.gateway.store.is_shared();
        let standing = if is_shared { Standing::among_others(self.lease) } else { Standing::alone() };
        let membership = Membership { id: Ulid::new().to_string(), standing };
        let nodes = self.beat(&membership, true).await?.unwrap_or_default();
        *self.membership.lock().unwrap_or_else(PoisonError::into_inner) = Some(membership);
        Ok(nodes)
    }

    async fn beat(&self, membership: &Membership, joins: bool) -> Answer<Option<Vec<Seen>>> {
        let Membership { id, standing } = membership;
        let sent_at = standing.uptime();
        let version = env!("CARGO_PKG_VERSION").to_owned();
        let node = node::Node { id: id.clone(), name: self.name.to_string(), version };
        // Nobody else is there who could be alone with the store.
        let ttl = if self.gateway.store.is_shared() { self.lease.ttl } else { std::time::Duration::ZERO };
        let nodes = self.gateway.store.beat(Beat { node, joins, ttl }).await?;
        if nodes.is_some() {
            standing.heard(sent_at);
        }
        Ok(nodes)
    }

    /// Takes over what should be its own and nobody owns, and lets go of what should be another's.
    async fn share(&self, nodes: &[Seen]) -> Answer<()> {
        let Some(Membership { id, standing }) = self.membership() else { return Ok(()) };
        let is_first = nodes.first().is_some_and(|first| first.node.id == id);
        self.gateway.nodes.heard(is_first);
        let there: BTreeSet<&str> = nodes.iter().map(|seen| seen.node.id.as_str()).collect();
        let takes = |seen: &&Seen| !seen.draining;
        let willing = nodes.iter().filter(takes).map(|seen| seen.node.id.clone()).collect();
        let accounts = self.gateway.merchants.all();
        let served: BTreeSet<&Mchid> = accounts
            .iter()
            .filter(|account| account.line.is_some())
            .map(|account| &account.merchant.mchid)
            .collect();
        let mut owned = self.gateway.store.owners().await?;
        self.gateway.nodes.read(owned.iter().map(|owned| (owned.mchid.clone(), owned.set_up)).collect());
        owned.retain(|owned| served.contains(&owned.mchid));
        let owners: BTreeMap<Mchid, Option<String>> =
            owned.iter().map(|owned| (owned.mchid.clone(), owned.node.clone())).collect();
        let assigned = assign(&owners, &willing);
        for owned in &owned {
            let is_ours = assigned.get(&owned.mchid) == Some(&id.as_str());
            let is_anothers = owned.node.as_deref().is_some_and(|node| node != id && there.contains(node));
            match self.drivers.run(&owned.mchid) {
                true if !is_ours => self.drivers.release(&owned.mchid),
                false if is_ours && !is_anothers && !self.ending.is_cancelled() => {
                    self.drivers.take_on(owned.mchid.clone(), &id, owned.epoch, standing.clone());
                }
                _ => {}
            }
        }
        self.gateway.metrics.nodes(nodes.len(), self.drivers.count());
        Ok(())
    }

    fn membership(&self) -> Option<Membership> {
        self.membership.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}
