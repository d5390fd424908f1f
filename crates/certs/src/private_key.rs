//! RSA private keys, brought into one form: PKCS#8, not encrypted.

use std::fmt;

use aws_lc_rs::encoding::AsDer;
use aws_lc_rs::rsa::KeyPair;
use aws_lc_rs::signature::KeyPair as _;
use pkcs5::EncryptionScheme;
use pkcs5::der::Encode;
use pkcs5::pbes2::{Kdf, Parameters};
use x509_parser::asn1_rs::{FromDer, Oid};
use zeroize::Zeroizing;

use crate::asn1;
use crate::public_key::PublicKey;

/// An RSA private key. It prints as `***` and is wiped when dropped.
#[derive(Clone)]
pub struct PrivateKey {
    pkcs8: Zeroizing<Vec<u8>>,
    public_key: PublicKey,
}

/// Why a private key cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PrivateKeyError {
    /// A key of another kind, by its object identifier.
    #[error("this private key is not RSA but {algorithm}")]
    NotRsa {
        /// The algorithm's number in dots.
        algorithm: String,
    },
    /// Too few bits to sign for WeChat Pay.
    #[error("this RSA key has {bits} bits; at least 2048 are needed")]
    TooShort {
        /// Bits of its modulus.
        bits: usize,
    },
    /// The numbers in it do not form a key.
    #[error("this private key is damaged")]
    Damaged,
    /// The passphrase is another one.
    #[error("the passphrase does not open this private key")]
    WrongPassphrase,
    /// The encryption is none that is known here.
    #[error("this private key is encrypted in a way that is not supported")]
    UnknownCipher,
}

impl PrivateKeyError {
    /// What to do about it.
    pub fn what_to_do(&self) -> &'static str {
        match self {
            PrivateKeyError::NotRsa { .. } | PrivateKeyError::TooShort { .. } => {
                "Give the key that was made with the certificate request: RSA with 2048 bits."
            }
            PrivateKeyError::Damaged => {
                "Take the file again from a backup; a key cannot be recovered from its certificate. Without a copy, apply for a new certificate."
            }
            PrivateKeyError::WrongPassphrase => {
                "Give the passphrase that was typed when the key was made; it is not the merchant id."
            }
            PrivateKeyError::UnknownCipher => {
                "Write it anew where it can be opened: `openssl pkcs8 -topk8 -v2 aes-256-cbc -in old.pem -out new.pem`."
            }
        }
    }
}

/// `rsaEncryption`.
const RSA: &str = "1.2.840.113549.1.1.1";
/// How often a passphrase is hashed: a third of a second of an attacker's time for every guess, and of the owner's once.
const ITERATIONS: u32 = 600_000;
/// Hashings of a passphrase that are still done; whoever made a file with more wants us to be busy.
const MOST_ITERATIONS: u32 = 10_000_000;
/// Memory for scrypt, for the same reason.
const MOST_SCRYPT_BYTES: u64 = 256 << 20;

impl PrivateKey {
    /// The key in PKCS#8, as `BEGIN PRIVATE KEY` has it.
    pub fn from_pkcs8(der: &[u8]) -> Result<PrivateKey, PrivateKeyError> {
        let (element, _) = asn1::first(der).map_err(|_| PrivateKeyError::Damaged)?;
        let parts = asn1::inside(&element, asn1::SEQUENCE).ok_or(PrivateKeyError::Damaged)?;
        let [_, algorithm, inner, ..] = &parts[..] else { return Err(PrivateKeyError::Damaged) };
        let (_, oid) = Oid::from_der(algorithm.content).map_err(|_| PrivateKeyError::Damaged)?;
        match asn1::dotted(oid.as_bytes()).as_str() {
            // What stands inside is the older form; one way leads to all that is checked.
            RSA => PrivateKey::from_pkcs1(inner.content),
            other => Err(PrivateKeyError::NotRsa { algorithm: other.to_owned() }),
        }
    }

    /// The key in PKCS#1, as `BEGIN RSA PRIVATE KEY` has it: what older downloads of WeChat-Pay-issued certificates hold.
    pub fn from_pkcs1(der: &[u8]) -> Result<PrivateKey, PrivateKeyError> {
        let pair = KeyPair::from_der(der).map_err(|_| match modulus_bits(der) {
            Some(bits) if bits < 2048 => PrivateKeyError::TooShort { bits },
            _ => PrivateKeyError::Damaged,
        })?;
        let pkcs8 = pair.as_der().map_err(|_| PrivateKeyError::Damaged)?;
        let public = pair.public_key().as_der().map_err(|_| PrivateKeyError::Damaged)?;
        Ok(PrivateKey {
            pkcs8: Zeroizing::new(pkcs8.as_ref().to_vec()),
            public_key: PublicKey::from_spki(public.as_ref()).map_err(|_| PrivateKeyError::Damaged)?,
        })
    }

