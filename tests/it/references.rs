//! What is named exists: every source that a comment cites has its entry in `docs/sources.md`, every rule of
//! `docs/rules.md` has its module and its test.
//!
//! `docs/sources.md` holds one table row a source, `| [key] | … |`. `docs/rules.md` holds tables with the
//! header `| rule | sentence | source | module | test |`. Their source cells name sources as `[key]`, their
//! module cells one or more files by their path from the root, their test cells one or more tests as
//! `path/from/the/root.rs::function_name`; paths and tests each stand in backticks.

use std::collections::BTreeSet;

use crate::{project, rust_source};

const SOURCES: &str = "docs/sources.md";
const RULES: &str = "docs/rules.md";
const RULES_HEADER: [&str; 5] = ["rule", "sentence", "source", "module", "test"];

/// The keys of the entries of `docs/sources.md`, in the order in which they stand there.
fn entries(sources: &str) -> Vec<String> {
    let rows = sources.lines().filter_map(|line| line.strip_prefix("| ["));
    rows.filter_map(|row| row.split_once("] |")).map(|(key, _)| key.to_owned()).collect()
}

/// The keys that the comments of a Rust source cite after the word `Source:`, and what is wrong with a
/// citation.
fn cited(text: &str) -> (BTreeSet<String>, Vec<String>) {
    let mut keys = BTreeSet::new();
    let mut wrong = Vec::new();
    for paragraph in comment_paragraphs(text) {
        for (at, word) in paragraph.match_indices("Source:") {
            if paragraph[..at].ends_with('`') {
                continue;
            }
            let sentence = sentence(&paragraph[at + word.len()..]);
            let found = bracketed(sentence);
            if found.is_empty() {
                wrong.push(format!("`Source:{sentence}` names no entry"));
            }
            keys.extend(found.into_iter().map(|citation| key_of(&citation)));
        }
    }
    (keys, wrong)
}

/// The comments of a Rust source, a string a paragraph, without the marks and backslashes that only serve
/// rustdoc.
fn comment_paragraphs(text: &str) -> Vec<String> {
    let mut paragraphs = vec![String::new()];
    for line in text.lines() {
        let line = line.trim_start();
        let comment =
            ["///", "//!", "//"].iter().find_map(|mark| line.strip_prefix(mark)).unwrap_or("").trim();
        match paragraphs.last_mut() {
            Some(open) if !comment.is_empty() => {
                open.push_str(&comment.replace("\\[", "[").replace("\\]", "]"));
                open.push(' ');
            }
            _ => paragraphs.push(String::new()),
        }
    }
    paragraphs.retain(|paragraph| !paragraph.is_empty());
    paragraphs
}

/// The text up to the end of its first sentence: a full stop outside brackets that white space follows.
fn sentence(text: &str) -> &str {
    let mut depth = 0;
    for (at, letter) in text.char_indices() {
        match letter {
            '[' => depth += 1,
            ']' => depth -= 1,
            '.' if depth == 0 && text[at + 1..].starts_with(' ') => return &text[..at],
            _ => {}
        }
    }
    text
}

/// What stands in square brackets in `text`, except for rustdoc's links to code.
fn bracketed(text: &str) -> Vec<String> {
    let opened = text.split('[').skip(1).filter_map(|rest| rest.split_once(']'));
    opened.map(|(inside, _)| inside.to_owned()).filter(|inside| !inside.starts_with('`')).collect()
}

/// The key of a citation: `operations 1.2` cites section 1.2 of `operations`.
fn key_of(citation: &str) -> String {
    citation.split_whitespace().next().unwrap_or_default().to_owned()
}

/// One row of `docs/rules.md`.
struct Rule {
    name: String,
    sources: Vec<String>,
    modules: Vec<String>,
    tests: Vec<String>,
}

