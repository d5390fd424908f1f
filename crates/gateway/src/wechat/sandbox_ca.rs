//! Whose TLS certificates a sandbox shows. It is its own authority, so nobody else believes them.

use std::io;
use std::path::{Path, PathBuf};

use reqwest::Certificate;

/// The authority of a sandbox's TLS certificates, as its `tls_ca.pem` has it. Never used in production.
#[derive(Debug, Clone)]
pub struct SandboxCa(Vec<Certificate>);

/// Why there is no such authority.
#[derive(Debug, thiserror::Error)]
pub enum SandboxCaError {
    /// The file cannot be read.
    #[error("cannot read `{}`: {source}", path.display())]
    Io {
        /// The file.
        path: PathBuf,
        /// The system's answer.
        source: io::Error,
    },
    /// The file holds no certificate.
    #[error("`{}` holds no certificate in PEM", path.display())]
    Form {
        /// The file.
        path: PathBuf,
    },
}

impl SandboxCa {
    /// The authority in the file at `path`.
    pub fn read(path: &Path) -> Result<SandboxCa, SandboxCaError> {
        let pem =
            std::fs::read(path).map_err(|source| SandboxCaError::Io { path: path.to_owned(), source })?;
        SandboxCa::parse(&pem).ok_or_else(|| SandboxCaError::Form { path: path.to_owned() })
    }

    /// The authority in `pem`; none if there is no certificate in it.
    pub fn parse(pem: &[u8]) -> Option<SandboxCa> {
        let certificates = Certificate::from_pem_bundle(pem).ok()?;
        (!certificates.is_empty()).then_some(SandboxCa(certificates))
    }

    pub(super) fn certificates(&self) -> impl Iterator<Item = Certificate> {
        self.0.iter().cloned()
    }
}
