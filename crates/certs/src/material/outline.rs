//! Which structure some DER is, by its outer layers.

use super::error::MaterialError;
use crate::asn1::{self, Element, Malformed};

/// What the outer layers of some DER say it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Outline {
    Certificate,
    Csr,
    RevocationList,
    Pkcs8Key,
    EncryptedKey,
    Pkcs1Key,
    EllipticKey,
    PublicKey,
    Pkcs1PublicKey,
    Pkcs12,
    Pkcs7,
    Unknown,
}

/// Whether bytes are meant as DER: they begin as a SEQUENCE does, which as text would be the digit 0.
pub(super) fn looks_binary(bytes: &[u8]) -> bool {
    bytes.first() == Some(&asn1::SEQUENCE)
        && bytes.get(1).is_some_and(|length| !(0x09..0x7F).contains(length))
        || bytes.iter().take(64).any(|byte| *byte == 0) && !super::text::is_utf16(bytes)
}

/// What UTF-8 has where a byte could not be read: the trace of a binary file that was copied as text.
const REPLACEMENT: &[u8] = b"\xEF\xBF\xBD";

/// What `der` is, if it is one whole value with nothing behind it.
pub(super) fn whole(der: &[u8]) -> Result<Outline, MaterialError> {
    let was_text = || der.windows(REPLACEMENT.len()).any(|window| window == REPLACEMENT);
    match asn1::first(der) {
        Ok((element, [])) => match outline(&element) {
            Outline::Unknown if was_text() => Err(MaterialError::CopiedAsText),
            found => Ok(found),
        },
        Ok((_, rest)) if was_line_converted(der) => {
            Err(MaterialError::LineEndsConverted { extra: rest.len() })
        }
        Err(_) | Ok(_) if was_text() => Err(MaterialError::CopiedAsText),
        Ok((_, rest)) => Err(MaterialError::ExtraBytes { extra: rest.len() }),
        Err(Malformed::Truncated { announced }) => {
            Err(MaterialError::TruncatedDer { announced, present: der.len() })
        }
        Err(Malformed::Indefinite) => Err(MaterialError::IndefiniteLength),
        Err(Malformed::NotDer) => Err(MaterialError::UnknownDer),
    }
}

/// Whether every LF has a CR before it, and without these CRs the length is right.
fn was_line_converted(der: &[u8]) -> bool {
    let line_feeds = der.iter().filter(|byte| **byte == b'\n').count();
    let pairs = der.windows(2).filter(|pair| *pair == b"\r\n").count();
    line_feeds > 0 && line_feeds == pairs && asn1::first(der).is_ok_and(|(_, rest)| rest.len() == pairs)
}

/// What this value is.
pub(crate) fn outline(element: &Element<'_>) -> Outline {
    let Some(parts) = asn1::inside(element, asn1::SEQUENCE) else { return Outline::Unknown };
    let tags: Vec<u8> = parts.iter().map(|part| part.tag).collect();
    match tags[..] {
        [asn1::SEQUENCE, asn1::SEQUENCE, asn1::BIT_STRING] => signed(parts.first()),
        [asn1::INTEGER, asn1::SEQUENCE, asn1::OCTET_STRING, ..] => Outline::Pkcs8Key,
        [asn1::INTEGER, asn1::SEQUENCE] | [asn1::INTEGER, asn1::SEQUENCE, asn1::SEQUENCE] => Outline::Pkcs12,
        [asn1::INTEGER, asn1::OCTET_STRING, ..] => Outline::EllipticKey,
        [asn1::INTEGER, asn1::INTEGER] => Outline::Pkcs1PublicKey,
        [asn1::INTEGER, asn1::INTEGER, asn1::INTEGER, asn1::INTEGER, ..] => Outline::Pkcs1Key,
        [asn1::SEQUENCE, asn1::OCTET_STRING] => Outline::EncryptedKey,
        [asn1::SEQUENCE, asn1::BIT_STRING] => Outline::PublicKey,
        [asn1::OBJECT_IDENTIFIER, asn1::CONTEXT_0] => Outline::Pkcs7,
        _ => Outline::Unknown,
    }
}

