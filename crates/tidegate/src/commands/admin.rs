//! `tidegate admin`.

use std::error::Error;
use std::path::PathBuf;

use clap::{Args, Subcommand};
use gateway::admin::init::{Made, init};
use gateway::secrets::keyset::VARIABLE;
use jiff::Timestamp;
use zeroize::Zeroizing;

use crate::commands::configuration::{self, CONFIG_FILE};

/// What the operator does.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Set up a new store: its keyset, and the first admin key, printed once.
    Init(InitOptions),
}

#[derive(Debug, Args)]
pub(crate) struct InitOptions {
    /// The configuration, as TOML; if left out `tidegate.toml` in this folder, and without one `tidegate.db` and
    /// `tidegate.keyset` in this folder.
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,
}

impl Command {
    /// Does it.
    pub(crate) fn run(self) -> Result<(), Box<dyn Error>> {
        match self {
            Command::Init(options) => run_init(options),
        }
    }
}

fn run_init(InitOptions { config }: InitOptions) -> Result<(), Box<dyn Error>> {
    let file = configuration::file(config);
    let config = configuration::read(file.as_deref())?;
    let keyset = std::env::var(VARIABLE).ok().map(Zeroizing::new);
    let store = config.store.open()?;
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let made = runtime.block_on(init(&store, &config.keyset_file, keyset, Timestamp::now()))?;
    let Made { keyset_file, admin_key } = made;
    if let Some(file) = keyset_file {
        println!("Keyset: {}", file.display());
        println!("  It seals every secret in the store. Keep a copy of it, apart from copies of the store.");
    }
    println!("Admin key: {}", admin_key.expose());
    println!(
        "  It is shown this once and kept nowhere. It sets up merchant ids and makes keys under /v1/admin."
    );
    match &file {
        Some(file) => println!("Next: tidegate serve --config {}", file.display()),
        None => {
            println!("Next: tidegate serve --config {CONFIG_FILE}");
            println!(
                "  The file must be there; empty it is enough, and then what was set up here is served."
            );
        }
    }
    Ok(())
}
