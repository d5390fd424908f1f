//! `tidegate pool show`, `tidegate pool explain` and `tidegate pool ledger`.

use serde_json::{Value, json};

use crate::stub::{Answer, Stub, run};

#[test]
fn a_pool_is_shown_in_cny() {
    let body = r#"{"mchid":"1900000001","currency":"CNY","china_day":"2026-01-05","seen_fen":120000,"reported_fen":5000,"accepted_fen":20000,
"low_fen":100000,"best_fen":105000,"promised_fen":110000,"waiting":{"count":3,"fen":110000,"unknown":1},"next_exchange":"2026-01-05T16:00:00Z",
"shortfall_fen":5000,"advice":"Wait for today's payments.","forecast":null,"forecast_reason":"no_forecast_yet"}"#;
    let stub = Stub::always(200, body);
    let shown = "\
CNY pool of 1900000001, China day 2026-01-05
  Confirmed payments  1,200.00 CNY
  Reported payments   50.00 CNY
  Accepted refunds    200.00 CNY
  Surely left         1,000.00 CNY
  Probably left       1,050.00 CNY
  Promised            1,100.00 CNY
  Waiting             3 refunds, 1,100.00 CNY and what 1 of them need, which is
                      not known yet
  Missing for these   50.00 CNY
  Next exchange       2026-01-06 00:00:00 China time
  Advice              Wait for today's payments.
";
    assert_eq!(
        run(&mut stub.tidegate(&["pool", "show", "1900000001"])),
        (0, shown.to_owned(), String::new())
    );
    assert_eq!(stub.requests()[0].line, "GET /v1/pools/1900000001");
    let printed = run(&mut stub.tidegate(&["pool", "show", "1900000001", "--json"]));
    assert_eq!(printed, (0, format!("{body}\n"), String::new()));
}

#[test]
fn an_hour_that_nights_have_shown_is_said() {
    let hour = json!({ "refundable_until": "02:20:00", "gone_from": null, "nights": 3, "left_fen": 30_000 });
    let body =
        json!({ "mchid": "1900000001", "next_exchange": "2026-01-05T18:20:00Z", "exchange_hour": hour });
    let stub = Stub::always(200, &body.to_string());
    let shown = "\
CNY pool of 1900000001
  Next exchange  2026-01-06 02:20:00 China time
  Learned        yesterday's money is refundable until 02:20:00 China time, by 3
                 nights; 300.00 CNY of it left
";
    assert_eq!(
        run(&mut stub.tidegate(&["pool", "show", "1900000001"])),
        (0, shown.to_owned(), String::new())
    );
}

#[test]
fn a_pool_is_shown_against_its_forecast_within_80_columns_and_without_colour() {
    let by_hour: Vec<Value> = (1..=24)
        .map(|hour: i64| {
            let (day, utc) = if hour < 8 { (4, hour + 16) } else { (5, hour - 8) };
            let until = format!("2026-01-{day:02}T{utc:02}:00:00Z");
            json!({ "until": until, "expected_fen": (hour - 8).clamp(0, 12) * 1_000 })
        })
        .collect();
    let body = json!({
        "mchid": "1900000001", "china_day": "2026-01-05", "as_of": "2026-01-05T03:30:00Z", "seen_fen": 3_000, "reported_fen": 500,
        "forecast": { "left": { "surely_fen": 1_000, "probably_fen": 2_000, "perhaps_fen": 3_000 }, "by_hour": by_hour,
            "all_leave_today": 0.997 },
        "calibration": { "wanted": 0.9, "promised_at": 0.87, "kept": 1_091, "broken": 109, "share_kept": 0.909,
            "days": [{ "china_day": "2026-01-03", "kept": 0, "broken": 0 }, { "china_day": "2026-01-04", "kept": 9, "broken": 1 }] },
    });
    let stub = Stub::always(200, &body.to_string());
    let (code, shown, _) = run(&mut stub.tidegate(&["pool", "show", "1900000001"]));
    assert_eq!(code, 0);
    let expected = "\
CNY pool of 1900000001, China day 2026-01-05
  Confirmed payments  30.00 CNY
  Reported payments   5.00 CNY
  With the forecast   10.00 CNY left nine times in ten, 30.00 CNY once in ten
  All leave today     over 99 %
  Promises kept       1,091 of 1,200: 91 %; 90 % are to be

Expected to have come in by (China time)
  02:00                                                  0.00 CNY
  04:00                                                  0.00 CNY
  06:00                                                  0.00 CNY
  08:00                                                  0.00 CNY
  10:00  ######                                         20.00 CNY
  11:30  **********                                     35.00 CNY seen so far
  12:00  ------------                                   40.00 CNY
  14:00  ------------------                             60.00 CNY
  16:00  ------------------------                       80.00 CNY
  18:00  ------------------------------                100.00 CNY
  20:00  ------------------------------------          120.00 CNY
  22:00  ------------------------------------          120.00 CNY
  24:00  ------------------------------------          120.00 CNY

promises of  kept  broken
2026-01-04   9     1
";
    assert_eq!(shown, expected);
    assert!(shown.is_ascii() && shown.lines().all(|line| line.len() <= 80));
}

