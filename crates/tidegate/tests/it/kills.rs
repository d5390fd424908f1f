//! `tidegate serve`, killed again and again.

use std::path::Path;

use tests::kills::figures::Figures;
use tests::kills::run::run;
use throwaway_postgres::shared;

/// A run that fits into a minute; `cargo run --release -p tests --bin kills` has larger ones.
const FIGURES: Figures = Figures {
    seed: 1,
    refunds: 600,
    kills: 12,
    at_each_point: if cfg!(feature = "kill-points") { 1 } else { 0 },
};

/// Each one that takes the place of a killed one waits until that counts as lost.
const ON_A_SERVER: Figures = Figures { refunds: 300, kills: 5, ..FIGURES };

#[tokio::test(flavor = "multi_thread")]
async fn nothing_is_lost_and_nothing_is_paid_twice_wherever_the_gateway_is_killed() {
    all_is_well(FIGURES, None).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_is_lost_and_nothing_is_paid_twice_wherever_the_gateway_is_killed_on_postgres() {
    all_is_well(ON_A_SERVER, Some(&shared().database().unwrap())).await;
}

async fn all_is_well(figures: Figures, database: Option<&str>) {
    let tidegate = Path::new(env!("CARGO_BIN_EXE_tidegate"));
    let summary = run(figures, tidegate, database, |line| println!("{line}")).await;
    let summary = summary.unwrap_or_else(|error| panic!("seed {}: {error}", figures.seed));
    println!("{summary}");
    assert!(summary.is_well(), "{summary}");
}
