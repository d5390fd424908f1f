//! What goes wrong on purpose, as the merchant sees it and as the record keeps it.

use sandbox::reply::Signing;
use sandbox::scene::Cut;
use wechatpay::v3::refund::submit::SubmitAnswer;
use wechatpay::v3::verify::{Answer, Violation};

use crate::faces_stage::Stage;

/// A refund submitted under one rule, not verified yet.
fn submit_under(stage: &mut Stage, rule: &str) -> crate::faces_stage::Got {
    stage.pays("T1", 1_000);
    stage.rule(rule);
    let request = stage.refund("R1", "T1", 400, 1_000);
    let arrived = stage.signed("POST", "/v3/global/refunds", &request.render());
    stage.arrives(&arrived)
}

fn is_accepted(stage: &Stage) -> bool {
    stage.scene.platform.refunds().iter().count() == 1
}

#[test]
fn answers_signed_badly_are_not_believed_though_the_refund_is_accepted() {
    for (fault, expected) in [
        ("wrong_signature", "is not"),
        ("unsigned", "not signed"),
        ("probe", "probe"),
        ("wrong_serial", "not among the known keys"),
        ("stale_timestamp", "from ours"),
    ] {
        let mut stage = Stage::direct();
        let got = submit_under(&mut stage, &format!(r#"{{"fault":"{fault}"}}"#));
        assert_eq!(got.status, 200);
        let violation = stage.verified(&got).unwrap_err();
        assert!(violation.to_string().contains(expected), "{fault}: {violation}");
        assert!(is_accepted(&stage));
    }
}

#[test]
fn a_probe_is_seen_as_one() {
    let mut stage = Stage::institution();
    let got = submit_under(&mut stage, r#"{"fault":"probe"}"#);
    assert_eq!(stage.verified(&got).unwrap_err(), Violation::Probe);
    assert!(matches!(got.answered.sealing.signing, Signing::Probe(_)));
}

#[test]
fn a_connection_cut_before_commit_leaves_nothing_but_a_record() {
    let mut stage = Stage::direct();
    let got = submit_under(&mut stage, r#"{"fault":"cut_before_commit"}"#);
    assert_eq!(got.answered.delivery.cut, Some(Cut::BeforeAnswer));
    assert!(!is_accepted(&stage));
    let entry = stage.scene.record.entries().next().unwrap();
    assert_eq!((entry.outcome.as_ref(), entry.is_answer_lost), (None, true));
    assert_eq!(entry.out_refund_no.as_deref(), Some("R1"));
}

#[test]
fn a_connection_cut_after_commit_has_moved_money_and_the_repeat_gets_the_same_refund() {
    let mut stage = Stage::direct();
    let got = submit_under(&mut stage, r#"{"fault":"cut_after_commit","times":1}"#);
    assert!(got.answered.delivery.cut.is_some());
    assert!(is_accepted(&stage));
    let entry = stage.scene.record.entries().next().unwrap();
    assert_eq!((entry.outcome.as_ref().unwrap().status, entry.is_answer_lost), (200, true));
    let request = stage.refund("R1", "T1", 400, 1_000);
    let again = stage.submits(&request);
    SubmitAnswer::parse(stage.region(), &again.body).unwrap().check_against(&request).unwrap();
    assert_eq!(again.body, got.body);
}

#[test]
fn an_error_in_the_platforms_place_comes_unsigned_or_signed_and_does_nothing() {
    for (rule, status, is_signed) in [
        (r#"{"fault":"status","status":502,"signed":false}"#, 502, false),
        (r#"{"fault":"error_code","code":"FREQUENCY_LIMITED","signed":true}"#, 429, true),
    ] {
        let mut stage = Stage::direct();
        let got = submit_under(&mut stage, rule);
        assert_eq!(got.status, status);
        assert_eq!(matches!(stage.verified(&got).unwrap(), Answer::Verified(_)), is_signed);
        assert!(!is_accepted(&stage));
        assert!(stage.scene.record.entries().next().unwrap().outcome.as_ref().unwrap().is_instead);
    }
}

#[test]
fn a_query_that_is_behind_finds_a_refund_only_when_it_is_old_enough() {
    let mut stage = Stage::direct();
    stage.rule(r#"{"fault":"query_behind","behind_ms":5000}"#);
    stage.pays("T1", 1_000);
    let request = stage.refund("R1", "T1", 400, 1_000);
    assert_eq!(stage.submits(&request).status, 200);
    let list = "/v3/global/refunds?mchid=1900000002&out_trade_no=T1&offset=0&count=20";
    let total = |body: &[u8]| String::from_utf8_lossy(body).contains("\"total_num\":1");
    stage.after(4);
    assert_eq!(stage.gets(&stage.by_number("R1")).refusal(), (404, "RESOURCE_NOT_EXISTS".to_owned()));
    assert!(!total(&stage.asks("GET", list, "").body));
    stage.after(1);
    assert_eq!(stage.gets(&stage.by_number("R1")).status, 200);
    assert!(total(&stage.asks("GET", list, "").body));
}

#[test]
fn the_same_seed_and_requests_give_the_same_answers_byte_for_byte() {
    let story = |seed: u64| {
        let mut stage = Stage::institution();
        stage.scene.seed = seed;
        stage.pays("T1", 1_000);
        let request = stage.refund("R1", "T1", 400, 1_000);
        let mut told = Vec::new();
        for _ in 0..2 {
            told.push(stage.submits(&request).headers);
            told.push(stage.asks("GET", "/v3/global/certificates", "").headers);
        }
        told
    };
    assert_eq!(story(1), story(1));
    assert_ne!(story(1), story(2));
    let answers = story(1);
    assert_ne!(answers[0], answers[2], "no nonce comes twice");
}
