//! Signing: the text of a request, its `Authorization` header, and the headers of an answer or callback.
//!
//! What is signed are the bytes that are sent: the target with its percent-encoding, the body as it stands.
//! Source: [global-signature].

use std::fmt;

use crate::ids::{IdError, Mchid};
use crate::keys::{KeyError, KeyName, SigningKey};

/// The scheme of the header, and the only kind of signature.
pub const SCHEME: &str = "WECHATPAY2-SHA256-RSA2048";

/// A nonce: a random text that makes every signature another one.
///
/// WeChat Pay asks for letters and digits, 32 at most. Public clients also send hyphens and more characters; up to 64
/// printable ASCII characters other than `"` and `\` are taken. Source: [global-signature].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Nonce(String);

impl Nonce {
    /// The nonce `text`.
    pub fn parse(text: &str) -> Result<Nonce, AuthorizationError> {
        let printable = |b: u8| b.is_ascii_graphic() && b != b'"' && b != b'\\';
        match (1..=64).contains(&text.len()) && text.bytes().all(printable) {
            true => Ok(Nonce(text.to_owned())),
            false => Err(AuthorizationError::BadNonce),
        }
    }

    /// The nonce as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// A request as it is signed.
#[derive(Debug, Clone, Copy)]
pub struct Request<'a> {
    /// The method in capitals.
    pub method: &'a str,
    /// Path and query exactly as in the request line, without scheme and host.
    pub target: &'a str,
    /// The body as sent; empty if there is none.
    pub body: &'a [u8],
}

impl Request<'_> {
    /// The text to sign: method, target, timestamp, nonce and body, each ended by one LF.
    ///
    /// `timestamp` is in Unix seconds.
    pub fn message(&self, timestamp: i64, nonce: &Nonce) -> Vec<u8> {
        let head = format!("{}\n{}\n{timestamp}\n{}\n", self.method, self.target, nonce.as_str());
        let mut message = Vec::with_capacity(head.len() + self.body.len() + 1);
        message.extend_from_slice(head.as_bytes());
        message.extend_from_slice(self.body);
        message.push(b'\n');
        message
    }

    /// The request signed by `mchid` with its key; `serial_no` is the serial number of that key's certificate.
    pub fn authorize(
        &self,
        mchid: Mchid,
        serial_no: KeyName,
        key: &SigningKey,
        timestamp: i64,
        nonce: Nonce,
    ) -> Result<Authorization, KeyError> {
        let signature = key.sign(&self.message(timestamp, &nonce))?;
        Ok(Authorization { mchid, nonce_str: nonce, timestamp, serial_no, signature })
    }
}

/// The value of a request's `Authorization` header.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Authorization {
    /// Who calls: the owner of the key.
    pub mchid: Mchid,
    /// The nonce that was signed.
    pub nonce_str: Nonce,
    /// Unix seconds that were signed.
    pub timestamp: i64,
    /// Serial number of the caller's certificate.
    pub serial_no: KeyName,
    /// The signature in Base64, not looked at yet.
    pub signature: String,
}

/// Longest header that is read. The five values together stay below 700 characters with a 4096-bit key's signature.
const LONGEST_HEADER: usize = 4096;

impl Authorization {
    /// The header's value.
    pub fn render(&self) -> String {
        format!(
            "{SCHEME} mchid=\"{}\",nonce_str=\"{}\",timestamp=\"{}\",serial_no=\"{}\",signature=\"{}\"",
            self.mchid,
            self.nonce_str.as_str(),
            self.timestamp,
            self.serial_no,
            self.signature
        )
    }

    /// The header's value read: the scheme in either case, the five pairs in any order, blanks around commas allowed.
    /// Other pairs are left alone.
    pub fn parse(header: &str) -> Result<Authorization, AuthorizationError> {
        if header.len() > LONGEST_HEADER {
            return Err(AuthorizationError::Malformed);
        }
        let (scheme, pairs) = header.trim().split_once(' ').ok_or(AuthorizationError::Malformed)?;
        if !scheme.eq_ignore_ascii_case(SCHEME) {
            return Err(AuthorizationError::OtherScheme);
        }
        let mut values = Values::default();
        let mut rest = pairs.trim();
        loop {
            let (key, after_key) = rest.split_once("=\"").ok_or(AuthorizationError::Malformed)?;
            let (value, after_value) = after_key.split_once('"').ok_or(AuthorizationError::Malformed)?;
            values.put(key.trim(), value)?;
            match after_value.trim_start().strip_prefix(',') {
                Some(next) => rest = next.trim_start(),
                None if after_value.trim().is_empty() => break,
                None => return Err(AuthorizationError::Malformed),
            }
        }
        values.finish()
    }
}

