//! The nodes that share the store, as the rest of the service knows them.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use tokio::sync::{Notify, watch};
use wechatpay::ids::Mchid;

/// Which set-up each merchant id has by now; see [`Owned::set_up`](store::node::Owned::set_up).
pub type SetUps = BTreeMap<Mchid, u64>;

/// What this node knows of the others. Cheap to clone; all clones know the same.
#[derive(Debug, Clone)]
pub struct Nodes {
    is_first: Arc<AtomicBool>,
    set_ups: watch::Sender<SetUps>,
    shall_look: Arc<Notify>,
}

impl Nodes {
    /// Nothing is known yet: a node that is alone with its store is the first.
    pub fn new(is_alone: bool) -> Nodes {
        Nodes {
            is_first: Arc::new(AtomicBool::new(is_alone)),
            set_ups: watch::Sender::default(),
            shall_look: Arc::default(),
        }
    }

    /// Whether this node joined before all others that are there. It does what is done once for all of them: two may think
    /// so for a moment, and nobody may while the first is lost.
    pub fn is_first(&self) -> bool {
        self.is_first.load(Ordering::Relaxed)
    }

    /// How merchant ids are set up, as the store said last; changes whenever any node changes that.
    pub fn set_ups(&self) -> watch::Receiver<SetUps> {
        self.set_ups.subscribe()
    }

    /// This node looks at once what is its part: somebody has changed what it should be.
    pub fn look(&self) {
        self.shall_look.notify_one();
    }

    /// Comes back once this node shall look.
    pub(super) async fn asked_to_look(&self) {
        self.shall_look.notified().await;
    }

    /// Whether the store said that this node is the first, when it heard it last.
    pub(super) fn heard(&self, is_first: bool) {
        self.is_first.store(is_first, Ordering::Relaxed);
    }

    /// What the store said last about how merchant ids are set up.
    pub(super) fn read(&self, set_ups: SetUps) {
        self.set_ups.send_if_modified(|known| {
            let is_changed = *known != set_ups;
            *known = set_ups;
            is_changed
        });
    }
}
