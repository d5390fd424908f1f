//! Certificates in folders, as they lie on servers.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use certs::certificate::Certificate;
use certs::classification::{classify, is_merchant_id};
use certs::inspection::{Subject, read};
use certs::lifecycle::Policy;
use jiff::Timestamp;

use super::watched::Watched;

/// The endings of files that hold certificates.
const ENDINGS: [&str; 6] = ["cer", "crt", "der", "p12", "pem", "pfx"];

/// Those of them that hold bundles, which have passwords.
const BUNDLES: [&str; 2] = ["p12", "pfx"];

/// No certificate, bundle or chain is longer, in bytes.
const LONGEST: u64 = 1 << 20;

/// The merchants' certificates in some folders.
#[derive(Debug, Default)]
pub struct Found {
    certificates: BTreeMap<String, Vec<Certificate>>,
    /// Files that look like certificates by their names and cannot be read, with the reason.
    pub unreadable: Vec<(PathBuf, String)>,
}

impl Found {
    /// The certificates of merchants in `paths`: files, or folders with their files and those of their own folders. Keys,
    /// requests and certificates of others are passed over. The same certificate in several files counts once.
    ///
    /// A path that cannot be read is among the [`unreadable`](Found::unreadable); but not a bundle with a password that is
    /// not known here, if a certificate lies beside it, as the certificate tool leaves the two.
    pub fn at(paths: &[PathBuf], policy: &Policy, now: Timestamp) -> Found {
        let mut found = Found::default();
        let mut told = BTreeSet::new();
        for path in paths {
            let listed = if path.is_dir() { files(path) } else { Ok(vec![path.clone()]) };
            match listed {
                Ok(files) => {
                    let telling = files.iter().filter(|file| found.look_into(file, policy, now));
                    told.extend(telling.filter_map(|file| file.parent()).map(Path::to_owned));
                }
                Err(error) => found.unreadable.push((path.clone(), error.to_string())),
            }
        }
        found.unreadable.retain(|(file, _)| {
            let is_beside_one = file.parent().is_some_and(|folder| told.contains(folder));
            !(is_beside_one && has_ending(file, &BUNDLES))
        });
        found
    }

    /// How many certificates there are.
    pub fn count(&self) -> usize {
        self.certificates.values().map(Vec::len).sum()
    }

    /// All of them, to be watched.
    pub fn watched(&self, policy: &Policy, now: Timestamp) -> Vec<Watched> {
        let of = |(id, certificates): (&String, &Vec<Certificate>)| {
            Watched::of_merchant(id, certificates, policy, now)
        };
        self.certificates.iter().flat_map(of).collect()
    }

    /// Whether there is a certificate of a merchant in it.
    fn look_into(&mut self, file: &Path, policy: &Policy, now: Timestamp) -> bool {
        let bytes = match bytes(file) {
            Ok(bytes) => bytes,
            Err(error) => return self.cannot_read(file, error.to_string()),
        };
        let name = file.to_string_lossy();
        let subject = Subject { file: &name, bytes: &bytes, passwords: &[], policy, now };
        let contents = match read(&subject) {
            Ok(contents) => contents,
            Err(error) => return self.cannot_read(file, error.to_string()),
        };
        let mut is_telling = false;
        for certificate in contents.certificates() {
            let classification = classify(certificate);
            if classification.class.expect_merchants().is_err() {
                continue;
            }
            let in_name = || numbers(&name).filter(|number| is_merchant_id(number)).last();
            let id = classification
                .merchant_id
                .or_else(|| in_name().map(str::to_owned))
                .or(classification.merchant_name)
                .unwrap_or_else(|| certificate.serial.hex());
            let known = self.certificates.entry(id).or_default();
            if !known.contains(certificate) {
                known.push(certificate.clone());
            }
            is_telling = true;
        }
        is_telling
    }

    fn cannot_read(&mut self, file: &Path, why: String) -> bool {
        self.unreadable.push((file.to_owned(), why));
        false
    }
}

fn numbers(text: &str) -> impl Iterator<Item = &str> {
    text.split(|character: char| !character.is_ascii_digit())
}

/// The files of `folder` and of the folders in it that end as certificates do, in the order of their names.
fn files(folder: &Path) -> io::Result<Vec<PathBuf>> {
    let mut files = Vec::new();
    for path in entries(folder)? {
        if path.is_dir() {
            files.extend(entries(&path)?);
        } else {
            files.push(path);
        }
    }
    files.retain(|file| file.is_file() && has_ending(file, &ENDINGS));
    Ok(files)
}

fn entries(folder: &Path) -> io::Result<Vec<PathBuf>> {
    let mut entries: Vec<PathBuf> =
        fs::read_dir(folder)?.map(|entry| entry.map(|entry| entry.path())).collect::<Result<_, _>>()?;
    entries.sort();
    Ok(entries)
}

fn has_ending(file: &Path, endings: &[&str]) -> bool {
    let ending = file.extension().map(|ending| ending.to_string_lossy().to_ascii_lowercase());
    ending.is_some_and(|ending| endings.contains(&ending.as_str()))
}

fn bytes(file: &Path) -> io::Result<Vec<u8>> {
    if fs::metadata(file)?.len() > LONGEST {
        return Err(io::Error::new(io::ErrorKind::FileTooLarge, "it is far too long for a certificate"));
    }
    fs::read(file)
}
