//! The drivers of this node: one for each merchant id it owns.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use refunds::batch::Epoch;
use store::error::StoreError;
use tokio::sync::{Notify, watch};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use wechatpay::ids::Mchid;

use super::driver::{Claim, End, drive};
use super::standing::Standing;
use crate::gateway::Gateway;

/// How long nobody drives what a driver failed on; by a clock that is never virtual.
const REST: Duration = Duration::from_secs(1);

/// The drivers that run. Cheap to clone.
#[derive(Debug, Clone)]
pub(super) struct Drivers {
    gateway: Gateway,
    running: Arc<Mutex<BTreeMap<Mchid, CancellationToken>>>,
    tasks: TaskTracker,
    ended: Arc<Notify>,
    broken: Arc<watch::Sender<Option<String>>>,
}

impl Drivers {
    pub(super) fn new(gateway: Gateway) -> Drivers {
        Drivers {
            gateway,
            running: Arc::default(),
            tasks: TaskTracker::new(),
            ended: Arc::default(),
            broken: Arc::new(watch::Sender::new(None)),
        }
    }

    /// Whether `mchid` is driven here, or still comes to its end.
    pub(super) fn run(&self, mchid: &Mchid) -> bool {
        self.lock().contains_key(mchid)
    }

    /// How many merchant ids are driven.
    pub(super) fn count(&self) -> usize {
        self.lock().len()
    }

    /// Takes `mchid` over for `node`, if nobody has since `since`, and drives it as long as `standing` holds.
    pub(super) fn take_on(&self, mchid: Mchid, node: &str, since: Epoch, standing: Standing) {
        let ending = CancellationToken::new();
        let claim = Claim { mchid: mchid.clone(), node: node.to_owned(), since, standing };
        self.lock().insert(mchid.clone(), ending.clone());
        let drivers = self.clone();
        self.tasks.spawn(async move {
            let driver = tokio::spawn(drive(drivers.gateway.clone(), claim, ending));
            let rests = match driver.await {
                Ok(Ok(End::Asked)) => false,
                Ok(Ok(End::LeaseLost)) => {
                    tracing::warn!(%mchid, "another owner has taken over, or may have");
                    false
                }
                Ok(Err(StoreError::Broken { why })) => {
                    drivers.broken.send_replace(Some(why));
                    return;
                }
                Ok(Err(error)) => {
                    tracing::error!(%mchid, %error, "an owner could not begin");
                    true
                }
                // What it knew is gone; what it decided is on disk, and the next one reads it.
                Err(panic) => {
                    tracing::error!(%mchid, %panic, "an owner panicked; another takes its place");
                    true
                }
            };
            if rests {
                tokio::time::sleep(REST).await;
            }
            drivers.lock().remove(&mchid);
            drivers.ended.notify_one();
        });
    }

    /// Lets go of `mchid`: nothing more is sent for it, and what was sent is heard out for a while.
    pub(super) fn release(&self, mchid: &Mchid) {
        if let Some(ending) = self.lock().get(mchid) {
            ending.cancel();
        }
    }

    /// Lets go of all.
    pub(super) fn release_all(&self) {
        self.lock().values().for_each(CancellationToken::cancel);
    }

    /// Comes back when a driver has come to its end since the last time.
    pub(super) async fn ended(&self) {
        self.ended.notified().await;
    }

    /// Comes back when all have come to their ends, and none can begin.
    pub(super) async fn stop(&self) {
        self.release_all();
        self.tasks.close();
        self.tasks.wait().await;
    }

    /// Comes back with the reason once the store can no longer be trusted.
    pub(super) async fn broken(&self) -> String {
        let mut broken = self.broken.subscribe();
        let reason = broken.wait_for(Option::is_some).await;
        // The sender is ours, so it is there, and the wait was for a reason.
        reason.ok().and_then(|reason| reason.clone()).unwrap_or_default()
    }

    fn lock(&self) -> MutexGuard<'_, BTreeMap<Mchid, CancellationToken>> {
        self.running.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
