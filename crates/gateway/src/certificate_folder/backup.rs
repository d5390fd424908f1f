//! A whole folder in one file under a passphrase, and back.
//!
//! The file begins with a heading that people can read, which says how it was made:
//!
//! ```text
//! tidegate certificate backup, version 1
//! argon2id m=65536 t=3 p=1 salt=BASE64
//!
//! ```
//!
//! After the empty line come 12 bytes of nonce and an AES-256-GCM ciphertext with its tag; the key is what Argon2id makes of
//! the passphrase, the heading is authenticated with the content. The content is a zip archive of the folder's files, so that
//! whoever has the passphrase can open it with other tools too.

use std::collections::BTreeMap;
use std::fs;
use std::io::{Cursor, ErrorKind, Read, Write};
use std::path::{Path, PathBuf};

use argon2::{Algorithm, Argon2, Params, Version};
use aws_lc_rs::aead::{AES_256_GCM, Aad, NONCE_LEN, Nonce, RandomizedNonceKey};
use aws_lc_rs::rand;
use base64::Engine;
use base64::engine::general_purpose::STANDARD as BASE64;
use certs::classification::is_merchant_id;
use zeroize::Zeroizing;
use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, ZipArchive, ZipWriter};

use super::error::FolderError;
use super::files::{self, FileError};
use super::folder::{CertificateFolder, LOCK};

const TITLE: &str = "tidegate certificate backup, version 1";
/// Memory in KiB, passes and lanes: what RFC 9106 recommends where memory is scarce, on one lane.
const COST: Cost = Cost { memory_kib: 65_536, passes: 3, lanes: 1 };
/// More than this nobody writes; whoever made such a file wants us to be busy.
const MOST: Cost = Cost { memory_kib: 1 << 20, passes: 16, lanes: 8 };
/// Characters of the shortest passphrase: a backup is copied to places where anybody can try.
pub const LEAST_PASSPHRASE: usize = 12;
/// Bytes of the largest folder. A certificate folder has some ten thousand.
const MOST_BYTES: u64 = 64 << 20;
const TAG: usize = 16;

/// Why a backup cannot be made or brought back.
#[derive(Debug, thiserror::Error)]
pub enum BackupError {
    /// The folder.
    #[error(transparent)]
    Folder(#[from] FolderError),
    /// Reading or writing failed.
    #[error(transparent)]
    File(#[from] FileError),
    /// There is no key in it, so that there is nothing to lose.
    #[error("`{}` holds no private key, so there is nothing to keep", path.display())]
    NothingToKeep {
        /// The folder.
        path: PathBuf,
    },
    /// Something that is neither a file nor a folder: what it leads to lies elsewhere.
    #[error("`{}` is neither a file nor a folder, and would be missing in the backup", path.display())]
    Irregular {
        /// What.
        path: PathBuf,
    },
    /// Somebody put other things into the folder.
    #[error("`{}` holds more than 64 MiB, which is no certificate folder", path.display())]
    TooLarge {
        /// The folder.
        path: PathBuf,
    },
    /// The passphrase is too short.
    #[error("this passphrase has {found} characters, and a backup needs {LEAST_PASSPHRASE}")]
    ShortPassphrase {
        /// How many it has.
        found: usize,
    },
    /// The passphrase is a merchant id.
    #[error("this passphrase is a merchant id, which everybody can know")]
    MerchantIdAsPassphrase,
    /// The file is something else.
    #[error("this is no certificate backup")]
    NotBackup,
    /// A backup of a later program.
    #[error("this backup was written by a later version of Tidegate")]
    LaterVersion,
    /// The end is missing.
    #[error("this backup is cut off")]
    CutOff,
    /// The passphrase is another one, or a byte is.
    #[error("the passphrase does not open this backup, or the backup was changed")]
    NotOpened,
    /// What was written is not what is read.
    #[error("the backup `{}` was written, but what is read back from it differs", path.display())]
    NotReadBack {
        /// The backup.
        path: PathBuf,
    },
    /// Something lies where the folder shall be.
    #[error("`{}` is there already, and nothing in it is written over", path.display())]
    Occupied {
        /// The folder.
        path: PathBuf,
    },
    /// The machine gives no random bytes or too little memory.
    #[error("this machine has not enough memory, or gives no random bytes")]
    Machine,
}

impl BackupError {
    /// What to do about it.
    pub fn what_to_do(&self) -> &'static str {
        match self {
            BackupError::Folder(error) => error.what_to_do(),
            BackupError::File(error) => error.what_to_do(),
            BackupError::Irregular { .. } => {
                "Put the file itself in the place of the link, or move the link out of the folder."
            }
            BackupError::NothingToKeep { .. } => {
                "Name the folder that was given to `tidegate cert request --out`."
            }
            BackupError::TooLarge { .. } => "Move what does not belong to the certificate somewhere else.",
            BackupError::ShortPassphrase { .. } | BackupError::MerchantIdAsPassphrase => {
                "Take several words that have nothing to do with each other, and keep them apart from the backup."
            }
            BackupError::NotBackup => "Give the file that `tidegate cert backup` wrote.",
            BackupError::LaterVersion => "Use the version of Tidegate that wrote it, or a later one.",
            BackupError::CutOff => "Copy the whole file again, in binary mode; or take another copy.",
            BackupError::NotOpened => {
                "Type the passphrase of this backup again; it is neither the key's nor the merchant id. If it is right, take another copy of the file."
            }
            BackupError::NotReadBack { .. } => "Do not rely on this file: write another one to another disk.",
            BackupError::Occupied { .. } => "Give the name of a folder that is not there yet.",
            BackupError::Machine => "Close other programs and repeat.",
        }
    }
}

/// What a backup holds: files by their paths in the folder, in the order of these.
#[derive(Clone, PartialEq, Eq)]
pub struct Backup {
    files: BTreeMap<PathBuf, Zeroizing<Vec<u8>>>,
}

impl CertificateFolder {
    /// Everything in the folder. One on a medium that cannot be written, where nobody else can change it, is read as it is.
    pub fn back_up(&self) -> Result<Backup, BackupError> {
        if !files::exists(&self.key()) {
            return Err(BackupError::NothingToKeep { path: self.path().to_owned() });
        }
        let _lock = match self.lock() {
            Ok(lock) => {
                self.settle(&lock)?;
                Some(lock)
            }
            Err(FolderError::File(FileError::Io { source, .. }))
                if source.kind() == ErrorKind::ReadOnlyFilesystem =>
            {
                None
            }
            Err(error) => return Err(error.into()),
        };
        let mut files = BTreeMap::new();
        let mut room = MOST_BYTES;
        self.gather(Path::new(""), &mut files, &mut room)?;
        Ok(Backup { files })
    }

