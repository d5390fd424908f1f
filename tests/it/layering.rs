//! Who may know whom.
//!
//! `platform` and `refunds` never know each other: they share words and wire, not rules, so that one mistake
//! cannot pass on both sides. What must decide without a clock, a network or a die has none among its
//! dependencies. What a package uses in its tests is its own business.

use std::collections::BTreeSet;

use toml::{Table, Value};

use crate::project;

/// What a package may depend on among our own.
enum Arrows {
    /// These and no others.
    To(&'static [&'static str]),
    /// Whatever it likes: nothing depends on it.
    Anywhere,
}

/// One row a package, in the order in which they build on each other.
const ARROWS: &[(&str, Arrows)] = &[
    ("wechatpay", Arrows::To(&[])),
    ("certs", Arrows::To(&[])),
    ("refunds", Arrows::To(&["wechatpay"])),
    ("platform", Arrows::To(&["wechatpay"])),
    ("store", Arrows::To(&["refunds", "wechatpay"])),
    ("gateway", Arrows::To(&["refunds", "store", "certs", "wechatpay"])),
    ("sandbox", Arrows::To(&["platform", "certs", "wechatpay"])),
    ("replay", Arrows::To(&["refunds", "store", "wechatpay"])),
    ("tidegate", Arrows::To(&["gateway", "sandbox", "certs", "replay", "wechatpay"])),
    ("simulation", Arrows::To(&["refunds", "platform", "store", "wechatpay"])),
    ("bench", Arrows::Anywhere),
    ("tests", Arrows::Anywhere),
    // For tests of whoever speaks to a server: it knows none of us.
    ("throwaway_postgres", Arrows::To(&[])),
];

/// What the pure packages may take from others. None of these opens a file or a socket, starts a thread or
/// reads a clock as we build them; whoever adds a row makes sure of that and says what it is for.
const PURE_DEPENDENCIES: &[(&str, &[&str])] = &[
    (
        "wechatpay",
        &[
            // Signatures, digests and ciphers over bytes. It can draw randomness: `purity` refuses those
            // names.
            "aws-lc-rs",
            // Signatures and ciphertexts as text.
            "base64",
            // Instants and dates. Without `std`, so that it has no clock: see the test on its features.
            "jiff",
            // V2's signature and the key of its notifications.
            "md-5",
            // Numbers as parts of request targets.
            "percent-encoding",
            // V2's messages from bytes, event by event.
            "quick-xml",
            // Names of the fields of V3's messages.
            "serde",
            // V3's messages from and to bytes.
            "serde_json",
            // Comparing V2's signatures without telling how much of one was right.
            "subtle",
            // The text of errors.
            "thiserror",
            // Platform certificates from bytes.
            "x509-parser",
            // Overwrites secrets when they are dropped.
            "zeroize",
        ],
    ),
    (
        "certs",
        &[
            // Signatures and digests over bytes. It can draw randomness: `purity` refuses those names.
            "aws-lc-rs",
            // Certificates and keys as text.
            "base64",
            // Names that were written in China's older character set.
            "encoding_rs",
            // Instants and dates, without `std`.
            "jiff",
            // The digests that the platform's page prints.
            "md-5",
            // Key and certificate in one file. Its writer draws the salts itself: see the exception in `purity`.
            "p12-keystore",
            // Private keys under a passphrase, from bytes.
            "pkcs5",
            // The request string. The key comes in from outside, and its signature is the same every time.
            "rcgen",
            // What is known of a certificate, from and to a document.
            "serde",
            // The text of errors.
            "thiserror",
            // Certificates and requests from bytes.
            "x509-parser",
            // Overwrites secrets when they are dropped.
            "zeroize",
        ],
    ),
    (
        "refunds",
        &[
            // Instants and dates, without `std`.
            "jiff",
            // The error function, powers and logarithms: arithmetic that gives the same bits everywhere.
            "libm",
            // Jitter as a keyed hash of seed, purpose and number: a function, not a source of randomness.
            "siphasher",
            // The text of errors.
            "thiserror",
        ],
    ),
    (
        "platform",
        &[
            // Instants and dates, without `std`.
            "jiff",
            // Its state as a snapshot; the format is its caller's choice.
            "serde",
            // Chance as a keyed hash of seed, purpose and number: a function, not a source of randomness.
            "siphasher",
            // The text of errors.
            "thiserror",
        ],
    ),
    (
        "replay",
        &[
            // Instants and dates, without `std`.
            "jiff",
            // Which payments are seen, as a keyed hash of seed, purpose and number.
            "siphasher",
            // The text of errors.
            "thiserror",
        ],
    ),
];

