//! Public keys: what kind and how large, and how two are told to be the same.

use std::fmt;

use x509_parser::prelude::FromDer;
use x509_parser::public_key::PublicKey as Parsed;
use x509_parser::x509::SubjectPublicKeyInfo;

use crate::asn1::dotted;
use crate::digests::sha256;

/// A public key of any kind.
#[derive(Clone, PartialEq, Eq)]
pub struct PublicKey {
    spki: Vec<u8>,
    algorithm: KeyAlgorithm,
}

/// What kind of key it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum KeyAlgorithm {
    /// RSA, the only kind that API certificates have outside of tests.
    Rsa {
        /// Bits of the modulus.
        bits: usize,
        /// The public exponent, if it fits; 65537 in every certificate seen.
        exponent: Option<u64>,
    },
    /// On China's curve SM2: named here, not used.
    Sm2,
    /// On another elliptic curve, by its number in dots; empty if the key does not name one.
    EllipticCurve {
        /// The curve's object identifier.
        curve: String,
    },
    /// Anything else, by its number in dots.
    Other {
        /// The algorithm's object identifier.
        oid: String,
    },
}

/// The bytes hold no public key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("this is no public key")]
pub struct NotPublicKey;

const RSA: &str = "1.2.840.113549.1.1.1";
const ELLIPTIC: &str = "1.2.840.10045.2.1";
const CURVE_SM2: &str = "1.2.156.10197.1.301";

impl PublicKey {
    /// The key in a SubjectPublicKeyInfo, which is what `BEGIN PUBLIC KEY` holds.
    pub fn from_spki(der: &[u8]) -> Result<PublicKey, NotPublicKey> {
        match SubjectPublicKeyInfo::from_der(der) {
            Ok(([], parsed)) => Ok(PublicKey { spki: der.to_vec(), algorithm: algorithm(&parsed) }),
            _ => Err(NotPublicKey),
        }
    }

    /// A key of which the kind is already known.
    pub(crate) fn from_parts(spki: Vec<u8>, algorithm: KeyAlgorithm) -> PublicKey {
        PublicKey { spki, algorithm }
    }

    pub(crate) fn read(parsed: &SubjectPublicKeyInfo<'_>) -> PublicKey {
        PublicKey { spki: parsed.raw.to_vec(), algorithm: algorithm(parsed) }
    }

    /// The SubjectPublicKeyInfo in DER.
    pub fn spki(&self) -> &[u8] {
        &self.spki
    }

    /// SHA-256 of the SubjectPublicKeyInfo: the same for a key, its request and all its certificates.
    pub fn spki_sha256(&self) -> String {
        sha256(&self.spki)
    }

    /// What kind of key it is.
    pub fn algorithm(&self) -> &KeyAlgorithm {
        &self.algorithm
    }

    /// Whether this is RSA with fewer than 2048 bits, which nobody should trust any more.
    pub fn is_short(&self) -> bool {
        matches!(self.algorithm, KeyAlgorithm::Rsa { bits, .. } if bits < 2048)
    }
}

fn algorithm(parsed: &SubjectPublicKeyInfo<'_>) -> KeyAlgorithm {
    match dotted(parsed.algorithm.algorithm.as_bytes()).as_str() {
        RSA => match parsed.parsed() {
            Ok(Parsed::RSA(key)) => {
                let modulus: Vec<u8> = key.modulus.iter().copied().skip_while(|byte| *byte == 0).collect();
                let unused = modulus.first().map_or(0, |byte| byte.leading_zeros() as usize);
                KeyAlgorithm::Rsa { bits: modulus.len() * 8 - unused, exponent: key.try_exponent().ok() }
            }
            _ => KeyAlgorithm::Other { oid: RSA.to_owned() },
        },
        ELLIPTIC => {
            let parameters = parsed.algorithm.parameters.as_ref();
            let curve = parameters.and_then(|any| any.as_oid().ok()).map(|oid| dotted(oid.as_bytes()));
            match curve.as_deref() {
                Some(CURVE_SM2) => KeyAlgorithm::Sm2,
                _ => KeyAlgorithm::EllipticCurve { curve: curve.unwrap_or_default() },
            }
        }
        oid => KeyAlgorithm::Other { oid: oid.to_owned() },
    }
}

/// `RSA 2048`, `SM2`.
impl fmt::Display for KeyAlgorithm {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            KeyAlgorithm::Rsa { bits, .. } => write!(f, "RSA {bits}"),
            KeyAlgorithm::Sm2 => f.write_str("SM2"),
            KeyAlgorithm::EllipticCurve { curve } => match curve.as_str() {
                "1.2.840.10045.3.1.7" => f.write_str("EC P-256"),
                "1.3.132.0.34" => f.write_str("EC P-384"),
                "1.3.132.0.35" => f.write_str("EC P-521"),
                "" => f.write_str("EC"),
                curve => write!(f, "EC {curve}"),
            },
            KeyAlgorithm::Other { oid } => f.write_str(oid),
        }
    }
}

impl fmt::Display for PublicKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.algorithm.fmt(f)
    }
}

impl fmt::Debug for PublicKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "PublicKey({}, {})", self.algorithm, self.spki_sha256())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_no_key_is_refused() {
        for bytes in [&[][..], &[0x30, 0], &[0xFF; 40]] {
            assert_eq!(PublicKey::from_spki(bytes).unwrap_err(), NotPublicKey);
        }
    }
}
