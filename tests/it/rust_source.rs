//! Rust sources as the compiler sees them: names without comments, texts and tests.
//!
//! Tokens, not a syntax tree, are searched for names: the bodies of macros are tokens only, and a clock read
//! inside `format!` is a clock read. The syntax tree serves to take the test modules out first.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use proc_macro2::{Delimiter, TokenStream, TokenTree};
use quote::ToTokens;
use syn::visit_mut::{self, VisitMut};
use syn::{Attribute, ImplItem, Item, Meta};

use crate::project;

/// Every name that `text` uses outside of its tests, as full as it is written there: paths (`std::fs::read`,
/// also out of `use std::{fs, net}`), single words, macro calls with their mark (`println!`), globs
/// (`std::*`) and renamings (`std::as` for `use std as s`).
pub(crate) fn names(text: &str) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    collect_names(parse_without_tests(text).to_token_stream(), "", &mut found);
    found
}

/// The names of all functions in `text` that bear a test attribute (`#[test]`, `#[tokio::test]`), those
/// inside macros such as `proptest!` included.
pub(crate) fn tests(text: &str) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    let tokens: TokenStream = text.parse().unwrap_or_else(|error| panic!("not Rust: {error}"));
    collect_tests(tokens, &mut found);
    found
}

/// The files that are compiled into the package in `folder` when it is not tested: its root and the modules
/// declared from there. Path relative to the project's root, and text.
pub(crate) fn product_files(folder: &str) -> Vec<(String, String)> {
    let roots = ["src/lib.rs", "src/main.rs"].map(|root| format!("{folder}/{root}"));
    let mut waiting: Vec<String> =
        roots.into_iter().filter(|path| project::root().join(path).is_file()).collect();
    assert!(!waiting.is_empty(), "{folder} has neither src/lib.rs nor src/main.rs");
    let mut found = Vec::new();
    while let Some(path) = waiting.pop() {
        let text = project::read(&path);
        waiting.extend(modules(&text).iter().map(|module| module_file(&path, module)));
        found.push((path, text));
    }
    found.sort();
    found
}

fn parse_without_tests(text: &str) -> syn::File {
    let mut file = syn::parse_file(text).unwrap_or_else(|error| panic!("not Rust: {error}"));
    file.items.retain(|item| !is_test(attributes(item)));
    WithoutTests.visit_file_mut(&mut file);
    file
}

struct WithoutTests;

impl VisitMut for WithoutTests {
    fn visit_item_mod_mut(&mut self, module: &mut syn::ItemMod) {
        if let Some((_, items)) = &mut module.content {
            items.retain(|item| !is_test(attributes(item)));
        }
        visit_mut::visit_item_mod_mut(self, module);
    }

    fn visit_item_impl_mut(&mut self, block: &mut syn::ItemImpl) {
        block.items.retain(|item| match item {
            ImplItem::Fn(function) => !is_test(&function.attrs),
            ImplItem::Const(constant) => !is_test(&constant.attrs),
            _ => true,
        });
        visit_mut::visit_item_impl_mut(self, block);
    }
}

fn attributes(item: &Item) -> &[Attribute] {
    match item {
        Item::Const(item) => &item.attrs,
        Item::Enum(item) => &item.attrs,
        Item::Fn(item) => &item.attrs,
        Item::Impl(item) => &item.attrs,
        Item::Macro(item) => &item.attrs,
        Item::Mod(item) => &item.attrs,
        Item::Static(item) => &item.attrs,
        Item::Struct(item) => &item.attrs,
        Item::Trait(item) => &item.attrs,
        Item::Type(item) => &item.attrs,
        Item::Use(item) => &item.attrs,
        // What is not listed counts as product code: at worst a check is too strict.
        _ => &[],
    }
}

/// Whether an attribute says that this is compiled for tests only: `cfg(test)` or `cfg(all(test, …))`.
fn is_test(attributes: &[Attribute]) -> bool {
    attributes.iter().any(|attribute| match &attribute.meta {
        Meta::List(list) if list.path.is_ident("cfg") => {
            let condition = list.tokens.to_string();
            condition == "test" || condition.starts_with("all (test ,") || condition.starts_with("all(test,")
        }
        _ => false,
    })
}

