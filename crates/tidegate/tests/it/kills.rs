//! `tidegate serve`, killed again and again.

use std::path::Path;

use tests::kills::figures::Figures;
use tests::kills::run::run;

/// A run that fits into a minute; `cargo run --release -p tests --bin kills` has larger ones.
const FIGURES: Figures = Figures {
    seed: 1,
    refunds: 600,
    kills: 12,
    at_each_point: if cfg!(feature = "kill-points") { 1 } else { 0 },
};

#[tokio::test(flavor = "multi_thread")]
async fn nothing_is_lost_and_nothing_is_paid_twice_wherever_the_gateway_is_killed() {
    let summary = run(FIGURES, Path::new(env!("CARGO_BIN_EXE_tidegate")), |line| println!("{line}")).await;
    let summary = summary.unwrap_or_else(|error| panic!("seed {}: {error}", FIGURES.seed));
    println!("{summary}");
    assert!(summary.is_well(), "{summary}");
}
