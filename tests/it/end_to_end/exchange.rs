//! The hour at which yesterday's money is lost, where that is not midnight: nobody says it, and the gateway finds out.

use serde_json::{Value, json};

use super::on_a_kind_day;
use super::story::{DIRECT, Scene, Story};

on_a_kind_day!(a_late_hour_is_learned_told_and_used);

/// The platform of this world pays refunds from yesterday's money until half past two.
const LATE: &str = "[settings]\nlock_time = \"02:30:00\"\nlate_lock_keeps_refundable = true\n";

/// As many days as it takes to rely on them; that of the last one is told on the day after.
const ORDINARY_DAYS: usize = 8;

async fn a_late_hour_is_learned_told_and_used(scene: Scene) {
    let story = Story::begin_in(scene, LATE).await;
    for day in 0..ORDINARY_DAYS {
        trade(&story, day).await;
        story.advance("P1D").await;
    }
    // At 00:40, 01:10 and 02:10; and from a minute later to nine again.
    let nights = [("PT15H40M", "PT8H19M"), ("PT16H10M", "PT7H49M"), ("PT17H10M", "PT6H49M")];
    for (night, (after_nine, to_nine)) in nights.into_iter().enumerate() {
        trade(&story, ORDINARY_DAYS + night).await;
        story.advance(after_nine).await;
        let refund = format!("R{night}");
        let id = story.refunds(&refund, "T0", 1_000).await["id"].as_str().unwrap().to_owned();
        story.advance("PT1M").await;
        assert_eq!(story.requests(&refund).await, 0, "nothing of today is there");
        assert_eq!(pool(&story).await["exchange_hour"], Value::Null);
        let answer = story.operator().post(&format!("/v1/refunds/{id}/retry"), &json!({})).await.unwrap();
        assert_eq!(answer.status, 202, "{answer:?}");
        story.settles().await;
        assert_eq!(story.acceptances(&refund).await, 1);
        story.advance(to_nine).await;
    }

    trade(&story, ORDINARY_DAYS + 3).await;
    story.advance("PT15H30M").await;
    let shown = pool(&story).await;
    assert_eq!(shown["best_fen"], 100_000, "{shown}");
    assert_eq!(shown["exchange_hour"]["nights"], 3, "{shown}");
    assert_eq!(shown["exchange_hour"]["left_fen"], 100_000, "{shown}");
    let hour = shown["exchange_hour"]["refundable_until"].as_str().unwrap();
    assert!(hour.starts_with("02:1"), "{shown}");
    assert!(shown["next_exchange"].as_str().unwrap().contains("T18:1"), "{shown}");
    story.refunds("R3", "T0", 30_000).await;
    story.settles().await;
    assert_eq!((story.requests("R3").await, story.acceptances("R3").await), (1, 1));
    assert_eq!(pool(&story).await["best_fen"], 70_000);
    story.closes().await;
}

/// A payment that the gateway is told of, at nine.
async fn trade(story: &Story, day: usize) {
    let paid = story.pays(&format!("T{day}"), 100_000).await;
    assert_eq!(story.reports(&paid).await.status, 201);
}

async fn pool(story: &Story) -> Value {
    story.operator().get(&format!("/v1/pools/{}", DIRECT.mchid)).await.unwrap().body
}
