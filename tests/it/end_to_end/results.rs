//! Results that are not simply success: a bank that sends the money back, a closed refund, a payer who is gone.

use reqwest::Method;
use serde_json::{Value, json};

use super::over_either_wire;
use super::story::{DIRECT, Day, Scene, Story};

over_either_wire!(
    an_abnormal_refund_is_mended_by_hand_and_nobody_tells_the_gateway,
    an_abnormal_refund_is_closed_by_hand_and_a_new_number_takes_its_place,
    a_closed_refund_is_never_sent_again_and_a_new_number_takes_its_place,
    a_payer_whose_account_is_closed_is_paid_outside,
);

/// The amount whose refunds go wrong.
const UNLUCKY: i64 = 9_000;

/// A world in which refunds of [`UNLUCKY`] meet `fate` half a minute after they are taken.
fn world(fate: &str) -> String {
    format!("[[settings.fates]]\nfate = \"{fate}\"\namount_minor = {UNLUCKY}\nafter_s = 30\n")
}

/// Somebody mends an abnormal refund of the direct merchant on the Merchant Platform.
async fn somebody_mends(story: &Story, out_refund_no: &str, remedy: &str) {
    let path = format!("/control/refunds/{}/{out_refund_no}/remedy", DIRECT.mchid);
    story.control.post(&path, &json!({ "remedy": remedy })).await;
}

/// What a person can do about a refund, in a language.
async fn options(story: &Story, out_refund_no: &str, language: &str) -> Vec<String> {
    let path = format!("/v1/refunds/{out_refund_no}");
    let headers = [("Accept-Language", language)];
    let answer = story.tenant().send(Method::GET, &path, &headers, vec![]).await.unwrap();
    let options =
        answer.body["attention"]["options"].as_array().unwrap_or_else(|| panic!("{answer:?}")).iter();
    options.map(|option| option.as_str().unwrap().to_owned()).collect()
}

/// `R2` takes the place of `R1`, whose amount is free again, also where a new day has emptied the pool meanwhile.
async fn a_new_number_takes_its_place(story: &Story) {
    story.pays("T2", 50_000).await;
    story.refunds("R2", "T1", UNLUCKY + 500).await;
    story.ends("R2", "succeeded").await;
    assert_eq!(story.acceptances("R1").await, 1);
    assert_eq!(story.acceptances("R2").await, 1);
}

async fn an_abnormal_refund_is_mended_by_hand_and_nobody_tells_the_gateway(scene: Scene) {
    let story = Story::begin_in(scene, &world("abnormal")).await;
    story.pays("T1", 10_000).await;
    story.refunds("R1", "T1", UNLUCKY).await;
    story.ends("R1", "abnormal").await;
    assert_eq!(story.shown("R1").await["attention"]["reason"], "abnormal");
    assert!(options(&story, "R1", "en").await.iter().any(|way| way.contains("Merchant Platform")));
    assert!(options(&story, "R1", "zh-CN").await.iter().any(|way| way.contains("商户平台")));
    let answer = story.asks(&story.refund("R2", "T1", UNLUCKY)).await;
    assert_eq!(answer.code(), "exceeds_order", "its amount still counts: {answer:?}");

    story.goes_wrong(json!({ "call": "callback", "fault": "callback_lost" })).await;
    story.advance("P3D").await;
    assert_eq!(story.status("R1").await, "abnormal");
    somebody_mends(&story, "R1", "payers_card").await;
    if scene.day == Day::Kind {
        // The daily query finds it.
        story.advance("P1D").await;
        assert_eq!(story.status("R1").await, "succeeded");
    }
    story.ends("R1", "succeeded").await;

    assert_eq!(story.shown("R1").await["attention"], Value::Null);
    assert_eq!(story.acceptances("R1").await, 1);
    story.closes().await;
}

async fn an_abnormal_refund_is_closed_by_hand_and_a_new_number_takes_its_place(scene: Scene) {
    let story = Story::begin_in(scene, &world("abnormal")).await;
    story.pays("T1", 10_000).await;
    story.refunds("R1", "T1", UNLUCKY).await;
    story.ends("R1", "abnormal").await;

    somebody_mends(&story, "R1", "close").await;
    story.ends("R1", "closed").await;

    a_new_number_takes_its_place(&story).await;
    story.closes().await;
}

async fn a_closed_refund_is_never_sent_again_and_a_new_number_takes_its_place(scene: Scene) {
    let story = Story::begin_in(scene, &world("closed")).await;
    story.pays("T1", 10_000).await;
    story.refunds("R1", "T1", UNLUCKY).await;
    story.ends("R1", "closed").await;
    let shown = story.shown("R1").await;
    assert!(shown["till"]["text"].as_str().is_some_and(|text| text.contains("new number")), "{shown}");
    let order = story.tenant().get("/v1/orders/T1").await.unwrap().body;
    assert_eq!((&order["refunded"], &order["refundable"]), (&json!(0), &json!(10_000)), "{order}");

    let requests = story.requests("R1").await;
    let again = story.asks(&story.refund("R1", "T1", UNLUCKY)).await;
    assert_eq!((again.status, again.text("status")), (200, "closed"), "{again:?}");
    story.advance("PT1H").await;
    assert_eq!(story.requests("R1").await, requests);

    a_new_number_takes_its_place(&story).await;
    story.closes().await;
}

async fn a_payer_whose_account_is_closed_is_paid_outside(scene: Scene) {
    let story = Story::begin_in(scene, &world("account_closed")).await;
    story.pays("T1", 10_000).await;
    story.refunds("R1", "T1", UNLUCKY).await;
    story.ends("R1", "rejected").await;

    let shown = story.shown("R1").await;
    assert_eq!(shown["refusal"]["code"], "payer_account_abnormal", "{shown}");
    assert_eq!(shown["till"]["outcome"], "refused", "{shown}");
    assert!(
        shown["texts"]["cashier"].as_str().is_some_and(|text| text.contains("outside WeChat Pay")),
        "{shown}"
    );
    assert_eq!(story.acceptances("R1").await, 0);
    let order = story.tenant().get("/v1/orders/T1").await.unwrap().body;
    assert_eq!(order["refundable"], 10_000, "{order}");
    story.closes().await;
}
