//! Who is let in, and in which words the others are turned away.

use sandbox::faces::v3::settings::{MissingRefund, TooFast};
use wechatpay::ids::Mchid;
use wechatpay::v3::verify::Answer;

use crate::faces_stage::{DIRECT, Got, INSTITUTION, MAINLAND, Stage};

const TARGET: &str = "/v3/global/certificates";

fn without(stage: &mut Stage, name: &str) -> Got {
    let mut arrived = stage.signed("GET", TARGET, "");
    arrived.headers.retain(|(found, _)| found != name);
    stage.arrives(&arrived)
}

/// The answer to a request whose `Authorization` was changed after signing.
fn with_authorization(stage: &mut Stage, change: impl Fn(&str) -> String) -> Got {
    let mut arrived = stage.signed("GET", TARGET, "");
    for (_, value) in arrived.headers.iter_mut().filter(|(name, _)| name == "Authorization") {
        *value = change(value);
    }
    stage.arrives(&arrived)
}

/// Asks without looking at the answer's signature.
fn asks(stage: &mut Stage, target: &str) -> Got {
    let arrived = stage.signed("GET", target, "");
    stage.arrives(&arrived)
}

#[test]
fn requests_without_accept_or_user_agent_are_parameter_errors() {
    for name in ["Accept", "User-Agent"] {
        let got = without(&mut Stage::direct(), name);
        assert_eq!(got.refusal(), (400, "PARAM_ERROR".to_owned()), "{name}");
    }
}

#[test]
fn every_cause_of_a_bad_signature_has_its_own_words() {
    let mut messages = Vec::new();
    let mut stage = Stage::direct();
    let mut take = |got: Got| {
        assert_eq!(got.refusal(), (401, "SIGN_ERROR".to_owned()));
        assert!(got.header("Request-ID").unwrap().ends_with("-270283348"));
        messages.push(got.error().message);
    };
    take(without(&mut stage, "Authorization"));
    take(with_authorization(&mut stage, |value| value.replace("WECHATPAY2-SHA256", "WECHATPAY2-SM2")));
    take(with_authorization(&mut stage, |value| value.replace("nonce_str", "nonce")));
    take(with_authorization(&mut stage, |value| value.replace("serial_no=\"0A", "serial_no=\"0B")));
    take(with_authorization(&mut stage, |value| value.replace("nonce_str=\"", "nonce_str=\"another")));
    take(with_authorization(&mut stage, |value| value.replace(DIRECT, "1900000009")));
    let stale = stage.signed("GET", TARGET, "");
    take(stage.after(301).arrives(&stale));
    let told = messages.len();
    messages.sort();
    messages.dedup();
    assert_eq!((told, messages.len()), (7, 7), "{messages:?}");
}

#[test]
fn a_signature_five_minutes_old_is_still_taken() {
    let mut stage = Stage::direct();
    let arrived = stage.signed("GET", TARGET, "");
    assert_eq!(stage.after(300).arrives(&arrived).status, 200);
}

#[test]
fn an_expired_certificate_is_judged_by_the_platforms_clock() {
    let mut stage = Stage::direct();
    stage.now = "2100-01-02T00:00:00Z".parse().unwrap();
    let arrived = stage.signed("GET", TARGET, "");
    let got = stage.arrives(&arrived);
    assert_eq!(got.status, 401);
    assert!(got.error().message.contains("expired"));
}

