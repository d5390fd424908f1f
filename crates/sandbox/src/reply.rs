//! Answers and callbacks before they are signed, and their sealing.
//!
//! What is to be signed, and how, is decided under the scene's lock; the signing itself, which is slow, happens outside of
//! it with a view of the keyring.

use std::borrow::Cow;

use wechatpay::keys::{KeyError, KeyName};
use wechatpay::v3::sign::{Nonce, SignatureHeaders, statement_body};
use wechatpay::v3::statement::digest::SHA1;
use wechatpay::v3::verify::{PROBE, SERIAL, SIGNATURE};

use crate::faults::BadSigning;
use crate::keyring::Keyring;

/// An answer, not signed yet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reply {
    /// The HTTP status.
    pub status: u16,
    /// Its headers but for those of the signature.
    pub headers: Vec<(String, String)>,
    /// Its body; empty with 204.
    pub body: Vec<u8>,
}

impl Reply {
    /// What its signature is about: the body, or, of a statement, the digest in its header. Source: [global-statement].
    pub fn signed_text(&self) -> Cow<'_, [u8]> {
        let digest = self.headers.iter().find(|(name, _)| name == SHA1);
        match digest {
            None => Cow::Borrowed(&self.body),
            Some((_, digest)) => Cow::Owned(statement_body(digest).into_bytes()),
        }
    }
}

/// How a message is signed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Signing {
    /// With this key, as it should be.
    With(KeyName),
    /// Not at all.
    Unsigned,
    /// With this key over other bytes, so that it does not hold.
    Wrong(KeyName),
    /// With a signature that begins as WeChat Pay's tests of its merchants do. Source: [official-skills].
    Probe(KeyName),
    /// With the first key, under the name of a second one that nobody knows.
    UnderOtherName(KeyName, KeyName),
}

/// Everything that the signature headers of a message depend on but its body.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sealing {
    /// How it is signed.
    pub signing: Signing,
    /// Unix seconds that the message bears.
    pub stamped_at: i64,
    /// The nonce.
    pub nonce: Nonce,
}

impl Sealing {
    /// This sealing with what a fault makes of it: signed badly, and its time stamp off by `skew_s` seconds. A message
    /// that is not signed at all stays so.
    pub fn spoiled(self, bad: Option<BadSigning>, skew_s: i64) -> Sealing {
        let stamped_at = self.stamped_at.saturating_add(skew_s);
        let signing = match (self.signing, bad) {
            (Signing::With(_), Some(BadSigning::Unsigned)) => Signing::Unsigned,
            (Signing::With(key), Some(BadSigning::Wrong)) => Signing::Wrong(key),
            (Signing::With(key), Some(BadSigning::Probe)) => Signing::Probe(key),
            (Signing::With(key), Some(BadSigning::UnknownSerial)) => {
                let other = other_name(&key);
                Signing::UnderOtherName(key, other)
            }
            (signing, _) => signing,
        };
        Sealing { signing, stamped_at, ..self }
    }

    /// The signature headers of a message with this body; none if it is not signed.
    ///
    /// A key that is not in `keyring` any more is replaced by the newest certificate's.
    pub fn headers(&self, body: &[u8], keyring: &Keyring) -> Result<Vec<(String, String)>, KeyError> {
        let sign = |name: &KeyName, body: &[u8]| {
            let newest = keyring.newest_certificate();
            let (name, key) = match keyring.signing_key(name) {
                Some(key) => (name, key),
                None => (&newest.name, &newest.key),
            };
            let headers = SignatureHeaders::sign(key, name, self.stamped_at, &self.nonce, body)?;
            let owned = |(name, value): &(&str, String)| ((*name).to_owned(), value.clone());
            Ok(headers.pairs().iter().map(owned).collect::<Vec<_>>())
        };
        match &self.signing {
            Signing::With(key) => sign(key, body),
            Signing::Unsigned => Ok(Vec::new()),
            Signing::Wrong(key) => sign(key, b"not this body"),
            Signing::Probe(key) => {
                let probe = |signature: &str| format!("{PROBE}{signature}");
                Ok(with_other(sign(key, body)?, SIGNATURE, probe))
            }
            Signing::UnderOtherName(key, other) => {
                Ok(with_other(sign(key, body)?, SERIAL, |_| other.as_str().to_owned()))
            }
        }
    }
}

/// `headers` with another value of the header `name`.
fn with_other(
    mut headers: Vec<(String, String)>,
    name: &str,
    other: impl Fn(&str) -> String,
) -> Vec<(String, String)> {
    for (_, value) in headers.iter_mut().filter(|(found, _)| found == name) {
        *value = other(value);
    }
    headers
}

/// A serial number that no key has: that of a certificate with its last digit changed, or one of all nines where the key is
/// a public key.
fn other_name(name: &KeyName) -> KeyName {
    let text = name.as_str();
    let changed = match text.strip_suffix('F') {
        Some(rest) => format!("{rest}E"),
        None => format!("{}F", text.get(..text.len().saturating_sub(1)).unwrap_or_default()),
    };
    let nines = "9".repeat(40);
    KeyName::parse(&changed).or_else(|_| KeyName::parse(&nines)).unwrap_or_else(|_| name.clone())
}