#[test]
fn what_statements_say_is_shown_beside_what_is_known_here() {
    let day = |china_day, unseen, missing, elsewhere| {
        json!({ "china_day": china_day, "paid_fen": 123_456_700, "payments_unseen_fen": unseen, "payments_missing_fen": missing,
            "refunded_fen": 40_000, "refunds_elsewhere_fen": elsewhere, "refunds_missing_fen": 0, "needs_a_person": missing > 0 })
    };
    let body = |missing| {
        let days = [day("2026-01-03", 2_000, 0, 500), day("2026-01-04", 0, missing, 0)];
        json!({ "mchid": "1900000001", "china_day": "2026-01-05", "in_transit_fen": 130_000, "reconciled": days }).to_string()
    };
    let shown =
        |missing| run(&mut Stub::always(200, &body(missing)).tidegate(&["pool", "show", "1900000001"])).1;
    let expected = "\
CNY pool of 1900000001, China day 2026-01-05
  On their way  1,300.00 CNY

statement of  paid          not seen  refunded  elsewhere  missing on it
2026-01-03    1,234,567.00  20.00     400.00    5.00       0.00
2026-01-04    1,234,567.00  0.00      400.00    0.00       7.00
What is missing on a statement is known here and not to WeChat Pay: look into it.
";
    assert_eq!(shown(700), expected);
    assert!(!shown(0).contains("look into it"));
}

/// A refund that waits, as its own resource tells of it.
fn waiting(out_refund_no: &str, created_at: &str) -> Value {
    json!({
        "id": format!("rf.1900000001.{out_refund_no}"), "mchid": "1900000001", "sub_mchid": null, "out_refund_no": out_refund_no,
        "amount": { "refund": 5_000, "total": 10_000, "currency": "CNY" }, "status": "waiting_for_funds", "state": "waiting",
        "waiting": { "why": "funds", "since": "2026-01-05T01:00:00Z", "text": "The day's funds are too low." },
        "next_action": { "what": "submit", "at": null }, "created_at": created_at,
        "release": { "from": "2026-01-05T02:00:00Z", "likely_by": null, "until": "2026-01-12T16:00:00Z", "probability": 0.62,
            "reason": null },
        "explanation": { "shortfall": "large", "chance_today": 0.004,
            "promise": { "made_at": "2026-01-05T01:00:00Z", "by": "2026-01-06T04:00:00Z" },
            "options": [{ "what": "wait", "text": "Wait: it goes by itself." }, { "what": "split", "text": "Split it." }],
            "missing_fen": 4_300, "before": { "count": 1, "fen": 300 },
            "by_day": [{ "china_day": "2026-01-05", "fits": 0.05, "left_by": 0.004 },
                { "china_day": "2026-01-06", "fits": 0.5, "left_by": 0.4 }] },
    })
}

#[test]
fn a_waiting_refund_is_explained() {
    let body = waiting("R1", "2026-01-05T00:59:00Z").to_string();
    let stub = Stub::always(200, &body);
    let shown = "\
Refund R1 (rf.1900000001.R1), 50.00 CNY
  Status            waiting for funds
  Why it waits      The day's funds are too low. Since 2026-01-05 09:00:00 China
                    time
  Missing           43.00 CNY
  Before it         1 refund, 3.00 CNY
  Shortfall         large
  Should leave      by 2026-01-13 00:00:00 China time with 62 %; hardly before
                    2026-01-05 10:00:00 China time
  Leaves today      under 1 %
  Promised          by 2026-01-06 12:00:00 China time, said at 2026-01-05
                    09:00:00 China time
  Next              submit, as soon as it can be
  What can be done  Wait: it goes by itself.
                    Split it.

China day   brings enough for it alone  has left by then
2026-01-05  5 %                         under 1 %
2026-01-06  50 %                        40 %
";
    let printed = run(&mut stub.tidegate(&["pool", "explain", "1900000001", "R1"]));
    assert_eq!(printed, (0, shown.to_owned(), String::new()));
    assert_eq!(stub.requests()[0].line, "GET /v1/refunds/R1");
    let printed = run(&mut stub.tidegate(&["pool", "explain", "1900000001", "R1", "--json"]));
    assert_eq!(printed, (0, format!("{body}\n"), String::new()));
    let (code, _, error) = run(&mut stub.tidegate(&["pool", "explain", "1900000009", "R1"]));
    assert_eq!(code, 1);
    assert!(error.contains("belongs to the merchant id 1900000001, not to 1900000009"), "{error}");
}

