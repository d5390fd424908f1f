//! `tidegate plan replay`.

use std::collections::BTreeMap;
use std::fs;

use serde_json::Value;
use tempfile::TempDir;

use crate::stub::run;
use crate::tidegate;

/// A folder with the two files of a history.
struct Files(TempDir);

impl Files {
    fn new(payments: &str, refunds: &str) -> Files {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("payments.csv"), payments).unwrap();
        fs::write(folder.path().join("refunds.csv"), refunds).unwrap();
        Files(folder)
    }

    /// What the command says to these files, with the folder's path left out.
    fn replay(&self, arguments: &[&str]) -> (i32, String, String) {
        let mut command = tidegate();
        command.current_dir(self.0.path());
        command
            .args(["plan", "replay", "--payments", "payments.csv", "--refunds", "refunds.csv"])
            .args(arguments);
        run(&mut command)
    }

    fn document(&self, arguments: &[&str]) -> Value {
        let (code, out, err) = self.replay(&[&["--json"], arguments].concat());
        assert_eq!((code, err.as_str()), (0, ""));
        serde_json::from_str(&out).unwrap()
    }

    fn read(&self, name: &str) -> String {
        fs::read_to_string(self.0.path().join(name)).unwrap()
    }
}

const PAYMENTS: &str = "\u{feff}time,amount_fen,shop\r
2026-03-02T12:00:00+08:00,1000,A\r
2026-03-03T11:10:00+08:00,30000,A\r
2026-03-03T05:05:00.5Z,30000,B\r
2026-03-03T20:00:00+08:00,30000,A\r
2026-03-04T20:00:00+08:00,1,A\r
";

const REFUNDS: &str = "out_refund_no,time,amount_fen,shop
OLD,2026-03-02T12:30:00+08:00,100,A
R1,2026-03-03T10:00:00+08:00,50000,A
\"R2, late\",2026-03-03T11:30:00+08:00,20000,B
R3,2026-03-04T20:00:01+08:00,1,A
";

fn files() -> Files {
    Files::new(PAYMENTS, REFUNDS)
}

const DAY: [&str; 2] = ["--history-days", "1"];

#[test]
fn a_history_is_played_and_the_figures_are_printed() {
    let (code, out, err) = files().replay(&[&DAY[..], &["--policy", "fixed60"]].concat());
    assert_eq!((code, err.as_str()), (0, ""));
    assert_eq!(
        out,
        "\
3 days with 5 payments, the first 1 to learn from; 2 refunds count.
Somebody who knew every payment could place 1 of them at once. The other 1 are
hard: they wait 10 h 0 min on average and 10 h 0 min at the 95th percentile.

policy   attempts  wasted  per hard  delay  p95    never  peak/s
fixed60  12        10      10.00     0.0 s  0.0 s  0      1

Wasted are attempts that met NOT ENOUGH, per hard refund; delay is that of hard
refunds against whoever knows every payment, mean and p95; peak is the most
refused calls in a second.
"
    );
}

#[test]
fn programs_get_every_figure() {
    let document = files().document(&[&DAY[..], &["--policy", "fixed60,daily"]].concat());
    let names: Vec<&String> = document["policies"].as_object().unwrap().keys().collect();
    assert_eq!(names, ["daily", "fixed60"]);
    let expected = serde_json::json!({
        "refunds": 2, "hard": 1, "attempts": 12, "wasted": 10, "wasted_per_hard": 10.0, "first_refused": 1, "later_refused": 9,
        "mean_delay_s": 0.0, "p95_delay_s": 0.0, "mean_delay_clamped_s": 0.0, "p95_delay_clamped_s": 0.0,
        "never": 0, "err_peak_per_s": 1, "promises": {"made": 0, "kept": 0},
    });
    assert_eq!(document["policies"]["fixed60"], expected);
    assert_eq!(document["policies"]["daily"]["mean_delay_s"], Value::Null);
    let reference = serde_json::json!({"hard": 1, "never": 0, "mean_wait_s": 36000.0, "p95_wait_s": 36000.0});
    assert_eq!(document["reference"], reference);
    assert_eq!(
        (&document["days"], &document["history_days"], &document["payments"]),
        (&3.into(), &1.into(), &5.into())
    );
}

