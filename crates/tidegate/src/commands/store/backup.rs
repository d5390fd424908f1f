//! `tidegate store backup`.

use std::error::Error;
use std::path::PathBuf;

use clap::Args;
use gateway::serve::{StoreUrl, back_up};

use crate::commands::configuration;
use crate::screen::print;

/// What follows the options.
pub(crate) const HELP: &str = "\
The copy holds everything that was acknowledged before it was begun. Keep it apart from the keyset: whoever has both has the private \
keys. To put it back, end the gateway, move `tidegate.db`, `tidegate.db-wal` and `tidegate.db-shm` out of the way, copy the backup to \
`tidegate.db`, and start once with `tidegate serve --restored`.\n\
A store in PostgreSQL is copied with its own means, `pg_dump` for instance.";

/// What is copied, and where to.
#[derive(Debug, Args)]
pub(crate) struct Options {
    /// The file to make; it may not be there yet.
    #[arg(value_name = "FILE")]
    to: PathBuf,
    /// The configuration that names the store; if left out `tidegate.toml` in this folder, and without one `tidegate.db` in this folder.
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,
    /// The store itself, e.g. `sqlite:/var/lib/tidegate/store.db`.
    #[arg(long, value_name = "URL", value_parser = crate::commands::serve::store_url, conflicts_with = "config")]
    store: Option<StoreUrl>,
}

/// The store is not a file.
#[derive(Debug, thiserror::Error)]
#[error("this store is in PostgreSQL: copy the database with its own means, e.g. `pg_dump --format=custom`")]
struct NotAFile;

/// Does it.
pub(crate) fn run(Options { to, config, store }: &Options) -> Result<(), Box<dyn Error>> {
    let store = match store {
        Some(store) => store.clone(),
        None => configuration::read(configuration::file(config.clone()).as_deref())?.store,
    };
    let StoreUrl::Sqlite(from) = store else { return Err(NotAFile.into()) };
    back_up(&from, to)?;
    print(&format!("{} is copied to {}.\n", from.display(), to.display()))?;
    Ok(())
}
