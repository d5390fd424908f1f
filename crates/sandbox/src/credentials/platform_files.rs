//! The folder of the platform's own keys.

use std::path::{Path, PathBuf};
use std::thread;

use jiff::SignedDuration;
use rcgen::KeyPair;
use wechatpay::keys::{KeyName, SigningKey};

use super::folder::{self, NewFile};
use super::{CredentialsError, Now, Remedy, joined, pair};
use crate::authority::{self, Authority, IssueError, Validity, WechatPayAuthority};
use crate::keyring::{PlatformCertificate, PublicKey};

const ROOT_KEY: &str = "root_key.pem";
const ROOT_CERTIFICATE: &str = "root_cert.pem";
/// The issuer of the older kind, in a folder of its own: earlier sandboxes did not have it, and get it at their next start.
const WECHAT_PAY_ISSUER: &str = "mmpaymch";
const PUBLIC_KEY: &str = "wechatpay_key.pem";
const PUBLIC_KEY_ID: &str = "wechatpay_public_key_id.txt";
/// One folder a platform certificate, numbered from 1 in the order in which they were made.
const PLATFORM: &str = "platform";
const KEY: &str = "platform_key.pem";
const CERTIFICATE: &str = "platform_cert.pem";

const REMEDY: Remedy = Remedy::StartOver;

/// How long a platform certificate lasts: five years of 365 days. Source: [global-certificates].
const LIFE: SignedDuration = SignedDuration::from_hours(5 * 365 * 24);

/// What the folder holds.
pub(super) struct PlatformFiles {
    pub(super) authority: Authority,
    pub(super) wechat_pay: WechatPayAuthority,
    /// The oldest platform certificate.
    pub(super) first: PlatformCertificate,
    /// The others, oldest first.
    pub(super) later: Vec<PlatformCertificate>,
    pub(super) public_key: PublicKey,
}

impl PlatformFiles {
    /// Makes the folder with new keys.
    pub(super) fn create(folder: &Path, now: Now) -> Result<(), CredentialsError> {
        let (root, wechat_pay, public, first) = thread::scope(|scope| {
            let [root, wechat_pay, public] = [(); 3].map(|()| scope.spawn(authority::new_key));
            let first = authority::new_key();
            (joined(root), joined(wechat_pay), joined(public), first)
        });
        let (authority, public, first) = (Authority::found(root?)?, public?, first?);
        let wechat_pay = WechatPayAuthority::found(wechat_pay?)?;
        let certificate = authority.issue_to_platform(&first, validity(now, None))?;
        folder::create(
            folder,
            &[
                NewFile::secret(ROOT_KEY, authority.key_pem()),
                NewFile::open(ROOT_CERTIFICATE, authority.certificate_pem()),
                NewFile::secret("mmpaymch/root_key.pem", wechat_pay.key_pem()),
                NewFile::open("mmpaymch/root_cert.pem", wechat_pay.certificate_pem()),
                NewFile::secret(PUBLIC_KEY, authority::pem_of(&public)),
                NewFile::open(PUBLIC_KEY_ID, authority::new_public_key_id(now.real)?.as_str()),
                NewFile::secret("platform/0001/platform_key.pem", authority::pem_of(&first)),
                NewFile::open("platform/0001/platform_cert.pem", certificate.pem),
            ],
        )
    }

    /// Reads the folder.
    pub(super) fn read(folder: &Path) -> Result<PlatformFiles, CredentialsError> {
        let first = read_certificate(&numbered(folder, 1))?;
        let later = (2..).map(|n| numbered(folder, n)).take_while(|path| path.exists());
        Ok(PlatformFiles {
            authority: read_authority(folder)?,
            wechat_pay: wechat_pay_issuer(&folder.join(WECHAT_PAY_ISSUER))?,
            first,
            later: later.map(|path| read_certificate(&path)).collect::<Result<_, _>>()?,
            public_key: read_public_key(folder)?,
        })
    }
}

