//! All merchant ids that are set up, as this process knows them.

use std::collections::BTreeMap;
use std::sync::{Arc, PoisonError, RwLock};

use wechatpay::ids::Mchid;

use super::account::Account;

/// The merchant ids.
#[derive(Debug, Clone, Default)]
pub struct Merchants(Arc<RwLock<BTreeMap<Mchid, Arc<Account>>>>);

impl Merchants {
    /// The one with this number.
    pub fn get(&self, mchid: &Mchid) -> Option<Arc<Account>> {
        self.0.read().unwrap_or_else(PoisonError::into_inner).get(mchid).cloned()
    }

    /// All of them, by number.
    pub fn all(&self) -> Vec<Arc<Account>> {
        self.0.read().unwrap_or_else(PoisonError::into_inner).values().cloned().collect()
    }

    /// Takes one in, in the place of what was known of it.
    pub fn put(&self, account: Account) {
        let mut accounts = self.0.write().unwrap_or_else(PoisonError::into_inner);
        accounts.insert(account.merchant.mchid.clone(), Arc::new(account));
    }
}
