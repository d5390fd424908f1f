//! `/cancel`, `/retry`, `/check` and `/settle`: what can be asked of a refund, and what is stored then.

use axum::http::StatusCode;
use refunds::batch::MerchantState;
use refunds::intake::{Arrival, Command};
use refunds::key::RefundKey;
use refunds::outcome::{QueryOutcome, Receipt, Report, Standing, SubmitOutcome};
use refunds::refund::{Why, Withdrawal};
use refunds::step::Event;
use serde_json::{Value, json};
use store::Store as _;
use wechatpay::ids::{Mchid, RefundId};

use super::room::{
    Answer, INSTITUTION, OF_INSTITUTION, OF_OPERATOR, OF_OTHER_SUB, OF_SUB, READ_ONLY, Room, asking, begin,
};

impl Room {
    async fn settle(&self, key: &str, note: Value) -> Answer {
        self.post(key, "/v1/refunds/R1/settle", &json!({ "note": note })).await
    }

    async fn ask(&self, key: &str, refund: &str, command: &str) -> Answer {
        self.post(key, &format!("/v1/refunds/{refund}/{command}"), &Value::Null).await
    }

    /// The commands that wait for the owner.
    async fn commands(&self) -> Vec<Command> {
        let page = self.gateway.store.intake(&Mchid::parse(INSTITUTION).unwrap(), 100).await.unwrap();
        let command = |arrival| match arrival {
            Arrival::Command { command, .. } => Some(command),
            _ => None,
        };
        page.items.into_iter().filter_map(|item| command(item.what)).collect()
    }

    async fn submit(&self, key: &RefundKey, outcome: SubmitOutcome) {
        self.happen(key, Event::Released { signed_at: begin() }).await;
        self.happen(key, Event::Answered { attempt: 1, outcome }).await;
    }
}

fn accepted() -> SubmitOutcome {
    let refund_id = RefundId::parse("50301").unwrap();
    SubmitOutcome::Accepted(Receipt { refund_id, accepted_at: None, payer_refund: None })
}

#[tokio::test(start_paused = true)]
async fn a_cancellation_is_stored_for_the_owner_and_repeating_it_is_a_replay() {
    let room = Room::new().await;
    let key = room.refund(OF_INSTITUTION, &asking("R1")).await;
    let answer = room.ask(OF_SUB, "R1", "cancel").await;
    assert_eq!((answer.status, &answer.body["id"]), (StatusCode::ACCEPTED, &json!(key.as_str())));
    assert_eq!(room.commands().await, [Command::Cancel(Withdrawal::Tenant)]);

    room.happen(&key, Event::Withdrawn(Withdrawal::Tenant)).await;
    let again = room.ask(OF_SUB, key.as_str(), "cancel").await;
    assert_eq!((again.status, &again.body["status"]), (StatusCode::OK, &json!("cancelled")));
    assert_eq!(
        (&again.body["withdrawn_by"], &again.body["till"]["outcome"]),
        (&json!("tenant"), &json!("refused"))
    );
    assert_eq!(again.body["till"]["next_look_s"], Value::Null);
}

#[tokio::test(start_paused = true)]
async fn the_operator_cancels_in_its_own_name_where_the_id_names_the_merchant() {
    let room = Room::new().await;
    let key = room.refund(OF_INSTITUTION, &asking("R1")).await;
    assert_eq!(room.ask(OF_OPERATOR, key.as_str(), "cancel").await.status, StatusCode::ACCEPTED);
    assert_eq!(room.commands().await, [Command::Cancel(Withdrawal::Operator)]);
    room.ask(OF_OPERATOR, "R1", "cancel").await.is_problem("key_without_merchant");
}

#[tokio::test(start_paused = true)]
async fn what_wechat_pay_has_taken_cannot_be_withdrawn() {
    let room = Room::new().await;
    let key = room.refund(OF_INSTITUTION, &asking("R1")).await;
    room.submit(&key, accepted()).await;
    room.ask(OF_INSTITUTION, "R1", "cancel").await.is_problem("refund_not_cancellable");
    room.ask(OF_INSTITUTION, "R1", "retry").await.is_problem("refund_not_retryable");
    assert_eq!(room.commands().await, []);
}

