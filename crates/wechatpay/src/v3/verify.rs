//! Verifying: is this answer, callback or request what its signature says?
//!
//! An answer is believed only after this. The key is the one the message names; there is no second try with another
//! one. What fails here has a name, because what follows differs: an unknown serial means "fetch the certificates
//! again", a probe means nothing at all, and all of them mean that the outcome of the request is unclear.
//! Source: [global-signature], [public-key-mode], [official-sdk].

use std::collections::BTreeMap;

use base64::Engine;
use base64::engine::general_purpose::STANDARD as BASE64;
use jiff::Timestamp;

use crate::keys::{Certificate, KeyName, VerifyingKey};

use super::sign::{Authorization, Nonce, Request, SCHEME, answer_message, seconds};

/// Header with the Unix seconds that were signed.
pub const TIMESTAMP: &str = "Wechatpay-Timestamp";
/// Header with the nonce that was signed.
pub const NONCE: &str = "Wechatpay-Nonce";
/// Header with the signature in Base64.
pub const SIGNATURE: &str = "Wechatpay-Signature";
/// Header that names the key.
pub const SERIAL: &str = "Wechatpay-Serial";
/// Header that names the algorithm; not always there.
pub const SIGNATURE_TYPE: &str = "Wechatpay-Signature-Type";

/// A signature that begins so is wrong on purpose: WeChat Pay looks whether it is verified at all.
/// Source: [official-skills].
pub const PROBE: &str = "WECHATPAY/SIGNTEST/";

/// How far a message's timestamp may lie from our clock, in seconds. A message exactly this far off is refused, as by
/// two of the three official libraries; the platform refuses a request only beyond it. Source: [official-sdk].
pub const WINDOW_S: u64 = 300;

/// Why a message is not believed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Violation {
    /// No signature header at all. On a 2xx answer that is a forgery until proven otherwise.
    #[error("the message is not signed")]
    Unsigned,
    /// Some signature headers are there, these are not; a proxy may have taken them off.
    #[error("the message lacks the headers {}", missing.join(", "))]
    MissingHeaders {
        /// The missing ones.
        missing: Vec<&'static str>,
    },
    /// A header that cannot be what it should be.
    #[error("the header {name} is malformed")]
    MalformedHeader {
        /// Which one.
        name: &'static str,
    },
    /// A signature type other than the only one.
    #[error("the signature is of the unknown type `{found}`")]
    UnknownSignatureType {
        /// The first characters of the type.
        found: String,
    },
    /// WeChat Pay tests whether signatures are verified. Nothing is wrong; the message must not be processed.
    #[error("the signature is a probe")]
    Probe,
    /// Signed [`WINDOW_S`] or more before or after our clock.
    #[error("the message was signed at {signed_at} by its own clock, {WINDOW_S} s or more from ours ({now})")]
    Stale {
        /// Unix seconds in the message.
        signed_at: i64,
        /// Unix seconds of our clock.
        now: i64,
    },
    /// A key we do not hold. Fetch the certificates again; never take another key.
    #[error("the message is signed with {serial}, which is not among the known keys")]
    UnknownSerial {
        /// The key's name in the message.
        serial: KeyName,
    },
    /// The named key did not sign these bytes.
    #[error("the signature is not {serial}'s over this message")]
    WrongSignature {
        /// The key's name in the message.
        serial: KeyName,
    },
}

/// The platform's keys that are believed: certificates and public key side by side, each picked by its name.
#[derive(Debug, Clone, Default)]
pub struct PlatformKeys(BTreeMap<KeyName, PlatformKey>);

#[derive(Debug, Clone)]
struct PlatformKey {
    key: VerifyingKey,
    /// A certificate's last second; a public key has none.
    not_after: Option<Timestamp>,
}

impl PlatformKeys {
    /// No keys.
    pub fn new() -> PlatformKeys {
        PlatformKeys::default()
    }

    /// Takes in a platform certificate under its serial number.
    pub fn add_certificate(&mut self, certificate: &Certificate) {
        let key = PlatformKey { key: certificate.key.clone(), not_after: Some(certificate.not_after) };
        self.0.insert(certificate.serial.clone(), key);
    }

    /// Takes in a WeChat Pay public key under its id.
    pub fn add_public_key(&mut self, id: KeyName, key: VerifyingKey) {
        self.0.insert(id, PlatformKey { key, not_after: None });
    }

