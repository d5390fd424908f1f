//! `tidegate store migrate`.

use std::error::Error;
use std::path::PathBuf;

use clap::Args;
use gateway::config::Config;

use crate::commands::configuration::CONFIG_FILE;
use crate::screen::print;

/// Which store.
#[derive(Debug, Args)]
pub(crate) struct Options {
    /// The configuration that names the store, as TOML; if left out `tidegate.toml` in this folder.
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,
}

/// Opens the store, which brings it up to date, and closes it again.
pub(crate) fn run(Options { config }: Options) -> Result<(), Box<dyn Error>> {
    let config = Config::read(&config.unwrap_or_else(|| CONFIG_FILE.into()))?;
    let store = config.store.open()?;
    let version = env!("CARGO_PKG_VERSION");
    if store.is_new() {
        print(&format!(
            "The store was made, as tidegate {version} needs it. `tidegate admin init` comes next.\n"
        ))?;
    } else {
        print(&format!("The store is as tidegate {version} needs it.\n"))?;
    }
    Ok(())
}
