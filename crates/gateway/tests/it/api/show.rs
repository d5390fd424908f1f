//! `GET /v1/refunds/{id}` and its timeline: what is told of a refund on its way.

use axum::body::Body;
use axum::http::{Request, StatusCode};
use refunds::outcome::{Receipt, Refusal, Report, Standing, SubmitOutcome};
use refunds::step::Event;
use serde_json::{Value, json};
use wechatpay::ids::RefundId;
use wechatpay::money::{Currency, Money};

use super::room::{OF_INSTITUTION, OF_OPERATOR, OTHER_SUB, Room, asking, at, begin, with};

#[tokio::test]
async fn a_refund_tells_why_it_waits_and_what_happens_next() {
    let room = Room::new().await;
    let key = room.refund(OF_INSTITUTION, &asking("R1")).await;
    room.happen(&key, Event::Released { signed_at: begin() }).await;
    room.happen(&key, Event::Answered { attempt: 1, outcome: SubmitOutcome::NotEnough }).await;
    let shown = room.get(OF_INSTITUTION, "/v1/refunds/R1").await.body;
    assert_eq!((&shown["status"], &shown["state"]), (&json!("waiting_for_funds"), &json!("waiting")));
    assert_eq!(
        (&shown["waiting"]["why"], &shown["waiting"]["since"]),
        (&json!("funds"), &json!("2026-05-08T02:00:00Z"))
    );
    assert_eq!(shown["next_action"]["what"], "submit");
    let next = at(shown["next_action"]["at"].as_str().unwrap());
    assert!(next >= at("2026-05-08T03:00:00Z") && next < at("2026-05-08T03:01:00Z"));
    assert_eq!((&shown["attempts"], &shown["till"]["outcome"]), (&json!(1), &json!("registered")));
    assert_eq!(
        shown["texts"]["cashier"],
        "Refund registered. It will be sent as soon as today's funds allow; no second request is needed."
    );
}

#[tokio::test]
async fn an_accepted_refund_tells_wechat_pays_ids_and_when_the_money_should_be_there() {
    let room = Room::new().await;
    let key = room.refund(OF_INSTITUTION, &asking("R1")).await;
    let receipt = Receipt {
        refund_id: RefundId::parse("50301").unwrap(),
        accepted_at: Some(begin()),
        payer_refund: Some(Money::fen(720)),
    };
    room.happen(&key, Event::Released { signed_at: begin() }).await;
    room.happen(&key, Event::Answered { attempt: 1, outcome: SubmitOutcome::Accepted(receipt) }).await;
    let shown = room.get(OF_INSTITUTION, "/v1/refunds/R1").await.body;
    assert_eq!(
        shown["wechatpay"],
        json!({ "refund_id": "50301", "accepted_at": "2026-05-08T02:00:00Z",
            "payer_refund": { "total": 720, "currency": "CNY" }, "succeeded_at": null, "received_in": null })
    );
    assert_eq!(
        shown["expected_arrival"],
        json!({ "at": "2026-05-15T16:00:00Z", "is_certain": true, "text": "By the end of 2026-05-15 in China at the latest." })
    );
    assert_eq!(shown["next_action"], json!({ "what": "ask", "at": "2026-05-08T02:01:00Z" }));
    assert_eq!((&shown["till"]["outcome"], &shown["till"]["next_look_s"]), (&json!("accepted"), &json!(61)));

    let report = Report {
        standing: Standing::Succeeded,
        refund_id: RefundId::parse("50301").unwrap(),
        amount: Money::new(100, Currency::USD),
        accepted_at: None,
        payer_refund: None,
        succeeded_at: Some(at("2026-05-08T02:03:00Z")),
        received_in: Some("CMB 1234".into()),
    };
    room.happen(&key, Event::Told(report)).await;
    let shown = room.get(OF_INSTITUTION, "/v1/refunds/R1").await.body;
    assert_eq!((&shown["status"], &shown["next_action"]), (&json!("succeeded"), &Value::Null));
    assert_eq!(shown["wechatpay"]["succeeded_at"], "2026-05-08T02:03:00Z");
    assert_eq!(shown["wechatpay"]["received_in"], "CMB 1234");
}

