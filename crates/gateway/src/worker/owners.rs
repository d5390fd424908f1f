//! The owners, as the rest of the service knows them: whom to tell that something came in, and where to hear that something
//! was decided. An owner that is driven at another node is told by a hint through the store, and heard in the same way.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use refunds::key::RefundKey;
use store::hints::Hint;
use store::open::OpenStore;
use tokio::sync::{broadcast, mpsc};
use tokio_util::sync::CancellationToken;
use wechatpay::ids::Mchid;

use crate::activity::{Activity, Busy};

/// So many batches a slow listener may be behind before it misses one; it is told that it did.
const REMEMBERED: usize = 256;

/// The owners of this node, and the way to those of others.
#[derive(Debug, Clone)]
pub struct Owners {
    lines: Arc<Mutex<BTreeMap<Mchid, Line>>>,
    store: Arc<OpenStore>,
    activity: Activity,
}

/// The two ways between the service and one owner.
#[derive(Debug)]
struct Line {
    hints: Option<mpsc::UnboundedSender<Busy>>,
    decided: broadcast::Sender<Arc<[RefundKey]>>,
}

impl Owners {
    /// No owners yet, among those who share `store`.
    pub fn none(store: Arc<OpenStore>, activity: Activity) -> Owners {
        Owners { lines: Arc::default(), store, activity }
    }

    /// Tells the owner of `mchid` that something came in, at whichever node it is driven. Nothing depends on it: owners look
    /// for themselves every second.
    pub fn hint(&self, mchid: &Mchid) {
        if !self.hint_here(mchid) {
            self.store.tell(Hint::Work(mchid.clone()));
        }
    }

    /// Tells whoever listens to `mchid`, here and at other nodes, that a batch about these refunds is on disk.
    pub(crate) fn announce(&self, mchid: &Mchid, refunds: Arc<[RefundKey]>) {
        if self.store.is_shared() && !refunds.is_empty() {
            self.store.tell(Hint::Decided(refunds.to_vec()));
        }
        self.announce_here(mchid, refunds);
    }

    /// Passes on here what other nodes tell, until `ending`.
    pub async fn hear_others(self, ending: CancellationToken) {
        let Some(mut hints) = self.store.hear() else { return };
        loop {
            tokio::select! {
                () = ending.cancelled() => return,
                hint = hints.recv() => match hint {
                    Some(hint) => self.pass_on(hint),
                    None => return,
                },
            }
        }
    }

    /// What another node tells stays here: it has told all the others as well.
    fn pass_on(&self, hint: Hint) {
        match hint {
            Hint::Work(mchid) => {
                self.hint_here(&mchid);
            }
            Hint::Decided(refunds) => {
                for refunds in refunds.chunk_by(|one, next| one.mchid() == next.mchid()) {
                    let mchid = refunds.first().and_then(|refund| Mchid::parse(refund.mchid()).ok());
                    if let Some(mchid) = mchid {
                        self.announce_here(&mchid, refunds.into());
                    }
                }
            }
        }
    }

    /// Whether the owner of `mchid` is driven here, and told.
    fn hint_here(&self, mchid: &Mchid) -> bool {
        let lines = self.lock();
        let hints = lines.get(mchid).and_then(|line| line.hints.as_ref());
        hints.is_some_and(|hints| hints.send(self.activity.begin()).is_ok())
    }

    fn announce_here(&self, mchid: &Mchid, refunds: Arc<[RefundKey]>) {
        if let Some(line) = self.lock().get(mchid) {
            // Nobody may be listening.
            let _ = line.decided.send(refunds);
        }
    }

    /// Whether the owner of `mchid` is driven on this node.
    pub fn is_driven(&self, mchid: &Mchid) -> bool {
        self.lock().get(mchid).and_then(|line| line.hints.as_ref()).is_some_and(|hints| !hints.is_closed())
    }

