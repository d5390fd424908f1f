//! `tidegate pool`: a file a command.

mod curve;
mod explain;
mod ledger;
mod show;

use std::error::Error;
use std::process::ExitCode;

use clap::{Args, Subcommand};

use crate::commands::asking::Asking;

/// What to do with pools, and where.
#[derive(Debug, Args)]
pub(crate) struct Options {
    #[command(flatten)]
    asking: Asking,
    #[command(subcommand)]
    action: Action,
}

#[derive(Debug, Subcommand)]
enum Action {
    /// Show a merchant id's pool today against what is expected of it: what came in, what is promised, who waits.
    Show(show::Options),
    /// Explain why refunds wait, what is missing, when they should leave and what can be done.
    Explain(explain::Options),
    /// Hold the ledger of a merchant id against its orders and refunds, or put it right. Takes the operator's key.
    Ledger(ledger::Options),
}

/// Does it.
pub(crate) fn run(options: Options) -> Result<ExitCode, Box<dyn Error>> {
    let Options { asking, action } = options;
    match action {
        Action::Show(options) => show::run(&asking, &options),
        Action::Explain(options) => explain::run(&asking, &options),
        Action::Ledger(options) => ledger::run(&asking, &options),
    }
}
