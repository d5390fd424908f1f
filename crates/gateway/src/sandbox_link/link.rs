//! Finding a sandbox that runs.

use std::path::{Path, PathBuf};
use std::time::Duration;

use reqwest::Client;
use tokio::time::{Instant, sleep, timeout_at};

use super::world_file::{Clock, WorldFile, WorldFileError, WorldMerchant};
use crate::wechat::sandbox_ca::{SandboxCa, SandboxCaError};

/// How long a sandbox may take to start.
pub const PATIENCE: Duration = Duration::from_secs(10);

/// How long to wait before looking again.
const AGAIN: Duration = Duration::from_millis(100);

/// A sandbox that runs.
#[derive(Debug, Clone)]
pub struct Link {
    /// Where V3 answers, a full URL.
    pub v3: String,
    /// Where both versions answer with TLS, a full URL; none if it answers nowhere so.
    pub mtls: Option<String>,
    /// Whose TLS certificates it shows there.
    pub ca: Option<SandboxCa>,
    /// Where the control interface answers, a full URL.
    pub control: String,
    /// Which clock it goes by.
    pub clock: Clock,
    pub(super) folder: PathBuf,
    pub(super) merchants: Vec<WorldMerchant>,
}

/// Why there is no sandbox to link to.
#[derive(Debug, thiserror::Error)]
#[error(
    "no sandbox runs in `{}`: {why}. Start one with `tidegate sandbox --data {}`, or name the folder of the one that \
     runs",
    folder.display(),
    folder.display()
)]
pub struct NoSandbox {
    /// The folder that was looked at.
    pub folder: PathBuf,
    /// What was found there.
    pub why: Why,
}

/// What was found where a sandbox should be.
#[derive(Debug, thiserror::Error)]
pub enum Why {
    /// It tells nothing of itself.
    #[error(transparent)]
    World(#[from] WorldFileError),
    /// It does not say whose TLS certificates it shows.
    #[error(transparent)]
    Ca(#[from] SandboxCaError),
    /// It does not answer.
    #[error("its control interface {control} does not answer ({source})")]
    Silent {
        /// Where it should answer.
        control: String,
        /// What happened instead.
        source: reqwest::Error,
    },
    /// It did not answer in time.
    #[error("its control interface does not answer")]
    Late,
}

impl Link {
    /// The sandbox that keeps itself in `folder`. It may still be starting: for `patience` it is looked for.
    pub async fn find(folder: &Path, patience: Duration) -> Result<Link, NoSandbox> {
        let deadline = Instant::now() + patience;
        let none = |why| NoSandbox { folder: folder.to_owned(), why };
        let http = client().map_err(|source| none(Why::Silent { control: String::new(), source }))?;
        loop {
            let why = match timeout_at(deadline, look(folder, &http)).await {
                Ok(Ok(link)) => return Ok(link),
                Ok(Err(why)) => why,
                Err(_) => Why::Late,
            };
            if Instant::now() + AGAIN >= deadline {
                return Err(none(why));
            }
            sleep(AGAIN).await;
        }
    }
}

async fn look(folder: &Path, http: &Client) -> Result<Link, Why> {
    let WorldFile { control, .. } = WorldFile::read(folder)?;
    let answer = http.get(format!("{control}/healthz")).send().await;
    if let Err(source) = answer.and_then(|answer| answer.error_for_status()) {
        return Err(Why::Silent { control, source: source.without_url() });
    }
    // Again: what was read before may be of the last time, by a sandbox that was only just starting at the same address.
    let WorldFile { v3, mtls, control, clock, merchants } = WorldFile::read(folder)?;
    let ca = match mtls {
        Some(_) => Some(SandboxCa::read(&folder.join("tls_ca.pem"))?),
        None => None,
    };
    Ok(Link { v3, mtls, ca, control, clock, folder: folder.to_owned(), merchants })
}

fn client() -> Result<Client, reqwest::Error> {
    // A sandbox is on this machine, and answers at once.
    Client::builder().no_proxy().tls_backend_rustls().timeout(Duration::from_secs(2)).build()
}
