//! What was sent where: the memory that makes each notice come once.

use std::collections::BTreeSet;
use std::future::Future;
use std::sync::Arc;

use serde::{Deserialize, Serialize};
use store::Store;
use store::error::StoreError;
use store::open::OpenStore;

use super::channel::Destination;
use super::state_file::StateFileError;

/// Why it is not known, or not kept, what was sent.
#[derive(Debug, thiserror::Error)]
pub enum SentError {
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// What the store holds is no list of notices.
    #[error("the setting `{name}` in the store is no list of notices")]
    Form {
        /// The setting.
        name: String,
    },
    /// The state file cannot be written.
    #[error(transparent)]
    File(#[from] StateFileError),
}

/// Keeps the keys of notices by certificate and destination.
pub trait Sent: Sync {
    /// The keys of the notices about the certificate `serial` that were sent to `to`, and of those that never will be.
    fn sent(
        &self,
        serial: &str,
        to: &Destination,
    ) -> impl Future<Output = Result<BTreeSet<String>, SentError>> + Send;

    /// Keeps `keys` in the place of what was kept, on disk before it comes back.
    fn keep(
        &self,
        serial: &str,
        to: &Destination,
        keys: &BTreeSet<String>,
    ) -> impl Future<Output = Result<(), SentError>> + Send;
}

/// The store of a gateway: a setting for each certificate and destination. Only the process that owns the store writes it, so
/// two never send the same.
#[derive(Debug, Clone)]
pub struct StoredSent {
    store: Arc<OpenStore>,
}

#[derive(Serialize, Deserialize)]
struct Setting {
    sent: BTreeSet<String>,
}

impl StoredSent {
    /// What is in `store`.
    pub fn of(store: Arc<OpenStore>) -> StoredSent {
        StoredSent { store }
    }
}

impl Sent for StoredSent {
    async fn sent(&self, serial: &str, to: &Destination) -> Result<BTreeSet<String>, SentError> {
        let name = name(serial, to);
        let Some(value) = self.store.setting(&name).await? else { return Ok(BTreeSet::new()) };
        let Setting { sent } = serde_json::from_slice(&value).map_err(|_| SentError::Form { name })?;
        Ok(sent)
    }

    async fn keep(&self, serial: &str, to: &Destination, keys: &BTreeSet<String>) -> Result<(), SentError> {
        let setting = serde_json::to_vec(&Setting { sent: keys.clone() });
        let setting = setting.unwrap_or_else(|error| unreachable!("texts are JSON: {error}"));
        Ok(self.store.put_setting(&name(serial, to), &setting).await?)
    }
}

fn name(serial: &str, to: &Destination) -> String {
    format!("certificate_notices/{serial}/{to}")
}
