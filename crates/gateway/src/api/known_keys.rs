//! Keys of the API that were looked up a moment ago, so that not every request reads the store for the same key.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use store::contract::{Answer, Store};
use store::merchant::ApiKey;
use tokio::time::Instant;

/// How long a key is believed without looking again: as long as another node may go on taking one that was revoked here.
const BELIEVED_FOR: Duration = Duration::from_secs(1);

/// So many are remembered. Beyond that all are forgotten, which costs a look each.
const REMEMBERED: usize = 4_096;

/// The keys that were found, by their hashes. What was not found is not remembered. Cheap to clone.
#[derive(Debug, Clone, Default)]
pub struct KnownKeys(Arc<Mutex<Found>>);

/// Keys by their hashes, and when each was read.
type Found = BTreeMap<[u8; 32], (Instant, ApiKey)>;

impl KnownKeys {
    /// The key with this hash, as it is in `store` or was within the last second.
    pub async fn find(&self, store: &impl Store, hash: &[u8; 32]) -> Answer<Option<ApiKey>> {
        let now = Instant::now();
        let known = self.lock().get(hash).filter(|(at, _)| now.duration_since(*at) < BELIEVED_FOR).cloned();
        if let Some((_, key)) = known {
            return Ok(Some(key));
        }
        let found = store.api_key(hash).await?;
        let mut keys = self.lock();
        match &found {
            Some(key) => {
                if keys.len() >= REMEMBERED {
                    keys.clear();
                }
                keys.insert(*hash, (now, key.clone()));
            }
            None => {
                keys.remove(hash);
            }
        }
        Ok(found)
    }

    /// The key with this hash was changed or revoked.
    pub fn forget(&self, hash: &[u8; 32]) {
        self.lock().remove(hash);
    }

    fn lock(&self) -> MutexGuard<'_, Found> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use jiff::Timestamp;
    use store::memory::{MemoryStore, Model};

    use super::*;

    #[tokio::test(start_paused = true)]
    async fn a_revoked_key_is_taken_a_second_longer_at_most_and_not_at_all_where_it_was_revoked() {
        let store = MemoryStore::new(Model::new());
        let hash = [7; 32];
        let key = ApiKey {
            hash,
            mchid: None,
            sub_mchid: None,
            scopes: ["admin".to_owned()].into(),
            not_after: None,
            name: "first".to_owned(),
            created_at: Timestamp::UNIX_EPOCH,
        };
        let (here, elsewhere) = (KnownKeys::default(), KnownKeys::default());
        assert_eq!(here.find(&store, &hash).await, Ok(None));
        store.put_api_key(key.clone()).await.unwrap();
        for node in [&here, &elsewhere] {
            assert_eq!(node.find(&store, &hash).await, Ok(Some(key.clone())));
        }
        store.remove_api_key(&hash).await.unwrap();
        here.forget(&hash);
        assert_eq!(here.find(&store, &hash).await, Ok(None));
        assert_eq!(elsewhere.find(&store, &hash).await, Ok(Some(key)));
        tokio::time::advance(BELIEVED_FOR).await;
        assert_eq!(elsewhere.find(&store, &hash).await, Ok(None));
    }
}
