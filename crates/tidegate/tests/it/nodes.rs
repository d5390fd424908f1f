//! Three times `tidegate serve` on one PostgreSQL, killed, paused and cut off.

use std::path::Path;

use tests::kills::nodes::{NodeFigures, run};
use throwaway_postgres::Server;

/// A run that fits into a minute; `cargo run --release -p tests --bin nodes` has larger ones.
const FIGURES: NodeFigures = NodeFigures { seed: 5, refunds: 90, disturbances: 3 };

#[tokio::test(flavor = "multi_thread")]
async fn nothing_is_lost_and_nothing_is_paid_twice_whatever_happens_to_nodes_and_their_database() {
    let tidegate = Path::new(env!("CARGO_BIN_EXE_tidegate"));
    // A server of its own: it crashes.
    let server = Server::start(&["fsync=off"]).unwrap();
    let summary = run(FIGURES, tidegate, &server, |line| println!("{line}")).await;
    let summary = summary.unwrap_or_else(|error| panic!("seed {}: {error}", FIGURES.seed));
    println!("{summary}");
    assert!(summary.summary.is_well(), "{summary}");
}