#[tokio::test]
async fn a_refused_refund_tells_the_code_and_the_sentence() {
    let room = Room::new().await;
    let key = room.refund(OF_INSTITUTION, &asking("R1")).await;
    let refusal = Refusal { code: "order_amount_exceeded".into(), message: String::new() };
    room.happen(&key, Event::Refused(refusal)).await;
    let shown = room.get(OF_INSTITUTION, "/v1/refunds/R1").await.body;
    assert_eq!(
        (&shown["status"], &shown["refusal"]["code"]),
        (&json!("rejected"), &json!("order_amount_exceeded"))
    );
    assert!(shown["refusal"]["text"].as_str().unwrap().contains("exceeds what was paid"));
    assert_eq!(shown["till"]["outcome"], "refused");
}

#[tokio::test]
async fn the_sentences_come_in_the_callers_language() {
    let room = Room::new().await;
    room.refund(OF_INSTITUTION, &asking("R1")).await;
    let request = Request::get("/v1/refunds/R1")
        .header("authorization", format!("Bearer {OF_INSTITUTION}"))
        .header("accept-language", "zh-CN,zh;q=0.9,en;q=0.8");
    let answer = room.send(request.body(Body::empty()).unwrap()).await;
    assert_eq!((answer.header("content-language"), answer.header("vary")), ("zh-CN", "Accept-Language"));
    assert_eq!(answer.body["texts"]["cashier"], "退款已登记，系统会自动提交，无需再次申请。");
    assert_eq!(answer.body["till"]["print_lines"][0], "微信支付退款");
}

#[tokio::test]
async fn a_number_that_two_sub_merchants_use_is_narrowed_by_the_sub_merchant() {
    let room = Room::new().await;
    let one = room.refund(OF_INSTITUTION, &asking("R1")).await;
    let other = room.refund(OF_INSTITUTION, &with(asking("R1"), "/sub_mchid", json!(OTHER_SUB))).await;
    let answer = room.get(OF_INSTITUTION, "/v1/refunds/R1").await;
    answer.is_problem("ambiguous_refund");
    let mut ids: Vec<&str> =
        answer.body["ids"].as_array().unwrap().iter().map(|id| id.as_str().unwrap()).collect();
    ids.sort_unstable();
    let mut expected = [one.as_str(), other.as_str()];
    expected.sort_unstable();
    assert_eq!(ids, expected);
    let answer = room.get(OF_INSTITUTION, &format!("/v1/refunds/R1?sub_mchid={OTHER_SUB}")).await;
    assert_eq!(answer.body["id"], other.as_str());
    room.get(OF_INSTITUTION, &format!("/v1/refunds/{one}?sub_mchid={OTHER_SUB}"))
        .await
        .is_problem("refund_not_found");
}

#[tokio::test]
async fn a_timeline_has_every_event_with_its_evidence() {
    let room = Room::new().await;
    let key = room.refund(OF_INSTITUTION, &asking("R1")).await;
    room.happen(&key, Event::Released { signed_at: begin() }).await;
    room.happen(&key, Event::Answered { attempt: 1, outcome: SubmitOutcome::NotEnough }).await;
    for (who, path) in [(OF_INSTITUTION, "R1"), (OF_OPERATOR, key.as_str())] {
        let answer = room.get(who, &format!("/v1/refunds/{path}/timeline")).await;
        assert_eq!((answer.status, &answer.body["refund"]), (StatusCode::OK, &json!(key.as_str())));
        let events = answer.body["events"].as_array().unwrap();
        assert_eq!(
            events[0],
            json!({ "n": 1, "at": "2026-05-08T02:00:00Z", "cause": "created", "from": "", "to": "queued", "attempts": 0,
                "request_id": null, "answer": null, "certificate": null, "epoch": 0 })
        );
        assert_eq!(
            events[2],
            json!({ "n": 3, "at": "2026-05-08T02:00:00Z", "cause": "not_enough", "from": "submitting", "to": "waiting",
                "attempts": 1, "request_id": "08F7", "answer": "403 NOT_ENOUGH",
                "certificate": "5157F09EFDC096DE15EBE81A47057A7232F1B8E1", "epoch": 2 })
        );
    }
}
