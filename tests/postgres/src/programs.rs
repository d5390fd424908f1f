//! The programs of PostgreSQL, wherever the system has them.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use crate::server::ServerError;

/// Where Debian keeps one folder a version.
const DEBIAN: &str = "/usr/lib/postgresql";

/// Whom the server runs as if the tests run as root, which it refuses: the first of these that there is.
const OTHERS: [&str; 2] = ["postgres", "nobody"];

/// A user of the system, by number.
#[derive(Debug, Clone, Copy)]
pub(crate) struct User {
    pub(crate) uid: u32,
    pub(crate) gid: u32,
}

/// The programs, and who runs them.
#[derive(Debug)]
pub(crate) struct Programs {
    folder: PathBuf,
    /// None: who runs the tests.
    pub(crate) user: Option<User>,
}

impl Programs {
    pub(crate) fn find(is_root: bool) -> Result<Programs, ServerError> {
        let folder = folder().ok_or(ServerError::Missing)?;
        let user = if is_root { Some(other_user().ok_or(ServerError::NoUser)?) } else { None };
        Ok(Programs { folder, user })
    }

    pub(crate) fn path(&self, program: &str) -> PathBuf {
        self.folder.join(program)
    }

    /// A command that reads nothing, run as the server's user.
    pub(crate) fn command(&self, program: &Path) -> Command {
        let mut command = Command::new(program);
        command.stdin(Stdio::null()).env("LC_ALL", "C");
        if let Some(User { uid, gid }) = self.user {
            use std::os::unix::process::CommandExt;
            command.uid(uid).gid(gid);
        }
        command
    }
}

/// The newest version's folder, else the one that the search path leads to.
fn folder() -> Option<PathBuf> {
    let is_whole =
        |folder: &PathBuf| ["initdb", "pg_ctl", "psql"].iter().all(|name| folder.join(name).is_file());
    let version =
        |folder: &PathBuf| folder.parent()?.file_name()?.to_str()?.split('.').next()?.parse::<u32>().ok();
    let versions = std::fs::read_dir(DEBIAN).into_iter().flatten().flatten();
    let newest = versions.map(|entry| entry.path().join("bin")).filter(is_whole).max_by_key(version);
    newest.or_else(|| {
        let path = std::env::var_os("PATH")?;
        let found =
            std::env::split_paths(&path).map(|folder| folder.join("initdb")).find(|file| file.is_file())?;
        // Links lead from one folder for all programs to the one where the others are.
        found.canonicalize().ok()?.parent().map(Path::to_owned).filter(is_whole)
    })
}

fn other_user() -> Option<User> {
    let users = std::fs::read_to_string("/etc/passwd").ok()?;
    OTHERS.iter().find_map(|name| {
        let fields: Vec<&str> = users
            .lines()
            .map(|line| line.split(':').collect::<Vec<_>>())
            .find(|fields| fields.first() == Some(name))?;
        Some(User { uid: fields.get(2)?.parse().ok()?, gid: fields.get(3)?.parse().ok()? })
    })
}
