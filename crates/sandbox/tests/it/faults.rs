//! What goes wrong on the way, over real sockets.

use reqwest::Method;
use serde_json::json;

use crate::sandbox::{Sandbox, refund};

#[tokio::test]
async fn a_cut_after_commit_loses_the_answer_and_not_the_refund() {
    let sandbox = Sandbox::start().await;
    sandbox.pay("T1", 10_000).await;
    sandbox.ask("/control/faults", json!({ "fault": "cut_after_commit", "times": 1 })).await;
    sandbox.refund(&refund("R1", "T1", 4_000, 10_000)).await.unwrap_err();
    let audited = sandbox.audited().await;
    assert_eq!((&audited["requests"], &audited["money_moved_fen"]), (&json!(1), &json!(4_000)));
    let again = sandbox.refund(&refund("R1", "T1", 4_000, 10_000)).await.unwrap();
    assert_eq!(again.status, 200);
    let audited = sandbox.audited().await;
    assert_eq!((&audited["requests"], &audited["acceptances"]), (&json!(2), &json!(1)));
}

#[tokio::test]
async fn a_cut_before_commit_does_nothing() {
    let sandbox = Sandbox::start().await;
    sandbox.pay("T1", 10_000).await;
    sandbox.ask("/control/faults", json!({ "fault": "cut_before_commit", "out_refund_no": "R1" })).await;
    sandbox.refund(&refund("R1", "T1", 4_000, 10_000)).await.unwrap_err();
    assert_eq!(sandbox.get("/control/audit").await.body["refunds"], json!([]));
    assert_eq!(sandbox.get("/control/faults").await.body["rules"][0]["fired"], 1);
    assert_eq!(sandbox.control(Method::DELETE, "/control/faults", String::new()).await.status, 204);
    assert_eq!(sandbox.get("/control/faults").await.body["rules"], json!([]));
    assert_eq!(sandbox.refund(&refund("R1", "T1", 4_000, 10_000)).await.unwrap().status, 200);
}

#[tokio::test]
async fn a_duplicated_request_moves_money_once() {
    let sandbox = Sandbox::start().await;
    sandbox.pay("T1", 10_000).await;
    sandbox.ask("/control/faults", json!({ "fault": "duplicate_answer" })).await;
    assert_eq!(sandbox.refund(&refund("R1", "T1", 4_000, 10_000)).await.unwrap().status, 200);
    let audited = sandbox.audited().await;
    assert_eq!((&audited["requests"], &audited["acceptances"]), (&json!(2), &json!(1)));
}

#[tokio::test]
async fn a_header_asks_for_a_fault_of_its_own() {
    let sandbox = Sandbox::start().await;
    let header = json!({ "name": "X-Sandbox-Fault", "value": "busy" });
    sandbox.ask("/control/faults", json!({ "fault": "status", "status": 429, "header": header })).await;
    let body = refund("R1", "T1", 1, 1).to_string();
    let call = |headers| sandbox.call("POST", "/v3/global/refunds", body.clone(), headers);
    let busy = call(&[("X-Sandbox-Fault", "busy")]).await.unwrap();
    assert_eq!((busy.status, &busy.body["code"]), (429, &json!("FREQUENCY_LIMITED")));
    assert_eq!(call(&[]).await.unwrap().status, 404);
}

#[tokio::test]
async fn an_answer_with_a_wrong_signature_does_not_verify() {
    let sandbox = Sandbox::start().await;
    sandbox.pay("T1", 10_000).await;
    let keys = sandbox.platform_keys();
    for fault in ["wrong_signature", "unsigned", "probe", "wrong_serial", "stale_timestamp"] {
        sandbox.ask("/control/faults", json!({ "id": "only", "fault": fault })).await;
        let answer = sandbox.refund(&refund("R1", "T1", 4_000, 10_000)).await.unwrap();
        assert_eq!(answer.status, 200);
        assert!(!answer.verifies(&keys), "{fault}");
    }
}
