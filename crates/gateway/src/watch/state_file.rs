//! What was sent, in a file: for a watch that has no store. One watch at a time holds it.

use std::collections::{BTreeMap, BTreeSet};
use std::fs::{self, File, TryLockError};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use serde::{Deserialize, Serialize};

use super::channel::Destination;
use super::sent::{Sent, SentError};

/// The version of the file's form.
const VERSION: u32 = 1;

/// Why the file cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum StateFileError {
    /// It cannot be read, locked or written.
    #[error("cannot {what} `{}`: {source}", path.display())]
    Io {
        /// What was tried.
        what: &'static str,
        /// The file.
        path: PathBuf,
        /// The system's answer.
        source: io::Error,
    },
    /// Another watch holds it.
    #[error(
        "another certificate watch uses `{}`. End it, or give this one a file of its own with `--state`",
        path.display()
    )]
    InUse {
        /// The file.
        path: PathBuf,
    },
    /// It is something else.
    #[error(
        "`{}` is no state of a certificate watch: {why}. Name another file, or delete it: then what is due is sent once more",
        path.display()
    )]
    Form {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        why: String,
    },
}

/// The file, held against every other watch.
#[derive(Debug)]
pub struct StateFile {
    path: PathBuf,
    content: Mutex<Content>,
    /// Locked as long as it is open. It lies beside the file, which is replaced as a whole with every change.
    _lock: File,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Content {
    version: u32,
    /// The keys of what was sent, by serial number and destination.
    sent: BTreeMap<String, BTreeMap<String, BTreeSet<String>>>,
}

impl StateFile {
    /// The state at `path`; an empty one if there is no such file yet.
    pub fn open(path: &Path) -> Result<StateFile, StateFileError> {
        let lock = lock(path)?;
        let content = match fs::read(path) {
            Ok(bytes) => parse(&bytes, path)?,
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                Content { version: VERSION, sent: BTreeMap::new() }
            }
            Err(source) => {
                return Err(StateFileError::Io { what: "read", path: path.to_owned(), source });
            }
        };
        Ok(StateFile { path: path.to_owned(), content: Mutex::new(content), _lock: lock })
    }

    fn put(&self, serial: &str, to: &Destination, keys: &BTreeSet<String>) -> Result<(), StateFileError> {
        let mut content = self.content.lock().unwrap_or_else(PoisonError::into_inner);
        let mut changed = content.clone();
        changed.sent.entry(serial.to_owned()).or_default().insert(to.to_string(), keys.clone());
        write(&changed, &self.path).map_err(|source| StateFileError::Io {
            what: "write",
            path: self.path.clone(),
            source,
        })?;
        *content = changed;
        Ok(())
    }
}

impl Sent for StateFile {
    async fn sent(&self, serial: &str, to: &Destination) -> Result<BTreeSet<String>, SentError> {
        let content = self.content.lock().unwrap_or_else(PoisonError::into_inner);
        let keys = content.sent.get(serial).and_then(|sent| sent.get(&to.to_string()));
        Ok(keys.cloned().unwrap_or_default())
    }

    async fn keep(&self, serial: &str, to: &Destination, keys: &BTreeSet<String>) -> Result<(), SentError> {
        Ok(self.put(serial, to, keys)?)
    }
}

fn parse(bytes: &[u8], path: &Path) -> Result<Content, StateFileError> {
    let wrong = |why| StateFileError::Form { path: path.to_owned(), why };
    let content: Content = serde_json::from_slice(bytes).map_err(|error| wrong(error.to_string()))?;
    match content.version {
        VERSION => Ok(content),
        other => Err(wrong(format!("its version is {other}, and this program knows {VERSION}"))),
    }
}

fn lock(path: &Path) -> Result<File, StateFileError> {
    let path_of_lock = beside(path, "lock");
    let failed = |source| StateFileError::Io { what: "lock", path: path_of_lock.clone(), source };
    let file =
        File::options().create(true).truncate(false).write(true).open(&path_of_lock).map_err(failed)?;
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(TryLockError::WouldBlock) => Err(StateFileError::InUse { path: path.to_owned() }),
        Err(TryLockError::Error(source)) => Err(failed(source)),
    }
}

/// Writes a new file, and puts it in the place of the old one once it is on disk: whoever reads finds the one or the other.
fn write(content: &Content, path: &Path) -> io::Result<()> {
    let unfinished = beside(path, "new");
    let mut file = File::create(&unfinished)?;
    let mut text = serde_json::to_vec_pretty(content)?;
    text.push(b'\n');
    file.write_all(&text)?;
    file.sync_all()?;
    drop(file);
    fs::rename(&unfinished, path)?;
    sync_folder(path)
}

/// The new name is on disk, too, after this.
#[cfg(unix)]
fn sync_folder(path: &Path) -> io::Result<()> {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty());
    File::open(folder.unwrap_or(Path::new(".")))?.sync_all()
}

/// Folders cannot be opened here; the system writes names through.
#[cfg(not(unix))]
fn sync_folder(_path: &Path) -> io::Result<()> {
    Ok(())
}

/// `NAME.ending`, in the same folder.
fn beside(path: &Path, ending: &str) -> PathBuf {
    let mut name = path.file_name().unwrap_or_default().to_owned();
    name.push(".");
    name.push(ending);
    path.with_file_name(name)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::watch::channel::ChannelName;

    fn destination() -> Destination {
        Destination { channel: ChannelName::Email, address: "ops@example.com".to_owned() }
    }

    fn keys() -> BTreeSet<String> {
        BTreeSet::from(["1BD4/60d".to_owned()])
    }

    #[tokio::test]
    async fn what_was_kept_is_there_after_a_restart() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("state.json");
        let state = StateFile::open(&path).unwrap();
        assert!(state.sent("1BD4", &destination()).await.unwrap().is_empty());
        state.keep("1BD4", &destination(), &keys()).await.unwrap();
        drop(state);
        let state = StateFile::open(&path).unwrap();
        assert_eq!(state.sent("1BD4", &destination()).await.unwrap(), keys());
        assert!(state.sent("5DE6", &destination()).await.unwrap().is_empty());
    }

    #[test]
    fn two_watches_never_use_one_file() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("state.json");
        let first = StateFile::open(&path).unwrap();
        assert!(matches!(StateFile::open(&path), Err(StateFileError::InUse { .. })));
        drop(first);
        StateFile::open(&path).unwrap();
    }

    #[tokio::test]
    async fn a_write_that_was_cut_short_leaves_the_state_before_it() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("state.json");
        let state = StateFile::open(&path).unwrap();
        state.keep("1BD4", &destination(), &keys()).await.unwrap();
        drop(state);
        fs::write(folder.path().join("state.json.new"), "{\"version\": 1, \"se").unwrap();
        let state = StateFile::open(&path).unwrap();
        assert_eq!(state.sent("1BD4", &destination()).await.unwrap(), keys());
    }

    #[test]
    fn a_file_of_another_kind_or_version_is_refused_and_left_alone() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("state.json");
        for text in
            ["", "[]", "{\"version\": 2, \"sent\": {}}", "{\"version\": 1, \"sent\": {}, \"more\": 1}"]
        {
            fs::write(&path, text).unwrap();
            assert!(matches!(StateFile::open(&path), Err(StateFileError::Form { .. })), "{text}");
            assert_eq!(fs::read_to_string(&path).unwrap(), text);
        }
    }
}
