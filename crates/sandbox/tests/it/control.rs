//! The control interface.

use reqwest::Method;
use sandbox::serve::{ClockMode, Config, StartError, start};
use serde_json::{Value, json};

use crate::sandbox::{DIRECT, Folder, Sandbox, config, refund};

#[tokio::test]
async fn a_payment_is_an_order_that_can_be_refunded_today() {
    let sandbox = Sandbox::start().await;
    let paid = sandbox.pay("T1", 10_000).await;
    assert_eq!(paid["out_trade_no"], "T1");
    assert_eq!(paid["payer"], json!({ "total": 10_000, "currency": "CNY" }));
    assert_eq!(paid["success_time"], "2026-01-05T09:00:00+08:00");
    assert!(paid["transaction_id"].is_string() && paid["bank_type"].is_string());

    let answer = sandbox.refund(&refund("R1", "T1", 4_000, 10_000)).await.unwrap();
    assert_eq!(answer.status, 200, "{answer:?}");
    assert!(answer.verifies(&sandbox.platform_keys()));

    let audited = sandbox.audited().await;
    assert_eq!(audited["mchid"], DIRECT);
    assert_eq!((&audited["requests"], &audited["acceptances"]), (&json!(1), &json!(1)));
    assert_eq!((&audited["amount_fen"], &audited["money_moved_fen"]), (&json!(4_000), &json!(4_000)));

    let pools = sandbox.get(&format!("/control/pools/{DIRECT}")).await.body;
    assert_eq!(pools["pools"][0]["refundable"]["total"], 6_000);
    assert_eq!(pools["pools"][0]["accounts"]["open 2026-01-05"], 6_000);
    let ledger = sandbox.get("/control/ledger").await.body;
    let journal = ledger["pools"][0]["journal"].as_array().unwrap();
    assert_eq!(
        (&journal[1]["event"], &journal[1]["out_refund_no"]),
        (&json!("refund_accepted"), &json!("R1"))
    );

    let requests = sandbox.get("/control/requests").await.body;
    assert_eq!(requests["requests"][0]["out_refund_no"], "R1");
    assert_eq!(sandbox.get("/control/requests?after=1").await.body, json!({ "requests": [] }));
    assert_eq!(sandbox.get("/control/requests?since=1").await.status, 422);
    assert_eq!(sandbox.get("/readyz").await.body["status"], "ok");
    assert_eq!(sandbox.get("/control/pools/%ff").await.body["code"], "invalid_request");
}

#[tokio::test]
async fn a_refund_made_by_hand_is_one_like_any_other_but_arrives_as_no_request() {
    let sandbox = Sandbox::start().await;
    sandbox.pay("T1", 10_000).await;
    let by_hand = |more: Value| {
        let mut refund = json!({ "mchid": DIRECT, "out_trade_no": "T1" });
        refund.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        refund
    };
    let amount = |refund: i64| json!({ "amount": { "refund": refund, "currency": "CNY" } });
    let made = sandbox.post("/control/refunds", by_hand(amount(4_000))).await;
    assert_eq!((made.status, &made.body["payer"]["total"]), (200, &json!(4_000)), "{made:?}");
    assert!(made.body["out_refund_no"].is_string() && made.body["refund_id"].is_string());
    let audited = sandbox.audited().await;
    assert_eq!(audited["out_refund_no"], made.body["out_refund_no"]);
    assert_eq!((&audited["acceptances"], &audited["money_moved_fen"]), (&json!(1), &json!(4_000)));
    assert_eq!(sandbox.get("/control/requests").await.body, json!({ "requests": [] }));
    let pools = sandbox.get(&format!("/control/pools/{DIRECT}")).await.body;
    assert_eq!(pools["pools"][0]["refundable"]["total"], 6_000);

    for (body, status, expected) in [
        (by_hand(amount(6_001)), 422, "left of the order"),
        (
            by_hand(json!({ "out_trade_no": "T9", "amount": { "refund": 1, "currency": "CNY" } })),
            422,
            "exist",
        ),
        (by_hand(json!({ "amount": { "refund": 1, "currency": "HKD" } })), 422, "CNY"),
        (by_hand(json!({})), 422, "amount"),
    ] {
        let refused = sandbox.post("/control/refunds", body.clone()).await;
        assert_eq!(refused.status, status, "{body}");
        let detail = refused.body["detail"].as_str().unwrap();
        assert!(detail.contains(expected), "{body}: {detail}");
    }
    sandbox.post("/control/clock", json!({ "advance": "P1D" })).await;
    let refused = sandbox.post("/control/refunds", by_hand(amount(100))).await;
    assert_eq!((refused.status, &refused.body["code"]), (409, &json!("conflict")), "the pool is empty");
}

