//! Disturbs several gateways on one PostgreSQL again and again and says what came of their refunds. Exits with 1 if anything is
//! not as it must be.

use std::path::PathBuf;
use std::process::ExitCode;

use clap::Parser;
use tests::kills::nodes::disturbance::Disturbance;
use tests::kills::nodes::postgres::Postgres;
use tests::kills::nodes::run::{NodeFigures, run};
use tests::kills::program::beside_this_one;
use throwaway_postgres::{Cluster, Server};

/// Kills, pauses and cuts off three gateways on one PostgreSQL while they pay refunds back, takes PostgreSQL away too, and counts
/// afterwards that nothing was lost or paid twice.
///
/// The gateway is the program `tidegate`, built with `cargo build --release -p tidegate`. PostgreSQL is Debian's, and so are
/// Patroni and etcd.
#[derive(Debug, Parser)]
struct Arguments {
    /// How often something is done to a node or to PostgreSQL.
    #[arg(long, default_value_t = 100)]
    disturbances: usize,
    /// Do nothing but this; drawn by chance if left out.
    #[arg(long, value_name = "WHAT")]
    only: Option<Disturbance>,
    /// Two servers under Patroni instead of one, which fail or switch over and do not crash.
    #[arg(long)]
    patroni: bool,
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
    let Arguments { disturbances, only, patroni, refunds, seed, tidegate } = Arguments::parse();
    if matches!((only, patroni), (Some(Disturbance::Crash), true) | (Some(Disturbance::Failover), false)) {
        eprintln!(
            "nodes: a single server crashes, and a cluster fails over: `--only failover` goes with `--patroni`"
        );
        return ExitCode::FAILURE;
    }
    let tidegate = tidegate.unwrap_or_else(beside_this_one);
    // As it comes: what is acknowledged is on disk.
    let postgres = match patroni {
        true => Cluster::start(&[]).map(Postgres::Cluster),
        false => Server::start(&[]).map(Postgres::Server),
    };
    let postgres = match postgres {
        Ok(postgres) => postgres,
        Err(error) => {
            eprintln!("nodes: {error}");
            return ExitCode::FAILURE;
        }
    };
    let figures = NodeFigures { seed, refunds, disturbances, only };
    match run(figures, &tidegate, &postgres, |line| eprintln!("{line}")).await {
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
