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

use crate::asn1;

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

/// Everything in a PKCS#12 file, in its order. Everything is DER.
#[derive(Clone, PartialEq, Eq)]
pub struct Archive {
    /// The private keys, PKCS#8, not encrypted.
    pub keys: Vec<Zeroizing<Vec<u8>>>,
    /// The certificates. If there is one key, its certificate is the first.
    pub certificates: Vec<Vec<u8>>,
}

impl fmt::Debug for Archive {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Archive({} keys ***, {} certificates)", self.keys.len(), self.certificates.len())
    }
}

/// How a bundle is encrypted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Cipher {
    /// AES-256 with PBKDF2, and HMAC-SHA-256: what OpenSSL 3 writes. Early versions of Java 8 cannot read it.
    Aes256,
    /// Triple DES and HMAC-SHA-1: weaker, and read by everything.
    TripleDes,
    /// RC2 with 40 bits and HMAC-SHA-1, for old systems that read nothing else. It protects nothing, and OpenSSL 3
    /// refuses it.
    ///
    /// The official tool's files very likely have it for the certificate alone and Triple DES for the key; here both
    /// have it. Source: \[inferred] from what OpenSSL 3 says of them.
    Rc2,
}

impl Cipher {
    /// Every cipher, the best first.
    pub const ALL: [Cipher; 3] = [Cipher::Aes256, Cipher::TripleDes, Cipher::Rc2];

    /// The word for it on a command line: `modern`, `compat` or `legacy`.
    pub fn name(self) -> &'static str {
        match self {
            Cipher::Aes256 => "modern",
            Cipher::TripleDes => "compat",
            Cipher::Rc2 => "legacy",
        }
    }
}

/// What a password that does not open a file looks like.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PasswordLooks {
    /// Like a merchant id.
    LikeMerchantId,
    /// Like an API key, an APIv3 key or an AppSecret: 32 letters and digits.
    LikeApiKey,
    /// There is none.
    Empty,
    /// Like nothing in particular.
    LikeAnything,
}

impl PasswordLooks {
    /// What `password` looks like.
    pub fn of(password: &str) -> PasswordLooks {
        let digits = password.bytes().all(|byte| byte.is_ascii_digit());
        let alphanumeric = password.bytes().all(|byte| byte.is_ascii_alphanumeric());
        match password.len() {
            0 => PasswordLooks::Empty,
            8..=10 if digits => PasswordLooks::LikeMerchantId,
            32 if alphanumeric => PasswordLooks::LikeApiKey,
            _ => PasswordLooks::LikeAnything,
        }
    }

    fn remark(self) -> &'static str {
        match self {
            PasswordLooks::LikeMerchantId => {
                "; it looks like a merchant id, so perhaps the file is another merchant's"
            }
            PasswordLooks::LikeApiKey => "; it looks like an API key or an AppSecret, which open no file",
            PasswordLooks::Empty => "; none was given",
            PasswordLooks::LikeAnything => "",
        }
    }
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
    /// The password does not open the file.
    #[error("the password does not open this PKCS#12 file{}", looks.remark())]
    WrongPassword {
        /// What the password looks like.
        looks: PasswordLooks,
    },
    /// The password opens the file, but its check sum says that somebody changed it.
    #[error("the password opens this PKCS#12 file, but the file was changed after it was written")]
    Changed,
    /// The file is encrypted in a way that is not known here.
    #[error("this PKCS#12 file is encrypted in a way that is not supported")]
    UnknownCipher,
    /// The file holds another number of keys than one.
    #[error("this PKCS#12 file holds {found} private keys, not one")]
    NotOneKey {
        /// How many it holds.
        found: usize,
    },
    /// The file has a key but no certificate of that key.
    #[error("this PKCS#12 file holds no certificate of its key")]
    NoCertificate,
    /// The file has too odd a form to write it, such as a password outside of Unicode's basic plane.
    #[error("the file cannot be written: {reason}")]
    NotWritable {
        /// What the writer says.
        reason: String,
    },
}