#[derive(Default)]
struct Values<'a> {
    mchid: Option<&'a str>,
    nonce_str: Option<&'a str>,
    timestamp: Option<&'a str>,
    serial_no: Option<&'a str>,
    signature: Option<&'a str>,
}

impl<'a> Values<'a> {
    fn put(&mut self, key: &str, value: &'a str) -> Result<(), AuthorizationError> {
        let (name, place) = match key {
            "mchid" => ("mchid", &mut self.mchid),
            "nonce_str" => ("nonce_str", &mut self.nonce_str),
            "timestamp" => ("timestamp", &mut self.timestamp),
            "serial_no" => ("serial_no", &mut self.serial_no),
            "signature" => ("signature", &mut self.signature),
            _ => return Ok(()),
        };
        match place.replace(value) {
            None => Ok(()),
            Some(_) => Err(AuthorizationError::Repeated { name }),
        }
    }

    fn finish(self) -> Result<Authorization, AuthorizationError> {
        let given = |name, value: Option<&'a str>| value.ok_or(AuthorizationError::Missing { name });
        Ok(Authorization {
            mchid: Mchid::parse(given("mchid", self.mchid)?)?,
            nonce_str: Nonce::parse(given("nonce_str", self.nonce_str)?)?,
            timestamp: seconds(given("timestamp", self.timestamp)?)
                .ok_or(AuthorizationError::BadTimestamp)?,
            serial_no: KeyName::parse(given("serial_no", self.serial_no)?)
                .map_err(AuthorizationError::BadSerialNo)?,
            signature: given("signature", self.signature)?.to_owned(),
        })
    }
}

/// Unix seconds written in decimal and in no other way, so that writing them again gives the signed text.
pub(crate) fn seconds(text: &str) -> Option<i64> {
    let seconds: i64 = text.parse().ok()?;
    (seconds >= 0 && seconds.to_string() == text).then_some(seconds)
}

