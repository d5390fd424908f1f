//! `/v1/orders` and `/v1/payments`, and the pool they fill.

use axum::http::StatusCode;
use serde_json::{Value, json};

use super::room::{
    OF_DIRECT, OF_INSTITUTION, OF_OPERATOR, OF_OTHER_SUB, OF_SUB, OTHER_SUB, READ_ONLY, Room, SUB, asking,
    with,
};

fn paid() -> Value {
    json!({
        "sub_mchid": SUB, "out_trade_no": "T1", "amount": { "total": 1000, "currency": "USD" },
        "payer": { "total": 7200, "currency": "CNY" }, "success_time": "2026-05-08T09:00:00+08:00", "bank_type": "OTHERS",
    })
}

#[tokio::test]
async fn a_payment_is_new_once_and_differing_from_itself_a_conflict() {
    let room = Room::new().await;
    let first = room.post(OF_INSTITUTION, "/v1/payments", &paid()).await;
    assert_eq!((first.status, &first.body["is_new"]), (StatusCode::CREATED, &json!(true)));
    let again = room.post(OF_SUB, "/v1/payments", &paid()).await;
    assert_eq!((again.status, &again.body["is_new"]), (StatusCode::OK, &json!(false)));
    let answer = room.post(OF_SUB, "/v1/payments", &with(paid(), "/payer/total", json!(7300))).await;
    answer.is_problem("payment_conflict");
    assert_eq!(answer.body["conflicts"][0]["field"], "payer.total");
    room.post(READ_ONLY, "/v1/payments", &paid()).await.is_problem("scope_missing");
}

#[tokio::test]
async fn a_payment_lies_in_the_past_but_for_what_clocks_differ_by() {
    for (success_time, is_taken) in [
        ("2026-05-08T02:05:00Z", true),
        ("2026-05-08T02:05:00.000001Z", false),
        ("2027-05-08T02:00:00Z", false),
    ] {
        let body = with(paid(), "/success_time", json!(success_time));
        let answer = Room::new().await.post(OF_INSTITUTION, "/v1/payments", &body).await;
        if is_taken {
            assert_eq!(answer.status, StatusCode::CREATED, "{answer:?}");
            continue;
        }
        answer.is_problem("field_invalid");
        assert_eq!(answer.body["pointer"], "/success_time");
        let detail = answer.body["detail"].as_str().unwrap();
        assert!(detail.contains("more than 5 minutes after now, which is 2026-05-08T02:00:00Z"), "{detail}");
    }
}

#[tokio::test]
async fn an_order_shows_what_is_paid_set_aside_and_left() {
    let room = Room::new().await;
    room.post(OF_INSTITUTION, "/v1/payments", &paid()).await;
    room.refund(OF_INSTITUTION, &asking("R1")).await;
    let order = room.get(OF_SUB, "/v1/orders/T1").await.body;
    for (field, expected) in [
        ("out_trade_no", json!("T1")),
        ("sub_mchid", json!(SUB)),
        ("total", json!(1000)),
        ("currency", json!("USD")),
        ("source", json!("reported")),
        ("paid_at", json!("2026-05-08T01:00:00Z")),
        ("payer_total", json!(7200)),
        ("payer_currency", json!("CNY")),
        ("bank_type", json!("OTHERS")),
        ("refunded", json!(0)),
        ("reserved", json!(100)),
        ("refundable", json!(900)),
    ] {
        assert_eq!(order[field], expected, "{field}");
    }
    assert_eq!(order["refunds"][0]["out_refund_no"], "R1");
    let answer = room.get(OF_INSTITUTION, "/v1/orders/T1").await;
    answer.is_problem("parameter_invalid");
    assert_eq!(answer.body["parameter"], "sub_mchid");
    assert_eq!(
        room.get(OF_INSTITUTION, &format!("/v1/orders/T1?sub_mchid={SUB}")).await.status,
        StatusCode::OK
    );
}

#[tokio::test]
async fn the_pool_shows_its_figures_to_the_whole_merchant_id_alone() {
    let room = Room::new().await;
    room.post(OF_INSTITUTION, "/v1/payments", &paid()).await;
    room.refund(OF_INSTITUTION, &asking("R1")).await;
    room.refund(OF_INSTITUTION, &with(asking("R2"), "/out_trade_no", json!("T2"))).await;
    for key in [OF_INSTITUTION, OF_OPERATOR] {
        let answer = room.get(key, "/v1/pools/1900000001").await;
        assert_eq!(answer.status, StatusCode::OK, "{answer:?}");
        for (field, expected) in [
            ("mchid", json!("1900000001")),
            ("currency", json!("CNY")),
            ("china_day", json!("2026-05-08")),
            ("seen_fen", json!(0)),
            ("low_fen", json!(0)),
            ("best_fen", Value::Null),
            ("waiting", json!({ "count": 2, "fen": 720, "unknown": 1 })),
            ("shortfall_fen", json!(720)),
            ("next_exchange", json!("2026-05-08T16:00:00Z")),
            ("forecast", Value::Null),
            ("calibration", Value::Null),
            ("forecast_reason", json!("no_forecast_yet")),
        ] {
            assert_eq!(answer.body[field], expected, "{field}");
        }
    }
    room.get(OF_SUB, "/v1/pools/1900000001").await.is_problem("scope_missing");
    room.get(READ_ONLY, "/v1/pools/1900000001").await.is_problem("scope_missing");
    for unknown in ["1900000002", "1999999999", "x"] {
        room.get(OF_INSTITUTION, &format!("/v1/pools/{unknown}")).await.is_problem("merchant_not_found");
    }
    room.get(OF_OTHER_SUB, "/v1/pools/1900000002").await.is_problem("merchant_not_found");
}

