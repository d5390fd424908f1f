//! Keeping, restoring, starting again, and doing it all twice.

use sandbox::faults::Unkind;
use sandbox::serve::{Config, StartError};
use serde_json::{Value, json};

use crate::sandbox::{DIRECT, Folder, Sandbox, config, refund};

/// Some days of a small shop.
async fn trade(sandbox: &Sandbox) {
    for day in 0..3 {
        for n in 0..4 {
            sandbox.pay(&format!("T{day}{n}"), 5_000).await;
        }
        for n in 0..3 {
            // On an unkind day some answers get lost.
            let _ = sandbox.refund(&refund(&format!("R{day}{n}"), &format!("T{day}{n}"), 3_000, 5_000)).await;
        }
        sandbox.advance("P1D").await;
    }
}

/// What a stranger can see of it.
async fn figures(sandbox: &Sandbox) -> Vec<Value> {
    let mut figures = Vec::new();
    for path in ["/control/audit", "/control/ledger", "/control/faults", &format!("/control/pools/{DIRECT}")]
    {
        figures.push(sandbox.get(path).await.body);
    }
    figures
}

#[tokio::test]
async fn the_same_seed_and_requests_give_the_same_figures() {
    let mut all = Vec::new();
    for seed in [7, 7, 8] {
        let sandbox = Sandbox::start_with(|config| {
            config.seed = Some(seed);
            config.unkind = Some(Unkind::Harsh);
        })
        .await;
        trade(&sandbox).await;
        all.push(figures(&sandbox).await);
    }
    assert_eq!(all[0], all[1]);
    assert_ne!(all[0], all[2]);
}

#[tokio::test]
async fn a_restored_snapshot_has_the_same_figures_and_a_higher_generation() {
    let sandbox = Sandbox::start().await;
    trade(&sandbox).await;
    let before = figures(&sandbox).await;
    let saved = sandbox.ask("/control/snapshots", json!({ "save": "before" })).await;
    let paid = sandbox.pay("T9", 100).await;
    sandbox.advance("P2D").await;
    let after = figures(&sandbox).await;
    assert_ne!(after, before);

    let restored = sandbox.ask("/control/snapshots", json!({ "restore": "before" })).await;
    assert_eq!(restored["now"], saved["now"], "the clock begins again where it was");
    assert_eq!(
        restored["generation"].as_u64(),
        saved["generation"].as_u64().map(|generation| generation + 1)
    );
    assert_eq!(figures(&sandbox).await, before);
    // And from there it goes on as it did.
    assert_eq!(sandbox.pay("T9", 100).await, paid);
    sandbox.advance("P2D").await;
    assert_eq!(figures(&sandbox).await, after);
}

#[tokio::test]
async fn a_sandbox_goes_on_where_it_was_left() {
    let sandbox = Sandbox::start().await;
    trade(&sandbox).await;
    let before = figures(&sandbox).await;
    let data = sandbox.stop().await;
    let sandbox = Sandbox::run(config(&data.0), data).await.unwrap();
    assert_eq!(figures(&sandbox).await, before);

    let data = sandbox.stop().await;
    let other = Config { seed: Some(99), ..config(&data.0) };
    let refused = Sandbox::run(other, Folder(data.0.join("nowhere"))).await;
    assert!(matches!(refused, Err(StartError::OtherState { what: "seed", .. })));
    let fresh = Config { seed: Some(99), fresh: true, ..config(&data.0) };
    let sandbox = Sandbox::run(fresh, data).await.unwrap();
    assert_eq!(sandbox.get("/control/audit").await.body["refunds"], json!([]));
}

#[tokio::test]
async fn a_snapshot_of_another_world_is_not_restored() {
    let sandbox = Sandbox::start().await;
    sandbox.ask("/control/snapshots", json!({ "save": "default" })).await;
    let folder = sandbox.stop().await;
    let world = folder.0.join("other.toml");
    std::fs::write(&world, "[settings]\nnoon_batch = true\n").unwrap();
    let other = Config { world: Some(world), fresh: true, ..config(&folder.0) };
    let sandbox = Sandbox::run(other, folder).await.unwrap();
    let answer = sandbox.post("/control/snapshots", json!({ "restore": "default" })).await;
    assert_eq!((answer.status, &answer.body["code"]), (409, &json!("conflict")));
}
