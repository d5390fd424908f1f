//! The gateway as a process.

use std::fs::File;
use std::net::{Ipv4Addr, SocketAddr, TcpListener};
use std::path::{Path, PathBuf};
use std::process::{ExitStatus, Stdio};
use std::time::{Duration, Instant};

use platform::chance::Chance;
use reqwest::Client;
use tokio::process::{Child, Command};

use super::ends::End;
use crate::tenant::connections;

/// A start takes a fraction of a second; a machine under load is given more.
const READY_WITHIN: Duration = Duration::from_secs(30);

/// A point that is not passed in this time will not be.
const PASSED_WITHIN: Duration = Duration::from_secs(90);

/// An orderly end takes as long as the answers that are under way.
const ENDS_WITHIN: Duration = Duration::from_secs(40);

/// How often it is looked whether the gateway is ready.
const LOOK_EVERY: Duration = Duration::from_millis(5);

/// How much of a log is shown.
const LAST_LINES: usize = 12;

/// Why a run cannot go on.
#[derive(Debug, thiserror::Error)]
pub enum ProgramError {
    /// The program cannot be started.
    #[error("{} cannot be started: {source}", program.display())]
    NotStarted {
        /// The program.
        program: PathBuf,
        /// The system's answer.
        source: std::io::Error,
    },
    /// It does not become ready.
    #[error("gateway {number} was not ready within {READY_WITHIN:?}; its last words:\n{log}")]
    NotReady {
        /// Counts the gateways of the run from 1.
        number: usize,
        /// The end of its log.
        log: String,
    },
    /// It ended although nobody ended it.
    #[error("gateway {number} ended by itself ({status}); its last words:\n{log}")]
    Ended {
        /// Counts the gateways of the run from 1.
        number: usize,
        /// How.
        status: ExitStatus,
        /// The end of its log.
        log: String,
    },
    /// It does not pass the point at which it should have ended.
    #[error(
        "gateway {number} did not pass the point {point} {passing} times within {PASSED_WITHIN:?}; was the program built \
         with `--features tidegate/kill-points`? Its last words:\n{log}"
    )]
    NotPassed {
        /// Counts the gateways of the run from 1.
        number: usize,
        /// The point.
        point: &'static str,
        /// How often it should have been passed.
        passing: u64,
        /// The end of its log.
        log: String,
    },
    /// It was asked to end and does not.
    #[error("gateway {number} did not end in an orderly way within {ENDS_WITHIN:?}; its last words:\n{log}")]
    NotStopped {
        /// Counts the gateways of the run from 1.
        number: usize,
        /// The end of its log.
        log: String,
    },
}

/// How the gateway is started, each time alike.
#[derive(Debug)]
pub(super) struct Program {
    path: PathBuf,
    address: SocketAddr,
    store: String,
    folder: PathBuf,
    sandbox: PathBuf,
    /// What the logs of its gateways are called.
    name: &'static str,
    started: usize,
    http: Client,
}

/// A gateway that runs.
#[derive(Debug)]
pub(super) struct Gateway {
    number: usize,
    child: Child,
    log: PathBuf,
}

impl Program {
    /// The program at `path`, whose store will be in `folder`, for the sandbox in `sandbox`.
    pub(super) fn new(path: &Path, folder: &Path, sandbox: &Path) -> Program {
        Program {
            path: path.to_owned(),
            address: free_address(folder, "gateway"),
            store: format!("sqlite:{}", folder.join("gateway.db").display()),
            name: "gateway",
            folder: folder.to_owned(),
            sandbox: sandbox.to_owned(),
            started: 0,
            http: connections(),
        }
    }

    /// The same program on the store at `store`, which others share; its logs are called `name`, and each name has an address of
    /// its own.
    pub(super) fn on(self, store: &str, name: &'static str) -> Program {
        let address = free_address(&self.folder, name);
        Program { store: store.to_owned(), name, address, ..self }
    }

    /// What its nodes call themselves.
    pub(super) fn node_name(&self) -> String {
        self.address.to_string()
    }

    /// Where every gateway of the run answers.
    pub(super) fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// Starts a gateway on what the one before has left.
    pub(super) fn start(&mut self, end: Option<&End>) -> Result<Gateway, ProgramError> {
        self.started += 1;
        let log = self.folder.join(format!("{}-{}.log", self.name, self.started));
        let failed = |source| ProgramError::NotStarted { program: self.path.clone(), source };
        let file = File::create(&log).map_err(failed)?;
        let mut command = Command::new(&self.path);
        command
            .args(["serve", "--listen", &self.address.to_string()])
            .args(["--store", &self.store])
            .arg("--sandbox")
            .arg(&self.sandbox)
            .stdin(Stdio::null())
            .stdout(file.try_clone().map_err(failed)?)
            .stderr(file)
            .env_remove("TIDEGATE_KILL")
            .kill_on_drop(true);
        if let Some(End::AtPoint { point, passing }) = end {
            command.env("TIDEGATE_KILL", format!("{point}:{passing}"));
        }
        let child = command.spawn().map_err(failed)?;
        Ok(Gateway { number: self.started, child, log })
    }