    /// The key in encrypted PKCS#8, as `BEGIN ENCRYPTED PRIVATE KEY` has it.
    pub fn from_encrypted_pkcs8(der: &[u8], passphrase: &str) -> Result<PrivateKey, PrivateKeyError> {
        let (element, _) = asn1::first(der).map_err(|_| PrivateKeyError::Damaged)?;
        let parts = asn1::inside(&element, asn1::SEQUENCE).ok_or(PrivateKeyError::Damaged)?;
        let [scheme, sealed] = &parts[..] else { return Err(PrivateKeyError::Damaged) };
        let scheme = EncryptionScheme::try_from(scheme.whole).map_err(|_| PrivateKeyError::UnknownCipher)?;
        let is_bearable = match scheme.pbes2().map(|parameters| &parameters.kdf) {
            Some(Kdf::Pbkdf2(kdf)) => kdf.iteration_count <= MOST_ITERATIONS,
            Some(Kdf::Scrypt(kdf)) => {
                let bytes = kdf.cost_parameter.checked_mul(128 * u64::from(kdf.block_size));
                bytes.is_some_and(|bytes| bytes <= MOST_SCRYPT_BYTES) && kdf.parallelization <= 16
            }
            _ => false,
        };
        if !is_bearable {
            return Err(PrivateKeyError::UnknownCipher);
        }
        let opened =
            scheme.decrypt(passphrase, sealed.content).map(Zeroizing::new).map_err(|error| match error {
                pkcs5::Error::DecryptFailed => PrivateKeyError::WrongPassphrase,
                _ => PrivateKeyError::UnknownCipher,
            })?;
        // One wrong passphrase in 256 leaves bytes whose end looks right.
        PrivateKey::from_pkcs8(&opened).map_err(|error| match error {
            PrivateKeyError::Damaged => PrivateKeyError::WrongPassphrase,
            other => other,
        })
    }

    /// PKCS#8 in DER, not encrypted.
    pub fn pkcs8(&self) -> &[u8] {
        &self.pkcs8
    }

    /// `BEGIN PRIVATE KEY`: PKCS#8, what today's tool and all official samples use.
    pub fn pem(&self) -> Zeroizing<String> {
        crate::pem::encode("PRIVATE KEY", &self.pkcs8)
    }

    /// `BEGIN RSA PRIVATE KEY`: PKCS#1, for software that takes nothing newer.
    pub fn pkcs1_pem(&self) -> Zeroizing<String> {
        let inner =
            asn1::first(&self.pkcs8).ok().and_then(|(element, _)| asn1::inside(&element, asn1::SEQUENCE));
        let inner = inner.and_then(|parts| parts.get(2).map(|part| part.content));
        // This PKCS#8 was written by the library from a key it had checked, so that the third part is there.
        crate::pem::encode("RSA PRIVATE KEY", inner.unwrap_or_default())
    }

    /// `BEGIN ENCRYPTED PRIVATE KEY`: PKCS#8 under a passphrase, with PBKDF2 and AES-256. Salt and initialisation vector must
    /// be random and new for every file; the caller draws them.
    pub fn encrypted_pem(
        &self,
        passphrase: &str,
        salt: &[u8; 16],
        initialisation_vector: [u8; 16],
    ) -> Result<Zeroizing<String>, PrivateKeyError> {
        self.encrypted_pem_after(ITERATIONS, passphrase, salt, initialisation_vector)
    }

    fn encrypted_pem_after(
        &self,
        iterations: u32,
        passphrase: &str,
        salt: &[u8; 16],
        initialisation_vector: [u8; 16],
    ) -> Result<Zeroizing<String>, PrivateKeyError> {
        let parameters =
            Parameters::generate_pbkdf2_sha256_aes256cbc(iterations, salt, initialisation_vector)
                .map_err(|_| PrivateKeyError::UnknownCipher)?;
        let sealed =
            parameters.encrypt(passphrase, &self.pkcs8).map_err(|_| PrivateKeyError::UnknownCipher)?;
        let scheme =
            EncryptionScheme::from(parameters).to_der().map_err(|_| PrivateKeyError::UnknownCipher)?;
        let sealed = asn1::value(asn1::OCTET_STRING, &[&sealed]);
        Ok(crate::pem::encode("ENCRYPTED PRIVATE KEY", &asn1::value(asn1::SEQUENCE, &[&scheme, &sealed])))
    }

    /// The public half.
    pub fn public_key(&self) -> &PublicKey {
        &self.public_key
    }
}

/// Bits of the modulus of a key in PKCS#1, if it has the outline of one.
fn modulus_bits(pkcs1: &[u8]) -> Option<usize> {
    let (element, _) = asn1::first(pkcs1).ok()?;
    let parts = asn1::inside(&element, asn1::SEQUENCE)?;
    let modulus = parts.get(1).filter(|part| part.tag == asn1::INTEGER)?.content;
    let start = modulus.iter().position(|byte| *byte != 0)?;
    let unused = modulus.get(start)?.leading_zeros() as usize;
    Some((modulus.len() - start) * 8 - unused)
}

impl PartialEq for PrivateKey {
    /// Two private keys are the same if their public halves are.
    fn eq(&self, other: &PrivateKey) -> bool {
        self.public_key == other.public_key
    }
}

impl Eq for PrivateKey {}

impl fmt::Debug for PrivateKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("PrivateKey(***)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_encrypted_key_opens_with_its_passphrase_alone() {
        let der = include_bytes!("../testdata/key.der");
        let key = PrivateKey::from_pkcs8(der).unwrap();
        // Few rounds, so that the test is fast; the number is written in the file.
        let pem = key.encrypted_pem_after(1_000, "open-sesame", &[1; 16], [2; 16]).unwrap();
        let read = |passphrase: &str| crate::material::read(pem.as_bytes(), &[passphrase]).unwrap();
        assert_eq!(read("open-sesame").private_key(), Some(&key));
        assert_eq!(read("open sesame").private_key(), None);
        assert!(pem.starts_with("-----BEGIN ENCRYPTED PRIVATE KEY-----\n"));
    }
}
