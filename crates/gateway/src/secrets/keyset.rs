//! The keyset: the keys that seal secrets, one of them primary.
//!
//! It lies in a file of its own, never in the database: a copy of the database alone then tells nothing. The text is for
//! people to read and to add to, a word and its values on a line:
//!
//! ```text
//! # What this is.
//! primary k-5b0c91aa
//! key k-5b0c91aa 3q2+7w…=
//! key k-e4412f07 yv66vg…=
//! ```
//!
//! New secrets are sealed with the primary key; every key opens what it has sealed. So a key is replaced by adding one,
//! naming it primary, sealing again what the old one sealed, and only then taking the old one out. In the environment
//! variable [`VARIABLE`] a semicolon may stand for the end of a line.

use std::collections::BTreeMap;
use std::fmt;
use std::fs::{File, OpenOptions};
use std::io::{self, ErrorKind, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use aws_lc_rs::aead::{AES_256_GCM, RandomizedNonceKey};
use aws_lc_rs::rand;
use base64::Engine;
use base64::engine::general_purpose::STANDARD as BASE64;
use zeroize::Zeroizing;

/// The environment variable that may hold the keyset's text in the place of a file.
pub const VARIABLE: &str = "TIDEGATE_KEYSET";

/// How many bytes a key has.
const KEY_BYTES: usize = 32;

const HEADING: &str = "\
# Tidegate keyset. Whoever has this file and the store can read every merchant's keys. Whoever loses it cannot.
# Keep a copy of it, apart from the copies of the store. Every node needs the same one.
";

/// Keys by their ids, one of which is primary. Prints as its ids alone.
#[derive(Clone)]
pub struct Keyset {
    primary: KeyId,
    keys: BTreeMap<KeyId, Arc<RandomizedNonceKey>>,
}

/// What a key is called, in the keyset and in what it has sealed: 1 to 32 small letters, digits and hyphens.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct KeyId(Arc<str>);

/// Why there is no keyset.
#[derive(Debug, thiserror::Error)]
pub enum KeysetError {
    /// The file is not there.
    #[error(
        "there is no keyset at `{}`. For a new store make one with `tidegate admin init`; for an old one bring back the \
         file it was made with, since no other opens its secrets",
        path.display()
    )]
    Missing {
        /// The file.
        path: PathBuf,
    },
    /// The file can be read by others.
    #[error("others on this machine can read the keyset `{}` (mode {mode:03o}). Run `chmod 600 {}`", path.display(), path.display())]
    Exposed {
        /// The file.
        path: PathBuf,
        /// Its rights.
        mode: u32,
    },
    /// A new keyset never takes the place of another: what that one sealed would be lost.
    #[error("`{}` exists already and is left as it is; a keyset is never replaced by a new one", path.display())]
    Exists {
        /// The file.
        path: PathBuf,
    },
    /// The file cannot be read or written.
    #[error("cannot {doing} the keyset `{}`: {source}", path.display())]
    Io {
        /// What was tried.
        doing: &'static str,
        /// The file.
        path: PathBuf,
        /// The system's answer.
        source: io::Error,
    },
    /// The text is no keyset.
    #[error("{place}, line {line}: {violation}")]
    Text {
        /// The file, or the environment variable.
        place: String,
        /// Which line, from 1.
        line: usize,
        /// What is wrong. It never says what stands there.
        violation: Violation,
    },
    /// The machine gives no random bytes.
    #[error("this machine gives no random bytes, so no key can be made")]
    NoRandomness,
}

/// What is wrong with a keyset's text. None of these shows the text, which may be a key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Violation {
    /// A line of another form.
    #[error("a line is `primary ID`, `key ID BASE64` or a comment that begins with `#`")]
    Form,
    /// An id with other characters.
    #[error("an id has 1 to 32 small letters, digits and hyphens")]
    Id,
    /// Not 32 bytes in Base64.
    #[error("a key is 32 bytes in Base64, 44 characters with one `=` at the end")]
    Key,
    /// The same word for the same id twice.
    #[error("this was said in an earlier line already")]
    Twice,
    /// The primary key is not named, or is not among the keys.
    #[error("one `primary ID` must name a key that has a line of its own")]
    NoPrimary,
}

impl Keyset {
    /// A keyset of one new key.
    pub fn generate() -> Result<NewKeyset, KeysetError> {
        let mut id = [0; 4];
        let mut key = Zeroizing::new([0; KEY_BYTES]);
        rand::fill(&mut id).and_then(|()| rand::fill(&mut *key)).map_err(|_| KeysetError::NoRandomness)?;
        let id = format!("k-{:08x}", u32::from_be_bytes(id));
        let base64 = Zeroizing::new(BASE64.encode(*key));
        let text = Zeroizing::new(format!("{HEADING}primary {id}\nkey {id} {}\n", *base64));
        let keyset = Keyset::parse(&text, "the new keyset")?;
        Ok(NewKeyset { keyset, text })
    }

