//! Notifications: each one brings the query forward, and none is believed for itself.

use serde_json::{Value, json};

use super::story::{BAKERY, DIRECT, Day, Scene, Story};
use super::{on_a_kind_day, on_any_day, over_either_wire};

/// Refunds succeed in the moment in which they are taken.
const AT_ONCE: &str = "[[settings.fates]]\nfate = \"success\"\nafter_s = 0\n";

/// Refunds succeed ten seconds after they are taken: long before the first query of the plan.
const AFTER_TEN_SECONDS: &str = "[[settings.fates]]\nfate = \"success\"\nafter_s = 10\n";

over_either_wire!(
    a_notification_comes_ten_times,
    a_notification_is_lost,
    a_notification_comes_to_another_merchant,
);

/// Over V2 nobody signs a refund's notification, and none is believed.
mod forged {
    use super::a_notification_is_forged;

    super::on_any_day!(a_notification_is_forged);
}

on_a_kind_day!(a_notification_comes_before_the_answer);

fn successes(timeline: &[Value]) -> usize {
    timeline.iter().filter(|event| event["to"] == "succeeded" && event["from"] != "succeeded").count()
}

async fn a_notification_comes_before_the_answer(scene: Scene) {
    let story = Story::begin_in_real_time(scene.kept, AT_ONCE).await;
    story.pays("T1", 10_000).await;
    story
        .goes_wrong(json!({ "call": "refund_submit", "fault": "slow_answer", "delay_ms": 800, "times": 1 }))
        .await;

    story.refunds("R1", "T1", 3_000).await;
    story.becomes("R1", "submitting").await;

    // The notification has come meanwhile: the result is asked for at once, and not after a minute.
    story.becomes("R1", "succeeded").await;
    assert_eq!(successes(&story.timeline("R1").await), 1);
    assert_eq!(story.acceptances("R1").await, 1);
    story.closes().await;
}

async fn a_notification_comes_ten_times(scene: Scene) {
    let story = Story::begin_in(scene, AFTER_TEN_SECONDS).await;
    story.pays("T1", 10_000).await;
    story.goes_wrong(json!({ "call": "callback", "fault": "callback_repeated", "repeats": 9 })).await;

    story.refunds("R1", "T1", 3_000).await;

    if scene.day == Day::Kind {
        // Not after a minute, when the plan would ask.
        story.advance("PT11S").await;
        assert_eq!(story.status("R1").await, "succeeded");
    }
    story.ends("R1", "succeeded").await;
    assert_eq!(successes(&story.timeline("R1").await), 1);
    story.closes().await;
}

async fn a_notification_is_lost(scene: Scene) {
    let story = Story::begin_in(scene, AFTER_TEN_SECONDS).await;
    story.pays("T1", 10_000).await;
    story.goes_wrong(json!({ "call": "callback", "fault": "callback_lost" })).await;

    story.refunds("R1", "T1", 3_000).await;
    story.settles().await;
    if scene.day == Day::Kind {
        story.advance("PT59S").await;
        assert_eq!(story.status("R1").await, "processing");
        story.advance("PT1S").await;
        assert_eq!(story.status("R1").await, "succeeded");
    }

    story.ends("R1", "succeeded").await;
    story.closes().await;
}

async fn a_notification_is_forged(scene: Scene) {
    let story = Story::begin_in(scene, AFTER_TEN_SECONDS).await;
    for (n, fault) in
        ["wrong_signature", "unsigned", "probe", "wrong_serial", "stale_timestamp"].into_iter().enumerate()
    {
        let (order, refund) = (format!("T{n}"), format!("R{n}"));
        story.pays(&order, 10_000).await;
        story.goes_wrong(json!({ "call": "callback", "out_refund_no": refund, "fault": fault })).await;

        story.refunds(&refund, &order, 3_000).await;

        if scene.day == Day::Kind {
            story.settles().await;
            story.advance("PT30S").await;
            assert_eq!(story.status(&refund).await, "processing", "{fault}");
        }
        // The plan's own query finds it.
        story.ends(&refund, "succeeded").await;
    }
    story.closes().await;
}

async fn a_notification_comes_to_another_merchant(scene: Scene) {
    let mut story = Story::begin_in(scene, AFTER_TEN_SECONDS).await;
    story.now_tells(BAKERY);
    story.pays("T1", 10_000).await;
    story.refunds("R1", "T1", 3_000).await;
    story.ends("R1", "succeeded").await;
    story.now_tells(DIRECT);
    story.pays("T1", 10_000).await;
    story
        .goes_wrong(json!({
            "call": "callback", "mchid": DIRECT.mchid, "fault": "callback_for_another_merchant"
        }))
        .await;

    story.refunds("R1", "T1", 4_000).await;
    if scene.day == Day::Kind {
        story.settles().await;
        story.advance("PT30S").await;
        assert_eq!(story.status("R1").await, "processing");
    }

    story.ends("R1", "succeeded").await;
    story.now_tells(BAKERY);
    assert_eq!(story.shown("R1").await["amount"]["refund"], 3_000);
    story.closes().await;
}