/// The names of the packages on which a package depends when it is not tested: `dependencies` and
/// `build-dependencies`, for every target.
fn dependencies(manifest: &Table, workspace: &Table) -> BTreeSet<String> {
    let per_target = manifest.get("target").and_then(Value::as_table);
    let per_target = per_target.into_iter().flat_map(Table::values).filter_map(Value::as_table);
    let mut found = BTreeSet::new();
    for place in std::iter::once(manifest).chain(per_target) {
        for table in ["dependencies", "build-dependencies"] {
            let listed = place.get(table).and_then(Value::as_table);
            found
                .extend(listed.into_iter().flatten().map(|(key, value)| package_name(key, value, workspace)));
        }
    }
    found
}

/// The name of the package behind a dependency: a manifest may call it something else.
fn package_name(key: &str, dependency: &Value, workspace: &Table) -> String {
    let inherited = dependency.get("workspace").and_then(Value::as_bool) == Some(true);
    let dependency = if inherited { &workspace["workspace"]["dependencies"][key] } else { dependency };
    dependency.get("package").and_then(Value::as_str).unwrap_or(key).to_owned()
}

fn name(manifest: &Table) -> &str {
    manifest["package"]["name"].as_str().expect("a package has a name")
}

/// What is wrong with these packages' knowledge of each other.
fn wrong_arrows(members: &[Table], workspace: &Table) -> Vec<String> {
    let ours: BTreeSet<&str> = members.iter().map(name).collect();
    let mut wrong = Vec::new();
    for manifest in members {
        let from = name(manifest);
        match ARROWS.iter().find(|(package, _)| *package == from) {
            None => wrong.push(format!("{from} has no row in ARROWS: say whom it may know")),
            Some((_, Arrows::Anywhere)) => {}
            Some((_, Arrows::To(allowed))) => {
                let used = dependencies(manifest, workspace);
                let refused =
                    used.iter().filter(|to| ours.contains(to.as_str()) && !allowed.contains(&to.as_str()));
                wrong.extend(refused.map(|to| format!("{from} may not know {to}")));
            }
        }
    }
    wrong
}

/// What is wrong with what the pure packages take from others.
fn impure_dependencies(members: &[Table], workspace: &Table) -> Vec<String> {
    let ours: BTreeSet<&str> = members.iter().map(name).collect();
    let mut wrong = Vec::new();
    for (package, allowed) in PURE_DEPENDENCIES {
        let Some(manifest) = members.iter().find(|manifest| name(manifest) == *package) else {
            wrong.push(format!("the pure package {package} is gone"));
            continue;
        };
        let used = dependencies(manifest, workspace);
        let refused = used.iter().filter(|to| !ours.contains(to.as_str()) && !allowed.contains(&to.as_str()));
        wrong.extend(refused.map(|to| format!("{package} is pure and may not depend on {to}")));
    }
    wrong
}

/// Whether a dependency on jiff leaves its clock and its time zone files out.
fn jiff_is_without_a_clock(dependency: &Value) -> bool {
    let mut features = dependency.get("features").and_then(Value::as_array).into_iter().flatten();
    dependency.get("default-features").and_then(Value::as_bool) == Some(false)
        && features.all(|feature| ["alloc", "serde"].contains(&feature.as_str().unwrap_or_default()))
}

fn manifests() -> Vec<Table> {
    project::members().into_iter().map(|(_, manifest)| manifest).collect()
}

