//! Messages that come twice, late or out of order, in either direction, or whose answers come when nobody waits any more.

use serde_json::json;

use super::post::{Fate, Letter, Post};
use super::story::{Scene, Story};
use super::{on_a_kind_day, on_a_kind_day_over_either_wire, on_a_kind_day_over_v2};

// On another day chance would send more than they say.
on_a_kind_day_over_either_wire!(
    every_message_comes_twice,
    an_answer_comes_when_nobody_waits_for_it,
    a_submission_arrives_after_its_repetition,
    two_submissions_arrive_in_the_wrong_order_and_a_third_finds_the_refund,
    a_submission_arrives_after_its_refund_has_ended,
    a_submission_arrives_while_its_refund_is_withdrawn,
    notifications_come_twice_late_and_in_the_wrong_order,
    the_notification_of_a_failure_comes_after_that_of_the_success,
    whatever_becomes_of_messages_each_refund_is_paid_once,
);

/// A request over V2 bears no time, and WeChat Pay takes it however old it is.
mod long_after {
    use super::{
        a_submission_arrives_when_its_number_is_dead, a_submission_that_never_grows_old_is_taken_and_told_of,
    };

    super::on_a_kind_day!(a_submission_arrives_when_its_number_is_dead);
    super::on_a_kind_day_over_v2!(a_submission_that_never_grows_old_is_taken_and_told_of);
}

/// Refunds succeed half a minute after they are taken: before the first query of the plan.
const AFTER_HALF_A_MINUTE: &str = "[[settings.fates]]\nfate = \"success\"\nafter_s = 30\n";

/// A story in which the gateway's requests go by a post.
async fn by_post(scene: Scene, world: &str) -> (Story, Post) {
    let mut story = Story::begin_in(scene, world).await;
    let post = Post::default();
    story.requests_go_by(&post).await;
    (story, post)
}

/// A refund of so much is cancelled whose requests are all kept by the post.
async fn withdrawn(scene: Scene, world: &str, fen: i64) -> (Story, Post) {
    let (story, post) = by_post(scene, world).await;
    story.pays("T1", 10_000).await;
    post.carries_next(&[Fate::LateAndCut; 9]);
    story.refunds("R1", "T1", fen).await;
    story.settles().await;
    assert_eq!(story.cancels("R1").await.status, 202);
    (story, post)
}

/// What is kept arrives, in this order.
async fn arrive<'a>(letters: impl IntoIterator<Item = &'a Letter>) -> Vec<u16> {
    let mut statuses = Vec::new();
    for letter in letters {
        statuses.push(letter.is_delivered().await);
    }
    statuses
}

async fn every_message_comes_twice(scene: Scene) {
    let (story, post) = by_post(scene, "").await;
    story.pays("T0", 30_000).await;
    // The day's pool is empty by then.
    story.advance("P1D").await;
    for (n, fate) in [Fate::TwiceAndTheFirstIsHeard, Fate::TwiceAndTheSecondIsHeard].into_iter().enumerate() {
        post.carries_all(fate);
        let (order, [refused, first, second]) =
            (format!("T1{n}"), ["N", "A", "B"].map(|kind| format!("{kind}{n}")));
        story.refunds(&refused, "T0", 4_000).await;
        story.advance("PT2M").await;
        assert_eq!(story.status(&refused).await, "waiting_for_funds");
        story.pays(&order, 20_000).await;
        story.refunds(&first, &order, 3_000).await;
        story.refunds(&second, &order, 3_000).await;
        for refund in [&refused, &first, &second] {
            story.ends(refund, "succeeded").await;
            assert_eq!(story.acceptances(refund).await, 1, "{refund} {fate:?}");
            let requests = story.requests(refund).await;
            assert!(requests >= 2 && requests.is_multiple_of(2), "{refund} {fate:?} {requests}");
        }
        story.advance("P1D").await;
    }
    story.closes().await;
}

async fn an_answer_comes_when_nobody_waits_for_it(scene: Scene) {
    let (story, post) = by_post(scene, "").await;
    story.pays("T1", 10_000).await;
    post.carries_next(&[Fate::Unanswered]);

    story.refunds("R1", "T1", 3_000).await;

    story.ends("R1", "succeeded").await;
    assert_eq!((story.requests("R1").await, story.acceptances("R1").await), (1, 1));
    assert!(story.timeline("R1").await.iter().any(|event| event["to"] == "unclear"));
    story.closes().await;
}

