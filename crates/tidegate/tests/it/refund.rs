//! `tidegate refund`, one at a time.

use crate::stub::{Answer, Stub, run};

/// A refund that waits.
const WAITING: &str = r#"{"id":"rf.1900000001.01J","mchid":"1900000001","sub_mchid":"1900000101","out_refund_no":"R1",
"upstream_out_refund_no":"1900000101_R1","out_trade_no":"T1","transaction_id":null,
"amount":{"refund":1250,"total":10000,"currency":"USD"},"reason":"bad\u001b[31m red","deadline":null,"notify_url":null,"metadata":null,
"status":"waiting_for_funds","state":"waiting",
"waiting":{"why":"funds","since":"2026-01-05T01:00:00Z","text":"Today's payments do not cover it yet."},
"next_action":{"what":"submit_again","at":"2026-01-05T02:30:00Z"},"attempts":3,
"wechatpay":null,"refusal":null,"withdrawn_by":null,"attention":null,
"release":{"from":"2026-01-05T02:00:00Z","likely_by":"2026-01-05T03:00:00Z","until":"2026-01-05T04:00:00Z","probability":0.9,"reason":null},
"explanation":null,"expected_arrival":null,
"texts":{"cashier":"It goes out when enough has come in.","payer":"Your refund is on its way."},
"till":{"outcome":"registered","text":"Registered; no second request is needed.","print_lines":["Refund registered"],"next_look_s":60},
"created_at":"2026-01-05T00:59:00Z","version":3}"#;

const WAITING_SHEET: &str = "\
Refund R1 (rf.1900000001.01J)
  Status                waiting for funds
  Why it waits          Today's payments do not cover it yet. Since 2026-01-05
                        09:00:00 China time
  Next                  submit again at 2026-01-05 10:30:00 China time
  Should leave          by 2026-01-05 12:00:00 China time with 90 %; as likely
                        before as after 2026-01-05 11:00:00 China time; hardly
                        before 2026-01-05 10:00:00 China time
  Attempts              3
  Amount                12.50 USD of 100.00 USD
  Order                 T1
  Sub-merchant          1900000101
  Reason                bad\\u{1b}[31m red
  Number at WeChat Pay  1900000101_R1
  Taken in              2026-01-05 08:59:00 China time
  For the cashier       It goes out when enough has come in.
  For the till          Registered; no second request is needed.
  For the payer         Your refund is on its way.
";

/// A refund of which WeChat Pay has said something.
const ABNORMAL: &str = r#"{"id":"rf.1900000009.01K","mchid":"1900000009","sub_mchid":null,"out_refund_no":"R2",
"out_trade_no":null,"transaction_id":"4200","amount":{"refund":500,"total":500,"currency":"JPY"},
"status":"abnormal","state":"abnormal","waiting":null,"next_action":{"what":"ask","at":null},"attempts":1,
"wechatpay":{"refund_id":"5030","accepted_at":"2026-01-05T01:00:01Z","payer_refund":{"total":2405,"currency":"CNY"},
 "succeeded_at":null,"received_in":"CMB card 1234"},
"attention":{"reason":"abnormal","since":"2026-01-06T01:00:00Z","options":["pay_by_other_means"]},
"expected_arrival":{"at":"2026-01-12T16:00:00Z","is_certain":false,"text":"Within five business days."},
"created_at":"2026-01-05T01:00:00Z","something_new":{"a":1}}"#;

const ABNORMAL_SHEET: &str = "\
Refund R2 (rf.1900000009.01K)
  Status               abnormal
  Look at it           abnormal, since 2026-01-06 09:00:00 China time; what can
                       be done: pay by other means
  Next                 ask, as soon as it can be
  Attempts             1
  Amount               500 JPY of 500 JPY
  Order at WeChat Pay  4200
  Refund id there      5030
  Accepted             2026-01-05 09:00:01 China time
  Payer gets           24.05 CNY
  Paid to              CMB card 1234
  Expected             2026-01-13 00:00:00 China time
                       Within five business days.
  Taken in             2026-01-05 09:00:00 China time
";

const CREATE: [&str; 12] = [
    "refund",
    "create",
    "--out-trade-no",
    "T1",
    "--out-refund-no",
    "R1",
    "--refund",
    "1250",
    "--total",
    "10000",
    "--currency",
    "USD",
];

