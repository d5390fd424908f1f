//! Keys: who signs, who verifies, what opens sealed resources, and how keys are named on the wire.
//!
//! A key is parsed once, when it is loaded; signing and verifying afterwards parse nothing. Private halves print as
//! `***` everywhere.

use std::fmt;
use std::sync::Arc;

use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::rsa::{KeyPair, PublicKey};
use aws_lc_rs::signature::{ParsedPublicKey, RSA_PKCS1_2048_8192_SHA256, RSA_PKCS1_SHA256, RsaParameters};
use base64::Engine;
use base64::engine::general_purpose::STANDARD as BASE64;
use jiff::Timestamp;
use x509_parser::pem::parse_x509_pem;
use x509_parser::prelude::{FromDer, X509Certificate};
use zeroize::Zeroizing;

/// Why something is not the key or name it was taken for.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum KeyError {
    /// The text holds no PEM block.
    #[error("this is not PEM: no `-----BEGIN {expected}-----` block in it")]
    NotPem {
        /// The block that is wanted.
        expected: &'static str,
    },
    /// A PEM block, but of another kind; often the certificate where the key belongs, or the reverse.
    #[error("this PEM block is a `{found}`, not a `{expected}`")]
    WrongBlock {
        /// The label of the block found.
        found: String,
        /// The block that is wanted.
        expected: &'static str,
    },
    /// The block holds no RSA key of 2048 to 8192 bits.
    #[error("this is no RSA key of 2048 to 8192 bits")]
    NotRsa,
    /// The block holds no X.509 certificate.
    #[error("this is no X.509 certificate")]
    NotCertificate,
    /// An APIv3 key of another length. Source: [global-certificates].
    #[error("an APIv3 key has 32 bytes; this has {length}")]
    ApiV3KeyLength {
        /// Bytes given.
        length: usize,
    },
    /// Neither a serial number nor `PUB_KEY_ID_` with digits behind it.
    #[error("`{text}` is neither a certificate's serial number in hexadecimal nor a public key id")]
    NotAName {
        /// The first characters of what was given.
        text: String,
    },
    /// The cryptographic library failed; nothing about the key is known to be wrong.
    #[error("the signature could not be computed")]
    SigningFailed,
}

/// The name a key has in messages: the serial number of its certificate, or a WeChat Pay public key's id.
///
/// Serial numbers are numbers: case and leading zeros are no difference, since public clients write them either way.
/// They are written in capitals with an even count of digits, 40 for the certificates in use today.
/// Source: [global-signature], [public-key-mode].
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct KeyName(Arc<str>);

const PUBLIC_KEY_ID: &str = "PUB_KEY_ID_";
/// Serial numbers have 20 bytes at most (RFC 5280); public key ids have been seen with 34 digits.
const LONGEST_NAME: usize = 64;

impl KeyName {
    /// The name written in `text`, in either case.
    pub fn parse(text: &str) -> Result<KeyName, KeyError> {
        let refused = || KeyError::NotAName { text: text.chars().take(LONGEST_NAME).collect() };
        if text.len() > LONGEST_NAME || !text.is_ascii() {
            return Err(refused());
        }
        let capitals = text.to_ascii_uppercase();
        if let Some(digits) = capitals.strip_prefix(PUBLIC_KEY_ID) {
            return match !digits.is_empty() && digits.bytes().all(|b| b.is_ascii_digit()) {
                true => Ok(KeyName(capitals.into())),
                false => Err(refused()),
            };
        }
        if capitals.is_empty() || !capitals.bytes().all(|b| b.is_ascii_hexdigit()) {
            return Err(refused());
        }
        let digits = capitals.trim_start_matches('0');
        let padding = if digits.is_empty() { "00" } else { &"0"[..digits.len() % 2] };
        Ok(KeyName(format!("{padding}{digits}").into()))
    }

    fn of_serial(serial: &[u8]) -> Result<KeyName, KeyError> {
        let digits: String = serial.iter().map(|byte| format!("{byte:02X}")).collect();
        KeyName::parse(&digits)
    }

    /// Whether this names a WeChat Pay public key and not a certificate.
    pub fn is_public_key_id(&self) -> bool {
        self.0.starts_with(PUBLIC_KEY_ID)
    }

    /// The name as it is written in headers.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for KeyName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Debug for KeyName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// The private half of an RSA key: a merchant's, or in the sandbox the platform's.
#[derive(Clone)]
pub struct SigningKey(Arc<KeyPair>);

impl SigningKey {
    /// The key in the first PEM block of `pem`, PKCS#8 or PKCS#1, not encrypted.
    pub fn from_pem(pem: &str) -> Result<SigningKey, KeyError> {
        const EXPECTED: &str = "PRIVATE KEY";
        let (label, der) = first_block(pem, EXPECTED)?;
        let pair = match label.as_str() {
            "PRIVATE KEY" => KeyPair::from_pkcs8(&der),
            "RSA PRIVATE KEY" => KeyPair::from_der(&der),
            _ => return Err(KeyError::WrongBlock { found: label, expected: EXPECTED }),
        };
        pair.map(|pair| SigningKey(Arc::new(pair))).map_err(|_| KeyError::NotRsa)
    }

