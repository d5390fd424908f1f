//! Who sees what: another's things are answered exactly as if they were not there.

use axum::body::Body;
use axum::http::{Request, StatusCode};
use serde_json::json;

use super::room::{
    DIRECT, EXPIRED, INSTITUTION, OF_DIRECT, OF_INSTITUTION, OF_OPERATOR, OF_OTHER_SUB, OF_SUB, READ_ONLY,
    Room, SUB, asking,
};

#[tokio::test]
async fn a_refund_is_seen_by_its_own_sub_merchant_its_institution_and_nobody_else() {
    let room = Room::new().await;
    let id = room.refund(OF_INSTITUTION, &asking("R1")).await;
    let (id, absent) = (id.as_str(), "rf.1900000001.01JZZZZZZZZZZZZZZZZZZZZZZZ");
    // Key, whether it sees the refund by its id, and by its number.
    for (key, by_id, by_number) in [
        (OF_INSTITUTION, true, true),
        (READ_ONLY, true, true),
        (OF_SUB, true, true),
        (OF_OTHER_SUB, false, false),
        (OF_DIRECT, false, false),
        (OF_OPERATOR, true, false),
    ] {
        for (named, sees) in [(id, by_id), ("R1", by_number)] {
            for rest in ["", "/timeline"] {
                let answer = room.get(key, &format!("/v1/refunds/{named}{rest}")).await;
                assert_eq!(answer.status == StatusCode::OK, sees, "{key} {named}{rest}: {answer:?}");
                if !sees && key != OF_OPERATOR {
                    let nothing = room.get(key, &format!("/v1/refunds/{absent}{rest}")).await;
                    assert_eq!(
                        (answer.status, &answer.text),
                        (nothing.status, &nothing.text),
                        "{key} {named}"
                    );
                }
            }
        }
    }
}

#[tokio::test]
async fn another_tenants_orders_are_not_there() {
    let room = Room::new().await;
    room.refund(OF_INSTITUTION, &asking("R1")).await;
    assert_eq!(room.get(OF_SUB, "/v1/orders/T1").await.status, StatusCode::OK);
    for (key, path) in [
        (OF_OTHER_SUB, "/v1/orders/T1".to_owned()),
        (OF_OTHER_SUB, format!("/v1/orders/T1?sub_mchid={SUB}")),
        (OF_DIRECT, "/v1/orders/T1".to_owned()),
        (OF_DIRECT, format!("/v1/orders/T1?sub_mchid={SUB}")),
        (OF_SUB, "/v1/orders/a.b".to_owned()),
    ] {
        room.get(key, &path).await.is_problem("order_not_found");
    }
}

#[tokio::test]
async fn a_request_without_a_valid_key_learns_nothing() {
    let room = Room::new().await;
    for (authorization, code) in [
        (None, "key_missing"),
        (Some("Basic dXNlcjpwYXNz"), "key_missing"),
        (Some("Bearer "), "key_missing"),
        (Some("Bearer tg_nobody"), "key_unknown"),
        (Some("Bearer whatever"), "key_unknown"),
        (Some(&format!("Bearer {EXPIRED}")), "key_expired"),
    ] {
        for path in ["/v1/refunds", "/v1/refunds/R1", "/v1/orders/T1", "/v1/pools/1900000001", "/v1/me"] {
            let request = Request::get(path);
            let request =
                authorization.iter().fold(request, |request, text| request.header("authorization", *text));
            let answer = room.send(request.body(Body::empty()).unwrap()).await;
            answer.is_problem(code);
            assert_eq!(answer.header("www-authenticate"), "Bearer realm=\"tidegate\"");
        }
    }
}

#[tokio::test]
async fn a_key_does_what_its_scopes_say() {
    let room = Room::new().await;
    let answer = room.post(READ_ONLY, "/v1/refunds", &asking("R1")).await;
    answer.is_problem("scope_missing");
    assert_eq!(answer.body["scope"], "refunds:write");
    for path in ["/v1/refunds", "/v1/orders/T1"] {
        room.get(OF_OPERATOR, path).await.is_problem("scope_missing");
    }
}

#[tokio::test]
async fn a_key_says_who_it_is() {
    let room = Room::new().await;
    let me = room.get(OF_SUB, "/v1/me").await.body;
    assert_eq!((&me["mchid"], &me["sub_mchid"]), (&json!(INSTITUTION), &json!(SUB)));
    assert_eq!(me["key_name"], "the key tg_sub");
    assert_eq!(
        me["limits"],
        json!({ "body_bytes": 65536, "wait_s": 30, "list_limit": 200, "check_every_s": 10 })
    );
    let me = room.get(OF_OPERATOR, "/v1/me").await.body;
    assert_eq!((&me["mchid"], &me["scopes"]), (&json!(null), &json!(["admin"])));
    assert_eq!(room.get(OF_DIRECT, "/v1/me").await.body["mchid"], DIRECT);
}
