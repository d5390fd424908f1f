//! Signing: the text that is signed, its digest, and how stored bytes become a request.
//!
//! A refund's body is rendered once and stored without `nonce_str` and `sign` ([`UnsignedBody`]). Every attempt sends
//! those bytes, untouched, and behind them a fresh nonce and the signature over all of it: on this wire a repetition is
//! a request signed anew, and a key that was changed in between must sign it. What is sent is a function of the stored
//! bytes, the nonce and the key alone. Source: [v2-rules], [v2-refund].

use std::fmt;

use aws_lc_rs::hmac;
use md5::{Digest, Md5};
use subtle::ConstantTimeEq;
use zeroize::Zeroizing;

use super::key::ApiV2Key;
use super::message::{Message, MessageError};
use super::xml::XmlWriter;

/// The two ways to sign. An answer is signed as its request was.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum SignType {
    /// `MD5`, also where a request says nothing.
    #[default]
    Md5,
    /// `HMAC-SHA256`.
    HmacSha256,
}

impl SignType {
    /// The word as it is written.
    pub const fn as_str(self) -> &'static str {
        match self {
            SignType::Md5 => "MD5",
            SignType::HmacSha256 => "HMAC-SHA256",
        }
    }

    /// What `message` says under `sign_type`.
    pub fn of(message: &Message) -> Result<SignType, MessageError> {
        let parsed = message.optional_parsed("sign_type", |text| match text {
            "MD5" => Ok(SignType::Md5),
            "HMAC-SHA256" => Ok(SignType::HmacSha256),
            _ => Err("is neither MD5 nor HMAC-SHA256"),
        })?;
        Ok(parsed.unwrap_or_default())
    }
}

/// A nonce: a random text of 32 characters at most that makes every signature another one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Nonce(String);

/// A text that is no [`Nonce`].
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("a nonce has 1 to 32 printable characters")]
pub struct NonceError;

impl Nonce {
    /// The nonce `text`.
    pub fn parse(text: &str) -> Result<Nonce, NonceError> {
        match (1..=32).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_graphic()) {
            true => Ok(Nonce(text.to_owned())),
            false => Err(NonceError),
        }
    }

    /// The nonce as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// The text that is signed, without the `&key=…` behind it: `name=value` joined by `&`, in the order of the bytes of
/// the names, without empty values and without `sign`. Values stand as they are, neither escaped nor encoded.
pub fn text_to_sign(message: &Message) -> String {
    joined(message.texts().filter(|(name, _)| *name != "sign"))
}

fn joined<'a>(pairs: impl Iterator<Item = (&'a str, &'a str)>) -> String {
    let mut text = String::new();
    for (name, value) in pairs {
        if !text.is_empty() {
            text.push('&');
        }
        text.push_str(name);
        text.push('=');
        text.push_str(value);
    }
    text
}

/// The signature over `text`, in capitals: 32 characters for MD5, 64 for HMAC-SHA256.
pub fn signature(sign_type: SignType, text: &str, key: &ApiV2Key) -> String {
    let signed = Zeroizing::new(format!("{text}&key={}", key.text()));
    let digest = match sign_type {
        SignType::Md5 => Md5::digest(signed.as_bytes()).to_vec(),
        SignType::HmacSha256 => {
            let key = hmac::Key::new(hmac::HMAC_SHA256, key.text().as_bytes());
            hmac::sign(&key, signed.as_bytes()).as_ref().to_vec()
        }
    };
    digest.iter().map(|byte| format!("{byte:02X}")).collect()
}

/// Why a message is not believed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SignViolation {
    /// There is no `sign`. On a success that is a forgery until proven otherwise.
    #[error("the message is not signed")]
    Unsigned,
    /// It is not the signature of this key over these fields.
    #[error("the signature does not match the message")]
    Wrong,
}

/// Verifies the signature in `message`. The time it takes tells nothing about how much of it was right.
pub fn verify(message: &Message, sign_type: SignType, key: &ApiV2Key) -> Result<(), SignViolation> {
    let given = message.optional_text("sign").map_err(|_| SignViolation::Wrong)?;
    let given = given.ok_or(SignViolation::Unsigned)?;
    let expected = signature(sign_type, &text_to_sign(message), key);
    match bool::from(expected.as_bytes().ct_eq(given.as_bytes())) {
        true => Ok(()),
        false => Err(SignViolation::Wrong),
    }
}

/// A message that has neither nonce nor signature yet.
#[derive(Clone, PartialEq, Eq)]
pub struct UnsignedBody {
    text: String,
    message: Message,
    sign_type: SignType,
}

