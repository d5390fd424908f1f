//! A private key under a passphrase: encrypted PKCS#8, as `BEGIN ENCRYPTED PRIVATE KEY` has it.
//!
//! AES-256 under a key that PBKDF2 with HMAC-SHA-256 makes of the passphrase: OpenSSL has read that since 1.0, and Java reads
//! it too. Reading is [`PrivateKey::from_encrypted_pkcs8`]'s.

use pkcs5::EncryptionScheme;
use pkcs5::der::Encode;
use pkcs5::pbes2::Parameters;
use zeroize::Zeroizing;

use crate::asn1;
use crate::pem;
use crate::private_key::PrivateKey;

/// How often the passphrase is hashed. Whoever stole the file can try no faster; whoever has the passphrase waits for part of
/// a second. The figure is the one that OWASP gave in 2023.
const ITERATIONS: u32 = 600_000;

/// What the caller draws for each sealing, so that two files of one key and one passphrase have nothing in common.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Salts {
    /// What is hashed together with the passphrase.
    pub salt: [u8; 16],
    /// What the first block is mixed with.
    pub iv: [u8; 16],
}

/// The passphrase cannot be used.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("this passphrase cannot be used")]
pub struct NotSealed;

/// `key` under `passphrase`, in PEM.
pub fn seal(key: &PrivateKey, passphrase: &str, salts: Salts) -> Result<Zeroizing<String>, NotSealed> {
    let parameters = Parameters::generate_pbkdf2_sha256_aes256cbc(ITERATIONS, &salts.salt, salts.iv);
    let scheme = EncryptionScheme::Pbes2(parameters.map_err(|_| NotSealed)?);
    let sealed = scheme.encrypt(passphrase, key.pkcs8()).map_err(|_| NotSealed)?;
    let scheme = scheme.to_der().map_err(|_| NotSealed)?;
    let sealed = asn1::value(asn1::OCTET_STRING, &[&sealed]);
    Ok(pem::encode("ENCRYPTED PRIVATE KEY", &asn1::value(asn1::SEQUENCE, &[&scheme, &sealed])))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::material::{self, Item};

    const KEY: &[u8] = include_bytes!("../testdata/key.der");
    const SALTS: Salts = Salts { salt: [1; 16], iv: [2; 16] };

    #[test]
    fn a_sealed_key_opens_with_its_passphrase_and_with_no_other() {
        let key = PrivateKey::from_pkcs8(KEY).unwrap();
        let pem = seal(&key, "correct horse", SALTS).unwrap();
        assert!(pem.starts_with("-----BEGIN ENCRYPTED PRIVATE KEY-----\n"), "{}", pem.as_str());
        let items = |passwords: &[&str]| material::read(pem.as_bytes(), passwords).unwrap().items;
        assert_eq!(items(&["correct horse"]), [Item::PrivateKey(key)]);
        assert_eq!(items(&["correct horsf"]), [Item::SealedKey]);
    }
}
