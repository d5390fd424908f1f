//! `tidegate merchant`: a file a command. All of them take the operator's key.

mod certificate;
mod list;
mod show;
mod sub_merchant;

use std::error::Error;
use std::process::ExitCode;

use clap::{Args, Subcommand};

use crate::commands::asking::Asking;

/// What to do with merchant ids, and where.
#[derive(Debug, Args)]
pub(crate) struct Options {
    #[command(flatten)]
    asking: Asking,
    #[command(subcommand)]
    action: Action,
}

#[derive(Debug, Subcommand)]
enum Action {
    /// List the merchant ids that are set up.
    List,
    /// Show one: how it is set up, its certificate, whether it is paused or halted.
    Show(show::Options),
    /// Add a sub-merchant to an institution, or give one another weight where sub-merchants take turns.
    SubMerchant(sub_merchant::Options),
    /// Give one a new certificate while refunds go on.
    ///
    /// The gateway first makes a harmless call that is signed with it. If WeChat Pay does not take that call, nothing changes.
    Certificate(certificate::Options),
}

/// Does it.
pub(crate) fn run(options: Options) -> Result<ExitCode, Box<dyn Error>> {
    let Options { asking, action } = options;
    match action {
        Action::List => list::run(&asking),
        Action::Show(options) => show::run(&asking, &options),
        Action::SubMerchant(options) => sub_merchant::run(&asking, &options),
        Action::Certificate(options) => certificate::run(&asking, &options),
    }
}
