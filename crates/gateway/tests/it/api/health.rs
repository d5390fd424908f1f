//! `GET /healthz`, `GET /readyz` and `GET /metrics`, which ask for no key.

use axum::body::Body;
use axum::http::{Request, StatusCode};
use gateway::health;
use http_body_util::BodyExt as _;
use refunds::batch::{MerchantState, Restored};
use serde_json::{Value, json};
use tower::ServiceExt as _;

use super::room::{DIRECT, INSTITUTION, OF_DIRECT, Room, begin};

/// What is answered at `path`.
async fn asked(room: &Room, path: &str) -> (StatusCode, String) {
    let request = Request::get(path).body(Body::empty()).unwrap();
    let response = health::router(room.gateway.clone()).oneshot(request).await.unwrap();
    let status = response.status();
    let body = response.into_body().collect().await.unwrap().to_bytes();
    (status, String::from_utf8(body.to_vec()).unwrap())
}

#[tokio::test]
async fn a_gateway_is_ready_while_its_store_answers() {
    let room = Room::new().await;
    assert_eq!(asked(&room, "/healthz").await.0, StatusCode::OK);
    let (status, body) = asked(&room, "/readyz").await;
    let body: Value = serde_json::from_str(&body).unwrap();
    assert_eq!((status, &body["status"]), (StatusCode::OK, &json!("ok")));
    assert_eq!(body["checks"]["merchants"], json!({ "set_up": 2, "without_a_way_out": 2 }));
}

#[tokio::test]
async fn what_waits_and_who_submits_nothing_is_counted_when_it_is_asked_for() {
    let room = Room::new().await;
    let amount = json!({ "refund": 300, "total": 1_000, "currency": "CNY" });
    let body = json!({ "out_refund_no": "R1", "out_trade_no": "T1", "amount": amount });
    room.refund(OF_DIRECT, &body).await;
    let restored = Some(Restored { at: begin(), is_checked: false });
    room.set_state(INSTITUTION, MerchantState { paused: true, halt: None, restored }).await;
    let checked = Some(Restored { at: begin(), is_checked: true });
    room.set_state(DIRECT, MerchantState { paused: true, halt: None, restored: checked }).await;
    let (status, text) = asked(&room, "/metrics").await;
    assert_eq!(status, StatusCode::OK);
    for line in [
        r#"tidegate_waiting_refunds{currency="CNY"} 1"#,
        r#"tidegate_waiting_need_minor_units{currency="CNY"} 300"#,
        r#"tidegate_merchants_not_submitting{reason="paused"} 2"#,
        r#"tidegate_merchants_not_submitting{reason="halted"} 0"#,
        r#"tidegate_merchants_not_submitting{reason="restored"} 1"#,
    ] {
        assert!(text.lines().any(|found| found == line), "{line} in:\n{text}");
    }
}
