//! A refund that is no longer wanted: its amount is free only when its number is dead.

use serde_json::json;
use wechatpay::wire::Wire;

use super::over_either_wire;
use super::story::{Day, Scene, Story};

over_either_wire!(what_may_have_arrived_is_cancelled_when_its_number_is_dead, what_did_arrive_goes_on,);

async fn what_may_have_arrived_is_cancelled_when_its_number_is_dead(scene: Scene) {
    let story = Story::begin(scene).await;
    story.pays("T1", 10_000).await;
    story.goes_wrong(json!({ "call": "refund_submit", "fault": "cut_before_commit" })).await;
    story.refunds("R1", "T1", 10_000).await;
    story.settles().await;
    assert_eq!(story.status("R1").await, "unclear");

    assert_eq!(story.cancels("R1").await.status, 202);
    story.settles().await;
    assert_eq!(story.status("R1").await, "withdrawing");
    let answer = story.asks(&story.refund("R2", "T1", 1)).await;
    assert_eq!(answer.code(), "exceeds_order", "its amount still counts: {answer:?}");

    if scene.day == Day::Kind {
        story.advance("PT5M").await;
        assert_eq!(story.status("R1").await, "withdrawing");
        story.advance("PT2M").await;
        match scene.wire {
            // Its time stamp is too old to be taken, and nothing is there.
            Wire::V3 => {}
            // Nothing in it ages: it must be missing once more, ten minutes later.
            Wire::V2 => {
                assert_eq!(story.status("R1").await, "withdrawing");
                story.advance("PT8M").await;
                assert_eq!(story.status("R1").await, "withdrawing");
                story.advance("PT2M").await;
            }
        }
        assert_eq!(story.status("R1").await, "cancelled");
    }
    story.ends("R1", "cancelled").await;
    story.control.goes_well().await;
    story.refunds("R2", "T1", 10_000).await;
    story.ends("R2", "succeeded").await;
    assert_eq!(story.acceptances("R1").await, 0);
    story.closes().await;
}

async fn what_did_arrive_goes_on(scene: Scene) {
    let story = Story::begin(scene).await;
    story.pays("T1", 10_000).await;
    story.goes_wrong(json!({ "call": "refund_submit", "fault": "cut_after_commit" })).await;
    story.goes_wrong(json!({ "call": "refund_query", "fault": "status", "status": 503 })).await;
    story.refunds("R1", "T1", 10_000).await;
    story.settles().await;
    story.cancels("R1").await;
    story.advance("PT1H").await;
    assert_eq!(story.status("R1").await, "withdrawing", "while nobody can ask, nothing is given up");
    story.control.goes_well().await;

    story.ends("R1", "succeeded").await;
    assert_eq!(story.acceptances("R1").await, 1);
    story.closes().await;
}
