//! `tidegate store`: what an operator does with a store itself, not with what is in it.

mod backup;
mod distribute;
mod migrate;

use std::error::Error;

use clap::Subcommand;

/// What to do with it.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Copy a store that is an SQLite file, while a gateway runs on it or while none does.
    #[command(after_help = backup::HELP)]
    Backup(backup::Options),
    /// Bring a store to the schema of this program, as `tidegate serve` does by itself when it starts.
    Migrate(migrate::Options),
    /// Print the statements that divide the tables of a PostgreSQL store by merchant id among several servers.
    Distribute(distribute::Options),
}

impl Command {
    /// Does it.
    pub(crate) fn run(self) -> Result<(), Box<dyn Error>> {
        match self {
            Command::Backup(options) => backup::run(&options),
            Command::Migrate(options) => migrate::run(options),
            Command::Distribute(options) => distribute::run(options),
        }
    }
}
