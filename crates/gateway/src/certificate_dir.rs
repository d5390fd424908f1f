//! New certificates from a folder: `DIR/{mchid}/apiclient_cert.pem` and `apiclient_key.pem` beside it, as the certificate
//! tool writes them. Whoever renews a certificate puts the new files there, and the gateway takes them in by itself.
//!
//! The folder is looked at every few seconds, by a clock that is never virtual: changes of files are announced differently by
//! every system, and not at all over a network. Files are taken once they were the same in two looks, so that nobody meets
//! half of a pair that is being copied. What is refused is said once, and again only when the files change; what could not be
//! proven because WeChat Pay gave no clear answer is tried again every minute. Source: [api-certificate].

use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::time::Duration;

use secrecy::SecretString;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;
use wechatpay::ids::Mchid;
use zeroize::Zeroizing;

use crate::gateway::Gateway;
use crate::merchants::renewal::{NewCertificate, Renewed, renew};
use crate::merchants::setting_up::SetUpError;
use crate::secrets::sealer::Sealer;

/// The names of the files, as the certificate tool gives them.
const CERTIFICATE: &str = "apiclient_cert.pem";
const PRIVATE_KEY: &str = "apiclient_key.pem";

/// How often the folder is looked at, usually.
pub const LOOK_EVERY: Duration = Duration::from_secs(2);

/// How long after a call without a clear answer the same certificate is tried again.
const AGAIN_AFTER: Duration = Duration::from_secs(60);

/// A longer file is neither a certificate nor a key.
const LONGEST: u64 = 64 * 1024;

/// Who is named in the audit trail.
const ACTOR: &str = "the certificate folder";

/// A certificate and its key as they lie in a merchant's folder.
#[derive(Clone, PartialEq, Eq)]
struct Files {
    certificate: Zeroizing<String>,
    private_key: Zeroizing<String>,
}

/// What is known of one merchant's folder.
struct Seen {
    files: Files,
    /// None while nothing is to be done about them.
    try_at: Option<Instant>,
}

/// Looks into the folder `every` so often until `ending`.
pub async fn follow(
    gateway: Gateway,
    sealer: Sealer,
    folder: PathBuf,
    every: Duration,
    ending: CancellationToken,
) {
    let mut seen: BTreeMap<Mchid, Seen> = BTreeMap::new();
    let mut unreadable: Option<io::ErrorKind> = None;
    loop {
        match look(folder.clone()).await {
            Ok(found) => {
                unreadable = None;
                for mchid in settled(&mut seen, found, Instant::now()) {
                    let Some(known) = seen.get_mut(&mchid) else { continue };
                    known.try_at = take(&gateway, &sealer, &mchid, &known.files).await;
                }
            }
            Err(error) if unreadable == Some(error.kind()) => {}
            Err(error) => {
                tracing::warn!(folder = %folder.display(), %error, "the certificate folder cannot be read");
                unreadable = Some(error.kind());
            }
        }
        tokio::select! {
            () = ending.cancelled() => return,
            () = tokio::time::sleep(every) => {}
        }
    }
}

/// Takes the files in, and says when to try them again; never if that would change nothing.
async fn take(gateway: &Gateway, sealer: &Sealer, mchid: &Mchid, files: &Files) -> Option<Instant> {
    let new = NewCertificate {
        certificate_pem: files.certificate.as_str().to_owned(),
        private_key_pem: SecretString::from(files.private_key.as_str()),
    };
    match renew(gateway, sealer, mchid, new, ACTOR).await {
        Ok(Renewed::Taken | Renewed::Same) => None,
        Err(error @ (SetUpError::CertificateNotProven { .. } | SetUpError::Store(_))) => {
            tracing::warn!(%mchid, %error, "the certificate in its folder is tried again in a minute");
            Some(Instant::now() + AGAIN_AFTER)
        }
        Err(error) => {
            tracing::error!(%mchid, %error, "the certificate in its folder is not taken. {}", error.what_to_do());
            None
        }
    }
}

