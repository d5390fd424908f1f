//! A key with its certificate in one file under a password: PKCS#12, `apiclient_cert.p12`.
//!
//! Source: [api-certificate].

use std::fmt;

use p12_keystore::error::Error;
use p12_keystore::{
    Certificate, EncryptionAlgorithm, KeyStore, KeyStoreEntry, MacAlgorithm, Pkcs12Archive, PrivateKey,
    PrivateKeyChain,
};
use zeroize::Zeroizing;

/// What a bundle holds. Everything is DER.
#[derive(Clone, PartialEq, Eq)]
pub struct Bundle {
    /// The private key, PKCS#8, not encrypted. Wiped when dropped.
    pub key: Zeroizing<Vec<u8>>,
    /// The key's certificate.
    pub certificate: Vec<u8>,
    /// The certificates of those who issued it, nearest first; may be empty.
    pub chain: Vec<Vec<u8>>,
}

impl fmt::Debug for Bundle {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Bundle(key ***, a certificate, a chain of {})", self.chain.len())
    }
}

/// How a bundle is encrypted.
///
/// There is no third way: the official tool's RC2 with 40 bits protects nothing, and OpenSSL 3 refuses it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Cipher {
    /// AES-256 with PBKDF2, and HMAC-SHA-256: what OpenSSL 3 writes. Early versions of Java 8 cannot read it.
    Aes256,
    /// Triple DES and HMAC-SHA-1: weaker, and read by everything.
    TripleDes,
}

/// Why a bundle cannot be written or read.
#[derive(Debug, thiserror::Error)]
pub enum BundleError {
    /// The key is not PKCS#8.
    #[error("the private key is not PKCS#8")]
    NotPkcs8,
    /// One of the certificates is not X.509.
    #[error("one of the certificates is not an X.509 certificate")]
    NotCertificate,
    /// The bytes are not PKCS#12; often a file that was cut off, or copied as text.
    #[error("this is not a PKCS#12 file, or it is damaged")]
    NotPkcs12,
    /// The password does not open the file, or somebody changed it.
    #[error("the password does not open this file, or the file was changed")]
    WrongPassword,
    /// The file is encrypted in a way that is not known here.
    #[error("this file is encrypted in a way that is not supported")]
    UnknownCipher,
    /// The file holds another number of keys than one.
    #[error("this file holds {found} private keys, not one")]
    NotOneKey {
        /// How many it holds.
        found: usize,
    },
    /// The file has a key but no certificate of that key.
    #[error("this file holds no certificate of its key")]
    NoCertificate,
    /// The file has too odd a form to write it, such as a password outside of Unicode's basic plane.
    #[error("the file cannot be written: {reason}")]
    NotWritable {
        /// What the writer says.
        reason: String,
    },
}

/// How often a password is hashed: OpenSSL's number. The password is the merchant id, which is no secret, so that more
/// would only slow down whoever opens the file.
const ITERATIONS: u32 = 2048;

/// The bytes of a file that holds `bundle` under `password`; `name` is what a key store shows for it.
///
/// The same bundle gives other bytes every time: the writer draws its salts. Whether key and certificate belong
/// together is not looked at.
pub fn write(bundle: &Bundle, name: &str, password: &str, cipher: Cipher) -> Result<Vec<u8>, BundleError> {
    let key = PrivateKey::from_der(&bundle.key).map_err(|_| BundleError::NotPkcs8)?;
    let certificates: Vec<Certificate> = std::iter::once(&bundle.certificate)
        .chain(&bundle.chain)
        .map(|der| Certificate::from_der(der).map_err(|_| BundleError::NotCertificate))
        .collect::<Result<_, _>>()?;
    let mut store = KeyStore::new();
    store.add_entry(name, KeyStoreEntry::PrivateKeyChain(PrivateKeyChain::new(name, key, certificates)));
    let (encryption, mac) = match cipher {
        Cipher::Aes256 => (EncryptionAlgorithm::PbeWithHmacSha256AndAes256, MacAlgorithm::HmacSha256),
        Cipher::TripleDes => (EncryptionAlgorithm::PbeWithShaAnd3KeyTripleDesCbc, MacAlgorithm::HmacSha1),
    };
    store
        .writer(password)
        .encryption_algorithm(encryption)
        .encryption_iterations(ITERATIONS)
        .mac_algorithm(mac)
        .mac_iterations(ITERATIONS)
        .write()
        .map_err(|error| BundleError::NotWritable { reason: error.to_string() })
}

