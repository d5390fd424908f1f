//! Whether what was pasted as the certificate string is the certificate that a request is waiting for, and if not, what it
//! is.
//!
//! A clipboard holds the request itself, half a string, or yesterday's certificate; the official tool has one sentence for
//! all of them. Source: [certificate-request].

use super::merchant::MerchantId;
use crate::certificate::{Authority, Certificate};
use crate::material::{self, Item, Kind, MaterialError};
use crate::public_key::PublicKey;
use crate::serial::SerialNumber;

/// A request that waits for its certificate.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pending {
    /// The public half of the waiting key.
    pub public_key: PublicKey,
    /// The merchant id that the request was made for.
    pub merchant_id: MerchantId,
    /// Certificates of this key that are known already, for a renewal; the new one is none of them.
    pub known: Vec<SerialNumber>,
}

/// What was pasted instead of the certificate.
#[derive(Debug, thiserror::Error)]
pub enum PasteError {
    /// Nothing.
    #[error("nothing was pasted")]
    Empty,
    /// The request string of the waiting key.
    #[error("this is the request string itself, not the certificate string that comes back for it")]
    RequestItself,
    /// The request string of another key.
    #[error("this is a request string, and one of another key than the one that is waiting")]
    OtherRequest,
    /// A part of a certificate string.
    #[error("this is only a part of a certificate string: {cause}")]
    Truncated {
        /// What is missing.
        cause: MaterialError,
    },
    /// Neither a certificate nor a request.
    #[error("this is no certificate string: it is a {}", .found.name())]
    NotCertificate {
        /// What it is.
        found: Kind,
    },
    /// Nothing that is known.
    #[error("this is no certificate string: {cause}")]
    Unreadable {
        /// Why it cannot be read.
        cause: MaterialError,
    },
    /// WeChat Pay's own certificate.
    #[error("this is a platform certificate of WeChat Pay, not the certificate of merchant {expected}")]
    PlatformCertificate {
        /// The merchant that is waiting.
        expected: MerchantId,
    },
    /// The certificate of a CA.
    #[error("this is the certificate of a CA ({name}), not the certificate of a merchant")]
    CaCertificate {
        /// Its common name.
        name: String,
    },
    /// A certificate for another merchant, of whatever key.
    #[error("this is the certificate of `{found}`, and merchant {expected} is waiting")]
    OtherMerchant {
        /// The common name in the certificate.
        found: String,
        /// The merchant that is waiting.
        expected: MerchantId,
    },
    /// A certificate of the right merchant for another key.
    #[error(
        "this certificate (serial number {serial}) does not match the local key pair: it belongs to another key"
    )]
    OtherKey {
        /// Its serial number.
        serial: SerialNumber,
    },
    /// A certificate of the right key that was there before.
    #[error(
        "this is the old certificate of the same key (serial number {serial}), which is installed already"
    )]
    AlreadyKnown {
        /// Its serial number.
        serial: SerialNumber,
    },
}

impl PasteError {
    /// What to do about it.
    pub fn what_to_do(&self) -> &'static str {
        match self {
            PasteError::Empty => {
                "Copy the certificate string from the page \"Copy certificate string\" and paste it here."
            }
            PasteError::RequestItself => {
                "Paste the request string into the Merchant Platform to get the certificate string, and paste that one here."
            }
            PasteError::OtherRequest => {
                "Submit the request string of this key to the Merchant Platform, and paste the certificate string that it shows."
            }
            PasteError::Truncated { .. } => {
                "The box has a scroll bar: select the whole string by hand, copy it by a right click, and paste it again."
            }
            PasteError::NotCertificate { found: Kind::PrivateKey | Kind::SealedKey } => {
                "Keep the key to yourself. Paste the certificate string, which begins with `-----BEGIN CERTIFICATE-----`."
            }
            PasteError::NotCertificate { .. } | PasteError::Unreadable { .. } => {
                "Copy the correct certificate string to the clipboard; it begins with `-----BEGIN CERTIFICATE-----`."
            }
            PasteError::PlatformCertificate { .. } => {
                "Paste the string from the page \"Copy certificate string\"; the platform certificate serves to verify WeChat Pay's answers."
            }
            PasteError::CaCertificate { .. } => {
                "Paste the merchant's certificate string; the chain is known to this tool."
            }
            PasteError::OtherMerchant { .. } => {
                "Sign in to the Merchant Platform with the merchant id of this request, and copy its certificate string."
            }
            PasteError::OtherKey { .. } => {
                "Select the whole certificate string of this very request by hand and copy it by a right click; the browser may have blocked the button. If the request was submitted from another computer, paste the string there."
            }
            PasteError::AlreadyKnown { .. } => {
                "Copy the new certificate string from the Merchant Platform; the clipboard still held the old one."
            }
        }
    }
}

