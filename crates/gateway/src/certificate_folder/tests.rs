//! A folder from the request to the renewal, and everything that is refused on the way.

use std::path::Path;

use certs::anchors::Anchors;
use certs::bundle::{self, Cipher};
use certs::certificate::Certificate;
use certs::material;
use certs::request::{MerchantId, MerchantName, PasteError};
use jiff::{Timestamp, ToSpan};
use rcgen::SubjectPublicKeyInfo;
use sandbox::authority::{Authority, Holder, Validity, new_key};
use tempfile::TempDir;
use wechatpay::ids::Mchid;

use super::backup::{Backup, BackupError};
use super::folder::{BUNDLE, CERTIFICATE, EXPLANATION, GITIGNORE, KEY, PREVIOUS, REQUEST_STRING};
use super::{
    CertificateFolder, Concern, FolderError, Holding, Installation, Installed, Kept, Request, files,
};

const MERCHANT_ID: &str = "1900009191";
const NAME: &str = "深圳 好店";

/// A folder, and an authority that issues for it.
struct Desk {
    room: TempDir,
    folder: CertificateFolder,
    authority: Authority,
    anchors: Anchors,
    now: Timestamp,
}

impl Desk {
    fn new() -> Desk {
        let room = tempfile::tempdir().unwrap();
        let folder = CertificateFolder::create(&room.path().join(MERCHANT_ID)).unwrap();
        let authority = Authority::found(new_key().unwrap()).unwrap();
        let anchors = Anchors::from_file(authority.certificate_pem().as_bytes()).unwrap();
        Desk { room, folder, authority, anchors, now: "2026-03-01T00:00:00Z".parse().unwrap() }
    }

    fn request(&self) -> Request {
        self.request_under(None).unwrap()
    }

    fn request_under(&self, passphrase: Option<&str>) -> Result<Request, FolderError> {
        let (merchant_id, name) = merchant();
        self.folder.request(&merchant_id, &name, passphrase)
    }

    /// The certificate string for a request string, as the platform's record has the merchant, valid for so many days from
    /// `from` on.
    fn issue_for(&self, request_string: &str, mchid: &str, from: Timestamp, days: i64) -> String {
        let csr = certs::request::read(request_string.as_bytes()).unwrap();
        let key = SubjectPublicKeyInfo::from_der(csr.public_key.spki()).unwrap();
        let mchid = Mchid::parse(mchid).unwrap();
        let holder = Holder { mchid: &mchid, company_name: NAME };
        let validity = Validity { not_before: from, not_after: from + (24 * days).hours() };
        self.authority.issue_to_merchant(holder, &key, validity).unwrap().pem
    }

    fn issue(&self, request: &Request) -> String {
        self.issue_for(&request.asked.request_string, MERCHANT_ID, self.now, 365)
    }

    fn install(&self, pasted: &str) -> Result<Installed, FolderError> {
        self.folder.install(pasted.as_bytes(), &self.installation())
    }

    fn installation(&self) -> Installation<'_> {
        Installation {
            anchors: &self.anchors,
            passphrase: None,
            bundle_password: None,
            cipher: Cipher::Aes256,
            now: self.now,
        }
    }

    fn kept(&self) -> Kept {
        match self.folder.holding().unwrap() {
            Holding::Certificate(kept) => *kept,
            other => panic!("{other:?}"),
        }
    }

    fn read(&self, name: &str) -> Vec<u8> {
        std::fs::read(self.folder.path().join(name)).unwrap()
    }
}

fn merchant() -> (MerchantId, MerchantName) {
    (MerchantId::parse(MERCHANT_ID).unwrap(), MerchantName::parse(NAME).unwrap())
}

fn certificate(pem: &[u8]) -> Certificate {
    material::read(pem, &[]).unwrap().expect_certificate().unwrap().clone()
}

#[test]
fn a_key_is_on_disk_with_its_request_string_and_the_same_string_is_shown_again() {
    let desk = Desk::new();
    assert_eq!(desk.folder.holding().unwrap(), Holding::Nothing);
    let first = desk.request();
    let key = desk.read(KEY);
    assert!(key.starts_with(b"-----BEGIN PRIVATE KEY-----\n") && !first.resumed);
    assert_eq!(desk.folder.private_key(None).unwrap().public_key(), &first.asked.public_key);
    assert_eq!(desk.read(GITIGNORE), b"# Private keys lie here.\n*\n");
    let again = desk.request();
    assert_eq!((again.asked, again.resumed), (first.asked.clone(), true));
    assert_eq!(desk.read(KEY), key);
    assert_eq!(desk.folder.holding().unwrap(), Holding::Awaiting(first.asked));
}