impl BundleError {
    /// What to do about it.
    pub fn what_to_do(&self) -> &'static str {
        match self {
            BundleError::NotPkcs8 => "Give the private key, and not the certificate, as the key.",
            BundleError::NotCertificate => {
                "Give the certificate, and not the private key, as the certificate."
            }
            BundleError::NotPkcs12 | BundleError::Changed => {
                "Copy `apiclient_cert.p12` again as a binary file: text mode, resource filtering and line-ending conversion destroy it."
            }
            BundleError::WrongPassword { .. } => {
                "The password is the merchant id (8 to 10 digits) unless it was changed; it is in the name of the folder that the official tool wrote."
            }
            BundleError::UnknownCipher => {
                "Convert it where it can be opened: `openssl pkcs12 -in old.p12 -nodes -out both.pem`, with `-legacy` for OpenSSL 3, then `openssl pkcs12 -export -in both.pem -out new.p12`."
            }
            BundleError::NotOneKey { .. } => {
                "Give the file that holds the merchant's key and its certificate alone."
            }
            BundleError::NoCertificate => {
                "Give `apiclient_cert.p12` as the official tool wrote it, or the certificate beside it."
            }
            BundleError::NotWritable { .. } => {
                "Choose a password of letters and digits; WeChat Pay's own is the merchant id."
            }
        }
    }
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
        // The library's name says RC4; the object identifier that it writes, and what it computes, is RC2.
        Cipher::Rc2 => (EncryptionAlgorithm::PbeWithShaAnd40BitRc4Cbc, MacAlgorithm::HmacSha1),
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

/// The key in the file with these `bytes`, its certificate and the others. Files with RC2 are read too.
///
/// The key's certificate is the one that bears its local key id, or else the first.
pub fn read(bytes: &[u8], password: &str) -> Result<Bundle, BundleError> {
    let Archive { mut keys, mut certificates } = open(bytes, password)?;
    let found = keys.len();
    let (Some(key), 1) = (keys.pop(), found) else { return Err(BundleError::NotOneKey { found }) };
    if certificates.is_empty() {
        return Err(BundleError::NoCertificate);
    }
    let certificate = certificates.remove(0);
    Ok(Bundle { key, certificate, chain: certificates })
}

/// Whatever the file with these `bytes` holds.
pub fn open(bytes: &[u8], password: &str) -> Result<Archive, BundleError> {
    let decoded = Pkcs12Archive::from_pkcs12(bytes, password).map_err(|error| match error {
        // The check sum depends on password and content alike. If the content opens, it is not the password.
        Error::MacError(_) if opens_unchecked(bytes, password) => BundleError::Changed,
        Error::MacError(_) | Error::UnpadError | Error::Pkcs5Error(_) => {
            BundleError::WrongPassword { looks: PasswordLooks::of(password) }
        }
        Error::UnsupportedEncryptionScheme | Error::UnsupportedMacAlgorithm => BundleError::UnknownCipher,
        _ => BundleError::NotPkcs12,
    })?;
    let Pkcs12Archive { keys, mut certs, .. } = decoded;
    if let [key] = &keys[..] {
        let id = key.local_key_id.as_ref().map(AsRef::as_ref);
        let own = certs.iter().position(|bag| id.is_some() && bag.local_key_id.as_deref() == id).unwrap_or(0);
        if let Some(front) = certs.get_mut(..=own) {
            front.rotate_right(1);
        }
    }
    Ok(Archive {
        keys: keys.iter().map(|bag| Zeroizing::new(bag.key.as_der().to_vec())).collect(),
        certificates: certs.iter().map(|bag| bag.cert.as_der().to_vec()).collect(),
    })
}

/// Whether the content opens with this password when nobody looks at the check sum.
fn opens_unchecked(bytes: &[u8], password: &str) -> bool {
    let Ok((element, _)) = asn1::first(bytes) else { return false };
    let parts = asn1::inside(&element, asn1::SEQUENCE).unwrap_or_default();
    // Version, content, check sum; the last may be left out.
    let [version, content, ..] = &parts[..] else { return false };
    Pkcs12Archive::from_pkcs12(&asn1::value(asn1::SEQUENCE, &[version.whole, content.whole]), password)
        .is_ok()
}

