//! What bytes hold, whatever their form: PEM with anything around it, bare Base64, DER, PKCS#12 and PKCS#7.
//!
//! A file is taken for what its bytes are, never for what its name or its PEM label says. Everything that merchants get
//! wrong about files has an error of its own ([`MaterialError`]), or, where the meaning is clear all the same, an
//! [`Oddity`] that is reported beside what was read.
//!
//! Read in this order: [`read`] here, then `text` (from characters to DER), `outline` (which structure some DER is),
//! `error`, and `expect` (what to say when it is something else than was asked for).

mod error;
mod expect;
mod outline;
mod text;

use zeroize::Zeroizing;

use crate::bundle::{self, BundleError};
use crate::certificate::{Authority, Certificate};
use crate::csr::Csr;
use crate::private_key::{PrivateKey, PrivateKeyError};
use crate::public_key::PublicKey;

pub use error::MaterialError;
pub use expect::{Kind, WrongKind};
use outline::Outline;

/// What a file holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Contents {
    /// The form of the file.
    pub format: Format,
    /// What is unusual about it and was overlooked.
    pub oddities: Vec<Oddity>,
    /// What is in it, in its order; at least one.
    pub items: Vec<Item>,
}

/// The form of a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Format {
    /// Base64 between `BEGIN` and `END`.
    Pem,
    /// Base64 alone.
    Base64,
    /// Binary.
    Der,
    /// PKCS#12: `apiclient_cert.p12`.
    Pkcs12,
    /// PKCS#7 with certificates alone, binary or Base64: `CertTrustChain.p7b`.
    Pkcs7,
}

impl Format {
    /// What it is called.
    pub fn name(self) -> &'static str {
        match self {
            Format::Pem => "PEM",
            Format::Base64 => "Base64 without BEGIN and END",
            Format::Der => "DER",
            Format::Pkcs12 => "PKCS#12",
            Format::Pkcs7 => "PKCS#7",
        }
    }
}

/// What is unusual about a file without hiding what it means. Other software stumbles over it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, serde::Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Oddity {
    /// A byte order mark before the text.
    ByteOrderMark,
    /// UTF-16, as PowerShell writes when output is redirected.
    Utf16,
    /// Lines that end in CR LF.
    WindowsLineEnds,
    /// `\n` as two characters instead of line ends, as in JSON or an environment variable.
    EscapedLineEnds,
    /// Text around the PEM blocks.
    TextAround,
    /// Base64 without `BEGIN` and `END`.
    NoArmour,
    /// A label that does not say what is in the block.
    WrongLabel,
    /// A private key in the older form PKCS#1, which code that strips `BEGIN PRIVATE KEY` does not take.
    Pkcs1Key,
    /// RC2 with 40 bits, which OpenSSL 3 refuses with `0308010C`.
    Rc2Bundle,
}

impl Oddity {
    /// What it is, and what to do about it.
    pub fn sentence(self) -> &'static str {
        match self {
            Oddity::ByteOrderMark => {
                "A byte order mark stands before the text, and some software finds no start line behind it; save as UTF-8 without BOM."
            }
            Oddity::Utf16 => {
                "The text is UTF-16, which other software cannot read; save it as UTF-8 or ASCII."
            }
            Oddity::WindowsLineEnds => {
                "The lines end in CR LF; code that compares or strips lines may stumble."
            }
            Oddity::EscapedLineEnds => "Line ends are written as `\\n`; replace them with real ones.",
            Oddity::TextAround => {
                "There is text around the PEM block; code that only strips BEGIN and END stumbles over it."
            }
            Oddity::NoArmour => "This is Base64 without BEGIN and END lines; most software wants them.",
            Oddity::WrongLabel => {
                "The BEGIN line names something else than what is in the block; write it anew."
            }
            Oddity::Pkcs1Key => {
                "The key is PKCS#1 (BEGIN RSA PRIVATE KEY); WeChat Pay's samples want PKCS#8 (BEGIN PRIVATE KEY), so convert it."
            }
            Oddity::Rc2Bundle => {
                "The bundle is encrypted with RC2 (40 bits), which protects nothing and which OpenSSL 3 refuses (0308010C, unsupported); convert it to AES-256."
            }
        }
    }
}

/// One thing in a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Item {
    /// A certificate.
    Certificate(Box<Certificate>),
    /// A private key, opened if it was encrypted.
    PrivateKey(PrivateKey),
    /// A private key that none of the passwords opened, or for which there was none.
    SealedKey,
    /// A certificate signing request.
    Csr(Box<Csr>),
    /// A public key alone.
    PublicKey(PublicKey),
}

/// What the file with these `bytes` holds. `passwords` are tried one after the other where one is needed.
///
/// Never panics, whatever the bytes. An error in one of several PEM blocks is the file's error.
pub fn read(bytes: &[u8], passwords: &[&str]) -> Result<Contents, MaterialError> {
    if bytes.is_empty() {
        return Err(MaterialError::Empty);
    }
    if outline::looks_binary(bytes) {
        let mut contents = Contents { format: Format::Der, oddities: Vec::new(), items: Vec::new() };
        contents.take(outline::whole(bytes)?, bytes, passwords)?;
        return contents.finish();
    }
    let text::Text { armour, mut oddities, blocks } = text::read(bytes)?;
    let format = match armour {
        text::Armour::Pem => Format::Pem,
        text::Armour::None => Format::Base64,
    };
    let mut wrong_label = false;
    let mut contents = Contents { format, oddities: Vec::new(), items: Vec::new() };
    for block in blocks {
        let found = outline::whole(&block.der)?;
        wrong_label |= block.label.as_deref().is_some_and(|label| !outline::is_label_of(label, found));
        contents.take(found, &block.der, passwords)?;
    }
    oddities.extend(wrong_label.then_some(Oddity::WrongLabel));
    contents.oddities.extend(oddities);
    contents.finish()
}