    /// Drops the certificates that expired before `now`. While a change is under way the platform signs with either
    /// certificate, so nothing else is dropped.
    pub fn drop_expired(&mut self, now: Timestamp) {
        self.0.retain(|_, key| key.not_after.is_none_or(|not_after| now <= not_after));
    }

    /// The names of the keys.
    pub fn names(&self) -> impl Iterator<Item = &KeyName> {
        self.0.keys()
    }

    /// The key with this name.
    pub fn get(&self, name: &KeyName) -> Option<&VerifyingKey> {
        self.0.get(name).map(|key| &key.key)
    }

    /// Verifies a message by its headers; `header` gives the value of a header by name, in any case of letters.
    ///
    /// For a statement file, `body` is [`super::sign::statement_body`].
    pub fn verify<'h, 'a>(
        &self,
        header: impl Fn(&str) -> Option<&'h str>,
        body: &'a [u8],
        now: Timestamp,
    ) -> Result<Verified<'a>, Violation> {
        let claim = Claim::read(header, now)?;
        let wrong = || Violation::WrongSignature { serial: claim.serial.clone() };
        let key = self
            .get(&claim.serial)
            .ok_or_else(|| Violation::UnknownSerial { serial: claim.serial.clone() })?;
        let signature = BASE64.decode(claim.signature).map_err(|_| wrong())?;
        if !key.verifies(&answer_message(claim.timestamp, claim.nonce, body), &signature) {
            return Err(wrong());
        }
        Ok(Verified { body, signed_at: claim.signed_at, serial: claim.serial })
    }

    /// Verifies an answer with HTTP `status`.
    ///
    /// Answers other than 2xx may come unsigned ([`Answer::Unsigned`]); one that carries signature headers must verify
    /// all the same.
    pub fn verify_answer<'h, 'a>(
        &self,
        status: u16,
        header: impl Fn(&str) -> Option<&'h str>,
        body: &'a [u8],
        now: Timestamp,
    ) -> Result<Answer<'a>, Violation> {
        match self.verify(header, body, now) {
            Ok(verified) => Ok(Answer::Verified(verified)),
            Err(Violation::Unsigned) if !(200..300).contains(&status) => Ok(Answer::Unsigned(body)),
            Err(violation) => Err(violation),
        }
    }
}

/// Bytes that the platform signed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Verified<'a> {
    body: &'a [u8],
    signed_at: i64,
    serial: KeyName,
}

impl<'a> Verified<'a> {
    /// The signed bytes.
    pub fn body(&self) -> &'a [u8] {
        self.body
    }

    /// Unix seconds at which they were signed, by the platform's clock.
    pub fn signed_at(&self) -> i64 {
        self.signed_at
    }

    /// The key that signed them.
    pub fn serial(&self) -> &KeyName {
        &self.serial
    }
}

/// An answer after its signature was looked at.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Answer<'a> {
    /// Signed by the platform.
    Verified(Verified<'a>),
    /// An error without a signature. Only TLS vouches for these bytes.
    Unsigned(&'a [u8]),
}

impl<'a> Answer<'a> {
    /// The bytes.
    pub fn body(&self) -> &'a [u8] {
        match self {
            Answer::Verified(verified) => verified.body(),
            Answer::Unsigned(body) => body,
        }
    }
}

/// What the headers say before it is known to be true.
struct Claim<'a> {
    timestamp: &'a str,
    signed_at: i64,
    nonce: &'a str,
    signature: &'a str,
    serial: KeyName,
}

impl<'a> Claim<'a> {
    fn read(header: impl Fn(&str) -> Option<&'a str>, now: Timestamp) -> Result<Claim<'a>, Violation> {
        let names = [TIMESTAMP, NONCE, SIGNATURE, SERIAL];
        let (timestamp, nonce, signature, serial) = match names.map(&header) {
            [Some(timestamp), Some(nonce), Some(signature), Some(serial)] => {
                (timestamp, nonce, signature, serial)
            }
            [None, None, None, None] => return Err(Violation::Unsigned),
            values => {
                let missing = names.into_iter().zip(values).filter(|(_, value)| value.is_none());
                return Err(Violation::MissingHeaders { missing: missing.map(|(name, _)| name).collect() });
            }
        };
        // Before anything is decoded: a probe is no Base64 of a signature.
        if signature.starts_with(PROBE) {
            return Err(Violation::Probe);
        }
        if let Some(found) = header(SIGNATURE_TYPE).filter(|found| *found != SCHEME) {
            return Err(Violation::UnknownSignatureType { found: found.chars().take(40).collect() });
        }
        let malformed = |name| Violation::MalformedHeader { name };
        let signed_at = seconds(timestamp).ok_or_else(|| malformed(TIMESTAMP))?;
        Nonce::parse(nonce).map_err(|_| malformed(NONCE))?;
        let serial = KeyName::parse(serial).map_err(|_| malformed(SERIAL))?;
        if signed_at.abs_diff(now.as_second()) >= WINDOW_S {
            return Err(Violation::Stale { signed_at, now: now.as_second() });
        }
        Ok(Claim { timestamp, signed_at, nonce, signature, serial })
    }
}

/// Why the platform does not believe a request. It answers both with 401 SIGN_ERROR.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum RequestViolation {
    /// More than [`WINDOW_S`] from the platform's clock; exactly so far is taken. Source: [global-signature].
    #[error("the timestamp is more than {WINDOW_S} s from the platform's clock")]
    Stale,
    /// The signature is not this key's over these bytes.
    #[error("the signature does not match the request")]
    WrongSignature(SignInformation),
}

