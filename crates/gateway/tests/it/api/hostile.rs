//! Bodies, headers and addresses that are wrong in every way: each is answered by a problem that names the place, never by a
//! status of 500 and never by a panic.

use axum::body::Body;
use axum::http::{Method, Request, StatusCode};
use proptest::prelude::*;
use proptest::test_runner::TestRunner;
use serde_json::json;

use super::room::{OF_INSTITUTION, Room, SUB, asking, posting, with};

/// A body in which `{}` stands for what is wrong.
const FRAME: &str = r#"{"sub_mchid":"1900000101","out_trade_no":"T1","out_refund_no":"R1","amount":{"refund":100,"total":1000,"currency":"USD"}{}}"#;

#[tokio::test]
async fn every_bad_body_is_answered_by_a_problem_that_names_its_field() {
    let room = Room::new().await;
    let frame = |rest: &str| FRAME.replace("{}", rest);
    let changed = |from: &str, to: &str| frame("").replace(from, to);
    let deep =
        |open: &str, close: &str| frame(&format!(",\"metadata\":{}1{}", open.repeat(500), close.repeat(500)));
    for (body, code, pointer) in [
        (String::new(), "body_malformed", None),
        ("null".into(), "body_malformed", None),
        ("[]".into(), "body_malformed", None),
        ("{".into(), "body_malformed", None),
        ("{}x".into(), "body_malformed", None),
        ("\u{feff}{}".into(), "body_malformed", None),
        (frame(",\"a\":NaN"), "body_malformed", None),
        (frame(",\"reason\":\"\\ud800\""), "body_malformed", None),
        (frame(",\"reason\":\"a\u{0}b\""), "body_malformed", None),
        (deep("[", "]"), "body_malformed", None),
        (deep("{\"a\":", "}"), "body_malformed", None),
        ("{}".into(), "field_missing", Some("/out_refund_no")),
        (changed("\"out_refund_no\"", "\"out_refund_nr\""), "field_unknown", Some("/out_refund_nr")),
        (frame(",\"amount\":{}"), "field_repeated", Some("/amount")),
        (changed("\"refund\":100", "\"refund\":100,\"refund\":1"), "field_repeated", Some("/amount/refund")),
        (changed("\"refund\":100", "\"refund\":100,\"fee\":1"), "field_unknown", Some("/amount/fee")),
        (changed("\"T1\"", "null"), "field_missing", Some("/out_trade_no")),
        (changed("\"T1\"", "7"), "field_invalid", Some("/out_trade_no")),
        (changed("\"T1\"", "\"\""), "field_invalid", Some("/out_trade_no")),
        (changed("\"T1\"", "\"T\\u0000\""), "field_invalid", Some("/out_trade_no")),
        (changed("\"T1\"", "\"Ｔ１\""), "field_invalid", Some("/out_trade_no")),
        (changed("\"T1\"", &format!("\"{}\"", "9".repeat(33))), "field_invalid", Some("/out_trade_no")),
        (changed("\"R1\"", "\"R.1\""), "field_invalid", Some("/out_refund_no")),
        (changed("\"R1\"", &format!("\"{}\"", "9".repeat(65))), "field_invalid", Some("/out_refund_no")),
        (changed("\"1900000101\"", "\"' OR 1=1\""), "field_invalid", Some("/sub_mchid")),
        (changed("100,", "0,"), "amount_not_positive", Some("/amount/refund")),
        (changed("100,", "-1,"), "amount_not_positive", Some("/amount/refund")),
        (changed("100,", "-9223372036854775808,"), "amount_not_positive", Some("/amount/refund")),
        (changed("100,", "9223372036854775808,"), "field_invalid", Some("/amount/refund")),
        (changed("100,", "1e2,"), "field_invalid", Some("/amount/refund")),
        (changed("100,", "1.0,"), "field_invalid", Some("/amount/refund")),
        (changed("100,", "\"100\","), "field_invalid", Some("/amount/refund")),
        (changed("100,", "9223372036854775807,"), "exceeds_order", Some("/amount/refund")),
        (changed("1000,", "0,"), "amount_not_positive", Some("/amount/total")),
        (changed("USD", "usd"), "currency_unknown", Some("/amount/currency")),
        (changed("USD", "BTC"), "currency_unknown", Some("/amount/currency")),
        (changed("\"USD\"", "null"), "field_missing", Some("/amount/currency")),
        (frame(",\"reason\":\"\""), "field_invalid", Some("/reason")),
        (frame(",\"reason\":\"abc\u{202e}cba\""), "field_invalid", Some("/reason")),
        (frame(",\"reason\":\"😀\""), "field_invalid", Some("/reason")),
        (frame(",\"reason\":\"a\\u0000b\""), "field_invalid", Some("/reason")),
        (frame(&format!(",\"reason\":\"{}\"", "é".repeat(41))), "field_invalid", Some("/reason")),
        (frame(",\"deadline\":\"tomorrow\""), "field_invalid", Some("/deadline")),
        (frame(",\"deadline\":\"2026-02-30T00:00:00Z\""), "field_invalid", Some("/deadline")),
        (frame(",\"deadline\":\"2026-06-01T00:00:00\""), "field_invalid", Some("/deadline")),
        (frame(",\"deadline\":\"2026-05-08T02:00:00Z\""), "deadline_passed", Some("/deadline")),
        (frame(",\"notify_url\":\"http://a.example/\""), "field_invalid", Some("/notify_url")),
        (frame(",\"notify_url\":\"javascript:alert(1)\""), "field_invalid", Some("/notify_url")),
        (frame(",\"metadata\":[]"), "field_invalid", Some("/metadata")),
        (frame(",\"metadata\":{\"a\":1}"), "field_invalid", Some("/metadata/a")),
        (frame(",\"metadata\":{\"a\":\"1\",\"a\":\"2\"}"), "field_repeated", Some("/metadata/a")),
        (frame(",\"metadata\":{\"a\":\"\\u0000\"}"), "field_invalid", Some("/metadata/a")),
        (frame(",\"adopt\":\"OLD\""), "field_invalid", Some("/adopt")),
        (frame(",\"adopt\":{}"), "field_missing", Some("/adopt/out_refund_no")),
        (frame(",\"a~b/c\":1"), "field_unknown", Some("/a~0b~1c")),
    ] {
        let answer = room
            .send(posting(OF_INSTITUTION, "/v1/refunds", &[]).body(Body::from(body.clone())).unwrap())
            .await;
        assert_eq!(answer.body["code"], code, "{body}: {answer:?}");
        answer.is_problem(code);
        assert_eq!(answer.body["pointer"].as_str(), pointer, "{body}");
    }
    let bytes = [b"{\"reason\":\"".as_slice(), &[0xff, 0xfe], b"\"}"].concat();
    let answer =
        room.send(posting(OF_INSTITUTION, "/v1/refunds", &[]).body(Body::from(bytes)).unwrap()).await;
    answer.is_problem("body_malformed");
}

