//! What a face answers, before headers and signature.

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
}

impl Answer {
    /// Done, with something to tell.
    pub(crate) fn ok(body: String) -> Answer {
        Answer { status: 200, body, code: None, number: NO_ERROR }
    }

    /// Done, with nothing to tell.
    pub(crate) fn done() -> Answer {
        Answer { status: 204, body: String::new(), code: None, number: NO_ERROR }
    }
}
