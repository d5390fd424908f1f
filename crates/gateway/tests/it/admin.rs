//! The operator's HTTP interface.

use std::time::Duration;

use axum::body::Body;
use axum::http::Request;
use gateway::admin::api_key::{ApiKeyText, id_of};
use gateway::admin::issuing::{NewApiKey, issue};
use gateway::admin::router::router;
use gateway::admin::scopes;
use gateway::api;
use gateway::api::access::Scope;
use gateway::gateway::World;
use gateway::worker::node::Node;
use jiff::SignedDuration;
use refunds::batch::{Batch, BatchNo};
use refunds::pool::ledger::{Movement, Posting};
use serde_json::{Value, json};
use store::contract::Store;
use tokio_util::sync::CancellationToken;
use tower::ServiceExt as _;
use wechatpay::china::ChinaDay;
use wechatpay::keys::Certificate;
use wechatpay::money::Currency;

use crate::setup_stage::{API_V3_KEY, Answer, Credentials, MCHID, Stage, mchid, now};

const MERCHANTS: &str = "/v1/admin/merchants";
const KEYS: &str = "/v1/admin/keys";
const JSON: &str = "application/json";
const GUIDE: &str = include_str!("../../../../docs/guide/configuration.md");

/// Fields of a good request that are given another value.
type Changes<'a> = &'a [(&'a str, Value)];

async fn operator(stage: &Stage) -> String {
    let new = NewApiKey {
        name: "operator".to_owned(),
        mchid: None,
        sub_mchid: None,
        scopes: [Scope::Admin].into(),
        not_after: None,
    };
    issue(&stage.gateway, new, "test").await.unwrap().key.expose().to_owned()
}

/// What is answered to `body` as JSON.
async fn post(stage: &Stage, key: &str, path: &str, body: Value) -> Answer {
    send(stage, key, path, Some(JSON), body.to_string()).await
}

/// What is answered to `body`, announced as `media_type`.
async fn send(stage: &Stage, key: &str, path: &str, media_type: Option<&str>, body: String) -> Answer {
    let mut request = Request::post(path).header("Authorization", format!("Bearer {key}"));
    if let Some(media_type) = media_type {
        request = request.header("Content-Type", media_type);
    }
    let router = router(stage.gateway.clone(), stage.sealer.clone());
    let response = router.oneshot(request.body(Body::from(body)).unwrap()).await.unwrap();
    let status = response.status().as_u16();
    let bytes = axum::body::to_bytes(response.into_body(), usize::MAX).await.unwrap();
    Answer { status, body: serde_json::from_slice(&bytes).unwrap_or_default() }
}

/// A stage with the merchant id set up, its operator's key, and the credentials.
async fn set_up() -> (Stage, String, Credentials) {
    let (stage, credentials) = (Stage::new(World::Sandbox), Credentials::new());
    let key = operator(&stage).await;
    let answer = post(&stage, &key, MERCHANTS, credentials.request()).await;
    assert_eq!(answer.status, 201, "{answer:?}");
    (stage, key, credentials)
}

#[tokio::test]
async fn a_merchant_id_is_set_up_shown_and_listed_without_its_secrets() {
    let (stage, key, credentials) = set_up().await;
    let again = post(&stage, &key, MERCHANTS, credentials.request()).await;
    assert_eq!(again.status, 200);
    let shown = stage.call(&key, "GET", &format!("{MERCHANTS}/{MCHID}"), Value::Null).await;
    let in_force = Certificate::from_pem(&credentials.certificates[0]).unwrap();
    assert_eq!(
        shown.body,
        json!({
            "mchid": MCHID, "mode": "institution", "region": "global", "wire": "v3",
            "appid": "wx0000000000000001", "settlement_currency": "USD", "number_form": "prefixed",
            "api_hosts": ["http://127.0.0.1:7080"], "sub_mchids": ["1900000101"], "weights": {},
            "is_sandbox": true, "can_call": true, "paused": false, "halt": null, "restored": null,
            "certificate": { "serial_no": in_force.serial.as_str(), "not_after": "2027-01-05T01:00:00Z" },
        })
    );
    let listed = stage.call(&key, "GET", MERCHANTS, Value::Null).await;
    assert_eq!(listed.body, json!({ "merchants": [shown.body] }));
    let subs = format!("{MERCHANTS}/{MCHID}/sub-merchants");
    let added = post(&stage, &key, &subs, json!({ "sub_mchid": "1900000102" })).await;
    assert_eq!((added.status, &added.body["sub_mchids"]), (201, &json!(["1900000101", "1900000102"])));
    let again = post(&stage, &key, &subs, json!({ "sub_mchid": "1900000102" })).await;
    assert_eq!(again.status, 200);
}

#[tokio::test]
async fn a_sub_merchant_is_given_a_weight_which_stays_until_it_is_given_another() {
    let (stage, key, credentials) = set_up().await;
    let subs = format!("{MERCHANTS}/{MCHID}/sub-merchants");
    let other = json!({ "1900000101": 200, "1900000102": 1 });
    for (body, status, weights) in [
        (json!({ "sub_mchid": "1900000101", "weight": 200 }), 200, json!({ "1900000101": 200 })),
        (json!({ "sub_mchid": "1900000102", "weight": 1 }), 201, other.clone()),
        (json!({ "sub_mchid": "1900000102" }), 200, other.clone()),
        (json!({ "sub_mchid": "1900000102", "weight": null }), 200, other.clone()),
        (json!({ "sub_mchid": "1900000102", "weight": 100 }), 200, json!({ "1900000101": 200 })),
    ] {
        let answer = post(&stage, &key, &subs, body.clone()).await;
        assert_eq!((answer.status, &answer.body["weights"]), (status, &weights), "{body}");
    }
    let set_up_again = post(&stage, &key, MERCHANTS, credentials.request()).await;
    assert_eq!(set_up_again.body["weights"], json!({ "1900000101": 200 }));
    for weight in [json!(0), json!(10_001), json!(-1), json!(1.5), json!("200"), json!([200])] {
        let body = json!({ "sub_mchid": "1900000101", "weight": weight });
        let refused = post(&stage, &key, &subs, body).await;
        assert_eq!((refused.status, &refused.body["pointer"]), (422, &json!("/weight")), "{weight}");
        let detail = refused.body["detail"].as_str().unwrap();
        assert!(detail.starts_with("weight is no whole per cent from 1 to 10000. "), "{weight}: {detail}");
    }
}

#[tokio::test]
async fn every_mistake_in_a_merchant_id_is_told_with_its_place_and_what_to_do() {
    let (stage, credentials) = (Stage::new(World::Sandbox), Credentials::new());
    let key = operator(&stage).await;
    let real = include_str!("../../../wechatpay/testdata/merchant_cert.pem");
    let real_key = include_str!("../../../wechatpay/testdata/merchant_key.pem");
    let cases: [(Changes<'_>, &str, &str); 22] = [
        (&[("mchid", json!(null))], "/mchid", "mchid is missing"),
        (&[("mchid", json!("19 0"))], "/mchid", "mchid contains ' '"),
        (&[("mchid", json!(1_900_000_001))], "/mchid", "mchid is not a text"),
        (&[("mode", json!("partner"))], "/mode", "mode has a value that is not known"),
        (&[("region", json!("mainland"))], "/region", "the mainland is not served"),
        (&[("wire", json!("v2"))], "/api_v2_key", "api_v2_key is missing, and V2 signs with it"),
        (&[("api_v3_key", json!(null))], "/api_v3_key", "api_v3_key is missing, and V3 signs with it"),
        (&[("api_v2_key", json!("short"))], "/api_v2_key", "an APIv2 key has 32 characters; this has 5"),
        (&[("settlement_currency", json!("usd"))], "/settlement_currency", "no currency of ISO 4217"),
        (&[("number_form", json!("other"))], "/number_form", "not known"),
        (&[("mode", json!("direct"))], "/sub_mchids", "a directly connected merchant and serves no sub"),
        (&[("sub_mchids", json!(["1", "x"]))], "/sub_mchids/1", "sub_mchid contains 'x'"),
        (&[("sub_mchids", json!("1"))], "/sub_mchids", "is not a list"),
        (&[("api_hosts", json!([]))], "/api_hosts", "no host is given"),
        (&[("api_hosts", json!(["http://example.com"]))], "/api_hosts/0", "is not https"),
        (&[("api_v3_key", json!("short"))], "/api_v3_key", "an APIv3 key has 32 bytes; this has 5"),
        (&[("public_keys", json!([{ "id": "7", "pem": "" }]))], "/public_keys/0/id", "PUB_KEY_ID_"),
        (&[("public_keys", json!([{ "id": "PUB_KEY_ID_1", "pem": "x" }]))], "/public_keys/0/pem", "not PEM"),
        (&[("public_keys", json!([{ "id": "7" }]))], "/public_keys/0/pem", "pem is missing"),
        (&[("private_key_pem", json!(real_key))], "/private_key_pem", "is not the key of the certificate"),
        (
            &[
                ("mchid", json!("1900000100")),
                ("certificate_pem", json!(real)),
                ("private_key_pem", json!(real_key)),
            ],
            "/certificate_pem",
            "this is no sandbox's certificate",
        ),
        (&[("api_v3key", json!(API_V3_KEY))], "/api_v3key", "There is no field `api_v3key` here"),
    ];
    for (changes, pointer, detail) in cases {
        let mut request = credentials.request();
        for (name, value) in changes {
            request[*name] = value.clone();
        }
        let answer = post(&stage, &key, MERCHANTS, request).await;
        let found = answer.body["detail"].as_str().unwrap_or_default();
        assert!(
            found.contains(detail),
            "{changes:?}: expected {detail:?}, found {:?}",
            answer.body["detail"]
        );
        assert_eq!((answer.status, &answer.body["pointer"]), (422, &json!(pointer)), "{found}");
        assert!(answer.body["what_to_do"].as_str().unwrap().ends_with('.'), "{found}");
        let printed = answer.body.to_string();
        let secrets = [API_V3_KEY, key_line(real_key), key_line(&credentials.private_key_pem)];
        assert!(!secrets.iter().any(|secret| printed.contains(secret)), "{printed}");
    }
    assert!(stage.gateway.store.merchants().await.unwrap().is_empty(), "nothing was stored");
}

/// A line in the middle of a key, where keys differ.
fn key_line(pem: &str) -> &str {
    pem.lines().nth(5).unwrap()
}

#[tokio::test]
async fn who_has_no_valid_operators_key_is_told_so() {
    let (stage, key, _) = set_up().await;
    let tenant = json!({ "mchid": MCHID, "scopes": ["refunds:read"], "name": "shop" });
    let tenant = post(&stage, &key, KEYS, tenant).await.body["key"].as_str().unwrap().to_owned();
    let over = NewApiKey {
        name: "over".to_owned(),
        mchid: None,
        sub_mchid: None,
        scopes: [Scope::Admin].into(),
        not_after: Some(now() + SignedDuration::from_secs(60)),
    };
    let over = issue(&stage.gateway, over, "test").await.unwrap().key;
    let at_its_end = stage.call(over.expose(), "GET", KEYS, Value::Null).await;
    assert_eq!(at_its_end.status, 200);
    stage.gateway.clock.go_to(now() + SignedDuration::from_secs(61));
    let bearer = |key: &str| format!("Bearer {key}");
    for (authorization, status, code) in [
        (None, 401, "key_missing"),
        (Some("Basic b3BlcmF0b3I6eA==".to_owned()), 401, "key_missing"),
        (Some(bearer("tg_unknown")), 401, "key_unknown"),
        (Some(bearer(over.expose())), 401, "key_expired"),
        (Some(bearer(&tenant)), 403, "scope_missing"),
        (Some(format!("bearer {key}")), 200, ""),
    ] {
        let answer = stage.call_with(authorization.as_deref(), "GET", KEYS, String::new()).await;
        let found = answer.body["code"].as_str().unwrap_or_default();
        assert_eq!((answer.status, found), (status, code), "{authorization:?}");
    }
}

#[tokio::test]
async fn what_is_no_json_object_is_told_apart_from_what_is_impossible() {
    let stage = Stage::new(World::Sandbox);
    let key = operator(&stage).await;
    for (body, status) in [("", 400), ("{", 400), ("[]", 400), ("\"x\"", 400), ("{}", 422)] {
        for path in [MERCHANTS, KEYS] {
            let answer = send(&stage, &key, path, Some(JSON), body.to_owned()).await;
            assert_eq!(answer.status, status, "{body:?}: {answer:?}");
        }
    }
    let unknown = stage.call(&key, "GET", "/v1/admin/merchants/77", Value::Null).await;
    assert_eq!((unknown.status, &unknown.body["code"]), (404, &json!("merchant_not_found")));
}

#[tokio::test]
async fn a_key_is_made_for_somebody_and_every_mistake_in_it_is_told() {
    let (stage, key, _) = set_up().await;
    let good =
        json!({ "mchid": MCHID, "sub_mchid": "1900000101", "scopes": ["refunds:read"], "name": "shop" });
    let made = post(&stage, &key, KEYS, good.clone()).await;
    assert_eq!(made.status, 201);
    let text = made.body["key"].as_str().unwrap();
    assert!(text.starts_with("tg_") && text.len() == 46);
    assert_eq!(made.body["id"], id_of(&ApiKeyText::presented(text).hash()));
    let listed = stage.call(&key, "GET", KEYS, Value::Null).await.body.to_string();
    assert!(listed.contains(made.body["id"].as_str().unwrap()) && !listed.contains(text));

    let cases: [(Changes<'_>, u16, &str, &str); 13] = [
        (&[("name", json!(""))], 422, "/name", "1 to 64 characters"),
        (&[("name", json!(null))], 422, "/name", "name is missing"),
        (&[("scopes", json!(null))], 422, "/scopes", "opens nothing"),
        (&[("scopes", json!([]))], 422, "/scopes", "opens nothing"),
        (&[("scopes", json!(["refunds"]))], 422, "/scopes/0", "this is no scope"),
        (&[("scopes", json!(["admin"]))], 422, "/scopes", "is for keys without mchid"),
        (&[("scopes", json!(["pools:read"]))], 422, "/scopes", "not of a sub-merchant"),
        (&[("mchid", json!(null))], 422, "/mchid", "sub_mchid is given without mchid"),
        (&[("mchid", json!(null)), ("sub_mchid", json!(null))], 422, "/scopes", "is an operator's"),
        (&[("mchid", json!("77"))], 404, "/mchid", "77 is not set up"),
        (&[("sub_mchid", json!("77"))], 404, "/sub_mchid", "77 is not a sub-merchant of 1900000001"),
        (&[("not_after", json!("2026-01-05T01:00:00Z"))], 422, "/not_after", "not later than now"),
        (&[("not_after", json!("tomorrow"))], 422, "/not_after", "no instant"),
    ];
    for (changes, status, pointer, detail) in cases {
        let mut request = good.clone();
        for (name, value) in changes {
            request[*name] = value.clone();
        }
        let answer = post(&stage, &key, KEYS, request).await;
        let found = answer.body["detail"].as_str().unwrap_or_default();
        assert!(answer.status == status && found.contains(detail), "{changes:?}: {answer:?}");
        assert_eq!(answer.body["pointer"].as_str().unwrap_or_default(), pointer, "{found}");
    }
}

#[tokio::test]
async fn a_key_is_replaced_with_both_taken_for_a_while_and_the_last_operators_key_stays() {
    let (stage, key, _) = set_up().await;
    let id = id_of(&ApiKeyText::presented(&key).hash());
    let last = stage.call(&key, "DELETE", &format!("{KEYS}/{id}"), Value::Null).await;
    assert_eq!((last.status, &last.body["code"]), (409, &json!("last_operator_key")));

    let replaced = post(&stage, &key, &format!("{KEYS}/{id}/replace"), json!({ "overlap_s": 60 })).await;
    assert_eq!(replaced.status, 201, "{replaced:?}");
    let new = replaced.body["key"].as_str().unwrap().to_owned();
    for key in [&key, &new] {
        assert_eq!(stage.call(key, "GET", MERCHANTS, Value::Null).await.status, 200);
    }
    stage.gateway.clock.go_to(now() + SignedDuration::from_secs(61));
    assert_eq!(stage.call(&key, "GET", MERCHANTS, Value::Null).await.status, 401);
    let revoked = stage.call(&new, "DELETE", &format!("{KEYS}/{id}"), Value::Null).await;
    assert_eq!(revoked.status, 204);
    for id in [id.as_str(), "x"] {
        let gone = stage.call(&new, "DELETE", &format!("{KEYS}/{id}"), Value::Null).await;
        assert_eq!((gone.status, &gone.body["code"]), (404, &json!("api_key_not_found")));
    }
}

#[tokio::test]
async fn a_pause_is_taken_in_and_the_trail_tells_of_it() {
    let (stage, key, _) = set_up().await;
    for (path, paused) in [("pause", true), ("resume", false)] {
        let answer = stage.call(&key, "POST", &format!("{MERCHANTS}/{MCHID}/{path}"), Value::Null).await;
        assert_eq!((answer.status, &answer.body["paused"]), (202, &json!(paused)));
    }
    assert_eq!(stage.gateway.store.intake(&mchid(), 10).await.unwrap().items.len(), 2);
    let audit = format!("{MERCHANTS}/{MCHID}/audit");
    let page = stage.call(&key, "GET", &format!("{audit}?limit=2"), Value::Null).await.body;
    assert_eq!((&page["next_after"], &page["first_broken"]), (&json!(2), &json!(null)));
    assert_eq!(page["lines"][1]["action"], "merchant.pause");
    let rest = stage.call(&key, "GET", &format!("{audit}?after=2"), Value::Null).await.body;
    assert_eq!(rest["lines"][0]["action"], "merchant.resume");
    assert_eq!(rest["next_after"], json!(null));
    let actor = rest["lines"][0]["actor"].as_str().unwrap();
    assert!(actor.starts_with("operator ("), "{actor}");
    let wrong = stage.call(&key, "GET", &format!("{audit}?after=x"), Value::Null).await;
    assert_eq!((wrong.status, &wrong.body["parameter"]), (422, &json!("after")));
}

#[tokio::test]
async fn a_body_is_announced_as_json_and_one_that_may_be_left_out_is_not_announced() {
    let (stage, key, credentials) = set_up().await;
    let (id, key_body) = (id_of(&ApiKeyText::presented(&key).hash()), json!({ "overlap_s": 60 }).to_string());
    let replacing = format!("{KEYS}/{id}/replace");
    let (subs, sub) =
        (format!("{MERCHANTS}/{MCHID}/sub-merchants"), json!({ "sub_mchid": "1900000102" }).to_string());
    let merchant = credentials.request().to_string();
    for (path, body) in
        [(MERCHANTS, &merchant), (&subs, &sub), (KEYS, &"{}".to_owned()), (&replacing, &key_body)]
    {
        for media_type in [None, Some("application/x-www-form-urlencoded"), Some("text/plain")] {
            let answer = send(&stage, &key, path, media_type, body.clone()).await;
            let found = (answer.status, &answer.body["code"]);
            assert_eq!(found, (415, &json!("media_type_unsupported")), "{path} {media_type:?}");
        }
    }
    assert_eq!(send(&stage, &key, &replacing, None, String::new()).await.status, 201);
}

#[tokio::test]
async fn the_trail_tells_of_keys_in_plain_words() {
    let (stage, key, _) = set_up().await;
    let new = json!({ "mchid": MCHID, "sub_mchid": "1900000101", "name": "till 4",
        "scopes": ["refunds:write", "refunds:read"], "not_after": "2027-01-01T00:00:00Z" });
    let made = post(&stage, &key, KEYS, new).await.body;
    let page = stage.call(&key, "GET", &format!("{MERCHANTS}/{MCHID}/audit?after=1"), Value::Null).await.body;
    let id = made["id"].as_str().unwrap().get(..8).unwrap();
    let told = format!(
        "key {id} `till 4`, may refunds:read, refunds:write, sub-merchant 1900000101, until 2027-01-01T00:00:00Z"
    );
    assert_eq!(page["lines"][0]["detail"], told);
}

#[tokio::test]
async fn the_document_names_the_fields_that_a_merchant_id_needs_and_may_have() {
    let document = serde_json::to_value(api::document()).unwrap();
    let schema = &document["components"]["schemas"]["NewMerchantId"];
    let names = schema["properties"].as_object().unwrap().keys();
    let is_needed = |name: &String| schema["required"].as_array().unwrap().contains(&json!(name));
    let (stage, credentials) = (Stage::new(World::Sandbox), Credentials::new());
    let key = operator(&stage).await;
    let mut request = credentials.request();
    for name in names {
        let given = std::mem::replace(&mut request[name], Value::Null);
        if name != "api_hosts" {
            let answer = post(&stage, &key, MERCHANTS, request.clone()).await;
            assert_eq!(answer.body["code"] == "field_missing", is_needed(name), "{name}: {answer:?}");
        }
        request[name] = given;
    }
    let answer = post(&stage, &key, MERCHANTS, request.clone()).await;
    assert!(
        answer.status < 300
            && request.as_object().unwrap().keys().all(|name| { schema["properties"].get(name).is_some() })
    );
}

/// The JSON of the guide's code blocks that begin with `{`, in their order.
fn examples() -> Vec<Value> {
    let blocks = GUIDE.split("```json\n").skip(1).filter_map(|rest| rest.split("```").next());
    blocks.map(|block| serde_json::from_str(block).unwrap()).collect()
}

#[tokio::test]
async fn the_guides_bodies_set_up_a_first_merchant_id_and_its_key() {
    let examples = examples();
    let [direct, institution, weighed, of_the_merchant, of_a_sub] = examples.as_slice() else {
        panic!("the guide shows two merchant ids, a sub-merchant and two keys: {examples:?}")
    };
    for merchant in [direct, institution] {
        let (stage, credentials) = (Stage::new(World::Sandbox), Credentials::new());
        let key = operator(&stage).await;
        // What belongs to the reader alone is taken from a sandbox; the fields and everything else are the guide's.
        let mut body = merchant.clone();
        for name in ["certificate_pem", "private_key_pem", "api_v3_key"] {
            assert!(body[name].is_string(), "{name}");
            body[name] = credentials.request()[name].clone();
        }
        assert_eq!(body["mchid"], MCHID);
        // A gateway in a sandbox's world knows no other address.
        body["api_hosts"] = json!([crate::setup_stage::HOST]);
        body["public_keys"] = Value::Null;
        let answer = post(&stage, &key, MERCHANTS, body).await;
        assert_eq!(answer.status, 201, "{answer:?}");
        let is_served = merchant["mode"] == "institution";
        let answer = post(&stage, &key, &format!("{MERCHANTS}/{MCHID}/sub-merchants"), weighed.clone()).await;
        assert_eq!(answer.status == 200, is_served, "{answer:?}");
        for new_key in [of_the_merchant, of_a_sub] {
            let answer = post(&stage, &key, KEYS, new_key.clone()).await;
            let is_fit = is_served || new_key.get("sub_mchid").is_none();
            assert_eq!(answer.status == 201, is_fit, "{answer:?}");
        }
    }
}

#[test]
fn the_guide_has_every_scope_and_what_tenants_and_sub_merchants_usually_get() {
    let mark = |is_usual: bool| if is_usual { "yes" } else { "" };
    for scope in Scope::ALL {
        let row = GUIDE.lines().find(|line| line.starts_with(&format!("| `{}` |", scope.as_str())));
        let cells: Vec<&str> = row.unwrap_or_default().split('|').map(str::trim).collect();
        let expected =
            [mark(scopes::OF_A_TENANT.contains(&scope)), mark(scopes::OF_A_SUB_MERCHANT.contains(&scope))];
        assert_eq!(cells.get(3..5), Some(expected.as_slice()), "{}", scope.as_str());
    }
}

#[tokio::test]
async fn a_ledger_that_went_wrong_is_told_and_rebuilt_once() {
    let (stage, key, _) = set_up().await;
    let ledger = format!("{MERCHANTS}/{MCHID}/ledger");
    let right = json!({ "mchid": MCHID, "is_right": true, "differences": [], "moving": [] });
    assert_eq!(stage.call(&key, "GET", &ledger, Value::Null).await.body, right);
    // There is neither an order nor a refund that these could come from.
    let store = &stage.gateway.store;
    let epoch = store.take_ownership(&mchid(), "test").await.unwrap();
    let posting = |pool| Posting { pool, day: ChinaDay::of(now()), movement: Movement::Paid, amount: 500 };
    let batch = Batch {
        number: BatchNo(1),
        mchid: mchid(),
        epoch,
        consumed: vec![],
        changes: vec![],
        orders: vec![],
        pools: vec![],
        postings: vec![posting(Currency::CNY), posting(Currency::HKD)],
        contributions: vec![],
        merchant: None,
    };
    store.commit(batch).await.unwrap();
    let wrong = stage.call(&key, "GET", &ledger, Value::Null).await;
    assert_eq!((wrong.status, &wrong.body["is_right"]), (200, &json!(false)));
    let differences = wrong.body["differences"].as_array().unwrap();
    let currencies: Vec<&Value> = differences.iter().map(|difference| &difference["currency"]).collect();
    assert_eq!(currencies, ["CNY", "HKD"]);
    let sums = |paid| json!({ "paid": paid, "accepted": 0, "succeeded": 0, "returned": 0 });
    assert_eq!((&differences[0]["kept"], &differences[0]["counted"]), (&sums(500), &sums(0)));
    for is_changed in [true, false] {
        let rebuilt = stage.call(&key, "POST", &format!("{ledger}/rebuild"), Value::Null).await;
        assert_eq!(rebuilt.body, json!({ "mchid": MCHID, "is_changed": is_changed }));
    }
    assert_eq!(stage.call(&key, "GET", &ledger, Value::Null).await.body, right);
    let trail = store.audit_trail(&mchid(), 1, 10).await.unwrap();
    let acts: Vec<_> = trail.iter().map(|line| (line.action.as_str(), line.detail.as_str())).collect();
    assert_eq!(acts, [("ledger.rebuild", "it said something else"), ("ledger.rebuild", "it was right")]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_node_that_is_alone_gives_up_what_it_drives_when_it_shall_drain_and_takes_it_back_afterwards() {
    let (stage, key, _) = set_up().await;
    let ending = CancellationToken::new();
    let node = Node::new("node", stage.gateway.clone(), ending.child_token());
    node.join().await.unwrap();
    tokio::spawn(node.clone().keep());
    let nodes = stage.call(&key, "GET", "/v1/nodes", Value::Null).await;
    let id = nodes.body["nodes"][0]["id"].as_str().unwrap();
    assert!(stage.gateway.owners.is_driven(&mchid()), "{nodes:?}");
    for (act, drains) in [("drain", true), ("undrain", false)] {
        let told = post(&stage, &key, &format!("/v1/nodes/{id}/{act}"), Value::Null).await;
        assert_eq!((told.status, &told.body["nodes"][0]["draining"]), (200, &json!(drains)));
        let followed = async {
            while stage.gateway.owners.is_driven(&mchid()) == drains {
                tokio::task::yield_now().await;
            }
        };
        assert!(tokio::time::timeout(Duration::from_secs(20), followed).await.is_ok(), "{act}");
    }
    node.stop().await;
}