fn with<'a>(first: &[&'a str], more: &[&'a str]) -> Vec<&'a str> {
    [first, more].concat()
}

#[test]
fn a_refund_is_asked_for_and_shown() {
    for (status, first) in [(202, "Taken.\n"), (200, "Already there; nothing new was begun.\n")] {
        let stub = Stub::always(status, WAITING);
        let expected = (0, format!("{first}{WAITING_SHEET}"), String::new());
        assert_eq!(run(&mut stub.tidegate(&with(&CREATE, &["--sub-mchid", "1900000101"]))), expected);
        let request = &stub.requests()[0];
        assert_eq!(request.line, "POST /v1/refunds");
        assert_eq!(request.headers.get("content-type").unwrap(), "application/json");
        assert!(!request.headers.contains_key("prefer"));
        assert_eq!(
            request.body,
            r#"{"sub_mchid":"1900000101","out_trade_no":"T1","out_refund_no":"R1","amount":{"refund":1250,"total":10000,"currency":"USD"}}"#
        );
    }
}

#[test]
fn everything_that_can_be_said_of_a_refund_is_sent() {
    let stub = Stub::always(202, WAITING);
    let more = [
        "--transaction-id",
        "4200",
        "--reason",
        "too small",
        "--deadline",
        "2026-01-05T21:00:00+08:00",
        "--notify-url",
        "https://shop.example/hook",
        "--metadata",
        "till=4",
        "--metadata",
        "a=b=c",
        "--adopt",
        "OLD",
    ];
    assert_eq!(run(&mut stub.tidegate(&with(&CREATE, &more))).0, 0);
    assert_eq!(
        stub.requests()[0].body,
        r#"{"out_trade_no":"T1","transaction_id":"4200","out_refund_no":"R1","amount":{"refund":1250,"total":10000,"currency":"USD"},"reason":"too small","deadline":"2026-01-05T21:00:00+08:00","notify_url":"https://shop.example/hook","metadata":{"a":"b=c","till":"4"},"adopt":{"out_refund_no":"OLD"}}"#
    );
}

#[test]
fn waiting_is_asked_of_the_gateway() {
    for (argument, expected) in
        [(&["--wait"][..], "wait=10"), (&["--wait", "3"], "wait=3"), (&["--wait=25"], "wait=25")]
    {
        let stub = Stub::always(202, WAITING);
        assert_eq!(run(&mut stub.tidegate(&with(&CREATE, argument))).0, 0);
        assert_eq!(stub.requests()[0].headers.get("prefer").unwrap(), expected);
    }
}

#[test]
fn nobody_waits_longer_than_the_gateway_does() {
    let stub = Stub::always(202, WAITING);
    let (code, _, err) = run(&mut stub.tidegate(&with(&CREATE, &["--wait", "31"])));
    assert!(code == 1 && err.contains("31 is not in") && stub.requests().is_empty(), "{err}");
}

#[test]
fn an_amount_in_major_units_is_refused_with_the_one_that_was_meant() {
    let stub = Stub::always(202, WAITING);
    let mut arguments = CREATE;
    arguments[7] = "12.50";
    assert_eq!(
        run(&mut stub.tidegate(&arguments)),
        (1, String::new(), "tidegate: `--refund` is in minor units (fen, cents), without a point: for 12.50 USD write `1250`, not `12.50`\n".to_owned())
    );
    assert!(stub.requests().is_empty());
}

#[test]
fn json_is_what_the_gateway_said() {
    let stub = Stub::always(202, WAITING);
    assert_eq!(
        run(&mut stub.tidegate(&with(&CREATE, &["--json"]))),
        (0, format!("{WAITING}\n"), String::new())
    );
    assert_eq!(
        run(&mut stub.tidegate(&["refund", "--json", "show", "R1"])),
        (0, format!("{WAITING}\n"), String::new())
    );
}

#[test]
fn a_refusal_is_a_sentence_with_its_particulars_and_what_to_do() {
    let body = r#"{"type":"/problems/refund_conflict","title":"Conflict.","detail":"Another refund has the number R1.","status":409,
"code":"refund_conflict","what_to_do":"Use a new number for a new refund.","conflicts":[{"field":"/amount/refund","stored":100,"sent":1250}]}"#;
    let told = "tidegate: Conflict. Another refund has the number R1.\n  `/amount/refund`: stored 100, sent 1250\n\
                Use a new number for a new refund.\n(refund_conflict, 409)\n";
    let stub = Stub::always(409, body);
    assert_eq!(run(&mut stub.tidegate(&CREATE)), (1, String::new(), told.to_owned()));
    assert_eq!(
        run(&mut stub.tidegate(&with(&CREATE, &["--json"]))),
        (1, format!("{body}\n"), told.to_owned())
    );
}

#[test]
fn a_refusal_for_now_says_from_when_on_it_may_be_asked_again() {
    let body = r#"{"title":"It was checked a moment ago.","status":429,"code":"checked_recently","what_to_do":"Wait."}"#;
    let stub = Stub::new(move |_| Answer::Says(429, "retry-after: 7\r\n", body.to_owned()));
    let told =
        "tidegate: It was checked a moment ago.\n  in 7 s at the earliest\nWait.\n(checked_recently, 429)\n";
    let refused = run(&mut stub.tidegate(&["refund", "check", "rf.1900000001.01J"]));
    assert_eq!(refused, (1, String::new(), told.to_owned()));
}

