//! What lies in the folders, judged by OpenSSL where it can judge.

use std::collections::BTreeMap;
use std::process::Command;
use std::sync::{Arc, Mutex, Weak};

use jiff::SignedDuration;
use platform::world::Merchants;

use super::*;

const INSTITUTION: &str = "1900000001";

/// A folder that goes with the test.
struct Folder(PathBuf);

impl Folder {
    fn new(name: &str) -> Folder {
        let path = std::env::temp_dir().join(format!("tidegate-credentials-{}-{name}", std::process::id()));
        folder::remove(&path).unwrap();
        Folder(path)
    }

    /// The sandbox that tests share, in a folder of its own: copying is faster than making keys.
    fn copied(name: &str) -> Folder {
        let (shared, copy) = (shared(), Folder::new(name));
        for (path, content) in shared.0.files() {
            let to = copy.0.join(path.strip_prefix(&shared.0.0).unwrap());
            fs::create_dir_all(to.parent().unwrap()).unwrap();
            fs::write(to, content).unwrap();
        }
        copy
    }

    fn open(&self, world: &World) -> Result<Keyring, CredentialsError> {
        open(&self.0, world, false, now()).map(|credentials| credentials.keyring)
    }

    fn of(&self, mchid: &str) -> PathBuf {
        self.0.join(CREDENTIALS).join(mchid)
    }

