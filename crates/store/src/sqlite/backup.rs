//! A copy of the database as it is at one moment, while others read it and write it.

use std::fs::File;
use std::io;
use std::path::{Path, PathBuf};

use rusqlite::config::DbConfig;
use rusqlite::{Connection, OpenFlags};

use super::open::{WAIT, check_schema, failed, new_private};
use crate::error::StoreError;

/// Copies the database at `from` into a new file `to`, whoever has it open: all that was acknowledged before, and no half of
/// anything. It is whole and on disk when this comes back, and nobody but its owner reads it: it holds people's refunds and sealed
/// secrets.
///
/// Fails, and leaves no file `to`, if there is one already, if `from` is no store of ours, or is one of a newer program.
pub fn back_up(from: &Path, to: &Path) -> Result<(), StoreError> {
    if to.try_exists().map_err(|error| failed("looking for the backup", error))? {
        return Err(failed("making the backup", format!("{} is there already", to.display())));
    }
    // A copy that is cut short bears another name, so that nobody takes it for a backup.
    let part = part(to);
    let copied = copy(from, &part).and_then(|()| {
        std::fs::rename(&part, to).map_err(|error| failed("naming the backup", error))?;
        flush_folder(to).map_err(|error| failed("flushing the backup", error))
    });
    if copied.is_err() {
        // It may not be there.
        let _ = std::fs::remove_file(&part);
    }
    copied
}

fn part(to: &Path) -> PathBuf {
    let mut name = to.as_os_str().to_owned();
    name.push(".part");
    name.into()
}

fn copy(from: &Path, part: &Path) -> Result<(), StoreError> {
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection = Connection::open_with_flags(from, flags)?;
    connection.busy_timeout(WAIT)?;
    // The log is the gateway's to move, also where this is the last to close it.
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, true)?;
    if check_schema(&connection)? {
        return Err(failed("reading the store", format!("{} is empty", from.display())));
    }
    remove_what_is_left(part).map_err(|error| failed("removing an earlier backup's part", error))?;
    let file = new_private(part).map_err(|error| failed("making the backup", error))?;
    let path = part.to_str().ok_or_else(|| failed("making the backup", "its path is no text"))?;
    connection.execute("VACUUM INTO ?1", [path])?;
    // SQLite leaves that to whoever wants it.
    file.sync_all().map_err(|error| failed("flushing the backup", error))
}

/// Removes what an earlier copy has left, which was cut short.
fn remove_what_is_left(part: &Path) -> io::Result<()> {
    match std::fs::remove_file(part) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
        _ => Ok(()),
    }
}

/// A file's name is its folder's.
#[cfg(unix)]
fn flush_folder(path: &Path) -> io::Result<()> {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    File::open(folder)?.sync_all()
}

#[cfg(not(unix))]
fn flush_folder(_: &Path) -> io::Result<()> {
    Ok(())
}
