//! What other nodes change about how merchant ids are set up, brought here.

use std::time::Duration;

use store::Store as _;
use store::error::StoreError;
use tokio::time::sleep;
use tokio_util::sync::CancellationToken;

use super::loading;
use crate::gateway::Gateway;
use crate::secrets::sealer::Sealer;
use crate::worker::nodes::SetUps;

/// After which time it is tried again what could not be read; by a clock that is never virtual.
const AGAIN_AFTER: Duration = Duration::from_secs(1);

/// Follows the store: loads what is set up, and what is changed.
#[derive(Debug)]
pub struct Follower {
    gateway: Gateway,
    sealer: Sealer,
    /// What was loaded.
    loaded: SetUps,
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
        let mut set_ups = self.gateway.nodes.set_ups();
        set_ups.mark_changed();
        loop {
            tokio::select! {
                () = ending.cancelled() => return,
                changed = set_ups.changed() => if changed.is_err() { return }
            }
            let now = set_ups.borrow_and_update().clone();
            if let Err(error) = self.load(now).await {
                tracing::warn!(%error, "what other nodes have set up could not be read; it is tried again");
                tokio::select! {
                    () = ending.cancelled() => return,
                    () = sleep(AGAIN_AFTER) => set_ups.mark_changed(),
                }
            }
        }
    }

    async fn load(&mut self, now: SetUps) -> Result<(), StoreError> {
        let changed: SetUps =
            now.into_iter().filter(|(mchid, set_up)| self.loaded.get(mchid) != Some(set_up)).collect();
        if !changed.is_empty() {
            loading::load(&self.gateway, &self.sealer, |mchid| changed.contains_key(mchid)).await?;
            self.loaded.extend(changed);
        }
        Ok(())
    }
}
