//! Kills a gateway again and again and says what came of its refunds. Exits with 1 if anything is not as it must be.

use std::path::PathBuf;
use std::process::ExitCode;

use clap::Parser;
use tests::kills::figures::Figures;
use tests::kills::program::beside_this_one;
use tests::kills::run::run;
use throwaway_postgres::{Server, ServerError};

/// Kills a gateway again and again while it pays refunds back, and counts afterwards that nothing was lost or paid twice.
///
/// The gateway is the program `tidegate`, built with `cargo build --release -p tidegate --features kill-points`.
#[derive(Debug, Parser)]
struct Arguments {
    /// How many gateways end by SIGKILL at a time drawn by chance.
    #[arg(long, default_value_t = 50)]
    kills: usize,
    /// How many gateways end at each of the named points.
    #[arg(long, default_value_t = 5)]
    at_each_point: usize,
    /// How many refunds are asked for.
    #[arg(long, default_value_t = 5_000)]
    refunds: usize,
    /// Keep the store on a PostgreSQL, Debian's, that is started for it; in an SQLite file if left out.
    #[arg(long)]
    postgres: bool,
    /// What chance is drawn from.
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// The gateway's program; the one beside this one if left out.
    #[arg(long, value_name = "PATH")]
    tidegate: Option<PathBuf>,
}

#[tokio::main]
async fn main() -> ExitCode {
    let Arguments { kills, at_each_point, refunds, postgres, seed, tidegate } = Arguments::parse();
    let tidegate = tidegate.unwrap_or_else(beside_this_one);
    let figures = Figures { seed, refunds, kills, at_each_point };
    let on = match postgres.then(server).transpose() {
        Ok(on) => on,
        Err(error) => {
            eprintln!("kills: {error}");
            return ExitCode::FAILURE;
        }
    };
    let database = on.as_ref().map(|(_, database)| database.as_str());
    match run(figures, &tidegate, database, |line| eprintln!("{line}")).await {
        Ok(summary) => {
            print!("{summary}");
            if summary.is_well() { ExitCode::SUCCESS } else { ExitCode::FAILURE }
        }
        Err(error) => {
            eprintln!("kills, seed {seed}: {error}");
            ExitCode::FAILURE
        }
    }
}

/// A server, and a database of it. What is killed is the gateway, never the server, so nothing need reach the disk.
fn server() -> Result<(Server, String), ServerError> {
    let server = Server::start(&["fsync=off"])?;
    let database = server.database()?;
    Ok((server, database))
}
