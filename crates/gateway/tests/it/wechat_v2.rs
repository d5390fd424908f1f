//! The way out over V2: what leaves, what comes back, and what is posted to us.

use std::sync::Arc;

use gateway::merchants::api_certificate::ApiCertificate;
use gateway::wechat::line::{Line, LineError};
use gateway::wechat::sandbox_ca::SandboxCa;
use jiff::SignedDuration;
use refunds::batch::Submission;
use refunds::key::{OrderKey, RefundKey, UpstreamNo};
use refunds::order::OrderNames;
use refunds::outcome::{Evidence, Fault, ListOutcome, OrderOutcome, QueryOutcome, Standing, SubmitOutcome};
use refunds::owner::{Fact, ProbeOutcome, Question};
use serde_json::{Value, json};
use wechatpay::ids::{Mchid, OutRefundNo, OutTradeNo, SubMchid};
use wechatpay::money::{Currency, Money};
use wechatpay::v2::key::ApiV2Key;
use wechatpay::wire::Wire;

use crate::setup_stage::Credentials;
use crate::wechat_desk::{Desk, new_refund_over_v2};
use crate::wechat_sandbox::{DIRECT, INSTITUTION, SUB_MERCHANT, Sandbox, morning, refund};

const ULID: &str = "01JZZZZZZZZZZZZZZZZZZZZZZ1";

fn line(sandbox: &Sandbox) -> Arc<Line> {
    sandbox.line_of(sandbox.connection_over_v2(DIRECT))
}

async fn submission(number: &str, order: &str) -> Submission {
    Desk::of(new_refund_over_v2(&refund(number, order), morning())).await.submission().await
}

fn answered(fact: Fact) -> (SubmitOutcome, Evidence) {
    match fact {
        Fact::Answered { outcome, evidence, .. } => (outcome, evidence),
        other => panic!("{other:?}"),
    }
}

fn about_refund(number: &str, sub_mchid: Option<&str>, order: &str) -> Question {
    Question::Refund {
        refund: RefundKey::new(&Mchid::parse(DIRECT).unwrap(), ULID).unwrap(),
        upstream_no: UpstreamNo::adopted(OutRefundNo::parse(number).unwrap()),
        wire: Wire::V2,
        sub_mchid: sub_mchid.map(|sub| SubMchid::parse(sub).unwrap()),
        currency: Currency::CNY,
        order: Some(names(order)),
        asked_at: morning(),
    }
}

fn names(order: &str) -> OrderNames {
    OrderNames { out_trade_no: Some(OutTradeNo::parse(order).unwrap()), transaction_id: None }
}

async fn asked(line: &Line, number: &str, order: &str) -> (QueryOutcome, Evidence) {
    match line.ask(&about_refund(number, None, order)).await {
        Fact::Asked { outcome, evidence, .. } => (outcome, evidence),
        other => panic!("{other:?}"),
    }
}

fn word(outcome: &SubmitOutcome) -> String {
    match outcome {
        SubmitOutcome::Accepted(_) => "accepted".to_owned(),
        SubmitOutcome::NotEnough => "not enough".to_owned(),
        SubmitOutcome::Refused(refusal) => refusal.code.clone(),
        SubmitOutcome::Unclear => "unclear".to_owned(),
        SubmitOutcome::SlowDown => "slow down".to_owned(),
        SubmitOutcome::Misconfigured(fault) => format!("{fault:?}"),
        SubmitOutcome::NumberTaken => "number taken".to_owned(),
    }
}