#[tokio::test]
async fn payments_are_listed_oldest_first_and_a_page_at_a_time() {
    let room = Room::new().await;
    for (number, sub_mchid, time) in [
        ("T3", SUB, "2026-05-08T09:30:00+08:00"),
        ("T1", SUB, "2026-05-07T23:59:59+08:00"),
        ("T2", OTHER_SUB, "2026-05-08T00:00:00+08:00"),
    ] {
        let mut body = with(with(paid(), "/out_trade_no", json!(number)), "/success_time", json!(time));
        body["sub_mchid"] = json!(sub_mchid);
        room.post(OF_INSTITUTION, "/v1/payments", &body).await;
    }
    let in_yuan = json!({
        "sub_mchid": SUB, "out_trade_no": "T4", "amount": { "total": 500, "currency": "CNY" },
        "success_time": "2026-05-08T09:40:00+08:00",
    });
    room.post(OF_INSTITUTION, "/v1/payments", &in_yuan).await;
    let unknown = json!({
        "sub_mchid": SUB, "out_trade_no": "T5", "amount": { "total": 500, "currency": "USD" },
        "success_time": "2026-05-08T09:41:00+08:00",
    });
    room.post(OF_INSTITUTION, "/v1/payments", &unknown).await;

    let mut numbers = vec![];
    let mut path = "/v1/payments?limit=2".to_owned();
    loop {
        let page = room.get(OF_INSTITUTION, &path).await.body;
        let payments = page["payments"].as_array().unwrap();
        numbers.extend(payments.iter().map(|payment| payment["out_trade_no"].as_str().unwrap().to_owned()));
        let Some(cursor) = page["next_cursor"].as_str() else { break };
        path = format!("/v1/payments?limit=2&cursor={cursor}");
        room.get(OF_INSTITUTION, &format!("{path}&to=2026-05-09T00:00:00Z"))
            .await
            .is_problem("cursor_invalid");
    }
    assert_eq!(numbers, ["T1", "T2", "T3", "T4", "T5"]);

    let of_the_day = "/v1/payments?from=2026-05-08T00:00:00%2B08:00&to=2026-05-08T09:41:00%2B08:00";
    let payments = room.get(OF_INSTITUTION, of_the_day).await.body["payments"].clone();
    let first = json!({
        "sub_mchid": OTHER_SUB, "out_trade_no": "T2", "transaction_id": null,
        "amount": { "total": 1000, "currency": "USD" }, "payer": { "total": 7200, "currency": "CNY" },
        "success_time": "2026-05-07T16:00:00Z", "source": "reported",
    });
    assert_eq!((payments.as_array().unwrap().len(), &payments[0]), (3, &first));
    assert_eq!(payments[2]["payer"], json!({ "total": 500, "currency": "CNY" }));
    let last = room.get(OF_INSTITUTION, "/v1/payments?from=2026-05-08T09:41:00%2B08:00").await.body;
    assert_eq!((&last["payments"][0]["payer"], &last["next_cursor"]), (&Value::Null, &Value::Null));
}

#[tokio::test]
async fn payments_are_shown_to_the_whole_merchant_id_alone() {
    let room = Room::new().await;
    room.post(OF_INSTITUTION, "/v1/payments", &paid()).await;
    room.get(OF_SUB, "/v1/payments").await.is_problem("scope_missing");
    room.get(READ_ONLY, "/v1/payments").await.is_problem("scope_missing");
    room.get(OF_OPERATOR, "/v1/payments").await.is_problem("scope_missing");
    assert_eq!(room.get(OF_DIRECT, "/v1/payments").await.body["payments"], json!([]));
    for wrong in ["from=yesterday", "to=1", "limit=0", "limit=1001", "status=paid"] {
        let answer = room.get(OF_INSTITUTION, &format!("/v1/payments?{wrong}")).await;
        assert!(
            ["parameter_invalid", "parameter_unknown"].iter().any(|code| answer.body["code"] == *code),
            "{answer:?}"
        );
    }
}