async fn a_submission_arrives_after_its_repetition(scene: Scene) {
    let (story, post) = by_post(scene, "").await;
    story.pays("T1", 10_000).await;
    post.carries_next(&[Fate::Late]);

    story.refunds("R1", "T1", 3_000).await;
    story.settles().await;
    assert_eq!(story.status("R1").await, "processing");
    assert_eq!(arrive(&post.kept()).await, [200]);

    story.ends("R1", "succeeded").await;
    assert_eq!((story.requests("R1").await, story.acceptances("R1").await), (2, 1));
    story.closes().await;
}

async fn two_submissions_arrive_in_the_wrong_order_and_a_third_finds_the_refund(scene: Scene) {
    let (story, post) = by_post(scene, "").await;
    story.pays("T1", 10_000).await;
    post.carries_next(&[Fate::LateAndCut, Fate::Late]);

    story.refunds("R1", "T1", 3_000).await;
    story.settles().await;
    let kept = post.kept();
    assert_eq!((kept.len(), story.requests("R1").await), (2, 0));
    assert_eq!(arrive(kept.iter().rev()).await, [200, 200]);
    story.advance("PT10S").await;

    assert_eq!(story.status("R1").await, "processing");
    story.ends("R1", "succeeded").await;
    assert_eq!(story.acceptances("R1").await, 1);
    story.closes().await;
}

async fn a_submission_arrives_after_its_refund_has_ended(scene: Scene) {
    let (story, post) = by_post(scene, AFTER_HALF_A_MINUTE).await;
    story.pays("T1", 10_000).await;
    post.carries_next(&[Fate::LateAndCut]);
    story.refunds("R1", "T1", 3_000).await;
    story.advance("PT1M").await;
    assert_eq!(story.status("R1").await, "succeeded");
    let timeline = story.timeline("R1").await;

    assert_eq!(arrive(&post.kept()).await, [200]);
    story.advance("PT1H").await;

    assert_eq!(story.timeline("R1").await, timeline);
    assert_eq!((story.requests("R1").await, story.acceptances("R1").await), (2, 1));
    story.closes().await;
}

async fn a_submission_arrives_while_its_refund_is_withdrawn(scene: Scene) {
    let (story, post) = withdrawn(scene, "", 10_000).await;
    story.advance("PT4M").await;
    assert_eq!(story.status("R1").await, "withdrawing");

    // Its time stamp is still one that WeChat Pay takes.
    assert_eq!(arrive(&post.kept()[..1]).await, [200]);

    story.ends("R1", "succeeded").await;
    assert_eq!(story.acceptances("R1").await, 1);
    story.closes().await;
}

async fn a_submission_arrives_when_its_number_is_dead(scene: Scene) {
    let (story, post) = withdrawn(scene, "", 10_000).await;
    story.ends("R1", "cancelled").await;
    post.carries_next(&[]);
    story.refunds("R2", "T1", 10_000).await;

    let kept = post.kept();
    let refused = vec![401; kept.len()];
    assert_eq!(arrive(&kept).await, refused);

    assert!(!refused.is_empty());
    story.ends("R2", "succeeded").await;
    assert_eq!((story.status("R1").await, story.acceptances("R1").await), ("cancelled".to_owned(), 0));
    story.closes().await;
}

async fn a_submission_that_never_grows_old_is_taken_and_told_of(scene: Scene) {
    let (story, post) = withdrawn(scene, AFTER_HALF_A_MINUTE, 3_000).await;
    story.ends("R1", "cancelled").await;
    post.carries_next(&[]);
    story.pays("T2", 10_000).await;

    assert_eq!(arrive(&post.kept()[..1]).await, [200]);

    // WeChat Pay's word is believed also of a refund that had ended, and the order counts it again.
    story.ends("R1", "succeeded").await;
    assert_eq!(story.acceptances("R1").await, 1);
    let order = story.tenant().get("/v1/orders/T1").await.unwrap().body;
    assert_eq!((&order["refunded"], &order["refundable"]), (&json!(3_000), &json!(7_000)), "{order}");
    story.closes().await;
}

