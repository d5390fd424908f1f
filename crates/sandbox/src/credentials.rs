//! The keys of a sandbox on disk: made once, read ever after.
//!
//! ```text
//! DIR/sandbox-authority/            the platform's own: root, public key, platform certificates, oldest first
//!     root_key.pem  root_cert.pem                   Tenpay.com Root CA
//!     mmpaymch/root_key.pem  mmpaymch/root_cert.pem  MmpaymchCA
//!     wechatpay_key.pem  wechatpay_public_key_id.txt
//!     platform/0001/platform_key.pem  platform/0001/platform_cert.pem
//!     downloads/<digest>/apiclient_key.pem          keys that the platform made for merchants
//!     tls/tls_ca.pem  tls/server_key.pem  tls/server_cert.pem
//! DIR/CertTrustChain.p7b  DIR/CertTrustChainWX.p7b  the chain files of CA-issued and WeChat-Pay-issued certificates
//! DIR/tls_ca.pem                    a copy, for clients of the address that takes client certificates
//! DIR/credentials/<mchid>/          what a merchant has, as the Merchant Platform and the certificate tool give it
//!     apiclient_key.pem  apiclient_cert.pem  apiclient_cert.p12 (password: the merchant id)  serial_no.txt
//!     api_v3_key.txt  api_v2_key.txt
//!     platform_cert.pem  wechatpay_public_key.pem  wechatpay_public_key_id.txt
//! ```
//!
//! A folder appears whole or not at all. A merchant that is new in the world gets its folder, the others keep theirs.
//! A folder that is not as it was written is refused and never repaired: somebody may have copied its keys elsewhere.
//! The last three files of a merchant are copies of what the platform has, and are brought up to date.

mod folder;
mod merchant;
mod pair;
mod platform_files;
mod tls_files;

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Mutex;
use std::thread;

use aws_lc_rs::digest::{SHA256, digest};
use certs::bundle::BundleError;
use jiff::Timestamp;
use platform::world::{Merchant, World};
use wechatpay::ids::Mchid;

use self::folder::NewFile;
use self::platform_files::PlatformFiles;
pub use self::tls_files::TlsIdentity;
use crate::authority::chain_file::certificates_only;
use crate::authority::{self, Authority, Holder, IssueError, Validity, WechatPayAuthority};
use crate::keyring::{Keyring, MerchantKeys};
use crate::merchant_platform::register::Register;
use crate::merchant_platform::rules;

/// The folder of the platform's own keys. That it is there says that a sandbox made what is in `credentials`.
const AUTHORITY: &str = "sandbox-authority";
const CREDENTIALS: &str = "credentials";

/// What a sandbox signs and verifies with.
pub struct Credentials {
    /// The keys in force.
    pub keyring: Keyring,
    /// Who issues certificates.
    pub issuers: Issuers,
    /// What the address that takes client certificates shows of itself.
    pub tls: TlsIdentity,
}

impl std::fmt::Debug for Credentials {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.keyring.fmt(f)
    }
}

/// The two issuers of merchants' certificates.
pub struct Issuers {
    /// Tenpay.com Root CA.
    pub ca: Authority,
    /// MmpaymchCA.
    pub wechat_pay: WechatPayAuthority,
}

/// What two clocks show.
#[derive(Debug, Clone, Copy)]
pub struct Now {
    /// The sandbox's clock, by which merchants' certificates are judged.
    pub platform: Timestamp,
    /// The wall clock, by which clients judge platform certificates.
    pub real: Timestamp,
}

/// Why a sandbox has no keys.
#[derive(Debug, thiserror::Error)]
pub enum CredentialsError {
    /// A file or folder cannot be written or read.
    #[error("cannot {doing} `{}`: {source}", path.display())]
    Io {
        /// What was tried.
        doing: &'static str,
        /// The file or folder.
        path: PathBuf,
        /// The system's answer.
        source: io::Error,
    },
    /// A file is not as the sandbox wrote it.
    #[error("`{}` is broken: {why}. {remedy}", path.display())]
    Broken {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        why: String,
        /// What to do.
        remedy: Remedy,
    },
    /// Credentials lie where no sandbox made any; they may be real ones.
    #[error(
        "`{}` was not made by this sandbox and is left alone. Move it away, or name another folder with `--data`.",
        path.display()
    )]
    NotOurs {
        /// The folder.
        path: PathBuf,
    },
    /// A key or certificate could not be made.
    #[error(transparent)]
    NotIssued(#[from] IssueError),
    /// The file for `apiclient_cert.p12` could not be made.
    #[error(transparent)]
    NoBundle(#[from] BundleError),
}

impl CredentialsError {
    fn io(doing: &'static str, path: &Path) -> impl FnOnce(io::Error) -> CredentialsError {
        move |source| CredentialsError::Io { doing, path: path.to_owned(), source }
    }

    fn broken(path: &Path, why: String, remedy: Remedy) -> CredentialsError {
        CredentialsError::Broken { path: path.to_owned(), why, remedy }
    }
}

/// What to do about a broken file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Remedy {
    /// One merchant gets new keys.
    RemoveMerchant,
    /// All get new keys.
    StartOver,
}

