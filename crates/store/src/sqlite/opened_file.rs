//! Which file the database is.
//!
//! A file that is removed or replaced under a running process goes on taking writes, and is gone with the process: a backup
//! brought back by hand, or somebody tidying up. Whoever opens the store next finds nothing of what was acknowledged.

use std::io;
use std::path::{Path, PathBuf};

/// The file at a path, as it was when it was opened.
#[derive(Debug)]
pub(super) struct OpenedFile {
    path: PathBuf,
    identity: Identity,
}

/// What tells one file from another. Where the system has no such thing, files are told apart by nothing, and it does not let
/// an open one be removed either.
#[cfg(unix)]
type Identity = (u64, u64);
#[cfg(not(unix))]
type Identity = ();

impl OpenedFile {
    /// The file that is at `path` now.
    pub(super) fn at(path: &Path) -> io::Result<OpenedFile> {
        Ok(OpenedFile { path: path.to_owned(), identity: identity(path)? })
    }

    /// Whether it is still at its path.
    pub(super) fn is_there(&self) -> bool {
        identity(&self.path).is_ok_and(|identity| identity == self.identity)
    }
}

#[cfg(unix)]
fn identity(path: &Path) -> io::Result<Identity> {
    use std::os::unix::fs::MetadataExt;
    let found = std::fs::metadata(path)?;
    Ok((found.dev(), found.ino()))
}

#[cfg(not(unix))]
fn identity(path: &Path) -> io::Result<Identity> {
    std::fs::metadata(path).map(drop)
}
