//! What a face answers, before headers and signature.

use wechatpay::v3::statement::digest::Digest;

/// The number in `Request-ID` of an answer that is no error.
pub(crate) const NO_ERROR: u64 = 0;

/// Status and body, and what the record keeps about them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Answer {
    /// The HTTP status.
    pub(crate) status: u16,
    /// The body; empty with 204.
    pub(crate) body: String,
    /// The error code, if it is an error.
    pub(crate) code: Option<String>,
    /// WeChat Pay's internal number of the error.
    pub(crate) number: u64,
    /// The digest of the body, if it is a statement: then that is signed, and not the body.
    pub(crate) statement: Option<Digest>,
}

impl Answer {
    /// Done, with something to tell.
    pub(crate) fn ok(body: String) -> Answer {
        Answer { status: 200, body, code: None, number: NO_ERROR, statement: None }
    }

    /// Done, with nothing to tell.
    pub(crate) fn done() -> Answer {
        Answer { status: 204, ..Answer::ok(String::new()) }
    }

    /// A statement's text.
    pub(crate) fn statement(text: String) -> Answer {
        Answer { statement: Some(Digest::of(text.as_bytes())), ..Answer::ok(text) }
    }

    /// What is said of the form of the body.
    pub(crate) fn content_type(&self) -> &'static str {
        match self.statement {
            None => "application/json; charset=utf-8",
            // No page names it; it is what public clients ask for.
            Some(_) => "text/plain; charset=utf-8",
        }
    }
}
