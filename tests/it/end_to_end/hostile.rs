//! Bodies that mean harm, over the real socket: each one is refused with a problem document, and the service lives on.

use reqwest::Method;
use serde_json::{Value, json};

use super::story::{Scene, Story};
use super::{on_a_kind_day, on_any_day};

on_any_day!(what_is_no_refund_is_refused_and_the_next_refund_is_taken);
on_a_kind_day!(who_sends_too_much_is_told_that_the_connection_ends);

/// Bodies that are no refunds, each with what is wrong with it.
fn bodies(good: &Value) -> Vec<(&'static str, Vec<u8>)> {
    let with = |change: fn(&mut Value)| {
        let mut body = good.clone();
        change(&mut body);
        body.to_string().into_bytes()
    };
    let text = good.to_string();
    vec![
        ("nothing", Vec::new()),
        ("half of it", text.as_bytes()[..text.len() / 2].to_vec()),
        ("no UTF-8", [b"{\"out_refund_no\":\"".as_slice(), &[0xff, 0xfe], b"\"}"].concat()),
        ("a null byte", text.replace("R1", "R\u{0}1").into_bytes()),
        ("an escaped null", text.replace("R1", "R\\u00001").into_bytes()),
        ("half a surrogate", text.replace("R1", "R\\ud8001").into_bytes()),
        ("a list", b"[]".to_vec()),
        ("null", b"null".to_vec()),
        ("a number", b"17".to_vec()),
        ("two values", [text.as_bytes(), text.as_bytes()].concat()),
        ("a field twice", text.replacen('{', "{\"out_refund_no\":\"R2\",", 1).into_bytes()),
        ("a deep value", [b"{\"metadata\":".as_slice(), &[b'['; 100_000]].concat()),
        ("three million bytes", with(|body| body["reason"] = json!("x".repeat(3_000_000)))),
        ("an unknown field", with(|body| body["notify"] = json!("x"))),
        ("no number", with(|body| body["out_refund_no"] = Value::Null)),
        ("an empty number", with(|body| body["out_refund_no"] = json!(""))),
        ("a number with a dot", with(|body| body["out_refund_no"] = json!("a.b"))),
        ("a number with a space", with(|body| body["out_refund_no"] = json!("R 1"))),
        ("a long number", with(|body| body["out_refund_no"] = json!("R".repeat(65)))),
        ("a number that is a number", with(|body| body["out_refund_no"] = json!(1))),
        ("a path as number", with(|body| body["out_refund_no"] = json!("../../etc/passwd"))),
        ("a header as number", with(|body| body["out_refund_no"] = json!("R1\r\nX-Evil: 1"))),
        ("no order", with(|body| body["out_trade_no"] = Value::Null)),
        ("another's sub-merchant", with(|body| body["sub_mchid"] = json!("1900000101"))),
        ("no money", with(|body| body["amount"]["refund"] = json!(0))),
        ("less than no money", with(|body| body["amount"]["refund"] = json!(-100))),
        ("half a fen", with(|body| body["amount"]["refund"] = json!(0.5))),
        ("a whole number with a point", with(|body| body["amount"]["refund"] = json!(100.0))),
        ("an amount as text", with(|body| body["amount"]["refund"] = json!("100"))),
        ("more than there is", with(|body| body["amount"]["refund"] = json!(10_001))),
        ("more than fits", text.replace("\"refund\":3000", "\"refund\":9223372036854775808").into_bytes()),
        ("no end of money", text.replace("\"refund\":3000", "\"refund\":1e999").into_bytes()),
        ("another total", with(|body| body["amount"]["total"] = json!(10_000_000))),
        ("no currency", with(|body| body["amount"]["currency"] = json!("XYZ"))),
        ("a small currency", with(|body| body["amount"]["currency"] = json!("cny"))),
        ("a long reason", with(|body| body["reason"] = json!("因".repeat(27)))),
        ("a reason with a smile", with(|body| body["reason"] = json!("broken \u{1f642}"))),
        ("a deadline that is over", with(|body| body["deadline"] = json!("2020-01-01T00:00:00Z"))),
        ("a deadline that is none", with(|body| body["deadline"] = json!("soon"))),
        ("metadata that is no text", with(|body| body["metadata"] = json!({ "a": 1 }))),
    ]
}

async fn what_is_no_refund_is_refused_and_the_next_refund_is_taken(scene: Scene) {
    let story = Story::begin(scene).await;
    let paid = story.pays("T1", 10_000).await;
    assert_eq!(story.reports(&paid).await.status, 201);
    let till = story.tenant();

    for (what, body) in bodies(&story.refund("R1", "T1", 3_000)) {
        // The connection ends with a body that is not read to its end, so each body has its own.
        let answer = story.tenant_apart().send(Method::POST, "/v1/refunds", &[], body.clone()).await;
        let Ok(answer) = answer else {
            assert!(body.len() > 1_000_000, "{what} is not answered");
            continue;
        };
        assert!((400..500).contains(&answer.status), "{what}: {answer:?}");
        assert_eq!(answer.header("content-type"), Some("application/problem+json"), "{what}: {answer:?}");
        let text = |name: &str| !answer.text(name).is_empty();
        assert!(text("type") && text("code") && text("title") && text("what_to_do"), "{what}: {answer:?}");
    }
    for (method, path) in [
        (Method::GET, "/v1/refunds/%ff"),
        (Method::GET, "/v1/refunds/%00"),
        (Method::GET, "/v1/refunds?limit=-1"),
        (Method::GET, "/v1/refunds?limit=99999999999999999999"),
        (Method::GET, "/v1/refunds?cursor=%27%20OR%201%3D1"),
        (Method::GET, "/v1/refunds?status=happy"),
        (Method::GET, "/v1/refunds?created_after=yesterday"),
        (Method::GET, "/v1/nothing"),
        (Method::DELETE, "/v1/refunds"),
        (Method::POST, "/callbacks/wechatpay/1900000002/refunds"),
        (Method::POST, "/callbacks/wechatpay/nobody/refunds"),
    ] {
        let answer = till.send(method.clone(), path, &[], b"{}".to_vec()).await.unwrap();
        assert!((400..500).contains(&answer.status), "{method} {path}: {answer:?}");
    }

    let listed = till.get("/v1/refunds").await.unwrap();
    assert_eq!(listed.body["refunds"], json!([]), "{listed:?}");
    story.refunds("R1", "T1", 3_000).await;
    story.ends("R1", "succeeded").await;
    story.closes().await;
}

async fn who_sends_too_much_is_told_that_the_connection_ends(scene: Scene) {
    let story = Story::begin(scene).await;
    story.pays("T1", 10_000).await;
    let mut body = story.refund("R1", "T1", 3_000);
    body["reason"] = json!("x".repeat(700_000));

    let answer = story.tenant_apart().post("/v1/refunds", &body).await.unwrap();

    // Else the next request on this connection finds it closed, and its sender cannot know whether it was taken.
    assert_eq!((answer.status, answer.header("connection")), (413, Some("close")), "{answer:?}");
    story.closes().await;
}