#[tokio::test]
async fn a_body_is_taken_up_to_its_limit_and_only_as_json() {
    let room = Room::new().await;
    let padded = |to: usize| format!("{}{}", asking("R1"), " ".repeat(to - asking("R1").to_string().len()));
    let send = async |body: String| {
        room.send(posting(OF_INSTITUTION, "/v1/refunds", &[]).body(Body::from(body)).unwrap()).await
    };
    assert_eq!(send(padded(64 * 1024)).await.status, StatusCode::ACCEPTED);
    send(padded(64 * 1024 + 1)).await.is_problem("body_too_large");

    for (content_type, taken) in [
        ("application/json; charset=utf-8", true),
        ("application/vnd.shop+json", true),
        ("text/plain", false),
        ("application/x-www-form-urlencoded", false),
        ("", false),
    ] {
        let request = Request::post("/v1/refunds")
            .header("authorization", format!("Bearer {OF_INSTITUTION}"))
            .header("content-type", content_type);
        let answer = room.send(request.body(Body::from(asking("R1").to_string())).unwrap()).await;
        if taken {
            assert_eq!(answer.status, StatusCode::OK, "{content_type}");
        } else {
            answer.is_problem("media_type_unsupported");
        }
    }
}

#[tokio::test]
async fn payments_are_read_as_strictly() {
    let room = Room::new().await;
    let paid = json!({ "sub_mchid": SUB, "out_trade_no": "T1", "amount": { "total": 1000, "currency": "USD" },
        "success_time": "2026-05-08T01:00:00Z" });
    for (pointer, value, code) in [
        ("/success_time", json!(null), "field_missing"),
        ("/success_time", json!("yesterday"), "field_invalid"),
        ("/amount", json!(5), "field_invalid"),
        ("/amount/refund", json!(5), "field_unknown"),
        ("/amount/total", json!(0), "amount_not_positive"),
        ("/payer", json!({ "total": 5 }), "field_missing"),
        ("/payer", json!({ "total": 5, "currency": "XXX" }), "currency_unknown"),
        ("/bank_type", json!("CMB CREDIT"), "field_invalid"),
        ("/out_trade_no", json!(null), "field_missing"),
        ("/metadata", json!({}), "field_unknown"),
    ] {
        let answer = room.post(OF_INSTITUTION, "/v1/payments", &with(paid.clone(), pointer, value)).await;
        assert_eq!(answer.body["code"], code, "{pointer}: {answer:?}");
        answer.is_problem(code);
    }
}

