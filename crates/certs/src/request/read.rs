//! Reading a request string: what a platform does with what was pasted.

use super::merchant::{MerchantId, MerchantName};
use crate::csr::Csr;
use crate::material::{self, Item, MaterialError, WrongKind};
use crate::public_key::KeyAlgorithm;
use crate::signature::SignatureVerdict;

/// Why a request string is refused.
#[derive(Debug, thiserror::Error)]
pub enum RequestError {
    /// It cannot be read: empty, cut off, not PEM.
    #[error(transparent)]
    Unreadable(#[from] MaterialError),
    /// It is something else: a certificate, a key.
    #[error(transparent)]
    NotRequest(#[from] WrongKind),
    /// There is more than one thing in it.
    #[error("{found} things were pasted where one request string belongs")]
    Several {
        /// How many.
        found: usize,
    },
    /// The key is on China's curve SM2.
    #[error("the key of this request is an SM2 key, and certificates are issued for RSA keys only")]
    Sm2Key,
    /// The key is neither RSA nor SM2.
    #[error("the key of this request is no RSA key")]
    NotRsaKey,
    /// The key is too short.
    #[error("the key of this request has {bits} bits, and 2048 are the least")]
    KeyTooShort {
        /// Bits of its modulus.
        bits: usize,
    },
    /// The signature does not hold.
    #[error("the request is not signed by its own key, or was changed afterwards")]
    BadSignature,
    /// The signature is of a kind that is not checked.
    #[error("the request is signed in a way that is not accepted ({algorithm})")]
    UnknownSignature {
        /// The algorithm.
        algorithm: String,
    },
}

impl RequestError {
    /// What to do about it.
    pub fn what_to_do(&self) -> &'static str {
        match self {
            RequestError::Unreadable(MaterialError::Empty) => {
                "Copy the request string from the certificate tool and paste it again."
            }
            RequestError::Unreadable(error) => error.what_to_do(),
            RequestError::NotRequest(error) => error.what_to_do(),
            RequestError::Several { .. } => "Paste one request string, and nothing else.",
            RequestError::Sm2Key | RequestError::NotRsaKey | RequestError::KeyTooShort { .. } => {
                "Make a new RSA key of 2048 bits and a new request string with `tidegate cert request`."
            }
            RequestError::BadSignature => {
                "Copy the whole request string again; if it fails again, make a new one from the same key."
            }
            RequestError::UnknownSignature { .. } => {
                "Make the request string anew, signed with SHA-256 and RSA."
            }
        }
    }
}

const LEAST_BITS: usize = 2048;

/// The request in `text`: PEM with any line ends and blanks around it, bare Base64, or DER. Its signature holds, and its key
/// is RSA with 2048 bits or more. Source: [certificate-request], \[inferred].
pub fn read(text: &[u8]) -> Result<Csr, RequestError> {
    let contents = material::read(text, &[])?;
    let csr = contents.expect_csr()?;
    if !matches!(&contents.items[..], [Item::Csr(_)]) {
        return Err(RequestError::Several { found: contents.items.len() });
    }
    match csr.public_key.algorithm() {
        KeyAlgorithm::Rsa { bits, .. } if *bits < LEAST_BITS => {
            return Err(RequestError::KeyTooShort { bits: *bits });
        }
        KeyAlgorithm::Rsa { .. } => {}
        KeyAlgorithm::Sm2 => return Err(RequestError::Sm2Key),
        KeyAlgorithm::EllipticCurve { .. } | KeyAlgorithm::Other { .. } => {
            return Err(RequestError::NotRsaKey);
        }
    }
    match csr.signature {
        SignatureVerdict::Holds => Ok(csr.clone()),
        SignatureVerdict::Fails => Err(RequestError::BadSignature),
        SignatureVerdict::NotComputed => {
            Err(RequestError::UnknownSignature { algorithm: csr.signature_algorithm.to_string() })
        }
    }
}

/// Something that a request asks for and that the platform's record has otherwise. The certificate has what the record has.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Difference {
    /// Another merchant id, or none.
    #[error("the request is for merchant id `{asked}`, and the record has {record}")]
    MerchantId {
        /// What the request says; empty if it says none.
        asked: String,
        /// What the record says.
        record: MerchantId,
    },
    /// Another name, or none. White space makes no difference.
    #[error("the request is for merchant name `{asked}`, and the record has {record}")]
    MerchantName {
        /// What the request says; empty if it says none.
        asked: String,
        /// What the record says.
        record: MerchantName,
    },
}

