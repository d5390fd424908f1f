//! What the answer to a submission comes to.

use refunds::outcome::{Evidence, Fault, SubmitOutcome};
use refunds::owner::Fact;
use serde_json::{Value, json};

use crate::wechat_desk::Desk;
use crate::wechat_sandbox::{DIRECT, INSTITUTION, MAINLAND, Sandbox, mainland_refund, morning, refund};

/// The word for an outcome.
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

/// The outcome and the evidence of a submission.
fn answered(fact: Fact) -> (SubmitOutcome, Evidence) {
    match fact {
        Fact::Answered { attempt: 1, outcome, evidence, .. } => (outcome, evidence),
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn a_submission_comes_to_what_its_answer_proves() {
    let sandbox = Sandbox::start().await;
    let line = sandbox.line(DIRECT);
    let instead = |code: &str, signed: bool| json!({ "fault": "error_code", "code": code, "signed": signed });
    let status = |status: u16| json!({ "fault": "status", "status": status });
    let fault = |name: &str| json!({ "fault": name });
    let unverified = "signature does not verify: ";
    for (n, (rule, outcome, evidence)) in [
        (Value::Null, "accepted", "200"),
        (fault("duplicate_answer"), "accepted", "200"),
        (instead("NOT_ENOUGH", true), "not enough", "403 NOT_ENOUGH"),
        (instead("NOT_ENOUGH", false), "unclear", "403 NOT_ENOUGH, unverified"),
        (instead("INVALID_REQUEST", true), "refund_refused", "400 INVALID_REQUEST"),
        (instead("INVALID_REQUEST", false), "unclear", "400 INVALID_REQUEST, unverified"),
        (instead("TRADE_OVERDUE", true), "order_too_old", "403 TRADE_OVERDUE"),
        (instead("OUT_REFUND_NO_USED", true), "number taken", "403 OUT_REFUND_NO_USED"),
        (instead("OUT_REFUND_NO_USED", false), "unclear", "403 OUT_REFUND_NO_USED, unverified"),
        (instead("NO_AUTH", true), "Permission", "403 NO_AUTH"),
        (instead("NO_AUTH", false), "unclear", "403 NO_AUTH, unverified"),
        (instead("SIGN_ERROR", true), "Signature", "401 SIGN_ERROR"),
        (instead("SIGN_ERROR", false), "Signature", "401 SIGN_ERROR, unverified"),
        (instead("FREQUENCY_LIMITED", true), "slow down", "429 FREQUENCY_LIMITED"),
        (instead("FREQUENCY_LIMITED", false), "slow down", "429 FREQUENCY_LIMITED, unverified"),
        (instead("SYSTEM_ERROR", false), "unclear", "500 SYSTEM_ERROR, unverified"),
        (status(502), "unclear", "502"),
        (status(503), "unclear", "503"),
        (fault("wrong_signature"), "unclear", unverified),
        (fault("unsigned"), "unclear", unverified),
        (fault("probe"), "unclear", "signature does not verify: the signature is a probe"),
        (fault("wrong_serial"), "unclear", unverified),
        (fault("stale_timestamp"), "unclear", unverified),
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
        let submission = Desk::with(&refund(&number, &order), morning()).await.submission().await;
        let (found, told) = answered(line.submit(&submission).await);
        assert_eq!(word(&found), outcome, "{rule}: {told:?}");
        let answer = told.answer.unwrap();
        assert!(answer.starts_with(evidence), "{rule}: {answer}");
        assert_eq!(told.request_id.is_some(), answer != "connection cut", "{rule}");
    }
}

#[tokio::test]
async fn what_the_platform_itself_refuses_is_told_in_our_words_and_its_own() {
    let sandbox = Sandbox::start().await;
    let line = sandbox.line(DIRECT);
    let submission = Desk::with(&refund("R1", "NOBODY-PAID-THIS"), morning()).await.submission().await;
    let (outcome, _) = answered(line.submit(&submission).await);
    let SubmitOutcome::Refused(refusal) = outcome else { panic!("{outcome:?}") };
    assert_eq!(refusal.code, "order_not_found");
    assert!(!refusal.message.is_empty());

    // All yuan of a day are exchanged in the night.
    sandbox.pay("T2").await;
    sandbox.advance("PT24H").await;
    let submission = Desk::with(&refund("R2", "T2"), sandbox.clock.now()).await.submission().await;
    let (outcome, evidence) = answered(line.submit(&submission).await);
    assert_eq!((outcome, evidence.answer.as_deref()), (SubmitOutcome::NotEnough, Some("403 NOT_ENOUGH")));
}

#[tokio::test]
async fn an_acceptance_brings_what_the_platform_said_of_it() {
    let sandbox = Sandbox::start().await;
    sandbox.pay("T1").await;
    let submission = Desk::with(&refund("R1", "T1"), morning()).await.submission().await;
    let (outcome, _) = answered(sandbox.line(DIRECT).submit(&submission).await);
    let SubmitOutcome::Accepted(receipt) = outcome else { panic!("{outcome:?}") };
    assert_eq!(receipt.accepted_at, Some(morning()));
    assert_eq!(receipt.payer_refund.unwrap().minor(), 4_000);
    assert!(receipt.refund_id.as_str().starts_with("50"));
}

#[tokio::test]
async fn the_mainland_is_called_by_paths_of_its_own() {
    let sandbox = Sandbox::start().await;
    sandbox.pay_to(json!({ "mchid": MAINLAND }), "T1").await;
    let submission = Desk::with(&mainland_refund("R1", "T1"), morning()).await.submission().await;
    let (outcome, _) = answered(sandbox.line(MAINLAND).submit(&submission).await);
    assert_eq!(word(&outcome), "accepted", "{outcome:?}");
}

#[tokio::test]
async fn a_key_that_is_not_the_merchants_is_a_fault_of_the_set_up() {
    let sandbox = Sandbox::start().await;
    sandbox.pay("T1").await;
    let mut connection = sandbox.connection(DIRECT);
    connection.certificate = sandbox.connection(INSTITUTION).certificate;
    let submission = Desk::with(&refund("R1", "T1"), morning()).await.submission().await;
    let (outcome, _) = answered(sandbox.line_of(connection).submit(&submission).await);
    assert_eq!(outcome, SubmitOutcome::Misconfigured(Fault::Signature));
}