impl Contents {
    /// Adds what this DER holds.
    fn take(&mut self, found: Outline, der: &[u8], passwords: &[&str]) -> Result<(), MaterialError> {
        match found {
            Outline::Certificate => self.items.push(Item::Certificate(Box::new(Certificate::from_der(der)?))),
            Outline::Csr => self.items.push(Item::Csr(Box::new(Csr::from_der(der)?))),
            Outline::Pkcs8Key => self.items.push(Item::PrivateKey(PrivateKey::from_pkcs8(der)?)),
            Outline::Pkcs1Key => {
                self.oddities.push(Oddity::Pkcs1Key);
                self.items.push(Item::PrivateKey(PrivateKey::from_pkcs1(der)?));
            }
            Outline::EncryptedKey => self.items.push(open_key(der, passwords)?),
            Outline::PublicKey => self.items.push(Item::PublicKey(PublicKey::from_spki(der)?)),
            Outline::Pkcs7 => {
                self.format = Format::Pkcs7;
                for certificate in outline::certificates_of(der)? {
                    self.items.push(Item::Certificate(Box::new(Certificate::from_der(certificate)?)));
                }
            }
            Outline::Pkcs12 => {
                self.format = Format::Pkcs12;
                let ciphers = bundle::named_ciphers(der);
                self.oddities.extend(
                    ciphers.contains(&bundle::NamedCipher::Rc2With40Bits).then_some(Oddity::Rc2Bundle),
                );
                let archive = open_bundle(der, passwords)?;
                for key in &archive.keys {
                    self.items.push(Item::PrivateKey(PrivateKey::from_pkcs8(key)?));
                }
                for certificate in &archive.certificates {
                    self.items.push(Item::Certificate(Box::new(Certificate::from_der(certificate)?)));
                }
            }
            Outline::EllipticKey => return Err(MaterialError::EllipticKey),
            Outline::Pkcs1PublicKey => return Err(MaterialError::Pkcs1PublicKey),
            Outline::RevocationList => return Err(MaterialError::RevocationList),
            Outline::Unknown => return Err(MaterialError::UnknownDer),
        }
        Ok(())
    }

    fn finish(mut self) -> Result<Contents, MaterialError> {
        self.oddities.sort_unstable();
        self.oddities.dedup();
        match self.items.is_empty() {
            true => Err(MaterialError::Nothing),
            false => Ok(self),
        }
    }

    /// All certificates, in their order.
    pub fn certificates(&self) -> impl Iterator<Item = &Certificate> {
        self.items.iter().filter_map(|item| match item {
            Item::Certificate(certificate) => Some(&**certificate),
            _ => None,
        })
    }

    /// The first private key.
    pub fn private_key(&self) -> Option<&PrivateKey> {
        self.items.iter().find_map(|item| match item {
            Item::PrivateKey(key) => Some(key),
            _ => None,
        })
    }

    /// The first certificate signing request.
    pub fn csr(&self) -> Option<&Csr> {
        self.items.iter().find_map(|item| match item {
            Item::Csr(csr) => Some(&**csr),
            _ => None,
        })
    }

    /// The certificate that the file is about: that of the key beside it, else the first that is no CA's, else the first.
    pub fn leaf(&self) -> Option<&Certificate> {
        let key = self.private_key().map(PrivateKey::public_key);
        let own = self.certificates().find(|certificate| Some(&certificate.public_key) == key);
        own.or_else(|| self.certificates().find(|certificate| certificate.authority == Authority::Leaf))
            .or_else(|| self.certificates().next())
    }
}

fn open_key(der: &[u8], passwords: &[&str]) -> Result<Item, MaterialError> {
    for password in passwords {
        match PrivateKey::from_encrypted_pkcs8(der, password) {
            Ok(key) => return Ok(Item::PrivateKey(key)),
            Err(PrivateKeyError::WrongPassphrase) => {}
            Err(error) => return Err(error.into()),
        }
    }
    Ok(Item::SealedKey)
}

fn open_bundle(der: &[u8], passwords: &[&str]) -> Result<bundle::Archive, MaterialError> {
    let mut last = None;
    for password in passwords {
        match bundle::open(der, password) {
            Ok(archive) => return Ok(archive),
            Err(error @ BundleError::WrongPassword { .. }) => last = Some(error),
            Err(error) => return Err(error.into()),
        }
    }
    // A file without a password is rare, and so is one whose password is empty.
    match (last, bundle::open(der, "")) {
        (_, Ok(archive)) => Ok(archive),
        (Some(error), Err(_)) | (None, Err(error)) => Err(error.into()),
    }
}

/// The DER of one block of a text, wiped when dropped, since it may be a key.
struct Block {
    label: Option<String>,
    der: Zeroizing<Vec<u8>>,
}