/// The rows of `docs/rules.md`, or what is wrong with their form.
fn rules(text: &str) -> Result<Vec<Rule>, String> {
    let mut found = Vec::new();
    for line in text.lines().filter(|line| line.starts_with('|')) {
        let cells = cells(line);
        let [name, sentence, source, module, test] = cells.as_slice() else {
            return Err(format!("a row has {} cells instead of 5: {line}", cells.len()));
        };
        if cells == RULES_HEADER
            || cells.iter().all(|cell| !cell.is_empty() && cell.chars().all(|c| "-: ".contains(c)))
        {
            continue;
        }
        if name.is_empty() || sentence.is_empty() {
            return Err(format!("a rule without name or sentence: {line}"));
        }
        found.push(Rule {
            name: name.clone(),
            sources: bracketed(source).iter().map(|citation| key_of(citation)).collect(),
            modules: backticked(module),
            tests: backticked(test),
        });
    }
    if found.is_empty() { Err("there is no rule".to_owned()) } else { Ok(found) }
}

/// The cells of a row of a table; `\|` is a bar inside a cell.
fn cells(row: &str) -> Vec<String> {
    const BAR: &str = "\u{1}";
    let row = row.replace("\\|", BAR);
    let inside = row.trim().trim_start_matches('|').strip_suffix('|').unwrap_or_default();
    inside.split('|').map(|cell| cell.trim().replace(BAR, "|")).collect()
}

fn backticked(cell: &str) -> Vec<String> {
    cell.split('`').skip(1).step_by(2).map(str::to_owned).collect()
}

/// What of a rule does not exist. `read` gives the text of a file of the project if there is one.
fn dangling(rule: &Rule, sources: &[String], read: impl Fn(&str) -> Option<String>) -> Vec<String> {
    let name = &rule.name;
    let mut wrong = Vec::new();
    for (what, cell) in [("source", &rule.sources), ("module", &rule.modules), ("test", &rule.tests)] {
        if cell.is_empty() {
            wrong.push(format!("{name}: no {what} is named"));
        }
    }
    let unknown = rule.sources.iter().filter(|key| !sources.contains(key));
    wrong.extend(unknown.map(|key| format!("{name}: [{key}] is no entry of {SOURCES}")));
    let missing = rule.modules.iter().filter(|path| read(path).is_none());
    wrong.extend(missing.map(|path| format!("{name}: the file {path} does not exist")));
    for test in &rule.tests {
        match test.split_once("::").map(|(path, function)| (path, function, read(path))) {
            None => wrong.push(format!("{name}: {test} is not `path.rs::function_name`")),
            Some((path, _, None)) => wrong.push(format!("{name}: the file {path} does not exist")),
            Some((path, function, Some(text))) if !rust_source::tests(&text).contains(function) => {
                wrong.push(format!("{name}: {path} has no test {function}"));
            }
            Some(_) => {}
        }
    }
    wrong
}

fn read_if_there(path: &str) -> Option<String> {
    project::root().join(path).is_file().then(|| project::read(path))
}

