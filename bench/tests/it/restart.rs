//! A gateway that is killed and comes back, while so few wait that the figures mean nothing.

use std::process::Command;

use serde_json::Value;

#[test]
fn a_killed_gateway_takes_refunds_in_again_and_asks_about_all_that_it_heard_nothing_of() {
    let disk = tempfile::tempdir().unwrap();
    let output = Command::new(env!("CARGO_BIN_EXE_bench"))
        .args(["restart", "--json", "--waiting", "600", "--kills", "1", "--merchants", "2", "--disk"])
        .arg(disk.path())
        .output()
        .unwrap();
    let stderr = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{stderr}");
    let report: Value = serde_json::from_slice(&output.stdout).unwrap();
    for (case, waiting) in [(0, 0), (1, 600)] {
        let case = &report["cases"][case];
        assert_eq!((&case["waiting"], &case["returns"][0]["in_doubt"]), (&waiting.into(), &64.into()));
        let figure = |name: &str| case["returns"][0][name].as_f64().unwrap();
        assert!(figure("first_202_ms") > 0.0 && figure("first_submission_ms") > 0.0, "{case}");
        assert!(0.0 < figure("first_question_ms"), "{case}");
        assert!(figure("first_question_ms") < figure("last_question_ms"), "{case}");
    }
    assert_eq!(std::fs::read_dir(disk.path()).unwrap().count(), 0, "nothing is left behind");
}