/// The modules declared in `text` that lie in files of their own, each as its path below this file's module.
fn modules(text: &str) -> Vec<Vec<String>> {
    let mut found = Vec::new();
    declared_below(&parse_without_tests(text).items, &[], &mut found);
    found
}

fn declared_below(items: &[Item], parents: &[String], found: &mut Vec<Vec<String>>) {
    for item in items {
        if let Item::Mod(module) = item {
            let renamed = module.attrs.iter().any(|attribute| attribute.path().is_ident("path"));
            assert!(!renamed, "mod {}: files are found by their module's name, not by #[path]", module.ident);
            let path = [parents, &[module.ident.to_string()]].concat();
            match &module.content {
                Some((_, items)) => declared_below(items, &path, found),
                None => found.push(path),
            }
        }
    }
}

fn module_file(declaring: &str, module: &[String]) -> String {
    let declaring = Path::new(declaring);
    let stem = declaring.file_stem().unwrap_or_default().to_string_lossy();
    let mut folder = declaring.parent().unwrap_or(Path::new("")).to_path_buf();
    if !["lib", "main", "mod"].contains(&stem.as_ref()) {
        folder.push(stem.as_ref());
    }
    let below: PathBuf = module.iter().collect();
    let flat = folder.join(below.with_extension("rs"));
    let found = if project::root().join(&flat).is_file() { flat } else { folder.join(below).join("mod.rs") };
    found.to_string_lossy().replace('\\', "/")
}

fn collect_names(tokens: TokenStream, prefix: &str, found: &mut BTreeSet<String>) {
    let tokens: Vec<TokenTree> = tokens.into_iter().collect();
    let mut at = 0;
    while at < tokens.len() {
        match &tokens[at] {
            TokenTree::Ident(first) => at = collect_path(&tokens, at, word(first, prefix), found),
            TokenTree::Group(group) => {
                collect_names(group.stream(), "", found);
                at += 1;
            }
            TokenTree::Punct(_) | TokenTree::Literal(_) => at += 1,
        }
    }
}

/// Follows the path whose first word stands at `at`; answers where the next name may begin.
fn collect_path(tokens: &[TokenTree], at: usize, first: String, found: &mut BTreeSet<String>) -> usize {
    let mut path = first;
    let mut next = at + 1;
    while is_punct(tokens.get(next), ':') && is_punct(tokens.get(next + 1), ':') {
        match tokens.get(next + 2) {
            Some(TokenTree::Ident(ident)) => path = word(ident, &format!("{path}::")),
            Some(TokenTree::Punct(glob)) if glob.as_char() == '*' => path.push_str("::*"),
            Some(TokenTree::Group(group)) if group.delimiter() == Delimiter::Brace => {
                collect_names(group.stream(), &format!("{path}::"), found);
                return next + 3;
            }
            _ => break,
        }
        next += 3;
    }
    if is_punct(tokens.get(next), '!') && !is_punct(tokens.get(next + 1), '=') {
        path.push('!');
    }
    if matches!(tokens.get(next), Some(TokenTree::Ident(ident)) if ident == "as") {
        found.insert(format!("{path}::as"));
    }
    found.insert(path);
    next
}

fn word(ident: &proc_macro2::Ident, prefix: &str) -> String {
    let text = ident.to_string();
    format!("{prefix}{}", text.strip_prefix("r#").unwrap_or(&text))
}

fn is_punct(token: Option<&TokenTree>, wanted: char) -> bool {
    matches!(token, Some(TokenTree::Punct(punct)) if punct.as_char() == wanted)
}

fn collect_tests(tokens: TokenStream, found: &mut BTreeSet<String>) {
    let tokens: Vec<TokenTree> = tokens.into_iter().collect();
    let mut marked = false;
    for at in 0..tokens.len() {
        match &tokens[at] {
            TokenTree::Group(group) if group.delimiter() == Delimiter::Bracket => {
                marked |= is_punct(at.checked_sub(1).and_then(|before| tokens.get(before)), '#')
                    && ends_in_test(group.stream());
            }
            TokenTree::Group(group) if is_told(&tokens[..at]) => {
                let names = group.stream().into_iter().filter_map(|token| match token {
                    TokenTree::Ident(name) => Some(name.to_string()),
                    _ => None,
                });
                found.extend(names);
            }
            TokenTree::Group(group) => {
                collect_tests(group.stream(), found);
                // A body ends what an attribute speaks of; the brackets of `pub(crate)` do not.
                marked &= group.delimiter() != Delimiter::Brace;
            }
            TokenTree::Ident(keyword) if keyword == "fn" && marked => {
                if let Some(TokenTree::Ident(name)) = tokens.get(at + 1) {
                    found.insert(name.to_string());
                }
                marked = false;
            }
            _ => {}
        }
    }
}