#[test]
fn a_lost_answer_is_told_as_unknown() {
    let stub = Stub::new(|_| Answer::Cuts);
    let (code, out, err) = run(&mut stub.tidegate(&CREATE));
    assert_eq!((code, out.as_str()), (1, ""));
    assert!(
        err.contains("was lost")
            && err.contains("is not known")
            && err.contains("Run the same command again"),
        "{err}"
    );
    assert_eq!(stub.requests().len(), 1);
}

#[test]
fn a_refund_is_shown_with_all_that_is_known() {
    let stub = Stub::always(200, ABNORMAL);
    let shown = run(&mut stub.tidegate(&["refund", "show", "R2", "--sub-mchid", "1900000101"]));
    assert_eq!(shown, (0, ABNORMAL_SHEET.to_owned(), String::new()));
    assert_eq!(stub.requests()[0].line, "GET /v1/refunds/R2?sub_mchid=1900000101");
}

#[test]
fn what_cashier_and_till_say_alike_is_shown_once() {
    let same =
        WAITING.replace("Registered; no second request is needed.", "It goes out when enough has come in.");
    let (_, out, _) = run(&mut Stub::always(200, &same).tidegate(&["refund", "show", "R1"]));
    assert_eq!(out.matches("It goes out when enough has come in.").count(), 1, "{out}");
    assert!(!out.contains("For the cashier"), "{out}");
}

