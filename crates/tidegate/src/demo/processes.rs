//! The sandbox and the gateway, each a process of its own, started from this very program.

use std::collections::BTreeMap;
use std::fs::File;
use std::io;
use std::net::{Ipv4Addr, SocketAddr, TcpListener};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use serde::Deserialize;

use crate::demo::gateway::Gateway;
use crate::demo::plan::INSTITUTION;

/// How long a process may take until it is ready.
const PATIENCE: Duration = Duration::from_secs(30);

/// How often is looked whether it is.
const LOOK_AGAIN: Duration = Duration::from_millis(20);

/// Lines of its output that are shown when a process fails.
const LAST_LINES: usize = 5;

/// Why a process is not there.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ProcessError {
    /// The system did not start it.
    #[error("`tidegate {name}` cannot be started: {source}")]
    NotStarted {
        /// Which.
        name: &'static str,
        /// The system's answer.
        source: io::Error,
    },
    /// It ended by itself.
    #[error("`tidegate {name}` ended before its time; its output is in {}:\n{last}", output.display())]
    Ended {
        /// Which.
        name: &'static str,
        /// Where its output is.
        output: PathBuf,
        /// The end of it.
        last: String,
    },
    /// It runs, but is not ready.
    #[error("`tidegate {name}` was not ready after {} s; its output is in {}:\n{last}", PATIENCE.as_secs(), output.display())]
    NotReady {
        /// Which.
        name: &'static str,
        /// Where its output is.
        output: PathBuf,
        /// The end of it.
        last: String,
    },
    /// It wrote a file that does not say what it should.
    #[error("{}: {reason}", file.display())]
    File {
        /// The file.
        file: PathBuf,
        /// What is wrong with it.
        reason: String,
    },
    /// No calls can be made.
    #[error("no calls can be made: {0}")]
    Client(#[from] reqwest::Error),
}

/// A child process. Dropped, it is killed; and if the demo itself is killed, the child's standard input ends, and the child
/// with it. Whatever ends the demo leaves nothing running.
#[derive(Debug)]
struct Process {
    name: &'static str,
    child: Child,
    output: PathBuf,
}

impl Process {
    fn start(name: &'static str, output: PathBuf, arguments: &[&str]) -> Result<Process, ProcessError> {
        let not_started = |source| ProcessError::NotStarted { name, source };
        let spawn = || {
            // What an earlier one wrote stays.
            let out = File::options().create(true).append(true).open(&output)?;
            Command::new(std::env::current_exe()?)
                .arg(name)
                .args(arguments)
                .arg("--while-stdin-open")
                .env("NO_COLOR", "1")
                // Nothing is written to it; it is held open as long as `child` is.
                .stdin(Stdio::piped())
                .stdout(out.try_clone()?)
                .stderr(out)
                .spawn()
        };
        let child = spawn().map_err(not_started)?;
        Ok(Process { name, child, output })
    }

    /// Waits until `look` finds what it looks for, as long as the process lives.
    async fn ready<T>(&mut self, look: impl AsyncFn() -> Option<T>) -> Result<T, ProcessError> {
        let began = Instant::now();
        loop {
            if let Some(found) = look().await {
                return Ok(found);
            }
            let (name, output) = (self.name, self.output.clone());
            if !matches!(self.child.try_wait(), Ok(None)) {
                return Err(ProcessError::Ended { name, last: last_lines(&output), output });
            }
            if began.elapsed() > PATIENCE {
                return Err(ProcessError::NotReady { name, last: last_lines(&output), output });
            }
            tokio::time::sleep(LOOK_AGAIN).await;
        }
    }

    /// Ends it as a crash does: SIGKILL, no farewell.
    fn kill(&mut self) -> io::Result<()> {
        self.child.kill()?;
        self.child.wait().map(drop)
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        // Whoever is gone already needs no killing.
        let _ = self.kill();
    }
}

fn last_lines(output: &Path) -> String {
    let text = std::fs::read_to_string(output).unwrap_or_default();
    let lines: Vec<&str> = text.lines().collect();
    lines[lines.len().saturating_sub(LAST_LINES)..].join("\n")
}

/// A running sandbox.
#[derive(Debug)]
pub(crate) struct SandboxProcess {
    _process: Process,
    /// The URL of its control interface.
    pub(crate) control: String,
    /// What the platform calls the institution.
    pub(crate) company_name: String,
    /// Where its files are.
    pub(crate) data: PathBuf,
}

#[derive(Debug, Deserialize)]
struct WorldFile {
    control: String,
    merchants: Vec<WorldMerchant>,
}

#[derive(Debug, Deserialize)]
struct WorldMerchant {
    mchid: String,
    company_name: String,
}

