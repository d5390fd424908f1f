//! Folders that appear whole, and files that change whole.
//!
//! A process that is killed leaves either nothing or everything: a folder is filled under another name and then
//! renamed, and so is a file that takes the place of another.

use std::fs;
use std::io::{ErrorKind, Write};
use std::path::{Path, PathBuf};

use super::CredentialsError;

/// A file to be written.
pub(super) struct NewFile {
    /// Its path in the folder.
    pub(super) path: &'static str,
    /// What it holds.
    pub(super) content: Vec<u8>,
    /// Whether only its owner may read it.
    pub(super) is_secret: bool,
}

impl NewFile {
    /// A file that everybody may read.
    pub(super) fn open(path: &'static str, content: impl Into<Vec<u8>>) -> NewFile {
        NewFile { path, content: content.into(), is_secret: false }
    }

    /// A file that only its owner may read.
    pub(super) fn secret(path: &'static str, content: impl Into<Vec<u8>>) -> NewFile {
        NewFile { path, content: content.into(), is_secret: true }
    }
}

/// Makes `folder`, which must not exist, with these files in it.
pub(super) fn create(folder: &Path, files: &[NewFile]) -> Result<(), CredentialsError> {
    let unfinished = beside(folder, ".unfinished");
    remove(&unfinished)?;
    for file in files {
        let path = unfinished.join(file.path);
        let parent = path.parent().unwrap_or(&unfinished);
        fs::create_dir_all(parent).map_err(CredentialsError::io("make the folder", parent))?;
        write(&path, &file.content, file.is_secret)?;
    }
    fs::rename(&unfinished, folder).map_err(CredentialsError::io("make the folder", folder))
}

/// Puts `content` into the file, which everybody may read, unless it is there already.
pub(super) fn keep(path: &Path, content: &[u8]) -> Result<(), CredentialsError> {
    if fs::read(path).is_ok_and(|found| found == content) {
        return Ok(());
    }
    let unfinished = beside(path, ".unfinished");
    write(&unfinished, content, false)?;
    fs::rename(&unfinished, path).map_err(CredentialsError::io("write", path))
}

/// Removes the folder with all that is in it, if it exists.
pub(super) fn remove(folder: &Path) -> Result<(), CredentialsError> {
    match fs::remove_dir_all(folder) {
        Err(error) if error.kind() != ErrorKind::NotFound => {
            Err(CredentialsError::io("remove", folder)(error))
        }
        _ => Ok(()),
    }
}

fn write(path: &Path, content: &[u8], is_secret: bool) -> Result<(), CredentialsError> {
    let mut options = fs::OpenOptions::new();
    options.write(true).create(true).truncate(true);
    #[cfg(unix)]
    if is_secret {
        use std::os::unix::fs::OpenOptionsExt;
        options.mode(0o600);
    }
    // Elsewhere the folder's own rights decide.
    #[cfg(not(unix))]
    let _ = is_secret;
    let written = options.open(path).and_then(|mut file| file.write_all(content));
    written.map_err(CredentialsError::io("write", path))
}

/// `path` with `ending` behind its name.
fn beside(path: &Path, ending: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(ending);
    PathBuf::from(name)
}
