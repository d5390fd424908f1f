//! Certificate signing requests, the "request strings" that go to the Merchant Platform: reading them.

use std::fmt;

use x509_parser::certification_request::X509CertificationRequest;
use x509_parser::prelude::FromDer;

use crate::asn1::dotted;
use crate::name::DistinguishedName;
use crate::public_key::PublicKey;
use crate::signature::{SignatureAlgorithm, SignatureVerdict};

/// A PKCS#10 request.
#[derive(Clone, PartialEq, Eq)]
pub struct Csr {
    der: Vec<u8>,
    /// Whom the certificate shall name. The platform writes its own record instead.
    pub subject: DistinguishedName,
    /// The key that shall be certified.
    pub public_key: PublicKey,
    /// How the request is signed.
    pub signature_algorithm: SignatureAlgorithm,
    /// Whether who made the request holds the private key.
    pub signature: SignatureVerdict,
}

/// The bytes hold no certificate signing request.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("this is no certificate signing request")]
pub struct NotCsr;

impl Csr {
    /// The request that `der` is, from the first byte to the last. Its signature is checked, and may fail.
    pub fn from_der(der: &[u8]) -> Result<Csr, NotCsr> {
        let Ok(([], parsed)) = X509CertificationRequest::from_der(der) else { return Err(NotCsr) };
        let info = &parsed.certification_request_info;
        let public_key = PublicKey::read(&info.subject_pki);
        let signature_algorithm =
            SignatureAlgorithm::from_oid(&dotted(parsed.signature_algorithm.algorithm.as_bytes()));
        let signature = signature_algorithm.verify(&public_key, info.raw, &parsed.signature_value.data);
        Ok(Csr {
            der: der.to_vec(),
            subject: DistinguishedName::read(&info.subject),
            public_key,
            signature_algorithm,
            signature,
        })
    }

    /// The request in DER, byte for byte as it was given.
    pub fn der(&self) -> &[u8] {
        &self.der
    }
}

impl fmt::Debug for Csr {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Csr({}, {:?})", self.subject, self.public_key)
    }
}