/// Where `csr` asks for something else than the platform's record has.
pub fn differences(csr: &Csr, merchant_id: &MerchantId, name: &MerchantName) -> Vec<Difference> {
    let mut found = Vec::new();
    let asked = csr.subject.common_name().unwrap_or_default();
    if MerchantId::parse(asked).as_ref() != Ok(merchant_id) {
        found.push(Difference::MerchantId { asked: asked.to_owned(), record: merchant_id.clone() });
    }
    let asked = csr.subject.organizational_unit().unwrap_or_default();
    if MerchantName::parse(asked).as_ref() != Ok(name) {
        found.push(Difference::MerchantName { asked: asked.to_owned(), record: name.clone() });
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::private_key::PrivateKey;
    use crate::request::make;

    fn merchant() -> (MerchantId, MerchantName) {
        (MerchantId::parse("1900009191").unwrap(), MerchantName::parse("深圳 好店").unwrap())
    }

    fn request() -> String {
        let key = PrivateKey::from_pkcs8(include_bytes!("../../testdata/requests/test_key.der")).unwrap();
        let (merchant_id, name) = merchant();
        make(&key, &merchant_id, &name).unwrap()
    }

    #[test]
    fn a_request_is_read_in_every_form_that_a_clipboard_gives_it() {
        let pem = request();
        let expected = read(pem.as_bytes()).unwrap();
        let lines: Vec<&str> = pem.lines().filter(|line| !line.starts_with("-----")).collect();
        for text in [
            pem.replace('\n', "\r\n"),
            format!("\u{feff}{pem}"),
            format!("  \n\n{pem}\n \t"),
            lines.join("\n"),
            lines.concat(),
        ] {
            assert_eq!(read(text.as_bytes()).unwrap(), expected, "{text:?}");
        }
        assert_eq!(read(expected.der()).unwrap(), expected);
    }

    #[test]
    fn what_was_made_is_what_the_record_has() {
        let csr = read(request().as_bytes()).unwrap();
        let (merchant_id, name) = merchant();
        assert!(differences(&csr, &merchant_id, &name).is_empty());
        assert!(
            differences(&csr, &merchant_id, &MerchantName::parse("深圳\u{3000}好店 ").unwrap()).is_empty()
        );
        let other_id = MerchantId::parse("1900000109").unwrap();
        let other_name = MerchantName::parse("别家").unwrap();
        assert_eq!(
            differences(&csr, &other_id, &other_name),
            [
                Difference::MerchantId { asked: "1900009191".to_owned(), record: other_id },
                Difference::MerchantName { asked: "深圳 好店".to_owned(), record: other_name },
            ]
        );
    }

    /// What is said about `text`: the mistake and the remedy.
    fn refusal(text: &[u8]) -> (RequestError, String) {
        let error = read(text).unwrap_err();
        let said = format!("{error}. {}", error.what_to_do());
        (error, said)
    }

    #[test]
    fn keys_that_no_certificate_is_issued_for_are_named() {
        let (error, said) = refusal(include_bytes!("../../testdata/requests/short_key_request.pem"));
        assert!(matches!(error, RequestError::KeyTooShort { bits: 1024 }), "{said}");
        assert!(said.contains("1024 bits") && said.contains("2048 bits"), "{said}");
        let (error, said) = refusal(include_bytes!("../../testdata/requests/sm2_key_request.pem"));
        assert!(matches!(error, RequestError::Sm2Key), "{said}");
        let (error, said) = refusal(include_bytes!("../../testdata/requests/p256_key_request.pem"));
        assert!(matches!(error, RequestError::NotRsaKey), "{said}");
    }

    #[test]
    fn a_request_that_was_changed_or_signed_by_another_key_is_refused() {
        let mut der = read(request().as_bytes()).unwrap().der().to_vec();
        // A digit of the merchant id.
        let at = der.windows(10).position(|bytes| bytes == b"1900009191").unwrap();
        der[at] = b'2';
        let (error, said) = refusal(&der);
        assert!(matches!(error, RequestError::BadSignature), "{said}");
    }

    #[test]
    fn what_is_no_request_is_named() {
        let (error, said) = refusal(include_bytes!("../../testdata/requests/certificate.pem"));
        assert!(matches!(error, RequestError::NotRequest(_)), "{said}");
        assert!(said.contains("this is a certificate"), "{said}");
        let (error, said) = refusal(include_bytes!("../../testdata/requests/test_key.der"));
        assert!(matches!(error, RequestError::NotRequest(_)), "{said}");
        assert!(said.contains("keep the key to yourself"), "{said}");
        let (error, said) = refusal(b" \r\n");
        assert!(matches!(error, RequestError::Unreadable(MaterialError::Empty)), "{said}");
        assert!(said.contains("Copy the request string"), "{said}");
        let twice = [request(), request()].concat();
        assert!(matches!(refusal(twice.as_bytes()).0, RequestError::Several { found: 2 }));
    }

    #[test]
    fn a_part_of_a_request_is_refused_wherever_it_is_cut() {
        let pem = request();
        for length in [pem.len() / 3, pem.len() / 2, pem.len() - 30] {
            let (error, said) = refusal(&pem.as_bytes()[..length]);
            assert!(matches!(error, RequestError::Unreadable(MaterialError::UnfinishedPem { .. })), "{said}");
        }
        let bare: String = pem.lines().filter(|line| !line.starts_with("-----")).collect();
        for length in [bare.len() / 2, bare.len() - 5] {
            let (error, said) = refusal(&bare.as_bytes()[..length]);
            let truncated = matches!(
                error,
                RequestError::Unreadable(
                    MaterialError::TruncatedDer { .. } | MaterialError::TruncatedBase64 { .. }
                )
            );
            assert!(truncated, "{said}");
        }
    }
}