/// Takes note of what was found, and says whose files are to be tried now: those that lay there in the last look too and are
/// new, or whose time has come again.
fn settled(seen: &mut BTreeMap<Mchid, Seen>, found: BTreeMap<Mchid, Files>, now: Instant) -> Vec<Mchid> {
    seen.retain(|mchid, _| found.contains_key(mchid));
    let mut ready = Vec::new();
    for (mchid, files) in found {
        match seen.get(&mchid) {
            Some(known) if known.files == files => {
                if known.try_at.is_some_and(|at| at <= now) {
                    ready.push(mchid);
                }
            }
            _ => {
                seen.insert(mchid, Seen { files, try_at: Some(now) });
            }
        }
    }
    ready
}

async fn look(folder: PathBuf) -> io::Result<BTreeMap<Mchid, Files>> {
    tokio::task::spawn_blocking(move || files_in(&folder)).await.map_err(io::Error::other)?
}

/// The files of each merchant. A folder that lacks one, or holds something else, is none of ours.
fn files_in(folder: &Path) -> io::Result<BTreeMap<Mchid, Files>> {
    let mut found = BTreeMap::new();
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        let name = path.file_name().and_then(|name| name.to_str());
        let Some(mchid) = name.and_then(|name| Mchid::parse(name).ok()) else { continue };
        let text = |name| text_of(&path.join(name));
        if let (Some(certificate), Some(private_key)) = (text(CERTIFICATE), text(PRIVATE_KEY)) {
            found.insert(mchid, Files { certificate, private_key });
        }
    }
    Ok(found)
}

fn text_of(path: &Path) -> Option<Zeroizing<String>> {
    let is_short = fs::metadata(path).is_ok_and(|found| found.is_file() && found.len() <= LONGEST);
    is_short.then(|| fs::read_to_string(path).ok()).flatten().map(Zeroizing::new)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn mchid() -> Mchid {
        Mchid::parse("1900000001").unwrap()
    }

    fn files(certificate: &str) -> Files {
        Files { certificate: certificate.to_owned().into(), private_key: "key".to_owned().into() }
    }

    fn found(certificate: &str) -> BTreeMap<Mchid, Files> {
        BTreeMap::from([(mchid(), files(certificate))])
    }

    #[test]
    fn files_are_taken_once_they_lay_there_in_two_looks_and_again_when_they_change() {
        let mut seen = BTreeMap::new();
        let now = Instant::now();
        assert_eq!(settled(&mut seen, found("half"), now), []);
        assert_eq!(settled(&mut seen, found("whole"), now), [], "it was being copied");
        assert_eq!(settled(&mut seen, found("whole"), now), [mchid()]);
        seen.get_mut(&mchid()).unwrap().try_at = None;
        assert_eq!(settled(&mut seen, found("whole"), now), [], "it was taken, or refused for good");
        seen.get_mut(&mchid()).unwrap().try_at = Some(now + AGAIN_AFTER);
        assert_eq!(settled(&mut seen, found("whole"), now), []);
        assert_eq!(settled(&mut seen, found("whole"), now + AGAIN_AFTER), [mchid()]);
        assert_eq!(settled(&mut seen, found("another"), now), []);
        assert_eq!(settled(&mut seen, found("another"), now), [mchid()]);
        assert_eq!(settled(&mut seen, BTreeMap::new(), now), []);
        assert!(seen.is_empty(), "what is gone is forgotten");
    }

    #[test]
    fn only_whole_folders_of_merchant_ids_are_looked_at() {
        let folder = tempfile::tempdir().unwrap();
        let put = |path: &str| {
            let path = folder.path().join(path);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, "text").unwrap();
        };
        for path in [
            "1900000001/apiclient_cert.pem",
            "1900000001/apiclient_key.pem",
            "1900000002/apiclient_cert.pem",
            "my notes/apiclient_cert.pem",
            "my notes/apiclient_key.pem",
            "1900000003",
        ] {
            put(path);
        }
        let found = files_in(folder.path()).unwrap();
        assert_eq!(found.keys().map(Mchid::as_str).collect::<Vec<_>>(), ["1900000001"]);
        assert!(files_in(&folder.path().join("missing")).is_err());
    }
}
