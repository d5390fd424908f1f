//! `tidegate refund`: a file a command, and [`sheet`] for a refund as people read it.

mod act;
mod create;
mod import;
mod list;
mod settle;
pub(crate) mod sheet;
mod show;

use std::error::Error;
use std::process::ExitCode;

use clap::{Args, Subcommand};

use crate::commands::asking::Asking;

/// What to do with refunds, and where.
#[derive(Debug, Args)]
pub(crate) struct Options {
    #[command(flatten)]
    asking: Asking,
    #[command(subcommand)]
    action: Action,
}

#[derive(Debug, Subcommand)]
enum Action {
    /// Ask for a refund. The same command again is the same refund: nothing is paid twice.
    Create(create::Options),
    /// Show where a refund stands, why it waits and what happens next.
    Show(show::Options),
    /// List refunds, the newest first.
    List(list::Options),
    /// Withdraw a refund that WeChat Pay has not accepted.
    Cancel(act::Options),
    /// Try a waiting refund now, within every limit.
    Retry(act::Options),
    /// Ask WeChat Pay now how a refund stands.
    Check(act::Options),
    /// Say that you have paid the payer by other means, because WeChat Pay put the money into your own account.
    Settle(settle::Options),
    /// Ask for many refunds, out of a CSV file. The same file again does nothing twice.
    #[command(after_help = import::REFUNDS_HELP)]
    Import(import::Options),
    /// Take over refunds that another system began, out of a CSV file. Each is asked about first; if WeChat Pay does not
    /// know the number, the refund is sent under it, so a mistyped number pays again.
    #[command(after_help = import::ADOPTIONS_HELP)]
    Adopt(import::Options),
}

/// Does it.
pub(crate) fn run(options: Options) -> Result<ExitCode, Box<dyn Error>> {
    let Options { asking, action } = options;
    match action {
        Action::Create(options) => create::run(&asking, &options),
        Action::Show(options) => show::run(&asking, &options),
        Action::List(options) => list::run(&asking, &options),
        Action::Cancel(options) => act::run(&asking, &options, "cancel"),
        Action::Retry(options) => act::run(&asking, &options, "retry"),
        Action::Check(options) => act::run(&asking, &options, "check"),
        Action::Settle(options) => settle::run(&asking, &options),
        Action::Import(options) => import::refunds(&asking, &options),
        Action::Adopt(options) => import::adoptions(&asking, &options),
    }
}
