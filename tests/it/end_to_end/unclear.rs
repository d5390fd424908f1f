//! Answers that are lost, late or not to be believed: asked about, repeated with the same number, never paid twice.

use serde_json::json;

use super::over_either_wire;
use super::story::{Day, Scene, Story};

over_either_wire!(
    an_answer_is_lost_after_the_refund_was_made,
    an_answer_is_lost_and_the_query_does_not_know_yet,
    a_request_is_lost_on_its_way,
    no_answer_that_cannot_be_believed_is_believed,
    a_query_that_cannot_be_believed_ends_nothing,
    the_platform_is_down_for_an_hour,
    a_refund_begun_in_another_system_is_asked_about_first,
);

async fn an_answer_is_lost_after_the_refund_was_made(scene: Scene) {
    let story = Story::begin(scene).await;
    story.pays("T1", 10_000).await;
    story.goes_wrong(json!({ "call": "refund_submit", "fault": "cut_after_commit", "times": 1 })).await;

    story.refunds("R1", "T1", 3_000).await;

    story.ends("R1", "succeeded").await;
    assert_eq!(story.acceptances("R1").await, 1);
    story.closes().await;
}

async fn an_answer_is_lost_and_the_query_does_not_know_yet(scene: Scene) {
    let story = Story::begin(scene).await;
    story.pays("T1", 10_000).await;
    story.goes_wrong(json!({ "call": "refund_submit", "fault": "cut_after_commit", "times": 1 })).await;
    story
        .goes_wrong(json!({ "call": "refund_query", "fault": "query_behind", "behind_ms": 3000, "times": 1 }))
        .await;

    story.refunds("R1", "T1", 3_000).await;

    story.ends("R1", "succeeded").await;
    // The number that was said not to be there was sent again, and WeChat Pay knew it.
    assert!(story.requests("R1").await >= 2);
    assert_eq!(story.acceptances("R1").await, 1);
    story.closes().await;
}

async fn a_request_is_lost_on_its_way(scene: Scene) {
    let story = Story::begin(scene).await;
    story.pays("T1", 10_000).await;
    story.goes_wrong(json!({ "call": "refund_submit", "fault": "cut_before_commit", "times": 2 })).await;

    story.refunds("R1", "T1", 3_000).await;

    story.ends("R1", "succeeded").await;
    assert_eq!(story.acceptances("R1").await, 1);
    story.closes().await;
}

async fn no_answer_that_cannot_be_believed_is_believed(scene: Scene) {
    let story = Story::begin(scene).await;
    for (n, fault) in scene.bad_signings().iter().enumerate() {
        let (order, refund) = (format!("T{n}"), format!("R{n}"));
        story.pays(&order, 10_000).await;
        story
            .goes_wrong(
                json!({ "call": "refund_submit", "out_refund_no": refund, "fault": fault, "times": 1 }),
            )
            .await;

        story.refunds(&refund, &order, 3_000).await;
        story.settles().await;

        let causes = story.timeline(&refund).await;
        assert!(causes.iter().any(|event| event["to"] == "unclear"), "{fault}: {causes:#?}");
        story.ends(&refund, "succeeded").await;
        assert_eq!(story.acceptances(&refund).await, 1, "{fault}");
    }
    story.closes().await;
}

async fn a_query_that_cannot_be_believed_ends_nothing(scene: Scene) {
    let story = Story::begin_in(scene, "[[settings.fates]]\nfate = \"success\"\nafter_s = 1\n").await;
    for (n, fault) in scene.bad_signings().iter().enumerate() {
        let (order, refund) = (format!("T{n}"), format!("R{n}"));
        story.pays(&order, 10_000).await;
        story
            .goes_wrong(json!({ "call": "callback", "out_refund_no": refund, "fault": "callback_lost" }))
            .await;
        story
            .goes_wrong(
                json!({ "call": "refund_query", "out_refund_no": refund, "fault": fault, "times": 1 }),
            )
            .await;

        story.refunds(&refund, &order, 3_000).await;

        if scene.day == Day::Kind {
            // The payer has the money after a second; the query after a minute says so and is not believed.
            story.advance("PT1M").await;
            assert_eq!(story.status(&refund).await, "processing", "{fault}");
        }
        story.ends(&refund, "succeeded").await;
    }
    story.closes().await;
}

async fn the_platform_is_down_for_an_hour(scene: Scene) {
    let story = Story::begin(scene).await;
    story.pays("T1", 10_000).await;
    story.goes_wrong(json!({ "fault": "status", "status": 503 })).await;

    story.refunds("R1", "T1", 3_000).await;
    story.advance("PT1H").await;
    assert_eq!(story.acceptances("R1").await, 0);
    story.control.goes_well().await;

    story.ends("R1", "succeeded").await;
    assert_eq!(story.acceptances("R1").await, 1);
    story.closes().await;
}

async fn a_refund_begun_in_another_system_is_asked_about_first(scene: Scene) {
    let story = Story::begin(scene).await;
    story.pays("T1", 10_000).await;
    let mut body = story.refund("R1", "T1", 3_000);
    body["adopt"] = json!({ "out_refund_no": "OLD-1" });

    let answer = story.asks(&body).await;
    assert_eq!(answer.status, 202, "{answer:?}");

    story.ends("R1", "succeeded").await;
    assert_eq!(story.acceptances("OLD-1").await, 1);
    let timeline = story.timeline("R1").await;
    let place = |cause: &str| timeline.iter().position(|event| event["cause"] == cause);
    assert!(place("absent").unwrap() < place("accepted").or(place("found")).unwrap(), "{timeline:#?}");
    story.closes().await;
}
