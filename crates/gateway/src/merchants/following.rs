//! What other nodes change about how merchant ids are set up, brought here.

use std::collections::BTreeMap;
use std::time::Duration;

use store::Store as _;
use store::error::StoreError;
use tokio::time::{MissedTickBehavior, interval};
use tokio_util::sync::CancellationToken;
use wechatpay::ids::Mchid;

use super::loading;
use crate::gateway::Gateway;
use crate::secrets::sealer::Sealer;

/// How often the store is asked whether anything was changed; by a clock that is never virtual.
const LOOK_EVERY: Duration = Duration::from_secs(1);

/// Follows the store: loads what is set up, and what is changed.
#[derive(Debug)]
pub struct Follower {
    gateway: Gateway,
    sealer: Sealer,
    /// Of which set-up each merchant id was loaded; see [`Owned::set_up`](store::node::Owned::set_up).
    loaded: BTreeMap<Mchid, u64>,
}

impl Follower {
    /// Loads all there is.
    pub async fn begin(gateway: &Gateway, sealer: &Sealer) -> Result<Follower, StoreError> {
        // Read before what they number, so that nothing is missed that changes meanwhile.
        let owned = gateway.store.owners().await?;
        loading::load_all(gateway, sealer).await?;
        let loaded = owned.into_iter().map(|owned| (owned.mchid, owned.set_up)).collect();
        Ok(Follower { gateway: gateway.clone(), sealer: sealer.clone(), loaded })
    }

    /// Loads what is changed, until `ending`. What this node itself changes it loads once more, which changes nothing.
    pub async fn keep(mut self, ending: CancellationToken) {
        let mut looks = interval(LOOK_EVERY);
        looks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            tokio::select! {
                () = ending.cancelled() => return,
                _ = looks.tick() => {}
            }
            if let Err(error) = self.look().await {
                tracing::warn!(%error, "what other nodes have set up could not be read; it is tried again");
            }
        }
    }

    async fn look(&mut self) -> Result<(), StoreError> {
        let owned = self.gateway.store.owners().await?;
        let changed: BTreeMap<Mchid, u64> = owned
            .into_iter()
            .filter(|owned| self.loaded.get(&owned.mchid) != Some(&owned.set_up))
            .map(|owned| (owned.mchid, owned.set_up))
            .collect();
        if !changed.is_empty() {
            loading::load(&self.gateway, &self.sealer, |mchid| changed.contains_key(mchid)).await?;
            self.loaded.extend(changed);
        }
        Ok(())
    }
}
