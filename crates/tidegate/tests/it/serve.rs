//! `tidegate serve` and `tidegate admin init`, before anything is served.

use std::io::{BufRead as _, BufReader};
use std::process::Stdio;

use crate::tidegate;

#[test]
fn without_arguments_it_says_both_ways_to_start() {
    let folder = tempfile::tempdir().unwrap();
    let output = tidegate().arg("serve").current_dir(folder.path()).output().unwrap();
    let error = String::from_utf8(output.stderr).unwrap();
    assert!(!output.status.success(), "{error}");
    assert!(
        error.contains("no `tidegate.toml`") && error.contains("--sandbox") && error.contains("--config"),
        "{error}"
    );
}

#[test]
fn what_init_sets_up_is_served_from_the_same_folder() {
    let folder = tempfile::tempdir().unwrap();
    let output = tidegate().args(["admin", "init"]).current_dir(folder.path()).output().unwrap();
    let told = String::from_utf8(output.stdout).unwrap();
    assert!(
        output.status.success() && told.contains("Next: tidegate serve --config tidegate.toml\n"),
        "{told}"
    );
    assert!(folder.path().join("tidegate.db").is_file() && folder.path().join("tidegate.keyset").is_file());
    std::fs::write(folder.path().join("tidegate.toml"), "listen = \"127.0.0.1:0\"\n").unwrap();
    let mut child = tidegate()
        .args(["serve", "--while-stdin-open"])
        .current_dir(folder.path())
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines().map(Result::unwrap);
    assert!(lines.any(|line| line.starts_with("Tidegate answers at http://127.0.0.1:")));
    drop(child.stdin.take());
    assert!(child.wait().unwrap().success());
}

#[test]
fn a_sandbox_that_is_not_there_yet_is_waited_for_aloud() {
    let folder = tempfile::tempdir().unwrap();
    let mut child = tidegate()
        .args(["serve", "--while-stdin-open", "--listen", "127.0.0.1:0", "--sandbox", "not-there"])
        .current_dir(folder.path())
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut lines = BufReader::new(child.stderr.take().unwrap()).lines().map(Result::unwrap);
    assert_eq!(lines.next().as_deref(), Some("waiting for a sandbox in `not-there`…"));
    drop(child.stdin.take());
    assert!(child.wait().unwrap().success());
}
