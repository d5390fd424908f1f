//! Either side starts again, or changes its keys, while refunds are under way.

use serde_json::json;
use tokio::task::JoinSet;

use super::story::{BAKERY, Scene, Story};
use super::{on_any_day, over_either_wire};

over_either_wire!(
    the_gateway_starts_again_in_the_middle,
    nothing_that_was_acknowledged_before_the_end_is_lost,
    the_sandbox_starts_again_under_a_running_gateway,
);

/// V3 alone: over V2 the platform signs with the merchant's own key.
mod platform_keys {
    use super::{
        the_platform_changes_its_key_while_nothing_happens,
        the_platform_changes_its_key_while_refunds_are_under_way,
    };

    super::on_any_day!(
        the_platform_changes_its_key_while_nothing_happens,
        the_platform_changes_its_key_while_refunds_are_under_way,
    );
}

async fn the_gateway_starts_again_in_the_middle(scene: Scene) {
    let mut story = Story::begin(scene).await;
    for order in ["T1", "T2", "T3"] {
        story.pays(order, 10_000).await;
    }
    // One is accepted, one waits for its minute, one was cut off.
    story.refunds("R1", "T1", 3_000).await;
    story.refunds("R2", "T1", 3_000).await;
    story.settles().await;
    story.goes_wrong(json!({ "call": "refund_submit", "fault": "cut_after_commit", "times": 1 })).await;
    story.refunds("R3", "T3", 3_000).await;

    story.gateway_stops().await;
    story.control.advance("PT1H").await;
    story.gateway_starts().await;

    for refund in ["R1", "R2", "R3"] {
        story.ends(refund, "succeeded").await;
        assert_eq!(story.acceptances(refund).await, 1, "{refund}");
    }
    story.closes().await;
}

async fn nothing_that_was_acknowledged_before_the_end_is_lost(scene: Scene) {
    let mut story = Story::begin(scene).await;
    for n in 0..40 {
        story.pays(&format!("T{n}"), 10_000).await;
    }
    let mut tills = JoinSet::new();
    for n in 0..40 {
        let (till, body) = (story.tenant(), story.refund(&format!("R{n}"), &format!("T{n}"), 3_000));
        tills.spawn(async move {
            (n, till.post("/v1/refunds", &body).await.is_ok_and(|answer| answer.status == 202))
        });
    }
    // It ends as soon as the first till has its answer.
    let mut acknowledged = vec![tills.join_next().await.unwrap().unwrap()];
    story.gateway_stops().await;
    acknowledged.extend(tills.join_all().await);
    story.gateway_starts().await;

    for (n, is_acknowledged) in acknowledged {
        if is_acknowledged {
            story.ends(&format!("R{n}"), "succeeded").await;
        } else {
            // As a till does that has heard nothing.
            let again = story.asks(&story.refund(&format!("R{n}"), &format!("T{n}"), 3_000)).await;
            assert!(matches!(again.status, 200 | 202), "{again:?}");
        }
    }
    story.closes().await;
}

async fn the_sandbox_starts_again_under_a_running_gateway(scene: Scene) {
    let mut story = Story::begin(scene).await;
    story.pays("T1", 10_000).await;
    story.pays("T2", 10_000).await;
    story.refunds("R1", "T1", 3_000).await;
    story.settles().await;

    story.sandbox_stops().await;
    story.refunds("R2", "T2", 3_000).await;
    story.sandbox_starts().await;

    for refund in ["R1", "R2"] {
        story.ends(refund, "succeeded").await;
        assert_eq!(story.acceptances(refund).await, 1, "{refund}");
    }
    story.closes().await;
}

async fn the_platform_changes_its_key_while_nothing_happens(scene: Scene) {
    let story = Story::begin(scene).await;
    story.control.post("/control/platform_keys/rotate", &json!({})).await;
    story.advance("P1D").await;
    story.pays("T1", 10_000).await;
    story.refunds("R1", "T1", 3_000).await;
    story.ends("R1", "succeeded").await;
    assert_eq!(story.acceptances("R1").await, 1);
    story.closes().await;
}

async fn the_platform_changes_its_key_while_refunds_are_under_way(scene: Scene) {
    let mut story = Story::begin(scene).await;
    for n in 0..6 {
        story.pays(&format!("T{n}"), 10_000).await;
    }
    for n in 0..6 {
        story.refunds(&format!("R{n}"), &format!("T{n}"), 3_000).await;
        if n % 2 == 1 {
            story.control.post("/control/platform_keys/rotate", &json!({})).await;
        }
    }
    for n in 0..6 {
        story.ends(&format!("R{n}"), "succeeded").await;
        assert_eq!(story.acceptances(&format!("R{n}")).await, 1);
    }
    // Another merchant id learns the new keys by itself.
    story.now_tells(BAKERY);
    story.pays("T1", 10_000).await;
    story.refunds("R1", "T1", 3_000).await;
    story.ends("R1", "succeeded").await;
    story.closes().await;
}