/// What the file with these `bytes` holds. Files with RC2 are read too.
///
/// The key's certificate is the one that bears its local key id, or else the first.
pub fn read(bytes: &[u8], password: &str) -> Result<Bundle, BundleError> {
    let Pkcs12Archive { keys, mut certs, .. } =
        Pkcs12Archive::from_pkcs12(bytes, password).map_err(unreadable)?;
    let [key] = &keys[..] else {
        return Err(BundleError::NotOneKey { found: keys.len() });
    };
    let id = key.local_key_id.as_ref().map(AsRef::as_ref);
    let own = certs.iter().position(|bag| id.is_some() && bag.local_key_id.as_deref() == id).unwrap_or(0);
    if certs.is_empty() {
        return Err(BundleError::NoCertificate);
    }
    let certificate = certs.remove(own).cert.as_der().to_vec();
    Ok(Bundle {
        key: Zeroizing::new(key.key.as_der().to_vec()),
        certificate,
        chain: certs.iter().map(|bag| bag.cert.as_der().to_vec()).collect(),
    })
}

fn unreadable(error: Error) -> BundleError {
    match error {
        Error::MacError(_) | Error::UnpadError | Error::Pkcs5Error(_) => BundleError::WrongPassword,
        Error::UnsupportedEncryptionScheme | Error::UnsupportedMacAlgorithm => BundleError::UnknownCipher,
        _ => BundleError::NotPkcs12,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const PASSWORD: &str = "1900000001";

    fn read_testdata(file: &str) -> Vec<u8> {
        let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("testdata").join(file);
        std::fs::read(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
    }

    fn bundle() -> Bundle {
        Bundle {
            key: Zeroizing::new(read_testdata("key.der")),
            certificate: read_testdata("certificate.der"),
            chain: vec![read_testdata("issuer.der")],
        }
    }

    #[test]
    fn what_is_written_is_read_back_with_its_password_only() {
        for cipher in [Cipher::Aes256, Cipher::TripleDes] {
            let bytes = write(&bundle(), "merchant", PASSWORD, cipher).unwrap();
            assert_eq!(read(&bytes, PASSWORD).unwrap(), bundle(), "{cipher:?}");
            for wrong in ["", "1900000002"] {
                assert!(matches!(read(&bytes, wrong), Err(BundleError::WrongPassword)), "{cipher:?}");
            }
        }
    }

    #[test]
    fn a_chain_may_be_missing() {
        let alone = Bundle { chain: Vec::new(), ..bundle() };
        let bytes = write(&alone, "merchant", PASSWORD, Cipher::Aes256).unwrap();
        assert_eq!(read(&bytes, PASSWORD).unwrap(), alone);
    }

    #[test]
    fn files_of_openssl_are_read() {
        for file in ["aes256.p12", "triple_des.p12", "rc2.p12"] {
            assert_eq!(read(&read_testdata(file), PASSWORD).unwrap(), bundle(), "{file}");
        }
        let certificate_only = read_testdata("no_key.p12");
        assert!(matches!(read(&certificate_only, PASSWORD), Err(BundleError::NotOneKey { found: 0 })));
    }

    #[test]
    fn a_file_cut_off_anywhere_is_refused() {
        let bytes = read_testdata("triple_des.p12");
        for length in (0..bytes.len()).step_by(97) {
            assert!(matches!(read(&bytes[..length], PASSWORD), Err(BundleError::NotPkcs12)), "{length}");
        }
    }

    #[test]
    fn what_is_neither_key_nor_certificate_is_not_written() {
        let swapped = Bundle { key: Zeroizing::new(bundle().certificate), ..bundle() };
        assert!(matches!(write(&swapped, "m", PASSWORD, Cipher::Aes256), Err(BundleError::NotPkcs8)));
        let swapped = Bundle { certificate: bundle().key.to_vec(), ..bundle() };
        assert!(matches!(write(&swapped, "m", PASSWORD, Cipher::Aes256), Err(BundleError::NotCertificate)));
    }

    #[test]
    fn the_key_prints_as_stars() {
        assert_eq!(format!("{:?}", bundle()), "Bundle(key ***, a certificate, a chain of 1)");
    }
}