    fn gather(
        &self,
        below: &Path,
        files: &mut BTreeMap<PathBuf, Zeroizing<Vec<u8>>>,
        room: &mut u64,
    ) -> Result<(), BackupError> {
        let folder = self.path().join(below);
        let failed = |error| FileError::io("read", &folder, error);
        for entry in fs::read_dir(&folder).map_err(failed)? {
            let entry = entry.map_err(failed)?;
            let path = below.join(entry.file_name());
            let kind = entry.file_type().map_err(failed)?;
            if kind.is_dir() {
                self.gather(&path, files, room)?;
            } else if !kind.is_file() {
                return Err(BackupError::Irregular { path: entry.path() });
            } else if path != Path::new(LOCK) {
                let size = entry.metadata().map_err(failed)?.len();
                let left = room.checked_sub(size);
                *room = left.ok_or_else(|| BackupError::TooLarge { path: self.path().to_owned() })?;
                if let Some(bytes) = files::read_if_there(&entry.path())? {
                    files.insert(path, bytes);
                }
            }
        }
        Ok(())
    }

    /// Writes everything in the folder into a new file under `passphrase`, and proves at once that it can be brought back:
    /// what was written is read from the disk, opened, and compared.
    pub fn back_up_to(&self, file: &Path, passphrase: &str) -> Result<Backup, BackupError> {
        let backup = self.back_up()?;
        files::write_new(file, &backup.seal(passphrase)?)?;
        let written = fs::read(file).map_err(|error| FileError::io("read", file, error))?;
        match Backup::open(&written, passphrase) {
            Ok(read) if read == backup => Ok(backup),
            _ => Err(BackupError::NotReadBack { path: file.to_owned() }),
        }
    }
}

impl Backup {
    /// The paths of the files in it.
    pub fn paths(&self) -> impl Iterator<Item = &Path> {
        self.files.keys().map(PathBuf::as_path)
    }

    /// The bytes of the backup under `passphrase`: other bytes every time.
    pub fn seal(&self, passphrase: &str) -> Result<Vec<u8>, BackupError> {
        if is_merchant_id(passphrase) {
            return Err(BackupError::MerchantIdAsPassphrase);
        }
        let found = passphrase.chars().count();
        if found < LEAST_PASSPHRASE {
            return Err(BackupError::ShortPassphrase { found });
        }
        let mut salt = [0; 16];
        rand::fill(&mut salt).map_err(|_| BackupError::Machine)?;
        let heading = Heading { cost: COST, salt: salt.to_vec() };
        let text = heading.text();
        let mut content = self.zip().ok_or(BackupError::Machine)?;
        let key = heading.key(passphrase)?;
        let nonce = key.seal_in_place_append_tag(Aad::from(&text), &mut *content);
        let nonce = nonce.map_err(|_| BackupError::Machine)?;
        Ok([text.as_bytes(), nonce.as_ref(), &content].concat())
    }