    /// All files with what they hold.
    fn files(&self) -> BTreeMap<PathBuf, Vec<u8>> {
        let (mut found, mut waiting) = (BTreeMap::new(), vec![self.0.clone()]);
        while let Some(folder) = waiting.pop() {
            for entry in fs::read_dir(folder).unwrap() {
                let path = entry.unwrap().path();
                if path.is_dir() {
                    waiting.push(path);
                } else {
                    found.insert(path.clone(), fs::read(path).unwrap());
                }
            }
        }
        found
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

fn now() -> Now {
    // A virtual clock that is behind the real one.
    Now { platform: "2026-03-01T00:00:00.7Z".parse().unwrap(), real: "2026-11-21T09:30:00Z".parse().unwrap() }
}

/// A world of the first merchants of the default one.
fn world(count: usize) -> World {
    let merchants: Merchants = World::default().merchants.iter().take(count).cloned().collect();
    World { merchants, ..World::default() }
}

fn mchid(text: &str) -> Mchid {
    Mchid::parse(text).unwrap()
}

/// What `openssl` prints when called with these words, in which `DIR` stands for the folder.
fn openssl(folder: &Folder, words: &str) -> String {
    let dir = folder.0.to_str().unwrap();
    let run = Command::new("openssl").args(words.split(' ').map(|word| word.replace("DIR", dir))).output();
    let run = run.unwrap_or_else(|error| panic!("this test needs the command `openssl`: {error}"));
    assert!(run.status.success(), "openssl {words}: {}", String::from_utf8_lossy(&run.stderr));
    // Where it shows a name of a bundle, it shows Latin-1.
    String::from_utf8_lossy(&run.stdout).into_owned()
}

/// A sandbox of one merchant, for the tests that change nothing: those that run at the same time share one.
fn shared() -> Arc<(Folder, Keyring)> {
    static SHARED: Mutex<(usize, Weak<(Folder, Keyring)>)> = Mutex::new((0, Weak::new()));
    let mut shared = SHARED.lock().unwrap();
    if let Some(found) = shared.1.upgrade() {
        return found;
    }
    shared.0 += 1;
    let folder = Folder::new(&format!("shared-{}", shared.0));
    let keyring = folder.open(&world(1)).unwrap();
    let made = Arc::new((folder, keyring));
    shared.1 = Arc::downgrade(&made);
    made
}

#[test]
fn openssl_verifies_what_the_authority_issued() {
    let (folder, _) = &*shared();
    for certificate in ["apiclient_cert.pem", "platform_cert.pem"] {
        let verified = openssl(
            folder,
            &format!(
                "verify -attime 1780000000 -CAfile DIR/sandbox-authority/root_cert.pem \
                 DIR/credentials/1900000001/{certificate}"
            ),
        );
        assert!(verified.ends_with(&format!("{certificate}: OK\n")), "{verified}");
    }
}

#[test]
fn names_and_serial_numbers_have_the_form_of_real_ones_and_the_mark_of_a_sandbox() {
    let (folder, keyring) = &*shared();
    let show = |certificate: &str| {
        let words = format!(
            "x509 -noout -issuer -subject -serial -nameopt utf8,sep_comma_plus,sname -in \
             DIR/credentials/1900000001/{certificate}"
        );
        openssl(folder, &words)
    };
    let issuer = "issuer=C=CN,O=Tenpay.com,OU=TIDEGATE SANDBOX,CN=Tenpay.com Root CA";
    let merchant = show("apiclient_cert.pem");
    let serial = &keyring.merchant(&mchid(INSTITUTION)).unwrap().certificate.certificate.serial;
    assert_eq!(
        merchant.lines().collect::<Vec<_>>(),
        [
            issuer,
            "subject=CN=1900000001,O=微信商户系统,OU=Tidegate Sandbox Shop 1900000001 有限公司,C=CN,L=ShenZhen",
            &format!("serial={serial}"),
        ]
    );
    let platform = show("platform_cert.pem");
    let name = &keyring.newest_certificate().name;
    assert_eq!(
        platform.lines().collect::<Vec<_>>(),
        [
            issuer,
            "subject=CN=Tenpay.com sign,O=Tenpay.com,OU=TIDEGATE SANDBOX,C=CN,L=ShenZhen",
            &format!("serial={name}"),
        ]
    );
    assert_eq!((serial.as_str().len(), name.as_str().len()), (40, 40));
}

#[test]
fn extensions_are_those_of_real_ones_and_none_is_critical() {
    let (folder, keyring) = &*shared();
    for certificate in ["apiclient_cert.pem", "platform_cert.pem"] {
        let text =
            openssl(folder, &format!("x509 -noout -text -in DIR/credentials/1900000001/{certificate}"));
        let extensions = text.split("X509v3 extensions:").nth(1).unwrap();
        let root = openssl(folder, "x509 -noout -serial -in DIR/sandbox-authority/root_cert.pem");
        let root = root.trim_end().trim_start_matches("serial=");
        for part in [
            "CA:FALSE",
            "Digital Signature, Non Repudiation, Key Encipherment, Data Encipherment",
            "2.999.7080.1:",
            "TIDEGATE SANDBOX",
            &format!("itruscrl?CA={root}"),
        ] {
            assert!(extensions.contains(part), "{part} in {text}");
        }
        for absent in ["critical", "Key Identifier", "Extended Key Usage"] {
            assert!(!extensions.contains(absent), "{absent} in {text}");
        }
        assert!(text.contains("sha256WithRSAEncryption") && text.contains("Public-Key: (2048 bit)"));
    }
    assert!(keyring.public_key().id.is_public_key_id());
    assert_eq!(keyring.public_key().id.as_str().len(), "PUB_KEY_ID_".len() + 34);
}

#[test]
fn openssl_opens_the_bundle_with_the_merchant_id_and_finds_the_pair_in_it() {
    let (folder, _) = &*shared();
    let at = "DIR/credentials/1900000001";
    let public = openssl(folder, &format!("pkey -in {at}/apiclient_key.pem -pubout"));
    assert_eq!(openssl(folder, &format!("x509 -in {at}/apiclient_cert.pem -noout -pubkey")), public);
    let opened =
        openssl(folder, &format!("pkcs12 -in {at}/apiclient_cert.p12 -passin pass:1900000001 -nodes"));
    let key = fs::read_to_string(folder.of(INSTITUTION).join("apiclient_key.pem")).unwrap();
    let certificate = fs::read_to_string(folder.of(INSTITUTION).join("apiclient_cert.pem")).unwrap();
    assert!(opened.contains(&key) && opened.contains(&certificate));
    assert!(key.starts_with("-----BEGIN PRIVATE KEY-----\n"));
}

#[test]
fn a_merchant_signs_with_its_key_and_the_platform_verifies_with_its_certificate() {
    let (folder, keyring) = &*shared();
    let certificate = &keyring.merchant(&mchid(INSTITUTION)).unwrap().certificate.certificate;
    let key = fs::read_to_string(folder.of(INSTITUTION).join("apiclient_key.pem")).unwrap();
    let signature = rcgen::SigningKey::sign(&rcgen::KeyPair::from_pem(&key).unwrap(), b"message").unwrap();
    assert!(certificate.key.verifies(b"message", &signature));
    for file in ["api_v3_key.txt", "api_v2_key.txt"] {
        let key = fs::read_to_string(folder.of(INSTITUTION).join(file)).unwrap();
        assert!(key.len() == 32 && key.bytes().all(|byte| byte.is_ascii_alphanumeric()), "{file}");
    }
}

#[test]
fn a_platform_certificate_holds_by_the_virtual_and_by_the_real_clock() {
    let (_, keyring) = &*shared();
    let (newest, Now { platform, real }) = (keyring.newest_certificate(), now());
    assert!(newest.effective_at <= platform && real <= newest.expires_at);
    assert_eq!(newest.expires_at, real + SignedDuration::from_hours(5 * 365 * 24));
    let merchant = &keyring.merchant(&mchid(INSTITUTION)).unwrap().certificate.certificate;
    assert_eq!(merchant.not_before.to_string(), "2026-03-01T00:00:00Z");
    assert_eq!(merchant.not_after.to_string(), "2027-03-01T00:00:00Z");
}

#[cfg(unix)]
#[test]
fn secrets_can_be_read_by_their_owner_only() {
    use std::os::unix::fs::PermissionsExt;
    let (folder, _) = &*shared();
    for path in folder.files().keys() {
        let name = path.file_name().unwrap().to_str().unwrap();
        let is_secret = name != "wechatpay_public_key.pem"
            && ["key.pem", "key.txt", ".p12"].iter().any(|ending| name.ends_with(ending));
        let mode = fs::metadata(path).unwrap().permissions().mode() & 0o777;
        assert_eq!(mode == 0o600, is_secret, "{} has mode {mode:o}", path.display());
    }
}

#[test]
fn opening_again_changes_nothing_and_a_new_merchant_touches_nobody_elses_files() {
    let folder = Folder::copied("again");
    let first = folder.open(&world(1)).unwrap();
    let before = folder.files();
    let again = folder.open(&world(1)).unwrap();
    assert_eq!(folder.files(), before);
    assert_eq!(again.newest_certificate().name, first.newest_certificate().name);
    assert_eq!(again.public_key().id, first.public_key().id);

    let more = folder.open(&world(2)).unwrap();
    let after = folder.files();
    assert!(before.iter().all(|(path, content)| after.get(path) == Some(content)));
    assert_eq!(after.len(), before.len() + 9);
    assert!(more.merchant(&mchid("1900000002")).is_some());
    let fewer = folder.open(&world(1)).unwrap();
    assert!(fewer.merchant(&mchid("1900000002")).is_none());
    assert_eq!(folder.files(), after);
}

#[test]
fn a_folder_of_an_earlier_sandbox_gets_the_older_kinds_issuer_and_keeps_everything_else() {
    let folder = Folder::copied("earlier");
    let before = folder.files();
    fs::remove_dir_all(folder.0.join(AUTHORITY).join("mmpaymch")).unwrap();
    fs::remove_file(folder.0.join(CHAIN_OF_WECHAT_PAY)).unwrap();
    folder.open(&world(1)).unwrap();
    let after = folder.files();
    assert_eq!(after.len(), before.len());
    let changed: Vec<_> = before
        .iter()
        .filter(|(path, content)| after.get(*path) != Some(content))
        .map(|(path, _)| path)
        .collect();
    assert!(changed.iter().all(|path| path.ends_with(CHAIN_OF_WECHAT_PAY)
        || path.parent().is_some_and(|parent| parent.ends_with("mmpaymch"))));
}

#[test]
fn a_fresh_start_removes_nothing_that_a_sandbox_did_not_make() {
    let folder = Folder::copied("fresh-beside");
    let theirs = [folder.0.join(CREDENTIALS).join("prod"), folder.of("1900009999")];
    for other in &theirs {
        fs::create_dir_all(other).unwrap();
        fs::write(other.join("apiclient_key.pem"), "somebody's only copy").unwrap();
    }
    open(&folder.0, &world(1), true, now()).unwrap();
    assert!(theirs.iter().all(|other| other.join("apiclient_key.pem").is_file()));
}

#[test]
fn a_fresh_start_replaces_every_key() {
    let folder = Folder::copied("fresh");
    let before = folder.open(&world(1)).unwrap();
    let after = open(&folder.0, &world(1), true, now()).unwrap().keyring;
    let serial = |keyring: &Keyring| {
        keyring.merchant(&mchid(INSTITUTION)).unwrap().certificate.certificate.serial.clone()
    };
    assert_ne!(serial(&before), serial(&after));
    assert_ne!(before.newest_certificate().name, after.newest_certificate().name);
}

#[test]
fn rotating_adds_a_certificate_that_lasts_longer_and_is_there_after_a_restart() {
    let folder = Folder::copied("rotate");
    let before = folder.open(&world(1)).unwrap();
    let rotated = rotate(&folder.0, &before, now()).unwrap();
    let reopened = folder.open(&world(1)).unwrap();
    for keyring in [&rotated, &reopened] {
        let names: Vec<_> = keyring.platform_certificates().map(|certificate| &certificate.name).collect();
        assert_eq!(names, [&before.newest_certificate().name, &rotated.newest_certificate().name]);
        assert!(keyring.newest_certificate().expires_at > before.newest_certificate().expires_at);
    }
    let copy = fs::read_to_string(folder.of(INSTITUTION).join("platform_cert.pem")).unwrap();
    assert_eq!(copy, rotated.newest_certificate().pem);
}

#[test]
fn a_torn_file_is_named_with_the_remedy_and_a_torn_copy_is_written_again() {
    let folder = Folder::copied("torn");
    folder.open(&world(1)).unwrap();
    let whole = folder.files();
    for (path, content) in &whole {
        fs::write(path, &content[..content.len() / 2]).unwrap();
        let name = path.file_name().unwrap().to_str().unwrap();
        let is_copy = path.starts_with(folder.of(INSTITUTION))
            && ["platform_cert.pem", "wechatpay_public_key.pem", "wechatpay_public_key_id.txt"]
                .contains(&name)
            || [CHAIN_OF_CA, CHAIN_OF_WECHAT_PAY].contains(&name)
            || *path == folder.0.join("tls_ca.pem");
        match folder.open(&world(1)) {
            Ok(_) => assert!(is_copy, "{name} was taken torn"),
            Err(error) => {
                let message = error.to_string();
                assert!(!is_copy && message.contains(name), "{message}");
                let remedy =
                    if path.starts_with(folder.of(INSTITUTION)) { "Remove its folder" } else { "--fresh" };
                assert!(message.contains(remedy), "{message}");
            }
        }
        fs::write(path, content).unwrap();
    }
    assert_eq!(folder.files(), whole);
}

#[test]
fn a_missing_file_and_a_strangers_key_are_named() {
    let folder = Folder::copied("missing");
    folder.open(&world(2)).unwrap();
    let key = folder.of(INSTITUTION).join("apiclient_key.pem");
    fs::copy(folder.of("1900000002").join("apiclient_key.pem"), &key).unwrap();
    let message = folder.open(&world(2)).unwrap_err().to_string();
    assert!(
        message.contains("apiclient_cert.pem` is broken: it is not the certificate of `apiclient_key.pem`")
    );
    fs::remove_file(key).unwrap();
    let message = folder.open(&world(2)).unwrap_err().to_string();
    assert!(message.contains("apiclient_key.pem` is broken: "), "{message}");
    fs::remove_dir_all(folder.of(INSTITUTION)).unwrap();
    assert!(folder.open(&world(2)).is_ok(), "the remedy helps");
}

#[test]
fn credentials_of_somebody_else_are_never_removed() {
    let folder = Folder::new("strangers");
    let theirs = folder.of("1234567890").join("apiclient_key.pem");
    fs::create_dir_all(theirs.parent().unwrap()).unwrap();
    fs::write(&theirs, "precious").unwrap();
    for fresh in [false, true] {
        let error = open(&folder.0, &world(1), fresh, now()).unwrap_err();
        assert!(matches!(error, CredentialsError::NotOurs { .. }), "{error}");
    }
    assert_eq!(fs::read(&theirs).unwrap(), b"precious");
}

#[test]
fn a_start_that_was_killed_leaves_nothing_in_the_way() {
    let folder = Folder::new("killed");
    for unfinished in ["sandbox-authority.unfinished", "credentials.unfinished"] {
        fs::create_dir_all(folder.0.join(unfinished)).unwrap();
        fs::write(folder.0.join(unfinished).join("root_key.pem"), "half").unwrap();
    }
    let keyring = folder.open(&world(1)).unwrap();
    // As if killed while the second merchant's folder was made.
    fs::create_dir_all(folder.of("1900000002.unfinished")).unwrap();
    fs::write(folder.of("1900000002.unfinished").join("apiclient_cert.pem"), "half").unwrap();
    let again = folder.open(&world(2)).unwrap();
    assert_eq!(keyring.public_key().id, again.public_key().id);
    assert!(!folder.of("1900000002.unfinished").exists());
}

#[test]
fn what_was_made_prints_no_secret() {
    let (folder, _) = &*shared();
    let printed = format!("{:?}", open(&folder.0, &world(1), false, now()).unwrap());
    assert!(printed.contains("keys of 1 merchants") && !printed.contains("PRIVATE"), "{printed}");
}

#[test]
fn work_is_done_in_parallel_and_kept_in_order() {
    let numbers: Vec<u32> = (0..1000).collect();
    assert_eq!(in_parallel(&numbers, |n| n * 2), numbers.iter().map(|n| n * 2).collect::<Vec<_>>());
    assert!(in_parallel(&[], |n: &u32| *n).is_empty());
}

/// A merchant's file names are those of the Merchant Platform and of the certificate tool.
#[test]
fn a_merchants_folder_has_nine_files() {
    let (folder, _) = &*shared();
    let mut names: Vec<_> =
        fs::read_dir(folder.of(INSTITUTION)).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    names.sort();
    let expected = "api_v2_key.txt api_v3_key.txt apiclient_cert.p12 apiclient_cert.pem apiclient_key.pem \
                    platform_cert.pem serial_no.txt wechatpay_public_key.pem wechatpay_public_key_id.txt";
    assert_eq!(names.join(std::ffi::OsStr::new(" ")), expected);
}
