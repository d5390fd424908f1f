//! Whom to trust: the two keys that are known here, or the certificates of a file that somebody gives.
//!
//! Of WeChat Pay's chain the key of Tenpay.com Root CA is built in, and nothing else is needed to prove a CA-issued
//! certificate: that CA is an intermediate despite its name, and both CAs above it are signed with SHA-1. A file brings the
//! whole chain. Keys are facts and no secrets.
//!
//! Source: [api-certificate], \[inferred] from published certificates.

use jiff::Timestamp;

use crate::certificate::{Certificate, Validity};
use crate::digests::{PublishedChain, published_chain};
use crate::material::{self, MaterialError};
use crate::public_key::{KeyAlgorithm, PublicKey};

/// A CA of WeChat Pay whose public key is built in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct KnownAuthority {
    /// Its common name, as its certificates' issuer has it.
    pub common_name: &'static str,
    /// Its key as SubjectPublicKeyInfo.
    spki: &'static [u8],
    /// Bits of the key.
    bits: usize,
    /// When its certificate ends, in seconds since 1970; `None` if the certificate was never published.
    ends: Option<i64>,
}

impl KnownAuthority {
    /// Its key.
    pub fn public_key(&self) -> PublicKey {
        let algorithm = KeyAlgorithm::Rsa { bits: self.bits, exponent: Some(65_537) };
        PublicKey::from_parts(self.spki.to_vec(), algorithm)
    }

    /// The last second of its certificate, if that certificate is known. Nothing that it issued verifies later.
    pub fn not_after(&self) -> Option<Timestamp> {
        self.ends.and_then(|ends| Timestamp::from_second(ends).ok())
    }

    /// Whether its signatures prove little: 1024 bits, and no certificate of its own.
    pub fn is_weak(&self) -> bool {
        self.bits < 2048
    }

    /// The known authority of this common name.
    pub fn named(common_name: &str) -> Option<&'static KnownAuthority> {
        KNOWN.iter().find(|authority| authority.common_name == common_name)
    }
}

/// Tenpay.com Root CA, which issues what the platform calls CA-issued, until 2032-08-09T09:15:55Z; and MmpaymchCA, which
/// issued the older kind.
///
/// MmpaymchCA's certificate was never found. Its key was computed from the signatures of two public leaves, and its
/// identifier is the one that those leaves name.
const KNOWN: [KnownAuthority; 2] = [
    KnownAuthority {
        common_name: "Tenpay.com Root CA",
        spki: TENPAY_ROOT,
        bits: 2048,
        ends: Some(1_975_655_755),
    },
    KnownAuthority { common_name: "MmpaymchCA", spki: MMPAYMCH, bits: 1024, ends: None },
];

/// What a verification trusts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Anchors(Trust);

#[derive(Debug, Clone, PartialEq, Eq)]
enum Trust {
    BuiltIn,
    File { certificates: Vec<Certificate>, published: Option<&'static PublishedChain> },
}

/// Why a file cannot be trusted.
#[derive(Debug, thiserror::Error)]
pub enum AnchorError {
    /// It cannot be read.
    #[error(transparent)]
    NotReadable(#[from] MaterialError),
    /// It holds no certificate.
    #[error("the anchor file holds no certificate")]
    NoCertificate,
}

impl AnchorError {
    /// What to do about it.
    pub fn what_to_do(&self) -> &'static str {
        match self {
            AnchorError::NotReadable(error) => error.what_to_do(),
            AnchorError::NoCertificate => "Give CertTrustChain.p7b, or the CA's certificates in PEM or DER.",
        }
    }
}

impl Anchors {
    /// The two keys that are known here.
    pub fn built_in() -> Anchors {
        Anchors(Trust::BuiltIn)
    }

    /// The certificates in a file: PEM, DER or PKCS#7. All of them are trusted, for this run alone.
    pub fn from_file(bytes: &[u8]) -> Result<Anchors, AnchorError> {
        let contents = material::read(bytes, &[])?;
        let certificates: Vec<Certificate> = contents.certificates().cloned().collect();
        match certificates.is_empty() {
            true => Err(AnchorError::NoCertificate),
            false => Ok(Anchors(Trust::File { certificates, published: published_chain(bytes) })),
        }
    }

    /// The certificates of the file; none if the built-in keys are used.
    pub fn certificates(&self) -> &[Certificate] {
        match &self.0 {
            Trust::BuiltIn => &[],
            Trust::File { certificates, .. } => certificates,
        }
    }

