//! WeChat Pay's side, in a process of its own.

use std::error::Error;
use std::path::{Path, PathBuf};

use sandbox::serve::{ClockMode, Config, start};

use super::child::ready;

/// The role's name.
pub const ROLE: &str = "sandbox-process";

/// The file in the sandbox's folder that describes its world.
pub const WORLD: &str = "bench-world.toml";

/// The same figures every time.
const SEED: u64 = 1;

/// Runs a sandbox with its files in `folder` until its caller is gone. Its place is its control interface.
pub async fn run(folder: &Path) -> Result<(), Box<dyn Error>> {
    let free = std::net::SocketAddr::from(([127, 0, 0, 1], 0));
    let world: PathBuf = folder.join(WORLD);
    let running = start(Config {
        listen: free,
        mtls_listen: free,
        control: free,
        data: folder.to_owned(),
        world: Some(world),
        seed: Some(SEED),
        clock: ClockMode::Real,
        fresh: false,
        unkind: None,
    })
    .await?;
    ready(&format!("http://{}", running.control)).await?;
    // Dropped, it keeps no state: nobody goes on with it.
    Ok(())
}