#[test]
fn without_a_name_every_policy_is_played_whatever_the_planner_sees() {
    for sight in [&[][..], &["--blind"], &["--seen", "0.5", "--leak", "0.1", "--seed", "7"]] {
        let document = files().document(&[&DAY[..], sight].concat());
        let names: Vec<&String> = document["policies"].as_object().unwrap().keys().collect();
        assert_eq!(names, ["daily", "default", "exponential", "fixed15", "fixed60"]);
        assert!(document["policies"]["default"]["attempts"].as_u64().unwrap() >= 2, "{document}");
    }
}

#[test]
fn the_trace_is_enough_to_recount_the_figures() {
    let files = files();
    let document = files.document(&[&DAY[..], &["--trace", "attempts.csv"]].concat());
    let trace = files.read("attempts.csv");
    let mut lines = trace.lines();
    assert_eq!(lines.next(), Some("policy,time,out_refund_no,outcome"));
    let mut counted: BTreeMap<&str, (u64, u64)> = BTreeMap::new();
    for line in lines {
        let (attempts, wasted) = counted.entry(line.split(',').next().unwrap()).or_default();
        *attempts += 1;
        *wasted += u64::from(line.ends_with(",refused"));
    }
    for (policy, (attempts, wasted)) in counted {
        let figures = &document["policies"][policy];
        assert_eq!(
            (&figures["attempts"], &figures["wasted"]),
            (&attempts.into(), &wasted.into()),
            "{policy}"
        );
    }
    assert!(trace.contains("fixed60,2026-03-03T11:30:00+08:00,\"R2, late\",accepted\n"), "{trace}");
    assert!(!trace.contains("OLD") && !trace.contains("R3"), "{trace}");
}

#[test]
fn the_same_command_prints_the_same_twice_and_draws_a_picture() {
    let files = files();
    let arguments =
        [&DAY[..], &["--seen", "0.5", "--leak", "0.03", "--seed", "3", "--plot", "days.svg"]].concat();
    let first = (files.replay(&arguments), files.read("days.svg"));
    assert_eq!(first, (files.replay(&arguments), files.read("days.svg")));
    assert!(first.0.0 == 0 && first.1.starts_with("<svg"), "{first:?}");
}

#[test]
fn shares_are_told_apart_by_a_column_of_the_refunds() {
    let arguments = [&DAY[..], &["--policy", "fixed60", "--share-by", "shop"]].concat();
    let shares = &files().document(&arguments)["policies"]["fixed60"]["shares"];
    assert_eq!(shares["A"]["mean_wait_s"], 36000.0);
    assert_eq!(
        shares["B"],
        serde_json::json!({"refunds": 1, "accepted": 1, "mean_wait_s": 0.0, "p95_wait_s": 0.0})
    );
    let (_, out, _) = files().replay(&arguments);
    assert!(out.contains("\nUnder `fixed60`:\nshare  refunds  accepted  wait"), "{out}");
}

/// What the command says when `payments` and `refunds` are a history of which one line was changed.
fn complaint(payments: &str, refunds: &str, arguments: &[&str]) -> String {
    let (code, out, err) = Files::new(payments, refunds).replay(&[&DAY[..], arguments].concat());
    assert_eq!((code, out.as_str()), (1, ""), "{err}");
    err
}

