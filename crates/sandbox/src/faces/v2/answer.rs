//! What is answered, and its signature.

use wechatpay::v2::key::ApiV2Key;
use wechatpay::v2::sign::{Nonce, UnsignedBody};

use crate::faults::BadSigning;

/// Status and content, and what the record keeps about them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Answer {
    /// The HTTP status: 200 for every message.
    pub(crate) status: u16,
    pub(crate) content: Content,
    /// The error code, if it is an error that has one.
    pub(crate) code: Option<String>,
}

/// What an answer holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Content {
    /// A message that is signed.
    Signed(UnsignedBody),
    /// A message that nobody signs.
    Unsigned(String),
    /// A page of the servers in front of the platform.
    Page(String),
}

impl Answer {
    /// Done.
    pub(crate) fn ok(body: UnsignedBody) -> Answer {
        Answer { status: 200, content: Content::Signed(body), code: None }
    }

    /// A message that nobody signs.
    pub(crate) fn unsigned(body: String, code: Option<&str>) -> Answer {
        Answer { status: 200, content: Content::Unsigned(body), code: code.map(str::to_owned) }
    }

    pub(crate) fn page(status: u16, html: String) -> Answer {
        Answer { status, content: Content::Page(html), code: None }
    }

    pub(crate) fn content_type(&self) -> &'static str {
        match self.content {
            Content::Signed(_) | Content::Unsigned(_) => "text/xml; charset=utf-8",
            Content::Page(_) => "text/html",
        }
    }

    /// The body, signed with `key` unless a fault has it otherwise. Without a key nothing is signed.
    ///
    /// V2 has neither probes nor names of keys, so whatever is wrong with a signature makes it another text.
    pub(crate) fn body(self, key: Option<&ApiV2Key>, nonce: &Nonce, bad: Option<BadSigning>) -> Vec<u8> {
        let body = match (self.content, key, bad) {
            (Content::Unsigned(body) | Content::Page(body), _, _) => body,
            (Content::Signed(body), None, _) | (Content::Signed(body), _, Some(BadSigning::Unsigned)) => {
                body.as_str().to_owned()
            }
            (Content::Signed(body), Some(key), None) => body.sign(nonce, key),
            (
                Content::Signed(body),
                Some(key),
                Some(BadSigning::Wrong | BadSigning::Probe | BadSigning::UnknownSerial),
            ) => falsified(body.sign(nonce, key)),
        };
        body.into_bytes()
    }
}

/// The body with the last digit of its signature changed.
fn falsified(body: String) -> String {
    const BEHIND: &str = "]]></sign>";
    match body.rsplit_once(BEHIND) {
        Some((before, rest)) => {
            let mut before = before.to_owned();
            let other = if before.pop() == Some('0') { '1' } else { '0' };
            format!("{before}{other}{BEHIND}{rest}")
        }
        None => body,
    }
}
