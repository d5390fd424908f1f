//! A store that was put back from a backup.
//!
//! It does not know what happened since: what was sent, taken, paid. Nothing in it says that it is old, so whoever puts it back
//! says so once, by starting the first node with `--restored`. That is kept as a setting before anything is driven; each merchant id
//! takes note of it before its next owner begins, and its owner asks about every open refund and the recent orders before it submits
//! anything (see `refunds::owner`). A node that ends anywhere in between leaves that to the next one, which need not be told again.

use refunds::batch::Epoch;
use refunds::lease::Lease;
use store::contract::{Answer, Store as _};
use store::error::StoreError;
use store::node::{Beat, Node};
use store::restoration::Restoration;
use ulid::Ulid;
use wechatpay::ids::Mchid;

use crate::gateway::Gateway;

/// Why a store cannot be called restored.
#[derive(Debug, thiserror::Error)]
pub enum RestoringError {
    /// Others would go on with what they know, and have begun to act on what is old.
    #[error(
        "the store is in use by {}: a store is put back from a backup while no node runs. End all of them, put the backup back, \
         start one node with `--restored`, and then the others without it",
        nodes.join(", ")
    )]
    InUse {
        /// What the nodes are called.
        nodes: Vec<String>,
    },
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Says that the store was just put back from a backup. To be done before any merchant id is driven.
pub(crate) async fn begin(gateway: &Gateway) -> Result<(), RestoringError> {
    if gateway.store.is_shared() {
        let nodes = others(gateway).await?;
        if !nodes.is_empty() {
            return Err(RestoringError::InUse { nodes });
        }
    }
    let before = last(gateway).await?.map_or(0, |restoration| restoration.generation);
    let restoration = Restoration { generation: before + 1, at: gateway.clock.now() };
    gateway.store.put_setting(Restoration::SETTING, &restoration.write()).await?;
    tracing::warn!(
        generation = restoration.generation,
        "the store was put back from a backup: every open refund and the recent orders are asked about before anything is submitted"
    );
    Ok(())
}

/// Sees to it that a merchant id that is driven next, owned under `epoch` before, has taken note of the last restoring. The epoch
/// it is owned under then.
pub(crate) async fn take_note(gateway: &Gateway, mchid: &Mchid, epoch: Epoch) -> Answer<Epoch> {
    let Some(restoration) = last(gateway).await? else { return Ok(epoch) };
    let noted = gateway.store.restore(mchid, restoration).await?;
    if gateway.store.merchant_state(mchid).await?.is_to_be_checked() {
        tracing::warn!(%mchid, "nothing is submitted before every open refund and the recent orders were asked about");
    }
    Ok(noted.unwrap_or(epoch))
}

/// The last time that the store was put back, if it ever was.
async fn last(gateway: &Gateway) -> Answer<Option<Restoration>> {
    let Some(value) = gateway.store.setting(Restoration::SETTING).await? else { return Ok(None) };
    let unreadable = || StoreError::Failed {
        what: "reading when the store was put back from a backup",
        why: "the setting says nothing of the kind".into(),
    };
    Restoration::read(&value).map(Some).ok_or_else(unreadable)
}

/// The names of the nodes that are there. Those that were there when the backup was made are long silent.
async fn others(gateway: &Gateway) -> Answer<Vec<String>> {
    let visitor = Node {
        id: Ulid::new().to_string(),
        name: "restoring".into(),
        version: env!("CARGO_PKG_VERSION").to_owned(),
    };
    let id = visitor.id.clone();
    let there = gateway.store.beat(Beat { node: visitor, joins: true, ttl: Lease::default().ttl }).await?;
    gateway.store.leave(&id).await?;
    let others = there.unwrap_or_default().into_iter().map(|seen| seen.node).filter(|node| node.id != id);
    Ok(others.map(|node| node.name).collect())
}
