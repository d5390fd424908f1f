//! The gateway, in a process of its own.

use std::error::Error;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use gateway::serve::{Start, start};
use store::open::StoreUrl;

use super::child::ready;

/// The role's name.
pub const ROLE: &str = "gateway-process";

/// Where a gateway with its files in `folder` keeps its store.
pub fn store(folder: &Path) -> PathBuf {
    folder.join("store.db")
}

/// Runs a gateway with its files in `folder`, linked to the sandbox in `sandbox`, until its caller is gone. Its place is
/// where it is called: `listen`, or else an address that is free.
pub async fn run(folder: &Path, sandbox: &Path, listen: Option<SocketAddr>) -> Result<(), Box<dyn Error>> {
    let listen = listen.unwrap_or(SocketAddr::from(([127, 0, 0, 1], 0)));
    let store = StoreUrl::Sqlite(store(folder));
    let running = start(Start::WithSandbox { listen, store, folder: sandbox.to_owned() }).await?;
    ready(&format!("http://{}", running.address)).await?;
    running.stop().await;
    Ok(())
}