impl std::fmt::Display for Remedy {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Remedy::RemoveMerchant => {
                "Remove its folder and start again, and this merchant gets new keys; the others keep theirs."
            }
            Remedy::StartOver => "Start with `--fresh`, and the platform and every merchant get new keys.",
        })
    }
}

/// The keys of `world` in the folder `dir`: those that are there, and new ones for whom has none.
///
/// `fresh` removes what earlier sandboxes left in `dir` first. Keys are made on all processors at once and take a tenth
/// of a second each; call this where it may block. At most one process may use a folder.
pub fn open(dir: &Path, world: &World, fresh: bool, now: Now) -> Result<Credentials, CredentialsError> {
    let (ours, merchants) = (dir.join(AUTHORITY), dir.join(CREDENTIALS));
    if merchants.exists() && !ours.exists() {
        return Err(CredentialsError::NotOurs { path: merchants });
    }
    if fresh {
        // Credentials first: without the platform's folder they would be nobody's.
        remove_merchants(&merchants)?;
        folder::remove(&ours)?;
    }
    if !ours.exists() {
        PlatformFiles::create(&ours, now)?;
    }
    let PlatformFiles { authority, wechat_pay, first, later, public_key } = PlatformFiles::read(&ours)?;
    let issuers = Issuers { ca: authority, wechat_pay };
    keep_chain_files(dir, &issuers)?;
    let tls = tls_files::open(&ours, dir)?;

    fs::create_dir_all(&merchants).map_err(CredentialsError::io("make the folder", &merchants))?;
    let listed: Vec<&Merchant> = world.merchants.iter().collect();
    let policy = rules::policy(world.settings.certificate_rules);
    let validity = rules::first_validity(&policy, now.platform);
    let keys = in_parallel(&listed, |merchant| keys_of(&merchants, merchant, &issuers.ca, validity));
    let keys = keys.into_iter().collect::<Result<Vec<MerchantKeys>, _>>()?;
    let known = listed.into_iter().map(|merchant| merchant.mchid.clone()).zip(keys).collect();
    let mut keyring =
        later.into_iter().fold(Keyring::new(known, first, public_key), |keys, next| keys.rotated(next));
    keyring.take_over(Register::under(policy, world.settings.renewal_takes_new_key));
    keep_platform_files(&merchants, &keyring)?;
    Ok(Credentials { keyring, issuers, tls })
}

/// Removes the folders of merchants that a sandbox made, and nothing else: somebody may keep a key of theirs beside them,
/// and a lost key cannot be recovered.
fn remove_merchants(merchants: &Path) -> Result<(), CredentialsError> {
    if !merchants.exists() {
        return Ok(());
    }
    let read = || CredentialsError::io("read the folder", merchants);
    for entry in fs::read_dir(merchants).map_err(read())? {
        let path = entry.map_err(read())?.path();
        let is_merchant =
            path.file_name().and_then(|name| name.to_str()).is_some_and(|name| Mchid::parse(name).is_ok());
        if is_merchant && path.join(merchant::PLATFORM_CERTIFICATE).is_file() {
            folder::remove(&path)?;
        }
    }
    Ok(())
}

/// Makes one more platform certificate, with a key of its own, and gives the keys in force from now on.
///
/// It lasts longer than the one before, so that clients that encrypt with the newest take it. It is kept on disk, and
/// the merchants' copies follow. Like [`open`] this may block for a while; calls must not overlap.
pub fn rotate(dir: &Path, keyring: &Keyring, now: Now) -> Result<Keyring, CredentialsError> {
    let newest = platform_files::add_certificate(&dir.join(AUTHORITY), keyring.newest_certificate(), now)?;
    let keyring = keyring.rotated(newest);
    keep_platform_files(&dir.join(CREDENTIALS), &keyring)?;
    Ok(keyring)
}

