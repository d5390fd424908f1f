//! What can go wrong in a certificate folder, in a sentence each, with its remedy.

use std::path::PathBuf;

use certs::bundle::BundleError;
use certs::material::MaterialError;
use certs::request::{MerchantId, MerchantName, PasteError, RequestError};
use certs::serial::SerialNumber;
use certs::verification::{Outcome, Verification};

use super::files::FileError;

/// Why a folder does not do what was asked of it.
#[derive(Debug, thiserror::Error)]
pub enum FolderError {
    /// There is no such folder.
    #[error("there is no folder `{}`", path.display())]
    NotThere {
        /// Where it should be.
        path: PathBuf,
    },
    /// Another program is changing it.
    #[error("another program is working in `{}`", path.display())]
    Busy {
        /// The folder.
        path: PathBuf,
    },
    /// Reading or writing failed.
    #[error(transparent)]
    File(#[from] FileError),
    /// A key lies there that was not made here.
    #[error("a private key lies at `{}` already, and a key is never written over", path.display())]
    KeyExists {
        /// The key.
        path: PathBuf,
    },
    /// The folder waits for another merchant's certificate.
    #[error("this folder belongs to merchant {merchant_id}, not to {given}")]
    OtherMerchant {
        /// Whose it is.
        merchant_id: MerchantId,
        /// Who was named.
        given: MerchantId,
    },
    /// The folder was made under another name of the same merchant.
    #[error("the request string in this folder was made for the name `{name}`, not for `{given}`")]
    OtherName {
        /// The name in the request string.
        name: MerchantName,
        /// The name that was given.
        given: MerchantName,
    },
    /// There is a certificate already.
    #[error("this folder holds a certificate already (serial number {serial})")]
    HasCertificate {
        /// Its serial number.
        serial: SerialNumber,
    },
    /// A PKCS#12 file lies there that was not made here.
    #[error("a PKCS#12 file lies at `{}` already, and may hold a key that is nowhere else", path.display())]
    BundleExists {
        /// The file.
        path: PathBuf,
    },
    /// The request string is there and its key is gone.
    #[error("the request string is here, but its private key `{}` is gone", path.display())]
    KeyLost {
        /// Where the key was.
        path: PathBuf,
    },
    /// Neither key nor request string.
    #[error("no certificate was asked for in `{}`", path.display())]
    NothingAskedFor {
        /// The folder.
        path: PathBuf,
    },
    /// A key without anything that says for whom.
    #[error("`{}` holds a private key, but neither a request string nor a certificate says whose it is", path.display())]
    NobodysKey {
        /// The folder.
        path: PathBuf,
    },
    /// The request string was changed.
    #[error("the file `{}` is no longer the request string that was written: {source}", path.display())]
    RequestString {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        source: RequestError,
    },
    /// The request string names no merchant.
    #[error("the request string in `{}` names no merchant", path.display())]
    NoMerchant {
        /// The file.
        path: PathBuf,
    },
    /// A file of the folder cannot be read.
    #[error("`{}` cannot be used: {source}", path.display())]
    Material {
        /// The file.
        path: PathBuf,
        /// Why.
        source: MaterialError,
    },
    /// A file of the folder is something else than its name says.
    #[error("`{}` is not what its name says: {found}", path.display())]
    Misnamed {
        /// The file.
        path: PathBuf,
        /// What it is instead.
        found: certs::material::WrongKind,
    },
    /// The key is encrypted and no passphrase was given.
    #[error("the private key is encrypted, and its passphrase is needed")]
    PassphraseNeeded,
    /// The passphrase is another one.
    #[error("the passphrase does not open the private key")]
    WrongPassphrase,
    /// An empty passphrase protects nothing.
    #[error("the passphrase is empty")]
    EmptyPassphrase,
    /// Key and request string do not belong together.
    #[error("the private key in this folder is not the one that the request string was made from")]
    OtherKey,
    /// No key could be made.
    #[error("this machine could not make a private key")]
    KeyNotMade,
    /// What was pasted is not the certificate that is awaited.
    #[error(transparent)]
    Paste(#[from] PasteError),
    /// It is the one for the key, but not proven to be genuine and valid.
    #[error("the certificate was not installed: {}", failures(.0))]
    NotProven(Verification),
    /// The PKCS#12 file could not be made.
    #[error(transparent)]
    Bundle(#[from] BundleError),
}

impl FolderError {
    /// What to do about it.
    pub fn what_to_do(&self) -> &'static str {
        match self {
            FolderError::NotThere { .. } => {
                "Name the folder that was given to `tidegate cert request --out`."
            }
            FolderError::Busy { .. } => "Wait until it is done, and repeat.",
            FolderError::File(error) => error.what_to_do(),
            FolderError::KeyExists { .. } => {
                "Give a new folder for a new key. To put a renewed certificate beside this key, use `tidegate cert install`."
            }
            FolderError::OtherMerchant { .. } => "Give each merchant id a folder of its own.",
            FolderError::OtherName { .. } => {
                "To go on, give the name in the request string; white space makes no difference. To ask under another name, give a new folder."
            }
            FolderError::HasCertificate { .. } => {
                "A renewal keeps the key and needs no request string: renew on the Merchant Platform and use `tidegate cert install`. For Change or Upgrade to another kind, give a new folder."
            }
            FolderError::BundleExists { .. } => {
                "Move it to another folder and repeat; nothing here writes over it."
            }
            FolderError::KeyLost { .. } => {
                "Bring the key back from a backup (`tidegate cert restore`). Without one it is lost: ask for a new certificate in a new folder; if this one was issued already, void or change it on the Merchant Platform."
            }
            FolderError::NothingAskedFor { .. } => "Begin with `tidegate cert request`.",
            FolderError::NobodysKey { .. } => {
                "Put the certificate `apiclient_cert.pem` beside it, or ask for a new one in a new folder."
            }
            FolderError::RequestString { .. } | FolderError::NoMerchant { .. } => {
                "Bring the folder back from a backup (`tidegate cert restore`), or ask for a new certificate in a new folder."
            }
            FolderError::Material { source, .. } => source.what_to_do(),
            FolderError::Misnamed { found, .. } => found.what_to_do(),
            FolderError::PassphraseNeeded => {
                "Give it by a file, the environment or the prompt, as `--help` says."
            }
            FolderError::WrongPassphrase => {
                "Give the passphrase that was typed when the key was made; it is not the merchant id."
            }
            FolderError::EmptyPassphrase => {
                "Type one, or leave it out: then the key is kept without, for its owner alone to read."
            }
            FolderError::OtherKey => {
                "One of the two files was exchanged: bring the folder back from a backup, or ask for a new certificate in a new folder."
            }
            FolderError::KeyNotMade => "The system gives no random bytes; look at its log.",
            FolderError::Paste(error) => error.what_to_do(),
            FolderError::NotProven(verification) if has_expired(verification) => {
                "Copy the newest certificate string from the Merchant Platform; if this is the newest, renew it there first."
            }
            FolderError::NotProven(_) => {
                "Copy the certificate string from the Merchant Platform again. A sandbox's certificate needs the sandbox's chain file as anchor: `--anchor`."
            }
            FolderError::Bundle(error) => error.what_to_do(),
        }
    }
}

/// Why a verification is not good, as the end of a sentence.
fn failures(verification: &Verification) -> String {
    let bad = |outcome| match outcome {
        Outcome::Fail => true,
        Outcome::Pass => false,
        Outcome::NotChecked => !verification.checks.iter().any(|check| check.outcome == Outcome::Fail),
    };
    let said = verification.checks.iter().filter(|check| bad(check.outcome));
    said.map(|check| check.sentence.trim_end_matches('.')).collect::<Vec<_>>().join("; ")
}

fn has_expired(verification: &Verification) -> bool {
    let mut checks = verification.checks.iter().filter(|check| check.outcome == Outcome::Fail);
    checks.next().is_some_and(|check| check.question == "validity") && checks.next().is_none()
}
