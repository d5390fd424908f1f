//! `Prefer: wait=N`: the answer is held as long as it may bring news, and no longer.

use std::sync::Arc;
use std::time::Duration;

use axum::http::StatusCode;
use refunds::batch::MerchantState;
use tokio::time::Instant;

use super::room::{INSTITUTION, OF_INSTITUTION, Room, asking};

#[tokio::test(start_paused = true)]
async fn without_news_the_answer_comes_when_the_wait_is_over() {
    let room = Room::new().await;
    for (prefer, applied, seconds) in
        [("wait=5", "wait=5", 5), ("wait=99", "wait=30", 30), ("wait=0", "wait=0", 0)]
    {
        let begun = Instant::now();
        let body = asking(&format!("R{seconds}"));
        let answer = room.post_with(OF_INSTITUTION, "/v1/refunds", &body, &[("prefer", prefer)]).await;
        assert_eq!(answer.status, StatusCode::ACCEPTED);
        assert_eq!(
            (answer.header("preference-applied"), begun.elapsed().as_secs()),
            (applied, seconds),
            "{prefer}"
        );
    }
    let begun = Instant::now();
    let replay = room.post_with(OF_INSTITUTION, "/v1/refunds", &asking("R5"), &[("prefer", "wait=2")]).await;
    assert_eq!((replay.status, replay.header("preference-applied")), (StatusCode::OK, "wait=2"));
    assert_eq!(begun.elapsed(), Duration::from_secs(2));
    let answer = room.post(OF_INSTITUTION, "/v1/refunds", &asking("R6")).await;
    assert_eq!(answer.header("preference-applied"), "");
}

#[tokio::test(start_paused = true)]
async fn while_an_answer_is_held_nothing_is_under_way() {
    let room = Arc::new(Room::new().await);
    let waiting = tokio::spawn({
        let room = room.clone();
        async move { room.post_with(OF_INSTITUTION, "/v1/refunds", &asking("R1"), &[("prefer", "wait=30")]).await }
    });
    tokio::time::sleep(Duration::from_secs(1)).await;
    assert!(!waiting.is_finished() && room.gateway.activity.is_quiet(), "a virtual clock may move meanwhile");
    assert_eq!(waiting.await.unwrap().status, StatusCode::ACCEPTED);
}

#[tokio::test(start_paused = true)]
async fn nobody_waits_for_a_merchant_id_that_is_paused() {
    let room = Room::new().await;
    room.set_state(INSTITUTION, MerchantState { paused: true, halt: None, ..MerchantState::default() }).await;
    let begun = Instant::now();
    let answer = room.post_with(OF_INSTITUTION, "/v1/refunds", &asking("R1"), &[("prefer", "wait=30")]).await;
    assert_eq!((answer.status, begun.elapsed()), (StatusCode::ACCEPTED, Duration::ZERO));
    assert_eq!(answer.body["waiting"]["why"], "paused");
}
