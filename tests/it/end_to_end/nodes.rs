//! Two gateways on one store: a refund can be asked for at either, whichever drives the owner of its merchant id.

use std::time::{Duration, Instant};

use gateway::serve::StoreUrl;
use serde_json::{Value, json};
use throwaway_postgres::shared;

use super::service::Service;
use super::story::{BAKERY, DIRECT, Shop, Story};

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
    let store = StoreUrl::parse(&shared().database().unwrap()).unwrap();
    let mut story = Story::begin_in_real_time_on(store).await;
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
