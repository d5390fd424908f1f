//! What it says about itself.

use crate::tidegate;

#[test]
fn without_a_command_it_shows_what_there_is() {
    let output = tidegate().output().unwrap();
    let text = String::from_utf8(output.stderr).unwrap();
    assert!(text.contains("Usage: tidegate <COMMAND>") && text.contains("sandbox"), "{text}");
}

#[test]
fn an_unknown_profile_is_refused_with_those_there_are() {
    let output = tidegate().args(["sandbox", "--unkind=cruel"]).output().unwrap();
    let text = String::from_utf8(output.stderr).unwrap();
    assert!(!output.status.success() && text.contains("default, harsh"), "{text}");
}