#[tokio::test(start_paused = true)]
async fn a_retry_passes_no_limit() {
    let room = Room::new().await;
    let key = room.refund(OF_INSTITUTION, &asking("R1")).await;
    let until = "2026-05-08T02:00:59Z".parse().unwrap();
    room.happen(&key, Event::Held { why: Why::Spacing, not_before: Some(until) }).await;
    let answer = room.ask(OF_INSTITUTION, "R1", "retry").await;
    answer.is_problem("retry_too_early");
    assert_eq!(answer.body["not_before"], "2026-05-08T02:00:59Z");

    room.gateway.clock.go_to(until);
    room.submit(&key, SubmitOutcome::NotEnough).await;
    assert_eq!(room.ask(OF_INSTITUTION, "R1", "retry").await.status, StatusCode::ACCEPTED);
    assert_eq!(room.commands().await, [Command::Retry]);

    room.set_state(INSTITUTION, MerchantState { paused: true, halt: None, ..MerchantState::default() }).await;
    room.ask(OF_INSTITUTION, "R1", "retry").await.is_problem("merchant_held");
}

#[tokio::test(start_paused = true)]
async fn a_refund_is_checked_once_in_ten_seconds() {
    let room = Room::new().await;
    let key = room.refund(OF_INSTITUTION, &asking("R1")).await;
    room.ask(OF_INSTITUTION, "R1", "check").await.is_problem("nothing_to_check");
    room.submit(&key, accepted()).await;
    assert_eq!(room.ask(OF_INSTITUTION, "R1", "check").await.status, StatusCode::ACCEPTED);
    let answer = room.ask(OF_INSTITUTION, key.as_str(), "check").await;
    answer.is_problem("check_too_soon");
    // The first one waited a second for a decision.
    assert_eq!(answer.header("retry-after"), "9");
    tokio::time::advance(std::time::Duration::from_secs(9)).await;
    assert_eq!(room.ask(OF_INSTITUTION, "R1", "check").await.status, StatusCode::ACCEPTED);
    assert_eq!(room.commands().await, [Command::Check, Command::Check]);
}

#[tokio::test(start_paused = true)]
async fn what_went_to_the_shops_own_account_is_settled_once_and_with_a_note() {
    let room = Room::new().await;
    let key = room.refund(OF_INSTITUTION, &asking("R1")).await;
    let note = || json!(" paid in cash, receipt 4711 ");
    room.settle(OF_INSTITUTION, note()).await.is_problem("nothing_to_settle");
    room.submit(&key, accepted()).await;
    room.settle(OF_INSTITUTION, note()).await.is_problem("nothing_to_settle");
    let report = Report {
        standing: Standing::Succeeded,
        refund_id: RefundId::parse("50301").unwrap(),
        amount: room.gateway.store.refund(&key).await.unwrap().unwrap().amount,
        accepted_at: None,
        payer_refund: None,
        succeeded_at: None,
        received_in: Some("商户基本账户".to_owned()),
    };
    let outcome = QueryOutcome::Found(report);
    room.happen(&key, Event::Asked { asked_at: begin(), outcome }).await;
    for wrong in [json!(""), json!("  "), json!("two\nlines"), json!("x".repeat(201))] {
        let answer = room.settle(OF_INSTITUTION, wrong.clone()).await;
        answer.is_problem("field_invalid");
        assert_eq!(answer.body["pointer"], "/note", "{wrong}");
    }
    room.settle(OF_INSTITUTION, Value::Null).await.is_problem("field_missing");
    assert_eq!(room.commands().await, []);

    let answer = room.settle(OF_INSTITUTION, note()).await;
    assert_eq!((answer.status, &answer.body["status"]), (StatusCode::ACCEPTED, &json!("needs_operator")));
    assert_eq!(room.commands().await, [Command::Settle]);
    room.happen(&key, Event::Settled).await;
    let again = room.settle(OF_INSTITUTION, json!("another note")).await;
    assert_eq!((again.status, &again.body["status"]), (StatusCode::OK, &json!("succeeded")));
    assert_eq!(
        (&again.body["attention"], &again.body["till"]["outcome"]),
        (&Value::Null, &json!("accepted"))
    );
    let trail = room.gateway.store.audit_trail(&Mchid::parse(INSTITUTION).unwrap(), 0, 10).await.unwrap();
    let acts: Vec<_> = trail.iter().map(|line| (line.action.as_str(), line.detail.as_str())).collect();
    assert_eq!(acts, [("refund.settle", format!("{key}: paid in cash, receipt 4711").as_str())]);
}

#[tokio::test(start_paused = true)]
async fn commands_need_their_scope_and_the_refund_to_be_the_callers() {
    let room = Room::new().await;
    let key = room.refund(OF_INSTITUTION, &asking("R1")).await;
    for command in ["cancel", "retry", "check"] {
        room.ask(READ_ONLY, "R1", command).await.is_problem("scope_missing");
        room.ask(OF_OTHER_SUB, "R1", command).await.is_problem("refund_not_found");
        room.ask(OF_OTHER_SUB, key.as_str(), command).await.is_problem("refund_not_found");
    }
    room.settle(READ_ONLY, json!("paid in cash")).await.is_problem("scope_missing");
    assert_eq!(room.commands().await, []);
}