    /// What the backup with these bytes holds.
    pub fn open(bytes: &[u8], passphrase: &str) -> Result<Backup, BackupError> {
        let (text, sealed) = heading_of(bytes)?;
        let heading = Heading::parse(text)?;
        if sealed.len() < NONCE_LEN + TAG {
            return Err(BackupError::CutOff);
        }
        let (nonce, sealed) = sealed.split_at(NONCE_LEN);
        let nonce = Nonce::try_assume_unique_for_key(nonce).map_err(|_| BackupError::CutOff)?;
        let mut content = Zeroizing::new(sealed.to_vec());
        let key = heading.key(passphrase)?;
        let opened = key.open_in_place(nonce, Aad::from(text), &mut content);
        let opened = opened.map_err(|_| BackupError::NotOpened)?;
        Backup::unzip(opened).ok_or(BackupError::NotBackup)
    }

    /// Makes a new folder of it, all at once.
    pub fn restore(&self, path: &Path) -> Result<CertificateFolder, BackupError> {
        let occupied = || BackupError::Occupied { path: path.to_owned() };
        if files::exists(path) {
            // An empty folder is as good as none; anything else refuses to be removed like this.
            fs::remove_dir(path).map_err(|_| occupied())?;
        }
        let unnamed = files::beside(path);
        files::remove_folder(&unnamed)?;
        files::make_folder(&unnamed)?;
        for (name, bytes) in &self.files {
            let file = unnamed.join(name);
            if let Some(parent) = file.parent() {
                files::make_folder(parent)?;
            }
            files::write_new(&file, bytes)?;
        }
        files::rename(&unnamed, path)?;
        Ok(CertificateFolder::open(path)?)
    }

    /// Stored and not compressed: what is in it looks like chance already.
    fn zip(&self) -> Option<Zeroizing<Vec<u8>>> {
        let options = SimpleFileOptions::default().compression_method(CompressionMethod::Stored);
        // Reserved in full: a buffer that grows leaves copies of keys behind.
        let room: usize = self.files.values().map(|bytes| bytes.len() + 512).sum();
        let mut archive = ZipWriter::new(Cursor::new(Vec::with_capacity(room + 512)));
        for (path, bytes) in &self.files {
            // Names are the same on every system.
            let parts: Option<Vec<&str>> = path.iter().map(|part| part.to_str()).collect();
            archive.start_file(parts?.join("/"), options).ok()?;
            archive.write_all(bytes).ok()?;
        }
        Some(Zeroizing::new(archive.finish().ok()?.into_inner()))
    }

    fn unzip(bytes: &[u8]) -> Option<Backup> {
        let mut archive = ZipArchive::new(Cursor::new(bytes)).ok()?;
        let mut files = BTreeMap::new();
        for index in 0..archive.len() {
            let mut entry = archive.by_index(index).ok()?;
            // A path that leads out of the folder is `None`.
            let path = entry.enclosed_name()?;
            let size = usize::try_from(entry.size().min(MOST_BYTES)).ok()?;
            let mut content = Zeroizing::new(Vec::with_capacity(size));
            entry.by_ref().take(MOST_BYTES).read_to_end(&mut content).ok()?;
            files.insert(path, content);
        }
        Some(Backup { files })
    }
}

impl std::fmt::Debug for Backup {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_list().entries(self.paths()).finish()
    }
}

/// What a guess of the passphrase costs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Cost {
    memory_kib: u32,
    passes: u32,
    lanes: u32,
}

/// How the key is made of the passphrase.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Heading {
    cost: Cost,
    salt: Vec<u8>,
}

/// The heading, with its empty line, and what follows it.
fn heading_of(bytes: &[u8]) -> Result<(&str, &[u8]), BackupError> {
    const LONGEST: usize = 512;
    let end = bytes.windows(2).take(LONGEST).position(|pair| pair == b"\n\n");
    let (text, sealed) = bytes.split_at(end.ok_or(BackupError::NotBackup)? + 2);
    Ok((std::str::from_utf8(text).map_err(|_| BackupError::NotBackup)?, sealed))
}

impl Heading {
    fn text(&self) -> String {
        let Heading { cost: Cost { memory_kib, passes, lanes }, salt } = self;
        let salt = BASE64.encode(salt);
        format!("{TITLE}\nargon2id m={memory_kib} t={passes} p={lanes} salt={salt}\n\n")
    }

