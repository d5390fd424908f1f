//! Disturbs several gateways on one PostgreSQL again and again and says what came of their refunds. Exits with 1 if anything is
//! not as it must be.

use std::path::PathBuf;
use std::process::ExitCode;

use clap::Parser;
use tests::kills::nodes::{NodeFigures, run};
use throwaway_postgres::Server;

/// Kills, pauses and cuts off three gateways on one PostgreSQL while they pay refunds back, crashes PostgreSQL too, and counts
/// afterwards that nothing was lost or paid twice.
///
/// The gateway is the program `tidegate`, built with `cargo build --release -p tidegate`. PostgreSQL is Debian's.
#[derive(Debug, Parser)]
struct Arguments {
    /// How often something is done to a node or to PostgreSQL.
    #[arg(long, default_value_t = 100)]
    disturbances: usize,
    /// How many refunds are asked for.
    #[arg(long, default_value_t = 5_000)]
    refunds: usize,
    /// What chance is drawn from.
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// The gateway's program; the one beside this one if left out.
    #[arg(long, value_name = "PATH")]
    tidegate: Option<PathBuf>,
}

#[tokio::main]
async fn main() -> ExitCode {
    let Arguments { disturbances, refunds, seed, tidegate } = Arguments::parse();
    let tidegate = tidegate.unwrap_or_else(beside_this_program);
    // As it comes: what is acknowledged is on disk.
    let server = match Server::start(&[]) {
        Ok(server) => server,
        Err(error) => {
            eprintln!("nodes: {error}");
            return ExitCode::FAILURE;
        }
    };
    let figures = NodeFigures { seed, refunds, disturbances };
    match run(figures, &tidegate, &server, |line| eprintln!("{line}")).await {
        Ok(summary) => {
            print!("{summary}");
            if summary.summary.is_well() { ExitCode::SUCCESS } else { ExitCode::FAILURE }
        }
        Err(error) => {
            eprintln!("nodes, seed {seed}: {error}");
            ExitCode::FAILURE
        }
    }
}

fn beside_this_program() -> PathBuf {
    let here = std::env::current_exe().unwrap_or_default();
    here.with_file_name(format!("tidegate{}", std::env::consts::EXE_SUFFIX))
}
