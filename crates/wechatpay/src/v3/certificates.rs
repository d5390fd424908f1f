//! The platform's certificate list: `GET /v3/global/certificates` (mainland: `/v3/certificates`).
//!
//! The first list is signed with a key that is inside it. Opening a certificate with the APIv3 key proves where it
//! comes from, since only WeChat Pay and the merchant hold that key; then the list's own signature is verified with the
//! certificate just obtained. Source: [global-certificates], [official-sdk].

use jiff::Timestamp;
use zeroize::Zeroizing;

use crate::keys::{ApiV3Key, Certificate, KeyError, KeyName};

use super::caller::Region;
use super::json::{Message, MessageError, ObjectWriter};
use super::resource::{ResourceError, SealedResource};
use super::target::Target;
use super::verify::{PlatformKeys, Violation};

/// What a certificate in the list is sealed with as associated data.
pub const ASSOCIATED_DATA: &str = "certificate";

/// The target of the list.
pub fn target(region: Region) -> Target {
    match region {
        Region::Global => Target::of(["v3", "global", "certificates"]),
        Region::Mainland => Target::of(["v3", "certificates"]),
    }
}

/// One certificate of the list, still sealed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SealedCertificate {
    /// Its serial number.
    pub serial_no: KeyName,
    /// When the platform begins to use it.
    pub effective_time: Timestamp,
    /// When the platform ceases to use it; brought forward a day before it is replaced.
    pub expire_time: Timestamp,
    /// The certificate in PEM, sealed under the APIv3 key.
    pub encrypt_certificate: SealedResource,
}

/// A certificate of the list, opened.
#[derive(Debug, Clone)]
pub struct PlatformCertificate {
    /// The certificate.
    pub certificate: Certificate,
    /// Its PEM.
    pub pem: String,
    /// When the platform begins to use it.
    pub effective_time: Timestamp,
    /// When the platform ceases to use it. The newest certificate is the one with the latest.
    pub expire_time: Timestamp,
}

/// Why a certificate list is not taken.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum CertificatesError {
    /// Not a certificate list.
    #[error(transparent)]
    Message(#[from] MessageError),
    /// A certificate does not open.
    #[error("platform certificate {serial}: {source}")]
    Sealed {
        /// The serial number in the list.
        serial: KeyName,
        /// Why.
        source: ResourceError,
    },
    /// What was sealed is no certificate.
    #[error("platform certificate {serial}: {source}")]
    Certificate {
        /// The serial number in the list.
        serial: KeyName,
        /// Why.
        source: KeyError,
    },
    /// The list and the certificate disagree about its serial number.
    #[error("the list says {expected}, its certificate {found}")]
    SerialMismatch {
        /// In the list.
        expected: KeyName,
        /// In the certificate.
        found: KeyName,
    },
    /// The list's signature does not hold.
    #[error("the certificate list: {0}")]
    Violation(#[from] Violation),
}

/// The certificates in a list's body.
pub fn parse(body: &[u8]) -> Result<Vec<SealedCertificate>, MessageError> {
    let message = Message::parse(body)?;
    let mut certificates = Vec::new();
    for fields in message.fields().objects("data")? {
        certificates.push(SealedCertificate {
            serial_no: fields.parsed("serial_no", KeyName::parse)?,
            effective_time: fields.instant("effective_time")?,
            expire_time: fields.instant("expire_time")?,
            encrypt_certificate: SealedResource::read(&fields.object("encrypt_certificate")?)?,
        });
    }
    Ok(certificates)
}

/// The body of a list of `certificates`.
pub fn render(certificates: &[SealedCertificate]) -> String {
    ObjectWriter::render(|object| {
        object.objects("data", certificates, |object, certificate| {
            object.text("serial_no", certificate.serial_no.as_str());
            object.optional_instant("effective_time", Some(certificate.effective_time));
            object.optional_instant("expire_time", Some(certificate.expire_time));
            object.object("encrypt_certificate", |object| certificate.encrypt_certificate.write(object));
        });
    })
}

/// Takes in a certificate list: opens what is in it, verifies the list, and answers its certificates with the keys
/// that are believed from now on, the ones in `known` among them.
///
/// The list may be signed by a known key or by one of its own; so it serves the first download as well as a refresh,
/// and a set that knows nothing of the platform's present key recovers by itself.
pub fn take_in<'h>(
    known: &PlatformKeys,
    header: impl Fn(&str) -> Option<&'h str>,
    body: &[u8],
    key: &ApiV3Key,
    now: Timestamp,
) -> Result<(PlatformKeys, Vec<PlatformCertificate>), CertificatesError> {
    let opened = parse(body)?.iter().map(|sealed| sealed.open(key)).collect::<Result<Vec<_>, _>>()?;
    let mut keys = known.clone();
    for certificate in &opened {
        keys.add_certificate(&certificate.certificate);
    }
    keys.verify(header, body, now)?;
    Ok((keys, opened))
}

