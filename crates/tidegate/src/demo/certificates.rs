//! The institution's certificates: one is asked for before the gateway starts, and another takes its place in the middle of
//! the days, as a person with the certificate tool and the Merchant Platform would do it.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use certs::anchors::{AnchorError, Anchors};
use certs::bundle::Cipher;
use certs::request::{MerchantId, MerchantIdError, MerchantName, MerchantNameError};
use gateway::certificate_folder::{CertificateFolder, FolderError, Installation};
use jiff::Timestamp;
use tokio::task::JoinError;

use crate::demo::call::CallError;
use crate::demo::plan::INSTITUTION;
use crate::demo::platform::Platform;

/// Where the sandbox keeps the chain of the authority that issues here.
const CHAIN: &str = "CertTrustChain.p7b";

/// The files of a merchant's folder at the sandbox that hold its certificate.
const FILES: [&str; 3] = ["apiclient_key.pem", "apiclient_cert.pem", "apiclient_cert.p12"];
const SERIAL: &str = "serial_no.txt";

/// Why there is no certificate.
#[derive(Debug, thiserror::Error)]
pub(crate) enum CertificateError {
    /// The platform was not asked, or refused.
    #[error(transparent)]
    Call(#[from] CallError),
    /// The tool refused.
    #[error("{error}. {}", error.what_to_do())]
    Folder {
        /// Why.
        #[from]
        error: FolderError,
    },
    /// The merchant id is none.
    #[error(transparent)]
    Id(#[from] MerchantIdError),
    /// The merchant's name cannot stand in a request.
    #[error(transparent)]
    Name(#[from] MerchantNameError),
    /// The platform's chain is none.
    #[error(transparent)]
    Anchor(#[from] AnchorError),
    /// A file cannot be read or written.
    #[error("`{}`: {source}", path.display())]
    Io {
        /// The file.
        path: PathBuf,
        /// The system's answer.
        source: io::Error,
    },
    /// The tool broke off.
    #[error("asking for a certificate was broken off: {0}")]
    Cut(#[from] JoinError),
}

/// A certificate that was asked for and installed.
#[derive(Debug, Clone)]
pub(crate) struct Issued {
    /// Its serial number.
    pub(crate) serial_no: String,
    /// Where it lies with its key.
    folder: CertificateFolder,
}

impl Issued {
    /// Certificate and key in PEM.
    pub(crate) fn pair(&self) -> Result<(String, String), CertificateError> {
        Ok((text(&self.folder.certificate())?, text(&self.folder.key())?))
    }
}

/// Who asks for certificates in the institution's name.
#[derive(Debug, Clone)]
pub(crate) struct Office {
    platform: Platform,
    /// The merchant's name, as the platform has it.
    name: String,
    /// The sandbox's files.
    data: PathBuf,
    /// Where the tool's folders lie.
    folder: PathBuf,
}

impl Office {
    /// The office of the institution with this `name`, in the demo's `folder`, at the sandbox whose files are in `data`.
    pub(crate) fn new(platform: Platform, name: String, data: &Path, folder: &Path) -> Office {
        Office { platform, name, data: data.to_owned(), folder: folder.join("certificates") }
    }

    /// The institution's first certificate. Until now it had one that the sandbox made for it; that is forgotten.
    pub(crate) async fn first(&self, now: Timestamp) -> Result<Issued, CertificateError> {
        self.platform.forget_certificates().await?;
        let request_string = self.request("first").await?;
        let certificate_string = self.platform.applies(&request_string).await?;
        self.install("first", certificate_string, now).await
    }

    /// The certificate that takes the place of `before`.
    pub(crate) async fn changed(&self, before: &Issued, now: Timestamp) -> Result<Issued, CertificateError> {
        let request_string = self.request("second").await?;
        let certificate_string = self.platform.changes(&before.serial_no, &request_string).await?;
        self.install("second", certificate_string, now).await
    }

    /// Makes the key, and what is pasted into the platform.
    async fn request(&self, which: &str) -> Result<String, CertificateError> {
        let (path, name) = (self.folder.join(which), self.name.clone());
        let requesting = move || {
            let folder = CertificateFolder::create(&path)?;
            let (id, name) = (MerchantId::parse(INSTITUTION)?, MerchantName::parse(&name)?);
            Ok(folder.request(&id, &name, None)?.asked.request_string)
        };
        tokio::task::spawn_blocking(requesting).await?
    }

    /// Takes what is copied from the platform, and puts it where whoever serves the sandbox's merchants looks.
    async fn install(&self, which: &str, pasted: String, now: Timestamp) -> Result<Issued, CertificateError> {
        let (path, data) = (self.folder.join(which), self.data.clone());
        let installing = move || {
            let folder = CertificateFolder::open(&path)?;
            let chain = data.join(CHAIN);
            let anchors = Anchors::from_file(&bytes(&chain)?)?;
            let installation = Installation {
                anchors: &anchors,
                passphrase: None,
                bundle_password: None,
                cipher: Cipher::TripleDes,
                now,
            };
            let installed = folder.install(pasted.as_bytes(), &installation)?;
            let serial_no = installed.certificate.serial.hex();
            let merchants = data.join("credentials").join(INSTITUTION);
            for file in FILES {
                put(&merchants.join(file), &bytes(&folder.path().join(file))?)?;
            }
            put(&merchants.join(SERIAL), serial_no.as_bytes())?;
            Ok(Issued { serial_no, folder })
        };
        tokio::task::spawn_blocking(installing).await?
    }
}

fn bytes(path: &Path) -> Result<Vec<u8>, CertificateError> {
    fs::read(path).map_err(|source| CertificateError::Io { path: path.to_owned(), source })
}

fn text(path: &Path) -> Result<String, CertificateError> {
    fs::read_to_string(path).map_err(|source| CertificateError::Io { path: path.to_owned(), source })
}

fn put(path: &Path, content: &[u8]) -> Result<(), CertificateError> {
    fs::write(path, content).map_err(|source| CertificateError::Io { path: path.to_owned(), source })
}
