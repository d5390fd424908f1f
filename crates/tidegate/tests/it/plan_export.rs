//! `tidegate plan export`.

use std::fs;

use serde_json::{Value, json};
use tempfile::TempDir;

use crate::stub::{Answer, Stub, run};
use crate::tidegate;

fn paid(time: &str, payer: Value) -> Value {
    json!({ "out_trade_no": "T1", "amount": { "total": 9, "currency": "USD" }, "payer": payer, "success_time": time })
}

fn cny(total: i64) -> Value {
    json!({ "total": total, "currency": "CNY" })
}

fn refund(number: &str, at: &str, status: &str, currency: &str, told: Value) -> Value {
    json!({
        "id": "rf.1", "sub_mchid": "1900000101", "out_refund_no": number,
        "upstream_out_refund_no": format!("1900000101_{number}"), "out_trade_no": "T1", "transaction_id": null,
        "amount": { "refund": 500, "total": 1000, "currency": currency }, "status": status,
        "wechatpay": told, "created_at": at,
    })
}

/// A gateway with two pages of payments and two of refunds, these newest first.
fn gateway() -> Stub {
    let pages = |list: &'static str, first: Value, second: Value| {
        move |line: &str| {
            let (entries, next) = match line.contains("cursor=C2") {
                false => (&first, json!("C2")),
                true => (&second, Value::Null),
            };
            json!({ list: entries, "next_cursor": next }).to_string()
        }
    };
    let payments = pages(
        "payments",
        json!([paid("2026-03-02T04:00:00Z", cny(30_000)), paid("2026-03-02T04:00:00Z", Value::Null)]),
        json!([
            paid("2026-03-03T04:00:00.5Z", json!({ "total": 5, "currency": "HKD" })),
            paid("2026-03-03T12:00:00Z", cny(400)),
        ]),
    );
    let told = json!({ "payer_refund": cny(3_600) });
    let refunds = pages(
        "refunds",
        json!([
            refund("R4", "2026-03-03T05:00:00Z", "waiting_for_funds", "USD", Value::Null),
            refund("R3", "2026-03-03T04:00:00Z", "succeeded", "USD", told),
        ]),
        json!([
            refund("R2", "2026-03-03T02:00:00Z", "rejected", "CNY", Value::Null),
            refund("R1", "2026-03-03T01:00:00Z", "waiting_for_funds", "CNY", Value::Null),
        ]),
    );
    Stub::new(move |requests| {
        let line = &requests.last().unwrap().line;
        let body = if line.starts_with("GET /v1/payments") { payments(line) } else { refunds(line) };
        Answer::Says(200, "", body)
    })
}

fn export(stub: &Stub, folder: &TempDir, further: &[&str]) -> (i32, String, String) {
    let files = ["plan", "export", "--payments", "payments.csv", "--refunds", "refunds.csv"];
    run(stub.tidegate(&[&files[..], further].concat()).current_dir(folder.path()))
}

fn read(folder: &TempDir, name: &str) -> String {
    fs::read_to_string(folder.path().join(name)).unwrap()
}

#[test]
fn the_gateways_history_is_written_in_the_form_that_a_replay_reads() {
    let (stub, folder) = (gateway(), tempfile::tempdir().unwrap());
    let written = export(&stub, &folder, &["--from", "2026-03-02", "--to", "2026-03-03"]);
    let told = "2 payments and 2 refunds are written; 2 payments and 2 refunds are left out.\n";
    assert_eq!(written, (0, told.to_owned(), String::new()));
    assert_eq!(
        read(&folder, "payments.csv"),
        "time,amount_fen\n2026-03-02T12:00:00+08:00,30000\n2026-03-03T20:00:00+08:00,400\n"
    );
    assert_eq!(
        read(&folder, "refunds.csv"),
        "time,amount_fen,out_refund_no,sub_mchid\n\
         2026-03-03T09:00:00+08:00,500,1900000101_R1,1900000101\n\
         2026-03-03T12:00:00+08:00,3600,1900000101_R3,1900000101\n"
    );
    let lines: Vec<String> = stub.requests().into_iter().map(|request| request.line).collect();
    let days = "from=2026-03-01T16%3A00%3A00Z&to=2026-03-03T16%3A00%3A00Z";
    assert_eq!(lines[0], format!("GET /v1/payments?{days}&limit=1000"));
    assert_eq!(lines[1], format!("GET /v1/payments?{days}&limit=1000&cursor=C2"));
    assert_eq!(
        lines[2],
        "GET /v1/refunds?created_after=2026-03-01T16%3A00%3A00Z&created_before=2026-03-03T16%3A00%3A00Z&limit=200"
    );
    assert_eq!(lines.len(), 4);

    let mut replay = tidegate();
    replay.current_dir(folder.path());
    replay.args(["plan", "replay", "--payments", "payments.csv", "--refunds", "refunds.csv", "--json"]);
    replay.args(["--history-days", "1", "--policy", "fixed60", "--share-by", "sub_mchid"]);
    let (code, out, err) = run(&mut replay);
    assert_eq!((code, err.as_str()), (0, ""));
    let document: Value = serde_json::from_str(&out).unwrap();
    assert_eq!((&document["payments"], &document["policies"]["fixed60"]["refunds"]), (&json!(2), &json!(2)));
}

#[test]
fn programs_get_the_counts_and_a_refusal_writes_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let (code, out, err) = export(&gateway(), &folder, &["--json"]);
    assert_eq!((code, err.as_str()), (0, ""));
    let counts = json!({ "written": 2, "left_out": 2 });
    let document: Value = serde_json::from_str(&out).unwrap();
    assert_eq!(document, json!({ "payments": counts, "refunds": counts }));

    let folder = tempfile::tempdir().unwrap();
    let body = r#"{"type":"/problems/scope_missing","title":"The API key may not do this.","status":403,"code":"scope_missing","what_to_do":"Use a key with the scope named in the answer."}"#;
    let (code, _, err) = export(&Stub::always(403, body), &folder, &[]);
    assert!(code != 0 && err.contains("The API key may not do this."), "{code}: {err}");
    assert!(!folder.path().join("payments.csv").exists());
}
