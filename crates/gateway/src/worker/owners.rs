//! The owners that this node drives, as the rest of the service knows them: whom to tell that something came in, and where
//! to hear that something was decided.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use refunds::key::RefundKey;
use tokio::sync::{broadcast, mpsc};
use wechatpay::ids::Mchid;

use crate::activity::{Activity, Busy};

/// So many batches a slow listener may be behind before it misses one; it is told that it did.
const REMEMBERED: usize = 256;

/// The owners of this node.
#[derive(Debug, Clone)]
pub struct Owners {
    lines: Arc<Mutex<BTreeMap<Mchid, Line>>>,
    activity: Activity,
}

/// The two ways between the service and one owner.
#[derive(Debug)]
struct Line {
    hints: Option<mpsc::UnboundedSender<Busy>>,
    decided: broadcast::Sender<Arc<[RefundKey]>>,
}

/// What an owner's driver holds of it.
#[derive(Debug)]
pub(crate) struct DriversEnd {
    pub(crate) hints: mpsc::UnboundedReceiver<Busy>,
    pub(crate) decided: broadcast::Sender<Arc<[RefundKey]>>,
}

impl Owners {
    /// No owners yet.
    pub fn none(activity: Activity) -> Owners {
        Owners { lines: Arc::default(), activity }
    }

    /// Tells the owner of `mchid` that something came in. Nothing depends on it: owners look for themselves every second.
    pub fn hint(&self, mchid: &Mchid) {
        if let Some(hints) = self.lock().get(mchid).and_then(|line| line.hints.as_ref()) {
            // An owner that is ending needs no hint.
            let _ = hints.send(self.activity.begin());
        }
    }

    /// Whether the owner of `mchid` is driven on this node.
    pub fn is_driven(&self, mchid: &Mchid) -> bool {
        self.lock().get(mchid).and_then(|line| line.hints.as_ref()).is_some_and(|hints| !hints.is_closed())
    }

    /// The keys of the refunds of each batch that is on disk from now on. A listener that was too slow hears
    /// [`RecvError::Lagged`](broadcast::error::RecvError::Lagged) and must look for itself.
    pub fn decided(&self, mchid: &Mchid) -> broadcast::Receiver<Arc<[RefundKey]>> {
        self.lock().entry(mchid.clone()).or_insert_with(Line::new).decided.subscribe()
    }

    /// The driver's end of a new owner's line.
    pub(crate) fn connect(&self, mchid: &Mchid) -> DriversEnd {
        let (sender, hints) = mpsc::unbounded_channel();
        let mut lines = self.lock();
        let line = lines.entry(mchid.clone()).or_insert_with(Line::new);
        line.hints = Some(sender);
        DriversEnd { hints, decided: line.decided.clone() }
    }

    fn lock(&self) -> MutexGuard<'_, BTreeMap<Mchid, Line>> {
        self.lines.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Line {
    fn new() -> Line {
        Line { hints: None, decided: broadcast::Sender::new(REMEMBERED) }
    }
}
