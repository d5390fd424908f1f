//! The programs of PostgreSQL, wherever the system has them, and whom they run as.

use std::os::unix::fs::MetadataExt;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use tempfile::TempDir;

use crate::error::ServerError;

/// Where Debian keeps one folder a version.
const DEBIAN: &str = "/usr/lib/postgresql";

/// Whom the server runs as if the tests run as root, which it refuses: the first of these that there is.
const OTHERS: [&str; 2] = ["postgres", "nobody"];

/// The user that the server knows.
pub(crate) const ROLE: &str = "tidegate";

/// How long `psql` may take to reach a server, in seconds.
const CONNECT_S: &str = "5";

/// A user of the system, by number.
#[derive(Debug, Clone, Copy)]
struct User {
    uid: u32,
    gid: u32,
}

/// The programs, and who runs them.
#[derive(Debug)]
pub(crate) struct Programs {
    folder: PathBuf,
    /// None: who runs the tests.
    user: Option<User>,
}

impl Programs {
    /// The programs, and an empty folder in `place` that belongs to who runs them.
    pub(crate) fn find(place: &Path) -> Result<(Programs, TempDir), ServerError> {
        let folder = folder().ok_or(ServerError::Missing { program: "PostgreSQL", package: "postgresql" })?;
        let home = TempDir::with_prefix_in("tidegate-postgres-", place)?;
        // What root makes is root's.
        let is_root = std::fs::metadata(home.path())?.uid() == 0;
        let user = if is_root { Some(other_user().ok_or(ServerError::NoUser)?) } else { None };
        let programs = Programs { folder, user };
        programs.give(home.path())?;
        Ok((programs, home))
    }

    /// A program of PostgreSQL's.
    pub(crate) fn path(&self, program: &str) -> PathBuf {
        self.folder.join(program)
    }

    /// Where they are.
    pub(crate) fn folder(&self) -> &Path {
        &self.folder
    }

    /// Makes `path` belong to who runs the programs.
    pub(crate) fn give(&self, path: &Path) -> std::io::Result<()> {
        match self.user {
            Some(User { uid, gid }) => std::os::unix::fs::chown(path, Some(uid), Some(gid)),
            None => Ok(()),
        }
    }

    /// A command that reads nothing, run as the server's user.
    pub(crate) fn command(&self, program: &Path) -> Command {
        let mut command = Command::new(program);
        command.stdin(Stdio::null()).env("LC_ALL", "C");
        if let Some(User { uid, gid }) = self.user {
            command.uid(uid).gid(gid);
        }
        command
    }

    /// A script for the shell, which takes arguments from `$1` on, run as the server's user.
    pub(crate) fn shell(&self, script: &str) -> Command {
        let mut shell = self.command(Path::new("/bin/sh"));
        shell.arg("-c").arg(script).arg("sh");
        shell
    }

    /// Carries out `sql` in the database at `address`; what it answers, one line a row, columns with `|` between them.
    pub(crate) fn psql(&self, address: &str, sql: &str) -> Result<String, ServerError> {
        let mut psql = self.command(&self.path("psql"));
        psql.env("PGCONNECT_TIMEOUT", CONNECT_S);
        psql.args(["-X", "-q", "-A", "-t", "-v", "ON_ERROR_STOP=1", "-d", address, "-c", sql]);
        let output = psql.output()?;
        let said = |bytes: &[u8]| String::from_utf8_lossy(bytes).trim_end().to_owned();
        if output.status.success() {
            return Ok(said(&output.stdout));
        }
        Err(ServerError::Program { program: "psql".to_owned(), said: said(&output.stderr) })
    }
}

/// Runs a command to its end. What it starts keeps none of our pipes open, so what it says goes to a file.
pub(crate) fn heard(command: &mut Command) -> Result<(), ServerError> {
    let said = tempfile::tempfile()?;
    let status = command.stdout(Stdio::null()).stderr(said.try_clone()?).status()?;
    if status.success() {
        return Ok(());
    }
    let program = command.get_program().to_string_lossy().into_owned();
    Err(ServerError::Program { program, said: std::io::read_to_string(rewound(said)?)? })
}

fn rewound(mut file: std::fs::File) -> std::io::Result<std::fs::File> {
    std::io::Seek::rewind(&mut file)?;
    Ok(file)
}

/// A program that the search path leads to.
pub(crate) fn on_search_path(program: &str) -> Option<PathBuf> {
    let path = std::env::var_os("PATH")?;
    std::env::split_paths(&path).map(|folder| folder.join(program)).find(|file| file.is_file())
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
        // Links lead from one folder for all programs to the one where the others are.
        let found = on_search_path("initdb")?;
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
