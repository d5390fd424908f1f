//! `tidegate store distribute`.

use std::error::Error;

use clap::{Args, ValueEnum};
use gateway::admin::distribution;

use crate::screen::print;

/// With what.
#[derive(Debug, Args)]
#[command(after_help = "\
The statements go to standard output, for psql: tidegate store distribute --engine citus | psql -v ON_ERROR_STOP=1 DATABASE")]
pub(crate) struct Options {
    /// What divides the tables.
    #[arg(long)]
    engine: Engine,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum Engine {
    /// Citus 11 or later, an extension of PostgreSQL.
    Citus,
}

/// Prints the statements.
pub(crate) fn run(Options { engine }: Options) -> Result<(), Box<dyn Error>> {
    match engine {
        Engine::Citus => print(&distribution::citus())?,
    }
    Ok(())
}
