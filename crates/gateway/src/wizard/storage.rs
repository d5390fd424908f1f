//! The folders below the storage path: what the new one is called, and which are there already.

use std::path::{Path, PathBuf};

use certs::lifecycle::china;
use certs::request::MerchantId;
use jiff::Timestamp;

use crate::certificate_folder::folder::{CERTIFICATE, KEY, REQUEST_STRING};
use crate::certificate_folder::{CertificateFolder, FolderError, Holding};

/// A certificate folder that is there already.
pub(super) struct Found {
    pub(super) path: PathBuf,
    pub(super) holding: Result<Holding, FolderError>,
}

/// The certificate folders that lie in `storage`, or that it is itself, in order of their names.
pub(super) fn found(storage: &Path) -> Vec<Found> {
    let entries = std::fs::read_dir(storage).into_iter().flatten().flatten();
    let mut paths: Vec<PathBuf> = entries.map(|entry| entry.path()).filter(|path| is_one(path)).collect();
    paths.sort();
    if is_one(storage) {
        paths.push(storage.to_owned());
    }
    let look = |path: PathBuf| {
        let holding = CertificateFolder::open(&path).and_then(|folder| folder.holding());
        Found { path, holding }
    };
    paths.into_iter().map(look).collect()
}

/// Whether a folder is a certificate folder by what it holds.
pub(super) fn is_one(path: &Path) -> bool {
    [REQUEST_STRING, KEY, CERTIFICATE].iter().any(|name| path.join(name).is_file())
}

/// A folder in `storage` that holds nothing yet, named as the official tool names its own: `1900000001_20260105_cert`, by the
/// day in China. Source: [certificate-request].
pub(super) fn new_folder(storage: &Path, merchant_id: &MerchantId, now: Timestamp) -> PathBuf {
    let name = format!("{merchant_id}_{}_cert", china::date(now).strftime("%Y%m%d"));
    let names = std::iter::once(name.clone()).chain((2_u32..).map(|n| format!("{name}_{n}")));
    let mut paths = names.map(|name| storage.join(name));
    // The names go on for ever, and a folder holds finitely many.
    paths.find(|path| is_free(path)).unwrap_or_else(|| storage.join(name))
}

/// Whether nothing is there, or only what a request left that was interrupted before it counted: names with a dot.
fn is_free(path: &Path) -> bool {
    if std::fs::symlink_metadata(path).is_err() {
        return true;
    }
    let is_left = |entry: std::io::Result<std::fs::DirEntry>| {
        entry.is_ok_and(|entry| entry.file_name().to_string_lossy().starts_with('.'))
    };
    std::fs::read_dir(path).is_ok_and(|mut entries| entries.all(is_left))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folder_is_named_by_merchant_and_chinese_day_and_never_twice() {
        let storage = tempfile::tempdir().unwrap();
        let id = MerchantId::parse("1900000002").unwrap();
        let evening = "2026-01-05T17:00:00Z".parse().unwrap();
        for name in ["1900000002_20260106_cert", "1900000002_20260106_cert_2", "1900000002_20260106_cert_3"] {
            let path = new_folder(storage.path(), &id, evening);
            assert_eq!(path, storage.path().join(name));
            std::fs::create_dir(&path).unwrap();
            std::fs::write(path.join(".request_string.pem.new"), "").unwrap();
            assert_eq!(new_folder(storage.path(), &id, evening), path, "what was interrupted is used again");
            std::fs::write(path.join("letter.txt"), "").unwrap();
        }
        assert!(found(storage.path()).is_empty(), "they are no certificate folders");
    }
}