#[tokio::test]
async fn a_submission_comes_to_what_its_answer_proves() {
    let sandbox = Sandbox::start().await;
    let line = line(&sandbox);
    let instead = |code: &str, signed: bool| json!({ "fault": "error_code", "code": code, "signed": signed });
    let fault = |name: &str| json!({ "fault": name });
    let unverified = "signature does not verify: ";
    for (n, (rule, outcome, evidence)) in [
        (Value::Null, "accepted", "200"),
        (fault("duplicate_answer"), "accepted", "200"),
        (instead("NOT_ENOUGH", true), "not enough", "200 NOTENOUGH"),
        (instead("NOT_ENOUGH", false), "unclear", "200 NOTENOUGH, unverified"),
        (instead("INVALID_REQUEST", true), "refund_refused", "200 INVALID_REQUEST"),
        (instead("INVALID_REQUEST", false), "unclear", "200 INVALID_REQUEST, unverified"),
        (instead("TRADE_OVERDUE", true), "order_too_old", "200 TRADE_OVERDUE"),
        (instead("SYSTEM_ERROR", true), "unclear", "200 SYSTEMERROR"),
        (json!({ "fault": "status", "status": 502 }), "unclear", "502"),
        (fault("wrong_signature"), "unclear", unverified),
        (fault("unsigned"), "unclear", unverified),
        (fault("cut_before_commit"), "unclear", "connection cut"),
        (fault("cut_after_commit"), "unclear", "connection cut"),
    ]
    .into_iter()
    .enumerate()
    {
        let (number, order) = (format!("R{n}"), format!("T{n}"));
        sandbox.pay(&order).await;
        if let Value::Object(mut rule) = rule.clone() {
            rule.insert("out_refund_no".to_owned(), json!(number));
            sandbox.fault(Value::Object(rule)).await;
        }
        let (found, told) = answered(line.submit(&submission(&number, &order).await).await);
        assert_eq!(word(&found), outcome, "{rule}: {told:?}");
        assert!(told.answer.as_ref().unwrap().starts_with(evidence), "{rule}: {told:?}");
        assert_eq!(told.certificate, Some(sandbox.credential(DIRECT, "serial_no.txt")), "{rule}");
    }
}

#[tokio::test]
async fn the_stored_bytes_go_again_signed_anew_and_are_the_same_refund() {
    let sandbox = Sandbox::start().await;
    sandbox.pay("T1").await;
    let line = line(&sandbox);
    sandbox.fault(json!({ "fault": "cut_after_commit", "out_refund_no": "R1", "times": 1 })).await;
    let mut desk = Desk::of(new_refund_over_v2(&refund("R1", "T1"), morning())).await;
    let first = desk.submission().await;
    assert_eq!(word(&answered(line.submit(&first).await).0), "unclear");
    let (again, _) = answered(line.submit(&desk.next_attempt(&first).await).await);
    assert_eq!(word(&again), "accepted");
    let (QueryOutcome::Found(report), evidence) = asked(&line, "R1", "T1").await else {
        panic!("it is there")
    };
    assert_eq!((report.standing, report.amount.minor()), (Standing::Processing, 4_000));
    assert_eq!(evidence.certificate, None, "a question is asked without one");
    let audit = sandbox.control(reqwest::Method::GET, "/control/audit", Value::Null).await;
    assert_eq!(audit["violations"], json!([]));
}

#[tokio::test]
async fn a_refund_is_told_with_its_result_and_only_to_whoever_means_the_same_order() {
    let sandbox = Sandbox::start().await;
    sandbox.pay("T1").await;
    let line = line(&sandbox);
    assert_eq!(asked(&line, "R1", "T1").await.0, QueryOutcome::Absent);
    line.submit(&submission("R1", "T1").await).await;
    assert_eq!(asked(&line, "R1", "T2").await.0, QueryOutcome::Another);
    sandbox.advance("PT4H").await;
    let (QueryOutcome::Found(report), _) = asked(&line, "R1", "T1").await else { panic!("it is there") };
    assert_eq!(report.standing, Standing::Succeeded);
    assert!(report.succeeded_at.is_some() && report.received_in.is_some());
    for fault in ["unsigned", "wrong_signature", "cut_before_commit"] {
        sandbox.fault(json!({ "fault": fault, "call": "refund_query", "times": 1 })).await;
        assert_eq!(asked(&line, "R1", "T1").await.0, QueryOutcome::Unclear, "{fault}");
    }
}