#[test]
fn every_cited_source_has_an_entry() {
    let entries = entries(&project::read(SOURCES));
    let mut wrong = Vec::new();
    for (path, text) in project::text_files().iter().filter(|(path, _)| path.ends_with(".rs")) {
        let (keys, malformed) = cited(text);
        let unknown = keys.iter().filter(|key| !entries.contains(key));
        wrong.extend(unknown.map(|key| format!("{path}: [{key}] is no entry of {SOURCES}")));
        wrong.extend(malformed.iter().map(|what| format!("{path}: {what}")));
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn every_source_has_one_entry_only() {
    let entries = entries(&project::read(SOURCES));
    let distinct: BTreeSet<&String> = entries.iter().collect();
    assert!(!entries.is_empty() && distinct.len() == entries.len(), "{entries:?}");
}

#[test]
fn every_rule_has_its_source_its_module_and_its_test() {
    let text = read_if_there(RULES)
        .unwrap_or_else(|| panic!("{RULES} is missing: it says which test holds each rule"));
    let sources = entries(&project::read(SOURCES));
    let rules = rules(&text).unwrap_or_else(|error| panic!("{RULES}: {error}"));
    let distinct: BTreeSet<&String> = rules.iter().map(|rule| &rule.name).collect();
    assert_eq!(distinct.len(), rules.len(), "two rules of {RULES} bear the same name");
    let wrong: Vec<String> = rules.iter().flat_map(|rule| dangling(rule, &sources, read_if_there)).collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn citations_are_read_with_their_sections_across_lines_and_escapes() {
    let (keys, wrong) = cited(
        "/// Waits. Source: [global-refund 2.4],
         /// \\[inferred], tables. See [`Owner`] and [elsewhere].
         fn f() {}
         // Source: [operations 1.2].
         /// Rows are written `Source: [key]`.",
    );
    assert_eq!(Vec::from_iter(keys), ["global-refund", "inferred", "operations"]);
    assert!(wrong.is_empty(), "{wrong:?}");
}

#[test]
fn a_citation_of_nothing_is_caught() {
    let (keys, wrong) = cited("/// Source: a page.\nfn f() {}\n/// Source: [`Owner`]. See [refund-logic].");
    assert!(keys.is_empty(), "{keys:?}");
    assert_eq!(wrong.len(), 2, "{wrong:?}");
}

#[test]
fn a_citation_of_an_unknown_source_is_caught() {
    let entries =
        entries("# Sources\n\n| key | title |\n| --- | --- |\n| [refund-logic] | Complete refund logic |\n");
    assert_eq!(entries, ["refund-logic"]);
    let (keys, _) = cited("/// Source: [refund-logic], [refund-lore].");
    assert_eq!(keys.iter().filter(|key| !entries.contains(key)).collect::<Vec<_>>(), ["refund-lore"]);
}

fn row(cells: &str) -> Rule {
    let table =
        format!("| rule | sentence | source | module | test |\n| --- | --- | --- | --- | --- |\n{cells}\n");
    let mut rows = rules(&table).unwrap_or_else(|error| panic!("{error}"));
    rows.remove(0)
}

#[test]
fn a_rule_that_names_what_does_not_exist_is_caught() {
    let sources = ["refund-logic".to_owned()];
    let read = |path: &str| (path == "a.rs").then(|| "#[test] fn holds() {} fn helper() {}".to_owned());
    let whole = row("| R1 | Two pools \\| one owner. | [refund-logic 1] | `a.rs` | `a.rs::holds` |");
    assert!(dangling(&whole, &sources, read).is_empty());
    for (cells, complaint) in [
        ("| R1 | S. | [lore] | `a.rs` | `a.rs::holds` |", "R1: [lore] is no entry of docs/sources.md"),
        ("| R1 | S. | | `a.rs` | `a.rs::holds` |", "R1: no source is named"),
        ("| R1 | S. | [refund-logic] | `b.rs` | `a.rs::holds` |", "R1: the file b.rs does not exist"),
        ("| R1 | S. | [refund-logic] | `a.rs` | `b.rs::holds` |", "R1: the file b.rs does not exist"),
        ("| R1 | S. | [refund-logic] | `a.rs` | `a.rs::gone` |", "R1: a.rs has no test gone"),
        ("| R1 | S. | [refund-logic] | `a.rs` | `a.rs::helper` |", "R1: a.rs has no test helper"),
        ("| R1 | S. | [refund-logic] | `a.rs` | `holds` |", "R1: holds is not `path.rs::function_name`"),
        ("| R1 | S. | [refund-logic] | `a.rs` | later |", "R1: no test is named"),
    ] {
        assert_eq!(dangling(&row(cells), &sources, read), [complaint], "{cells}");
    }
}

#[test]
fn a_table_of_another_form_is_caught() {
    assert!(rules("# Rules\n").is_err());
    assert!(rules("| R1 | S. | [refund-logic] | `a.rs` |").is_err());
    assert!(rules("| | S. | [refund-logic] | `a.rs` | `a.rs::holds` |").is_err());
}