#[tokio::test]
async fn an_unknown_address_a_wrong_method_and_a_bad_path_are_problems_too() {
    let room = Room::new().await;
    for path in ["/", "/v1", "/v1/refund", "/v2/refunds", "/v1/refunds/R1/undo", "/v1/refunds/"] {
        room.get(OF_INSTITUTION, path).await.is_problem("route_not_found");
    }
    for (method, path, allowed) in [
        (Method::DELETE, "/v1/refunds/R1", "GET,HEAD"),
        (Method::PUT, "/v1/refunds", "POST,GET,HEAD"),
        (Method::GET, "/v1/refunds/R1/cancel", "POST"),
        (Method::POST, "/openapi.json", "GET,HEAD"),
        (Method::PATCH, "/v1/me", "GET,HEAD"),
    ] {
        let request = Request::builder().method(method).uri(path).body(Body::empty()).unwrap();
        let answer = room.send(request).await;
        answer.is_problem("method_not_allowed");
        let mut methods: Vec<&str> = answer.header("allow").split(',').collect();
        let mut expected: Vec<&str> = allowed.split(',').collect();
        methods.sort_unstable();
        expected.sort_unstable();
        assert_eq!(methods, expected, "{path}");
    }
    room.get(OF_INSTITUTION, "/v1/refunds/%ff%fe").await.is_problem("path_invalid");
    for path in
        ["/v1/refunds/a%00b", "/v1/refunds/..%2f..%2fetc", "/v1/refunds/rf.1.2", "/v1/refunds/%F0%9F%98%80"]
    {
        room.get(OF_INSTITUTION, path).await.is_problem("refund_not_found");
    }
}

#[tokio::test]
async fn every_bad_parameter_is_named() {
    let room = Room::new().await;
    for (query, code, parameter) in [
        ("state=queued", "parameter_unknown", "state"),
        ("status=done", "parameter_invalid", "status"),
        ("limit=0", "parameter_invalid", "limit"),
        ("limit=201", "parameter_invalid", "limit"),
        ("limit=-1", "parameter_invalid", "limit"),
        ("limit=1&limit=2", "parameter_invalid", "limit"),
        ("created_after=today", "parameter_invalid", "created_after"),
        ("sub_mchid=x", "parameter_invalid", "sub_mchid"),
        ("out_trade_no=a%20b", "parameter_invalid", "out_trade_no"),
        ("out_trade_no=T1", "parameter_invalid", "sub_mchid"),
    ] {
        let answer = room.get(OF_INSTITUTION, &format!("/v1/refunds?{query}")).await;
        answer.is_problem(code);
        assert_eq!(answer.body["parameter"], parameter, "{query}");
    }
    room.get(OF_INSTITUTION, "/v1/refunds?cursor=abc").await.is_problem("cursor_invalid");
    room.get(OF_INSTITUTION, "/v1/refunds?%ff=%ff").await.is_problem("parameter_unknown");
    assert_eq!(room.get(OF_INSTITUTION, "/v1/refunds?status=&limit=").await.status, StatusCode::OK);
}

#[tokio::test]
async fn requests_are_counted_by_route_and_never_by_what_callers_make_up() {
    let room = Room::new().await;
    room.get(OF_INSTITUTION, "/v1/refunds/R1").await;
    room.get(OF_INSTITUTION, "/made/up").await;
    room.send(Request::builder().method("MADEUP").uri("/v1/me").body(Body::empty()).unwrap()).await;
    let counted = room.gateway.metrics.text();
    assert!(counted.contains("/v1/refunds/{id}") && counted.contains("\"other\""), "{counted}");
    assert!(
        !counted.contains("R1") && !counted.contains("made/up") && !counted.contains("MADEUP"),
        "{counted}"
    );
}

#[test]
fn whatever_bytes_arrive_the_answer_is_no_failure_of_ours() {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let room = runtime.block_on(Room::new());
    let body = FRAME.replace("{}", ",\"metadata\":{\"a\":\"1\"},\"reason\":\"r\"").into_bytes();
    let any_change = (any::<prop::sample::Index>(), prop::collection::vec(any::<u8>(), 0..4), 0..4_usize);
    let strategy = prop::collection::vec(any_change, 1..4);
    let story = |changes: Vec<(prop::sample::Index, Vec<u8>, usize)>| {
        let mut bytes = body.clone();
        for (place, new, gone) in changes {
            let place = place.index(bytes.len());
            let end = (place + gone).min(bytes.len());
            bytes.splice(place..end, new);
        }
        let request = posting(OF_INSTITUTION, "/v1/refunds", &[]).body(Body::from(bytes)).unwrap();
        let answer = runtime.block_on(room.send(request));
        let is_fine = answer.status.is_success() || answer.status.is_client_error();
        prop_assert!(is_fine, "{:?}", answer);
        Ok(())
    };
    TestRunner::default().run(&strategy, story).unwrap();
}
