//! Waiting for money: a refund leaves when the day's pool holds enough, under the number it had from the beginning.

use super::over_either_wire;
use super::story::{Day, Scene, Story};

over_either_wire!(
    the_pool_is_empty_for_days_and_nobody_sees_a_failure,
    a_payment_that_is_reported_lets_a_refund_go_at_once,
    a_small_refund_does_not_wait_behind_a_large_one,
    the_bank_needs_twelve_days,
);

async fn the_pool_is_empty_for_days_and_nobody_sees_a_failure(scene: Scene) {
    let story = Story::begin(scene).await;
    story.pays("T1", 10_000).await;
    story.advance("P1D").await;

    story.refunds("R1", "T1", 3_000).await;
    story.advance("PT1M").await;
    for _ in 0..9 {
        story.advance("PT8H").await;
        let shown = story.shown("R1").await;
        let is_at_work = scene.day == Day::Unkind && shown["status"] == "unclear";
        if !is_at_work {
            assert_eq!(shown["status"], "waiting_for_funds", "{shown}");
            assert_eq!(shown["waiting"]["why"], "funds", "{shown}");
            assert!(shown["waiting"]["text"].as_str().is_some_and(|text| !text.is_empty()), "{shown}");
            assert_eq!(shown["next_action"]["what"], "submit", "{shown}");
            assert!(shown["next_action"]["at"].is_string(), "{shown}");
        }
        assert_eq!(shown["refusal"], serde_json::Value::Null, "{shown}");
        assert_eq!(shown["till"]["outcome"], "registered", "{shown}");
    }
    story.pays("T2", 5_000).await;

    story.ends("R1", "succeeded").await;
    // Asked for in vain every hour or so, and taken once.
    assert!(story.requests("R1").await > 24);
    assert_eq!(story.acceptances("R1").await, 1);
    assert!(story.timeline("R1").await.iter().all(|event| event["to"] != "rejected"));
    story.closes().await;
}

async fn a_payment_that_is_reported_lets_a_refund_go_at_once(scene: Scene) {
    let story = Story::begin(scene).await;
    story.pays("T1", 10_000).await;
    story.advance("P1D").await;
    story.refunds("R1", "T1", 3_000).await;
    story.advance("PT10M").await;
    assert_eq!(story.acceptances("R1").await, 0);

    let paid = story.pays("T2", 5_000).await;
    assert_eq!(story.reports(&paid).await.status, 201);
    assert_eq!(story.reports(&paid).await.status, 200);

    story.advance("PT1S").await;
    if scene.day == Day::Kind {
        assert_eq!(story.acceptances("R1").await, 1, "{}", story.shown("R1").await);
    }
    story.ends("R1", "succeeded").await;
    story.closes().await;
}

async fn a_small_refund_does_not_wait_behind_a_large_one(scene: Scene) {
    let story = Story::begin(scene).await;
    story.pays("T1", 100_000).await;
    story.pays("T2", 100_000).await;
    story.advance("P1D").await;
    story.pays("T3", 5_000).await;

    story.refunds("R1", "T1", 90_000).await;
    story.settles().await;
    story.refunds("R2", "T2", 1_000).await;

    story.ends("R2", "succeeded").await;
    assert_eq!(story.acceptances("R1").await, 0);
    story.pays("T4", 200_000).await;
    story.ends("R1", "succeeded").await;
    story.closes().await;
}

async fn the_bank_needs_twelve_days(scene: Scene) {
    let world = format!("[[settings.fates]]\nfate = \"success\"\nafter_s = {}\n", 12 * 24 * 3600);
    let story = Story::begin_in(scene, &world).await;
    story.pays("T1", 10_000).await;

    story.refunds("R1", "T1", 3_000).await;
    story.advance("P4D").await;
    assert_eq!(story.status("R1").await, "processing");
    story.advance("P7D").await;
    assert_eq!(story.status("R1").await, "overdue");

    story.advance("P2D").await;
    story.ends("R1", "succeeded").await;
    story.closes().await;
}