#[test]
fn another_merchant_or_another_name_is_refused_in_the_same_folder() {
    let desk = Desk::new();
    desk.request();
    let (merchant_id, name) = merchant();
    let other = MerchantId::parse("1900000109").unwrap();
    let refused = desk.folder.request(&other, &name, None).unwrap_err();
    assert!(matches!(refused, FolderError::OtherMerchant { .. }), "{refused}");
    let refused = desk.folder.request(&merchant_id, &MerchantName::parse("别家").unwrap(), None);
    assert!(matches!(refused, Err(FolderError::OtherName { .. })), "{refused:?}");
}

#[test]
fn a_key_that_was_not_made_here_is_never_written_over() {
    let desk = Desk::new();
    let key = desk.folder.path().join(KEY);
    std::fs::write(&key, sandbox::authority::pem_of(&new_key().unwrap())).unwrap();
    let before = desk.read(KEY);
    assert!(matches!(desk.request_under(None), Err(FolderError::KeyExists { .. })));
    assert_eq!(desk.read(KEY), before);
}

#[test]
fn a_bundle_that_may_hold_another_key_is_never_written_over() {
    let desk = Desk::new();
    let bundle = desk.folder.bundle();
    std::fs::write(&bundle, "somebody's").unwrap();
    assert!(matches!(desk.request_under(None), Err(FolderError::BundleExists { .. })));
    std::fs::remove_file(&bundle).unwrap();
    let request = desk.request();
    std::fs::write(&bundle, "somebody's").unwrap();
    let refused = desk.install(&desk.issue(&request));
    assert!(matches!(refused, Err(FolderError::BundleExists { .. })), "{refused:?}");
    assert_eq!(std::fs::read(&bundle).unwrap(), b"somebody's");
}

#[test]
fn a_request_string_beside_another_key_is_not_shown() {
    let (desk, other) = (Desk::new(), Desk::new());
    desk.request();
    other.request();
    std::fs::copy(other.folder.key(), desk.folder.key()).unwrap();
    assert!(matches!(desk.request_under(None), Err(FolderError::OtherKey)));
}

#[cfg(unix)]
#[test]
fn a_backup_leaves_nothing_out() {
    let desk = Desk::new();
    desk.request();
    let elsewhere = desk.room.path().join("key.pem");
    std::fs::rename(desk.folder.key(), &elsewhere).unwrap();
    std::os::unix::fs::symlink(&elsewhere, desk.folder.key()).unwrap();
    assert!(matches!(desk.folder.back_up(), Err(BackupError::Irregular { .. })));
}

#[test]
fn what_is_nobodys_certificate_folder_is_left_as_it_is() {
    let desk = Desk::new();
    assert!(matches!(desk.install("x"), Err(FolderError::NothingAskedFor { .. })));
    assert!(matches!(desk.folder.back_up(), Err(BackupError::NothingToKeep { .. })));
    assert_eq!(std::fs::read_dir(desk.folder.path()).unwrap().count(), 0);
    std::fs::write(desk.folder.path().join(GITIGNORE), "target\n").unwrap();
    desk.request();
    assert_eq!(desk.read(GITIGNORE), b"target\n");
}

#[test]
fn what_was_interrupted_before_the_key_was_safe_is_forgotten_and_after_it_goes_on() {
    let desk = Desk::new();
    let beside = |name: &str| files::beside(&desk.folder.path().join(name));
    // Killed before the key had its name.
    std::fs::write(beside(REQUEST_STRING), "half a request").unwrap();
    std::fs::write(beside(KEY), "half a key").unwrap();
    assert_eq!(desk.folder.holding().unwrap(), Holding::Nothing);
    let request = desk.request();
    // Killed right after.
    std::fs::rename(desk.folder.request_string(), beside(REQUEST_STRING)).unwrap();
    assert_eq!(desk.folder.holding().unwrap(), Holding::Awaiting(request.asked.clone()));
    assert_eq!(desk.request().asked, request.asked);
}

#[test]
fn a_lost_key_is_told_and_no_new_one_is_made_in_its_place() {
    let desk = Desk::new();
    desk.request();
    std::fs::remove_file(desk.folder.key()).unwrap();
    assert!(matches!(desk.folder.holding(), Err(FolderError::KeyLost { .. })));
    assert!(matches!(desk.request_under(None), Err(FolderError::KeyLost { .. })));
    assert!(!desk.folder.key().exists());
}