#[tokio::test]
async fn an_order_is_told_with_what_was_paid() {
    let sandbox = Sandbox::start().await;
    let institution = sandbox.line_of(sandbox.connection_over_v2(INSTITUTION));
    let paid = sandbox.pay_to(json!({ "mchid": INSTITUTION, "sub_mchid": SUB_MERCHANT }), "T1").await;
    let ask = async |order: &str| {
        let question = Question::Order {
            order: OrderKey::new(&Mchid::parse(INSTITUTION).unwrap(), ULID).unwrap(),
            sub_mchid: Some(SubMchid::parse(SUB_MERCHANT).unwrap()),
            names: names(order),
            currency: Currency::CNY,
        };
        match institution.ask(&question).await {
            Fact::OrderAsked { outcome, .. } => outcome,
            other => panic!("{other:?}"),
        }
    };
    let OrderOutcome::Found(report) = ask("T1").await else { panic!("it is there") };
    assert_eq!(report.transaction_id.as_str(), paid["transaction_id"]);
    assert_eq!((report.total.minor(), report.paid_at), (10_000, Some(morning())));
    assert_eq!(ask("T2").await, OrderOutcome::Absent);
}

#[tokio::test]
async fn the_refunds_of_an_order_are_listed_a_page_at_a_time() {
    let sandbox = Sandbox::start().await;
    let line = sandbox.line_of(sandbox.connection_over_v2(DIRECT));
    sandbox.pay("T1").await;
    let numbers: Vec<String> = (0..12).map(|n| format!("R{n}")).collect();
    for number in &numbers {
        let refund = json!({ "mchid": DIRECT, "out_trade_no": "T1", "out_refund_no": number,
            "amount": { "refund": 100, "currency": "CNY" } });
        sandbox.post("/control/refunds", refund).await;
        sandbox.advance("PT1M").await;
    }
    let ask = async |order: &str, offset| {
        let question = Question::RefundsOf {
            order: OrderKey::new(&Mchid::parse(DIRECT).unwrap(), ULID).unwrap(),
            sub_mchid: None,
            names: names(order),
            currency: Currency::CNY,
            offset,
            asked_at: morning(),
        };
        match line.ask(&question).await {
            Fact::Listed { outcome, .. } => outcome,
            other => panic!("{other:?}"),
        }
    };
    let mut all = vec![];
    for (offset, on_page) in [(0, 10), (10, 2)] {
        let outcome = ask("T1", offset).await;
        let ListOutcome::Listed { total, refunds, more, .. } = outcome else { panic!("{outcome:?}") };
        assert_eq!((total, refunds.len(), more), (Some(Money::fen(10_000)), on_page, offset == 0));
        all.extend(refunds.iter().map(|listed| listed.upstream_no.to_string()));
    }
    assert_eq!(all, numbers);
    sandbox.pay("T2").await;
    for order in ["T2", "T3"] {
        assert_eq!(ask(order, 0).await, ListOutcome::Absent, "{order}");
    }
    sandbox.fault(json!({ "fault": "wrong_signature", "call": "refund_query", "times": 1 })).await;
    assert_eq!(ask("T1", 0).await, ListOutcome::Unclear);
}

#[tokio::test]
async fn a_refused_certificate_is_a_fault_and_the_one_before_is_tried_once() {
    let sandbox = Sandbox::start().await;
    sandbox.pay("T1").await;
    let mut connection = sandbox.connection_over_v2(DIRECT);
    let good = std::mem::replace(&mut connection.certificate, sandbox.connection(INSTITUTION).certificate);
    let submission = submission("R1", "T1").await;
    let (outcome, evidence) = answered(sandbox.line_of(connection.clone()).submit(&submission).await);
    assert_eq!(outcome, SubmitOutcome::Misconfigured(Fault::Certificate));
    assert_eq!(evidence.answer.as_deref(), Some("200 certificate not match, unverified"));

    connection.certificate_before = Some(good.clone());
    let line = sandbox.line_of(connection);
    let (outcome, evidence) = answered(line.submit(&submission).await);
    assert_eq!(word(&outcome), "accepted");
    assert_eq!(evidence.certificate, Some(good.serial_no.to_string()));
    assert_eq!(sandbox.arrivals_of("refund_submit").await, 3, "once alone, then twice");
    line.submit(&submission).await;
    assert_eq!(sandbox.arrivals_of("refund_submit").await, 4, "for a while the one before goes first");
}

