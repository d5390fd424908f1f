//! How files with keys in them are written: for their owner alone, and on disk when it is said that they are.

use std::fs::{self, File, OpenOptions};
use std::io::{self, ErrorKind, Write};
use std::path::{Path, PathBuf};

/// Why a file could not be read or written.
#[derive(Debug, thiserror::Error)]
pub enum FileError {
    /// There is one, and it is not written over.
    #[error("`{}` exists already and is left as it is", path.display())]
    Exists {
        /// The file.
        path: PathBuf,
    },
    /// The disk is full.
    #[error("the disk is full: `{}` could not be written, and nothing was changed", path.display())]
    DiskFull {
        /// The file.
        path: PathBuf,
    },
    /// The system refused.
    #[error("cannot {doing} `{}`: {source}", path.display())]
    Io {
        /// What was tried.
        doing: &'static str,
        /// The file.
        path: PathBuf,
        /// The system's answer.
        source: io::Error,
    },
}

impl FileError {
    /// What to do about it.
    pub fn what_to_do(&self) -> &'static str {
        match self {
            FileError::Exists { .. } => "Give another name.",
            FileError::DiskFull { .. } => "Make room and repeat the same command; it goes on where it was.",
            FileError::Io { source, .. } if source.kind() == ErrorKind::PermissionDenied => {
                "Check the rights of the file and its folder, and as whom you run this."
            }
            FileError::Io { source, .. } if source.kind() == ErrorKind::NotFound => {
                "Check the path; a relative one begins at the folder you are in."
            }
            FileError::Io { .. } => "Check the disk and the rights of the folder, and repeat the command.",
        }
    }

    pub(super) fn io(doing: &'static str, path: &Path, source: io::Error) -> FileError {
        match source.kind() {
            ErrorKind::StorageFull | ErrorKind::QuotaExceeded => {
                FileError::DiskFull { path: path.to_owned() }
            }
            _ => FileError::Io { doing, path: path.to_owned(), source },
        }
    }
}

/// Makes a folder, and those above it, that its owner alone can enter. One that is there stays as it is.
pub fn make_folder(path: &Path) -> Result<(), FileError> {
    let mut builder = fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(path).map_err(|error| FileError::io("make the folder", path, error))?;
    path.parent().map_or(Ok(()), sync_folder)
}

/// Writes a new file that its owner alone can read; it is on disk when this comes back, and its name with it. One that is
/// there is not written over.
pub fn write_new(path: &Path, bytes: &[u8]) -> Result<(), FileError> {
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut file = options.open(path).map_err(|error| match error.kind() {
        ErrorKind::AlreadyExists => FileError::Exists { path: path.to_owned() },
        _ => FileError::io("write", path, error),
    })?;
    let written = file.write_all(bytes).and_then(|()| file.sync_all());
    if let Err(error) = written {
        drop(file);
        // Half a file is worse than none; what is left of it tells its next reader less.
        let _ = fs::remove_file(path);
        return Err(FileError::io("write", path, error));
    }
    path.parent().map_or(Ok(()), sync_folder)
}

/// Writes a file whatever was there: under a name of its own beside it first, so that the old one stands until the new one
/// is whole.
pub fn write_over(path: &Path, bytes: &[u8]) -> Result<(), FileError> {
    let beside = beside(path);
    remove(&beside)?;
    write_new(&beside, bytes)?;
    rename(&beside, path)
}

/// The name under which a file is written before it gets its own: `.NAME.new`.
pub(super) fn beside(path: &Path) -> PathBuf {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    path.with_file_name(format!(".{name}.new"))
}

/// Gives a file or folder another name, in place of what had that name before.
pub(super) fn rename(from: &Path, to: &Path) -> Result<(), FileError> {
    fs::rename(from, to).map_err(|error| FileError::io("rename", from, error))?;
    to.parent().map_or(Ok(()), sync_folder)
}