impl Pending {
    /// The certificate in `text` that this request waits for: PEM, bare Base64 or DER, alone or among its chain.
    ///
    /// Whether the chain verifies is another question.
    pub fn certificate(&self, text: &[u8]) -> Result<Certificate, PasteError> {
        let contents = material::read(text, &[]).map_err(unreadable)?;
        let own = contents.certificates().find(|found| found.public_key == self.public_key);
        if let Some(certificate) = own.or_else(|| contents.leaf()) {
            self.check(certificate)?;
            return Ok(certificate.clone());
        }
        if let Some(csr) = contents.csr() {
            let is_own = csr.public_key == self.public_key;
            return Err(if is_own { PasteError::RequestItself } else { PasteError::OtherRequest });
        }
        Err(match contents.items.first().map(Item::kind) {
            Some(found) => PasteError::NotCertificate { found },
            None => PasteError::Empty,
        })
    }

    fn check(&self, certificate: &Certificate) -> Result<(), PasteError> {
        let serial = certificate.serial.clone();
        let expected = self.merchant_id.clone();
        let name = certificate.subject.common_name().unwrap_or_default().to_owned();
        // What it is in itself comes first: that a platform certificate also has another key helps nobody.
        if name == PLATFORM {
            return Err(PasteError::PlatformCertificate { expected });
        }
        if certificate.authority != Authority::Leaf {
            return Err(PasteError::CaCertificate { name });
        }
        if name != expected.as_str() {
            return Err(PasteError::OtherMerchant { found: name, expected });
        }
        if certificate.public_key != self.public_key {
            return Err(PasteError::OtherKey { serial });
        }
        if self.known.contains(&serial) {
            return Err(PasteError::AlreadyKnown { serial });
        }
        Ok(())
    }
}

/// The common name of every platform certificate. Source: [platform-certificates].
const PLATFORM: &str = "Tenpay.com sign";

