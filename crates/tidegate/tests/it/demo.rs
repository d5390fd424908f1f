//! `tidegate demo`.

use std::io::{BufRead as _, BufReader};
use std::process::{Command, Stdio};

use serde_json::Value;

use crate::tidegate;

#[test]
fn two_days_of_trade_with_a_crash_lose_nothing_and_pay_nothing_twice() {
    let output =
        tidegate().args(["demo", "--days", "2", "--seed", "1", "--headless", "--json"]).output().unwrap();
    let (text, error) =
        (String::from_utf8(output.stdout).unwrap(), String::from_utf8(output.stderr).unwrap());
    assert!(output.status.success() && error.is_empty(), "{text}{error}");
    let figures: Value = serde_json::from_str(text.lines().last().unwrap()).unwrap();
    let refunds = figures["refunds"].as_object().unwrap();
    let ended: u64 =
        refunds.iter().filter(|(how, _)| *how != "requested").map(|(_, count)| count.as_u64().unwrap()).sum();
    assert_eq!(refunds["requested"], ended, "{text}");
    for (nothing, of) in [("paid_twice", 0), ("lost", 0), ("over_refunded", 0), ("seed", 1), ("days", 2)] {
        assert_eq!(figures[nothing], of, "{nothing}: {text}");
    }
    assert_eq!(figures["ledger_balanced"], true, "{text}");
    for (much, least) in [("refused_not_enough", 5), ("unclear", 3), ("payments", 300), ("attempts", 60)] {
        assert!(figures[much].as_u64().unwrap() >= least, "{much}: {text}");
    }
}

#[test]
fn a_demo_of_one_day_is_refused_as_no_night_would_empty_the_pool() {
    let output = tidegate().args(["demo", "--days", "1"]).output().unwrap();
    let error = String::from_utf8(output.stderr).unwrap();
    assert!(!output.status.success() && error.contains("2..=60"), "{error}");
}

/// Interrupts a demo in a folder of its own by this signal.
fn interrupt(mut program: Command, signal: &str) {
    let folder = tempfile::tempdir().unwrap();
    let mut child = program
        .args(["demo", "--days", "2"])
        .env("TMPDIR", folder.path())
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut lines = BufReader::new(child.stderr.take().unwrap()).lines().map(Result::unwrap);
    lines.find(|line| line.starts_with("Mon 05 Jan")).unwrap();
    // By the program of that name: the standard library sends no signals.
    assert!(Command::new("kill").args([signal, &child.id().to_string()]).status().unwrap().success());
    assert_eq!(child.wait().unwrap().code(), Some(130));
    assert_eq!(lines.last().as_deref(), Some("tidegate: the demo was interrupted"));
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0);
}

#[test]
fn a_demo_that_is_interrupted_leaves_nothing_behind() {
    interrupt(tidegate(), "-TERM");
}

#[cfg(target_os = "linux")]
#[test]
fn a_demo_whose_terminal_is_closed_leaves_nothing_behind() {
    // These tests may themselves have been started with `nohup`, which their children would inherit.
    let mut program = Command::new("env");
    program.args(["--default-signal=HUP", env!("CARGO_BIN_EXE_tidegate")]);
    interrupt(program, "-HUP");
}

#[test]
fn without_a_place_for_its_files_it_says_which_one_is_missing() {
    let output = tidegate().args(["demo", "--headless"]).env("TMPDIR", "/no/such/folder").output().unwrap();
    let error = String::from_utf8(output.stderr).unwrap();
    assert!(
        !output.status.success() && error.contains("`/no/such/folder`") && error.contains("TMPDIR"),
        "{error}"
    );
}