async fn notifications_come_twice_late_and_in_the_wrong_order(scene: Scene) {
    let (mut story, post) = (Story::begin_in(scene, AFTER_HALF_A_MINUTE).await, Post::default());
    let refunds = ["R1", "R2", "R3", "R4"];
    for (n, refund) in refunds.into_iter().enumerate() {
        let order = format!("T{n}");
        story.pays(&order, 10_000).await;
        story.refunds(refund, &order, 3_000).await;
    }
    story.settles().await;
    story.notifications_go_by(&post).await;
    post.carries_next(&[
        Fate::TwiceAndTheSecondIsHeard,
        Fate::LateAndCut,
        Fate::LateAndCut,
        Fate::TwiceAndTheFirstIsHeard,
    ]);
    story.advance("PT31S").await;
    let mut statuses = vec![];
    for refund in refunds {
        statuses.push(story.status(refund).await);
    }
    statuses.sort();
    assert_eq!(statuses, ["processing", "processing", "succeeded", "succeeded"]);

    // Twice each, the later one first. Nobody has asked meanwhile: they bring the queries forward.
    let kept = post.kept();
    assert_eq!(kept.len(), 2);
    for letter in kept.iter().rev().chain(&kept) {
        assert_eq!(letter.is_delivered().await, 200);
        story.settles().await;
    }

    for refund in refunds {
        assert_eq!(story.status(refund).await, "succeeded", "{refund}");
        let timeline = story.timeline(refund).await;
        let successes =
            timeline.iter().filter(|event| event["to"] == "succeeded" && event["from"] != "succeeded");
        assert_eq!(successes.count(), 1, "{timeline:#?}");
        assert_eq!(story.acceptances(refund).await, 1);
    }
    story.closes().await;
}

async fn the_notification_of_a_failure_comes_after_that_of_the_success(scene: Scene) {
    let world = "[[settings.fates]]\nfate = \"abnormal\"\nafter_s = 30\n";
    let (mut story, post) = (Story::begin_in(scene, world).await, Post::default());
    story.pays("T1", 10_000).await;
    story.refunds("R1", "T1", 3_000).await;
    story.settles().await;
    story.notifications_go_by(&post).await;
    post.carries_next(&[Fate::LateAndCut; 99]);
    story.advance("PT2M").await;
    assert_eq!(story.status("R1").await, "abnormal");
    let failures = post.kept();
    post.carries_next(&[]);
    let path = format!("/control/refunds/{}/R1/remedy", story.mchid());
    story.control.post(&path, &json!({ "remedy": "payers_card" })).await;
    story.ends("R1", "succeeded").await;

    // Those that are not too old are believed to have been sent, and asked about, and the query has the last word.
    let statuses = arrive(&failures).await;
    story.advance("P1D").await;

    assert!(!statuses.is_empty());
    assert_eq!(story.status("R1").await, "succeeded");
    assert_eq!(story.acceptances("R1").await, 1);
    story.closes().await;
}

async fn whatever_becomes_of_messages_each_refund_is_paid_once(scene: Scene) {
    let (mut story, post) = by_post(scene, AFTER_HALF_A_MINUTE).await;
    let fates = [
        Fate::Once,
        Fate::LateAndCut,
        Fate::TwiceAndTheSecondIsHeard,
        Fate::UnansweredAndCut,
        Fate::LateAndCut,
        Fate::TwiceAndTheFirstIsHeard,
        Fate::LateAndCut,
    ];
    let refunds: Vec<_> = (0..30).map(|n| (format!("R{n}"), format!("T{n}"))).collect();
    let mut kept: Vec<Letter> = vec![];
    for (n, (refund, order)) in refunds.iter().enumerate() {
        story.pays(order, 10_000).await;
        // Another place in the row each time, so that repetitions meet other fates than what they repeat.
        post.carries_next(&[&fates[n % fates.len()..], &fates[..n % fates.len()]].concat());
        story.refunds(refund, order, 3_000).await;
        if n % 4 == 3 {
            story.advance("PT3S").await;
            kept.append(&mut post.kept());
        }
        if n % 8 == 7 {
            arrive(kept.iter().rev()).await;
            kept.clear();
        }
    }
    story.notifications_go_by(&post).await;
    post.carries_next(&fates.repeat(4));
    story.advance("PT1M").await;
    kept.append(&mut post.kept());
    arrive(kept.iter().rev().chain(&kept)).await;
    for (refund, _) in &refunds {
        story.ends(refund, "succeeded").await;
    }
    let recount = story.recount().await;
    for (refund, _) in &refunds {
        assert_eq!(recount.of_number(story.mchid(), refund).unwrap().acceptances, 1, "{refund}");
    }
    story.closes().await;
}