    /// The built-in authority of this common name; none if a file is used instead.
    pub fn known(&self, common_name: &str) -> Option<&'static KnownAuthority> {
        match &self.0 {
            Trust::BuiltIn => KnownAuthority::named(common_name),
            Trust::File { .. } => None,
        }
    }

    /// What was trusted, in a sentence: for a file, whether its digest is one that WeChat Pay publishes.
    pub fn sentence(&self, now: Timestamp) -> String {
        match &self.0 {
            Trust::BuiltIn => "Trusted: the built-in public keys of Tenpay.com Root CA and, for its signature only, of MmpaymchCA.".to_owned(),
            Trust::File { certificates, published } => {
                let expired = certificates.iter().filter(|ca| ca.validity_at(now) == Validity::Expired).count();
                let expired = match expired {
                    0 => String::new(),
                    count => format!(" Expired: {count}."),
                };
                let digest = match published {
                    Some(chain) => format!("its digest is the one published for {}", chain.file),
                    None => "its digest is none of the two that WeChat Pay publishes".to_owned(),
                };
                let count = match certificates.len() {
                    1 => "one certificate".to_owned(),
                    count => format!("{count} certificates"),
                };
                format!("Trusted for this run: {count} out of the anchor file; {digest}.{expired}")
            }
        }
    }
}

/// SubjectPublicKeyInfo of Tenpay.com Root CA.
#[rustfmt::skip]
const TENPAY_ROOT: &[u8] = &[
    0x30, 0x82, 0x01, 0x22, 0x30, 0x0D, 0x06, 0x09, 0x2A, 0x86, 0x48, 0x86, 0xF7, 0x0D, 0x01, 0x01,
    0x01, 0x05, 0x00, 0x03, 0x82, 0x01, 0x0F, 0x00, 0x30, 0x82, 0x01, 0x0A, 0x02, 0x82, 0x01, 0x01,
    0x00, 0xBB, 0xE7, 0x3C, 0x3E, 0xA4, 0xDF, 0xD0, 0x5D, 0x3D, 0x80, 0x07, 0xFB, 0xA9, 0x67, 0x58,
    0xF8, 0xEE, 0x1C, 0x7F, 0xB6, 0xA5, 0xC9, 0x99, 0x51, 0xFD, 0x84, 0xF1, 0xC3, 0x45, 0x40, 0x53,
    0x6B, 0xF8, 0x40, 0x91, 0x67, 0x29, 0x58, 0x57, 0x68, 0x8A, 0xC8, 0x8B, 0x42, 0x42, 0xDD, 0xC8,
    0xDB, 0xFE, 0xD5, 0x20, 0x36, 0x65, 0xE9, 0xA4, 0x7D, 0x4C, 0x4E, 0xE7, 0xB1, 0x9A, 0xED, 0x4A,
    0x63, 0x97, 0x0B, 0x0E, 0xB7, 0xE5, 0x03, 0xAB, 0xAB, 0x6C, 0x85, 0xF4, 0xB4, 0xD2, 0x0E, 0x8B,
    0x40, 0x85, 0xFD, 0xC4, 0x47, 0x4F, 0xB6, 0xD7, 0xAC, 0x37, 0x6A, 0x07, 0xBF, 0x57, 0x31, 0x9C,
    0x35, 0x54, 0x29, 0x4D, 0xFE, 0xA0, 0x44, 0x21, 0xC2, 0xB9, 0x02, 0x24, 0xF2, 0x97, 0xBF, 0xA2,
    0x1D, 0x3A, 0x25, 0xA8, 0x06, 0xBD, 0x7D, 0x30, 0x11, 0x16, 0xBE, 0x23, 0xA3, 0x5F, 0xB8, 0x6E,
    0x7C, 0x64, 0x74, 0x18, 0xF5, 0xDE, 0x91, 0xA8, 0xB5, 0xCA, 0x42, 0x5D, 0x14, 0xA7, 0xDE, 0x6F,
    0xEF, 0x71, 0xC3, 0xB0, 0x6E, 0x3C, 0xEF, 0x3F, 0x24, 0xEA, 0x37, 0x27, 0xAA, 0x91, 0xA7, 0x82,
    0x61, 0xD0, 0xC5, 0xD5, 0xA2, 0x59, 0x12, 0x6E, 0x82, 0xAC, 0x4D, 0x45, 0x40, 0xFE, 0x6B, 0x0B,
    0xF6, 0xFC, 0x35, 0x2C, 0xA8, 0x63, 0x9F, 0x7C, 0xF5, 0xF8, 0x8F, 0x32, 0x7A, 0xAC, 0xB4, 0x89,
    0x4A, 0x54, 0x17, 0xBE, 0xE9, 0xE2, 0x0D, 0x8C, 0x66, 0x6A, 0x26, 0x83, 0x70, 0xAD, 0x1B, 0x51,
    0xB0, 0x79, 0x68, 0xCF, 0xB5, 0xCC, 0xCC, 0x28, 0x82, 0x81, 0xD2, 0x63, 0x15, 0xA3, 0xFF, 0xA0,
    0x7E, 0xBE, 0x07, 0x27, 0x1D, 0x00, 0x94, 0xAF, 0x01, 0x9D, 0x89, 0x04, 0x79, 0xF8, 0x5F, 0xB2,
    0x45, 0x6C, 0xF2, 0xE5, 0xB3, 0xB4, 0xF4, 0x8C, 0xDA, 0x16, 0x07, 0x8E, 0x3C, 0xD3, 0xCB, 0x3C,
    0xEB, 0x02, 0x03, 0x01, 0x00, 0x01,
];

