//! `tidegate demo`.

use std::error::Error;
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::Instant;

use clap::Args;
use tempfile::TempDir;

use crate::commands::interruption::{INTERRUPTED, Interruption};
use crate::commands::sandbox::VIRTUAL_BEGINNING;
use crate::demo::certificates::Office;
use crate::demo::client_log::ClientLog;
use crate::demo::evidence;
use crate::demo::figures::{Figures, findings};
use crate::demo::plan::Plan;
use crate::demo::platform::Platform;
use crate::demo::play::{Papers, Play};
use crate::demo::processes::{start_gateway, start_sandbox};
use crate::demo::recount::recount;
use crate::demo::screen::Screen;
use crate::demo::story::story;
use crate::demo::summary::{Told, summary};
use crate::demo::words::counted;
use crate::screen::print;

/// How the demo is played.
#[derive(Debug, Args)]
pub(crate) struct Options {
    /// Days of trade, 2 to 60, from a Monday on; 8 go through a weekend. Then time runs on until every refund has ended, for 20
    /// days at most.
    #[arg(long, value_name = "N", default_value_t = 8, value_parser = clap::value_parser!(u8).range(2..=60))]
    days: u8,
    /// What chance is drawn from: the same seed gives the same payments, requests and accidents.
    #[arg(long, value_name = "N", default_value_t = 1)]
    seed: u64,
    /// Show nothing while the days pass.
    #[arg(long)]
    headless: bool,
    /// Print the figures as one JSON object in the last line.
    #[arg(long)]
    json: bool,
    /// Keep the folder with the gateway's store, the sandbox's files and what both wrote.
    #[arg(long)]
    keep: bool,
}

/// Why the demo failed.
#[derive(Debug, thiserror::Error)]
enum DemoError {
    /// It was played, and something was not well.
    #[error("the demo was not well: see the {found} above")]
    NotWell {
        /// How much.
        found: String,
    },
    /// Somebody ended it.
    #[error("the demo was interrupted")]
    Interrupted,
    /// There is nowhere to play it.
    #[error("no folder for the demo can be made in `{}`: {cause}. Make that folder, or name another in TMPDIR", folder.display())]
    NoFolder {
        /// Where.
        folder: PathBuf,
        /// The kind of the system's answer.
        cause: io::ErrorKind,
    },
}

/// Plays it, and comes back when everything is counted.
pub(crate) fn run(options: Options) -> Result<ExitCode, Box<dyn Error>> {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    let no_folder =
        |error: io::Error| DemoError::NoFolder { folder: std::env::temp_dir(), cause: error.kind() };
    let folder = tempfile::Builder::new().prefix("tidegate-demo-").tempdir().map_err(no_folder)?;
    let played = runtime.block_on(async {
        let mut interruption = Interruption::listen()?;
        tokio::select! {
            // Whatever it has started is killed when it is dropped.
            played = play(&options, folder.path()) => played,
            came = interruption.comes() => {
                came?;
                Err(DemoError::Interrupted.into())
            }
        }
    });
    let was_interrupted = played.as_ref().is_err_and(|error| is_interruption(error.as_ref()));
    leave(folder, options.keep || (played.is_err() && !was_interrupted));
    match played {
        Err(interrupted) if was_interrupted => {
            // The terminal may be what has ended it.
            let _ = writeln!(io::stderr(), "tidegate: {interrupted}");
            Ok(ExitCode::from(INTERRUPTED))
        }
        played => played.map(|()| ExitCode::SUCCESS),
    }
}

fn is_interruption(error: &(dyn Error + 'static)) -> bool {
    matches!(error.downcast_ref(), Some(DemoError::Interrupted))
}

/// Removes the folder, unless somebody may want to look into it.
fn leave(folder: TempDir, is_needed: bool) {
    if is_needed {
        let kept = folder.keep();
        let _ = writeln!(io::stderr(), "Everything is kept in {}", kept.display());
    }
}

async fn play(options: &Options, folder: &Path) -> Result<(), Box<dyn Error>> {
    let began = Instant::now();
    let Options { days, seed, headless, json, .. } = *options;
    let days = usize::from(days);
    let plan = Plan::new(VIRTUAL_BEGINNING, days, seed);
    let screen = Screen::new(headless);
    let world = folder.join("world.toml");
    std::fs::write(&world, plan.world())?;
    let sandbox = start_sandbox(folder, &world, seed).await?;
    let platform = Platform::new(sandbox.control.clone())?;
    let office = Office::new(platform.clone(), sandbox.company_name.clone(), &sandbox.data, folder);
    let in_force = office.first(plan.from).await?;
    let process = start_gateway(folder).await?;
    let log = ClientLog::create(&folder.join("client-log.jsonl"))?;
    let mut play = Play::new(&plan, platform.clone(), process, screen, Papers { office, in_force }, log);
    play.run().await?;
    let evidence = evidence::gather(&plan, play.log.all(), &platform, play.gateway()).await?;
    let recount = recount(&evidence);
    let figures = Figures::new(days, seed, &evidence, &recount, began.elapsed());
    let findings = findings(&figures, &evidence, &recount, &play.happened);
    let told = Told {
        plan: &plan,
        evidence: &evidence,
        recount: &recount,
        figures: &figures,
        happened: &play.happened,
        story: &story(&plan, &evidence),
        findings: &findings,
    };
    let mut text = summary(&told);
    if json {
        text.push_str(&serde_json::to_string(&figures)?);
        text.push('\n');
    }
    // Nobody may be reading; the exit code tells all the same.
    let _ = print(&text);
    if findings.is_empty() {
        Ok(())
    } else {
        Err(DemoError::NotWell { found: counted(findings.len(), "finding") }.into())
    }
}