/// Gives a file another name that nothing has yet.
pub(super) fn name_once(from: &Path, to: &Path) -> Result<(), FileError> {
    match fs::hard_link(from, to) {
        Ok(()) => remove(from)?,
        Err(error) if error.kind() == ErrorKind::AlreadyExists => {
            return Err(FileError::Exists { path: to.to_owned() });
        }
        // A file system without links. The caller holds the folder's lock, so that nobody comes between.
        Err(_) if exists(to) => return Err(FileError::Exists { path: to.to_owned() }),
        Err(_) => fs::rename(from, to).map_err(|error| FileError::io("rename", from, error))?,
    }
    to.parent().map_or(Ok(()), sync_folder)
}

/// Whether anything has this name; a link to nowhere counts.
pub(super) fn exists(path: &Path) -> bool {
    fs::symlink_metadata(path).is_ok()
}

/// Removes a file if there is one.
pub(super) fn remove(path: &Path) -> Result<(), FileError> {
    match fs::remove_file(path) {
        Err(error) if error.kind() != ErrorKind::NotFound => Err(FileError::io("remove", path, error)),
        _ => Ok(()),
    }
}

/// Removes a folder with everything in it if there is one.
pub(super) fn remove_folder(path: &Path) -> Result<(), FileError> {
    match fs::remove_dir_all(path) {
        Err(error) if error.kind() != ErrorKind::NotFound => Err(FileError::io("remove", path, error)),
        _ => Ok(()),
    }
}

/// The content of a file; `None` if there is none.
pub(super) fn read_if_there(path: &Path) -> Result<Option<zeroize::Zeroizing<Vec<u8>>>, FileError> {
    match fs::read(path) {
        Ok(bytes) => Ok(Some(zeroize::Zeroizing::new(bytes))),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
        Err(error) => Err(FileError::io("read", path, error)),
    }
}

/// Makes the names in a folder outlive a power failure.
#[cfg(unix)]
pub(super) fn sync_folder(path: &Path) -> Result<(), FileError> {
    // The folder of a bare name is the one that one is in.
    let path = if path.as_os_str().is_empty() { Path::new(".") } else { path };
    let synced = File::open(path).and_then(|folder| folder.sync_all());
    synced.map_err(|error| FileError::io("write", path, error))
}

/// Elsewhere a folder cannot be opened to be flushed; the file system's own journal keeps the names.
#[cfg(not(unix))]
pub(super) fn sync_folder(_path: &Path) -> Result<(), FileError> {
    Ok(())
}

/// Keeps other programs from changing the same folder until it is dropped.
#[derive(Debug)]
pub(super) struct Lock {
    /// The system lets go of the lock when this is closed, also when the program is killed.
    _file: File,
}

impl Lock {
    /// The lock of the file at `path`, which is made if need be; `None` if another program holds it.
    pub(super) fn take(path: &Path) -> Result<Option<Lock>, FileError> {
        let mut options = OpenOptions::new();
        options.create(true).append(true);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        let file = options.open(path).map_err(|error| FileError::io("write", path, error))?;
        match file.try_lock() {
            Ok(()) => Ok(Some(Lock { _file: file })),
            Err(fs::TryLockError::WouldBlock) => Ok(None),
            // A file system without locks: alone is what people are there.
            Err(fs::TryLockError::Error(error)) if error.kind() == ErrorKind::Unsupported => {
                Ok(Some(Lock { _file: file }))
            }
            Err(fs::TryLockError::Error(error)) => Err(FileError::io("lock", path, error)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_full_disk_is_told_as_one_whatever_the_system_calls_it() {
        for kind in [ErrorKind::StorageFull, ErrorKind::QuotaExceeded] {
            let error = FileError::io("write", Path::new("key"), io::Error::from(kind));
            assert_eq!(
                error.to_string(),
                "the disk is full: `key` could not be written, and nothing was changed"
            );
            assert!(error.what_to_do().contains("repeat the same command"), "{}", error.what_to_do());
        }
    }

    #[test]
    fn a_file_is_written_over_as_a_whole_and_never_by_accident() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("file");
        write_new(&path, b"one").unwrap();
        assert!(matches!(write_new(&path, b"two"), Err(FileError::Exists { .. })));
        assert!(matches!(name_once(&path, &path), Err(FileError::Exists { .. })));
        write_over(&path, b"two").unwrap();
        assert_eq!(fs::read(&path).unwrap(), b"two");
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1, "nothing is left beside it");
    }
}