#[test]
fn a_signature_that_does_not_match_is_told_what_should_have_been_signed() {
    let mut stage = Stage::direct();
    let mut arrived = stage.signed("POST", "/v3/global/refunds", r#"{"mchid":"1900000002"}"#);
    arrived.body.push(b' ');
    let got = stage.arrives(&arrived);
    let detail = got.error().detail.unwrap();
    assert_eq!(
        (detail.field.as_deref(), detail.issue.as_deref()),
        (Some("signature"), Some("sign not match"))
    );
    let information = detail.sign_information.unwrap();
    assert_eq!((information.method.as_str(), information.url.as_str()), ("POST", "/v3/global/refunds"));
    assert!(information.truncated_sign_message.ends_with("\n{\"mchid\"\n"));
    let entry = stage.scene.record.entries().next_back().unwrap();
    let expected = entry.expected_text.clone().unwrap();
    assert!(expected.ends_with("{\"mchid\":\"1900000002\"} \n"));
    assert_eq!(expected.len(), information.sign_message_length);
    assert!(matches!(stage.verified(&got), Ok(Answer::Verified(_))));
}

#[test]
fn the_raw_target_is_what_counts_whatever_of_it_is_encoded() {
    let mut stage = Stage::direct();
    stage.pays("T1", 1_000);
    let request = stage.refund("R|1*@", "T1", 400, 1_000);
    assert_eq!(stage.submits(&request).status, 200);
    for number in ["R|1*@", "R%7C1*@", "R%7c1%2A%40"] {
        let target = format!("/v3/global/refunds/out-refund-no/{number}?mchid={DIRECT}");
        assert_eq!(stage.asks("GET", &target, "").status, 200, "{number}");
    }
}

#[test]
fn the_serial_number_is_taken_in_either_case() {
    let mut stage = Stage::direct();
    let got = with_authorization(&mut stage, |value| value.replace("0A11CE", "0a11ce"));
    assert_eq!(got.status, 200);
}

#[test]
fn nobody_asks_for_another() {
    let mut stage = Stage::direct();
    let target = format!("/v3/global/refunds/out-refund-no/R1?sp_mchid={INSTITUTION}&sub_mchid=1900000101");
    assert_eq!(stage.asks("GET", &target, "").refusal(), (403, "NO_AUTH".to_owned()));
    let mut stage = Stage::institution();
    let target = format!("/v3/global/refunds/out-refund-no/R1?sp_mchid={INSTITUTION}&sub_mchid=1900000199");
    assert_eq!(stage.asks("GET", &target, "").refusal(), (403, "NO_AUTH".to_owned()));
    let target = format!("/v3/global/refunds/out-refund-no/R1?mchid={INSTITUTION}");
    assert_eq!(stage.asks("GET", &target, "").refusal(), (400, "INVALID_REQUEST".to_owned()));
}

#[test]
fn merchants_keep_to_their_branch_and_their_app_id() {
    let mut stage = Stage::direct();
    let got = stage.asks("GET", "/v3/certificates", "");
    assert_eq!(got.refusal(), (400, "INVALID_REQUEST".to_owned()));
    assert!(got.header("Request-ID").unwrap().ends_with("-268501838"));
    let mut stage = Stage::mainland();
    let target = format!("/v3/global/refunds/out-refund-no/R1?mchid={MAINLAND}");
    assert_eq!(stage.asks("GET", &target, "").refusal(), (400, "INVALID_REQUEST".to_owned()));
    let mut stage = Stage::direct();
    stage.pays("T1", 1_000);
    let body = stage.refund("R1", "T1", 1_000, 1_000).render().replace("wx0000000000000002", "wx9");
    let got = stage.asks("POST", "/v3/global/refunds", &body);
    assert_eq!(got.refusal(), (400, "APPID_MCHID_NOT_MATCH".to_owned()));
}

#[test]
fn a_merchant_with_keys_that_is_not_of_this_world_does_not_exist() {
    let mut stage = Stage::with(DIRECT, None, |world| world.merchants = Default::default());
    let target = format!("/v3/global/refunds/out-refund-no/R1?mchid={DIRECT}");
    assert_eq!(stage.asks("GET", &target, "").refusal(), (404, "MCH_NOT_EXISTS".to_owned()));
    assert_eq!(stage.mchid, Mchid::parse(DIRECT).unwrap());
}

#[test]
fn where_nothing_is_served_the_answer_is_404_in_the_usual_form() {
    let mut stage = Stage::direct();
    for (method, target) in [
        ("GET", "/"),
        ("GET", "/v3/global/refunds/"),
        ("PUT", "/v3/global/refunds"),
        ("GET", "/v3/global/refunds/out-refund-no/%FF"),
        ("POST", "/v3/global/transactions/codepay"),
        ("GET", ""),
    ] {
        let got = stage.asks(method, target, "");
        assert_eq!(got.refusal(), (404, "NOT_FOUND".to_owned()), "{method} {target}");
    }
}

#[test]
fn people_read_their_own_language() {
    for (accepted, tag, words) in [
        (Some("en-GB"), "en", "There is no"),
        (Some("zh-HK"), "zh-CN", "接口不存在"),
        (None, "zh-CN", "接口不存在"),
    ] {
        let mut stage = Stage::direct();
        let mut arrived = stage.signed("GET", "/nowhere", "");
        arrived.headers.retain(|(name, _)| name != "Accept-Language");
        arrived.headers.extend(accepted.map(|accepted| ("accept-language".to_owned(), accepted.to_owned())));
        let got = stage.arrives(&arrived);
        assert_eq!(got.header("Content-Language"), Some(tag));
        assert!(got.error().message.contains(words));
    }
}

#[test]
fn what_arrived_is_recorded_and_the_oldest_forgotten() {
    let mut stage = Stage::direct();
    stage.scene.record = sandbox::record::Record::keeping(2);
    stage.pays("T1", 1_000);
    let request = stage.refund("R1", "T1", 400, 1_000);
    stage.asks("GET", "/nowhere", "");
    stage.submits(&request);
    stage.gets(&stage.by_number("R2"));
    let record = &stage.scene.record;
    let entries: Vec<_> = record.entries().collect();
    assert_eq!((record.arrivals(), entries.len()), (3, 2));
    let told: Vec<_> = entries
        .iter()
        .map(|entry| {
            let outcome = entry.outcome.as_ref().unwrap();
            (entry.n, entry.call.as_deref().unwrap(), entry.out_refund_no.as_deref().unwrap(), outcome.status)
        })
        .collect();
    assert_eq!(told, [(2, "refund_submit", "R1", 200), (3, "refund_query", "R2", 404)]);
    assert_eq!((entries[0].amount_minor, entries[0].caller.as_deref()), (Some(400), Some(DIRECT)));
    let json = serde_json::to_value(record).unwrap();
    let again: sandbox::record::Record = serde_json::from_value(json).unwrap();
    assert_eq!(again.entries().collect::<Vec<_>>(), entries);
}

#[test]
fn errors_come_unsigned_and_in_other_spellings_where_it_is_set_so() {
    let mut stage = Stage::with(DIRECT, None, |world| world.settings.limits.queries_per_s = 1);
    let settings = &mut stage.scene.settings;
    (settings.signs_unauthorized, settings.signs_client_errors) = (false, false);
    settings.missing_refund = MissingRefund::RefundNotExists;
    settings.too_fast = TooFast::RateLimited;
    settings.lists_certificates = false;
    let target = stage.by_number("R1").render();
    let codes = [
        with_authorization(&mut stage, |value| value.replace("nonce_str=\"", "nonce_str=\"another")),
        asks(&mut stage, &target),
        asks(&mut stage, &target),
        asks(&mut stage, TARGET),
    ]
    .map(|got| {
        assert_eq!(stage.verified(&got), Ok(Answer::Unsigned(&got.body)));
        got.refusal()
    });
    let expected = [(401, "SIGN_ERROR"), (404, "REFUND_NOT_EXISTS"), (429, "RATE_LIMITED"), (403, "NO_AUTH")];
    assert_eq!(codes.each_ref().map(|(status, code)| (*status, code.as_str())), expected);
}
