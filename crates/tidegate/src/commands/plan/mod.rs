//! `tidegate plan`: what the planner makes of a history. [`replay`] is the command; it reads its files by [`history_file`],
//! and shows what came of them by [`page`] (for people), [`document`] (for programs) and [`trace`] (attempt by attempt). [`export`] writes
//! the files of a gateway's own history.

mod document;
mod export;
mod history_file;
mod page;
mod replay;
mod share;
mod trace;

use std::error::Error;
use std::process::ExitCode;

use clap::{Args, Subcommand};

/// What to do.
#[derive(Debug, Args)]
pub(crate) struct Options {
    #[command(subcommand)]
    action: Action,
}

#[derive(Debug, Subcommand)]
enum Action {
    /// Play a history of payments and refunds through the planner and through those it is measured against.
    #[command(after_help = replay::HELP)]
    Replay(Box<replay::Options>),
    /// Write the history of a gateway's merchant id into files that `plan replay` reads.
    #[command(after_help = export::HELP)]
    Export(Box<export::Options>),
}

/// Does it.
pub(crate) fn run(options: Options) -> Result<ExitCode, Box<dyn Error>> {
    match options.action {
        Action::Replay(options) => replay::run(&options),
        Action::Export(options) => export::run(&options),
    }
}