#[test]
fn a_number_that_is_not_found_may_be_a_sub_merchants() {
    let missing = r#"{"type":"/problems/refund_not_found","title":"No such refund.","status":404,"code":"refund_not_found","what_to_do":"Check the number."}"#;
    let hint = "did you mean a sub-merchant's? give `--sub-mchid`";
    for (me, more, expected) in [
        (r#"{"mchid":"1900000001","sub_mchid":null}"#, &[][..], true),
        (r#"{"mchid":"1900000001","sub_mchid":null}"#, &["--sub-mchid", "1900000101"], false),
        (r#"{"mchid":"1900000001","sub_mchid":"1900000101"}"#, &[], false),
    ] {
        let stub = Stub::new(move |requests| {
            let is_me = requests.last().unwrap().line == "GET /v1/me";
            let (status, body) = if is_me { (200, me) } else { (404, missing) };
            Answer::Says(status, "", body.to_owned())
        });
        let (code, _, err) = run(&mut stub.tidegate(&with(&["refund", "show", "R1"], more)));
        assert_eq!((code, err.contains(hint)), (1, expected), "{err}");
    }
}

#[test]
fn a_timeline_is_a_table() {
    let events = r#"{"refund":"rf.1900000001.01J","events":[
{"n":1,"at":"2026-01-05T00:59:00Z","cause":"created","from":"","to":"queued","attempts":0,"request_id":null,"answer":null,"epoch":0},
{"n":2,"at":"2026-01-05T01:00:00Z","cause":"answered","from":"submitting","to":"waiting","attempts":1,"request_id":"08F7","answer":"NOT_ENOUGH","certificate":"5157F09EFDC096DE15EBE81A47057A7232F1B8E1","epoch":4}]}"#;
    let stub = Stub::new(move |requests| {
        let is_timeline = requests.last().unwrap().line == "GET /v1/refunds/rf.1900000001.01J/timeline";
        Answer::Says(200, "", if is_timeline { events } else { WAITING }.to_owned())
    });
    let table = "
   China time           UTC                   cause     state                  attempts  answer      request id  certificate
1  2026-01-05 08:59:00  2026-01-05T00:59:00Z  created   queued                 0
2  2026-01-05 09:00:00  2026-01-05T01:00:00Z  answered  submitting -> waiting  1         NOT_ENOUGH  08F7        …32F1B8E1
";
    let shown = run(&mut stub.tidegate(&["refund", "show", "R1", "--timeline"]));
    assert_eq!(shown, (0, format!("{WAITING_SHEET}{table}"), String::new()));
    let shown = run(&mut stub.tidegate(&["refund", "show", "R1", "--timeline", "--json"]));
    assert_eq!(shown, (0, format!("{events}\n"), String::new()));
}

#[test]
fn actions_go_to_the_id_behind_a_number() {
    for action in ["cancel", "retry", "check"] {
        let stub = Stub::always(202, WAITING);
        let by_number = run(&mut stub.tidegate(&["refund", action, "R1", "--sub-mchid", "1900000101"]));
        assert_eq!(by_number, (0, WAITING_SHEET.to_owned(), String::new()));
        assert_eq!(run(&mut stub.tidegate(&["refund", action, "rf.1900000001.01J"])).0, 0);
        let lines: Vec<String> = stub.requests().into_iter().map(|request| request.line).collect();
        let act = format!("POST /v1/refunds/rf.1900000001.01J/{action}");
        assert_eq!(lines, ["GET /v1/refunds/R1?sub_mchid=1900000101".to_owned(), act.clone(), act]);
    }
}

#[test]
fn a_refund_is_settled_by_hand_with_a_note() {
    let stub = Stub::always(202, WAITING);
    let id = "rf.1900000001.01J";
    let settled = run(&mut stub.tidegate(&["refund", "settle", id, "--note", "paid in cash"]));
    assert_eq!(settled, (0, WAITING_SHEET.to_owned(), String::new()));
    let request = &stub.requests()[0];
    assert_eq!(request.line, format!("POST /v1/refunds/{id}/settle"));
    assert_eq!(request.body, r#"{"note":"paid in cash"}"#);
    let (code, _, err) = run(&mut stub.tidegate(&["refund", "settle", id]));
    assert!(code == 1 && err.contains("--note <TEXT>"), "{err}");
}

/// Two pages of one refund each.
fn pages() -> Stub {
    Stub::new(|requests| {
        let is_second = requests.last().unwrap().line.contains("cursor=c2");
        let (refund, cursor) = if is_second { (ABNORMAL, "null") } else { (WAITING, "\"c2\"") };
        let refund = refund.replace('\n', "");
        Answer::Says(200, "", format!(r#"{{"refunds":[{refund}],"next_cursor":{cursor}}}"#))
    })
}

#[test]
fn a_list_is_a_table_page_by_page() {
    let first = "\
number  status             amount     order  sub-merchant  taken in (China time)  next (China time)
R1      waiting for funds  12.50 USD  T1     1900000101    2026-01-05 08:59:00    submit again 2026-01-05 10:30:00
";
    let stub = pages();
    let more = "\nThere may be more: add `--cursor c2` or `--all`.\n";
    let arguments = [
        "refund",
        "list",
        "--status",
        "waiting_for_funds",
        "--limit",
        "1",
        "--created-after",
        "2026-01-05T08:00:00+08:00",
        "--sub-mchid",
        "1900000101",
    ];
    assert_eq!(run(&mut stub.tidegate(&arguments)), (0, format!("{first}{more}"), String::new()));
    assert_eq!(
        stub.requests()[0].line,
        "GET /v1/refunds?status=waiting_for_funds&sub_mchid=1900000101&created_after=2026-01-05T08%3A00%3A00%2B08%3A00&limit=1"
    );
    let second = "R2      abnormal           500 JPY    4200                 2026-01-05 09:00:00    ask as soon as it can be\n";
    assert_eq!(
        run(&mut stub.tidegate(&["refund", "list", "--all"])),
        (0, format!("{first}{second}"), String::new())
    );
    let (code, out, err) = run(&mut stub.tidegate(&["refund", "list", "--all", "--json"]));
    assert_eq!((code, out.lines().count(), err.as_str()), (0, 2, ""));
    assert!(out.lines().all(|page| page.starts_with("{\"refunds\":[{")), "{out}");
}

#[test]
fn a_list_goes_on_over_short_pages_until_it_is_full() {
    // An empty page, one with a refund that has ended, and one more.
    let stub = Stub::new(|requests| {
        let line = &requests.last().unwrap().line;
        let ended = ABNORMAL.replace("\"status\":\"abnormal\"", "\"status\":\"rejected\"");
        let (refund, cursor) = match line.split_once("cursor=") {
            None => (String::new(), "\"c1\""),
            Some((_, "c1")) => (ended, "\"c2\""),
            Some((_, "c2")) => (WAITING.to_owned(), "\"c3\""),
            Some(_) => (String::new(), "null"),
        };
        Answer::Says(200, "", format!(r#"{{"refunds":[{refund}],"next_cursor":{cursor}}}"#))
    });
    let (code, out, _) = run(&mut stub.tidegate(&["refund", "list", "--status", "rejected", "--limit", "2"]));
    let rows: Vec<&str> = out.lines().collect();
    assert_eq!((code, rows.len()), (0, 5), "{out}");
    assert!(rows[1].starts_with("R2 ") && rows[1].ends_with("2026-01-05 09:00:00"), "{out}");
    assert!(rows[2].starts_with("R1 ") && rows[4].contains("--cursor c3"), "{out}");
    let limits: Vec<String> = stub.requests().into_iter().map(|request| request.line).collect();
    assert_eq!(
        limits,
        [
            "GET /v1/refunds?status=rejected&limit=2",
            "GET /v1/refunds?status=rejected&limit=2&cursor=c1",
            "GET /v1/refunds?status=rejected&limit=1&cursor=c2"
        ]
    );
}