/// The ciphers of a file that is not opened, in the words of its object identifiers; each once.
///
/// Their places are known, but inside of optional layers. An object identifier of eleven bytes does not turn up by chance,
/// so that the bytes are simply searched.
pub fn named_ciphers(bytes: &[u8]) -> Vec<NamedCipher> {
    let named = |cipher: &NamedCipher| bytes.windows(cipher.oid().len()).any(|window| window == cipher.oid());
    [NamedCipher::Rc2With40Bits, NamedCipher::TripleDes, NamedCipher::Pbes2]
        .into_iter()
        .filter(named)
        .collect()
}

/// A cipher that a PKCS#12 file names.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NamedCipher {
    /// pbeWithSHA1And40BitRC2-CBC, which OpenSSL 3 refuses (`0308010C`, "unsupported").
    Rc2With40Bits,
    /// pbeWithSHA1And3-KeyTripleDES-CBC.
    TripleDes,
    /// PBES2, in practice with AES-256.
    Pbes2,
}

impl NamedCipher {
    /// The object identifier, with its header.
    fn oid(self) -> &'static [u8] {
        match self {
            NamedCipher::Rc2With40Bits => b"\x06\x0A\x2A\x86\x48\x86\xF7\x0D\x01\x0C\x01\x06",
            NamedCipher::TripleDes => b"\x06\x0A\x2A\x86\x48\x86\xF7\x0D\x01\x0C\x01\x03",
            NamedCipher::Pbes2 => b"\x06\x09\x2A\x86\x48\x86\xF7\x0D\x01\x05\x0D",
        }
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
        for cipher in Cipher::ALL {
            let bytes = write(&bundle(), "merchant", PASSWORD, cipher).unwrap();
            assert_eq!(read(&bytes, PASSWORD).unwrap(), bundle(), "{cipher:?}");
            for wrong in ["", "1900000002"] {
                assert!(matches!(read(&bytes, wrong), Err(BundleError::WrongPassword { .. })), "{cipher:?}");
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
    fn a_wrong_password_is_told_by_what_it_looks_like() {
        let bytes = read_testdata("aes256.p12");
        for (password, expected) in [
            ("1900000002", "it looks like a merchant id, so perhaps the file is another merchant's"),
            (
                "0123456789abcdef0123456789ABCDEF",
                "it looks like an API key or an AppSecret, which open no file",
            ),
            ("", "none was given"),
        ] {
            let error = read(&bytes, password).unwrap_err();
            assert!(error.to_string().ends_with(expected), "{password}: {error}");
            assert!(error.what_to_do().contains("merchant id"));
        }
    }

    #[test]
    fn a_changed_file_is_told_from_a_wrong_password() {
        let mut bytes = read_testdata("aes256.p12");
        // The check sum stands near the end, before its salt and the count of iterations.
        let place = bytes.len() - 40;
        bytes[place] ^= 1;
        assert!(matches!(read(&bytes, PASSWORD), Err(BundleError::Changed)));
        assert!(matches!(read(&bytes, "1900000002"), Err(BundleError::WrongPassword { .. })));
    }

    #[test]
    fn ciphers_are_named_without_the_password() {
        for (file, expected) in [
            ("aes256.p12", vec![NamedCipher::Pbes2]),
            ("triple_des.p12", vec![NamedCipher::TripleDes]),
            ("rc2.p12", vec![NamedCipher::Rc2With40Bits, NamedCipher::TripleDes]),
            ("key.der", vec![]),
        ] {
            assert_eq!(named_ciphers(&read_testdata(file)), expected, "{file}");
        }
        let written = write(&bundle(), "merchant", PASSWORD, Cipher::Rc2).unwrap();
        assert_eq!(named_ciphers(&written), [NamedCipher::Rc2With40Bits]);
    }

    #[test]
    fn the_key_prints_as_stars() {
        assert_eq!(format!("{:?}", bundle()), "Bundle(key ***, a certificate, a chain of 1)");
    }
}