    fn parse(text: &str) -> Result<Heading, BackupError> {
        let mut lines = text.lines();
        match lines.next() {
            Some(TITLE) => {}
            Some(title) if title.starts_with("tidegate certificate backup, version ") => {
                return Err(BackupError::LaterVersion);
            }
            _ => return Err(BackupError::NotBackup),
        }
        let words: Vec<&str> = lines.next().unwrap_or_default().split(' ').collect();
        let ["argon2id", memory, passes, lanes, salt] = words[..] else { return Err(BackupError::NotBackup) };
        let number = |word: &str, name: &str, most: u32| {
            let number = word.strip_prefix(name)?.parse::<u32>().ok()?;
            (1..=most).contains(&number).then_some(number)
        };
        let parsed = || {
            Some(Heading {
                cost: Cost {
                    memory_kib: number(memory, "m=", MOST.memory_kib)?,
                    passes: number(passes, "t=", MOST.passes)?,
                    lanes: number(lanes, "p=", MOST.lanes)?,
                },
                salt: BASE64.decode(salt.strip_prefix("salt=")?).ok()?,
            })
        };
        parsed().ok_or(BackupError::NotBackup)
    }

    fn key(&self, passphrase: &str) -> Result<RandomizedNonceKey, BackupError> {
        let Cost { memory_kib, passes, lanes } = self.cost;
        let mut key = Zeroizing::new([0; 32]);
        let parameters = Params::new(memory_kib, passes, lanes, Some(key.len()));
        let parameters = parameters.map_err(|_| BackupError::NotBackup)?;
        Argon2::new(Algorithm::Argon2id, Version::V0x13, parameters)
            .hash_password_into(passphrase.as_bytes(), &self.salt, &mut *key)
            .map_err(|_| BackupError::Machine)?;
        RandomizedNonceKey::new(&AES_256_GCM, &*key).map_err(|_| BackupError::Machine)
    }
}

#[cfg(test)]
mod tests {
    use super::super::folder::KEY;
    use super::*;

    const PASSPHRASE: &str = "correct horse battery";

    fn backup() -> Backup {
        let file =
            |name: &str, content: &str| (PathBuf::from(name), Zeroizing::new(content.as_bytes().to_vec()));
        Backup {
            files: BTreeMap::from([
                file(".previous/0A/apiclient_cert.pem", "old"),
                file(KEY, "key"),
                file("证书使用说明.txt", "说明"),
            ]),
        }
    }

    #[test]
    fn a_backup_is_opened_by_its_passphrase_and_shows_a_readable_heading() {
        let sealed = backup().seal(PASSPHRASE).unwrap();
        assert!(
            sealed.starts_with(b"tidegate certificate backup, version 1\nargon2id m=65536 t=3 p=1 salt=")
        );
        assert_eq!(Backup::open(&sealed, PASSPHRASE).unwrap(), backup());
        assert!(matches!(Backup::open(&sealed, "another passphrase"), Err(BackupError::NotOpened)));
    }

    #[test]
    fn what_is_wrong_with_a_file_is_told() {
        let sealed = backup().seal(PASSPHRASE).unwrap();
        let open = |bytes: &[u8]| Backup::open(bytes, PASSPHRASE).unwrap_err();
        assert!(matches!(open(b"PK\x03\x04\n\n"), BackupError::NotBackup));
        assert!(matches!(open(&[]), BackupError::NotBackup));
        let heading = sealed.windows(2).position(|pair| pair == b"\n\n").unwrap() + 2;
        assert!(matches!(open(&sealed[..heading + 20]), BackupError::CutOff));
        assert!(matches!(open(&sealed[..sealed.len() - 1]), BackupError::NotOpened));
        let later = String::from_utf8_lossy(&sealed[..heading]).replace("version 1", "version 2");
        assert!(matches!(open(later.as_bytes()), BackupError::LaterVersion));
        // A heading that would keep this machine busy for hours.
        let dear = String::from_utf8_lossy(&sealed[..heading]).replace("t=3", "t=4000000");
        assert!(matches!(open(dear.as_bytes()), BackupError::NotBackup));
        let mut changed = sealed.clone();
        changed[heading + 30] ^= 1;
        assert!(matches!(open(&changed), BackupError::NotOpened));
    }

    #[test]
    fn a_passphrase_that_anybody_finds_is_refused() {
        let refused = |passphrase| backup().seal(passphrase).unwrap_err();
        assert!(matches!(refused("1900009191"), BackupError::MerchantIdAsPassphrase));
        assert!(matches!(refused("short"), BackupError::ShortPassphrase { found: 5 }));
    }

    #[test]
    fn no_content_is_ever_printed() {
        let printed = format!("{:?}", backup());
        assert!(printed.contains(KEY) && !printed.contains("\"key\""), "{printed}");
    }
}