#[test]
fn a_certificate_string_becomes_the_four_files_and_they_belong_together() {
    let desk = Desk::new();
    let request = desk.request();
    let pem = desk.issue(&request);
    let key = desk.read(KEY);
    let installed = desk.install(&pem).unwrap();
    assert!(installed.verification.is_good() && installed.replaced.is_none());
    assert_eq!(desk.read(KEY), key, "the key is not touched");
    assert_eq!(certificate(&desk.read(CERTIFICATE)), installed.certificate);
    let opened = bundle::read(&desk.read(BUNDLE), MERCHANT_ID).unwrap();
    assert_eq!(opened.certificate, installed.certificate.der());
    assert_eq!(opened.key.as_slice(), desk.folder.private_key(None).unwrap().pkcs8());
    let explanation = String::from_utf8(desk.read(EXPLANATION)).unwrap();
    for said in [MERCHANT_ID, NAME, &installed.certificate.serial.hex(), "密码为商户号", "2027-03-01"] {
        assert!(explanation.contains(said), "{said} in {explanation}");
    }
    assert_eq!(desk.kept().merchant_id, Some(merchant().0));
    assert!(matches!(desk.request_under(None), Err(FolderError::HasCertificate { .. })));
}

#[test]
fn a_renewed_certificate_takes_the_place_of_the_old_one_which_is_kept() {
    let desk = Desk::new();
    let request = desk.request();
    let old = desk.issue(&request);
    let first = desk.install(&old).unwrap();
    let renewed = desk.issue_for(&request.asked.request_string, MERCHANT_ID, desk.now + 24.hours(), 700);
    // Its clock is ahead of ours, which is no reason to refuse it.
    let second = desk.install(&renewed).unwrap();
    assert_eq!(second.replaced, Some(first.certificate.serial.clone()));
    let kept = desk.kept();
    assert_eq!(kept.certificate, second.certificate);
    assert_eq!(kept.earlier.as_slice(), std::slice::from_ref(&first.certificate));
    assert_eq!(kept.record().first_issued, desk.now, "the years of use count from the first");
    let place = desk.folder.path().join(PREVIOUS).join(first.certificate.serial.hex());
    for name in [CERTIFICATE, BUNDLE, EXPLANATION] {
        assert!(place.join(name).is_file(), "{name}");
    }
    let refused = desk.install(&old).unwrap_err();
    assert!(matches!(refused, FolderError::Paste(PasteError::AlreadyKnown { .. })), "{refused}");
    assert!(desk.install(&renewed).unwrap().is_the_same_again());
}

#[test]
fn an_installation_that_was_interrupted_leaves_the_old_set_or_the_new_one() {
    let desk = Desk::new();
    let request = desk.request();
    let old = desk.install(&desk.issue(&request)).unwrap();
    let stage = desk.folder.path().join(".install");
    // Killed before the set counted.
    std::fs::create_dir(&stage).unwrap();
    std::fs::write(stage.join(CERTIFICATE), "half").unwrap();
    assert_eq!(desk.kept().certificate, old.certificate);
    let new = desk.install(&desk.issue(&request)).unwrap();
    // Killed when one file of three had been moved.
    let ready = desk.folder.path().join(".install-ready");
    std::fs::create_dir(&ready).unwrap();
    for name in [CERTIFICATE, EXPLANATION] {
        std::fs::rename(desk.folder.path().join(name), ready.join(name)).unwrap();
    }
    let previous = desk.folder.path().join(PREVIOUS).join(old.certificate.serial.hex());
    std::fs::copy(previous.join(CERTIFICATE), desk.folder.certificate()).unwrap();
    assert_eq!(desk.kept().certificate, new.certificate);
    assert!(!ready.exists() && !stage.exists());
}

#[test]
fn what_is_not_the_awaited_certificate_is_refused_and_changes_nothing() {
    let desk = Desk::new();
    let nothing = desk.install("x").unwrap_err();
    assert!(matches!(nothing, FolderError::NothingAskedFor { .. }), "{nothing}");
    let request = desk.request();
    let request_string = &request.asked.request_string;
    let good = desk.issue(&request);
    let expired = desk.issue_for(request_string, MERCHANT_ID, desk.now - 9_600.hours(), 365);
    let stranger = Desk::new();
    let forged = stranger.issue_for(request_string, MERCHANT_ID, desk.now, 365);
    for (pasted, part) in [
        (request_string.as_str(), "this is the request string itself"),
        (&good[..good.len() / 2], "only a part of a certificate string"),
        (
            &desk.issue_for(request_string, "1900000109", desk.now, 365),
            "this is the certificate of `1900000109`",
        ),
        (&stranger.issue(&stranger.request()), "does not match the local key pair"),
        (&expired, "It expired at"),
        (&forged, "The signature is not that of"),
    ] {
        let refused = desk.install(pasted).unwrap_err();
        assert!(refused.to_string().contains(part), "{refused} has {part}");
        assert!(!refused.what_to_do().is_empty());
        assert!(!desk.folder.certificate().exists() && !desk.folder.bundle().exists());
    }
    desk.install(&good).unwrap();
}

