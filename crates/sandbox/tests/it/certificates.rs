//! The life of merchants' certificates over virtual time, acted through the control interface.

use std::fs;

use jiff::Timestamp;
use sandbox::serve::Config;
use serde_json::{Value, json};
use wechatpay::ids::Mchid;
use wechatpay::keys::{KeyName, SigningKey};
use wechatpay::v3::sign::{Nonce, Request};

use crate::merchant::NewKey;
use crate::sandbox::{Answer, DIRECT, Sandbox};

/// The serial number of the certificate in the merchant's folder.
pub(crate) fn first_serial(sandbox: &Sandbox, mchid: &str) -> String {
    let folder = sandbox.data.0.join("credentials").join(mchid);
    fs::read_to_string(folder.join("serial_no.txt")).unwrap().trim().to_owned()
}

fn first_key(sandbox: &Sandbox) -> SigningKey {
    let folder = sandbox.data.0.join("credentials").join(DIRECT);
    SigningKey::from_pem(&fs::read_to_string(folder.join("apiclient_key.pem")).unwrap()).unwrap()
}

/// A V3 call of the direct merchant, signed with this certificate; status and words of the answer.
async fn call(sandbox: &Sandbox, serial: &str, key: &SigningKey) -> (u16, String) {
    const TARGET: &str = "/v3/global/certificates";
    let now: Timestamp = sandbox.get("/control/clock").await.body["now"].as_str().unwrap().parse().unwrap();
    let authorization = Request { method: "GET", target: TARGET, body: b"" }
        .authorize(
            Mchid::parse(DIRECT).unwrap(),
            KeyName::parse(serial).unwrap(),
            key,
            now.as_second(),
            Nonce::parse("certificatestory").unwrap(),
        )
        .unwrap();
    let answer = reqwest::Client::new()
        .get(format!("http://{}{TARGET}", sandbox.running.v3))
        .header("Authorization", authorization.render())
        .header("Accept", "application/json")
        .header("Accept-Language", "zh-CN")
        .header("User-Agent", "story")
        .send()
        .await
        .unwrap();
    let status = answer.status().as_u16();
    let body: Value = serde_json::from_str(&answer.text().await.unwrap()).unwrap();
    (status, body["message"].as_str().unwrap_or_default().to_owned())
}

async fn take(sandbox: &Sandbox, serial: &str, step: &str, body: Value) -> Answer {
    sandbox.post(&format!("/control/certificates/{DIRECT}/{serial}/{step}"), body).await
}

async fn taken(sandbox: &Sandbox, serial: &str, step: &str, body: Value) -> Value {
    let answer = take(sandbox, serial, step, body).await;
    assert_eq!(answer.status, 200, "{step}: {answer:?}");
    answer.body
}