/// The keys in the folder of `merchant`, which is made if there is none.
fn keys_of(
    merchants: &Path,
    merchant: &Merchant,
    authority: &Authority,
    validity: Validity,
) -> Result<MerchantKeys, CredentialsError> {
    let folder = merchants.join(merchant.mchid.as_str());
    if !folder.exists() {
        let holder = Holder { mchid: &merchant.mchid, company_name: &merchant.company() };
        merchant::create(&folder, holder, &authority::new_key()?, authority, validity)?;
    }
    merchant::read(&folder, &merchant.mchid)
}

/// The chain files of the two kinds. Source: [api-certificate], chain files.
fn keep_chain_files(dir: &Path, issuers: &Issuers) -> Result<(), CredentialsError> {
    let Issuers { ca, wechat_pay } = issuers;
    for (file, issuer) in
        [(CHAIN_OF_CA, ca.certificate_der()), (CHAIN_OF_WECHAT_PAY, wechat_pay.certificate_der())]
    {
        folder::keep(&dir.join(file), &certificates_only(&[issuer]))?;
    }
    Ok(())
}

/// The chain file of CA-issued certificates.
pub(crate) const CHAIN_OF_CA: &str = "CertTrustChain.p7b";
/// The chain file of WeChat-Pay-issued certificates.
pub(crate) const CHAIN_OF_WECHAT_PAY: &str = "CertTrustChainWX.p7b";

/// Keeps the key of a certificate issued by WeChat Pay, which the platform makes, for its downloads.
pub(crate) fn keep_download_key(dir: &Path, spki: &[u8], pem: &str) -> Result<(), CredentialsError> {
    folder::create(&download_folder(dir, spki), &[NewFile::secret(DOWNLOAD_KEY, pem)])
}

/// The key that was kept for the certificate with this public key.
pub(crate) fn download_key(dir: &Path, spki: &[u8]) -> Result<String, CredentialsError> {
    let path = download_folder(dir, spki).join(DOWNLOAD_KEY);
    fs::read_to_string(&path).map_err(CredentialsError::io("read", &path))
}

const DOWNLOAD_KEY: &str = "apiclient_key.pem";

/// A folder a key, named by the key's digest.
fn download_folder(dir: &Path, spki: &[u8]) -> PathBuf {
    let digest = digest(&SHA256, spki);
    let name: String = digest.as_ref().iter().take(16).map(|byte| format!("{byte:02x}")).collect();
    dir.join(AUTHORITY).join("downloads").join(name)
}

/// Puts `content` into a file that everybody may read; nobody ever sees half of it.
pub(crate) fn write_whole(path: &Path, content: &[u8]) -> Result<(), CredentialsError> {
    folder::keep(path, content)
}

/// Brings the copies in all merchants' folders up to date, also of merchants that are in another world.
fn keep_platform_files(merchants: &Path, keyring: &Keyring) -> Result<(), CredentialsError> {
    let entries = fs::read_dir(merchants).map_err(CredentialsError::io("read the folder", merchants))?;
    for entry in entries {
        let path = entry.map_err(CredentialsError::io("read the folder", merchants))?.path();
        if merchant::is_one(&path) {
            merchant::keep_platform_files(&path, keyring)?;
        }
    }
    Ok(())
}

/// What `work` makes of each item, in their order, with as many threads as there are processors.
fn in_parallel<I: Sync, T: Send>(items: &[I], work: impl Fn(&I) -> T + Sync) -> Vec<T> {
    let waiting = Mutex::new(items.iter().enumerate());
    // A thread that panics poisons nothing here: it panics in `work`, without the lock.
    let next = || waiting.lock().unwrap_or_else(|poisoned| poisoned.into_inner()).next();
    let one_thread = || std::iter::from_fn(next).map(|(n, item)| (n, work(item))).collect::<Vec<_>>();
    let threads = thread::available_parallelism().map_or(1, usize::from).min(items.len());
    let mut done: Vec<(usize, T)> = thread::scope(|scope| {
        let running: Vec<_> = (0..threads).map(|_| scope.spawn(one_thread)).collect();
        running.into_iter().flat_map(joined).collect()
    });
    done.sort_by_key(|(n, _)| *n);
    done.into_iter().map(|(_, made)| made).collect()
}

/// What a thread made; if it panicked, so does this one.
fn joined<T>(thread: thread::ScopedJoinHandle<'_, T>) -> T {
    thread.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic))
}

#[cfg(test)]
mod tests;