#[tokio::test]
async fn a_page_of_somebody_elses_in_a_browser_moves_nothing() {
    let sandbox = Sandbox::start().await;
    let before = sandbox.get("/control/clock").await.body;
    let client = reqwest::Client::builder().no_proxy().build().unwrap();
    let url = format!("http://{}/control/clock", sandbox.control_address());
    for (name, value, status) in [
        ("Origin", "http://evil.example", 403),
        ("Origin", "null", 403),
        ("Host", "evil.example", 403),
        ("Origin", "http://localhost:3000", 200),
    ] {
        assert_eq!(sandbox.get("/control/clock").await.body, before);
        let request = client.post(&url).header(name, value).header("Content-Type", "text/plain");
        let answer = request.body(r#"{"advance":"PT1S"}"#).send().await.unwrap();
        assert_eq!(answer.status().as_u16(), status, "{name}: {value}");
    }
}

#[tokio::test]
async fn bad_input_is_refused_with_what_to_do() {
    let sandbox = Sandbox::start().await;
    let amount = json!({ "total": 100, "currency": "CNY" });
    let order = |more: Value| {
        let mut order = json!({ "mchid": DIRECT, "amount": amount.clone() });
        order.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        order
    };
    for (path, body, status, expected) in [
        ("/control/payments", order(json!({ "mchdi": "1" })), 422, "mchdi"),
        ("/control/payments", order(json!({ "mchid": "1" })), 422, "merchant 1 does not exist"),
        ("/control/payments", order(json!({ "mchid": "a" })), 422, "mchid contains"),
        ("/control/payments", order(json!({ "sub_mchid": "1900000101" })), 422, "sub-merchant"),
        (
            "/control/payments",
            order(json!({ "amount": { "total": 1, "currency": "XXX" } })),
            422,
            "amount.currency",
        ),
        ("/control/payments", order(json!({ "amount": { "total": 0, "currency": "CNY" } })), 422, "positive"),
        ("/control/clock", json!({ "advance": "PT1M", "speed": 2 }), 422, "exactly one"),
        ("/control/clock", json!({ "advance": "20 minutes or so" }), 422, "ISO 8601"),
        ("/control/clock", json!({ "advance": "-PT1M" }), 422, "never goes back"),
        ("/control/clock", json!({ "to": "2026-01-05T10:00:00" }), 422, "RFC 3339"),
        ("/control/clock", json!({ "to": "2300-01-05T10:00:00Z" }), 422, "at the latest"),
        ("/control/clock", json!({ "speed": 2_000_000 }), 422, "`speed`"),
        ("/control/clock/participants/7", json!({ "step": 1 }), 404, "register"),
        ("/control/clock/participants/x", json!({ "step": 1 }), 404, "register"),
        ("/control/faults", json!({ "fault": "slow" }), 422, "delay_ms"),
        ("/control/snapshots", json!({ "save": "../a" }), 422, "no name"),
        ("/control/snapshots", json!({ "restore": "nothing" }), 404, "save one first"),
        ("/control/snapshots", json!({}), 422, "exactly one"),
        ("/control/refunds/1900000002/R1/remedy", json!({ "remedy": "payers_card" }), 404, "R1"),
        ("/control/refunds/1900000002/R1/remedy", json!({ "remedy": "gold" }), 422, "gold"),
        ("/control/tides", json!({}), 404, "/control/tides"),
        ("/healthz", json!({}), 405, "Allow"),
    ] {
        let answer = sandbox.post(path, body.clone()).await;
        let detail = answer.body["detail"].as_str().unwrap_or_else(|| panic!("{path}: {answer:?}"));
        assert_eq!(answer.status, status, "{path} {body}: {detail}");
        assert!(detail.contains(expected), "{path} {body}: {detail}");
        assert_eq!(answer.header("Content-Type"), Some("application/problem+json"));
    }
    let malformed = sandbox.control(Method::POST, "/control/payments", "{".to_owned()).await;
    assert_eq!((malformed.status, &malformed.body["code"]), (400, &json!("malformed_json")));
    assert_eq!(sandbox.get("/control/pools/1").await.status, 404);

    sandbox.pay("T1", 100).await;
    let twice = sandbox.post("/control/payments", order(json!({ "out_trade_no": "T1" }))).await;
    assert_eq!(twice.status, 409, "{twice:?}");
    assert_eq!(sandbox.get("/healthz").await.body["status"], "ok");
}

#[tokio::test]
async fn a_body_beyond_a_mebibyte_is_not_read() {
    let sandbox = Sandbox::start().await;
    let answer = sandbox.call("POST", "/v3/global/refunds", "a".repeat(1024 * 1024 + 1), &[]).await.unwrap();
    assert_eq!((answer.status, &answer.body["code"]), (413, &json!("PARAM_ERROR")));
}

#[tokio::test]
async fn after_a_rotation_answers_bear_the_new_certificate() {
    let sandbox = Sandbox::start().await;
    let serial_no = sandbox.ask("/control/platform_keys/rotate", json!({})).await["serial_no"].clone();
    let answer = sandbox.refund(&refund("R1", "T1", 1, 1)).await.unwrap();
    assert_eq!(answer.header("Wechatpay-Serial"), serial_no.as_str());
    assert!(answer.verifies(&sandbox.platform_keys()));
}

#[tokio::test]
async fn on_the_real_clock_time_cannot_be_moved() {
    let sandbox = Sandbox::start_with(|config| config.clock = ClockMode::Real).await;
    assert_eq!(sandbox.get("/control/clock").await.body["mode"], "real");
    assert_eq!(sandbox.post("/control/clock", json!({ "advance": "PT1M" })).await.status, 409);
    assert_eq!(sandbox.post("/control/clock/participants", json!({ "name": "a" })).await.status, 409);
    assert_eq!(sandbox.get("/control/clock/stream").await.status, 409);
}

#[tokio::test]
async fn a_later_start_is_quick_and_the_banner_says_what_it_is() {
    let sandbox = Sandbox::start().await;
    println!("later start: {} ms", sandbox.running.took().as_millis());
    let banner = sandbox.running.banner();
    for part in
        ["not WeChat Pay", &sandbox.running.v3.to_string(), "1900000001 institution, USD, for 1900000101"]
    {
        assert!(banner.contains(part), "{part}:\n{banner}");
    }
    let world = std::fs::read_to_string(sandbox.data.0.join("world.json")).unwrap();
    assert!(world.contains(&format!("http://{}", sandbox.running.control)));
}

#[tokio::test]
async fn the_control_interface_is_for_this_machine_alone() {
    let data = Folder::with_keys().await;
    let config = Config { control: "0.0.0.0:0".parse().unwrap(), ..config(&data.0) };
    assert!(matches!(start(config).await, Err(StartError::ControlNotLocal { .. })));
}

#[tokio::test]
async fn two_sandboxes_do_not_share_a_folder() {
    let folder = Folder::with_keys().await;
    let first = start(config(&folder.0)).await.unwrap();
    let second = start(config(&folder.0)).await;
    assert!(matches!(second, Err(StartError::InUse { .. })));
    first.stop().await.unwrap();
    start(config(&folder.0)).await.unwrap().stop().await.unwrap();
}

#[tokio::test]
async fn a_virtual_clock_stops_where_the_platforms_time_ends() {
    let sandbox = Sandbox::start().await;
    for _ in 0..2 {
        let answer = sandbox.post("/control/clock", json!({ "advance": "P100000D" })).await;
        assert_eq!(answer.body["now"], "2200-01-01T00:00:00Z");
    }
}