impl SealedCertificate {
    /// The certificate in `pem` sealed for a merchant. Never use a nonce twice with one key.
    pub fn seal(
        pem: &str,
        effective_time: Timestamp,
        expire_time: Timestamp,
        key: &ApiV3Key,
        nonce: &str,
    ) -> Result<SealedCertificate, SealError> {
        Ok(SealedCertificate {
            serial_no: Certificate::from_pem(pem)?.serial,
            effective_time,
            expire_time,
            encrypt_certificate: SealedResource::seal(key, nonce, ASSOCIATED_DATA, pem)?,
        })
    }

    /// The certificate inside. That it opens proves that it comes from WeChat Pay.
    pub fn open(&self, key: &ApiV3Key) -> Result<PlatformCertificate, CertificatesError> {
        let serial = || self.serial_no.clone();
        let pem: Zeroizing<String> = self
            .encrypt_certificate
            .open(key)
            .map_err(|source| CertificatesError::Sealed { serial: serial(), source })?;
        let certificate = Certificate::from_pem(&pem)
            .map_err(|source| CertificatesError::Certificate { serial: serial(), source })?;
        if certificate.serial != self.serial_no {
            return Err(CertificatesError::SerialMismatch { expected: serial(), found: certificate.serial });
        }
        Ok(PlatformCertificate {
            certificate,
            pem: pem.as_str().to_owned(),
            effective_time: self.effective_time,
            expire_time: self.expire_time,
        })
    }
}

/// Why a certificate could not be sealed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SealError {
    /// The PEM holds no certificate.
    #[error(transparent)]
    Certificate(#[from] KeyError),
    /// The nonce has not 12 bytes.
    #[error(transparent)]
    Sealed(#[from] ResourceError),
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::v3::sign::{Nonce, SignatureHeaders};
    use crate::v3::testdata;

    const SIGNED_AT: i64 = 1_754_100_000;

    fn key() -> ApiV3Key {
        ApiV3Key::parse(testdata::API_V3_KEY).unwrap()
    }

    fn list() -> Vec<SealedCertificate> {
        let certificate = testdata::platform_certificate();
        let (from, to) = (certificate.not_before, certificate.not_after);
        let pem = testdata::read("platform_cert.pem");
        vec![SealedCertificate::seal(&pem, from, to, &key(), "nonce-123456").unwrap()]
    }

    fn take(body: &str, signed: &str, known: &PlatformKeys) -> Result<usize, CertificatesError> {
        let nonce = Nonce::parse("N1").unwrap();
        let (signer, serial) = (testdata::platform_key(), testdata::platform_serial());
        let headers = SignatureHeaders::sign(&signer, &serial, SIGNED_AT, &nonce, signed.as_bytes()).unwrap();
        let now = Timestamp::from_second(SIGNED_AT).unwrap();
        let (keys, opened) = take_in(known, |name| headers.get(name), body.as_bytes(), &key(), now)?;
        assert_eq!(opened.len(), 1);
        Ok(keys.names().count())
    }

    #[test]
    fn the_first_list_is_opened_and_then_verified_with_what_was_in_it() {
        let body = render(&list());
        assert_eq!(parse(body.as_bytes()).unwrap(), list());
        assert_eq!(take(&body, &body, &PlatformKeys::new()), Ok(1));
        let mut known = PlatformKeys::new();
        known.add_certificate(&testdata::merchant_certificate());
        assert_eq!(take(&body, &body, &known), Ok(2), "known keys are kept");
    }

    #[test]
    fn a_list_whose_signature_fails_changes_nothing() {
        let body = render(&list());
        let error = take(&body, "{}", &PlatformKeys::new()).unwrap_err();
        assert!(matches!(error, CertificatesError::Violation(Violation::WrongSignature { .. })));
    }

    #[test]
    fn a_list_must_name_the_certificate_that_is_in_it() {
        let mut certificates = list();
        certificates[0].serial_no = KeyName::parse("1F").unwrap();
        let error = certificates[0].open(&key()).unwrap_err();
        assert!(matches!(error, CertificatesError::SerialMismatch { .. }));
        let another = ApiV3Key::parse(&[b'x'; 32]).unwrap();
        assert!(matches!(list()[0].open(&another), Err(CertificatesError::Sealed { .. })));
    }
}