    /// The signature of `message`: RSASSA-PKCS1-v1_5 with SHA-256, in Base64. The same message always has the same.
    ///
    /// Source: [global-signature].
    pub fn sign(&self, message: &[u8]) -> Result<String, KeyError> {
        let mut signature = vec![0; self.0.public_modulus_len()];
        // This padding draws nothing at random; the library takes a source and leaves it alone.
        self.0
            .sign(&RSA_PKCS1_SHA256, &SystemRandom::new(), message, &mut signature)
            .map_err(|_| KeyError::SigningFailed)?;
        Ok(BASE64.encode(signature))
    }
}

impl fmt::Debug for SigningKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SigningKey(***)")
    }
}

/// The algorithm of every signature, for keys of 2048 to 8192 bits.
const ALGORITHM: &RsaParameters = &RSA_PKCS1_2048_8192_SHA256;

/// The public half of an RSA key: the platform's, or in the sandbox a merchant's.
#[derive(Clone)]
pub struct VerifyingKey(Arc<ParsedPublicKey>);

impl VerifyingKey {
    /// The key in the first PEM block of `pem`, `BEGIN PUBLIC KEY` as the Merchant Platform gives it.
    pub fn from_pem(pem: &str) -> Result<VerifyingKey, KeyError> {
        const EXPECTED: &str = "PUBLIC KEY";
        let (label, der) = first_block(pem, EXPECTED)?;
        if label != EXPECTED {
            return Err(KeyError::WrongBlock { found: label, expected: EXPECTED });
        }
        VerifyingKey::from_spki(&der)
    }

    fn from_spki(der: &[u8]) -> Result<VerifyingKey, KeyError> {
        // Verifying looks at the key's length as well, but then every message would fail and nothing would say why.
        let public = PublicKey::from_der(der).map_err(|_| KeyError::NotRsa)?;
        let bits = RsaParameters::public_modulus_len(public.as_ref()).map_err(|_| KeyError::NotRsa)?;
        let lengths = ALGORITHM.min_modulus_len()..=ALGORITHM.max_modulus_len();
        match ParsedPublicKey::new(ALGORITHM, der) {
            Ok(key) if lengths.contains(&bits) => Ok(VerifyingKey(Arc::new(key))),
            _ => Err(KeyError::NotRsa),
        }
    }

    /// Whether `signature` is this key's over `message`.
    pub fn verifies(&self, message: &[u8], signature: &[u8]) -> bool {
        self.0.verify_sig(message, signature).is_ok()
    }
}

impl fmt::Debug for VerifyingKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("VerifyingKey(RSA)")
    }
}

/// What verifying needs of an X.509 certificate. Its chain is not looked at.
#[derive(Debug, Clone)]
pub struct Certificate {
    /// Its serial number.
    pub serial: KeyName,
    /// The key in it.
    pub key: VerifyingKey,
    /// First second of its validity.
    pub not_before: Timestamp,
    /// Last second of its validity.
    pub not_after: Timestamp,
}

impl Certificate {
    /// The certificate in the first PEM block of `pem`.
    pub fn from_pem(pem: &str) -> Result<Certificate, KeyError> {
        const EXPECTED: &str = "CERTIFICATE";
        let (label, der) = first_block(pem, EXPECTED)?;
        if label != EXPECTED {
            return Err(KeyError::WrongBlock { found: label, expected: EXPECTED });
        }
        let (_, certificate) = X509Certificate::from_der(&der).map_err(|_| KeyError::NotCertificate)?;
        let instant = |time: x509_parser::time::ASN1Time| {
            Timestamp::from_second(time.timestamp()).map_err(|_| KeyError::NotCertificate)
        };
        let validity = certificate.validity();
        Ok(Certificate {
            serial: KeyName::of_serial(certificate.raw_serial()).map_err(|_| KeyError::NotCertificate)?,
            key: VerifyingKey::from_spki(certificate.public_key().raw)?,
            not_before: instant(validity.not_before)?,
            not_after: instant(validity.not_after)?,
        })
    }
}

/// The APIv3 key: the 32 bytes with which WeChat Pay seals resources for one merchant id, as they were typed in.
///
/// Source: [global-certificates].
#[derive(Clone)]
pub struct ApiV3Key(Zeroizing<[u8; 32]>);

impl ApiV3Key {
    /// The key with exactly these 32 bytes.
    pub fn parse(bytes: &[u8]) -> Result<ApiV3Key, KeyError> {
        let key: [u8; 32] = bytes.try_into().map_err(|_| KeyError::ApiV3KeyLength { length: bytes.len() })?;
        Ok(ApiV3Key(Zeroizing::new(key)))
    }

    pub(crate) fn bytes(&self) -> &[u8; 32] {
        &self.0
    }
}

impl fmt::Debug for ApiV3Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ApiV3Key(***)")
    }
}

