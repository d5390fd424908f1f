//! Examples in documents are run as they stand.
//!
//! A fenced block marked `console` holds commands behind `$ ` (a line ending in `\` goes on) and, below each, what it
//! prints; `…` stands for anything. The commands of a document run in order in one empty folder, against a sandbox with a
//! virtual clock and seed 1 whose addresses are in `$V3`, `$MTLS`, `$CONTROL` and `$DIR`.

use std::path::Path;
use std::process::Command;

use sandbox::serve::{ClockMode, Config, start};

use crate::project;

/// One command of a document, and what it should print.
#[derive(Debug, PartialEq, Eq)]
struct Example {
    line: usize,
    command: String,
    expected: Vec<String>,
}

/// The examples of a document, in order.
fn examples(text: &str) -> Vec<Example> {
    let mut examples: Vec<Example> = vec![];
    let (mut inside, mut goes_on) = (false, false);
    for (index, line) in text.lines().enumerate() {
        if let Some(mark) = line.strip_prefix("```") {
            inside = mark == "console";
            goes_on = false;
        } else if !inside {
            continue;
        } else if let Some(command) = line.strip_prefix("$ ") {
            examples.push(Example { line: index + 1, command: command.to_owned(), expected: vec![] });
            goes_on = command.ends_with('\\');
        } else if let Some(example) = examples.last_mut() {
            if goes_on {
                example.command.push('\n');
                example.command.push_str(line);
                goes_on = line.ends_with('\\');
            } else {
                example.expected.push(line.to_owned());
            }
        }
    }
    examples
}

/// Whether `printed` is what `expected` says, `…` standing for anything.
fn is_as_said(expected: &str, printed: &str) -> bool {
    let mut parts = expected.split('…');
    let first = parts.next().unwrap_or_default();
    let Some(mut rest) = printed.strip_prefix(first) else { return false };
    let parts: Vec<&str> = parts.collect();
    let Some((last, middle)) = parts.split_last() else { return rest.is_empty() };
    for part in middle {
        match rest.find(part) {
            Some(at) => rest = &rest[at + part.len()..],
            None => return false,
        }
    }
    rest.ends_with(last)
}

/// Runs the examples of a document and says which do not do as it says.
fn failures(text: &str, folder: &Path, environment: &[(&str, String)]) -> Vec<String> {
    let mut failures = vec![];
    for example in examples(text) {
        let output = Command::new("bash")
            .args(["-c", &example.command])
            .current_dir(folder)
            .envs(environment.iter().map(|(name, value)| (name, value)))
            .output()
            .expect("bash is there: it runs `./test` too");
        let printed = String::from_utf8_lossy(&output.stdout).trim_end().to_owned();
        if !is_as_said(&example.expected.join("\n"), &printed) {
            let stderr = String::from_utf8_lossy(&output.stderr).into_owned();
            failures
                .push(format!("line {}: `{}` prints\n{printed}\n{stderr}", example.line, example.command));
        }
    }
    failures
}

#[test]
fn an_example_that_does_otherwise_is_caught() {
    let text = "```console\n$ echo one \\\n  two\none …o\n$ echo three\nfour\n```\n$ echo not run\n";
    assert_eq!(examples(text).len(), 2);
    let failures = failures(text, &std::env::temp_dir(), &[]);
    assert_eq!(failures.len(), 1, "{failures:?}");
    assert!(failures[0].starts_with("line 5"), "{failures:?}");
}

#[test]
fn an_ellipsis_stands_for_anything() {
    assert!(is_as_said("a…c…", "abcd") && is_as_said("…", "") && is_as_said("ab", "ab"));
    assert!(!is_as_said("a…c", "abcd") && !is_as_said("ab", "abc") && !is_as_said("b…", "ab"));
}

#[tokio::test(flavor = "multi_thread")]
async fn the_sandbox_does_what_its_document_says() {
    let text = project::read("docs/sandbox.md");
    assert!(examples(&text).len() >= 5, "docs/sandbox.md has hardly any examples");
    let folder = tempfile::tempdir().unwrap();
    let free = "127.0.0.1:0".parse().unwrap();
    let data = folder.path().join("tidegate-sandbox");
    let running = start(Config {
        listen: free,
        mtls_listen: free,
        control: free,
        data: data.clone(),
        world: None,
        seed: Some(1),
        clock: ClockMode::Virtual { from: "2026-01-05T09:00:00+08:00".parse().unwrap() },
        fresh: false,
        unkind: None,
    })
    .await
    .unwrap();
    let environment = [
        ("V3", format!("http://{}", running.v3)),
        ("MTLS", format!("https://{}", running.mtls)),
        ("CONTROL", format!("http://{}", running.control)),
        ("DIR", data.display().to_string()),
    ];
    let run = move || failures(&text, folder.path(), &environment);
    let failures = tokio::task::spawn_blocking(run).await.unwrap();
    assert!(failures.is_empty(), "docs/sandbox.md\n{}", failures.join("\n"));
    running.stop().await.unwrap();
}