/// Why stored bytes are not what was stored.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum UnsignedBodyError {
    /// They cannot be read.
    #[error(transparent)]
    Message(#[from] MessageError),
    /// There is a nonce or a signature in them already.
    #[error("`{field}` is there before it was signed")]
    Signed {
        /// The field.
        field: &'static str,
    },
    /// Something stands behind the last tag.
    #[error("the body does not end with {END}")]
    End,
}

const END: &str = "</xml>";

impl UnsignedBody {
    /// The message that `fields` writes. What is signed is what a reader will find in it.
    pub(crate) fn render(sign_type: SignType, fields: impl FnOnce(&mut XmlWriter)) -> UnsignedBody {
        let (text, fields) = XmlWriter::render("xml", fields);
        UnsignedBody { text, message: Message::of(fields), sign_type }
    }

    /// As [`UnsignedBody::render`], for a request, which says how it is signed unless that is by MD5.
    pub(crate) fn render_request(sign_type: SignType, fields: impl FnOnce(&mut XmlWriter)) -> UnsignedBody {
        UnsignedBody::render(sign_type, |xml| {
            fields(xml);
            if sign_type != SignType::default() {
                xml.text("sign_type", sign_type.as_str());
            }
        })
    }

    /// The request that was stored as `text`.
    pub fn parse(text: &str) -> Result<UnsignedBody, UnsignedBodyError> {
        let message = Message::parse(text.as_bytes())?;
        for field in ["nonce_str", "sign"] {
            if message.optional_text(field)?.is_some() {
                return Err(UnsignedBodyError::Signed { field });
            }
        }
        if !text.ends_with(END) {
            return Err(UnsignedBodyError::End);
        }
        let sign_type = SignType::of(&message)?;
        Ok(UnsignedBody { text: text.to_owned(), message, sign_type })
    }

    /// The bytes that are stored.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// Its fields.
    pub fn message(&self) -> &Message {
        &self.message
    }

    /// How it is signed.
    pub fn sign_type(&self) -> SignType {
        self.sign_type
    }

    /// The body that is sent: these bytes, then `nonce_str` and `sign`. The same for the same nonce and key.
    pub fn sign(&self, nonce: &Nonce, key: &ApiV2Key) -> String {
        let nonce_field = ("nonce_str", nonce.as_str());
        let mut pairs: Vec<(&str, &str)> = self.message.texts().chain([nonce_field]).collect();
        pairs.sort_unstable();
        let sign = signature(self.sign_type, &joined(pairs.into_iter()), key);
        let open = self.text.strip_suffix(END).unwrap_or(&self.text);
        let (rest, _) = XmlWriter::render("xml", |xml| {
            xml.text("nonce_str", nonce.as_str());
            xml.text("sign", &sign);
        });
        format!("{open}{}", rest.strip_prefix("<xml>").unwrap_or(&rest))
    }
}

impl fmt::Debug for UnsignedBody {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::v3::testdata;

    fn key() -> ApiV2Key {
        ApiV2Key::parse("192006250b4c09247ec02edce69f6a2d").unwrap()
    }

    fn nonce() -> Nonce {
        Nonce::parse("ibuaiVcKdpRxkhJA").unwrap()
    }

    fn unsigned(sign_type: SignType, pairs: &[(&str, &str)]) -> UnsignedBody {
        UnsignedBody::render(sign_type, |xml| pairs.iter().for_each(|(name, value)| xml.text(name, value)))
    }

    /// The example of the official rules. Source: [v2-rules].
    #[test]
    fn the_example_of_the_page_has_its_two_signatures() {
        let pairs = [
            ("mch_id", "10000100"),
            ("device_info", "1000"),
            ("body", "test"),
            ("appid", "wxd930ea5d5a258f4f"),
        ];
        for (sign_type, sign) in [
            (SignType::Md5, "9A0A8659F005D6984697E2CA0A9CF3B7"),
            (SignType::HmacSha256, "6A9AE1657590FD6257D693A078E1C3E4BB6BA4DC30B23E0EE2496E54170DACD6"),
        ] {
            let sent = unsigned(sign_type, &pairs).sign(&nonce(), &key());
            let message = Message::parse(sent.as_bytes()).unwrap();
            assert_eq!(message.text("sign"), Ok(sign));
            assert_eq!(verify(&message, sign_type, &key()), Ok(()));
        }
    }

    #[test]
    fn signatures_are_those_of_openssl() {
        let key = ApiV2Key::parse("TidegateTestOnlyApiV2Key00000000").unwrap();
        let text = testdata::read("v2_text.txt");
        for (sign_type, file) in
            [(SignType::Md5, "v2_text.md5"), (SignType::HmacSha256, "v2_text.hmac_sha256")]
        {
            let expected = testdata::read(file).trim_end().to_ascii_uppercase();
            assert_eq!(signature(sign_type, &text, &key), expected, "{file}");
        }
    }

