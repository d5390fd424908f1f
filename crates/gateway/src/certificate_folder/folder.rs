//! What a folder holds.

use std::path::{Path, PathBuf};

use certs::certificate::Certificate;
use certs::classification::{Class, classify};
use certs::lifecycle::{IssuedBy, Record, Validity};
use certs::material::{self, Item};
use certs::public_key::PublicKey;
use certs::request::{self, MerchantId, MerchantName};

use super::error::FolderError;
use super::files::{self, FileError, Lock};
use super::install;

/// The private key.
pub const KEY: &str = "apiclient_key.pem";
/// The certificate.
pub const CERTIFICATE: &str = "apiclient_cert.pem";
/// Certificate and key in one file.
pub const BUNDLE: &str = "apiclient_cert.p12";
/// What people read, under the name that the official tool gives it. Source: [certificate-rules].
pub const EXPLANATION: &str = "证书使用说明.txt";
/// The request string.
pub const REQUEST_STRING: &str = "request_string.pem";
/// The sets that were replaced, each in a folder named after its serial number.
pub const PREVIOUS: &str = ".previous";
/// Keeps keys out of repositories.
pub const GITIGNORE: &str = ".gitignore";
/// Keeps two programs apart.
pub const LOCK: &str = ".lock";

/// A folder for one certificate.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CertificateFolder {
    path: PathBuf,
}

/// Where a folder stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Holding {
    /// Nothing was asked for.
    Nothing,
    /// A request string was made, and its certificate is awaited.
    Awaiting(Asked),
    /// There is a certificate.
    Certificate(Box<Kept>),
}

/// What was asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Asked {
    /// The merchant id in the request string.
    pub merchant_id: MerchantId,
    /// The merchant's name in it.
    pub merchant_name: MerchantName,
    /// The request string, byte for byte as it was first shown.
    pub request_string: String,
    /// The public half of the key that was made for it.
    pub public_key: PublicKey,
    /// Whether the key is under a passphrase.
    pub key_is_sealed: bool,
}

/// A certificate in its folder.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Kept {
    /// The certificate.
    pub certificate: Certificate,
    /// Whose it is; `None` for a certificate that names no merchant id.
    pub merchant_id: Option<MerchantId>,
    /// Those of the same key that it replaced, in no order.
    pub earlier: Vec<Certificate>,
    /// Whether the key is under a passphrase; `None` if there is no key.
    pub key_is_sealed: Option<bool>,
}

impl Kept {
    /// What the lifecycle needs to know of it. The years of use count from the first certificate of the key that lies here.
    pub fn record(&self) -> Record {
        let class = classify(&self.certificate).class;
        let issued_by = match class {
            Class::MerchantWxpayIssued => IssuedBy::Wxpay,
            _ => IssuedBy::Ca,
        };
        let validity =
            Validity { not_before: self.certificate.not_before, not_after: self.certificate.not_after };
        let first = self.earlier.iter().map(|earlier| earlier.not_before).min();
        let first = first.map(|first| first.min(validity.not_before));
        Record::from_certificate(self.certificate.serial.hex(), issued_by, validity, first)
    }
}

impl CertificateFolder {
    /// The folder at `path`, which is made if it is not there; then its owner alone can enter it.
    pub fn create(path: &Path) -> Result<CertificateFolder, FolderError> {
        files::make_folder(path)?;
        CertificateFolder::open(path)
    }

    /// The folder at `path`.
    pub fn open(path: &Path) -> Result<CertificateFolder, FolderError> {
        match path.is_dir() {
            true => Ok(CertificateFolder { path: path.to_owned() }),
            false => Err(FolderError::NotThere { path: path.to_owned() }),
        }
    }

    /// Where it is.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// The private key's file.
    pub fn key(&self) -> PathBuf {
        self.path.join(KEY)
    }

    /// The certificate's file.
    pub fn certificate(&self) -> PathBuf {
        self.path.join(CERTIFICATE)
    }

    /// The PKCS#12 file.
    pub fn bundle(&self) -> PathBuf {
        self.path.join(BUNDLE)
    }

    /// The request string's file.
    pub fn request_string(&self) -> PathBuf {
        self.path.join(REQUEST_STRING)
    }

    /// Where it stands. A request or installation that was interrupted after it counted is brought to its end first.
    pub fn holding(&self) -> Result<Holding, FolderError> {
        if self.is_unsettled() {
            let lock = self.lock()?;
            self.settle(&lock)?;
        }
        self.look()
    }

    /// Keeps others from changing the folder.
    pub(super) fn lock(&self) -> Result<Lock, FolderError> {
        let lock = Lock::take(&self.path.join(LOCK))?;
        lock.ok_or_else(|| FolderError::Busy { path: self.path.clone() })
    }

