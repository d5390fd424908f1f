//! The nodes that share the store, as the rest of the service knows them.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

/// What this node knows of the others. Cheap to clone; all clones know the same.
#[derive(Debug, Clone)]
pub struct Nodes {
    is_first: Arc<AtomicBool>,
}

impl Nodes {
    /// Nothing is known yet: a node that is alone with its store is the first.
    pub fn new(is_alone: bool) -> Nodes {
        Nodes { is_first: Arc::new(AtomicBool::new(is_alone)) }
    }

    /// Whether this node joined before all others that are there. It does what is done once for all of them: two may think
    /// so for a moment, and nobody may while the first is lost.
    pub fn is_first(&self) -> bool {
        self.is_first.load(Ordering::Relaxed)
    }

    /// What the store said when it heard this node last.
    pub(super) fn heard(&self, is_first: bool) {
        self.is_first.store(is_first, Ordering::Relaxed);
    }
}
