//! Answers and their layers: what arrived at all (`return_code`), then what the call came to (`result_code`).
//!
//! A signature tells who wrote an answer, not that it is good news; [`super::outcome`] draws the conclusions.
//! Source: [v2-rules].

use super::caller::Caller;
use super::front::Page;
use super::key::ApiV2Key;
use super::message::{Message, MessageError};
use super::sign::{SignType, SignViolation, UnsignedBody, verify};
use super::xml::XmlWriter;

const SUCCESS: &str = "SUCCESS";
const FAIL: &str = "FAIL";

/// An answer after its signature was looked at.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Answer {
    /// Signed by whoever knows the merchant's key.
    Signed(Message),
    /// Not signed, or not with this key. Only TLS vouches for it.
    Unproven(Message, SignViolation),
    /// A page of the servers in front of the platform.
    Page(Page),
    /// Nothing of WeChat Pay's, or not whole.
    Unreadable(MessageError),
}

impl Answer {
    /// The answer in `body` to a request that was signed by `key` in the way `sign_type`.
    pub fn read(body: &[u8], sign_type: SignType, key: &ApiV2Key) -> Answer {
        if let Some(page) = Page::read(body) {
            return Answer::Page(page);
        }
        match Message::parse(body) {
            Err(error) => Answer::Unreadable(error),
            Ok(message) => match verify(&message, sign_type, key) {
                Ok(()) => Answer::Signed(message),
                Err(violation) => Answer::Unproven(message, violation),
            },
        }
    }
}

/// What an error answer says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ErrorBody {
    /// The code, as it came; empty where the request did not get as far as the business.
    pub code: String,
    /// What people read.
    pub message: String,
}

/// The layers of an answer, read from the outside.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Layers {
    /// Both layers are good.
    Success,
    /// One of them is not.
    Failure(ErrorBody),
}

impl Layers {
    pub(crate) fn read(message: &Message) -> Result<Layers, MessageError> {
        let text = |name| message.optional_text(name).map(|text| text.unwrap_or_default().to_owned());
        let unknown = |name| Err(MessageError::bad_value(name, "is neither SUCCESS nor FAIL"));
        match (message.text("return_code")?, message.optional_text("result_code")?) {
            (SUCCESS, Some(SUCCESS)) => Ok(Layers::Success),
            (SUCCESS, Some(FAIL)) => {
                Ok(Layers::Failure(ErrorBody { code: text("err_code")?, message: text("err_code_des")? }))
            }
            // By the pages a code stands behind SUCCESS only; public logs have it behind FAIL as well.
            (FAIL, _) => {
                Ok(Layers::Failure(ErrorBody { code: text("err_code")?, message: text("return_msg")? }))
            }
            (SUCCESS, None) => Err(MessageError::missing("result_code")),
            (SUCCESS, Some(_)) => unknown("result_code"),
            (_, _) => unknown("return_code"),
        }
    }
}

/// The answer to a call that was carried out: what `fields` writes, below the two good layers.
pub(crate) fn success(
    sign_type: SignType,
    caller: &Caller,
    fields: impl FnOnce(&mut XmlWriter),
) -> UnsignedBody {
    UnsignedBody::render(sign_type, |xml| {
        xml.text("return_code", SUCCESS);
        xml.text("return_msg", "OK");
        caller.write(xml);
        xml.text("result_code", SUCCESS);
        fields(xml);
    })
}

/// The answer to a call that the business refused.
#[derive(Debug, Clone, Copy)]
pub struct Failure<'a> {
    /// What the outer layer says; `OK` by the pages.
    pub return_msg: &'a str,
    /// Who asked, where answers say so.
    pub caller: Option<&'a Caller>,
    /// Code and text.
    pub body: &'a ErrorBody,
}

impl Failure<'_> {
    /// The answer, ready to be signed.
    pub fn render(&self, sign_type: SignType) -> UnsignedBody {
        UnsignedBody::render(sign_type, |xml| {
            xml.text("return_code", SUCCESS);
            xml.text("return_msg", self.return_msg);
            if let Some(caller) = self.caller {
                caller.write(xml);
            }
            xml.text("result_code", FAIL);
            xml.text("err_code", &self.body.code);
            xml.text("err_code_des", &self.body.message);
        })
    }
}

/// The answer to a request that did not get as far as the business: one text, and no signature.
pub fn not_taken(return_msg: &str) -> String {
    layer(FAIL, return_msg)
}

/// The answer to a notification that was taken.
pub fn taken() -> String {
    layer(SUCCESS, "OK")
}

fn layer(return_code: &str, return_msg: &str) -> String {
    let (text, _) = XmlWriter::render("xml", |xml| {
        xml.text("return_code", return_code);
        xml.text("return_msg", return_msg);
    });
    text
}

/// Whether `body` is how a notification is taken: `SUCCESS` and anything around it. Source: [v2-notification].
pub fn is_taken(body: &[u8]) -> bool {
    Message::parse(body).is_ok_and(|message| message.optional_text("return_code") == Ok(Some(SUCCESS)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn layers(body: &str) -> Result<Layers, MessageError> {
        Layers::read(&Message::parse(body.as_bytes()).unwrap())
    }

    fn failure(code: &str, message: &str) -> Result<Layers, MessageError> {
        Ok(Layers::Failure(ErrorBody { code: code.to_owned(), message: message.to_owned() }))
    }

    #[test]
    fn an_answer_is_good_when_both_layers_are() {
        let good = "<xml><return_code>SUCCESS</return_code><result_code>SUCCESS</result_code></xml>";
        assert_eq!(layers(good), Ok(Layers::Success));
        let business = "<xml><return_code>SUCCESS</return_code><return_msg>OK</return_msg><result_code>FAIL</result_code>\
            <err_code>NOTENOUGH</err_code><err_code_des>x</err_code_des></xml>";
        assert_eq!(layers(business), failure("NOTENOUGH", "x"));
        assert_eq!(layers(&not_taken("签名错误")), failure("", "签名错误"));
        for (body, field) in [
            ("<xml><return_code>SUCCESS</return_code></xml>", "result_code"),
            ("<xml><return_code>SUCCESS</return_code><result_code>OK</result_code></xml>", "result_code"),
            ("<xml><return_code>success</return_code></xml>", "return_code"),
            ("<xml><result_code>SUCCESS</result_code></xml>", "return_code"),
        ] {
            assert_eq!(layers(body).unwrap_err().field(), Some(field), "{body}");
        }
    }

    #[test]
    fn a_notification_is_taken_with_success_and_nothing_else() {
        assert_eq!(
            taken(),
            "<xml><return_code><![CDATA[SUCCESS]]></return_code><return_msg><![CDATA[OK]]></return_msg></xml>"
        );
        assert!(is_taken(taken().as_bytes()));
        assert!(is_taken(b"<xml><return_code>SUCCESS</return_code></xml>"));
        for body in ["", "SUCCESS", "{\"code\":\"SUCCESS\"}", &not_taken("later")] {
            assert!(!is_taken(body.as_bytes()), "{body}");
        }
    }
}