#[test]
fn without_a_number_those_that_wait_longest_are_explained_in_turn() {
    let stub = Stub::new(|requests| {
        let line = &requests.last().unwrap().line;
        let refunds = match line.as_str() {
            "GET /v1/refunds?status=waiting_for_funds" => vec![waiting("R2", "2026-01-05T02:00:00Z")],
            "GET /v1/refunds?status=deferred" => vec![],
            "GET /v1/refunds?status=needs_operator" => {
                let mut ended = waiting("R3", "2026-01-05T00:00:00Z");
                ended["state"] = json!("unclear");
                vec![ended, waiting("R1", "2026-01-05T01:00:00Z")]
            }
            one => {
                let number = one.rsplit('.').next().unwrap();
                return Answer::Says(200, "", waiting(number, "2026-01-05T00:59:00Z").to_string());
            }
        };
        Answer::Says(200, "", json!({ "refunds": refunds, "next_cursor": null }).to_string())
    });
    let (code, shown, _) = run(&mut stub.tidegate(&["pool", "explain", "1900000001"]));
    let headings: Vec<&str> = shown.lines().filter(|line| line.starts_with("Refund ")).collect();
    assert_eq!(code, 0);
    assert_eq!(
        headings,
        ["Refund R1 (rf.1900000001.R1), 50.00 CNY", "Refund R2 (rf.1900000001.R2), 50.00 CNY"]
    );
    let nobody = Stub::always(200, r#"{"refunds":[],"next_cursor":null}"#);
    let printed = run(&mut nobody.tidegate(&["pool", "explain", "1900000001"]));
    assert_eq!(printed, (0, "No refund waits.\n".to_owned(), String::new()));
}

#[test]
fn what_nobody_can_foretell_is_said_so() {
    let mut refund = waiting("R1", "2026-01-05T00:59:00Z");
    refund["release"] = json!({ "from": null, "likely_by": null, "until": null, "probability": null, "reason": "no_forecast_yet" });
    let stub = Stub::always(200, &refund.to_string());
    let (_, shown, _) = run(&mut stub.tidegate(&["pool", "explain", "1900000001", "R1"]));
    assert!(shown.contains("  Should leave      nobody can say: no forecast yet\n"), "{shown}");
}

#[test]
fn a_ledger_is_checked_and_rebuilt() {
    let check = |stub: &Stub| run(&mut stub.tidegate(&["pool", "ledger", "check", "1900000001"]));
    let right = Stub::always(200, r#"{"mchid":"1900000001","is_right":true,"differences":[],"moving":[]}"#);
    let said = "The ledger says what orders and refunds say.\n";
    assert_eq!(check(&right), (0, said.to_owned(), String::new()));
    assert_eq!(right.requests()[0].line, "GET /v1/admin/merchants/1900000001/ledger");
    let sums = |paid: i64| json!({ "paid": paid, "accepted": 40, "succeeded": 30, "returned": 0 });
    let body = json!({
        "mchid": "1900000001", "is_right": false,
        "differences": [{"currency": "CNY", "china_day": "2026-05-07", "kept": sums(100), "counted": sums(90)}],
        "moving": [{"currency": "HKD", "china_day": "2026-05-08"}],
    });
    let shown = "\
day         pool           paid  accepted  succeeded  returned
2026-05-07  CNY   kept     100   40        30         0
2026-05-07  CNY   counted  90    40        30         0
`tidegate pool ledger rebuild` puts what was counted in the place of what is kept.
Moved while it was counted, ask again: 2026-05-08 (HKD).
";
    assert_eq!(check(&Stub::always(200, &body.to_string())), (2, shown.to_owned(), String::new()));
    for (is_changed, said) in [
        (true, "The ledger says what orders and refunds say. It said something else before.\n"),
        (false, "The ledger said what orders and refunds say already.\n"),
    ] {
        let body = json!({ "mchid": "1900000001", "is_changed": is_changed });
        let stub = Stub::always(200, &body.to_string());
        let rebuilt = run(&mut stub.tidegate(&["pool", "ledger", "rebuild", "1900000001"]));
        assert_eq!(rebuilt, (0, said.to_owned(), String::new()));
        assert_eq!(stub.requests()[0].line, "POST /v1/admin/merchants/1900000001/ledger/rebuild");
    }
}
