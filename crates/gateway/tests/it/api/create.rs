//! `POST /v1/refunds`: taking in, replays, conflicts, what an order does not allow.

use axum::http::StatusCode;
use serde_json::{Value, json};
use store::Store as _;
use wechatpay::ids::Mchid;

use super::room::{DIRECT, OF_DIRECT, OF_INSTITUTION, OF_SUB, Room, SUB, asking, with};

const REFUNDS: &str = "/v1/refunds";

#[tokio::test]
async fn a_refund_is_stored_with_its_number_and_its_bytes_and_shown() {
    let room = Room::new().await;
    let body = with(asking("R1"), "/reason", json!("Returned goods"));
    let answer = room.post(OF_INSTITUTION, REFUNDS, &body).await;
    assert_eq!(answer.status, StatusCode::ACCEPTED, "{answer:?}");
    let id = answer.body["id"].as_str().unwrap();
    assert_eq!(answer.header("location"), format!("/v1/refunds/{id}"));
    assert_eq!(answer.header("content-language"), "en");
    for (field, expected) in [
        ("mchid", json!("1900000001")),
        ("sub_mchid", json!(SUB)),
        ("out_refund_no", json!("R1")),
        ("upstream_out_refund_no", json!("1900000101_R1")),
        ("out_trade_no", json!("T1")),
        ("transaction_id", Value::Null),
        ("amount", json!({ "refund": 100, "total": 1000, "currency": "USD" })),
        ("reason", json!("Returned goods")),
        ("status", json!("queued")),
        ("state", json!("queued")),
        ("waiting", Value::Null),
        ("next_action", json!({ "what": "submit", "at": null })),
        ("attempts", json!(0)),
        ("wechatpay", Value::Null),
        (
            "release",
            json!({ "from": null, "likely_by": null, "until": null, "probability": null, "reason": "not_in_this_answer" }),
        ),
        ("explanation", Value::Null),
        ("created_at", json!("2026-05-08T02:00:00Z")),
        ("version", json!(1)),
    ] {
        assert_eq!(answer.body[field], expected, "{field}");
    }
    assert_eq!(answer.body["till"]["outcome"], "registered");

    let stored = room.stored(&refunds::key::RefundKey::parse(id).unwrap()).await;
    assert_eq!(
        std::str::from_utf8(stored.request.as_bytes()).unwrap(),
        "{\"sp_mchid\":\"1900000001\",\"sub_mchid\":\"1900000101\",\"sp_appid\":\"wx0000000000000001\",\
         \"out_trade_no\":\"T1\",\"out_refund_no\":\"1900000101_R1\",\"reason\":\"Returned goods\",\
         \"amount\":{\"refund\":100,\"total\":1000,\"currency\":\"USD\"},\
         \"notify_url\":\"https://refunds.example/callbacks/wechatpay/1900000001/refunds\"}"
    );
}

#[tokio::test]
async fn the_same_request_again_shows_the_stored_refund() {
    let room = Room::new().await;
    let metadata = json!({ "b": "2", "a": "1" });
    let body = with(asking("R1"), "/metadata", metadata.clone());
    let first = room.post(OF_INSTITUTION, REFUNDS, &body).await;
    // Another order of members, a null for what is absent, and a sub-merchant implied: the same request.
    let again = json!({
        "amount": { "currency": "USD", "total": 1000, "refund": 100 }, "out_refund_no": "R1", "reason": null,
        "metadata": { "a": "1", "b": "2" }, "out_trade_no": "T1",
    });
    let second = room.post(OF_SUB, REFUNDS, &again).await;
    assert_eq!(second.status, StatusCode::OK, "{second:?}");
    assert_eq!(second.header("idempotent-replayed"), "true");
    assert_eq!((&first.body["id"], &second.body["metadata"]), (&second.body["id"], &metadata));
    assert_eq!(first.header("idempotent-replayed"), "");
}