/// Makes one more platform certificate in the folder; `newest` is the newest so far.
pub(super) fn add_certificate(
    folder: &Path,
    newest: &PlatformCertificate,
    now: Now,
) -> Result<PlatformCertificate, CredentialsError> {
    let authority = read_authority(folder)?;
    let key = authority::new_key()?;
    let certificate = authority.issue_to_platform(&key, validity(now, Some(newest)))?;
    let free = (2..).map(|n| numbered(folder, n)).find(|path| !path.exists());
    let free = free.unwrap_or_else(|| unreachable!("there is always a number above all that were given"));
    folder::create(
        &free,
        &[NewFile::secret(KEY, authority::pem_of(&key)), NewFile::open(CERTIFICATE, certificate.pem)],
    )?;
    read_certificate(&free)
}

fn numbered(folder: &Path, n: u32) -> PathBuf {
    folder.join(PLATFORM).join(format!("{n:04}"))
}

/// From the earlier of the two clocks to five years after the later, so that a certificate holds by either; and longer
/// than the one before it, as clients take the one that lasts longest for the newest. [global-certificates]
fn validity(now: Now, newest: Option<&PlatformCertificate>) -> Validity {
    let not_after = now.platform.max(now.real) + LIFE;
    let after_newest = newest.map(|newest| newest.expires_at + SignedDuration::from_secs(1));
    Validity {
        not_before: now.platform.min(now.real),
        not_after: after_newest.map_or(not_after, |after_newest| not_after.max(after_newest)),
    }
}

fn read_authority(folder: &Path) -> Result<Authority, CredentialsError> {
    let (key, _) = pair::read(folder, ROOT_KEY, ROOT_CERTIFICATE, REMEDY)?;
    let certificate = pair::read_text(folder, ROOT_CERTIFICATE, REMEDY)?;
    Ok(Authority::reopened(key, &certificate)?)
}

/// The issuer of the older kind in `folder`, made if there is none.
fn wechat_pay_issuer(folder: &Path) -> Result<WechatPayAuthority, CredentialsError> {
    if !folder.exists() {
        let issuer = WechatPayAuthority::found(authority::new_key()?)?;
        let (key, certificate) = (issuer.key_pem(), issuer.certificate_pem());
        let files = [NewFile::secret(ROOT_KEY, key), NewFile::open(ROOT_CERTIFICATE, certificate)];
        folder::create(folder, &files)?;
    }
    let (key, _) = pair::read(folder, ROOT_KEY, ROOT_CERTIFICATE, REMEDY)?;
    let certificate = pair::read_text(folder, ROOT_CERTIFICATE, REMEDY)?;
    Ok(WechatPayAuthority::reopened(key, &certificate)?)
}

fn read_certificate(folder: &Path) -> Result<PlatformCertificate, CredentialsError> {
    let (key, certificate) = pair::read(folder, KEY, CERTIFICATE, REMEDY)?;
    Ok(PlatformCertificate {
        name: certificate.serial,
        // Ended by a line feed as the file is, for clients that paste several together.
        pem: pair::read_text(folder, CERTIFICATE, REMEDY)? + "\n",
        effective_at: certificate.not_before,
        expires_at: certificate.not_after,
        key: signing_key(&key)?,
    })
}

fn read_public_key(folder: &Path) -> Result<PublicKey, CredentialsError> {
    let key = pair::read_key(folder, PUBLIC_KEY, REMEDY)?;
    let id = pair::read_text(folder, PUBLIC_KEY_ID, REMEDY)?;
    let broken = |why: String| CredentialsError::broken(&folder.join(PUBLIC_KEY_ID), why, REMEDY);
    let id = KeyName::parse(&id).map_err(|error| broken(error.to_string()))?;
    let digits = id.as_str().bytes().filter(u8::is_ascii_digit).count();
    if !id.is_public_key_id() || digits != authority::PUBLIC_KEY_ID_DIGITS {
        return Err(broken(format!(
            "`{id}` is no public key id of {} digits",
            authority::PUBLIC_KEY_ID_DIGITS
        )));
    }
    Ok(PublicKey { id, pem: authority::public_pem_of(&key), key: signing_key(&key)? })
}

fn signing_key(key: &KeyPair) -> Result<SigningKey, CredentialsError> {
    Ok(SigningKey::from_pem(&authority::pem_of(key)).map_err(IssueError::from)?)
}