#[tokio::test]
async fn what_the_servers_in_front_refuse_was_not_accepted() {
    let sandbox = Sandbox::start().await;
    sandbox.pay("T1").await;
    let mut connection = sandbox.connection_over_v2(DIRECT);
    // Another sandbox's: nobody here has ever heard of it.
    let another = Credentials::new();
    let pem = [another.certificates[0].as_str(), &another.private_key_pem];
    connection.certificate.identity = Some(reqwest::Identity::from_pem(pem.concat().as_bytes()).unwrap());
    let (outcome, evidence) =
        answered(sandbox.line_of(connection).submit(&submission("R1", "T1").await).await);
    assert_eq!(outcome, SubmitOutcome::Misconfigured(Fault::Certificate));
    assert_eq!(evidence.answer.as_deref(), Some("400 The SSL certificate error, unverified"));
    assert_eq!(asked(&line(&sandbox), "R1", "T1").await.0, QueryOutcome::Absent);
}

#[tokio::test]
async fn a_certificate_that_wechat_pay_itself_issued_is_as_good_as_any() {
    let sandbox = Sandbox::start().await;
    sandbox.pay("T1").await;
    sandbox.control(reqwest::Method::DELETE, &format!("/control/certificates/{DIRECT}"), Value::Null).await;
    let issued = sandbox.post(&format!("/control/certificates/{DIRECT}"), json!({ "kind": "wxpay" })).await;
    let text = |name: &str| issued[name].as_str().unwrap_or_else(|| panic!("{name}: {issued}"));
    let mchid = Mchid::parse(DIRECT).unwrap();
    let parsed = ApiCertificate::parse(text("certificate_string"), text("private_key"), &mchid).unwrap();
    assert!(parsed.is_issued_by_wechat_pay);
    let mut connection = sandbox.connection_over_v2(DIRECT);
    connection.certificate.identity = Some(parsed.identity);
    connection.certificate.signer = None;
    let (outcome, evidence) =
        answered(sandbox.line_of(connection).submit(&submission("R1", "T1").await).await);
    assert_eq!(word(&outcome), "accepted", "{evidence:?}");
}

#[tokio::test]
async fn a_wrong_key_is_a_fault_of_the_set_up() {
    let sandbox = Sandbox::start().await;
    sandbox.pay("T1").await;
    let mut connection = sandbox.connection_over_v2(DIRECT);
    connection.v2.as_mut().unwrap().api_v2_key = ApiV2Key::parse("AnotherKeyOf32LettersAndDigits00").unwrap();
    let line = sandbox.line_of(connection);
    let (outcome, _) = answered(line.submit(&submission("R1", "T1").await).await);
    assert_eq!(outcome, SubmitOutcome::Misconfigured(Fault::Signature));
    assert_eq!(asked(&line, "R1", "T1").await.0, QueryOutcome::Misconfigured(Fault::Signature));
}

#[tokio::test]
async fn a_probe_tells_whether_certificate_and_key_are_taken() {
    let sandbox = Sandbox::start().await;
    for mchid in [DIRECT, INSTITUTION] {
        let line = sandbox.line_of(sandbox.connection_over_v2(mchid));
        assert_eq!(line.probe().await, ProbeOutcome::Fine, "{mchid}");
    }
    let mut connection = sandbox.connection_over_v2(DIRECT);
    connection.certificate = sandbox.connection(INSTITUTION).certificate;
    let of_another = sandbox.line_of(connection);
    assert_eq!(of_another.probe().await, ProbeOutcome::Misconfigured(Fault::Certificate));
    let mut connection = sandbox.connection_over_v2(DIRECT);
    connection.v2.as_mut().unwrap().api_v2_key = ApiV2Key::parse("AnotherKeyOf32LettersAndDigits00").unwrap();
    let with_another_key = sandbox.line_of(connection);
    assert_eq!(with_another_key.probe().await, ProbeOutcome::Misconfigured(Fault::Signature));
    sandbox.fault(json!({ "fault": "unsigned", "call": "refund_query", "times": 1 })).await;
    assert_eq!(line(&sandbox).probe().await, ProbeOutcome::Unclear);
}