#[test]
fn a_key_under_a_passphrase_stays_under_it_and_is_needed_for_the_bundle() {
    let desk = Desk::new();
    assert!(matches!(desk.request_under(Some("")), Err(FolderError::EmptyPassphrase)));
    let request = desk.request_under(Some("open sesame")).unwrap();
    assert!(request.asked.key_is_sealed);
    let key = desk.read(KEY);
    assert!(key.starts_with(b"-----BEGIN ENCRYPTED PRIVATE KEY-----\n"));
    let pem = desk.issue(&request);
    assert!(matches!(desk.install(&pem), Err(FolderError::PassphraseNeeded)));
    let with = |passphrase| Installation { passphrase: Some(passphrase), ..desk.installation() };
    let wrong = desk.folder.install(pem.as_bytes(), &with("another"));
    assert!(matches!(wrong, Err(FolderError::WrongPassphrase)), "{wrong:?}");
    let how = Installation {
        bundle_password: Some("pw of ours"),
        cipher: Cipher::TripleDes,
        ..with("open sesame")
    };
    desk.folder.install(pem.as_bytes(), &how).unwrap();
    assert_eq!(desk.read(KEY), key);
    assert!(bundle::read(&desk.read(BUNDLE), "pw of ours").is_ok());
    assert!(!String::from_utf8(desk.read(EXPLANATION)).unwrap().contains("pw of ours"));
}

#[test]
fn a_folder_of_the_official_tool_takes_a_renewed_certificate() {
    let desk = Desk::new();
    let request = desk.request();
    desk.install(&desk.issue(&request)).unwrap();
    for name in [REQUEST_STRING, BUNDLE, EXPLANATION, GITIGNORE] {
        std::fs::remove_file(desk.folder.path().join(name)).unwrap();
    }
    let renewed = desk.issue(&request);
    assert_eq!(desk.install(&renewed).unwrap().certificate, certificate(renewed.as_bytes()));
    assert!(desk.folder.bundle().exists());
}

#[test]
fn a_folder_comes_back_from_its_backup_as_it_was() {
    let desk = Desk::new();
    let request = desk.request();
    desk.install(&desk.issue(&request)).unwrap();
    desk.install(&desk.issue(&request)).unwrap();
    let file = desk.room.path().join("backup");
    let passphrase = "correct horse battery";
    let backup = desk.folder.back_up_to(&file, passphrase).unwrap();
    let refused = desk.folder.back_up_to(&file, passphrase);
    assert!(matches!(refused, Err(BackupError::File(files::FileError::Exists { .. }))), "{refused:?}");
    let opened = Backup::open(&std::fs::read(&file).unwrap(), passphrase).unwrap();
    assert_eq!(opened, backup);
    assert!(matches!(opened.restore(desk.folder.path()), Err(BackupError::Occupied { .. })));
    let restored = opened.restore(&desk.room.path().join("restored")).unwrap();
    assert_eq!(restored.holding().unwrap(), desk.folder.holding().unwrap());
    assert_eq!(restored.back_up().unwrap(), backup);
    assert!(matches!(
        CertificateFolder::open(desk.room.path()).unwrap().back_up(),
        Err(BackupError::NothingToKeep { .. })
    ));
}

#[test]
fn a_second_program_waits_for_the_first() {
    let desk = Desk::new();
    let lock = desk.folder.lock().unwrap();
    assert!(matches!(desk.request_under(None), Err(FolderError::Busy { .. })));
    drop(lock);
    desk.request();
}

#[cfg(unix)]
#[test]
fn files_are_for_their_owner_alone_and_a_folder_that_is_not_is_told() {
    use std::fs::{Permissions, set_permissions};
    use std::os::unix::fs::PermissionsExt;
    let desk = Desk::new();
    desk.install(&desk.issue(&desk.request())).unwrap();
    let mode = |path: &Path| path.metadata().unwrap().permissions().mode() & 0o777;
    assert_eq!(mode(desk.folder.path()), 0o700);
    for entry in std::fs::read_dir(desk.folder.path()).unwrap() {
        let path = entry.unwrap().path();
        assert_eq!(mode(&path), 0o600, "{}", path.display());
    }
    assert_eq!(desk.folder.concerns(), []);
    set_permissions(desk.folder.path(), Permissions::from_mode(0o755)).unwrap();
    set_permissions(desk.folder.key(), Permissions::from_mode(0o644)).unwrap();
    let said: Vec<String> = desk.folder.concerns().iter().map(Concern::to_string).collect();
    assert_eq!(said.len(), 2, "{said:?}");
    assert!(said[0].contains("mode 755") && said[0].contains("chmod 700"), "{said:?}");
    assert!(said[1].contains("mode 644") && said[1].contains("chmod 600"), "{said:?}");
}

#[test]
fn a_folder_in_a_work_tree_is_told() {
    let desk = Desk::new();
    std::fs::create_dir(desk.room.path().join(".git")).unwrap();
    assert!(matches!(&desk.folder.concerns()[..], [Concern::InWorkTree { .. }]));
}