    /// The keys of the refunds of each batch that is on disk from now on, those of other nodes as far as they are heard. A
    /// listener that was too slow hears [`RecvError::Lagged`](broadcast::error::RecvError::Lagged) and must look for itself.
    pub fn decided(&self, mchid: &Mchid) -> broadcast::Receiver<Arc<[RefundKey]>> {
        self.lock().entry(mchid.clone()).or_insert_with(Line::new).decided.subscribe()
    }

    /// Where the driver of a new owner hears that something came in.
    pub(crate) fn connect(&self, mchid: &Mchid) -> mpsc::UnboundedReceiver<Busy> {
        let (sender, hints) = mpsc::unbounded_channel();
        self.lock().entry(mchid.clone()).or_insert_with(Line::new).hints = Some(sender);
        hints
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

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use store::memory::MemoryStore;
    use store::open::StoreUrl;
    use throwaway_postgres::shared;
    use tokio::time::timeout;

    use super::*;

    /// How long something may take on a busy machine.
    const LONGEST: Duration = Duration::from_secs(60);

    /// How soon a hint is told again that was not heard.
    const AGAIN: Duration = Duration::from_millis(50);

    fn mchid(n: u32) -> Mchid {
        Mchid::parse(&format!("{}", 1_900_000_000 + n)).unwrap()
    }

    fn refund(mchid: &Mchid, n: u32) -> RefundKey {
        RefundKey::new(mchid, &format!("{n:026}")).unwrap()
    }

    fn alone() -> Owners {
        Owners::none(Arc::new(OpenStore::Memory(MemoryStore::default())), Activity::none())
    }

    #[test]
    fn an_owner_that_is_driven_here_is_told_here_and_one_that_has_ended_is_not() {
        let owners = alone();
        assert!(!owners.hint_here(&mchid(1)), "nobody drives it");
        let mut hints = owners.connect(&mchid(1));
        owners.hint(&mchid(1));
        owners.hint(&mchid(2));
        assert!(hints.try_recv().is_ok() && hints.try_recv().is_err());
        assert!(owners.is_driven(&mchid(1)) && !owners.is_driven(&mchid(2)));
        drop(hints);
        assert!(!owners.hint_here(&mchid(1)) && !owners.is_driven(&mchid(1)));
    }

    #[test]
    fn what_another_node_has_decided_is_heard_by_who_listens_to_the_merchant_id() {
        let owners = alone();
        let [mut one, mut two] = [1, 2].map(|n| owners.decided(&mchid(n)));
        let of = |n, count| (0..count).map(|i| refund(&mchid(n), i)).collect::<Vec<_>>();
        owners.pass_on(Hint::Decided([of(1, 2), of(2, 1), of(3, 1)].concat()));
        assert_eq!(*one.try_recv().unwrap(), of(1, 2));
        assert_eq!(*two.try_recv().unwrap(), of(2, 1));
        assert!(one.try_recv().is_err() && two.try_recv().is_err());
    }

    #[tokio::test]
    async fn work_reaches_the_owner_at_another_node_and_its_decision_comes_back() {
        let url = StoreUrl::parse(&shared().database().unwrap()).unwrap();
        let [here, there] = [(); 2].map(|()| Owners::none(Arc::new(url.open().unwrap()), Activity::none()));
        let ending = CancellationToken::new();
        let ears = [&here, &there].map(|owners| tokio::spawn(owners.clone().hear_others(ending.clone())));
        let mut hints = there.connect(&mchid(1));
        let mut decided = here.decided(&mchid(1));
        let both = async {
            loop {
                here.hint(&mchid(1));
                if timeout(AGAIN, hints.recv()).await.is_ok() {
                    break;
                }
            }
            let refunds: Arc<[RefundKey]> = [refund(&mchid(1), 1)].into();
            loop {
                there.announce(&mchid(1), refunds.clone());
                if let Ok(heard) = timeout(AGAIN, decided.recv()).await {
                    assert_eq!(heard.unwrap(), refunds);
                    break;
                }
            }
        };
        timeout(LONGEST, both).await.expect("hints arrive");
        ending.cancel();
        for ear in ears {
            ear.await.unwrap();
        }
    }
}