/// Verifies a request on the platform's side: `key` is the one of the merchant certificate that `authorization` names.
pub fn verify_request(
    request: &Request<'_>,
    authorization: &Authorization,
    key: &VerifyingKey,
    now: Timestamp,
) -> Result<(), RequestViolation> {
    if authorization.timestamp.abs_diff(now.as_second()) > WINDOW_S {
        return Err(RequestViolation::Stale);
    }
    let message = request.message(authorization.timestamp, &authorization.nonce_str);
    match BASE64.decode(&authorization.signature) {
        Ok(signature) if key.verifies(&message, &signature) => Ok(()),
        _ => {
            Err(RequestViolation::WrongSignature(SignInformation::of(request, authorization, message.len())))
        }
    }
}

/// What the platform tells the owner of a signature that does not match, so that the texts can be compared.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SignInformation {
    /// The method of the request.
    pub method: String,
    /// The target of the request.
    pub url: String,
    /// Bytes of the whole text that should have been signed.
    pub sign_message_length: usize,
    /// That text, its body cut to the first 8 characters.
    pub truncated_sign_message: String,
}

impl SignInformation {
    fn of(request: &Request<'_>, authorization: &Authorization, length: usize) -> SignInformation {
        let body: String = String::from_utf8_lossy(request.body).chars().take(8).collect();
        let shown = Request { body: body.as_bytes(), ..*request };
        let text = shown.message(authorization.timestamp, &authorization.nonce_str);
        SignInformation {
            method: request.method.to_owned(),
            url: request.target.to_owned(),
            sign_message_length: length,
            truncated_sign_message: String::from_utf8_lossy(&text).into_owned(),
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::ids::Mchid;
    use crate::keys::SigningKey;
    use crate::v3::sign::SignatureHeaders;
    use crate::v3::testdata;

    const SIGNED_AT: i64 = 1_754_100_000;
    const BODY: &[u8] = b"{\"id\":\"5\"}";

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(second).unwrap()
    }

    fn headers(body: &[u8]) -> SignatureHeaders {
        let nonce = Nonce::parse("c5ac7061fccab6bf3e254dcf98995b8c").unwrap();
        SignatureHeaders::sign(
            &testdata::platform_key(),
            &testdata::platform_serial(),
            SIGNED_AT,
            &nonce,
            body,
        )
        .unwrap()
    }

    /// Verifies `headers` with one of them replaced.
    fn with(name: &'static str, value: Option<&str>) -> Violation {
        let headers = headers(BODY);
        let header = |asked: &str| if asked == name { value } else { headers.get(asked) };
        testdata::platform_keys().verify(header, BODY, at(SIGNED_AT)).unwrap_err()
    }

    #[test]
    fn a_signed_answer_is_believed_and_an_empty_body_too() {
        for body in [BODY, b""] {
            let headers = headers(body);
            let keys = testdata::platform_keys();
            let verified = keys.verify(|name| headers.get(name), body, at(SIGNED_AT + 1)).unwrap();
            assert_eq!((verified.body(), verified.signed_at()), (body, SIGNED_AT));
            assert_eq!(verified.serial(), &testdata::platform_serial());
        }
    }

    #[test]
    fn what_openssl_signed_is_believed() {
        let text = testdata::read("answer.txt");
        let [timestamp, nonce, body]: [&str; 3] = text.lines().collect::<Vec<_>>().try_into().unwrap();
        let serial = testdata::platform_serial();
        for (body, signature) in [(body, "answer.signature.base64"), ("", "answer_empty.signature.base64")] {
            let signature = testdata::read(signature);
            let header = |name: &str| match name {
                TIMESTAMP => Some(timestamp),
                NONCE => Some(nonce),
                SIGNATURE => Some(signature.as_str()),
                SERIAL => Some(serial.as_str()),
                _ => None,
            };
            let now = at(timestamp.parse().unwrap());
            assert!(testdata::platform_keys().verify(header, body.as_bytes(), now).is_ok(), "{body}");
        }
    }

    #[test]
    fn the_window_ends_before_five_minutes_on_either_side() {
        let headers = headers(BODY);
        let keys = testdata::platform_keys();
        for (now, fresh) in [(-300, false), (-299, true), (0, true), (299, true), (300, false), (301, false)]
        {
            let answer = keys.verify(|name| headers.get(name), BODY, at(SIGNED_AT + now));
            assert_eq!(answer.is_ok(), fresh, "{now}");
        }
        let error = keys.verify(|name| headers.get(name), BODY, at(SIGNED_AT + 300)).unwrap_err();
        assert_eq!(error, Violation::Stale { signed_at: SIGNED_AT, now: SIGNED_AT + 300 });
    }

    #[test]
    fn every_fault_of_the_headers_is_named() {
        let serial = testdata::platform_serial();
        let other = KeyName::parse("1F").unwrap();
        for (name, value, violation) in [
            (NONCE, None, Violation::MissingHeaders { missing: vec![NONCE] }),
            (SERIAL, Some("1f"), Violation::UnknownSerial { serial: other }),
            (SERIAL, Some("serial"), Violation::MalformedHeader { name: SERIAL }),
            (TIMESTAMP, Some("1754100000.0"), Violation::MalformedHeader { name: TIMESTAMP }),
            (TIMESTAMP, Some("-9223372036854775808"), Violation::MalformedHeader { name: TIMESTAMP }),
            (NONCE, Some("a\nb"), Violation::MalformedHeader { name: NONCE }),
            (NONCE, Some("another"), Violation::WrongSignature { serial: serial.clone() }),
            (TIMESTAMP, Some("1754100001"), Violation::WrongSignature { serial: serial.clone() }),
            (SIGNATURE, Some("not Base64"), Violation::WrongSignature { serial: serial.clone() }),
            (SIGNATURE, Some(""), Violation::WrongSignature { serial }),
            (SIGNATURE, Some("WECHATPAY/SIGNTEST/aGVsbG8="), Violation::Probe),
            (SIGNATURE_TYPE, Some("SM2"), Violation::UnknownSignatureType { found: "SM2".to_owned() }),
        ] {
            assert_eq!(with(name, value), violation, "{name}: {value:?}");
        }
    }

    #[test]
    fn the_signature_type_need_not_be_there() {
        let headers = headers(BODY);
        let header = |name: &str| if name == SIGNATURE_TYPE { None } else { headers.get(name) };
        assert!(testdata::platform_keys().verify(header, BODY, at(SIGNED_AT)).is_ok());
    }

    #[test]
    fn an_unsigned_success_is_refused_and_an_unsigned_error_is_marked() {
        let keys = testdata::platform_keys();
        let verify = |status| keys.verify_answer(status, |_| None, BODY, at(SIGNED_AT));
        for status in [200, 202, 204, 299] {
            assert_eq!(verify(status), Err(Violation::Unsigned), "{status}");
        }
        for status in [302, 400, 403, 404, 500] {
            assert_eq!(verify(status), Ok(Answer::Unsigned(BODY)), "{status}");
        }
        let headers = headers(b"another body");
        let header = |name: &str| headers.get(name);
        assert!(
            keys.verify_answer(403, header, BODY, at(SIGNED_AT)).is_err(),
            "a wrong signature is worse than none"
        );
    }

    #[test]
    fn a_key_is_picked_by_name_and_never_another_instead() {
        let headers = headers(BODY);
        let mut keys = PlatformKeys::new();
        let id = KeyName::parse("PUB_KEY_ID_01").unwrap();
        keys.add_public_key(id.clone(), testdata::platform_certificate().key);
        let answer = keys.verify(|name| headers.get(name), BODY, at(SIGNED_AT));
        assert_eq!(answer, Err(Violation::UnknownSerial { serial: testdata::platform_serial() }));
        let by_id = |name: &str| if name == SERIAL { Some("pub_key_id_01") } else { headers.get(name) };
        assert_eq!(keys.verify(by_id, BODY, at(SIGNED_AT)).unwrap().serial(), &id);
    }

    #[test]
    fn certificates_are_dropped_once_expired_and_public_keys_never() {
        let mut keys = testdata::platform_keys();
        keys.add_public_key(KeyName::parse("PUB_KEY_ID_01").unwrap(), testdata::platform_certificate().key);
        keys.drop_expired(testdata::platform_certificate().not_after);
        assert_eq!(keys.names().count(), 2);
        keys.drop_expired(Timestamp::MAX);
        assert_eq!(keys.names().map(KeyName::as_str).collect::<Vec<_>>(), ["PUB_KEY_ID_01"]);
    }

    fn signed_request(key: &SigningKey, request: &Request<'_>) -> Authorization {
        let mchid = Mchid::parse("1900000100").unwrap();
        let nonce = Nonce::parse("593BEC0C930BF1AFEB40B4A08C8FB242").unwrap();
        request.authorize(mchid, testdata::merchant_certificate().serial, key, SIGNED_AT, nonce).unwrap()
    }

    #[test]
    fn the_platform_believes_a_signed_request_for_five_minutes() {
        let request =
            Request { method: "GET", target: "/v3/global/refunds/out-refund-no/a|b?mchid=1", body: b"" };
        let authorization = signed_request(&testdata::merchant_key(), &request);
        let key = testdata::merchant_certificate().key;
        for (now, believed) in [(-301, false), (-300, true), (300, true), (301, false)] {
            let answer = verify_request(&request, &authorization, &key, at(SIGNED_AT + now));
            assert_eq!(answer.is_ok(), believed, "{now}");
        }
        let encoded = Request { target: "/v3/global/refunds/out-refund-no/a%7Cb?mchid=1", ..request };
        assert!(
            verify_request(&encoded, &authorization, &key, at(SIGNED_AT)).is_err(),
            "as sent, or not at all"
        );
    }

    #[test]
    fn a_signature_that_does_not_match_is_explained() {
        let request = Request { method: "POST", target: "/v3/global/refunds", body: b"{\"appid\":\"wx1\"}" };
        let mut authorization = signed_request(&testdata::platform_key(), &request);
        let key = testdata::merchant_certificate().key;
        let Err(RequestViolation::WrongSignature(information)) =
            verify_request(&request, &authorization, &key, at(SIGNED_AT))
        else {
            panic!("another key's signature was taken")
        };
        let head = "POST\n/v3/global/refunds\n1754100000\n593BEC0C930BF1AFEB40B4A08C8FB242\n";
        assert_eq!(information.truncated_sign_message, format!("{head}{{\"appid\"\n"));
        assert_eq!(information.sign_message_length, head.len() + request.body.len() + 1);
        authorization.signature = "?".to_owned();
        assert!(verify_request(&request, &authorization, &key, at(SIGNED_AT)).is_err());
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(48))]

