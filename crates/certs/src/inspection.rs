//! The parsing tool: everything that can be said about a file, as a report for programs and as a text for people.
//!
//! Read in this order: [`inspect`] here, then `standing` (its place in its life), `warning` (what deserves attention) and
//! `text` (the report on a screen).
//!
//! Source: [api-certificate], [certificate-serial].

mod standing;
mod text;
mod warning;

use jiff::Timestamp;

use crate::certificate::Certificate;
use crate::classification::{Class, Classification, Evidence, classify, is_merchant_id};
use crate::csr::Csr;
use crate::digests::Digests;
use crate::extension::Extension;
use crate::lifecycle::Policy;
use crate::material::{self, Contents, Format, Item, MaterialError};
use crate::public_key::PublicKey;

pub use standing::Standing;
pub use text::render;
pub use warning::Warning;

/// What there is to say about one file. What does not apply, such as the issuer of a key, is `None`.
///
/// A file with several certificates is reported about the one that it is about; the others follow in brief.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct Report {
    /// The name it was given under.
    pub file: String,
    /// Its form.
    pub format: Format,
    /// What it holds: `certificate`, `private-key`, `encrypted-private-key`, `csr` or `public-key`. A bundle is about its
    /// certificate.
    pub kind: &'static str,
    /// The kind of certificate.
    pub classification: Option<Class>,
    /// By what evidence.
    pub evidence: Vec<Evidence>,
    /// Whether the issuer's built-in key signed it; `None` if that is not known.
    pub signature_verified: Option<bool>,
    /// The merchant id in it.
    pub merchant_id: Option<String>,
    /// The merchant's name in it.
    pub merchant_name: Option<String>,
    /// The whole subject, in encoded order.
    pub subject: Option<String>,
    /// Its common name.
    pub subject_cn: Option<String>,
    /// The whole issuer, in encoded order.
    pub issuer: Option<String>,
    /// Its common name.
    pub issuer_cn: Option<String>,
    /// The serial number in upper-case hexadecimal, with an even number of digits.
    pub serial_hex: Option<String>,
    /// The serial number in decimal.
    pub serial_decimal: Option<String>,
    /// First second of the validity, RFC 3339 in UTC.
    pub not_before: Option<String>,
    /// Last second of the validity, RFC 3339 in UTC.
    pub not_after: Option<String>,
    /// Kind and size of the key: `RSA 2048`.
    pub key: Option<String>,
    /// SHA-256 of the public key; the same for everything that belongs together.
    pub spki_sha256: Option<String>,
    /// How it is signed.
    pub signature_algorithm: Option<String>,
    /// SHA-256 of the certificate's or request's DER.
    pub sha256_der: Option<String>,
    /// SHA-1 of the same.
    pub sha1_der: Option<String>,
    /// MD5 of the same.
    pub md5_der: Option<String>,
    /// SHA-256 of the file's bytes as they are, and with it the name of the published chain file that has it.
    pub sha256_file: String,
    /// The chain file that this is, byte for byte.
    pub published_chain: Option<&'static str>,
    /// The certificate's extensions in encoded order.
    pub extensions: Vec<Extension>,
    /// Whether the private key in the same file belongs to the certificate; `None` without either.
    pub key_matches: Option<bool>,
    /// The other certificates of the file.
    pub others: Vec<Other>,
    /// Where the certificate stands in its life, and what may be done.
    pub lifecycle: Option<Standing>,
    /// What deserves attention.
    pub warnings: Vec<Warning>,
}

/// Another certificate of the same file.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct Other {
    /// Its kind.
    pub classification: Class,
    /// Its subject.
    pub subject: String,
    /// Its issuer.
    pub issuer: String,
    /// Its serial number in hexadecimal.
    pub serial_hex: String,
    /// First second of its validity.
    pub not_before: String,
    /// Last second of its validity.
    pub not_after: String,
    /// SHA-256 of its DER.
    pub sha256_der: String,
}

/// What is asked about a file.
#[derive(Debug, Clone, Copy)]
pub struct Subject<'a> {
    /// The name to report it under; with its folders, since the official tool writes the merchant id into one of them.
    pub file: &'a str,
    /// What is in it.
    pub bytes: &'a [u8],
    /// Passwords to try, before those that the name suggests.
    pub passwords: &'a [&'a str],
    /// The rules by which certificates live.
    pub policy: &'a Policy,
    /// When.
    pub now: Timestamp,
}

/// The report about a file.
pub fn inspect(subject: &Subject<'_>) -> Result<Report, MaterialError> {
    let contents = read(subject)?;
    let mut report = Report::about(subject, &contents);
    if let Some(leaf) = contents.leaf() {
        let classification = classify(leaf);
        report.lifecycle = Standing::of(leaf, classification.class, subject.policy, subject.now);
        report.describe_certificate(leaf, &contents, classification);
    } else if let Some(csr) = contents.csr() {
        report.describe_csr(csr);
    } else if let Some(key) = public_half(&contents) {
        report.describe_key(key);
    }
    report.warnings = warning::all(&contents, &report, subject.now);
    Ok(report)
}

