//! A known text, sealed in the store: if it does not open, the keyset is not the one this store was made with.

use store::Store;
use store::error::StoreError;

use super::sealer::{NotSealed, OpenError, Place, Sealer};

const NAME: &str = "keyset_canary";
const TEXT: &[u8] = b"tidegate";
const PLACE: Place<'static> = Place { table: "settings", mchid: None, name: NAME, version: 1 };

/// Why a keyset and a store do not go together, or that nobody knows.
#[derive(Debug, thiserror::Error)]
pub enum CanaryError {
    /// The store was never set up.
    #[error("this store has not been set up; run `tidegate admin init` once")]
    NotSetUp,
    /// The keyset is another one.
    #[error(
        "this keyset is not the one the store was made with: {0}. Bring back the store's own keyset; a new one opens \
         none of its secrets"
    )]
    WrongKeyset(OpenError),
    /// Nothing was sealed.
    #[error(transparent)]
    NotSealed(#[from] NotSealed),
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Whether `store` was set up with any keyset.
pub async fn is_there(store: &impl Store) -> Result<bool, StoreError> {
    Ok(store.setting(NAME).await?.is_some())
}

/// Marks a new store as made with the keyset of `sealer`. Fails if it was made with another one before.
pub async fn plant(store: &impl Store, sealer: &Sealer) -> Result<(), CanaryError> {
    let sealed = sealer.seal(PLACE, TEXT)?;
    opens(sealer, &store.put_setting_if_absent(NAME, &sealed.bytes).await?)
}

/// Makes sure that `store` was made with the keyset of `sealer`: for every start.
pub async fn check(store: &impl Store, sealer: &Sealer) -> Result<(), CanaryError> {
    let sealed = store.setting(NAME).await?.ok_or(CanaryError::NotSetUp)?;
    opens(sealer, &sealed)
}

fn opens(sealer: &Sealer, sealed: &[u8]) -> Result<(), CanaryError> {
    // That it opens is the proof; it is compared so that nobody else's seal of another text passes for it.
    match sealer.open(PLACE, sealed) {
        Ok(text) if *text == TEXT => Ok(()),
        Ok(_) => Err(CanaryError::WrongKeyset(OpenError::Form)),
        Err(error) => Err(CanaryError::WrongKeyset(error)),
    }
}