/// Starts a sandbox with a virtual clock in `folder`; `world` describes what is not as usual.
pub(crate) async fn start_sandbox(
    folder: &Path,
    world: &Path,
    seed: u64,
) -> Result<SandboxProcess, ProcessError> {
    let seed = seed.to_string();
    let mut process = Process::start(
        "sandbox",
        folder.join("sandbox.log"),
        &[
            "--clock",
            "virtual",
            "--seed",
            &seed,
            "--data",
            &data(folder).to_string_lossy(),
            "--world",
            &world.to_string_lossy(),
            // Any free ones; `world.json` says which.
            "--listen",
            "127.0.0.1:0",
            "--mtls-listen",
            "127.0.0.1:0",
            "--control",
            "127.0.0.1:0",
        ],
    )?;
    let output = process.output.clone();
    let file = data(folder).join("world.json");
    process.ready(async || says_ready(&output).then_some(())).await?;
    let WorldFile { control, merchants } = read(&file)?;
    let institution = merchants.into_iter().find(|merchant| merchant.mchid == INSTITUTION);
    let no_institution =
        || ProcessError::File { file: file.clone(), reason: format!("{INSTITUTION} is not in it") };
    let company_name = institution.ok_or_else(no_institution)?.company_name;
    Ok(SandboxProcess { _process: process, control, company_name, data: data(folder) })
}

/// Where the sandbox keeps its files.
fn data(folder: &Path) -> PathBuf {
    folder.join("sandbox")
}

/// Whether the sandbox has written that it is ready.
fn says_ready(output: &Path) -> bool {
    std::fs::read_to_string(output).is_ok_and(|text| text.lines().any(|line| line.starts_with("Ready")))
}

/// A gateway that can be killed and started again at the same address.
#[derive(Debug)]
pub(crate) struct GatewayProcess {
    process: Process,
    folder: PathBuf,
    address: SocketAddr,
    /// The way to it.
    pub(crate) gateway: Gateway,
}

#[derive(Deserialize)]
struct GatewayFile {
    url: String,
    admin_key: String,
    keys: BTreeMap<String, String>,
}

/// Starts a gateway beside the sandbox in `folder`.
pub(crate) async fn start_gateway(folder: &Path) -> Result<GatewayProcess, ProcessError> {
    let address = free_address().map_err(|source| ProcessError::NotStarted { name: "serve", source })?;
    let (process, gateway) = serve(folder, address).await?;
    Ok(GatewayProcess { process, folder: folder.to_owned(), address, gateway })
}

impl GatewayProcess {
    /// Kills it as a crash does.
    pub(crate) fn kill(&mut self) -> io::Result<()> {
        self.process.kill()
    }

    /// Starts it again on what it left; gives the time until it was ready.
    pub(crate) async fn start_again(&mut self) -> Result<Duration, ProcessError> {
        let began = Instant::now();
        let (process, gateway) = serve(&self.folder, self.address).await?;
        (self.process, self.gateway) = (process, gateway);
        Ok(began.elapsed())
    }
}

async fn serve(folder: &Path, address: SocketAddr) -> Result<(Process, Gateway), ProcessError> {
    let store = format!("sqlite:{}", folder.join("gateway.db").display());
    let mut process = Process::start(
        "serve",
        folder.join("gateway.log"),
        &["--listen", &address.to_string(), "--store", &store, "--sandbox", &data(folder).to_string_lossy()],
    )?;
    let file = data(folder).join("gateway.json");
    let gateway = process.ready(async || gateway_of(&file).ok()).await?;
    process.ready(async || gateway.is_ready().await.then_some(())).await?;
    Ok((process, gateway))
}

/// The way to the gateway that wrote `file`.
fn gateway_of(file: &Path) -> Result<Gateway, ProcessError> {
    let GatewayFile { url, admin_key, keys } = read(file)?;
    let key = keys.get(INSTITUTION).ok_or_else(|| ProcessError::File {
        file: file.to_owned(),
        reason: format!("there is no key for {INSTITUTION}"),
    })?;
    Ok(Gateway::new(url, key, &admin_key)?)
}

fn read<T: serde::de::DeserializeOwned>(file: &Path) -> Result<T, ProcessError> {
    let wrong = |reason: String| ProcessError::File { file: file.to_owned(), reason };
    let text = std::fs::read(file).map_err(|error| wrong(error.to_string()))?;
    // Only the place of a mistake: the file may hold keys.
    serde_json::from_slice(&text).map_err(|error| wrong(format!("line {} cannot be read", error.line())))
}

/// An address of this machine at which nobody listens. Kept for the gateway's second life, so that the platform finds it
/// where it was told to send notifications.
fn free_address() -> io::Result<SocketAddr> {
    TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?.local_addr()
}