    #[test]
    fn empty_values_and_the_signature_itself_are_left_out_and_names_go_by_their_bytes() {
        let body = "<xml><x_2>2</x_2><x_10>10</x_10><a_>3</a_><aA>4</aA><e></e><sign>S</sign><n>0</n></xml>";
        let message = Message::parse(body.as_bytes()).unwrap();
        assert_eq!(text_to_sign(&message), "aA=4&a_=3&n=0&x_10=10&x_2=2");
    }

    #[test]
    fn stored_bytes_are_sent_untouched_under_a_fresh_nonce() {
        let stored = unsigned(SignType::Md5, &[("b", "1]]>2"), ("a", "&<")]);
        let again = UnsignedBody::parse(stored.as_str()).unwrap();
        assert_eq!(again, stored);
        let sent = again.sign(&nonce(), &key());
        assert!(sent.starts_with(stored.as_str().strip_suffix("</xml>").unwrap()));
        assert_eq!(sent, stored.sign(&nonce(), &key()));
        assert_ne!(sent, stored.sign(&Nonce::parse("another").unwrap(), &key()));
    }

    #[test]
    fn a_stored_request_says_itself_how_it_is_signed() {
        let stored = UnsignedBody::render_request(SignType::HmacSha256, |xml| xml.text("a", "1"));
        assert_eq!(
            stored.as_str(),
            "<xml><a><![CDATA[1]]></a><sign_type><![CDATA[HMAC-SHA256]]></sign_type></xml>"
        );
        let again = UnsignedBody::parse(stored.as_str()).unwrap();
        assert_eq!(again.sign_type(), SignType::HmacSha256);
        let sent = Message::parse(again.sign(&nonce(), &key()).as_bytes()).unwrap();
        assert_eq!(verify(&sent, SignType::HmacSha256, &key()), Ok(()));
        assert_eq!(verify(&sent, SignType::Md5, &key()), Err(SignViolation::Wrong));
    }

    #[test]
    fn what_is_no_stored_request_is_refused() {
        for (text, error) in [
            ("<xml><a>1</a><sign>S</sign></xml>", UnsignedBodyError::Signed { field: "sign" }),
            ("<xml><nonce_str>N</nonce_str></xml>", UnsignedBodyError::Signed { field: "nonce_str" }),
            ("<xml><a>1</a></xml>\n", UnsignedBodyError::End),
            ("<xml><a>1</a></xml >", UnsignedBodyError::End),
        ] {
            assert_eq!(UnsignedBody::parse(text), Err(error), "{text}");
        }
        let unknown = UnsignedBody::parse("<xml><sign_type>SHA1</sign_type></xml>").unwrap_err();
        assert!(matches!(unknown, UnsignedBodyError::Message(error) if error.field() == Some("sign_type")));
    }

    #[test]
    fn a_changed_message_and_another_key_do_not_verify() {
        let sent = unsigned(SignType::Md5, &[("refund_fee", "100")]).sign(&nonce(), &key());
        let checked = |body: &str, key: &ApiV2Key| {
            verify(&Message::parse(body.as_bytes()).unwrap(), SignType::Md5, key)
        };
        assert_eq!(checked(&sent, &key()), Ok(()));
        assert_eq!(checked(&sent.replace("100", "101"), &key()), Err(SignViolation::Wrong));
        assert_eq!(checked(&sent.replace("<sign>", "<new>1</new><sign>"), &key()), Err(SignViolation::Wrong));
        assert_eq!(checked(&sent.replace("sign>", "gone>"), &key()), Err(SignViolation::Unsigned));
        assert_eq!(checked(&sent, &ApiV2Key::parse(&"k".repeat(32)).unwrap()), Err(SignViolation::Wrong));
        let lower = sent.replace(|c: char| c.is_ascii_uppercase(), "a");
        assert!(Message::parse(lower.as_bytes()).is_err() || checked(&lower, &key()).is_err());
    }

    #[test]
    fn nonces_have_32_characters_at_most() {
        for text in ["", " ", "退", &"n".repeat(33)] {
            assert_eq!(Nonce::parse(text), Err(NonceError), "{text}");
        }
    }

    proptest! {
        #[test]
        fn any_message_verifies_after_its_way(values in prop::collection::vec(any::<String>(), 0..5), hmac: bool) {
            let names: Vec<String> = (0..values.len()).map(|index| format!("field_{index}")).collect();
            let pairs: Vec<(&str, &str)> = names.iter().map(String::as_str).zip(values.iter().map(String::as_str)).collect();
            let sign_type = if hmac { SignType::HmacSha256 } else { SignType::Md5 };
            let sent = unsigned(sign_type, &pairs).sign(&nonce(), &key());
            let message = Message::parse(sent.as_bytes()).unwrap();
            prop_assert_eq!(verify(&message, sign_type, &key()), Ok(()));
        }
    }
}