        #[test]
        fn a_flipped_bit_in_an_answer_or_its_signature_is_noticed(
            body in prop::collection::vec(any::<u8>(), 1..200), bit in any::<prop::sample::Index>(),
        ) {
            let headers = headers(&body);
            let keys = testdata::platform_keys();
            prop_assert!(keys.verify(|name| headers.get(name), &body, at(SIGNED_AT)).is_ok());

            let flip = |bytes: &mut [u8]| {
                let bit = bit.index(bytes.len() * 8);
                bytes[bit / 8] ^= 1 << (bit % 8);
            };
            let mut flipped = body.clone();
            flip(&mut flipped);
            prop_assert!(keys.verify(|name| headers.get(name), &flipped, at(SIGNED_AT)).is_err());

            let mut signature = BASE64.decode(headers.get(SIGNATURE).unwrap()).unwrap();
            flip(&mut signature);
            let signature = BASE64.encode(signature);
            let header = |name: &str| if name == SIGNATURE { Some(signature.as_str()) } else { headers.get(name) };
            prop_assert!(keys.verify(header, &body, at(SIGNED_AT)).is_err());
        }

        #[test]
        fn any_headers_are_judged(timestamp in any::<String>(), nonce in any::<String>(), serial in any::<String>()) {
            let header = |name: &str| match name {
                TIMESTAMP => Some(timestamp.as_str()),
                NONCE => Some(nonce.as_str()),
                SERIAL => Some(serial.as_str()),
                SIGNATURE => Some(nonce.as_str()),
                _ => None,
            };
            prop_assert!(testdata::platform_keys().verify(header, b"", at(SIGNED_AT)).is_err());
        }
    }
}
