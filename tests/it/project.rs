//! The project's tree: its root, its text files, its manifests.

use std::path::{Path, PathBuf};
use std::{env, fs};

use toml::Table;

/// Folders that hold nothing of ours: version control, what builds leave behind, what tools fetch.
const NOT_OURS: [&str; 5] = [".git", "target", "node_modules", ".venv", "tidegate-sandbox"];

/// The folder that holds the workspace's manifest.
pub(crate) fn root() -> PathBuf {
    // Asked for when the tests run: with one target folder for several checkouts, cargo may run a binary that was
    // built in another checkout, which would then judge that one. What it was built with serves without cargo.
    let tests = env::var_os("CARGO_MANIFEST_DIR").unwrap_or_else(|| env!("CARGO_MANIFEST_DIR").into());
    Path::new(&tests).parent().expect("the package `tests` lies in the project's root").to_path_buf()
}

/// The text at `path`, relative to the root.
pub(crate) fn read(path: &str) -> String {
    fs::read_to_string(root().join(path)).unwrap_or_else(|error| panic!("{path} cannot be read: {error}"))
}

/// Every text file of the tree with its path relative to the root, in order of path.
pub(crate) fn text_files() -> Vec<(String, String)> {
    let root = root();
    let mut found = Vec::new();
    collect(&root, &root, &mut found);
    found.sort();
    found
}

fn collect(root: &Path, folder: &Path, found: &mut Vec<(String, String)>) {
    for path in entries(folder) {
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        if NOT_OURS.contains(&name.as_ref()) || path.is_symlink() {
            continue;
        }
        if path.is_dir() {
            collect(root, &path, found);
        } else if let Ok(text) = fs::read_to_string(&path)
            && !text.contains('\0')
        {
            let relative = path.strip_prefix(root).expect("the walk began at the root");
            found.push((relative.to_string_lossy().replace('\\', "/"), text));
        }
    }
}

fn entries(folder: &Path) -> Vec<PathBuf> {
    let listed = fs::read_dir(folder).unwrap_or_else(|error| panic!("{}: {error}", folder.display()));
    listed.filter_map(Result::ok).map(|entry| entry.path()).collect()
}

/// The workspace's own manifest.
pub(crate) fn workspace_manifest() -> Table {
    manifest("Cargo.toml")
}

/// Folder and manifest of each member of the workspace, in order of folder.
pub(crate) fn members() -> Vec<(String, Table)> {
    let workspace = workspace_manifest();
    let patterns = workspace["workspace"]["members"].as_array().expect("`workspace.members` is a list");
    let mut folders: Vec<String> = Vec::new();
    for pattern in patterns.iter().filter_map(toml::Value::as_str) {
        match pattern.strip_suffix("/*") {
            Some(parent) => folders.extend(packages_below(parent)),
            None => folders.push(pattern.to_owned()),
        }
    }
    folders.sort();
    folders.into_iter().map(|folder| (folder.clone(), manifest(&format!("{folder}/Cargo.toml")))).collect()
}

fn packages_below(parent: &str) -> Vec<String> {
    let folders = entries(&root().join(parent)).into_iter().filter(|path| path.join("Cargo.toml").is_file());
    folders
        .map(|path| format!("{parent}/{}", path.file_name().unwrap_or_default().to_string_lossy()))
        .collect()
}

fn manifest(path: &str) -> Table {
    read(path).parse().unwrap_or_else(|error| panic!("{path}: {error}"))
}
