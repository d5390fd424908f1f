//! `Prefer: wait`: the answer is held until WeChat Pay has answered, and not for the money.

use std::time::{Duration, Instant};

use serde_json::json;

use super::on_a_kind_day;
use super::story::{Scene, Story};

on_a_kind_day!(
    the_answer_comes_with_the_acceptance_and_not_before,
    the_answer_comes_when_the_time_is_over_and_not_before,
    the_answer_comes_at_once_when_there_is_no_money_to_wait_for,
    the_answer_comes_at_once_when_the_refund_is_refused_for_good,
);

/// How long WeChat Pay takes, where that matters.
const SLOW_MS: u64 = 700;

async fn the_answer_comes_with_the_acceptance_and_not_before(scene: Scene) {
    let story = Story::begin_in_real_time(scene.kept, "").await;
    story.pays("T1", 10_000).await;
    story
        .goes_wrong(json!({ "call": "refund_submit", "fault": "slow", "delay_ms": SLOW_MS, "times": 1 }))
        .await;

    let asked = Instant::now();
    let answer = story.asks_and_waits(20, &story.refund("R1", "T1", 3_000)).await;

    assert_eq!((answer.status, answer.header("preference-applied")), (202, Some("wait=20")), "{answer:?}");
    assert_eq!((answer.text("status"), &answer.body["till"]["outcome"]), ("processing", &json!("accepted")));
    assert!(asked.elapsed() >= Duration::from_millis(SLOW_MS));
    assert!(asked.elapsed() < Duration::from_secs(20));
    story.closes().await;
}

async fn the_answer_comes_when_the_time_is_over_and_not_before(scene: Scene) {
    let story = Story::begin_in_real_time(scene.kept, "").await;
    story.pays("T1", 10_000).await;
    story
        .goes_wrong(json!({ "call": "refund_submit", "fault": "slow", "delay_ms": 1_600, "times": 1 }))
        .await;

    let asked = Instant::now();
    let answer = story.asks_and_waits(1, &story.refund("R1", "T1", 3_000)).await;

    assert_eq!((answer.status, answer.header("preference-applied")), (202, Some("wait=1")), "{answer:?}");
    assert_eq!(answer.body["till"]["outcome"], "registered", "{answer:?}");
    assert!(asked.elapsed() >= Duration::from_secs(1), "{:?}", asked.elapsed());
    story.becomes("R1", "processing").await;
    story.closes().await;
}

async fn the_answer_comes_at_once_when_there_is_no_money_to_wait_for(scene: Scene) {
    let story = Story::begin(scene).await;
    story.pays("T1", 10_000).await;
    story.advance("P1D").await;

    let asked = Instant::now();
    let answer = story.asks_and_waits(30, &story.refund("R1", "T1", 3_000)).await;

    assert_eq!((answer.status, answer.text("status")), (202, "waiting_for_funds"), "{answer:?}");
    assert_eq!(answer.body["till"]["outcome"], "registered", "{answer:?}");
    assert!(asked.elapsed() < Duration::from_secs(20), "{:?}", asked.elapsed());
    story.closes().await;
}

async fn the_answer_comes_at_once_when_the_refund_is_refused_for_good(scene: Scene) {
    let story = Story::begin(scene).await;
    let body = json!({
        "out_trade_no": "NOBODY-PAID-THIS",
        "out_refund_no": "R1",
        "amount": { "refund": 100, "total": 100, "currency": "CNY" },
    });

    let answer = story.asks_and_waits(30, &body).await;

    assert_eq!((answer.status, &answer.body["till"]["outcome"]), (202, &json!("refused")), "{answer:?}");
    story.ends("R1", "rejected").await;
    assert!(story.shown("R1").await["refusal"]["code"].is_string());
    story.closes().await;
}