/// Serial number and state of each certificate of the direct merchant.
async fn states(sandbox: &Sandbox) -> Vec<String> {
    let certificates = sandbox.get(&format!("/control/certificates/{DIRECT}")).await.body;
    let certificates = certificates["certificates"].as_array().unwrap().clone();
    certificates.iter().map(|each| each["state"].as_str().unwrap().to_owned()).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_year_passes_and_each_remedy_has_its_time() {
    let sandbox = Sandbox::start().await;
    let (first, key) = (first_serial(&sandbox, DIRECT), first_key(&sandbox));
    let shown = sandbox.get(&format!("/control/certificates/{DIRECT}")).await.body;
    let not_after: Timestamp = shown["certificates"][0]["not_after"].as_str().unwrap().parse().unwrap();
    assert_eq!(call(&sandbox, &first, &key).await.0, 200);
    assert_eq!(take(&sandbox, &first, "renew", json!({})).await.status, 409, "too early");

    let to = |instant: Timestamp| json!({ "to": instant.to_string() });
    let days = |count: i64| jiff::SignedDuration::from_hours(24 * count);
    sandbox.ask("/control/clock", to(not_after - days(60))).await;
    assert_eq!(states(&sandbox).await, ["expiring"]);
    let without = take(&sandbox, &first, "renew", json!({ "operating_certificate": false })).await;
    assert_eq!(without.status, 409);
    assert!(without.text.contains("operating certificate"), "{without:?}");
    let renewed = taken(&sandbox, &first, "renew", json!({})).await;
    let second = renewed["serial_no"].as_str().unwrap().to_owned();
    assert_ne!(first, second);
    for serial in [&first, &second] {
        assert_eq!(call(&sandbox, serial, &key).await.0, 200, "the same key under both numbers");
    }

    sandbox.ask("/control/clock", to(not_after + days(1))).await;
    assert_eq!(call(&sandbox, &first, &key).await, (401, "商户证书已过期".to_owned()));
    assert_eq!(call(&sandbox, &second, &key).await.0, 200);

    sandbox.advance("P370D").await;
    assert_eq!(states(&sandbox).await, ["expired-grace"]);
    assert_eq!(call(&sandbox, &second, &key).await, (401, "商户证书已过期".to_owned()));
    assert_eq!(take(&sandbox, &second, "renew", json!({})).await.status, 409, "expired ones are upgraded");
    let upgraded = taken(&sandbox, &second, "upgrade-expired", json!({})).await;
    assert_eq!(call(&sandbox, upgraded["serial_no"].as_str().unwrap(), &key).await.0, 200);

    sandbox.advance("P400D").await;
    assert_eq!(states(&sandbox).await, ["expired-final"]);
    let third = upgraded["serial_no"].as_str().unwrap();
    let refused = take(&sandbox, third, "upgrade-expired", json!({})).await;
    assert!(refused.status == 409 && refused.text.contains("only Change"), "{refused:?}");
    let new = NewKey::of(DIRECT);
    let changed = taken(&sandbox, third, "change", json!({ "request_string": new.request_string })).await;
    assert_eq!(states(&sandbox).await, ["dead", "active"]);
    assert_eq!(call(&sandbox, changed["serial_no"].as_str().unwrap(), &new.key).await.0, 200);
}

#[tokio::test(flavor = "multi_thread")]
async fn after_a_change_the_old_certificate_works_for_forty_eight_hours() {
    let sandbox = Sandbox::start().await;
    let (first, key) = (first_serial(&sandbox, DIRECT), first_key(&sandbox));
    let new = NewKey::of(DIRECT);
    let wanted = json!({ "request_string": new.request_string });
    let changed = taken(&sandbox, &first, "change", wanted.clone()).await;
    let second = changed["serial_no"].as_str().unwrap();
    assert_eq!(states(&sandbox).await, ["superseded-48h", "active"]);
    let again = take(&sandbox, second, "change", wanted).await;
    assert!(
        again.status == 409 && again.text.contains("already issued for this request string"),
        "{again:?}"
    );

    sandbox.advance("PT47H59M59S").await;
    assert_eq!(call(&sandbox, &first, &key).await.0, 200);
    sandbox.advance("PT1S").await;
    assert_eq!(call(&sandbox, &first, &key).await, (401, "已更换证书，请使用新证书".to_owned()));
    assert_eq!(call(&sandbox, second, &new.key).await.0, 200);
    let requests = sandbox.get("/control/requests").await.body;
    let signed_by: Vec<&str> = requests["requests"]
        .as_array()
        .unwrap()
        .iter()
        .map(|request| request["serial_no"].as_str().unwrap())
        .collect();
    assert_eq!(signed_by, [&first, &first, second], "the record tells which certificate signed");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_older_kind_is_no_use_for_v3_and_dies_fourteen_days_after_its_upgrade() {
    let sandbox = Sandbox::start().await;
    let path = format!("/control/certificates/{DIRECT}");
    let first = first_serial(&sandbox, DIRECT);
    let (status, words) = {
        assert_eq!(sandbox.control("DELETE".parse().unwrap(), &path, String::new()).await.status, 204);
        call(&sandbox, &first, &first_key(&sandbox)).await
    };
    assert_eq!((status, words.as_str()), (401, "商户未申请过证书"));

    let older = sandbox.ask(&path, json!({ "kind": "wxpay" })).await;
    let serial = older["serial_no"].as_str().unwrap();
    let key = SigningKey::from_pem(older["private_key"].as_str().unwrap()).unwrap();
    assert!(serial.len() == 8 && older["certificates"][0]["kind"] == "wxpay", "{older}");
    let (status, words) = call(&sandbox, serial, &key).await;
    assert!(status == 401 && words.contains("序列号有误"), "{words}");

    let new = NewKey::of(DIRECT);
    let wanted = json!({ "request_string": new.request_string });
    assert_eq!(take(&sandbox, serial, "change", wanted.clone()).await.status, 409, "its way is the upgrade");
    let upgraded = taken(&sandbox, serial, "upgrade-kind", wanted).await;
    assert_eq!(call(&sandbox, upgraded["serial_no"].as_str().unwrap(), &new.key).await.0, 200);
    sandbox.advance("P13DT23H59M59S").await;
    assert_eq!(states(&sandbox).await, ["superseded-14d", "active"]);
    sandbox.advance("PT1S").await;
    assert_eq!(states(&sandbox).await, ["dead", "active"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn under_todays_rules_three_live_at_once_and_a_voided_one_can_come_back() {
    let sandbox = Sandbox::start().await;
    let path = format!("/control/certificates/{DIRECT}");
    let (first, key) = (first_serial(&sandbox, DIRECT), first_key(&sandbox));
    let one_more = || json!({ "request_string": NewKey::of(DIRECT).request_string });
    assert_eq!(sandbox.post(&path, one_more()).await.status, 409, "one at a time under the older rules");
    sandbox.ask("/control/certificates", json!({ "rules": "current" })).await;
    let second = sandbox.ask(&path, one_more()).await;
    let second = second["serial_no"].as_str().unwrap();
    sandbox.ask(&path, one_more()).await;
    let fourth = sandbox.post(&path, one_more()).await;
    assert!(fourth.status == 409 && fourth.text.contains("3 certificates"), "{fourth:?}");

    taken(&sandbox, &first, "void", json!({})).await;
    assert_eq!(call(&sandbox, &first, &key).await, (401, "商户证书已作废".to_owned()));
    taken(&sandbox, &first, "restore", json!({})).await;
    assert_eq!(call(&sandbox, &first, &key).await.0, 200);
    taken(&sandbox, second, "void", json!({})).await;
    sandbox.advance("P7D").await;
    assert_eq!(states(&sandbox).await, ["active", "dead", "active"]);
    assert_eq!(take(&sandbox, second, "restore", json!({})).await.status, 409);
}

#[tokio::test(flavor = "multi_thread")]
async fn notices_go_out_sixty_days_before_and_on_the_day_by_three_channels_once_each() {
    let sandbox = Sandbox::start().await;
    sandbox.advance("P400D").await;
    let messages = sandbox.get("/control/messages").await.body;
    let messages: Vec<&Value> = messages["messages"]
        .as_array()
        .unwrap()
        .iter()
        .filter(|message| message["mchid"] == DIRECT)
        .collect();
    let told: Vec<(&str, &str)> = messages
        .iter()
        .map(|message| (&message["at"].as_str().unwrap()[..10], message["channel"].as_str().unwrap()))
        .collect();
    let expected = ["2026-11-06", "2027-01-04"]
        .iter()
        .flat_map(|day| ["sms", "email", "official_account"].map(|channel| (*day, channel)));
    assert_eq!(told, expected.collect::<Vec<_>>());
    assert!(messages.iter().all(|message| message["origin"] == "notice"));
}

#[tokio::test(flavor = "multi_thread")]
async fn certificates_and_messages_survive_a_restart_and_go_back_with_a_snapshot() {
    let sandbox = Sandbox::start().await;
    let first = first_serial(&sandbox, DIRECT);
    sandbox.ask("/control/snapshots", json!({ "save": "before" })).await;
    let new = NewKey::of(DIRECT);
    let changed = taken(&sandbox, &first, "change", json!({ "request_string": new.request_string })).await;
    let second = changed["serial_no"].as_str().unwrap().to_owned();
    let data = sandbox.stop().await;
    let config: Config = crate::sandbox::config(&data.0);
    let sandbox = Sandbox::run(config, data).await.unwrap();
    assert_eq!(states(&sandbox).await, ["superseded-48h", "active"]);
    assert_eq!(call(&sandbox, &second, &new.key).await.0, 200);
    sandbox.ask("/control/snapshots", json!({ "restore": "before" })).await;
    assert_eq!(states(&sandbox).await, ["active"]);
    let (status, words) = call(&sandbox, &second, &new.key).await;
    assert!(status == 401 && words.contains("序列号有误"), "{words}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_platform_key_rotation_loses_no_certificate() {
    let sandbox = Sandbox::start().await;
    let first = first_serial(&sandbox, DIRECT);
    let new = NewKey::of(DIRECT);
    let changed = taken(&sandbox, &first, "change", json!({ "request_string": new.request_string })).await;
    sandbox.ask("/control/platform_keys/rotate", json!({})).await;
    assert_eq!(call(&sandbox, changed["serial_no"].as_str().unwrap(), &new.key).await.0, 200);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_cannot_be_taken_is_named() {
    let sandbox = Sandbox::start().await;
    let first = first_serial(&sandbox, DIRECT);
    let other = NewKey::of("1900000001").request_string;
    for (path, body, status, words) in [
        ("/control/certificates/1900000002".to_owned(), json!({}), 422, "request string is needed"),
        ("/control/certificates/1900000077".to_owned(), json!({}), 404, "1900000077"),
        (format!("/control/certificates/{DIRECT}/{first}/dance"), json!({}), 404, "dance"),
        (format!("/control/certificates/{DIRECT}/0A/renew"), json!({}), 404, "0A"),
        (
            format!("/control/certificates/{DIRECT}/{first}/change"),
            json!({ "request_string": other }),
            422,
            "merchant id `1900000001`",
        ),
        (
            format!("/control/certificates/{DIRECT}/{first}/change"),
            json!({ "request_string": "MIIC" }),
            422,
            "request_string: ",
        ),
        ("/control/certificates".to_owned(), json!({ "rules": "modern" }), 422, "modern"),
        ("/control/certificates".to_owned(), json!({}), 422, "one of `rules`"),
        (
            "/control/certificates/1900000002".to_owned(),
            json!({ "kind": "wxpay", "request_string": "x" }),
            422,
            "WeChat Pay makes",
        ),
    ] {
        let answer = sandbox.post(&path, body).await;
        assert_eq!(answer.status, status, "{path}: {answer:?}");
        assert!(answer.text.contains(words), "{path}: {answer:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_renewal_certifies_the_same_key_or_a_new_one_as_the_setting_has_it() {
    let sandbox = Sandbox::start().await;
    let first = first_serial(&sandbox, DIRECT);
    sandbox.advance("P310D").await;
    let chosen = sandbox.ask("/control/certificates", json!({ "renewal_takes_new_key": true })).await;
    assert_eq!(chosen["renewal_takes_new_key"], true);
    let without = take(&sandbox, &first, "renew", json!({})).await;
    assert_eq!(
        (without.status, without.body["code"].as_str()),
        (422, Some("invalid_request")),
        "{without:?}"
    );
    let new = NewKey::of(DIRECT);
    let told = taken(&sandbox, &first, "renew", json!({ "request_string": new.request_string })).await;
    let serial = told["serial_no"].as_str().unwrap();
    assert_eq!(call(&sandbox, serial, &new.key).await.0, 200);
    assert_ne!(call(&sandbox, serial, &first_key(&sandbox)).await.0, 200);
}
