//! What the deciding packages may never touch.
//!
//! Owner and platform decide from their arguments alone: only so can a simulation replay a failing history
//! from its seed, and only so is a test of a rule a test of the rule. Dependencies are half of that (see
//! `layering`); the other half is what a package does with the standard library and with what its
//! dependencies offer beside what we want of them. That half is checked here, name by name, tests excepted.

use std::collections::BTreeSet;

use crate::{project, rust_source};

/// The packages that read no clock, do no I/O, start no task and draw no randomness.
const PURE: [&str; 5] = ["wechatpay", "certs", "refunds", "platform", "replay"];

/// Names that read a clock, reach outside or roll a die. A name is refused wherever its words follow each
/// other in a path; `_` stands for any word.
const ACTING: &[&str] = &[
    // Clocks.
    "SystemTime",
    "Instant",
    "_::now",
    // Files, network, environment, threads, other processes.
    "std::fs",
    "std::net",
    "std::env",
    "std::thread",
    "std::process",
    "std::os",
    "stdin",
    "stdout",
    "stderr",
    "print!",
    "println!",
    "eprint!",
    "eprintln!",
    "dbg!",
    "tokio",
    "async_std",
    "libc",
    // Randomness, also what an interface draws by itself.
    "rand",
    "getrandom",
    "fastrand",
    "thread_rng",
    "RandomState",
    "SystemRandom",
    "SecureRandom",
    "RandomizedNonceKey",
    "OaepPublicEncryptingKey",
    "p12_keystore::KeyStore",
    "KeyPair::generate",
    "RsaKeyPair::generate",
    "PrivateDecryptingKey::generate",
    // The order in which these are walked through is drawn anew in every process: a history would not replay.
    "HashMap",
    "HashSet",
    "hash_map",
    "hash_set",
    // Ways to have all this under another name.
    "std::*",
    "std::as",
    "include!",
];

/// Names of [`ACTING`] that a package may use all the same.
struct Exception {
    package: &'static str,
    /// Whole names, as written in the source.
    names: &'static [&'static str],
}

const EXCEPTIONS: &[Exception] = &[
    // aws-lc-rs asks for a source of randomness for every RSA signature. PKCS#1 v1.5, the only kind WeChat
    // Pay knows, is deterministic and draws nothing from it.
    Exception { package: "wechatpay", names: &["aws_lc_rs::rand::SystemRandom", "SystemRandom::new"] },
    // The writer of PKCS#12 files draws its salts and takes none: the same bundle gives other bytes every time, and
    // what is read back from them is the same.
    Exception { package: "certs", names: &["p12_keystore::KeyStore"] },
];

/// Names that speak SQL. They belong to `store` alone.
const DATABASES: &[&str] =
    &["rusqlite", "libsqlite3_sys", "tokio_postgres", "deadpool_postgres", "refinery", "sqlx"];

/// Words that no name in `refunds` may contain: what happens to a refund is the same over any wire and store.
const WIRE_AND_STORE: &[&str] = &["serde", "json", "xml", "http", "sql"];

/// The names in `source` that one of `refused` describes.
fn refused_names(source: &str, refused: &[&str]) -> BTreeSet<String> {
    let described = |name: &String| refused.iter().any(|pattern| matches(name, pattern));
    rust_source::names(source).into_iter().filter(described).collect()
}

/// Whether the words of `pattern` follow each other in `name`.
fn matches(name: &str, pattern: &str) -> bool {
    let words: Vec<&str> = name.split("::").collect();
    let pattern: Vec<&str> = pattern.split("::").collect();
    let same = |(word, wanted): (&&str, &&str)| word == wanted || *wanted == "_";
    words.windows(pattern.len()).any(|window| window.iter().zip(&pattern).all(same))
}

fn excepted(package: &str, name: &str) -> bool {
    EXCEPTIONS.iter().any(|exception| exception.package == package && exception.names.contains(&name))
}

fn acting_names(package: &str, source: &str) -> Vec<String> {
    refused_names(source, ACTING).into_iter().filter(|name| !excepted(package, name)).collect()
}

/// The names in `source` of which a word, in snake or camel case, is one of `words`.
fn names_with_words(source: &str, words: &[&str]) -> Vec<String> {
    let speaks = |name: &String| words_of(name).iter().any(|word| words.contains(&word.as_str()));
    rust_source::names(source).into_iter().filter(speaks).collect()
}

/// The words of a name in lower case: `HttpStatus::as_json` is `http status as json`.
fn words_of(name: &str) -> Vec<String> {
    let mut words = vec![String::new()];
    let mut after_small = false;
    for letter in name.chars() {
        if !letter.is_alphanumeric() || (letter.is_uppercase() && after_small) {
            words.push(String::new());
        }
        if letter.is_alphanumeric() {
            words.iter_mut().last().expect("there is always one").extend(letter.to_lowercase());
        }
        after_small = letter.is_lowercase() || letter.is_numeric();
    }
    words
}