#[test]
fn our_packages_know_only_whom_they_may() {
    let wrong = wrong_arrows(&manifests(), &project::workspace_manifest());
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn every_row_belongs_to_a_package() {
    let manifests = manifests();
    let ours: BTreeSet<&str> = manifests.iter().map(name).collect();
    let rows: BTreeSet<&str> = ARROWS.iter().map(|(package, _)| *package).collect();
    assert_eq!(rows, ours);
}

#[test]
fn the_pure_packages_depend_on_nothing_that_acts() {
    let wrong = impure_dependencies(&manifests(), &project::workspace_manifest());
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn the_pure_packages_take_jiff_without_its_clock() {
    let workspace = project::workspace_manifest();
    assert!(jiff_is_without_a_clock(&workspace["workspace"]["dependencies"]["jiff"]));
    for (package, _) in PURE_DEPENDENCIES {
        let Some(manifest) = manifests().into_iter().find(|manifest| name(manifest) == *package) else {
            continue;
        };
        let own = manifest.get("dependencies").and_then(|listed| listed.get("jiff"));
        let inherited =
            |dependency: &Value| dependency.get("workspace").and_then(Value::as_bool) == Some(true);
        assert!(
            own.is_none_or(|jiff| if inherited(jiff) {
                jiff.get("features").is_none()
            } else {
                jiff_is_without_a_clock(jiff)
            }),
            "{package} takes jiff with more than the workspace does"
        );
    }
}

fn table(text: &str) -> Table {
    text.parse().unwrap_or_else(|error| panic!("{error}"))
}

/// A workspace of two packages, the first with `tables` beside its name.
fn made_up(first: &str, tables: &str, second: &str) -> [Table; 2] {
    [
        table(&format!("[package]\nname = \"{first}\"\n{tables}")),
        table(&format!("[package]\nname = \"{second}\"")),
    ]
}

#[test]
fn an_arrow_against_the_rules_is_caught_however_it_is_written() {
    let workspace = table("[workspace.dependencies]\nother-side = { path = \"x\", package = \"platform\" }");
    for tables in [
        "[dependencies]\nplatform = { path = \"../platform\" }",
        "[dependencies]\nplatform.workspace = true",
        "[dependencies]\nother = { path = \"../platform\", package = \"platform\" }",
        "[dependencies]\nother-side.workspace = true",
        "[build-dependencies]\nplatform = { path = \"../platform\" }",
        "[target.'cfg(unix)'.dependencies]\nplatform = { path = \"../platform\" }",
    ] {
        let workspace = if tables.contains("platform.workspace") {
            table("[workspace.dependencies]\nplatform = { path = \"x\" }")
        } else {
            workspace.clone()
        };
        let wrong = wrong_arrows(&made_up("refunds", tables, "platform"), &workspace);
        assert_eq!(wrong, ["refunds may not know platform"], "{tables}");
    }
    let in_tests = "[dev-dependencies]\nplatform = { path = \"../platform\" }";
    assert!(wrong_arrows(&made_up("refunds", in_tests, "platform"), &workspace).is_empty());
}

#[test]
fn a_new_package_without_a_row_is_caught() {
    let wrong = wrong_arrows(&made_up("newcomer", "", "platform"), &Table::new());
    assert_eq!(wrong, ["newcomer has no row in ARROWS: say whom it may know"]);
}

#[test]
fn a_dependency_that_acts_is_caught_in_a_pure_package() {
    let workspace = table("[workspace.dependencies]\ntokio = \"1\"");
    let wrong = impure_dependencies(
        &made_up("refunds", "[dependencies]\ntokio.workspace = true", "platform"),
        &workspace,
    );
    assert!(wrong.contains(&"refunds is pure and may not depend on tokio".to_owned()), "{wrong:?}");
    assert!(wrong.contains(&"the pure package certs is gone".to_owned()), "{wrong:?}");
}

#[test]
fn a_clock_in_jiff_is_caught() {
    for dependency in [
        "jiff = \"0.2\"",
        "jiff = { version = \"0.2\", features = [\"alloc\"] }",
        "jiff = { version = \"0.2\", default-features = false, features = [\"alloc\", \"std\"] }",
    ] {
        assert!(!jiff_is_without_a_clock(&table(dependency)["jiff"]), "{dependency}");
    }
}