#[test]
fn a_wrong_file_is_refused_with_file_line_column_and_remedy() {
    let refunds =
        |line: &str| format!("time,amount_fen,out_refund_no\n2026-03-03T10:00:00+08:00,1,R1\n{line}\n");
    for (line, expected) in [
        (
            "2026-03-03T10:00:00+08:00,12.50,R2",
            "`refunds.csv`: line 3: `amount_fen` is in minor units (fen, cents), without a point: for 12.50 CNY write `1250`, not `12.50`",
        ),
        ("2026-03-03T10:00:00+08:00,0,R2", "`refunds.csv`: line 3: `amount_fen` must lie between 1 and "),
        (
            "2026-03-03T10:00:00+08:00,-5,R2",
            "`refunds.csv`: line 3: `amount_fen` is a whole number of minor units",
        ),
        (
            "2026-03-03T09:59:59+08:00,1,R2",
            "`refunds.csv`: line 3: `time` lies before the entry above, which is of 2026-03-03T02:00:00Z; sort the file by time",
        ),
        (
            "2026-03-03 10:00:00,1,R2",
            "`refunds.csv`: line 3: `time`: `2026-03-03 10:00:00` is no instant; write it with its offset, like 2026-01-05T09:00:00+08:00",
        ),
        (
            "2026-03-03T10:00:00+08:00,1,R1",
            "`refunds.csv`: line 3: `out_refund_no` is that of an earlier refund, `R1`; each refund has a number of its own",
        ),
        ("2026-03-03T10:00:00+08:00,1,", "`refunds.csv`: line 3: `out_refund_no` is empty"),
        ("2026-03-03T10:00:00+08:00,1", "`refunds.csv`: line 3: has 2 fields, and the header 3"),
        (
            "2026-03-03T10:00:00+08:00,1,\"R2\nx",
            "`refunds.csv`: line 3: `out_refund_no`: line breaks inside a field",
        ),
    ] {
        let err = complaint(PAYMENTS, &refunds(line), &[]);
        assert!(err.starts_with(&format!("tidegate: {expected}")), "{err}");
    }
}

#[test]
fn a_wrong_header_is_refused_with_the_columns_there_should_be() {
    for (header, expected) in [
        (
            "time,amount",
            "line 1: missing: `amount_fen`; the columns are time,amount_fen; further ones may follow",
        ),
        ("time,Amount_fen", "line 1: write `amount_fen`, not `Amount_fen`"),
        ("time;amount_fen", "line 1: the columns are told apart by `;` here; save the file with commas"),
        ("time,amount_fen,time", "line 1: the column `time` is there twice"),
        ("", "the file is empty; its first line names the columns: time,amount_fen"),
    ] {
        let err = complaint(&format!("{header}\n"), REFUNDS, &[]);
        assert!(err.starts_with(&format!("tidegate: `payments.csv`: {expected}")), "{err}");
    }
    let err = complaint(PAYMENTS, REFUNDS, &["--share-by", "store"]);
    assert_eq!(
        err,
        "tidegate: `refunds.csv`: line 1: there is not a column `store`, which `--share-by` names\n"
    );
}

#[test]
fn a_history_without_anything_to_play_is_refused() {
    let none = "tidegate: no refund was asked for between 2026-03-03, when the days to learn from are over, and the last payment on \
                2026-03-04\n";
    assert_eq!(complaint(PAYMENTS, "time,amount_fen,out_refund_no\n", &[]), none);
    let err = complaint("time,amount_fen\n", REFUNDS, &[]);
    assert_eq!(err, "tidegate: there is no payment: nothing could ever be refunded\n");
    let files = files();
    let (code, _, err) = files.replay(&["--payments", "nothing.csv"]);
    assert!(code == 1 && err.contains("cannot be used multiple times"), "{err}");
    let mut command = tidegate();
    command.args(["plan", "replay", "--payments", "nothing.csv", "--refunds", "nothing.csv"]);
    let (code, _, err) = run(&mut command);
    assert!(code == 1 && err.starts_with("tidegate: `nothing.csv` cannot be read: "), "{err}");
    let (code, out, err) = files.replay(&[&DAY[..], &["--trace", "no/such/folder"]].concat());
    assert!(
        code == 1 && out.is_empty() && err.starts_with("tidegate: `no/such/folder` cannot be written: "),
        "{err}"
    );
}

#[test]
fn wrong_arguments_are_refused_with_what_there_is() {
    for (arguments, expected) in [
        (
            &["--policy", "default,hourly"][..],
            "[possible values: default, fixed15, fixed60, daily, exponential]",
        ),
        (&["--blind", "--seen", "0.9"], "the argument '--blind' cannot be used with '--seen <SHARE>'"),
        (&["--seen", "1.5"], "write a number from 0 to 1 with at most 6 decimal places, such as 0.9"),
        (&["--leak", "3%"], "write a number from 0 to 1 with at most 6 decimal places, such as 0.9"),
    ] {
        let err = complaint(PAYMENTS, REFUNDS, arguments);
        assert!(err.contains(expected), "{err}");
    }
}