/// SubjectPublicKeyInfo of MmpaymchCA.
#[rustfmt::skip]
const MMPAYMCH: &[u8] = &[
    0x30, 0x81, 0x9F, 0x30, 0x0D, 0x06, 0x09, 0x2A, 0x86, 0x48, 0x86, 0xF7, 0x0D, 0x01, 0x01, 0x01,
    0x05, 0x00, 0x03, 0x81, 0x8D, 0x00, 0x30, 0x81, 0x89, 0x02, 0x81, 0x81, 0x00, 0xC7, 0x79, 0x7C,
    0xC5, 0x35, 0xB1, 0xB8, 0x8C, 0xB6, 0x8E, 0x0E, 0x92, 0x4A, 0x3A, 0x44, 0xA6, 0x37, 0x9E, 0x79,
    0xD3, 0x80, 0x3E, 0x2E, 0xD4, 0x93, 0x9A, 0xC4, 0x61, 0xC1, 0x9A, 0xAD, 0x10, 0x51, 0x83, 0x98,
    0xC5, 0x2A, 0x98, 0xF5, 0xF5, 0xD5, 0x85, 0xBD, 0xA9, 0xDB, 0x3B, 0xE0, 0xD7, 0xE9, 0x96, 0xA4,
    0xE2, 0x4C, 0xB8, 0x2B, 0x14, 0x14, 0xE6, 0x9F, 0x18, 0x95, 0xC5, 0x2F, 0x26, 0x0E, 0x08, 0xE4,
    0x9F, 0x59, 0x39, 0x12, 0x19, 0x85, 0x74, 0x45, 0x35, 0x8C, 0xE4, 0x5D, 0x3F, 0x12, 0xE1, 0x6D,
    0xD9, 0xC0, 0x87, 0x8D, 0x73, 0xAE, 0x1A, 0x6F, 0x2A, 0x16, 0xDB, 0x57, 0x65, 0x2A, 0x0A, 0x33,
    0x47, 0x11, 0xC8, 0x06, 0xF9, 0x5A, 0x4A, 0x01, 0x45, 0x17, 0xD4, 0x26, 0x04, 0x16, 0x9B, 0x47,
    0x3A, 0x5F, 0x58, 0x85, 0x57, 0xC6, 0x91, 0xE6, 0x71, 0x42, 0x0B, 0xED, 0x19, 0x02, 0x03, 0x01,
    0x00, 0x01,
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_built_in_keys_are_the_known_ones() {
        for (authority, sha256) in [
            ("Tenpay.com Root CA", "867E3806F2C01131D0FBA721FD1EF1A47D256B4D0EF1CD46C694E4E8C1D93C22"),
            ("MmpaymchCA", "9D75F994E1BCBCFA423849BD6E96ED90BA0626385D173838212D91F957814ACC"),
        ] {
            let key = KnownAuthority::named(authority).unwrap().public_key();
            assert_eq!(key.spki_sha256(), sha256, "{authority}");
            assert_eq!(PublicKey::from_spki(key.spki()).unwrap(), key, "what is stated of it is true");
        }
    }

    #[test]
    fn the_root_ends_when_its_certificate_says() {
        let ends = KnownAuthority::named("Tenpay.com Root CA").unwrap().not_after().unwrap();
        assert_eq!(ends.to_string(), "2032-08-09T09:15:55Z");
    }
}
