//! This node: which owners it drives, and what happens when a driver fails.

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use store::error::StoreError;
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use wechatpay::ids::Mchid;

use super::driver::{End, drive};
use crate::gateway::Gateway;

/// How long a driver that failed rests before another takes its place; by a clock that is never virtual.
const REST: Duration = Duration::from_secs(1);

/// The drivers of this node.
#[derive(Debug, Clone)]
pub struct Node {
    name: Arc<str>,
    gateway: Gateway,
    driven: Arc<Mutex<BTreeSet<Mchid>>>,
    drivers: TaskTracker,
    ending: CancellationToken,
    broken: Arc<watch::Sender<Option<String>>>,
}

impl Node {
    /// A node that drives nobody yet, and nobody any more after `ending`. `name` is written beside each ownership.
    pub fn new(name: &str, gateway: Gateway, ending: CancellationToken) -> Node {
        Node {
            name: name.into(),
            gateway,
            driven: Arc::default(),
            drivers: TaskTracker::new(),
            ending,
            broken: Arc::new(watch::Sender::new(None)),
        }
    }

    /// Drives the owner of `mchid` from now on, if this node does not yet.
    pub fn take_on(&self, mchid: Mchid) {
        if self.driven.lock().unwrap_or_else(PoisonError::into_inner).insert(mchid.clone()) {
            self.drivers.spawn(self.clone().keep_driving(mchid));
        }
    }

    /// Comes back with the reason once the store can no longer be trusted: then the process must end, and the one after
    /// it reads what is there.
    pub async fn broken(&self) -> String {
        let mut broken = self.broken.subscribe();
        let reason = broken.wait_for(Option::is_some).await;
        // The sender is ours, so it is there, and the wait was for a reason.
        reason.ok().and_then(|reason| reason.clone()).unwrap_or_default()
    }

    /// Ends the drivers: nothing more is sent, and what was sent is heard out for a while.
    pub async fn stop(&self) {
        self.ending.cancel();
        self.drivers.close();
        self.drivers.wait().await;
    }

    async fn keep_driving(self, mchid: Mchid) {
        while !self.ending.is_cancelled() {
            let driver = tokio::spawn({
                let (node, mchid) = (self.clone(), mchid.clone());
                async move { drive(node.gateway, mchid, &node.name, node.ending).await }
            });
            match driver.await {
                Ok(Ok(End::Asked)) => return,
                Ok(Ok(End::LeaseLost)) => {
                    tracing::warn!(%mchid, "another owner has taken over; taking it back")
                }
                Ok(Err(StoreError::Broken { why })) => {
                    self.broken.send_replace(Some(why));
                    return;
                }
                Ok(Err(error)) => tracing::error!(%mchid, %error, "an owner could not begin"),
                // What it knew is gone; what it decided is on disk, and the next one reads it.
                Err(panic) => tracing::error!(%mchid, %panic, "an owner panicked; another takes its place"),
            }
            tokio::time::sleep(REST).await;
        }
    }
}
