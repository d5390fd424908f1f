//! Files of refunds and payments.

use std::io::Write as _;
#[cfg(unix)]
use std::io::{BufRead as _, BufReader};
use std::path::Path;
use std::process::{Output, Stdio};

use crate::stub::{Answer, Request, Stub, run};

const HEADER: &str = "out_trade_no,out_refund_no,refund,total,currency";

/// A file in a folder of its own.
fn file(content: &str) -> (tempfile::TempDir, String) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("refunds.csv");
    std::fs::write(&path, content).unwrap();
    let path = path.to_str().unwrap().to_owned();
    (folder, path)
}

fn is_about(request: &Request, number: &str) -> bool {
    request.body.contains(&format!("\"out_refund_no\":\"{number}\""))
}

/// Takes every refund but `OLD`, which is there, and `BAD`, which is refused.
fn gateway(requests: &[Request]) -> Answer {
    let request = requests.last().unwrap();
    if request.line == "GET /v1/me" {
        Answer::Says(200, "", r#"{"key_name":"test"}"#.to_owned())
    } else if is_about(request, "OLD") {
        Answer::Says(200, "idempotent-replayed: true\r\n", r#"{"id":"rf.1.old"}"#.to_owned())
    } else if is_about(request, "BAD") {
        let body = r#"{"type":"/problems/exceeds_order","title":"It exceeds the order.","status":422,"code":"exceeds_order","what_to_do":"Ask for less.","refundable":900}"#;
        Answer::Says(422, "", body.to_owned())
    } else {
        Answer::Says(202, "", r#"{"id":"rf.1.new"}"#.to_owned())
    }
}

#[test]
fn a_file_is_taken_and_every_bad_line_is_named() {
    let stub = Stub::new(gateway);
    let lines = "\u{feff}out_trade_no,out_refund_no,refund,total,currency,reason\r\nT1,R1,100,1000,USD,\"small, and late\"\r\n\
                 T1,R2,12.50,1000,USD,\r\nT1,BAD,100,1000,USD,\r\nT1,R3,100\r\n\r\nT1,OLD,100,1000,USD,\r\n";
    let (_folder, path) = file(lines);
    let (code, out, err) = run(&mut stub.tidegate(&["refund", "import", &path]));
    assert_eq!(code, 2);
    assert_eq!(
        out,
        "5 lines: 1 taken, 1 already there, 3 refused, 0 unclear.\n\
         Correct the refused lines and run the file again; what was taken is not taken twice.\n"
    );
    assert_eq!(
        err,
        "line 3, R2: refused: `refund` is in minor units (fen, cents), without a point: for 12.50 USD write `1250`, not `12.50`\n\
         line 4, BAD: refused: It exceeds the order. Ask for less. (exceeds_order)\n\
         line 5: refused: has 3 fields, and the header 6\n"
    );
    let mut bodies: Vec<String> = stub.requests().into_iter().map(|request| request.body).collect();
    bodies.sort();
    assert_eq!(bodies.len(), 3);
    assert_eq!(
        bodies[2],
        r#"{"out_trade_no":"T1","out_refund_no":"R1","amount":{"refund":100,"total":1000,"currency":"USD"},"reason":"small, and late"}"#
    );
}

#[test]
fn a_number_that_is_taken_is_told_in_a_line() {
    let body = r#"{"type":"/problems/refund_conflict","title":"Another request is stored under the same refund number.",
"detail":"The stored request differs in amount.refund.","status":409,"code":"refund_conflict","what_to_do":"Repeat the stored values.",
"pointer":"/amount/refund","instance":"urn:1","conflicts":[{"field":"amount.refund","stored":1,"sent":2}]}"#;
    let stub = Stub::new(move |requests| match requests.last().unwrap().line.as_str() {
        "GET /v1/me" => Answer::Says(200, "", "{}".to_owned()),
        _ => Answer::Says(409, "", body.to_owned()),
    });
    let (_folder, path) = file(&format!("{HEADER}\nT1,CR3,2,1000,USD\n"));
    let (_, _, err) = run(&mut stub.tidegate(&["refund", "import", &path]));
    assert_eq!(
        err,
        "line 2, CR3: refused: this number is taken by another refund: amount.refund is 1 there, 2 here. Use another \
         number. (refund_conflict)\n"
    );
    let (_, out, _) = run(&mut stub.tidegate(&["refund", "import", "--json", &path]));
    assert!(out.contains("[at /amount/refund of the request]"), "{out}");
}

#[cfg(unix)]
#[test]
fn an_import_that_is_stopped_says_how_far_it_came() {
    use std::process::Command;
    use std::sync::mpsc;
    use std::time::Duration;
    // The first line is taken; for the second nobody has an answer.
    let (arrives, arrived) = mpsc::channel();
    let stub = Stub::new(move |requests| {
        if is_about(requests.last().unwrap(), "R2") {
            let _ = arrives.send(());
            return Answer::Cuts;
        }
        gateway(requests)
    });
    let (_folder, path) = file(&format!("{HEADER}\nT1,BAD,1,1000,USD\nT1,R2,1,1000,USD\n"));
    let mut command = stub.tidegate(&["refund", "import", &path]);
    let mut child = command.stdout(Stdio::null()).stderr(Stdio::piped()).spawn().unwrap();
    let mut lines = BufReader::new(child.stderr.take().unwrap()).lines().map(Result::unwrap);
    assert!(lines.next().unwrap().starts_with("line 2, BAD"));
    arrived.recv_timeout(Duration::from_secs(30)).unwrap();
    // By the program of that name: the standard library sends no signals.
    assert!(Command::new("kill").args(["-INT", &child.id().to_string()]).status().unwrap().success());
    assert_eq!(child.wait().unwrap().code(), Some(130));
    assert_eq!(lines.last().as_deref(), Some("Stopped after 1 of 2 lines; run the file again."));
}

#[test]
fn programs_get_one_object_a_line_in_the_order_of_the_file() {
    let stub = Stub::new(gateway);
    let (_folder, path) = file(&format!(
        "{HEADER}\nT1,R1,100,1000,USD\nT1,OLD,100,1000,USD\nT1,BAD,100,1000,USD\n,R4,1,1,USD\n"
    ));
    let (code, out, err) = run(&mut stub.tidegate(&["refund", "import", "--json", &path]));
    assert_eq!(code, 2);
    assert_eq!(
        out,
        r#"{"line":2,"out_refund_no":"R1","outcome":"taken","answer":{"id":"rf.1.new"}}
{"line":3,"out_refund_no":"OLD","outcome":"already_there","answer":{"id":"rf.1.old"}}
{"line":4,"out_refund_no":"BAD","outcome":"refused","reason":"It exceeds the order. [refundable: 900] Ask for less. (exceeds_order, 422)","answer":{"code":"exceeds_order","refundable":900,"status":422,"title":"It exceeds the order.","type":"/problems/exceeds_order","what_to_do":"Ask for less."}}
{"line":5,"out_refund_no":"R4","outcome":"refused","reason":"`out_trade_no` is empty"}
"#
    );
    assert!(err.starts_with("4 lines: 1 taken, 1 already there, 2 refused, 0 unclear."), "{err}");
}

#[test]
fn a_request_that_was_cut_off_is_sent_again_byte_for_byte() {
    let stub = Stub::new(|requests| match requests.len() {
        2 => Answer::Cuts,
        3 => Answer::Says(503, "retry-after: 0\r\n", String::new()),
        _ => gateway(requests),
    });
    let (_folder, path) = file(&format!("{HEADER}\nT1,R1,100,1000,USD\n"));
    let expected =
        (0, "1 lines: 1 taken, 0 already there, 0 refused, 0 unclear.\n".to_owned(), String::new());
    assert_eq!(run(&mut stub.tidegate(&["refund", "import", &path])), expected);
    let requests = stub.requests();
    assert_eq!(requests.len(), 3);
    assert!(
        requests.iter().all(|request| request.body == requests[0].body && request.line == "POST /v1/refunds")
    );
}

#[test]
fn results_come_in_the_order_of_the_lines_however_many_there_are() {
    let stub = Stub::new(gateway);
    let lines: String =
        (0..200).map(|n| format!("T{n},{},100,1000,USD\n", if n % 2 == 0 { "BAD" } else { "OLD" })).collect();
    let (_folder, path) = file(&format!("{HEADER}\n{lines}"));
    let (code, out, err) = run(&mut stub.tidegate(&["refund", "import", &path]));
    assert!(
        code == 2 && out.starts_with("200 lines: 0 taken, 100 already there, 100 refused, 0 unclear.\n"),
        "{out}"
    );
    let expected: Vec<String> = (0..100).map(|n| format!("line {}, BAD", 2 + 2 * n)).collect();
    let found: Vec<&str> = err.lines().filter_map(|line| line.split(": ").next()).collect();
    assert_eq!(found, expected);
}

#[test]
fn without_a_terminal_there_is_news_every_thousand_lines() {
    let stub = Stub::new(gateway);
    let (_folder, path) = file(&format!("{HEADER}\n{}", "T1,R1,0.5,1000,USD\n".repeat(1001)));
    let (code, _, err) = run(&mut stub.tidegate(&["refund", "import", &path]));
    let news: Vec<&str> = err.lines().filter(|line| !line.starts_with("line ")).collect();
    assert_eq!(
        (code, news),
        (2, vec!["1000 lines so far: 0 taken, 0 already there, 1000 refused, 0 unclear"])
    );
}

#[test]
fn standard_input_is_a_file_too() {
    let stub = Stub::new(gateway);
    let mut child = stub
        .tidegate(&["refund", "import", "-", "--sub-mchid", "1900000101"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let content = format!("{HEADER}\nT1,R1,100,1000,USD\n");
    child.stdin.take().unwrap().write_all(content.as_bytes()).unwrap();
    let Output { status, stdout, .. } = child.wait_with_output().unwrap();
    assert!(status.success() && String::from_utf8(stdout).unwrap().starts_with("1 lines: 1 taken"));
    assert!(stub.requests()[0].body.starts_with(r#"{"sub_mchid":"1900000101","#));
}

#[test]
fn a_file_that_cannot_be_meant_is_refused_before_anything_is_sent() {
    let stub = Stub::new(gateway);
    for (content, expected) in [
        (
            "",
            "tidegate: the file is empty; its first line names the columns: out_trade_no,out_refund_no,refund,total,currency[,sub_mchid,reason]\n",
        ),
        (
            "out_trade_no;out_refund_no;refund;total;currency\nT1;R1;100;1000;USD\n",
            "tidegate: line 1: the columns are told apart by `;` here; save the file with commas: out_trade_no,out_refund_no,refund,total,currency[,sub_mchid,reason]\n",
        ),
        (
            "T1,R1,100,1000,USD\n",
            "tidegate: line 1: there is no column `T1`; the columns are out_trade_no,out_refund_no,refund,total,currency[,sub_mchid,reason]\n",
        ),
        (
            "out_trade_no,out_refund_no,refund,currency\n",
            "tidegate: line 1: missing: `total`; the columns are out_trade_no,out_refund_no,refund,total,currency[,sub_mchid,reason]\n",
        ),
    ] {
        let (_folder, path) = file(content);
        let refused = run(&mut stub.tidegate(&["refund", "import", &path]));
        assert_eq!(refused, (1, String::new(), expected.to_owned()));
    }
    let missing = Path::new("no-such-folder").join("refunds.csv");
    let (code, _, err) = run(&mut stub.tidegate(&["refund", "import", missing.to_str().unwrap()]));
    assert!(code == 1 && err.contains("cannot be read"), "{err}");
    assert!(stub.requests().is_empty());
}

#[test]
fn a_key_that_is_not_known_is_told_once() {
    let body = r#"{"type":"/problems/unauthorized","title":"No valid key.","status":401,"code":"unauthorized","what_to_do":"Send a key."}"#;
    let (_folder, path) = file(&format!("{HEADER}\nT1,R1,100,1000,USD\nT1,R2,100,1000,USD\n"));
    let stub = Stub::always(401, body);
    let refused = run(&mut stub.tidegate(&["refund", "import", &path]));
    let told = "tidegate: No valid key.\nSend a key.\n(unauthorized, 401)\n";
    assert_eq!(refused, (1, String::new(), told.to_owned()));
    assert!(stub.requests().is_empty());
    // A key that ends, or may only read, while the file is being sent.
    let stub = Stub::new(move |requests| match requests.len() {
        1 => gateway(requests),
        _ => Answer::Says(401, "", body.to_owned()),
    });
    let (code, out, err) = run(&mut stub.tidegate(&["refund", "import", &path]));
    assert!(code == 1 && out.starts_with("0 lines: 0 taken"), "{out}");
    assert!(err.contains("broken off: No valid key.") && err.contains("line 2 and those after it"), "{err}");
}

#[test]
fn refunds_of_another_system_are_taken_over_under_their_old_numbers() {
    let stub = Stub::new(gateway);
    let (_folder, path) = file(&format!("{HEADER},upstream_out_refund_no\nT1,R1,100,1000,USD,X-1\n"));
    assert_eq!(run(&mut stub.tidegate(&["refund", "adopt", &path])).0, 0);
    assert!(stub.requests()[0].body.ends_with(r#""adopt":{"out_refund_no":"X-1"}}"#));
    let (_folder, path) = file(&format!("{HEADER}\nT1,R1,100,1000,USD\n"));
    let (code, _, err) = run(&mut stub.tidegate(&["refund", "adopt", &path]));
    assert!(code == 1 && err.contains("missing: `upstream_out_refund_no`"), "{err}");
}

#[test]
fn payments_are_imported_alike() {
    let stub = Stub::new(|requests| match requests.len() {
        2 => Answer::Says(201, "", "{}".to_owned()),
        _ => Answer::Says(200, "", "{}".to_owned()),
    });
    let (_folder, path) =
        file("out_trade_no,total,currency,success_time\nT1,1000,USD,2026-01-05T09:00:00+08:00\n");
    for (taken, known) in [(1, 0), (0, 1)] {
        let told = format!("1 lines: {taken} taken, {known} already there, 0 refused, 0 unclear.\n");
        assert_eq!(run(&mut stub.tidegate(&["payment", "import", &path])), (0, told, String::new()));
    }
    assert!(stub.requests().iter().all(|request| request.line == "POST /v1/payments"));
}