/// Runs `check` over every product file of the package in `folder`; each line of the answer begins with the
/// file.
fn over_product_files(folder: &str, check: impl Fn(&str) -> Vec<String>) -> Vec<String> {
    let files = rust_source::product_files(folder);
    files
        .iter()
        .flat_map(|(path, text)| check(text).into_iter().map(move |name| format!("{path}: {name}")))
        .collect()
}

#[test]
fn the_pure_packages_read_no_clock_do_no_io_and_draw_no_randomness() {
    for package in PURE {
        let wrong = over_product_files(&format!("crates/{package}"), |text| acting_names(package, text));
        assert!(wrong.is_empty(), "{package} is pure; pass these in as arguments:\n{}", wrong.join("\n"));
    }
}

#[test]
fn no_exception_has_outlived_its_use() {
    for exception in EXCEPTIONS {
        let files = rust_source::product_files(&format!("crates/{}", exception.package));
        let used: BTreeSet<String> = files.iter().flat_map(|(_, text)| rust_source::names(text)).collect();
        for name in exception.names {
            assert!(used.contains(*name), "{} uses {name} no longer", exception.package);
        }
    }
}

#[test]
fn only_the_store_speaks_to_a_database() {
    for (folder, _) in project::members() {
        // What crosses packages may look into a database to judge what the store did.
        if ["crates/store", "bench", "tests"].contains(&folder.as_str()) {
            continue;
        }
        let wrong = over_product_files(&folder, |text| refused_names(text, DATABASES).into_iter().collect());
        assert!(wrong.is_empty(), "only `store` speaks SQL:\n{}", wrong.join("\n"));
    }
}

#[test]
fn refunds_knows_no_wire_and_no_store() {
    let wrong = over_product_files("crates/refunds", |text| names_with_words(text, WIRE_AND_STORE));
    assert!(wrong.is_empty(), "`refunds` knows neither HTTP, SQL, XML nor JSON:\n{}", wrong.join("\n"));
}

#[test]
fn every_refused_name_is_caught() {
    for refused in ACTING {
        let source = match *refused {
            "std::*" => "use std::*;".to_owned(),
            "std::as" => "use std as s;".to_owned(),
            path => format!("fn f() {{ {}() }}", path.replace("_::", "Any::")),
        };
        assert!(!acting_names("refunds", &source).is_empty(), "{source}");
    }
}

#[test]
fn a_clock_is_caught_under_every_disguise() {
    for source in [
        "use std::time::{Duration, SystemTime};",
        "use std::{fs as files, fmt};",
        "fn f() { jiff::Timestamp::now() }",
        "use jiff::Timestamp as T; fn f() { T::now() }",
        "fn f() { log(format!(\"{:?}\", jiff::Zoned::now())) }",
        "macro_rules! m { () => { std::time::Instant::now() } }",
        "#[cfg(not(test))] fn f() { std::env::var(\"TZ\") }",
        "fn f() { ::std::process::exit(1) }",
    ] {
        assert!(!acting_names("platform", source).is_empty(), "{source}");
    }
    assert!(acting_names("platform", "fn f(now: Timestamp) { let later = now + DAY; }").is_empty());
}

#[test]
fn an_exception_holds_for_its_package_and_its_name_only() {
    let signing = "use aws_lc_rs::rand::SystemRandom; fn f() { SystemRandom::new() }";
    assert!(acting_names("wechatpay", signing).is_empty());
    assert!(!acting_names("refunds", signing).is_empty());
    assert!(!acting_names("wechatpay", "fn f() { aws_lc_rs::rand::fill(&mut bytes) }").is_empty());
}

#[test]
fn a_database_outside_the_store_is_caught() {
    assert!(!refused_names("use rusqlite::Connection;", DATABASES).is_empty());
    assert!(!refused_names("fn f(c: &tokio_postgres::Client) {}", DATABASES).is_empty());
    assert!(refused_names("/// Not rusqlite's.\nfn f() {}", DATABASES).is_empty());
}

#[test]
fn wire_and_store_are_caught_in_refunds_whatever_the_case() {
    for source in [
        "use serde::Serialize;",
        "#[derive(serde::Deserialize)] struct A;",
        "fn as_json() {}",
        "struct HttpStatus;",
        "fn f(body: wechatpay::xml::Document) {}",
        "const SQL: &str = \"\";",
    ] {
        assert!(!names_with_words(source, WIRE_AND_STORE).is_empty(), "{source}");
    }
    assert!(names_with_words("fn result() -> Sequel {}", WIRE_AND_STORE).is_empty());
}
