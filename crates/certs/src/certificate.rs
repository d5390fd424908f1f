//! X.509 certificates, read tolerantly: what can be shown is shown.
//!
//! The certificates of this platform break rules that strict libraries insist on: leaves without key identifiers, a CA
//! signed with SHA-1, names in the wrong string type. None of that is a reason not to read one.

use std::fmt;

use jiff::Timestamp;
use x509_parser::certificate::X509Certificate;
use x509_parser::prelude::FromDer;
use x509_parser::time::ASN1Time;

use crate::asn1::dotted;
use crate::digests::Digests;
use crate::extension::Extension;
use crate::name::DistinguishedName;
use crate::public_key::PublicKey;
use crate::serial::SerialNumber;
use crate::signature::{SignatureAlgorithm, SignatureVerdict};

/// A certificate and what it says about itself. Nothing of it is proven until its chain is.
#[derive(Clone, PartialEq, Eq)]
pub struct Certificate {
    der: Vec<u8>,
    /// The version as people count it, 1 or 3.
    pub version: u32,
    /// Its serial number.
    pub serial: SerialNumber,
    /// Who issued it.
    pub issuer: DistinguishedName,
    /// Whose it is.
    pub subject: DistinguishedName,
    /// First second of its validity.
    pub not_before: Timestamp,
    /// Last second of its validity: it is valid through it.
    pub not_after: Timestamp,
    /// The key that it certifies.
    pub public_key: PublicKey,
    /// How its issuer signed it.
    pub signature_algorithm: SignatureAlgorithm,
    /// What else it says, in encoded order. None in a certificate of version 1.
    pub extensions: Vec<Extension>,
    /// Whether it may issue certificates, and how many CAs may stand between it and a leaf.
    pub authority: Authority,
    encoded_issuer: Vec<u8>,
    encoded_subject: Vec<u8>,
    signed_part: Vec<u8>,
    signature: Vec<u8>,
}

/// Whether a certificate may issue others.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Authority {
    /// It may not.
    Leaf,
    /// It may.
    Ca {
        /// CAs that may stand between it and a leaf; `None` for any number.
        path_len: Option<u32>,
    },
}

/// Why bytes are no certificate.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum CertificateError {
    /// The bytes do not follow X.509.
    #[error("this has the outline of a certificate but cannot be read ({reason})")]
    NotReadable {
        /// What the reader says.
        reason: String,
    },
    /// Something stands behind the certificate.
    #[error("{extra} bytes follow the certificate")]
    ExtraBytes {
        /// How many.
        extra: usize,
    },
}

impl Certificate {
    /// The certificate that `der` is, from the first byte to the last.
    pub fn from_der(der: &[u8]) -> Result<Certificate, CertificateError> {
        let (rest, parsed) = X509Certificate::from_der(der)
            .map_err(|error| CertificateError::NotReadable { reason: error.to_string() })?;
        if !rest.is_empty() {
            return Err(CertificateError::ExtraBytes { extra: rest.len() });
        }
        Ok(Certificate::read(&parsed, der))
    }

    fn read(parsed: &X509Certificate<'_>, der: &[u8]) -> Certificate {
        let authority = match parsed.basic_constraints() {
            Ok(Some(constraints)) if constraints.value.ca => {
                Authority::Ca { path_len: constraints.value.path_len_constraint }
            }
            _ => Authority::Leaf,
        };
        Certificate {
            der: der.to_vec(),
            version: parsed.version().0.saturating_add(1),
            serial: SerialNumber::from_bytes(parsed.raw_serial()),
            issuer: DistinguishedName::read(parsed.issuer()),
            subject: DistinguishedName::read(parsed.subject()),
            not_before: instant(parsed.validity().not_before),
            not_after: instant(parsed.validity().not_after),
            public_key: PublicKey::read(parsed.public_key()),
            signature_algorithm: SignatureAlgorithm::from_oid(&dotted(
                parsed.signature_algorithm.algorithm.as_bytes(),
            )),
            extensions: parsed.extensions().iter().map(Extension::read).collect(),
            authority,
            encoded_issuer: parsed.issuer().as_raw().to_vec(),
            encoded_subject: parsed.subject().as_raw().to_vec(),
            signed_part: parsed.tbs_certificate.as_ref().to_vec(),
            signature: parsed.signature_value.data.to_vec(),
        }
    }

    /// The certificate in DER, byte for byte as it was given.
    pub fn der(&self) -> &[u8] {
        &self.der
    }

    /// The certificate in PEM, 64 columns and line feeds.
    pub fn pem(&self) -> String {
        crate::pem::encode("CERTIFICATE", &self.der).to_string()
    }

    /// The digests of the DER.
    pub fn fingerprints(&self) -> Digests {
        Digests::of(&self.der)
    }

    /// Whether the names agree: this issuer's subject is that certificate's issuer, byte for byte.
    ///
    /// Key identifiers are not asked for; real leaves have none. Source: [api-certificate].
    pub fn names_as_issuer(&self, issuer: &Certificate) -> bool {
        self.encoded_issuer == issuer.encoded_subject
    }

    /// Whether issuer and subject are the same name.
    pub fn is_self_issued(&self) -> bool {
        self.encoded_issuer == self.encoded_subject
    }

    /// Whether its signature is that of `key`.
    pub fn is_signed_by(&self, key: &PublicKey) -> SignatureVerdict {
        self.signature_algorithm.verify(key, &self.signed_part, &self.signature)
    }

    /// Whether it is valid at `now`; both ends of the validity belong to it.
    pub fn validity_at(&self, now: Timestamp) -> Validity {
        match now {
            now if now < self.not_before => Validity::NotYet,
            // Both ends have whole seconds, and the last second belongs to the validity.
            now if now.as_second() > self.not_after.as_second() => Validity::Expired,
            _ => Validity::Valid,
        }
    }

    /// Whether it bears the marks of a sandbox's certificate: the unit in one of its names, or the extension.
    pub fn is_sandbox(&self) -> bool {
        let mark: Vec<String> = crate::sandbox::EXTENSION.iter().map(u64::to_string).collect();
        let mark = mark.join(".");
        self.subject.has_unit(crate::sandbox::UNIT)
            || self.issuer.has_unit(crate::sandbox::UNIT)
            || self.extensions.iter().any(|extension| extension.oid == mark)
    }
}

/// Where an instant lies to a certificate's validity.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Validity {
    /// Before it.
    NotYet,
    /// Within it.
    Valid,
    /// After it.
    Expired,
}

/// Dates beyond what a `Timestamp` holds, such as the 9999-12-31 that means "never", become its last instant.
fn instant(time: ASN1Time) -> Timestamp {
    let limit = if time.timestamp() < 0 { Timestamp::MIN } else { Timestamp::MAX };
    Timestamp::from_second(time.timestamp()).unwrap_or(limit)
}

impl fmt::Debug for Certificate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Certificate({}, {})", self.serial, self.subject)
    }
}