#[tokio::test]
async fn a_deadline_that_has_passed_is_refused_but_its_repeat_is_a_replay() {
    let room = Room::new().await;
    let body = with(asking("R1"), "/deadline", json!("2026-05-08T12:00:00.1234567+08:00"));
    let id = room.refund(OF_INSTITUTION, &body).await;
    room.gateway.clock.go_to("2026-05-08T05:00:00Z".parse().unwrap());
    let replay = room.post(OF_INSTITUTION, REFUNDS, &body).await;
    assert_eq!((replay.status, replay.body["id"].as_str()), (StatusCode::OK, Some(id.as_str())));
    let late = with(body, "/out_refund_no", json!("R2"));
    let answer = room.post(OF_INSTITUTION, REFUNDS, &late).await;
    answer.is_problem("deadline_passed");
    assert_eq!(answer.body["pointer"], "/deadline");
}

#[tokio::test]
async fn another_request_under_the_same_number_names_every_field_that_differs() {
    let room = Room::new().await;
    let id = room.refund(OF_INSTITUTION, &asking("R1")).await;
    for (pointer, value, field, stored, sent) in [
        ("/amount/refund", json!(101), "amount.refund", json!("100"), json!("101")),
        ("/amount/total", json!(2000), "amount.total", json!("1000"), json!("2000")),
        ("/amount/currency", json!("HKD"), "amount.currency", json!("USD"), json!("HKD")),
        ("/out_trade_no", json!("T2"), "out_trade_no", json!("T1"), json!("T2")),
        ("/transaction_id", json!("42"), "transaction_id", Value::Null, json!("42")),
        ("/reason", json!("x"), "reason", Value::Null, json!("x")),
        ("/deadline", json!("2026-06-01T00:00:00Z"), "deadline", Value::Null, json!("2026-06-01T00:00:00Z")),
        ("/notify_url", json!("https://a.example/"), "notify_url", Value::Null, json!("https://a.example/")),
        ("/metadata", json!({ "a": "1" }), "metadata", Value::Null, json!("{\"a\":\"1\"}")),
        ("/adopt", json!({ "out_refund_no": "OLD" }), "adopt.out_refund_no", Value::Null, json!("OLD")),
    ] {
        let answer = room.post(OF_INSTITUTION, REFUNDS, &with(asking("R1"), pointer, value)).await;
        answer.is_problem("refund_conflict");
        let conflicts = answer.body["conflicts"].as_array().unwrap();
        let expected = json!({ "field": field, "stored": stored, "sent": sent });
        assert!(conflicts.contains(&expected), "{pointer}: {conflicts:?}");
        assert_eq!(answer.body["id"], id.as_str());
    }
}

#[tokio::test]
async fn an_order_gives_no_more_than_was_paid() {
    let room = Room::new().await;
    room.refund(OF_INSTITUTION, &with(asking("R1"), "/amount/refund", json!(700))).await;
    let answer = room.post(OF_INSTITUTION, REFUNDS, &with(asking("R2"), "/amount/refund", json!(301))).await;
    answer.is_problem("exceeds_order");
    assert_eq!((&answer.body["refundable"], &answer.body["currency"]), (&json!(300), &json!("USD")));
    room.refund(OF_INSTITUTION, &with(asking("R3"), "/amount/refund", json!(300))).await;
}

#[tokio::test]
async fn an_order_takes_fifty_refunds() {
    let room = Room::new().await;
    for n in 0..50 {
        room.refund(OF_INSTITUTION, &with(asking(&format!("R{n}")), "/amount/refund", json!(1))).await;
    }
    let answer = room.post(OF_INSTITUTION, REFUNDS, &with(asking("R50"), "/amount/refund", json!(1))).await;
    answer.is_problem("too_many_refunds");
}

#[tokio::test]
async fn claims_about_an_order_that_contradict_each_other_are_told_apart_from_known_facts() {
    let room = Room::new().await;
    room.refund(OF_INSTITUTION, &asking("R1")).await;
    let claims = with(asking("R2"), "/amount/total", json!(1100));
    let answer = room.post(OF_INSTITUTION, REFUNDS, &claims).await;
    answer.is_problem("claims_differ");
    assert_eq!(
        answer.body["conflicts"],
        json!([{ "field": "amount.total", "stored": "10.00 USD", "sent": "11.00 USD" }])
    );

    let paid = json!({ "sub_mchid": SUB, "out_trade_no": "T1", "amount": { "total": 1000, "currency": "USD" },
        "success_time": "2026-05-08T01:00:00Z" });
    assert_eq!(room.post(OF_INSTITUTION, "/v1/payments", &paid).await.status, StatusCode::CREATED);
    room.post(OF_INSTITUTION, REFUNDS, &claims).await.is_problem("order_mismatch");
}

