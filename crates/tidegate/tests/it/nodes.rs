//! Three times `tidegate serve` on one PostgreSQL, killed, paused and cut off; and on two of which one takes over.

use std::path::Path;

use tests::kills::nodes::disturbance::Disturbance;
use tests::kills::nodes::postgres::Postgres;
use tests::kills::nodes::run::{NodeFigures, run};
use throwaway_postgres::{Cluster, Server};

/// A run that fits into a minute; `cargo run --release -p tests --bin nodes` has larger ones.
const FIGURES: NodeFigures = NodeFigures { seed: 5, refunds: 90, disturbances: 3, only: None };

/// One in which no bank takes days: the failover alone takes half a minute.
const FAILOVER: NodeFigures =
    NodeFigures { seed: 1, refunds: 30, disturbances: 1, only: Some(Disturbance::Failover) };

#[tokio::test(flavor = "multi_thread")]
async fn nothing_is_lost_and_nothing_is_paid_twice_whatever_happens_to_nodes_and_their_database() {
    // A server of its own: it crashes.
    all_is_well(FIGURES, Postgres::Server(Server::start(&["fsync=off"]).unwrap())).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_is_lost_and_nothing_is_paid_twice_when_the_database_fails_over() {
    all_is_well(FAILOVER, Postgres::Cluster(Cluster::start(&["fsync=off"]).unwrap())).await;
}

async fn all_is_well(figures: NodeFigures, postgres: Postgres) {
    let tidegate = Path::new(env!("CARGO_BIN_EXE_tidegate"));
    let summary = run(figures, tidegate, &postgres, |line| println!("{line}")).await;
    let summary = summary.unwrap_or_else(|error| panic!("seed {}: {error}", figures.seed));
    println!("{summary}");
    assert!(summary.summary.is_well(), "{summary}");
}
