//! Two gateways on one store: a refund can be asked for at either, whichever drives the owner of its merchant id, and at both
//! at once.

use std::sync::Arc;
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use tests::tenant::Tenant;
use tokio::sync::Barrier;
use tokio::task::JoinSet;

use super::service::Service;
use super::story::{BAKERY, DIRECT, Kept, Scene, Shop, Story};
use super::{asked_for, on_a_kind_day};

on_a_kind_day!(a_hundred_tills_that_ask_for_the_same_refund_at_once_get_one);

/// How long it may take until each gateway has its part, on a busy machine.
const LONGEST: Duration = Duration::from_secs(60);

/// How often it is looked whether it has.
const LOOK_EVERY: Duration = Duration::from_millis(20);

/// The shop whose owner only `other` drives, once each of the two drives one.
async fn driven_elsewhere(story: &Story, other: &Service) -> Shop {
    let deadline = Instant::now() + LONGEST;
    loop {
        let drives = |service: &Service| [BAKERY, DIRECT].map(|shop| service.drives(shop.mchid));
        match (drives(story.service()), drives(other)) {
            ([false, true], [true, false]) => return BAKERY,
            ([true, false], [false, true]) => return DIRECT,
            shares => assert!(Instant::now() < deadline, "nobody moves: {shares:?}"),
        }
        tokio::time::sleep(LOOK_EVERY).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_answer_is_held_at_a_gateway_that_does_not_drive_the_owner() {
    let mut story = Story::begin_in_real_time(Kept::OnAServer, "").await;
    let other = story.another_gateway().await;
    story.now_tells(driven_elsewhere(&story, &other).await);
    for order in ["T1", "T2", "T3"] {
        story.pays(order, 10_000).await;
    }

    for (number, order) in [("R1", "T1"), ("R2", "T2")] {
        let asked = Instant::now();
        let answer = story.asks_and_waits(20, &story.refund(number, order, 3_000)).await;

        let applied = answer.header("preference-applied");
        assert_eq!((answer.status, applied), (202, Some("wait=20")), "{answer:?}");
        let outcome = &answer.body["till"]["outcome"];
        assert_eq!((answer.text("status"), outcome), ("processing", &json!("accepted")), "{answer:?}");
        assert!(asked.elapsed() < Duration::from_secs(20), "{:?}", asked.elapsed());
    }

    let checked = story.tenant().post("/v1/refunds/R1/check", &Value::Null).await.unwrap();
    assert_eq!(checked.status, 202, "{checked:?}");

    other.stop().await;
    story.refunds("R3", "T3", 3_000).await;
    story.becomes("R3", "processing").await;
    story.closes().await;
}

/// How many tills ask at once.
const TILLS: usize = 100;

/// How often they do; as often as this variable says, if it is set.
const ROUNDS: (&str, usize) = ("TIDEGATE_ROUNDS", 3);

/// Asks for a refund at each of `gateways` in turn, with many tills at once, and again for another one: each is one refund.
async fn tills_ask_at_once(story: &Story, gateways: &[Tenant]) {
    let rounds = asked_for(ROUNDS);
    for round in 1..=rounds {
        let (order, number) = (format!("T{round}"), format!("R{round}"));
        story.pays(&order, 10_000).await;
        let body = story.refund(&number, &order, 3_000);
        let all_are_ready = Arc::new(Barrier::new(TILLS));
        let mut tills = JoinSet::new();
        for till in gateways.iter().cycle().take(TILLS) {
            let (till, body, all_are_ready) = (till.clone(), body.clone(), all_are_ready.clone());
            tills.spawn(async move {
                all_are_ready.wait().await;
                till.post("/v1/refunds", &body).await.unwrap()
            });
        }
        let answers = tills.join_all().await;
        let of_status = |status| answers.iter().filter(|answer| answer.status == status).count();
        assert_eq!((of_status(202), of_status(200)), (1, TILLS - 1), "round {round}: {answers:?}");
        assert!(answers.iter().all(|answer| answer.body["id"] == answers[0].body["id"]), "round {round}");
    }
    story.becomes(&format!("R{rounds}"), "processing").await;
}

async fn a_hundred_tills_that_ask_for_the_same_refund_at_once_get_one(scene: Scene) {
    let story = Story::begin_in_real_time(scene.kept, "").await;
    tills_ask_at_once(&story, &[story.tenant()]).await;
    story.closes().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_hundred_tills_that_ask_two_gateways_for_the_same_refund_at_once_get_one() {
    let story = Story::begin_in_real_time(Kept::OnAServer, "").await;
    let other = story.another_gateway().await;
    driven_elsewhere(&story, &other).await;
    tills_ask_at_once(&story, &[story.tenant(), story.tenant_at(&other)]).await;
    other.stop().await;
    story.closes().await;
}
