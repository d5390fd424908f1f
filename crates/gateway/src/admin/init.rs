//! `tidegate admin init`: what happens once, before the gateway first runs.

use std::path::{Path, PathBuf};

use jiff::Timestamp;
use store::Store;
use store::error::StoreError;
use zeroize::Zeroizing;

use super::api_key::{ApiKeyText, NoRandomness};
use super::issuing::{self, NewApiKey};
use crate::api::access::Scope;
use crate::secrets::canary::{self, CanaryError};
use crate::secrets::keyset::{Keyset, KeysetError};
use crate::secrets::sealer::Sealer;

/// What was made, to be printed once.
#[derive(Debug)]
pub struct Made {
    /// The file of the new keyset; none if there was a keyset for this store already, which was taken.
    pub keyset_file: Option<PathBuf>,
    /// The first key with the scope `admin`. It is nowhere else and cannot be had again.
    pub admin_key: ApiKeyText,
}

/// Why a store is not set up.
#[derive(Debug, thiserror::Error)]
pub enum InitError {
    /// It was set up before.
    #[error(
        "this store is set up already: its keyset and its first admin key were made then and are not made again. Make \
         further keys with `POST /v1/admin/keys`"
    )]
    SetUpAlready,
    /// There is no keyset, and none can be made.
    #[error(transparent)]
    Keyset(#[from] KeysetError),
    /// The store could not be marked.
    #[error(transparent)]
    Canary(#[from] CanaryError),
    /// No key can be made.
    #[error(transparent)]
    NoRandomness(#[from] NoRandomness),
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// The keyset of a store, and whether its file was just made.
#[derive(Debug)]
pub struct StoresKeyset {
    /// Seals with it.
    pub sealer: Sealer,
    /// Whether the file was made.
    pub is_new: bool,
}

/// Sets a new store up: makes its keyset at `keyset_file` and the first admin key. `keyset_text` is what the environment
/// variable [`VARIABLE`](crate::secrets::keyset::VARIABLE) holds; then that is the keyset, and no file is made.
///
/// Cut short, it can be run again; when it has come to its end, never.
pub async fn init(
    store: &impl Store,
    keyset_file: &Path,
    keyset_text: Option<Zeroizing<String>>,
    now: Timestamp,
) -> Result<Made, InitError> {
    if is_set_up(store).await? {
        return Err(InitError::SetUpAlready);
    }
    let StoresKeyset { sealer, is_new } = keyset_of_new_store(keyset_file, keyset_text)?;
    // Keys of an attempt that was cut short were shown to nobody.
    for key in store.api_keys(None).await? {
        store.remove_api_key(&key.hash).await?;
    }
    let issued = issuing::make(now, first_admin_key())?;
    store.put_api_key(issued.stored).await?;
    // Last, since it says that all of it is done.
    canary::plant(store, &sealer).await?;
    Ok(Made { keyset_file: is_new.then(|| keyset_file.to_owned()), admin_key: issued.key })
}

/// Whether anything that a keyset is needed for was ever kept in `store`.
pub async fn is_set_up(store: &impl Store) -> Result<bool, StoreError> {
    Ok(canary::is_there(store).await? || !store.merchants().await?.is_empty())
}

/// The keyset that a new store begins with: the one given, else the one in the file, else a new one there. Only for a
/// store that [`is_set_up`] denies: an old one has its keyset, and a new one beside it would open nothing.
pub fn keyset_of_new_store(
    file: &Path,
    text: Option<Zeroizing<String>>,
) -> Result<StoresKeyset, KeysetError> {
    match Keyset::load(text, file) {
        Ok(keyset) => Ok(StoresKeyset { sealer: Sealer::new(keyset), is_new: false }),
        Err(KeysetError::Missing { .. }) => {
            let new = Keyset::generate()?;
            new.write(file)?;
            Ok(StoresKeyset { sealer: Sealer::new(new.keyset), is_new: true })
        }
        Err(error) => Err(error),
    }
}

fn first_admin_key() -> NewApiKey {
    NewApiKey {
        name: "first admin key".to_owned(),
        mchid: None,
        sub_mchid: None,
        scopes: [Scope::Admin].into(),
        not_after: None,
    }
}
