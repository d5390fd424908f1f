//! The same number again: the same refund, another body, another tenant.

use serde_json::json;

use super::on_any_day;
use super::story::{BAKERY, DIRECT, FLORIST, Scene, Story};

on_any_day!(
    the_same_again_is_the_same_refund,
    another_body_under_the_same_number_is_a_conflict,
    twenty_tills_ask_for_the_same_refund_at_once,
    another_tenants_refund_is_not_there,
    two_shops_of_an_institution_use_the_same_number,
);

async fn the_same_again_is_the_same_refund(scene: Scene) {
    let story = Story::begin(scene).await;
    story.pays("T1", 10_000).await;
    let first = story.refunds("R1", "T1", 3_000).await;
    for _ in 0..2 {
        let again = story.asks(&story.refund("R1", "T1", 3_000)).await;
        assert_eq!((again.status, again.header("idempotent-replayed")), (200, Some("true")), "{again:?}");
        assert_eq!(again.body["id"], first["id"]);
        story.ends("R1", "succeeded").await;
    }
    assert_eq!(story.asks(&story.refund("R1", "T1", 3_000)).await.body["status"], "succeeded");
    assert_eq!(story.acceptances("R1").await, 1);
    story.closes().await;
}

async fn another_body_under_the_same_number_is_a_conflict(scene: Scene) {
    let story = Story::begin(scene).await;
    story.pays("T1", 10_000).await;
    story.pays("T2", 10_000).await;
    story.refunds("R1", "T1", 3_000).await;

    let mut other = story.refund("R1", "T2", 4_000);
    other["reason"] = json!("broken");
    let answer = story.asks(&other).await;

    assert_eq!((answer.status, answer.code()), (409, "refund_conflict"), "{answer:?}");
    let conflicts = answer.body["conflicts"].as_array().unwrap();
    let field = |name: &str| conflicts.iter().find(|conflict| conflict["field"] == name);
    let field = |name: &str| field(name).unwrap_or_else(|| panic!("no {name} in {conflicts:?}"));
    assert_eq!(
        (&field("amount.refund")["stored"], &field("amount.refund")["sent"]),
        (&json!("3000"), &json!("4000"))
    );
    assert_eq!(
        (&field("out_trade_no")["stored"], &field("out_trade_no")["sent"]),
        (&json!("T1"), &json!("T2"))
    );
    assert_eq!((&field("reason")["stored"], &field("reason")["sent"]), (&json!(null), &json!("broken")));
    assert_eq!(conflicts.len(), 3);
    story.ends("R1", "succeeded").await;
    assert_eq!(story.shown("R1").await["amount"]["refund"], 3_000);
    story.closes().await;
}

async fn twenty_tills_ask_for_the_same_refund_at_once(scene: Scene) {
    let story = Story::begin(scene).await;
    story.pays("T1", 10_000).await;
    let body = story.refund("R1", "T1", 3_000);

    let tills: Vec<_> = (0..20)
        .map(|_| {
            let (till, body) = (story.tenant(), body.clone());
            tokio::spawn(async move { till.post("/v1/refunds", &body).await.unwrap() })
        })
        .collect();
    let mut answers = Vec::new();
    for till in tills {
        answers.push(till.await.unwrap());
    }

    assert_eq!(answers.iter().filter(|answer| answer.status == 202).count(), 1, "{answers:?}");
    assert_eq!(answers.iter().filter(|answer| answer.status == 200).count(), 19, "{answers:?}");
    assert!(answers.iter().all(|answer| answer.body["id"] == answers[0].body["id"]));
    story.ends("R1", "succeeded").await;
    assert_eq!(story.acceptances("R1").await, 1);
    story.closes().await;
}

async fn another_tenants_refund_is_not_there(scene: Scene) {
    let mut story = Story::begin(scene).await;
    story.now_tells(BAKERY);
    story.pays("T1", 10_000).await;
    let id = story.refunds("R1", "T1", 3_000).await["id"].as_str().unwrap().to_owned();

    let others = [story.with_key(FLORIST.sub_mchid.unwrap()), story.with_key(DIRECT.mchid)];
    for tenant in &others {
        for name in [id.as_str(), "R1"] {
            let missing = tenant.get(&format!("/v1/refunds/{name}X")).await.unwrap();
            let looked = tenant.get(&format!("/v1/refunds/{name}")).await.unwrap();
            assert_eq!((looked.status, looked.code()), (404, missing.code()), "{looked:?}");
            for deed in ["cancel", "check", "retry"] {
                let done = tenant.post(&format!("/v1/refunds/{name}/{deed}"), &json!({})).await.unwrap();
                // A key that may do none of it for anybody hears that first.
                assert!(matches!(done.status, 403 | 404), "{deed}: {done:?}");
            }
        }
        let listed = tenant.get("/v1/refunds").await.unwrap();
        assert_eq!(listed.body["refunds"], json!([]), "{listed:?}");
    }
    assert_eq!(story.stranger().get(&format!("/v1/refunds/{id}")).await.unwrap().status, 401);
    assert_eq!(story.with_key(BAKERY.mchid).get(&format!("/v1/refunds/{id}")).await.unwrap().status, 200);
    story.closes().await;
}

async fn two_shops_of_an_institution_use_the_same_number(scene: Scene) {
    let mut story = Story::begin(scene).await;
    for (shop, fen) in [(BAKERY, 3_000), (FLORIST, 4_000)] {
        story.now_tells(shop);
        story.pays("T1", 10_000).await;
        let refund = story.refunds("R1", "T1", fen).await;
        assert_eq!(refund["upstream_out_refund_no"], shop.upstream("R1").as_str());
        assert_eq!(refund["amount"]["refund"], fen);
    }
    let institution = story.with_key(BAKERY.mchid);
    let both = institution.get("/v1/refunds/R1").await.unwrap();
    assert_eq!((both.status, both.code()), (409, "ambiguous_refund"), "{both:?}");
    assert_eq!(both.body["ids"].as_array().unwrap().len(), 2);
    for shop in [BAKERY, FLORIST] {
        story.now_tells(shop);
        story.ends("R1", "succeeded").await;
        assert_eq!(story.acceptances("R1").await, 1);
    }
    story.closes().await;
}
