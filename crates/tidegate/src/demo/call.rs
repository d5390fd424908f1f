//! Calls that did not do what they should.

/// Why a call did not do what it should.
#[derive(Debug, thiserror::Error)]
pub(crate) enum CallError {
    /// Nobody answered.
    #[error("{call} got no answer: {source}")]
    NoAnswer {
        /// What was called.
        call: String,
        /// What happened instead.
        source: reqwest::Error,
    },
    /// The answer is a refusal.
    #[error("{call} was answered {status}: {body}")]
    Refused {
        /// What was called.
        call: String,
        /// The answer's status.
        status: u16,
        /// The answer's body.
        body: String,
    },
    /// The answer cannot be read.
    #[error("the answer to {call} cannot be read: {source}")]
    Unreadable {
        /// What was called.
        call: String,
        /// Why.
        source: serde_json::Error,
    },
}