/// The macros that make a test of each story that they name.
const TELLERS: [&str; 7] = [
    "in_the_scene",
    "on_a_kind_day",
    "on_a_kind_day_over_either_wire",
    "on_a_kind_day_over_v2",
    "on_any_day",
    "over_either_wire",
    "wherever_the_store_is",
];

/// Whether what stands before a group is such a macro, called.
fn is_told(before: &[TokenTree]) -> bool {
    match before {
        [.., TokenTree::Ident(name), called] => {
            is_punct(Some(called), '!') && TELLERS.iter().any(|teller| name == teller)
        }
        _ => false,
    }
}

/// Whether an attribute's path is `test` or ends in `::test`.
fn ends_in_test(attribute: TokenStream) -> bool {
    let path = attribute.into_iter().take_while(|token| !matches!(token, TokenTree::Group(_)));
    path.last().is_some_and(|token| matches!(token, TokenTree::Ident(ident) if ident == "test"))
}

#[test]
fn names_are_found_in_paths_imports_and_macro_bodies() {
    let found = names(
        "use std::{fs, net::{self, TcpStream as Stream}, time::*};
         use std as s;
         fn f() { format!(\"{}\", r#std::env::var(\"X\")); let y = a != b; ::std::process::exit(1) }",
    );
    for name in [
        "std::fs",
        "std::net::self",
        "std::net::TcpStream",
        "std::time::*",
        "std::as",
        "format!",
        "std::env::var",
        "std::process::exit",
        "a",
    ] {
        assert!(found.contains(name), "{name} not in {found:?}");
    }
}

#[test]
fn comments_texts_and_tests_name_nothing() {
    let found = names(
        "//! SystemTime
         /// SystemTime
         fn f() -> &'static str { \"SystemTime\" }
         impl A { #[cfg(test)] fn g() { SystemTime; } }
         #[cfg(all(test, unix))] use std::time::SystemTime;
         #[cfg(test)] mod tests { use std::time::SystemTime; }
         mod inner { #[cfg(test)] fn h() { SystemTime; } }",
    );
    assert!(!found.iter().any(|name| name.contains("SystemTime")), "{found:?}");
}

#[test]
fn code_for_everything_but_tests_is_not_taken_for_a_test() {
    let found = names("#[cfg(not(test))] fn f() { One } #[cfg(any(test, unix))] fn g() { Two }");
    assert!(found.contains("One") && found.contains("Two"), "{found:?}");
}

#[test]
fn modules_are_followed_into_their_files_unless_they_are_tests() {
    let declared = modules("mod a; mod b { pub(crate) mod c; } #[cfg(test)] mod tests;");
    assert_eq!(declared, [vec!["a".to_owned()], vec!["b".to_owned(), "c".to_owned()]]);
    assert_eq!(module_file("tests/it/main.rs", &["purity".to_owned()]), "tests/it/purity.rs");
    assert_eq!(module_file("x/src/a.rs", &["none".to_owned()]), "x/src/a/none/mod.rs");
}

#[test]
fn tests_are_found_by_their_attribute_also_inside_macros() {
    let found = tests(
        "#[test] fn plain() {}
         #[tokio::test(flavor = \"current_thread\")] async fn awaited() {}
         proptest! { #[test] fn property(x in 0..3) {} }
         on_any_day!(told, told_again,); macro_rules! on_any_day { () => {}; }
         fn not_one() {} #[inline] fn nor_this() {} #[cfg(test)] fn nor_that() {}",
    );
    assert_eq!(Vec::from_iter(found), ["awaited", "plain", "property", "told", "told_again"]);
}
