//! `tidegate sandbox`.

use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Command, Stdio};

use crate::tidegate;

#[test]
fn a_sandbox_can_be_bound_to_whoever_holds_its_input() {
    let folder = tempfile::tempdir().unwrap();
    let mut child = tidegate()
        .args([
            "sandbox",
            "--listen",
            "127.0.0.1:0",
            "--mtls-listen",
            "127.0.0.1:0",
            "--control",
            "127.0.0.1:0",
            "--while-stdin-open",
        ])
        .arg("--data")
        .arg(folder.path())
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines().map(Result::unwrap);
    assert!(lines.any(|line| line.starts_with("Ready")));
    assert!(child.try_wait().unwrap().is_none());
    drop(child.stdin.take());
    assert!(child.wait().unwrap().success());
}

#[test]
fn a_sandbox_says_what_it_is_and_keeps_its_state_when_it_is_ended() {
    let data = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("sandbox-{}", std::process::id()));
    let mut child = tidegate()
        .args([
            "sandbox",
            "--listen",
            "127.0.0.1:0",
            "--mtls-listen",
            "127.0.0.1:0",
            "--control",
            "127.0.0.1:0",
            "--clock",
            "virtual",
        ])
        .arg("--data")
        .arg(&data)
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let mut banner = String::new();
    for line in BufReader::new(child.stdout.take().unwrap()).lines() {
        let line = line.unwrap();
        banner.push_str(&line);
        if line.starts_with("Ready") {
            break;
        }
    }
    assert!(
        banner.contains("not WeChat Pay") && banner.contains("virtual, 2026-01-05T01:00:00Z"),
        "{banner}"
    );
    // By the program of that name: the standard library sends no signals.
    assert!(Command::new("kill").arg(child.id().to_string()).status().unwrap().success());
    assert!(child.wait().unwrap().success());
    assert!(data.join("state.json").is_file() && data.join("world.json").is_file());
    std::fs::remove_dir_all(&data).unwrap();
}
