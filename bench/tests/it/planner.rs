//! The planner's figures, asked for as a person would.

use std::process::Command;

use serde_json::Value;

/// What `bench planner` prints with these arguments, for one small merchant.
fn planner(arguments: &[&str]) -> String {
    let output = Command::new(env!("CARGO_BIN_EXE_bench"))
        .args(["planner", "--seeds", "0..2", "--kind", "cafe", "--policy", "default,fixed60"])
        .args(arguments)
        .output()
        .unwrap();
    let stderr = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{stderr}");
    String::from_utf8(output.stdout).unwrap()
}

#[test]
fn figures_do_not_depend_on_the_number_of_threads() {
    let alone = planner(&["--json", "--sight", "all,blind", "--threads", "1"]);
    assert_eq!(alone, planner(&["--json", "--sight", "all,blind", "--threads", "3"]));

    let report: Value = serde_json::from_str(&alone).unwrap();
    let rows = report["rows"].as_array().unwrap();
    let of = |row: &Value| [&row["sight"], &row["policy"]].map(|name| name.as_str().unwrap().to_owned());
    let expected = [["all", "default"], ["all", "fixed60"], ["blind", "default"], ["blind", "fixed60"]];
    assert_eq!(rows.iter().map(of).collect::<Vec<_>>(), expected.map(|row| row.map(str::to_owned)));
    // Leaks aside, hard refunds are hard for everybody.
    assert_eq!(rows[0]["hard"], rows[1]["hard"]);
    assert!(rows[0]["hard"].as_u64().unwrap() > 0, "{alone}");
}

#[test]
fn the_tables_of_the_document_are_printed_on_request() {
    let text = planner(&["--markdown", "--sight", "all"]);
    for line in ["### All payments seen", "### What is wanted"] {
        assert!(text.lines().any(|other| other == line), "{line} in:\n{text}");
    }
    assert!(text.lines().any(|line| line.starts_with("| cafe | default |")), "{text}");
}

#[test]
fn what_refusals_buy_is_shown_for_each_sight_that_bargains() {
    let text = planner(&["--markdown", "--frontier", "--sight", "all,blind"]);
    let rows: Vec<&str> = text.lines().filter(|line| line.starts_with("| cafe | blind |")).collect();
    assert!(rows.len() > 4, "{text}");
    assert_eq!(rows.iter().filter(|row| row.contains("(ours)")).count(), 1, "{text}");
    assert!(!text.contains("| cafe | all | at"), "{text}");
}
