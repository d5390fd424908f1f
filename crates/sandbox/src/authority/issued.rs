//! What both kinds of certificate have in common: who holds one, from when to when, and what comes out.

use certs::material;
use jiff::Timestamp;
use wechatpay::ids::Mchid;
use wechatpay::keys::{Certificate, KeyError, KeyName};

use super::drawn::lines;

/// Why something could not be issued.
#[derive(Debug, thiserror::Error)]
pub enum IssueError {
    /// The machine gives no random bytes.
    #[error("this machine gives no random bytes")]
    NoRandomness,
    /// The certificate could not be made.
    #[error("the certificate could not be made: {0}")]
    NotMade(#[from] rcgen::Error),
    /// What was made cannot be read.
    #[error("the key or certificate cannot be used: {0}")]
    NotUsable(#[from] KeyError),
}

/// From when to when a certificate is valid, both inclusive. Parts of a second are dropped, as X.509 has none.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Validity {
    /// First second.
    pub not_before: Timestamp,
    /// Last second.
    pub not_after: Timestamp,
}

/// Whom a certificate is issued to: the platform's own record of the merchant, whatever a request says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Holder<'a> {
    /// The merchant id.
    pub mchid: &'a Mchid,
    /// The merchant's company name.
    pub company_name: &'a str,
}

/// A certificate just issued.
#[derive(Debug, Clone)]
pub struct Issued {
    /// As PEM.
    pub pem: String,
    /// As DER.
    pub der: Vec<u8>,
    /// Its serial number.
    pub serial: KeyName,
}

impl Issued {
    pub(super) fn new(pem: String, der: Vec<u8>) -> Result<Issued, IssueError> {
        let pem = lines(pem);
        let serial = Certificate::from_pem(&pem)?.serial;
        Ok(Issued { pem, der, serial })
    }
}

/// The DER of the certificate in `pem`.
pub(super) fn der_of(pem: &str) -> Result<Vec<u8>, KeyError> {
    let contents = material::read(pem.as_bytes(), &[]).map_err(|_| KeyError::NotCertificate)?;
    let first = contents.certificates().next();
    first.map(|certificate| certificate.der().to_vec()).ok_or(KeyError::NotCertificate)
}

/// What the private extension that marks a sandbox's certificates holds.
pub(super) fn sandbox_mark_value() -> Vec<u8> {
    yasna::construct_der(|writer| writer.write_utf8_string(certs::sandbox::UNIT))
}