    /// The keyset written in `text`, which errors call `place`.
    pub fn parse(text: &str, place: &str) -> Result<Keyset, KeysetError> {
        let mut primary = None;
        let mut keys = BTreeMap::new();
        let mut last = 1;
        for (n, line) in text.split(['\n', ';']).enumerate() {
            let wrong = |violation| KeysetError::Text { place: place.to_owned(), line: n + 1, violation };
            last = n + 1;
            let words: Vec<&str> = line.split_whitespace().collect();
            match words.as_slice() {
                [] => {}
                [comment, ..] if comment.starts_with('#') => {}
                ["primary", id] => {
                    let id = KeyId::parse(id).map_err(wrong)?;
                    if primary.replace(id).is_some() {
                        return Err(wrong(Violation::Twice));
                    }
                }
                ["key", id, key] => {
                    let id = KeyId::parse(id).map_err(wrong)?;
                    let key = key_of(key).ok_or_else(|| wrong(Violation::Key))?;
                    if keys.insert(id, Arc::new(key)).is_some() {
                        return Err(wrong(Violation::Twice));
                    }
                }
                _ => return Err(wrong(Violation::Form)),
            }
        }
        match primary.filter(|primary| keys.contains_key(primary)) {
            Some(primary) => Ok(Keyset { primary, keys }),
            None => Err(KeysetError::Text {
                place: place.to_owned(),
                line: last,
                violation: Violation::NoPrimary,
            }),
        }
    }

    /// The keyset in the file at `path`, which nobody but its owner may be able to read.
    pub fn read(path: &Path) -> Result<Keyset, KeysetError> {
        let failed = |source| KeysetError::Io { doing: "read", path: path.to_owned(), source };
        let mut file = match File::open(path) {
            Ok(file) => file,
            Err(error) if error.kind() == ErrorKind::NotFound => {
                return Err(KeysetError::Missing { path: path.to_owned() });
            }
            Err(error) => return Err(failed(error)),
        };
        check_rights(&file, path)?;
        let mut text = Zeroizing::new(String::new());
        io::Read::read_to_string(&mut file, &mut text).map_err(failed)?;
        Keyset::parse(&text, &format!("`{}`", path.display()))
    }

    /// The keyset of an installation: `text`, which is what the environment variable [`VARIABLE`] holds, or the file at
    /// `path` if there is none.
    pub fn load(text: Option<Zeroizing<String>>, path: &Path) -> Result<Keyset, KeysetError> {
        match text {
            Some(text) => Keyset::parse(&text, VARIABLE),
            None => Keyset::read(path),
        }
    }

    /// The id of the key that seals.
    pub fn primary(&self) -> &KeyId {
        &self.primary
    }

    /// The ids of all keys.
    pub fn ids(&self) -> impl Iterator<Item = &KeyId> {
        self.keys.keys()
    }

    /// The key called `id`.
    pub(super) fn key(&self, id: &str) -> Option<&RandomizedNonceKey> {
        self.keys.iter().find(|(known, _)| known.as_str() == id).map(|(_, key)| &**key)
    }
}

impl fmt::Debug for Keyset {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Keyset(primary {}, {} keys: ***)", self.primary, self.keys.len())
    }
}

/// A keyset that no file holds yet.
pub struct NewKeyset {
    /// The keys.
    pub keyset: Keyset,
    text: Zeroizing<String>,
}

impl NewKeyset {
    /// Writes it into a new file at `path`, which its owner alone can read; it is on disk when this comes back.
    pub fn write(&self, path: &Path) -> Result<(), KeysetError> {
        let failed = |source| KeysetError::Io { doing: "write", path: path.to_owned(), source };
        let mut options = OpenOptions::new();
        options.write(true).create_new(true);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        let mut file = match options.open(path) {
            Ok(file) => file,
            Err(error) if error.kind() == ErrorKind::AlreadyExists => {
                return Err(KeysetError::Exists { path: path.to_owned() });
            }
            Err(error) => return Err(failed(error)),
        };
        file.write_all(self.text.as_bytes()).and_then(|()| file.sync_all()).map_err(failed)
    }
}

impl fmt::Debug for NewKeyset {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.keyset.fmt(f)
    }
}