/// Label and contents of the first PEM block of `pem`; the contents are wiped when dropped.
fn first_block(pem: &str, expected: &'static str) -> Result<(String, Zeroizing<Vec<u8>>), KeyError> {
    let (_, block) = parse_x509_pem(pem.as_bytes()).map_err(|_| KeyError::NotPem { expected })?;
    Ok((block.label, Zeroizing::new(block.contents)))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::v3::testdata;

    #[test]
    fn both_forms_of_a_private_key_sign_alike_and_as_openssl_does() {
        let message = testdata::read("message.txt");
        let expected = testdata::read("message.signature.base64");
        for file in ["merchant_key.pem", "merchant_key_pkcs1.pem"] {
            let key = SigningKey::from_pem(&testdata::read(file)).unwrap();
            assert_eq!(key.sign(message.as_bytes()).unwrap(), expected.trim_end(), "{file}");
        }
    }

    #[test]
    fn certificate_and_public_key_verify_alike() {
        let message = testdata::read("message.txt");
        let signature = BASE64.decode(testdata::read("message.signature.base64").trim_end()).unwrap();
        let certificate = Certificate::from_pem(&testdata::read("merchant_cert.pem")).unwrap();
        let public = VerifyingKey::from_pem(&testdata::read("merchant_public_key.pem")).unwrap();
        for key in [&certificate.key, &public] {
            assert!(key.verifies(message.as_bytes(), &signature));
            assert!(!key.verifies(b"another message", &signature));
        }
        assert_eq!(certificate.serial.as_str(), "0A11CE0000000000000000000000000000000001");
        assert_eq!(certificate.not_before.to_string(), "2020-01-01T00:00:00Z");
    }

    #[test]
    fn the_wrong_block_is_named() {
        let certificate = testdata::read("merchant_cert.pem");
        assert_eq!(
            SigningKey::from_pem(&certificate).unwrap_err().to_string(),
            "this PEM block is a `CERTIFICATE`, not a `PRIVATE KEY`"
        );
        assert!(matches!(VerifyingKey::from_pem(&certificate), Err(KeyError::WrongBlock { .. })));
        let key = testdata::read("merchant_key.pem");
        assert!(matches!(Certificate::from_pem(&key), Err(KeyError::WrongBlock { .. })));
        assert!(matches!(SigningKey::from_pem("apiclient_key"), Err(KeyError::NotPem { .. })));
    }

    #[test]
    fn keys_that_are_not_rsa_or_too_short_are_refused() {
        for (key, public) in
            [("elliptic_key.pem", "elliptic_public_key.pem"), ("short_key.pem", "short_public_key.pem")]
        {
            assert_eq!(SigningKey::from_pem(&testdata::read(key)).unwrap_err(), KeyError::NotRsa, "{key}");
            let public_key = VerifyingKey::from_pem(&testdata::read(public));
            assert_eq!(public_key.unwrap_err(), KeyError::NotRsa, "{public}");
        }
    }

    #[test]
    fn secrets_print_as_stars() {
        let key = SigningKey::from_pem(&testdata::read("merchant_key.pem")).unwrap();
        assert_eq!(format!("{key:?}"), "SigningKey(***)");
        let api_v3_key = ApiV3Key::parse(testdata::API_V3_KEY).unwrap();
        assert_eq!(format!("{api_v3_key:?}"), "ApiV3Key(***)");
    }

    #[test]
    fn an_api_v3_key_has_32_bytes() {
        for length in [0, 16, 31, 33, 64] {
            assert_eq!(
                ApiV3Key::parse(&vec![b'k'; length]).unwrap_err(),
                KeyError::ApiV3KeyLength { length }
            );
        }
    }

    #[test]
    fn serial_numbers_are_the_same_in_either_case_and_without_leading_zeros() {
        let name = KeyName::parse("0A11CE0000000000000000000000000000000001").unwrap();
        for text in [
            "0a11ce0000000000000000000000000000000001",
            "A11CE0000000000000000000000000000000001",
            "000A11CE0000000000000000000000000000000001",
        ] {
            assert_eq!(KeyName::parse(text).unwrap(), name, "{text}");
        }
        assert_eq!(name.as_str().len(), 40);
        let public = KeyName::parse("pub_key_id_0000000000000024101100397200000006").unwrap();
        assert!(public.is_public_key_id() && !name.is_public_key_id());
        assert_eq!(public.as_str(), "PUB_KEY_ID_0000000000000024101100397200000006");
    }

    #[test]
    fn other_texts_are_no_names() {
        for text in ["", "PUB_KEY_ID_", "PUB_KEY_ID_12A", "XYZ", "12 34", "12\n", "é1", &"1".repeat(65)] {
            assert!(KeyName::parse(text).is_err(), "{text:?}");
        }
    }

    proptest! {
        #[test]
        fn any_text_is_a_key_or_an_error(text in any::<String>(), body in "[A-Za-z0-9+/=\n]{0,400}") {
            let block = format!("-----BEGIN CERTIFICATE-----\n{body}\n-----END CERTIFICATE-----\n");
            for pem in [&text, &block] {
                let _ = (SigningKey::from_pem(pem).is_ok(), VerifyingKey::from_pem(pem).is_ok());
                let _ = (Certificate::from_pem(pem).is_ok(), KeyName::parse(pem).is_ok());
            }
        }
    }
}
