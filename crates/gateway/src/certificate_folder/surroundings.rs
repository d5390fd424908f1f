//! What is wrong around a folder with keys in it.

use std::fmt;
use std::path::{Path, PathBuf};

use super::folder::CertificateFolder;

/// Something that may give the key away.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Concern {
    /// The folder lies in a git work tree. Real keys are found in public repositories. Source: [certificate-serial].
    InWorkTree {
        /// Where the repository begins.
        root: PathBuf,
    },
    /// Others on this machine can read it.
    ReadableByOthers {
        /// The file or folder.
        path: PathBuf,
        /// Its rights.
        mode: u32,
    },
}

impl fmt::Display for Concern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Concern::InWorkTree { root } => write!(
                f,
                "The folder lies in the git work tree `{}`. A `.gitignore` keeps its files out; a folder elsewhere is safer.",
                root.display()
            ),
            Concern::ReadableByOthers { path, mode } => write!(
                f,
                "Others on this machine can read `{}` (mode {mode:03o}). Run `chmod {} '{}'`.",
                path.display(),
                if path.is_dir() { "700" } else { "600" },
                path.display()
            ),
        }
    }
}

impl CertificateFolder {
    /// Everything that may give the key away.
    pub fn concerns(&self) -> Vec<Concern> {
        let mut concerns: Vec<Concern> =
            work_tree(self.path()).map(|root| Concern::InWorkTree { root }).into_iter().collect();
        let places = [self.path().to_owned(), self.key(), self.bundle()];
        concerns.extend(places.into_iter().filter_map(open_to_others));
        concerns
    }
}

/// The beginning of the git work tree that the path lies in.
fn work_tree(path: &Path) -> Option<PathBuf> {
    let path = path.canonicalize().ok()?;
    path.ancestors().find(|ancestor| ancestor.join(".git").exists()).map(Path::to_owned)
}

#[cfg(unix)]
fn open_to_others(path: PathBuf) -> Option<Concern> {
    use std::os::unix::fs::PermissionsExt;
    let mode = path.metadata().ok()?.permissions().mode() & 0o777;
    (mode & 0o077 != 0).then_some(Concern::ReadableByOthers { path, mode })
}

/// Elsewhere the rights of a folder cannot be told by a number.
#[cfg(not(unix))]
fn open_to_others(_path: PathBuf) -> Option<Concern> {
    None
}