/// A certificate, a request and a revocation list differ in what is signed.
fn signed(body: Option<&Element<'_>>) -> Outline {
    let Some(parts) = body.and_then(|body| asn1::inside(body, asn1::SEQUENCE)) else {
        return Outline::Unknown;
    };
    let tags: Vec<u8> = parts.iter().map(|part| part.tag).collect();
    const LIST: &[u8] = &[asn1::SEQUENCE, asn1::SEQUENCE];
    let is_time =
        |tag: Option<&u8>| tag.is_some_and(|tag| [asn1::UTC_TIME, asn1::GENERALIZED_TIME].contains(tag));
    match &tags[..] {
        [asn1::CONTEXT_0, ..] => Outline::Certificate,
        // Version 1, which is not written: serial number, algorithm, issuer, validity, subject and key.
        [
            asn1::INTEGER,
            asn1::SEQUENCE,
            asn1::SEQUENCE,
            asn1::SEQUENCE,
            asn1::SEQUENCE,
            asn1::SEQUENCE,
            ..,
        ] => Outline::Certificate,
        [asn1::INTEGER, rest @ ..] | rest if rest.starts_with(LIST) && is_time(rest.get(2)) => {
            Outline::RevocationList
        }
        [asn1::INTEGER, asn1::SEQUENCE, asn1::SEQUENCE, ..] => Outline::Csr,
        _ => Outline::Unknown,
    }
}

/// The certificates in a PKCS#7 bag, in their order, byte for byte.
///
/// Taken out by hand: the order is a fact that is shown, and a reader of CMS would sort them and encode them anew.
pub(super) fn certificates_of(der: &[u8]) -> Result<Vec<&[u8]>, MaterialError> {
    let bag = asn1::first(der).ok().and_then(|(element, _)| {
        let parts = asn1::inside(&element, asn1::SEQUENCE)?;
        let [_, explicit] = parts[..] else { return None };
        let signed_data = asn1::inside(&explicit, asn1::CONTEXT_0)?.into_iter().next()?;
        // Version, digest algorithms, content; then the bag, and the signatures, of which there are none.
        let parts = asn1::inside(&signed_data, asn1::SEQUENCE)?;
        let [_, algorithms, _, bag, ..] = parts[..] else { return None };
        asn1::inside(&bag, asn1::CONTEXT_0).filter(|_| algorithms.tag == asn1::SET)
    });
    let certificates: Vec<&[u8]> = bag.unwrap_or_default().iter().map(|element| element.whole).collect();
    match certificates.is_empty() {
        true => Err(MaterialError::NoCertificatesInBag),
        false => Ok(certificates),
    }
}

/// Whether a PEM label is one that this structure bears.
pub(super) fn is_label_of(label: &str, outline: Outline) -> bool {
    match outline {
        Outline::Certificate => matches!(label, "CERTIFICATE" | "X509 CERTIFICATE" | "TRUSTED CERTIFICATE"),
        Outline::Csr => matches!(label, "CERTIFICATE REQUEST" | "NEW CERTIFICATE REQUEST"),
        Outline::RevocationList => label == "X509 CRL",
        Outline::Pkcs8Key => label == "PRIVATE KEY",
        Outline::EncryptedKey => label == "ENCRYPTED PRIVATE KEY",
        Outline::Pkcs1Key => label == "RSA PRIVATE KEY",
        Outline::EllipticKey => label == "EC PRIVATE KEY",
        Outline::PublicKey => label == "PUBLIC KEY",
        Outline::Pkcs1PublicKey => label == "RSA PUBLIC KEY",
        Outline::Pkcs7 => matches!(label, "PKCS7" | "CMS"),
        Outline::Pkcs12 | Outline::Unknown => false,
    }
}