fn unreadable(cause: MaterialError) -> PasteError {
    match cause {
        MaterialError::Empty => PasteError::Empty,
        MaterialError::TruncatedDer { .. }
        | MaterialError::UnfinishedPem { .. }
        | MaterialError::NoBeginLine
        | MaterialError::TruncatedBase64 { .. } => PasteError::Truncated { cause },
        cause => PasteError::Unreadable { cause },
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::private_key::PrivateKey;
    use crate::request::{MerchantName, make, read};

    const OWN: &str = include_str!("../../testdata/requests/certificate.pem");
    const RENEWED: &str = include_str!("../../testdata/requests/renewed_certificate.pem");
    const CA: &str = include_str!("../../testdata/requests/ca_certificate.pem");

    fn key() -> PrivateKey {
        PrivateKey::from_pkcs8(include_bytes!("../../testdata/requests/test_key.der")).unwrap()
    }

    fn pending() -> Pending {
        let merchant_id = MerchantId::parse("1900009191").unwrap();
        Pending { public_key: key().public_key().clone(), merchant_id, known: Vec::new() }
    }

    /// What is said about `text`: the mistake and the remedy.
    fn refusal(text: &str) -> (PasteError, String) {
        let error = pending().certificate(text.as_bytes()).unwrap_err();
        let said = format!("{error}. {}", error.what_to_do());
        (error, said)
    }

    fn bare(pem: &str) -> String {
        pem.lines().filter(|line| !line.starts_with("-----")).collect()
    }

    #[test]
    fn the_certificate_is_taken_in_every_form_alone_or_among_its_chain() {
        for text in [
            OWN.to_owned(),
            bare(OWN),
            OWN.replace('\n', "\r\n"),
            format!("\u{feff} {OWN}"),
            [CA, OWN].concat(),
            [OWN, CA].concat(),
        ] {
            let certificate = pending().certificate(text.as_bytes()).unwrap();
            assert_eq!(certificate.serial.hex(), "7A11CE0000000000000000000000000000000001", "{text}");
        }
    }

    #[test]
    fn the_request_string_itself_is_told_from_another_one() {
        let pending = pending();
        let own = make(&key(), &pending.merchant_id, &MerchantName::parse("深圳 好店").unwrap()).unwrap();
        let (error, said) = refusal(&own);
        assert!(matches!(error, PasteError::RequestItself), "{said}");
        assert!(
            said.contains(
                "Paste the request string into the Merchant Platform to get the certificate string"
            ),
            "{said}"
        );
        let (error, said) = refusal(include_str!("../../testdata/requests/other_key_request.pem"));
        assert!(matches!(error, PasteError::OtherRequest), "{said}");
    }

    #[test]
    fn a_part_of_the_string_is_told_wherever_it_is_cut() {
        for text in [&OWN[..OWN.len() / 2], &OWN[..OWN.len() - 8], &OWN[100..]] {
            let (error, said) = refusal(text);
            assert!(matches!(error, PasteError::Truncated { .. }), "{said}");
            assert!(said.contains("scroll bar"), "{said}");
        }
        let bare = bare(OWN);
        for length in [bare.len() / 2, bare.len() - 7] {
            let (error, said) = refusal(&bare[..length]);
            assert!(matches!(error, PasteError::Truncated { .. }), "{said}");
        }
    }

    #[test]
    fn a_certificate_of_another_merchant_or_key_is_told_apart() {
        for text in [
            include_str!("../../testdata/requests/other_merchant_certificate.pem"),
            include_str!("../../testdata/requests/own_key_other_merchant_certificate.pem"),
        ] {
            let (error, said) = refusal(text);
            assert!(matches!(error, PasteError::OtherMerchant { .. }), "{said}");
            assert!(said.contains("`1900000109`") && said.contains("merchant 1900009191"), "{said}");
        }
        let (error, said) = refusal(include_str!("../../testdata/requests/other_key_certificate.pem"));
        assert!(matches!(error, PasteError::OtherKey { .. }), "{said}");
        assert!(said.contains("does not match the local key pair"), "{said}");
    }

    #[test]
    fn certificates_that_belong_to_no_merchant_are_named() {
        let (error, said) = refusal(include_str!("../../testdata/requests/platform_certificate.pem"));
        assert!(matches!(error, PasteError::PlatformCertificate { .. }), "{said}");
        let (error, said) = refusal(CA);
        assert!(matches!(error, PasteError::CaCertificate { .. }), "{said}");
        assert!(said.contains("Test CA"), "{said}");
    }

    #[test]
    fn an_old_certificate_of_the_same_key_is_not_the_renewed_one() {
        let known = pending().certificate(OWN.as_bytes()).unwrap().serial;
        let pending = Pending { known: vec![known], ..pending() };
        assert!(pending.certificate(RENEWED.as_bytes()).is_ok());
        let error = pending.certificate(OWN.as_bytes()).unwrap_err();
        assert!(matches!(error, PasteError::AlreadyKnown { .. }), "{error}");
        assert!(error.what_to_do().contains("the clipboard still held the old one"));
    }

    proptest! {
        #[test]
        fn whatever_is_pasted_has_an_answer(
            bytes in proptest::collection::vec(any::<u8>(), 0..300),
            cut in 0..OWN.len(),
            in_place_of in any::<char>(),
        ) {
            let pending = pending();
            prop_assert!(pending.certificate(&bytes).is_err());
            prop_assert!(read(&bytes).is_err());
            let rest = OWN.get(cut + 1..).unwrap_or_default();
            let damaged = format!("{}{in_place_of}{rest}", &OWN[..cut]);
            if let Err(error) = pending.certificate(damaged.as_bytes()) {
                prop_assert!(!error.to_string().is_empty() && !error.what_to_do().is_empty());
            }
            prop_assert!(read(damaged.as_bytes()).is_err());
        }
    }

    #[test]
    fn everything_else_is_named_too() {
        let (error, said) = refusal(" \n");
        assert!(matches!(error, PasteError::Empty), "{said}");
        let (error, said) = refusal(&key().pem());
        assert!(matches!(error, PasteError::NotCertificate { found: Kind::PrivateKey }), "{said}");
        assert!(said.contains("Keep the key to yourself"), "{said}");
        let (error, said) = refusal("谢谢，证书已经生成");
        assert!(matches!(error, PasteError::Unreadable { .. }), "{said}");
        let (error, said) = refusal("7A11CE0000000000000000000000000000000001");
        assert!(matches!(error, PasteError::Unreadable { .. }), "{said}");
    }
}
