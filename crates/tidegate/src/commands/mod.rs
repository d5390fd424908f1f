//! The commands, one file each.

mod interruption;
mod sandbox;

use std::error::Error;

use clap::Subcommand;

/// What to do.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Run a local WeChat Pay platform for tests: no real money, no real keys.
    Sandbox(sandbox::Options),
}

impl Command {
    /// Does it, and comes back when it is done.
    pub(crate) fn run(self) -> Result<(), Box<dyn Error>> {
        match self {
            Command::Sandbox(options) => sandbox::run(options),
        }
    }
}
