//! A small run from start to end: the figures of so few refunds mean nothing, but all of them are there.

#![expect(clippy::unwrap_used, reason = "a run that does not even start stops the test")]

mod planner;
mod restart;

use std::process::Command;

use serde_json::Value;

#[test]
fn a_small_run_prints_one_object_and_loses_no_refund() {
    let disk = tempfile::tempdir().unwrap();
    let output = Command::new(env!("CARGO_BIN_EXE_bench"))
        .args(["--json", "--refunds", "40", "--merchants", "2", "--seconds", "1", "--disk"])
        .arg(disk.path())
        .output()
        .unwrap();
    let stderr = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{stderr}");
    let report: Value = serde_json::from_slice(&output.stdout).unwrap();
    for (way, state) in [("accepted", "processing"), ("confirmed", "succeeded")] {
        let way = &report[way];
        assert_eq!(
            (&way["states"][state], way["states"].as_object().unwrap().len()),
            (&40.into(), 1),
            "{way}"
        );
        assert_eq!((&way["accepted_by_platform"], &way["violations"]), (&40.into(), &0.into()), "{way}");
    }
    assert!(report["accepting"]["rate"]["per_s"].as_f64().unwrap() > 0.0, "{report}");
    assert!(report["anchors"][1]["signs_per_s"].as_f64().unwrap() > 0.0, "{report}");
    assert_eq!(std::fs::read_dir(disk.path()).unwrap().count(), 0, "nothing is left behind");
}
