//! `tidegate plan replay`.

use std::error::Error;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::Args;
use clap::builder::PossibleValuesParser;
use replay::figures::{Figures, ReferenceFigures};
use replay::history::Trial;
use replay::plot::plot;
use replay::policies::{named, names};
use replay::reference::Reference;
use replay::run::Run;
use replay::sight::{Share, Sight};

use crate::commands::plan::document::document;
use crate::commands::plan::history_file;
use crate::commands::plan::page::page;
use crate::commands::plan::share::share;
use crate::commands::plan::trace::trace;
use crate::screen::{print, print_document};

/// The form of the files.
pub(super) const HELP: &str = "\
Payments: time,amount_fen. Refunds: time,amount_fen,out_refund_no. The first line names the columns, further ones are
left alone. Amounts are in fen: 1250 for 12.50 CNY. Times look like 2026-01-05T09:00:00+08:00 and ascend.
The replay ends with the last payment. A refund is hard if somebody who knows every payment could not place it at once; delay is
counted over these. Ends with 0, or 1 if it could not run.";

/// The history, and how it is looked at.
#[derive(Debug, Args)]
pub(crate) struct Options {
    /// The CSV file of payments; `-` for standard input.
    #[arg(long, value_name = "FILE")]
    payments: PathBuf,
    /// The CSV file of refunds as they were asked for; `-` for standard input.
    #[arg(long, value_name = "FILE")]
    refunds: PathBuf,
    /// The policies, apart by commas: our planner, and what is written without one. All of them if none is named.
    #[arg(long, value_name = "NAME", value_delimiter = ',', value_parser = PossibleValuesParser::new(names()))]
    policy: Vec<String>,
    /// Show the planner no payment as it happens: only its own answers, and the statements of past days.
    #[arg(long, conflicts_with = "seen")]
    blind: bool,
    /// Show the planner only so many of the payments as they happen.
    #[arg(long, value_name = "SHARE", value_parser = share, default_value = "1")]
    seen: Share,
    /// Let so much of what is paid leave the pool at once, unseen.
    #[arg(long, value_name = "SHARE", value_parser = share, default_value = "0")]
    leak: Share,
    /// What draws which payments are seen, and the pauses of `exponential`.
    #[arg(long, value_name = "N", default_value_t = 0)]
    seed: u64,
    /// The first days, which are there to be learned from: refunds asked for in them are left out.
    #[arg(long, value_name = "N", default_value_t = 30)]
    history_days: u16,
    /// Share the pool among sub-merchants: the column of the refunds that names them.
    #[arg(long, value_name = "COLUMN")]
    share_by: Option<String>,
    /// Keep the day's money together for a large refund that has waited for more than a day.
    #[arg(long)]
    reserve: bool,
    /// Print one JSON document.
    #[arg(long)]
    json: bool,
    /// Draw pool, waiting refunds and attempts into this SVG file.
    #[arg(long, value_name = "FILE")]
    plot: Option<PathBuf>,
    /// Write every attempt into this CSV file: policy,time,out_refund_no,outcome.
    #[arg(long, value_name = "FILE")]
    trace: Option<PathBuf>,
}

/// A history that has been played.
pub(super) struct Replayed<'h> {
    /// What was played.
    pub(super) trial: Trial<'h>,
    /// How many of its days are there to be learned from.
    pub(super) history_days: u16,
    /// How the reference did.
    pub(super) reference: ReferenceFigures,
    /// How each policy did, ours first.
    pub(super) policies: Vec<ReplayedPolicy>,
}

/// One policy's way through the history.
pub(super) struct ReplayedPolicy {
    /// Its name.
    pub(super) name: &'static str,
    /// What it did.
    run: Run,
    /// That, counted.
    pub(super) figures: Figures,
}

/// A file that cannot be written.
#[derive(Debug, thiserror::Error)]
#[error("`{path}` cannot be written: {cause}")]
struct WriteError {
    path: String,
    cause: std::io::Error,
}

/// Plays the history.
pub(super) fn run(options: &Options) -> Result<ExitCode, Box<dyn Error>> {
    let history = history_file::read(&options.payments, &options.refunds, options.share_by.as_deref())?;
    let trial = history.trial(options.history_days)?;
    let seen = if options.blind { Share::NONE } else { options.seen };
    let sight = Sight { seen, leak: options.leak, seed: options.seed };
    let replayed = play(trial, options, sight)?;
    let runs = || replayed.policies.iter().map(|policy| (policy.name, &policy.run));
    if let Some(path) = &options.trace {
        write(path, &trace(&trial, runs())?)?;
    }
    if let Some(path) = &options.plot {
        write(path, plot(&trial, sight.leak, &runs().collect::<Vec<_>>()).as_bytes())?;
    }
    if options.json {
        print_document(&serde_json::to_vec_pretty(&document(&replayed))?)?;
    } else {
        print(&page(&replayed))?;
    }
    Ok(ExitCode::SUCCESS)
}

fn play<'h>(trial: Trial<'h>, options: &Options, sight: Sight) -> Result<Replayed<'h>, Box<dyn Error>> {
    let reference = Reference::of(&trial, sight.leak);
    let mut policies: Vec<ReplayedPolicy> = Vec::new();
    let is_wanted =
        |name: &str| options.policy.is_empty() || options.policy.iter().any(|wanted| wanted == name);
    for name in names().filter(|name| is_wanted(name)) {
        let named = named(name, sight.seed)?.sharing(options.reserve, options.share_by.is_some());
        let run = Run::of(&trial, &named.policy, sight)?;
        let figures = Figures::of(&trial, &reference, &run);
        policies.push(ReplayedPolicy { name, run, figures });
    }
    let reference = ReferenceFigures::of(&trial, &reference);
    Ok(Replayed { trial, history_days: options.history_days, reference, policies })
}

fn write(path: &Path, bytes: &[u8]) -> Result<(), WriteError> {
    std::fs::write(path, bytes).map_err(|cause| WriteError { path: path.display().to_string(), cause })
}
