//! `tidegate admin`.

use std::error::Error;
use std::path::PathBuf;

use clap::{Args, Subcommand};
use gateway::admin::init::{Made, init};
use gateway::config::Config;
use gateway::secrets::keyset::VARIABLE;
use jiff::Timestamp;
use zeroize::Zeroizing;

/// What the operator does.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Set up a new store: its keyset, and the first admin key, printed once.
    Init(InitOptions),
}

#[derive(Debug, Args)]
pub(crate) struct InitOptions {
    /// The configuration, as TOML; the usual places in this folder if left out.
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
    let config = match config {
        Some(file) => Config::read(&file)?,
        None => Config::usual(&std::env::current_dir()?),
    };
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
    Ok(())
}
