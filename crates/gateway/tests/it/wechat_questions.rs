//! What asking comes to.

use refunds::key::{OrderKey, RefundKey, UpstreamNo};
use refunds::order::OrderNames;
use refunds::outcome::{Fault, ListOutcome, OrderOutcome, QueryOutcome, Standing};
use refunds::owner::{Fact, ProbeOutcome, Question};
use serde_json::json;
use wechatpay::ids::{Mchid, OutRefundNo, OutTradeNo, SubMchid, TransactionId};
use wechatpay::money::{Currency, Money};
use wechatpay::wire::Wire;

use crate::wechat_desk::Desk;
use crate::wechat_sandbox::{DIRECT, INSTITUTION, SUB_MERCHANT, Sandbox, morning, refund};

const ULID: &str = "01JZZZZZZZZZZZZZZZZZZZZZZ1";

fn by_number(number: &str) -> OrderNames {
    OrderNames { out_trade_no: Some(OutTradeNo::parse(number).unwrap()), transaction_id: None }
}

fn about_refund(number: &str, order: Option<OrderNames>) -> Question {
    Question::Refund {
        refund: RefundKey::new(&Mchid::parse(DIRECT).unwrap(), ULID).unwrap(),
        upstream_no: UpstreamNo::adopted(OutRefundNo::parse(number).unwrap()),
        wire: Wire::V3,
        sub_mchid: None,
        currency: Currency::CNY,
        order,
        asked_at: morning(),
    }
}

fn about_order(sub_mchid: Option<&str>, names: OrderNames) -> Question {
    Question::Order {
        order: OrderKey::new(&Mchid::parse(DIRECT).unwrap(), ULID).unwrap(),
        sub_mchid: sub_mchid.map(|sub| SubMchid::parse(sub).unwrap()),
        names,
        currency: Currency::CNY,
    }
}

fn asked(fact: Fact) -> QueryOutcome {
    match fact {
        Fact::Asked { asked_at, outcome, evidence, .. } => {
            assert_eq!(asked_at, morning());
            assert!(evidence.answer.is_some());
            outcome
        }
        other => panic!("{other:?}"),
    }
}