/// What is wrong with an `Authorization` header. WeChat Pay answers all of them with 401 SIGN_ERROR.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum AuthorizationError {
    /// Not a scheme with pairs `key="value"` behind it.
    #[error("the Authorization header is not `{SCHEME} key=\"value\",…`")]
    Malformed,
    /// Another scheme.
    #[error("the Authorization header does not begin with {SCHEME}")]
    OtherScheme,
    /// A pair is not there.
    #[error("the Authorization header has no {name}")]
    Missing {
        /// The pair's key.
        name: &'static str,
    },
    /// A pair is there twice.
    #[error("the Authorization header has {name} twice")]
    Repeated {
        /// The pair's key.
        name: &'static str,
    },
    /// No merchant id.
    #[error("the Authorization header's {0}")]
    BadMchid(#[from] IdError),
    /// Empty, too long, or with characters that do not belong there.
    #[error("a nonce has 1 to 64 printable characters without quotes and backslashes")]
    BadNonce,
    /// Not Unix seconds in decimal.
    #[error("the timestamp is not Unix seconds in decimal")]
    BadTimestamp,
    /// No serial number.
    #[error("the Authorization header's serial_no: {0}")]
    BadSerialNo(#[source] KeyError),
}

/// The text that is signed for an answer or a callback: timestamp, nonce and body, each ended by one LF.
pub fn answer_message(timestamp: &str, nonce: &str, body: &[u8]) -> Vec<u8> {
    let mut message = Vec::with_capacity(timestamp.len() + nonce.len() + body.len() + 3);
    for line in [timestamp.as_bytes(), nonce.as_bytes(), body] {
        message.extend_from_slice(line);
        message.push(b'\n');
    }
    message
}

/// What stands in the body's place when a statement file is signed: its SHA-1, of the file before compression.
///
/// `sha1` is the value of the header `Wechatpay-Statement-Sha1`. Source: [global-statement], [official-sdk].
pub fn statement_body(sha1: &str) -> String {
    super::json::ObjectWriter::render(|object| object.text("sha1", sha1))
}

/// The signature headers that the platform puts on an answer or a callback.
#[derive(Clone, PartialEq, Eq)]
pub struct SignatureHeaders(Vec<(&'static str, String)>);

impl SignatureHeaders {
    /// The headers of `body` signed with the platform's `key`, whose name is `serial`.
    pub fn sign(
        key: &SigningKey,
        serial: &KeyName,
        timestamp: i64,
        nonce: &Nonce,
        body: &[u8],
    ) -> Result<SignatureHeaders, KeyError> {
        let timestamp = timestamp.to_string();
        let signature = key.sign(&answer_message(&timestamp, nonce.as_str(), body))?;
        Ok(SignatureHeaders(vec![
            (super::verify::TIMESTAMP, timestamp),
            (super::verify::NONCE, nonce.as_str().to_owned()),
            (super::verify::SERIAL, serial.as_str().to_owned()),
            (super::verify::SIGNATURE, signature),
            (super::verify::SIGNATURE_TYPE, SCHEME.to_owned()),
        ]))
    }

    /// Names and values.
    pub fn pairs(&self) -> &[(&'static str, String)] {
        &self.0
    }

    /// The value of the header `name`.
    pub fn get(&self, name: &str) -> Option<&str> {
        self.0.iter().find(|(found, _)| found.eq_ignore_ascii_case(name)).map(|(_, value)| value.as_str())
    }
}

impl fmt::Debug for SignatureHeaders {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_map().entries(self.0.iter().map(|(name, value)| (name, value))).finish()
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const HEADER: &str = "WECHATPAY2-SHA256-RSA2048 mchid=\"1900000100\",nonce_str=\"N1\",timestamp=\"1754100000\",\
        serial_no=\"0A11\",signature=\"AAAA+/==\"";

    #[test]
    fn the_text_of_a_request_has_five_lines_and_its_last_one_always_ends() {
        let nonce = Nonce::parse("N1").unwrap();
        let request = Request { method: "GET", target: "/v3/a?b=%7C", body: b"" };
        assert_eq!(request.message(5, &nonce), b"GET\n/v3/a?b=%7C\n5\nN1\n\n");
        let request = Request { method: "POST", target: "/v3/a", body: b"Hello\n" };
        assert_eq!(request.message(5, &nonce), b"POST\n/v3/a\n5\nN1\nHello\n\n");
    }

    #[test]
    fn pairs_are_read_in_any_order_and_serials_in_either_case() {
        let authorization = Authorization::parse(HEADER).unwrap();
        assert_eq!(authorization.render(), HEADER);
        let other = "wechatpay2-sha256-rsa2048  signature=\"AAAA+/==\" , serial_no=\"0a11\",timestamp=\"1754100000\",\
            nonce_str=\"N1\", new=\"x\",mchid=\"1900000100\" ";
        assert_eq!(Authorization::parse(other).unwrap(), authorization);
    }

    #[test]
    fn each_fault_of_the_header_is_named() {
        let changed = |from: &str, to: &str| Authorization::parse(&HEADER.replace(from, to)).unwrap_err();
        assert_eq!(Authorization::parse(""), Err(AuthorizationError::Malformed));
        assert_eq!(changed("WECHATPAY2-SHA256-RSA2048", "Bearer"), AuthorizationError::OtherScheme);
        assert_eq!(changed("mchid=", "merchant="), AuthorizationError::Missing { name: "mchid" });
        assert_eq!(changed("signature=", "mchid="), AuthorizationError::Repeated { name: "mchid" });
        assert_eq!(changed("N1", ""), AuthorizationError::BadNonce);
        assert_eq!(changed("N1", &"n".repeat(65)), AuthorizationError::BadNonce);
        for timestamp in ["", "-5", "+5", "05", "5.0", "99999999999999999999"] {
            assert_eq!(changed("1754100000", timestamp), AuthorizationError::BadTimestamp, "{timestamp}");
        }
        assert!(matches!(changed("0A11", "serial"), AuthorizationError::BadSerialNo(_)));
        assert!(matches!(changed("1900000100", "19x"), AuthorizationError::BadMchid(_)));
        assert_eq!(changed("\",nonce", "\";nonce"), AuthorizationError::Malformed);
        assert_eq!(changed("==\"", "=="), AuthorizationError::Malformed);
        assert_eq!(changed("AAAA", &"A".repeat(5000)), AuthorizationError::Malformed);
    }

    #[test]
    fn a_statement_is_signed_by_its_digest() {
        assert_eq!(statement_body("0beec7b5"), r#"{"sha1":"0beec7b5"}"#);
    }

    proptest! {
        #[test]
        fn what_was_rendered_is_read_back(
            mchid in "[0-9]{1,32}", nonce in "[!#-\\[\\]-~]{1,64}", timestamp in 0..i64::MAX,
            serial in "[0-9a-fA-F]{1,40}", signature in "[A-Za-z0-9+/=]{0,400}",
        ) {
            let authorization = Authorization {
                mchid: Mchid::parse(&mchid).unwrap(),
                nonce_str: Nonce::parse(&nonce).unwrap(),
                timestamp,
                serial_no: KeyName::parse(&serial).unwrap(),
                signature,
            };
            prop_assert_eq!(Authorization::parse(&authorization.render()).unwrap(), authorization);
        }

        #[test]
        fn any_text_is_a_header_or_an_error(text in any::<String>(), pairs in "[a-z_]{0,9}=\"[^\"]{0,9}\"?,?{0,3}") {
            let _ = Authorization::parse(&text).is_ok();
            let _ = Authorization::parse(&format!("{SCHEME} {pairs}{text}")).is_ok();
        }
    }
}