    /// Comes back when `gateway` can work.
    pub(super) async fn ready(&self, gateway: &mut Gateway) -> Result<(), ProgramError> {
        let deadline = Instant::now() + READY_WITHIN;
        let url = format!("{}/readyz", self.url());
        loop {
            if self.http.get(&url).send().await.is_ok_and(|answer| answer.status().is_success()) {
                return Ok(());
            }
            gateway.still_runs()?;
            if Instant::now() > deadline {
                return Err(ProgramError::NotReady { number: gateway.number, log: gateway.last_words() });
            }
            tokio::time::sleep(LOOK_EVERY).await;
        }
    }
}

impl Gateway {
    /// SIGKILL; comes back when it is gone. It must have run until now.
    pub(super) async fn kill(mut self) -> Result<(), ProgramError> {
        self.still_runs()?;
        self.child.kill().await.expect("a child of ours can be killed");
        Ok(())
    }

    /// Sends it a signal, by the program of that name: the standard library sends none.
    pub(super) async fn signal(&self, signal: &str) {
        let id = self.child.id().expect("it runs, so it has an id").to_string();
        let sent = Command::new("kill").args([signal, &id]).status().await.expect("`kill` is there");
        assert!(sent.success(), "a child of ours takes signals");
    }

    /// Comes back when it has ended itself at the point.
    pub(super) async fn ends_at(mut self, point: &'static str, passing: u64) -> Result<(), ProgramError> {
        let number = self.number;
        match tokio::time::timeout(PASSED_WITHIN, self.child.wait()).await {
            Err(_) => Err(ProgramError::NotPassed { number, point, passing, log: self.last_words() }),
            Ok(ended) => {
                let status = ended.expect("a child of ours can be waited for");
                match self.log().lines().any(|line| line == format!("killed at {point}")) {
                    true => Ok(()),
                    false => Err(ProgramError::Ended { number, status, log: self.last_words() }),
                }
            }
        }
    }

    /// Asks it to end, as service managers do, and comes back when it has.
    pub(super) async fn stop(mut self) -> Result<(), ProgramError> {
        self.still_runs()?;
        let number = self.number;
        self.signal("-TERM").await;
        match tokio::time::timeout(ENDS_WITHIN, self.child.wait()).await {
            Err(_) => Err(ProgramError::NotStopped { number, log: self.last_words() }),
            Ok(ended) => match ended.expect("a child of ours can be waited for") {
                status if status.success() => Ok(()),
                status => Err(ProgramError::Ended { number, status, log: self.last_words() }),
            },
        }
    }

    /// An error if it has ended, which it should not have.
    pub(super) fn still_runs(&mut self) -> Result<(), ProgramError> {
        match self.child.try_wait().expect("a child of ours can be looked at") {
            None => Ok(()),
            Some(status) => Err(ProgramError::Ended { number: self.number, status, log: self.last_words() }),
        }
    }

    fn log(&self) -> String {
        std::fs::read_to_string(&self.log).unwrap_or_default()
    }

    fn last_words(&self) -> String {
        let log = self.log();
        let lines: Vec<&str> = log.lines().collect();
        lines[lines.len().saturating_sub(LAST_LINES)..].join("\n")
    }
}

/// Panics that any gateway of the run has written down.
pub(super) fn panics(folder: &Path) -> Vec<String> {
    let logs =
        std::fs::read_dir(folder).into_iter().flatten().filter_map(Result::ok).map(|entry| entry.path());
    let mut panics = Vec::new();
    for log in logs.filter(|path| path.extension().is_some_and(|extension| extension == "log")) {
        let text = std::fs::read_to_string(&log).unwrap_or_default();
        let name = log.file_name().unwrap_or_default().to_string_lossy().into_owned();
        panics.extend(
            text.lines().filter(|line| line.contains("panicked")).map(|line| format!("{name}: {line}")),
        );
    }
    panics
}

/// Where the program `tidegate` is if it was built together with this one: beside it.
pub fn beside_this_one() -> PathBuf {
    let here = std::env::current_exe().unwrap_or_default();
    here.with_file_name(format!("tidegate{}", std::env::consts::EXE_SUFFIX))
}

/// An address for all gateways of a run that are called `whose`. Below the ports that systems give out by themselves, so that nobody
/// takes it while no gateway runs; and drawn for the folder of the run, so that another run in the same process does not either.
pub fn free_address(folder: &Path, whose: &str) -> SocketAddr {
    let chance = Chance::new(u64::from(std::process::id()));
    let whose = format!("{whose} in {}", folder.display());
    let ports = (0..).map(|n| 15_000 + chance.below(15_000, "port", &whose, n));
    ports
        .filter_map(|port| u16::try_from(port).ok())
        .map(|port| SocketAddr::from((Ipv4Addr::LOCALHOST, port)))
        .find(|address| TcpListener::bind(address).is_ok())
        .expect("a machine has a free port")
}