fn order_asked(fact: Fact) -> OrderOutcome {
    match fact {
        Fact::OrderAsked { outcome, .. } => outcome,
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn a_refund_is_found_with_how_it_stands_or_proven_absent() {
    let sandbox = Sandbox::start().await;
    let line = sandbox.line(DIRECT);
    sandbox.pay("T1").await;
    let submission = Desk::with(&refund("R|1*@", "T1"), morning()).await.submission().await;
    line.submit(&submission).await;

    let found = asked(line.ask(&about_refund("R|1*@", Some(by_number("T1")))).await);
    let QueryOutcome::Found(report) = found else { panic!("{found:?}") };
    assert_eq!(report.standing, Standing::Processing);
    assert_eq!((report.amount.minor(), report.accepted_at), (4_000, Some(morning())));

    let of_another = asked(line.ask(&about_refund("R|1*@", Some(by_number("T2")))).await);
    assert_eq!(of_another, QueryOutcome::Another, "the number is another order's");
    assert_eq!(asked(line.ask(&about_refund("R2", None)).await), QueryOutcome::Absent);

    sandbox.advance("P10D").await;
    let found = asked(line.ask(&about_refund("R|1*@", None)).await);
    let QueryOutcome::Found(report) = found else { panic!("{found:?}") };
    assert_eq!(report.standing, Standing::Succeeded);
    assert!(report.succeeded_at.is_some() && report.received_in.is_some());
}

#[tokio::test]
async fn only_a_signed_answer_proves_that_a_refund_or_an_order_is_not_there() {
    let sandbox = Sandbox::start().await;
    let line = sandbox.line(DIRECT);
    for (rule, refund, order) in [
        (json!({ "fault": "slow", "delay_ms": 0 }), QueryOutcome::Absent, OrderOutcome::Absent),
        (json!({ "fault": "unsigned" }), QueryOutcome::Unclear, OrderOutcome::Unclear),
        (json!({ "fault": "wrong_signature" }), QueryOutcome::Unclear, OrderOutcome::Unclear),
        (json!({ "fault": "cut_after_commit" }), QueryOutcome::Unclear, OrderOutcome::Unclear),
        (
            json!({ "fault": "error_code", "code": "NO_AUTH" }),
            QueryOutcome::Misconfigured(Fault::Permission),
            OrderOutcome::Misconfigured(Fault::Permission),
        ),
        (json!({ "fault": "status", "status": 429 }), QueryOutcome::SlowDown, OrderOutcome::Unclear),
        (json!({ "fault": "status", "status": 500 }), QueryOutcome::Unclear, OrderOutcome::Unclear),
    ] {
        for call in ["refund_query", "order_query"] {
            let mut rule = rule.clone();
            rule["call"] = json!(call);
            sandbox.fault(rule).await;
        }
        assert_eq!(asked(line.ask(&about_refund("R1", None)).await), refund, "{rule}");
        assert_eq!(order_asked(line.ask(&about_order(None, by_number("T1"))).await), order, "{rule}");
        sandbox.without_faults().await;
    }
}

#[tokio::test]
async fn an_order_is_asked_about_by_wechat_pays_number_first_and_by_an_institution_for_its_sub_merchant() {
    let sandbox = Sandbox::start().await;
    let merchant = json!({ "mchid": INSTITUTION, "sub_mchid": SUB_MERCHANT });
    let payment = sandbox.pay_to(merchant, "T1").await;
    let transaction_id = TransactionId::parse(payment["transaction_id"].as_str().unwrap()).unwrap();
    let line = sandbox.line(INSTITUTION);
    let wrong_number = OrderNames { transaction_id: Some(transaction_id.clone()), ..by_number("T9") };
    for names in [by_number("T1"), wrong_number] {
        let outcome = order_asked(line.ask(&about_order(Some(SUB_MERCHANT), names)).await);
        let OrderOutcome::Found(report) = outcome else { panic!("{outcome:?}") };
        assert_eq!(report.transaction_id, transaction_id);
        assert_eq!((report.out_trade_no.as_str(), report.total.minor()), ("T1", 10_000));
        assert_eq!(report.paid_at, Some(morning()));
    }
    let Question::Refund { refund, upstream_no, wire, currency, order, asked_at, .. } =
        about_refund("R1", None)
    else {
        unreachable!("it is about a refund")
    };
    let sub_mchid = Some(SubMchid::parse(SUB_MERCHANT).unwrap());
    let question = Question::Refund { refund, upstream_no, wire, sub_mchid, currency, order, asked_at };
    assert_eq!(asked(line.ask(&question).await), QueryOutcome::Absent);
}

#[tokio::test]
async fn a_probe_tells_whether_a_signed_call_is_taken() {
    let sandbox = Sandbox::start().await;
    let probe = async |line: &gateway::wechat::line::Line| match line.ask(&Question::Probe).await {
        Fact::Probed(outcome) => outcome,
        other => panic!("{other:?}"),
    };
    let line = sandbox.line(DIRECT);
    assert_eq!(probe(&line).await, ProbeOutcome::Fine);

    let mut connection = sandbox.connection(DIRECT);
    connection.certificate = sandbox.connection(INSTITUTION).certificate;
    let misconfigured = sandbox.line_of(connection);
    assert_eq!(probe(&misconfigured).await, ProbeOutcome::Misconfigured(Fault::Signature));

    let no_list = json!({ "call": "certificates", "fault": "error_code", "code": "NO_AUTH" });
    sandbox.fault(no_list).await;
    assert_eq!(probe(&line).await, ProbeOutcome::Misconfigured(Fault::Permission));
    let mut connection = sandbox.connection(DIRECT);
    connection.v3.as_mut().unwrap().public_keys.push(sandbox.public_key());
    let by_public_key = sandbox.line_of(connection);
    assert_eq!(probe(&by_public_key).await, ProbeOutcome::Fine, "it has no list, but is known");

    sandbox.fault(json!({ "fault": "cut_before_commit" })).await;
    assert_eq!(probe(&line).await, ProbeOutcome::Unclear);
}

fn about_refunds_of(order: OrderNames, offset: u32) -> Question {
    Question::RefundsOf {
        order: OrderKey::new(&Mchid::parse(DIRECT).unwrap(), ULID).unwrap(),
        sub_mchid: None,
        names: order,
        currency: Currency::CNY,
        offset,
        asked_at: morning(),
    }
}

fn listed(fact: Fact, offset: u32) -> ListOutcome {
    match fact {
        Fact::Listed { offset: of, asked_at, outcome, .. } => {
            assert_eq!((of, asked_at), (offset, morning()));
            outcome
        }
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn the_refunds_of_an_order_are_listed_a_page_at_a_time() {
    let sandbox = Sandbox::start().await;
    let line = sandbox.line(DIRECT);
    sandbox.pay("T1").await;
    let numbers: Vec<String> = (0..12).map(|n| format!("R{n}")).collect();
    for number in &numbers {
        let refund = json!({ "mchid": DIRECT, "out_trade_no": "T1", "out_refund_no": number,
            "amount": { "refund": 100, "currency": "CNY" } });
        sandbox.post("/control/refunds", refund).await;
        sandbox.advance("PT1M").await;
    }
    let mut all = vec![];
    for (offset, on_page) in [(0, 10), (10, 2)] {
        let outcome = listed(line.ask(&about_refunds_of(by_number("T1"), offset)).await, offset);
        let ListOutcome::Listed { order, total, refunds, more } = outcome else { panic!("{outcome:?}") };
        assert_eq!((total, refunds.len(), more), (Some(Money::fen(10_000)), on_page, offset == 0));
        assert!(refunds.iter().all(|listed| listed.amount == Money::fen(100)));
        assert!(order.out_trade_no == by_number("T1").out_trade_no && order.transaction_id.is_some());
        all.extend(refunds.iter().map(|listed| listed.upstream_no.to_string()));
    }
    assert_eq!(all, numbers);
    sandbox.pay("T2").await;
    let outcome = listed(line.ask(&about_refunds_of(by_number("T2"), 0)).await, 0);
    let ListOutcome::Listed { refunds, more: false, .. } = outcome else { panic!("{outcome:?}") };
    assert_eq!(refunds, []);
    assert_eq!(listed(line.ask(&about_refunds_of(by_number("T3"), 0)).await, 0), ListOutcome::Absent);
    for (fault, told) in [
        (json!({ "fault": "unsigned" }), ListOutcome::Unclear),
        (json!({ "fault": "cut_after_commit" }), ListOutcome::Unclear),
        (json!({ "fault": "status", "status": 429 }), ListOutcome::SlowDown),
        (json!({ "fault": "error_code", "code": "NO_AUTH" }), ListOutcome::Misconfigured(Fault::Permission)),
    ] {
        sandbox.fault(fault.clone()).await;
        assert_eq!(listed(line.ask(&about_refunds_of(by_number("T1"), 0)).await, 0), told, "{fault}");
        sandbox.without_faults().await;
    }
}
