//! Whether a statement is genuine: the digest in its header is that of its text, and the platform signed the header.
//!
//! Source: [global-statement], [official-sdk].

use std::fmt::Write;

use aws_lc_rs::digest::{SHA1_FOR_LEGACY_USE_ONLY, digest};
use jiff::Timestamp;

use super::error::StatementError;
use crate::v3::sign::statement_body;
use crate::v3::verify::PlatformKeys;

/// Header with the SHA-1 of the text before compression, in hexadecimal.
pub const SHA1: &str = "Wechatpay-Statement-Sha1";

const HEX_DIGITS: usize = 40;

/// The SHA-1 of a statement's text, as its header spells it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Digest(String);

impl Digest {
    /// The digest of `text`.
    pub fn of(text: &[u8]) -> Digest {
        let mut hex = String::with_capacity(HEX_DIGITS);
        for byte in digest(&SHA1_FOR_LEGACY_USE_ONLY, text).as_ref() {
            // Writing to a String cannot fail.
            let _ = write!(hex, "{byte:02x}");
        }
        Digest(hex)
    }

    /// The digest that `header` gives, if it is that of `text`, in either case of letters.
    ///
    /// That the platform gave it is another question: see [`Digest::signed_text`].
    pub fn check(header: Option<&str>, text: &[u8]) -> Result<Digest, StatementError> {
        let given = header.ok_or(StatementError::DigestMissing)?;
        if given.len() != HEX_DIGITS || !given.bytes().all(|byte| byte.is_ascii_hexdigit()) {
            return Err(StatementError::DigestMalformed);
        }
        let found = Digest::of(text);
        if found.0.eq_ignore_ascii_case(given) {
            Ok(Digest(given.to_owned()))
        } else {
            Err(StatementError::DigestMismatch { expected: given.to_owned(), found: found.0 })
        }
    }

    /// The value of the header.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// What is signed in the text's place.
    pub fn signed_text(&self) -> String {
        statement_body(&self.0)
    }
}

/// Whether `text` came from the platform whole: its digest is the header's, and the header is signed by one of `keys`.
pub fn check<'h>(
    keys: &PlatformKeys,
    header: impl Fn(&str) -> Option<&'h str>,
    text: &[u8],
    now: Timestamp,
) -> Result<(), StatementError> {
    let digest = Digest::check(header(SHA1), text)?;
    keys.verify(header, digest.signed_text().as_bytes(), now)?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::v3::sign::{Nonce, SignatureHeaders};
    use crate::v3::testdata;
    use crate::v3::verify::Violation;

    const SIGNED_AT: i64 = 1_754_100_000;
    const TEXT: &[u8] = "交易时间\n`2025-08-02 10:00:01\n".as_bytes();

    /// Checks `text` under headers that say `sha1` and are signed over `signed`.
    fn checked(text: &[u8], sha1: Option<&str>, signed: &str) -> Result<(), StatementError> {
        let (key, serial) = (testdata::platform_key(), testdata::platform_serial());
        let nonce = Nonce::parse("N1").unwrap();
        let headers = SignatureHeaders::sign(&key, &serial, SIGNED_AT, &nonce, signed.as_bytes()).unwrap();
        let header = |name: &str| if name == SHA1 { sha1 } else { headers.get(name) };
        let now = Timestamp::from_second(SIGNED_AT).unwrap();
        check(&testdata::platform_keys(), header, text, now)
    }

    #[test]
    fn the_digest_is_sha_1_in_hexadecimal() {
        assert_eq!(Digest::of(b"abc").as_str(), "a9993e364706816aba3e25717850c26c9cd0d89d");
    }

    #[test]
    fn a_statement_is_believed_by_its_digest_and_its_digest_by_its_signature() {
        let digest = Digest::of(TEXT);
        let capitals = digest.as_str().to_ascii_uppercase();
        assert_eq!(checked(TEXT, Some(digest.as_str()), &digest.signed_text()), Ok(()));
        let signed = statement_body(&capitals);
        assert_eq!(checked(TEXT, Some(&capitals), &signed), Ok(()), "the header is signed as it came");
    }

    #[test]
    fn each_way_not_to_be_genuine_is_named() {
        let digest = Digest::of(TEXT);
        let (sha1, signed) = (digest.as_str(), digest.signed_text());
        let other = Digest::of(b"another");
        let mismatch = StatementError::DigestMismatch {
            expected: sha1.to_owned(),
            found: Digest::of(b"changed").as_str().to_owned(),
        };
        let wrong_signature =
            StatementError::Unverified(Violation::WrongSignature { serial: testdata::platform_serial() });
        let text = std::str::from_utf8(TEXT).unwrap();
        for (what, found, expected) in [
            ("no digest", checked(TEXT, None, &signed), StatementError::DigestMissing),
            (
                "Base64",
                checked(TEXT, Some("qZk+NkcGgWq6PiVxeFDCbJzQ2J0="), &signed),
                StatementError::DigestMalformed,
            ),
            ("changed", checked(b"changed", Some(sha1), &signed), mismatch),
            ("signed over another", checked(TEXT, Some(sha1), &other.signed_text()), wrong_signature.clone()),
            ("signed over the text", checked(TEXT, Some(sha1), text), wrong_signature),
        ] {
            assert_eq!(found, Err(expected), "{what}");
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(48))]

        #[test]
        fn a_flipped_bit_in_a_statement_is_noticed(
            text in prop::collection::vec(any::<u8>(), 1..200), bit in any::<prop::sample::Index>(),
        ) {
            let digest = Digest::of(&text);
            let mut flipped = text.clone();
            let bit = bit.index(flipped.len() * 8);
            flipped[bit / 8] ^= 1 << (bit % 8);
            prop_assert!(Digest::check(Some(digest.as_str()), &text).is_ok());
            prop_assert!(Digest::check(Some(digest.as_str()), &flipped).is_err());
        }

        #[test]
        fn any_header_is_judged(header in any::<String>()) {
            prop_assert!(Digest::check(Some(&header), TEXT).is_err());
        }
    }
}