/// What the file holds. The passwords given are tried first, and then every number in its name that has the form of a
/// merchant id: the official tool's folders are called `1900000001_20260101_cert`, and that number is the password.
pub fn read(subject: &Subject<'_>) -> Result<Contents, MaterialError> {
    let numbers = subject.file.split(|character: char| !character.is_ascii_digit());
    let passwords: Vec<&str> =
        subject.passwords.iter().copied().chain(numbers.filter(|number| is_merchant_id(number))).collect();
    material::read(subject.bytes, &passwords)
}

/// The key of a file that holds nothing else.
fn public_half(contents: &Contents) -> Option<&PublicKey> {
    contents.items.iter().find_map(|item| match item {
        Item::PrivateKey(key) => Some(key.public_key()),
        Item::PublicKey(key) => Some(key),
        Item::Certificate(_) | Item::Csr(_) | Item::SealedKey => None,
    })
}

impl Report {
    /// What can be said of any file.
    fn about(subject: &Subject<'_>, contents: &Contents) -> Report {
        let kind = match (contents.leaf(), contents.csr(), contents.items.first()) {
            (Some(_), ..) => material::Kind::Certificate,
            (None, Some(_), _) => material::Kind::Csr,
            (None, None, Some(item)) => item.kind(),
            (None, None, None) => material::Kind::SealedKey,
        };
        Report {
            file: subject.file.to_owned(),
            format: contents.format,
            kind: kind.name(),
            classification: None,
            evidence: Vec::new(),
            signature_verified: None,
            merchant_id: None,
            merchant_name: None,
            subject: None,
            subject_cn: None,
            issuer: None,
            issuer_cn: None,
            serial_hex: None,
            serial_decimal: None,
            not_before: None,
            not_after: None,
            key: None,
            spki_sha256: None,
            signature_algorithm: None,
            sha256_der: None,
            sha1_der: None,
            md5_der: None,
            sha256_file: crate::digests::sha256(subject.bytes),
            published_chain: crate::digests::published_chain(subject.bytes).map(|chain| chain.file),
            extensions: Vec::new(),
            key_matches: None,
            others: Vec::new(),
            lifecycle: None,
            warnings: Vec::new(),
        }
    }

    fn describe_certificate(
        &mut self,
        certificate: &Certificate,
        contents: &Contents,
        classification: Classification,
    ) {
        let Classification { class, evidence, signature_verified, merchant_id, merchant_name } =
            classification;
        self.classification = Some(class);
        self.evidence = evidence;
        self.signature_verified = signature_verified;
        self.merchant_id = merchant_id;
        self.merchant_name = merchant_name;
        self.subject = Some(certificate.subject.to_string());
        self.subject_cn = certificate.subject.common_name().map(str::to_owned);
        self.issuer = Some(certificate.issuer.to_string());
        self.issuer_cn = certificate.issuer.common_name().map(str::to_owned);
        self.serial_hex = Some(certificate.serial.hex());
        self.serial_decimal = Some(certificate.serial.decimal());
        self.not_before = Some(certificate.not_before.to_string());
        self.not_after = Some(certificate.not_after.to_string());
        self.signature_algorithm = Some(certificate.signature_algorithm.to_string());
        self.extensions.clone_from(&certificate.extensions);
        self.key_matches = contents.private_key().map(|key| *key.public_key() == certificate.public_key);
        let others = contents.certificates().filter(|other| *other != certificate);
        self.others = others.map(Other::of).collect();
        self.describe_key(&certificate.public_key);
        self.describe_der(certificate.fingerprints());
    }

    fn describe_csr(&mut self, csr: &Csr) {
        self.subject = Some(csr.subject.to_string());
        self.subject_cn = csr.subject.common_name().map(str::to_owned);
        self.merchant_id = csr.subject.common_name().filter(|name| is_merchant_id(name)).map(str::to_owned);
        self.merchant_name = csr.subject.organizational_unit().map(str::to_owned);
        self.signature_algorithm = Some(csr.signature_algorithm.to_string());
        self.describe_key(&csr.public_key);
        self.describe_der(Digests::of(csr.der()));
    }

    fn describe_key(&mut self, key: &PublicKey) {
        self.key = Some(key.to_string());
        self.spki_sha256 = Some(key.spki_sha256());
    }

    fn describe_der(&mut self, digests: Digests) {
        let Digests { sha256, sha1, md5 } = digests;
        (self.sha256_der, self.sha1_der, self.md5_der) = (Some(sha256), Some(sha1), Some(md5));
    }
}

impl Other {
    fn of(certificate: &Certificate) -> Other {
        Other {
            classification: classify(certificate).class,
            subject: certificate.subject.to_string(),
            issuer: certificate.issuer.to_string(),
            serial_hex: certificate.serial.hex(),
            not_before: certificate.not_before.to_string(),
            not_after: certificate.not_after.to_string(),
            sha256_der: certificate.fingerprints().sha256,
        }
    }
}
