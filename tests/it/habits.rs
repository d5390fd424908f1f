//! What no file may hold: unfinished work, paths of somebody's machine, more than one can keep in mind.

use crate::project;

/// Marks of unfinished work. Written in halves, so that this file is held to the same habit.
const UNFINISHED: [&str; 7] = [
    concat!("TO", "DO"),
    concat!("FIX", "ME"),
    concat!("X", "XX"),
    concat!("HA", "CK"),
    concat!("to", "do!"),
    concat!("un", "implemented!"),
    concat!("db", "g!"),
];

/// Beginnings of paths that exist on one machine only, in halves as above.
const MACHINE_PATHS: [&str; 5] = [
    concat!("/ho", "me/"),
    concat!("/ro", "ot/"),
    concat!("/Us", "ers/"),
    concat!("/wo", "rk/"),
    concat!("C:\\", "Users"),
];

/// Lines after which a file is asked whether it has two reasons to change.
const LONG: usize = 900;

/// Files that are longer than [`LONG`] for a reason.
const LONG_FOR_A_REASON: &[&str] = &[
    // Written by cargo, read by nobody.
    "Cargo.lock",
];

/// Whether a file is program or configuration, where a mark of unfinished work stands for missing work.
/// Documents may speak of such marks.
fn is_source(path: &str) -> bool {
    let endings = [".rs", ".toml", ".sql", ".sh", ".py", ".js", ".mjs", ".css", ".html", ".yml", ".yaml"];
    let scripts = ["test", "justfile", ".ci/run"];
    endings.iter().any(|ending| path.ends_with(ending)) || scripts.contains(&path)
}

/// The marks of unfinished work in `text`, each with its line. A text that is nothing but the mark is data:
/// one of them is the code of a currency.
fn unfinished(text: &str) -> Vec<String> {
    lines_with(text, &UNFINISHED, |before, after| {
        !is_word(before) && !is_word(after) && (before, after) != (Some('"'), Some('"'))
    })
}

/// The paths of somebody's machine in `text`, each with its line. A path inside an address or below another
/// folder is none.
fn machine_paths(text: &str) -> Vec<String> {
    lines_with(text, &MACHINE_PATHS, |before, _| {
        !before.is_some_and(|c| is_word(Some(c)) || "./-~}>*".contains(c))
    })
}

/// Each occurrence of one of `wanted` whose neighbours satisfy `stands_alone`, as `line: text`.
fn lines_with(
    text: &str,
    wanted: &[&str],
    stands_alone: impl Fn(Option<char>, Option<char>) -> bool,
) -> Vec<String> {
    let mut found = Vec::new();
    for (number, line) in text.lines().enumerate() {
        let alone = |needle: &&str| {
            line.match_indices(*needle).any(|(at, _)| {
                stands_alone(line[..at].chars().next_back(), line[at + needle.len()..].chars().next())
            })
        };
        found.extend(
            wanted.iter().filter(|needle| alone(needle)).map(|needle| format!("{}: {needle}", number + 1)),
        );
    }
    found
}

fn is_word(neighbour: Option<char>) -> bool {
    neighbour.is_some_and(|c| c.is_alphanumeric() || c == '_')
}

fn too_long(path: &str, text: &str) -> bool {
    text.lines().count() > LONG && !LONG_FOR_A_REASON.contains(&path)
}

/// Runs `check` over every text file that `chosen` chooses; each line of the answer begins with the file.
fn over_files(chosen: impl Fn(&str) -> bool, check: impl Fn(&str) -> Vec<String>) -> Vec<String> {
    let files = project::text_files().into_iter().filter(|(path, _)| chosen(path));
    files
        .flat_map(|(path, text)| check(&text).into_iter().map(move |what| format!("{path}:{what}")))
        .collect()
}

#[test]
fn no_source_is_left_unfinished() {
    let wrong = over_files(is_source, unfinished);
    assert!(
        wrong.is_empty(),
        "finish it, or say in the documentation what is not done:\n{}",
        wrong.join("\n")
    );
}

#[test]
fn no_file_names_a_path_of_somebodys_machine() {
    let wrong = over_files(|_| true, machine_paths);
    assert!(wrong.is_empty(), "such a path exists on one machine only:\n{}", wrong.join("\n"));
}

#[test]
fn no_file_is_too_long_to_keep_in_mind() {
    let files = project::text_files();
    let wrong: Vec<&str> =
        files.iter().filter(|(path, text)| too_long(path, text)).map(|(path, _)| path.as_str()).collect();
    assert!(wrong.is_empty(), "over {LONG} lines; split it, or add a row with its reason: {wrong:?}");
    for path in LONG_FOR_A_REASON {
        let excused = files.iter().find(|(found, _)| found == path);
        assert!(
            excused.is_some_and(|(_, text)| text.lines().count() > LONG),
            "{path} needs its row no longer"
        );
    }
}

#[test]
fn the_tree_is_really_walked() {
    let files = project::text_files();
    for path in ["Cargo.toml", "crates/wechatpay/src/lib.rs", "tests/it/habits.rs", "test", ".ci/run"] {
        assert!(files.iter().any(|(found, _)| found == path), "{path} was not found");
    }
    assert!(!files.iter().any(|(path, _)| path.starts_with("target/") || path.starts_with(".git/")));
}

#[test]
fn every_mark_of_unfinished_work_is_caught() {
    for mark in UNFINISHED {
        assert_eq!(unfinished(&format!("fn f() {{\n    {mark}() // later\n}}")), [format!("2: {mark}")]);
    }
    assert!(unfinished(concat!("let none = \"X", "XX\"; let s = \"all TO", "DOS\";")).is_empty());
    assert!(is_source("crates/store/src/lib.rs") && is_source("test") && !is_source("CONTRIBUTING.md"));
}

#[test]
fn every_path_of_a_machine_is_caught_and_addresses_are_not() {
    for path in MACHINE_PATHS {
        assert_eq!(machine_paths(&format!("first line\nread(\"{path}me/x\")")), [format!("2: {path}")]);
    }
    assert!(
        machine_paths(concat!("https://example.org/ho", "me/x and ../wo", "rk/x and $HOME/wo", "rk/x"))
            .is_empty()
    );
}

#[test]
fn a_long_file_is_caught_unless_it_has_a_row() {
    let long = "line\n".repeat(LONG + 1);
    assert!(too_long("crates/store/src/lib.rs", &long) && !too_long("Cargo.lock", &long));
    assert!(!too_long("crates/store/src/lib.rs", &"line\n".repeat(LONG)));
}
