//! All merchant ids that are set up, as this process knows them.

use std::collections::BTreeMap;
use std::sync::Arc;

use tokio::sync::{Mutex, MutexGuard, watch};
use wechatpay::ids::Mchid;

use super::account::Account;

/// The merchant ids, by number.
pub type Accounts = BTreeMap<Mchid, Arc<Account>>;

/// The merchant ids. Cheap to clone; all clones know the same.
#[derive(Debug, Clone, Default)]
pub struct Merchants {
    accounts: Arc<watch::Sender<Accounts>>,
    /// Held by whoever changes one: a change begins with what was set up before.
    changing: Arc<Mutex<()>>,
}

impl Merchants {
    /// The one with this number.
    pub fn get(&self, mchid: &Mchid) -> Option<Arc<Account>> {
        self.accounts.borrow().get(mchid).cloned()
    }

    /// All of them, by number.
    pub fn all(&self) -> Vec<Arc<Account>> {
        self.accounts.borrow().values().cloned().collect()
    }

    /// Takes one in, in the place of what was known of it. Whoever holds the old one finishes with it.
    pub fn put(&self, account: Account) {
        self.accounts.send_modify(|accounts| {
            accounts.insert(account.merchant.mchid.clone(), Arc::new(account));
        });
    }

    /// All of them, now and after every change. Whoever drives owners and lines follows this: a merchant id that is new
    /// needs an owner, and a line that is new needs its platform keys kept, in the place of the one before.
    pub fn follow(&self) -> watch::Receiver<Accounts> {
        self.accounts.subscribe()
    }

    /// Comes back when nobody else changes what is set up, and keeps it so until the guard is dropped.
    pub(crate) async fn changing(&self) -> MutexGuard<'_, ()> {
        self.changing.lock().await
    }
}
