//! What is not known of V2's answers.

use serde::{Deserialize, Serialize};

/// V2's settings. In a file every key may be left out.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct V2Settings {
    /// The frame around `CERT_ERROR`; no answer with it was published. Source: \[inferred\].
    pub certificate_error: Frame,
    /// The frame around a wrong signature. Source: [v2-rules], [v2-refund].
    pub signature_error: Frame,
    /// The code of a number that stands for other amounts: the older one, or `INVALID_REQUEST`. Source: [v2-refund].
    pub number_used: NumberUsed,
}

impl Default for V2Settings {
    fn default() -> V2Settings {
        V2Settings {
            certificate_error: Frame::Business,
            signature_error: Frame::Communication,
            number_used: NumberUsed::RefundFeeMismatch,
        }
    }
}

/// In which layer of an answer a refusal stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Frame {
    /// `return_code` is `FAIL`, and there is a text and no code.
    Communication,
    /// `result_code` is `FAIL`, and there is a code.
    Business,
}

/// The codes of a number that stands for other amounts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum NumberUsed {
    /// By the older page.
    RefundFeeMismatch,
    /// As seen since.
    InvalidRequest,
}

impl NumberUsed {
    /// The code as it is written.
    pub fn as_str(self) -> &'static str {
        match self {
            NumberUsed::RefundFeeMismatch => "REFUND_FEE_MISMATCH",
            NumberUsed::InvalidRequest => "INVALID_REQUEST",
        }
    }
}
