//! The keyset of a store that is used with a sandbox: beside the store, since nobody sets it up.

use std::path::{Path, PathBuf};

use store::Store;
use store::open::StoreUrl;

use crate::admin::init::{self, InitError};
use crate::secrets::canary;
use crate::secrets::keyset::Keyset;
use crate::secrets::sealer::Sealer;

/// Where the keyset of `store` lies: its path with `.keyset` behind it. One on a server has no path, and its keyset lies
/// in the sandbox's `folder`, where every node that is used with it looks.
pub fn beside(store: &StoreUrl, folder: &Path) -> PathBuf {
    match store {
        StoreUrl::Sqlite(path) => {
            let mut name = path.as_os_str().to_owned();
            name.push(".keyset");
            PathBuf::from(name)
        }
        StoreUrl::Postgres(_) => folder.join("gateway.keyset"),
    }
}

/// Seals and opens for `store` with the keyset at `file`, which is made together with a new store and never beside an
/// old one.
pub async fn open(store: &impl Store, file: &Path) -> Result<Sealer, InitError> {
    if init::is_set_up(store).await? {
        let sealer = Sealer::new(Keyset::read(file)?);
        canary::check(store, &sealer).await?;
        return Ok(sealer);
    }
    let sealer = init::keyset_of_new_store(file, None)?.sealer;
    canary::plant(store, &sealer).await?;
    Ok(sealer)
}