#[tokio::test]
async fn an_order_paid_more_than_365_days_ago_is_too_old() {
    let room = Room::new().await;
    let paid = json!({ "sub_mchid": SUB, "out_trade_no": "T1", "amount": { "total": 1000, "currency": "USD" },
        "success_time": "2025-05-08T01:00:00Z" });
    room.post(OF_INSTITUTION, "/v1/payments", &paid).await;
    room.post(OF_INSTITUTION, REFUNDS, &asking("R1")).await.is_problem("order_too_old");
}

#[tokio::test]
async fn a_number_too_long_with_its_prefix_is_refused_with_the_limit() {
    let room = Room::new().await;
    let answer = room.post(OF_INSTITUTION, REFUNDS, &asking(&"9".repeat(54))).await;
    answer.is_problem("upstream_number_too_long");
    assert_eq!((&answer.body["pointer"], &answer.body["limit"]), (&json!("/out_refund_no"), &json!(64)));
    room.refund(OF_INSTITUTION, &asking(&"9".repeat(53))).await;
}

#[tokio::test]
async fn a_refund_begun_elsewhere_keeps_its_number_and_is_asked_about_first() {
    let room = Room::new().await;
    let body = with(asking("R1"), "/adopt", json!({ "out_refund_no": "OLD-1" }));
    room.post(OF_SUB, REFUNDS, &body).await.is_problem("adoption_not_permitted");
    let answer = room.post(OF_INSTITUTION, REFUNDS, &body).await;
    assert_eq!(
        (&answer.body["state"], &answer.body["upstream_out_refund_no"]),
        (&json!("unclear"), &json!("OLD-1"))
    );
    assert_eq!(answer.body["next_action"]["what"], "ask");
    let taken = with(asking("R2"), "/adopt", json!({ "out_refund_no": "OLD-1" }));
    room.post(OF_INSTITUTION, REFUNDS, &taken).await.is_problem("upstream_number_used");
}

#[tokio::test]
async fn a_direct_merchant_has_no_sub_merchants_and_its_number_goes_as_given() {
    let room = Room::new().await;
    let mut body = asking("R1");
    let answer = room.post(OF_DIRECT, REFUNDS, &body).await;
    answer.is_problem("field_invalid");
    assert_eq!(answer.body["pointer"], "/sub_mchid");
    body.as_object_mut().unwrap().remove("sub_mchid");
    let answer = room.post(OF_DIRECT, REFUNDS, &body).await;
    assert_eq!((answer.status, &answer.body["upstream_out_refund_no"]), (StatusCode::ACCEPTED, &json!("R1")));
    let refunds = room.gateway.store.counts(&Mchid::parse(DIRECT).unwrap()).await.unwrap();
    assert_eq!(refunds.get("queued"), Some(&1));
}

#[tokio::test]
async fn an_institution_names_its_sub_merchant_and_only_its_own() {
    let room = Room::new().await;
    let mut body = asking("R1");
    body.as_object_mut().unwrap().remove("sub_mchid");
    let answer = room.post(OF_INSTITUTION, REFUNDS, &body).await;
    answer.is_problem("field_missing");
    assert_eq!(answer.body["pointer"], "/sub_mchid");
    let unknown = with(asking("R1"), "/sub_mchid", json!("1999999999"));
    let answer = room.post(OF_INSTITUTION, REFUNDS, &unknown).await;
    answer.is_problem("sub_merchant_not_found");
    assert!(answer.body["what_to_do"].as_str().unwrap().contains("/sub-merchants"), "says how to add it");
    room.post(super::room::OF_OTHER_SUB, REFUNDS, &asking("R1")).await.is_problem("sub_merchant_not_found");
}
