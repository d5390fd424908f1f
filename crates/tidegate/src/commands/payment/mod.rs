//! `tidegate payment`: a file a command.

mod add;
mod import;

use std::error::Error;
use std::process::ExitCode;

use clap::{Args, Subcommand};

use crate::commands::asking::Asking;

/// What to do with payments, and where.
#[derive(Debug, Args)]
pub(crate) struct Options {
    #[command(flatten)]
    asking: Asking,
    #[command(subcommand)]
    action: Action,
}

#[derive(Debug, Subcommand)]
enum Action {
    /// Report a payment your system has seen: it feeds the pool's forecast and says what the order was.
    Add(add::Options),
    /// Report many payments, out of a CSV file. The same file again does nothing twice.
    #[command(after_help = import::HELP)]
    Import(import::Options),
}

/// Does it.
pub(crate) fn run(options: Options) -> Result<ExitCode, Box<dyn Error>> {
    let Options { asking, action } = options;
    match action {
        Action::Add(options) => add::run(&asking, &options),
        Action::Import(options) => import::run(&asking, &options),
    }
}