impl KeyId {
    fn parse(text: &str) -> Result<KeyId, Violation> {
        let may_contain = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
        match (1..=32).contains(&text.len()) && text.bytes().all(may_contain) {
            true => Ok(KeyId(text.into())),
            false => Err(Violation::Id),
        }
    }

    /// The id as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for KeyId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

fn key_of(base64: &str) -> Option<RandomizedNonceKey> {
    let bytes = Zeroizing::new(BASE64.decode(base64).ok()?);
    if bytes.len() != KEY_BYTES {
        return None;
    }
    RandomizedNonceKey::new(&AES_256_GCM, &bytes).ok()
}

#[cfg(unix)]
fn check_rights(file: &File, path: &Path) -> Result<(), KeysetError> {
    use std::os::unix::fs::PermissionsExt;
    let metadata =
        file.metadata().map_err(|source| KeysetError::Io { doing: "read", path: path.to_owned(), source })?;
    let mode = metadata.permissions().mode() & 0o777;
    match mode & 0o077 {
        0 => Ok(()),
        _ => Err(KeysetError::Exposed { path: path.to_owned(), mode }),
    }
}

/// Elsewhere the folder's own rights decide.
#[cfg(not(unix))]
fn check_rights(_file: &File, _path: &Path) -> Result<(), KeysetError> {
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    const KEY: &str = "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=";

    #[test]
    fn a_keyset_is_read_as_people_write_it_and_in_one_line_of_an_environment_variable() {
        for text in [
            format!("# ours\n\nprimary new\nkey old {KEY}\n  key new  {KEY}\r\n"),
            format!("primary new; key old {KEY}; key new {KEY}"),
        ] {
            let keyset = Keyset::parse(&text, VARIABLE).unwrap();
            assert_eq!(keyset.primary().as_str(), "new");
            assert_eq!(keyset.ids().map(KeyId::as_str).collect::<Vec<_>>(), ["new", "old"]);
        }
    }

    #[test]
    fn what_is_wrong_is_named_with_its_line_and_never_shown() {
        for (text, line, violation) in [
            (String::new(), 1, Violation::NoPrimary),
            (format!("key a {KEY}\n"), 2, Violation::NoPrimary),
            ("primary a".to_owned(), 1, Violation::NoPrimary),
            (format!("primary a\nkey a {KEY}x"), 2, Violation::Key),
            (format!("primary a\nkey a {}", &KEY[4..]), 2, Violation::Key),
            (format!("primary a\nkey a {KEY}\nkey a {KEY}"), 3, Violation::Twice),
            (format!("primary a\nprimary a\nkey a {KEY}"), 2, Violation::Twice),
            (format!("primary a\nkey A {KEY}"), 2, Violation::Id),
            (format!("primary a\n{KEY}"), 2, Violation::Form),
        ] {
            let error = Keyset::parse(&text, "`here`").unwrap_err();
            let expected = format!("`here`, line {line}: {violation}");
            assert_eq!(error.to_string(), expected, "{text:?}");
            assert!(!format!("{error:?}{error}").contains(&KEY[4..20]), "{error:?}");
        }
    }

    #[test]
    fn a_new_keyset_is_read_back_from_a_file_of_its_owner_and_never_replaced() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("keyset");
        assert!(matches!(Keyset::read(&path), Err(KeysetError::Missing { .. })));
        let new = Keyset::generate().unwrap();
        new.write(&path).unwrap();
        assert_eq!(Keyset::read(&path).unwrap().primary(), new.keyset.primary());
        assert!(matches!(Keyset::generate().unwrap().write(&path), Err(KeysetError::Exists { .. })));
        let text = std::fs::read_to_string(&path).unwrap();
        assert_eq!(text, *new.text);
    }

    #[cfg(unix)]
    #[test]
    fn a_file_that_others_can_read_is_refused_with_the_remedy() {
        use std::os::unix::fs::PermissionsExt;
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("keyset");
        Keyset::generate().unwrap().write(&path).unwrap();
        for mode in [0o640, 0o604, 0o660] {
            std::fs::set_permissions(&path, std::fs::Permissions::from_mode(mode)).unwrap();
            let error = Keyset::read(&path).unwrap_err().to_string();
            assert!(error.contains(&format!("{mode:03o}")) && error.contains("chmod 600"), "{error}");
        }
    }

    #[test]
    fn no_key_is_ever_printed() {
        let new = Keyset::generate().unwrap();
        let key = new.text.split_whitespace().last().unwrap().to_owned();
        for printed in [format!("{new:?}"), format!("{:?}", new.keyset)] {
            assert!(printed.contains("***") && !printed.contains(&key), "{printed}");
        }
    }
}
