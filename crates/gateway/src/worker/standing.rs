//! Whether this node may act on what it owns.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Instant;

use refunds::lease::{Lease, Trust, Uptime};

/// What this node believes of its lease. Cheap to clone; all clones believe the same.
///
/// It goes by the clock that nobody can set. That clock stands still while the whole machine sleeps, which no lease can help
/// against: a node that wakes up may send once more what is on disk as intended, with its old time stamp, and writes nothing
/// under its old epoch.
#[derive(Debug, Clone)]
pub(super) struct Standing {
    began: Instant,
    /// None if nobody else can have the store: then it always holds.
    trust: Option<Arc<Mutex<Trust>>>,
}

impl Standing {
    /// That of the only node of its store.
    pub(super) fn alone() -> Standing {
        Standing { began: Instant::now(), trust: None }
    }

    /// That of a node among others, which was not heard yet.
    pub(super) fn among_others(lease: Lease) -> Standing {
        Standing { began: Instant::now(), trust: Some(Arc::new(Mutex::new(Trust::none(lease)))) }
    }

    /// How long the node has been there.
    pub(super) fn uptime(&self) -> Uptime {
        Uptime(self.began.elapsed())
    }

    /// The store heard what was sent at `sent_at`.
    pub(super) fn heard(&self, sent_at: Uptime) {
        if let Some(trust) = &self.trust {
            trust.lock().unwrap_or_else(PoisonError::into_inner).taken(sent_at);
        }
    }

    /// The store has given the node up.
    pub(super) fn over(&self) {
        if let Some(trust) = &self.trust {
            trust.lock().unwrap_or_else(PoisonError::into_inner).over();
        }
    }

    /// Whether a request may leave now.
    pub(super) fn holds(&self) -> bool {
        let trust = self.trust.as_ref().map(|trust| *trust.lock().unwrap_or_else(PoisonError::into_inner));
        trust.is_none_or(|trust| trust.holds(self.uptime()))
    }
}