    fn is_unsettled(&self) -> bool {
        files::exists(&self.path.join(install::READY)) || files::exists(&self.unnamed_request_string())
    }

    /// Brings to its end what was interrupted after it counted, and forgets what was interrupted before.
    pub(super) fn settle(&self, lock: &Lock) -> Result<(), FolderError> {
        install::finish(self, lock)?;
        let unnamed = self.unnamed_request_string();
        match files::exists(&self.key()) && !files::exists(&self.request_string()) && files::exists(&unnamed)
        {
            // The key got its name, so that this is the string that belongs to it.
            true => files::rename(&unnamed, &self.request_string())?,
            false => files::remove(&unnamed)?,
        }
        Ok(())
    }

    /// The request string before its key is safe.
    pub(super) fn unnamed_request_string(&self) -> PathBuf {
        files::beside(&self.request_string())
    }

    /// Where it stands, with nothing left to bring to an end.
    pub(super) fn look(&self) -> Result<Holding, FolderError> {
        if let Some(certificate) = self.read_certificate(&self.certificate())? {
            return Ok(Holding::Certificate(Box::new(self.kept(certificate)?)));
        }
        match (self.asked()?, self.key_is_sealed()?) {
            (Some(asked), Some(false)) if !self.has_key_of(&asked)? => Err(FolderError::OtherKey),
            (Some(asked), Some(_)) => Ok(Holding::Awaiting(asked)),
            (Some(_), None) => Err(FolderError::KeyLost { path: self.key() }),
            (None, Some(_)) => Err(FolderError::NobodysKey { path: self.path.clone() }),
            (None, None) => Ok(Holding::Nothing),
        }
    }

    /// Whether the key that lies here in plain is the one of the request string.
    fn has_key_of(&self, asked: &Asked) -> Result<bool, FolderError> {
        Ok(*self.private_key(None)?.public_key() == asked.public_key)
    }

    fn kept(&self, certificate: Certificate) -> Result<Kept, FolderError> {
        let earlier = self.earlier(&certificate)?;
        let merchant_id = certificate.subject.common_name().and_then(|name| MerchantId::parse(name).ok());
        Ok(Kept { merchant_id, earlier, key_is_sealed: self.key_is_sealed()?, certificate })
    }

    /// What was asked for, if the request string is here.
    pub(super) fn asked(&self) -> Result<Option<Asked>, FolderError> {
        let path = self.request_string();
        let Some(bytes) = files::read_if_there(&path)? else { return Ok(None) };
        let csr = request::read(&bytes)
            .map_err(|source| FolderError::RequestString { path: path.clone(), source })?;
        let merchant_id = csr.subject.common_name().and_then(|name| MerchantId::parse(name).ok());
        let merchant_name = csr.subject.organizational_unit().and_then(|name| MerchantName::parse(name).ok());
        let (Some(merchant_id), Some(merchant_name)) = (merchant_id, merchant_name) else {
            return Err(FolderError::NoMerchant { path });
        };
        Ok(Some(Asked {
            merchant_id,
            merchant_name,
            request_string: String::from_utf8_lossy(&bytes).into_owned(),
            public_key: csr.public_key,
            key_is_sealed: self.key_is_sealed()?.unwrap_or(false),
        }))
    }

    /// Whether the key is under a passphrase; `None` without a key.
    fn key_is_sealed(&self) -> Result<Option<bool>, FolderError> {
        let path = self.key();
        let Some(bytes) = files::read_if_there(&path)? else { return Ok(None) };
        let contents =
            material::read(&bytes, &[]).map_err(|source| FolderError::Material { path, source })?;
        Ok(Some(contents.items.contains(&Item::SealedKey)))
    }

    /// The certificates of the same key under [`PREVIOUS`], without `current`.
    fn earlier(&self, current: &Certificate) -> Result<Vec<Certificate>, FolderError> {
        let path = self.path.join(PREVIOUS);
        let Ok(entries) = std::fs::read_dir(&path) else { return Ok(Vec::new()) };
        let mut earlier = Vec::new();
        for entry in entries {
            let entry = entry.map_err(|error| FileError::io("read", &path, error))?;
            if let Some(certificate) = self.read_certificate(&entry.path().join(CERTIFICATE))?
                && certificate.serial != current.serial
                && certificate.public_key == current.public_key
            {
                earlier.push(certificate);
            }
        }
        Ok(earlier)
    }

    fn read_certificate(&self, path: &Path) -> Result<Option<Certificate>, FolderError> {
        let Some(bytes) = files::read_if_there(path)? else { return Ok(None) };
        let contents = material::read(&bytes, &[])
            .map_err(|source| FolderError::Material { path: path.to_owned(), source })?;
        let certificate = contents.expect_certificate().cloned();
        certificate.map(Some).map_err(|found| FolderError::Misnamed { path: path.to_owned(), found })
    }
}
