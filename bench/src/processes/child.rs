//! A program of ours in a process of its own, so that its CPU time and memory are told apart.
//!
//! It says on its standard output when it is ready, and ends when its standard input does: also if we are killed.

use std::io::Write as _;
use std::path::Path;
use std::process::Stdio;
use std::time::Duration;

use tokio::io::{AsyncBufReadExt, AsyncReadExt, BufReader};
use tokio::process::{Child as Process, Command};
use tokio::time::timeout;

use super::usage::Usage;
use crate::error::BenchError;

/// What a child prints when it is ready, and then where it is reached.
const READY: &str = "ready ";

/// No start takes longer; most of it is making keys.
const START: Duration = Duration::from_secs(60);

/// No end takes longer.
const END: Duration = Duration::from_secs(30);

/// A process of ours.
#[derive(Debug)]
pub struct Child {
    role: &'static str,
    process: Process,
    /// Where it is reached, in its own words.
    pub place: String,
}

impl Child {
    /// Starts this executable again in `role`, with its files in `folder`; it is ready when this comes back.
    pub async fn start(role: &'static str, folder: &Path, arguments: &[&str]) -> Result<Child, BenchError> {
        let failed = |source| BenchError::Process { role, source };
        let executable = std::env::current_exe().map_err(failed)?;
        let mut command = Command::new(executable);
        command.arg(role).arg(folder).args(arguments).stdin(Stdio::piped()).stdout(Stdio::piped());
        let mut process = command.kill_on_drop(true).spawn().map_err(failed)?;
        let mut first = String::new();
        if let Some(said) = process.stdout.take() {
            let mut said = BufReader::new(said);
            let line = timeout(START, said.read_line(&mut first));
            line.await.map_err(|_| BenchError::NotReady { role })?.map_err(failed)?;
        }
        let place = first.trim_end().strip_prefix(READY).ok_or(BenchError::NotReady { role })?.to_owned();
        Ok(Child { role, process, place })
    }

    /// What it has used so far.
    pub fn usage(&self) -> Usage {
        self.process.id().and_then(Usage::of).unwrap_or_default()
    }

    /// Ends it by SIGKILL; it is gone when this comes back.
    pub async fn kill(mut self) -> Result<(), BenchError> {
        self.process.kill().await.map_err(|source| BenchError::Process { role: self.role, source })
    }

    /// Ends it well.
    pub async fn stop(mut self) -> Result<(), BenchError> {
        drop(self.process.stdin.take());
        let ended = timeout(END, self.process.wait()).await;
        let ended = ended.map_err(|_| BenchError::NotEnding { role: self.role })?;
        let status = ended.map_err(|source| BenchError::Process { role: self.role, source })?;
        if status.success() { Ok(()) } else { Err(BenchError::NotEnding { role: self.role }) }
    }
}

/// In the child: says that it is ready at `place`, and comes back when it shall end.
pub(crate) async fn ready(place: &str) -> std::io::Result<()> {
    let mut stdout = std::io::stdout();
    writeln!(stdout, "{READY}{place}")?;
    stdout.flush()?;
    let mut ignored = Vec::new();
    tokio::io::stdin().read_to_end(&mut ignored).await?;
    Ok(())
}
