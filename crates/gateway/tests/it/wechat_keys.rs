//! Whose answers are believed, while keys come and go.

use gateway::wechat::line::Line;
use refunds::key::{RefundKey, UpstreamNo};
use refunds::outcome::QueryOutcome;
use refunds::owner::{Fact, Question};
use serde_json::{Value, json};
use tokio_util::sync::CancellationToken;
use wechatpay::ids::{Mchid, OutRefundNo};
use wechatpay::money::Currency;
use wechatpay::wire::Wire;

use crate::wechat_sandbox::{DIRECT, Sandbox, morning};

/// Whether an answer of the platform is believed: a signed one that a refund is not there.
async fn believes(line: &Line) -> bool {
    let question = Question::Refund {
        refund: RefundKey::new(&Mchid::parse(DIRECT).unwrap(), "01JZZZZZZZZZZZZZZZZZZZZZZ1").unwrap(),
        upstream_no: UpstreamNo::adopted(OutRefundNo::parse("R1").unwrap()),
        wire: Wire::V3,
        sub_mchid: None,
        currency: Currency::CNY,
        order: None,
        asked_at: morning(),
    };
    match line.ask(&question).await {
        Fact::Asked { outcome, .. } => outcome == QueryOutcome::Absent,
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn an_unknown_key_is_looked_for_at_once_and_then_known() {
    let sandbox = Sandbox::start().await;
    let line = sandbox.line(DIRECT);
    assert!(believes(&line).await);
    assert!(believes(&line).await);
    assert_eq!(sandbox.arrivals_of("certificates").await, 1);
}

#[tokio::test]
async fn certificates_are_fetched_at_the_start_again_after_a_failure_and_twice_a_day() {
    let sandbox = Sandbox::start().await;
    sandbox.fault(json!({ "call": "certificates", "fault": "status", "status": 500, "times": 2 })).await;
    let line = sandbox.line(DIRECT);
    let ending = CancellationToken::new();
    let keeping = line.clone().keep_keys(ending.clone());
    assert!(!sandbox.activity.is_quiet(), "before it has run for the first time");
    let keeping = tokio::spawn(keeping);
    for (pause, fetched) in [("PT0S", 1), ("PT1S", 2), ("PT5S", 3), ("PT10H", 3), ("PT1H", 4), ("PT11H", 5)] {
        if pause != "PT0S" {
            sandbox.advance(pause).await;
        }
        sandbox.activity.quiet().await;
        assert_eq!(sandbox.arrivals_of("certificates").await, fetched, "after {pause}");
    }
    assert!(believes(&line).await);
    assert_eq!(sandbox.arrivals_of("certificates").await, 5, "nothing had to be looked for");
    ending.cancel();
    keeping.await.unwrap();
}

#[tokio::test]
async fn a_change_of_the_platforms_key_is_not_noticed_from_outside() {
    let sandbox = Sandbox::start().await;
    let line = sandbox.line(DIRECT);
    assert!(believes(&line).await);
    for _ in 0..2 {
        sandbox.post("/control/platform_keys/rotate", Value::Null).await;
        sandbox.advance("PT1M").await;
        assert!(believes(&line).await);
    }
    assert_eq!(sandbox.arrivals_of("certificates").await, 3);
}

#[tokio::test]
async fn a_list_that_does_not_come_takes_no_key_away() {
    let sandbox = Sandbox::start().await;
    let line = sandbox.line(DIRECT);
    assert!(believes(&line).await);
    sandbox.fault(json!({ "call": "certificates", "fault": "wrong_signature" })).await;
    sandbox.fault(json!({ "call": "refund_query", "fault": "wrong_serial", "times": 1 })).await;
    sandbox.advance("PT1M").await;
    assert!(!believes(&line).await);
    assert!(believes(&line).await);
}

#[tokio::test]
async fn unknown_keys_cause_one_look_a_minute() {
    let sandbox = Sandbox::start().await;
    let line = sandbox.line(DIRECT);
    sandbox.fault(json!({ "call": "refund_query", "fault": "wrong_serial" })).await;
    for _ in 0..5 {
        assert!(!believes(&line).await);
    }
    assert_eq!(sandbox.arrivals_of("certificates").await, 1);
    sandbox.advance("PT1M").await;
    assert!(!believes(&line).await);
    assert_eq!(sandbox.arrivals_of("certificates").await, 2);
}

#[tokio::test]
async fn with_a_public_key_no_certificate_is_needed() {
    let sandbox = Sandbox::start().await;
    let mut connection = sandbox.connection(DIRECT);
    connection.v3.as_mut().unwrap().public_keys.push(sandbox.public_key());
    let line = sandbox.line_of(connection);
    assert!(believes(&line).await);
    assert_eq!(sandbox.arrivals_of("certificates").await, 0, "the answer was asked for under the public key");
}