#[tokio::test]
async fn nothing_leaves_minutes_after_it_was_decided() {
    let sandbox = Sandbox::start().await;
    sandbox.pay("T1").await;
    let (line, submission) = (line(&sandbox), submission("R1", "T1").await);
    sandbox.clock.go_to(submission.signed_at() + SignedDuration::from_secs(240));
    let (outcome, evidence) = answered(line.submit(&submission).await);
    assert_eq!(outcome, SubmitOutcome::Unclear);
    assert_eq!(evidence.answer.as_deref(), Some("not sent: its time stamp is too old"));
    assert_eq!(sandbox.arrivals_of("refund_submit").await, 0);
}

#[tokio::test]
async fn a_server_that_is_not_the_sandboxs_hears_nothing() {
    let sandbox = Sandbox::start().await;
    sandbox.pay("T1").await;
    let another = include_bytes!("../../../wechatpay/testdata/platform_cert.pem");
    for ca in [None, SandboxCa::parse(another)] {
        let connection =
            gateway::wechat::connection::Connection { sandbox_ca: ca, ..sandbox.connection_over_v2(DIRECT) };
        let (outcome, evidence) =
            answered(sandbox.line_of(connection).submit(&submission("R1", "T1").await).await);
        assert_eq!(outcome, SubmitOutcome::Unclear);
        assert_eq!(evidence.answer.as_deref(), Some("no connection"));
    }
    assert_eq!(sandbox.arrivals_of("refund_submit").await, 0);
}

#[tokio::test]
async fn a_refund_goes_by_its_own_wire_wherever_the_merchant_is_now() {
    let sandbox = Sandbox::start().await;
    let both = |wire: Wire| gateway::wechat::connection::Connection {
        wire,
        hosts: vec![sandbox.url(), sandbox.mtls_url()],
        v3: sandbox.connection(DIRECT).v3,
        ..sandbox.connection_over_v2(DIRECT)
    };
    for (n, wire) in [Wire::V2, Wire::V3].into_iter().enumerate() {
        let line = sandbox.line_of(both(wire));
        let (r2, r3, t) = (format!("R2{n}"), format!("R3{n}"), format!("T{n}"));
        sandbox.pay(&t).await;
        for submission in
            [submission(&r2, &t).await, Desk::with(&refund(&r3, &t), morning()).await.submission().await]
        {
            let (outcome, evidence) = answered(line.submit(&submission).await);
            assert_eq!(word(&outcome), "accepted", "{wire:?}: {evidence:?}");
            sandbox.advance("PT1M").await;
        }
        assert!(matches!(asked(&line, &r2, &t).await.0, QueryOutcome::Found(_)), "{wire:?}");
        assert_eq!(line.probe().await, ProbeOutcome::Fine, "{wire:?}");
    }
}

#[tokio::test]
async fn where_a_wire_has_no_key_nothing_is_sent_and_that_is_said() {
    let sandbox = Sandbox::start().await;
    sandbox.pay("T1").await;
    let over_v2 = line(&sandbox);
    let of_v3 = Desk::with(&refund("R1", "T1"), morning()).await.submission().await;
    let of_v2 = submission("R1", "T1").await;
    for (line, submission) in [(over_v2, of_v3), (sandbox.line(DIRECT), of_v2)] {
        let (outcome, evidence) = answered(line.submit(&submission).await);
        assert_eq!(outcome, SubmitOutcome::Unclear);
        let answer = evidence.answer.unwrap();
        assert!(answer.starts_with("not sent: its wire is V"), "{answer}");
    }
    assert_eq!(sandbox.arrivals_of("refund_submit").await, 0);
}

#[tokio::test]
async fn v2_is_called_with_tls_alone() {
    let sandbox = Sandbox::start().await;
    let connection = gateway::wechat::connection::Connection {
        hosts: vec![sandbox.url()],
        ..sandbox.connection_over_v2(DIRECT)
    };
    let line = Line::new(connection, sandbox.clock.clone(), sandbox.activity.clone());
    assert!(matches!(line, Err(LineError::NoTls)));
}
