//! What deserves attention in a file, each with a name for programs and a sentence for people.

use jiff::Timestamp;

use super::Report;
use crate::certificate::{Certificate, Validity};
use crate::classification::Class;
use crate::material::{Contents, Item, Oddity};
use crate::name::Spelling;
use crate::public_key::KeyAlgorithm;
use crate::signature::SignatureVerdict;

/// Something to know before the file is used.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Warning {
    /// A sandbox's certificate.
    Sandbox,
    /// Its validity is over.
    Expired,
    /// Its validity has not begun.
    NotYetValid,
    /// Part of the evidence contradicts the rest.
    Conflicting,
    /// The issuer's known key did not sign it.
    IssuerNotProven,
    /// SHA-1 or MD5 under the signature.
    WeakSignature,
    /// RSA with fewer than 2048 bits.
    ShortKey,
    /// SM2, which cannot be used here.
    Sm2,
    /// A T61String, or another type that cannot hold it, holds UTF-8.
    T61Utf8,
    /// A text that is GBK or Latin-1 and says that it is something else.
    Misspelled,
    /// The request's own signature is wrong.
    RequestNotSigned,
    /// Key and certificate of the same file do not belong together.
    KeyDoesNotMatch,
    /// The private key is still encrypted.
    SealedKey,
    /// Several certificates in a file that is about one.
    SeveralCertificates,
    /// Something unusual about the file's form.
    #[serde(untagged)]
    Form(Oddity),
}

impl Warning {
    /// What it means, and what to do about it.
    pub fn sentence(self) -> &'static str {
        match self {
            Warning::Sandbox => {
                "It comes from a sandbox: it looks like a real one, and WeChat Pay knows nothing of it."
            }
            Warning::Expired => {
                "It is expired; renew it on the Merchant Platform, or change it if a month has passed."
            }
            Warning::NotYetValid => "Its validity has not begun; look at this machine's clock.",
            Warning::Conflicting => {
                "Some of it contradicts the rest; take it from the Merchant Platform again."
            }
            Warning::IssuerNotProven => {
                "It names an issuer whose key is known here, and that key did not sign it; do not trust it."
            }
            Warning::WeakSignature => {
                "Its signature is over SHA-1 or MD5, which proves little; trust it for nothing new."
            }
            Warning::ShortKey => "Its key has fewer than 2048 bits.",
            Warning::Sm2 => "It uses China's algorithms SM2 and SM3, which are shown here and not computed.",
            Warning::T61Utf8 => {
                "A name holds UTF-8 in a type that is something else; tools that take the type at its word show mojibake."
            }
            Warning::Misspelled => "A name is not in the encoding that it says; what is shown is a guess.",
            Warning::RequestNotSigned => {
                "The request's signature is not that of its own key; it was changed or cut."
            }
            Warning::KeyDoesNotMatch => "Key and certificate in this file do not belong together.",
            Warning::SealedKey => "The private key is encrypted, and no password given opens it.",
            Warning::SeveralCertificates => {
                "The file holds several certificates; the report is about one of them."
            }
            Warning::Form(oddity) => oddity.sentence(),
        }
    }
}

/// All that deserves attention, weightiest first.
pub(super) fn all(contents: &Contents, report: &Report, now: Timestamp) -> Vec<Warning> {
    let mut warnings = Vec::new();
    let mut warn = |holds: bool, warning: Warning| warnings.extend(holds.then_some(warning));
    if let Some(leaf) = contents.leaf() {
        warn(leaf.is_sandbox(), Warning::Sandbox);
        warn(leaf.validity_at(now) == Validity::Expired, Warning::Expired);
        warn(leaf.validity_at(now) == Validity::NotYet, Warning::NotYetValid);
        warn(report.classification == Some(Class::Conflicting), Warning::Conflicting);
        // Of a sandbox's certificate that goes without saying.
        warn(report.signature_verified == Some(false) && !leaf.is_sandbox(), Warning::IssuerNotProven);
        warn(leaf.signature_algorithm.is_weak(), Warning::WeakSignature);
        warn(leaf.public_key.is_short(), Warning::ShortKey);
        warn(*leaf.public_key.algorithm() == KeyAlgorithm::Sm2, Warning::Sm2);
        warn(has_spelling(leaf, &[Spelling::Utf8]), Warning::T61Utf8);
        warn(has_spelling(leaf, &[Spelling::Gb18030, Spelling::Latin1]), Warning::Misspelled);
        warn(report.key_matches == Some(false), Warning::KeyDoesNotMatch);
        warn(!report.others.is_empty(), Warning::SeveralCertificates);
    }
    if let Some(csr) = contents.csr() {
        warn(csr.signature == SignatureVerdict::Fails, Warning::RequestNotSigned);
        warn(csr.public_key.is_short(), Warning::ShortKey);
    }
    warn(contents.items.contains(&Item::SealedKey), Warning::SealedKey);
    warnings.extend(contents.oddities.iter().copied().map(Warning::Form));
    warnings
}

fn has_spelling(certificate: &Certificate, spellings: &[Spelling]) -> bool {
    let attributes = certificate.subject.attributes().chain(certificate.issuer.attributes());
    attributes.into_iter().any(|attribute| spellings.contains(&attribute.spelling))
}
