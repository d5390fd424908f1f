//! The audit finds out a record in which something is wrong.

use platform::invariants::Kind;
use platform::platform::Platform;
use serde_json::{Value, json};
use wechatpay::money::Money;

use crate::stage::{Stage, usd};

/// A day's business and its night: a payment in dollars, two refunds, one still on its way; as a snapshot.
fn snapshot() -> Value {
    let mut stage = Stage::new("2026-11-19 09:00");
    stage.pays("O0", usd(500));
    stage.at("2026-11-20 09:00").pays("O1", usd(1_000));
    stage.pays_by("O2", Money::fen(1_000), platform::order::Wallet::Mainland, "GXNX_DEBIT");
    stage.refunds("R1", "O1", 500, usd(1_000)).unwrap();
    stage.refunds("R2", "O2", 400, Money::fen(1_000)).unwrap();
    stage.after_s(1_200);
    stage.refundable();
    serde_json::to_value(&stage.platform).unwrap()
}

fn journal(state: &mut Value) -> &mut Vec<Value> {
    state["pools"]["1900000001"]["ledger"]["journal"].as_array_mut().unwrap()
}

fn posting<'a>(state: &'a mut Value, event: &str) -> &'a mut Value {
    journal(state).iter_mut().find(|posting| posting["event"] == event).unwrap()
}

type Tamper = fn(&mut Value);

#[test]
fn a_record_that_was_tampered_with_is_found_out_by_name() {
    let cases: [(&str, Tamper, Kind); 11] = [
        (
            "one account has a fen more",
            |s| bump(&mut s["pools"]["1900000001"]["ledger"]["balances"]["transit CNY"]),
            Kind::BooksUnbalanced,
        ),
        ("a posting disappears", |s| drop(journal(s).pop()), Kind::BooksUnbalanced),
        (
            "the day counts a fen more",
            |s| bump(&mut s["pools"]["1900000001"]["days"]["2026-11-20"]["payments_fen"]),
            Kind::PoolDiffersFromDay,
        ),
        (
            "a row of the bill disappears",
            |s| drop(s["pools"]["1900000001"]["days"]["2026-11-20"]["paid"].as_array_mut().unwrap().pop()),
            Kind::BillDiffers,
        ),
        (
            "an order is refunded beyond its price",
            |s| s["orders"][1]["state"]["paid"]["refunded"]["price"] = json!(1_001),
            Kind::OverRefunded,
        ),
        (
            "a refund on its way is called closed",
            |s| s["refunds"][1]["state"] = json!({"closed": {"at": "2026-11-20T02:00:00Z"}}),
            Kind::TransitDiffers,
        ),
        (
            "a payment enters an earlier day",
            |s| posting(s, "payment")["to"] = json!("open 2026-11-18"),
            Kind::MoneyFlowedBack,
        ),
        (
            "a number that was only refused moved money",
            |s| s["requests"][1]["accepted_minor"] = Value::Null,
            Kind::RefusalLeftTrace,
        ),
        (
            "a number is accepted twice",
            |s| {
                let again = posting(s, "refund_accepted").clone();
                journal(s).push(again)
            },
            Kind::PaidTwice,
        ),
        (
            "the night charged a cent more",
            |s| bump(&mut s["pools"]["1900000001"]["days"]["2026-11-19"]["exchange"]["worth"]["fee"]),
            Kind::SettlementDiffers,
        ),
        (
            "less was asked for than was moved",
            |s| s["requests"][1]["accepted_minor"] = json!(399),
            Kind::AmountDiffers,
        ),
    ];
    let sound: Platform = serde_json::from_value(snapshot()).unwrap();
    assert_eq!(sound.audit().violations, []);
    for (what, tamper, kind) in cases {
        let mut state = snapshot();
        tamper(&mut state);
        let platform: Platform = serde_json::from_value(state).unwrap();
        let kinds: Vec<Kind> = platform.audit().violations.iter().map(|violation| violation.kind).collect();
        assert!(kinds.contains(&kind), "{what}: {kinds:?}");
    }
}

fn bump(figure: &mut Value) {
    *figure = json!(figure.as_i64().unwrap() + 1);
}

#[test]
fn the_audit_is_written_in_the_words_of_the_control_interface() {
    let platform: Platform = serde_json::from_value(snapshot()).unwrap();
    let audit = serde_json::to_value(platform.audit()).unwrap();
    assert_eq!(
        audit["refunds"][1],
        json!({
            "mchid": "1900000001", "out_refund_no": "R2", "requests": 1, "acceptances": 1, "amount_fen": 400,
            "money_moved_fen": 400, "payer_currency": "CNY", "status": "processing",
        })
    );
    assert_eq!(audit["violations"], json!([]));
}
