//! What the pages leave open or disagree about at the interface; about money see the platform's own settings.

use serde::{Deserialize, Serialize};
use wechatpay::codes::ErrorCode;

use super::language::Language;
use crate::faces::v2::settings::V2Settings;

/// The interface's settings. In a file every key may be left out.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct FaceSettings {
    /// The language of those who ask for none.
    pub language: Language,
    /// Whether 401 answers are signed. No page says so of any error.
    pub signs_unauthorized: bool,
    /// Whether other 4xx answers are signed.
    pub signs_client_errors: bool,
    /// Whether 5xx answers are signed. Off: the one that was published was not. Source: [global-signature].
    pub signs_server_errors: bool,
    /// How "too many requests" is spelled. Source: [global-http], [mainland-refund-practice].
    pub too_fast: TooFast,
    /// The code of a query for a refund that does not exist. The global one is not published; this is the mainland's.
    /// Source: [mainland-refund-practice], \[inferred\].
    pub missing_refund: MissingRefund,
    /// The most refunds that a list gives at once. Not published. Source: \[inferred\].
    pub largest_count: u32,
    /// Whether a global refund's notification tells the order's totals. Uncertain. Source: \[inferred\].
    pub notices_tell_totals: bool,
    /// Whether the certificate list is served; merchants in public-key mode alone have none.
    /// Source: [official-skills].
    pub lists_certificates: bool,
    /// What signs notifications. Source: [public-key-mode].
    pub notices_signed_by: NoticeKey,
    /// What is open at V2.
    pub v2: V2Settings,
}

impl Default for FaceSettings {
    fn default() -> FaceSettings {
        FaceSettings {
            language: Language::default(),
            signs_unauthorized: true,
            signs_client_errors: true,
            signs_server_errors: false,
            too_fast: TooFast::default(),
            missing_refund: MissingRefund::default(),
            largest_count: 20,
            notices_tell_totals: true,
            lists_certificates: true,
            notices_signed_by: NoticeKey::default(),
            v2: V2Settings::default(),
        }
    }
}

impl FaceSettings {
    /// Whether an answer with HTTP `status` is signed.
    pub fn signs(&self, status: u16) -> bool {
        match status {
            401 => self.signs_unauthorized,
            400..=499 => self.signs_client_errors,
            500.. => self.signs_server_errors,
            _ => true,
        }
    }
}

/// The spellings of "too many requests".
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum TooFast {
    /// By the newest table of refund errors.
    #[default]
    FrequencyLimited,
    /// By the global page in Chinese.
    RatelimitExceeded,
    /// By the global page in English.
    RateLimited,
}

impl TooFast {
    /// The code as it is written.
    pub fn as_str(self) -> &'static str {
        match self {
            TooFast::FrequencyLimited => "FREQUENCY_LIMITED",
            TooFast::RatelimitExceeded => "RATELIMIT_EXCEEDED",
            TooFast::RateLimited => "RATE_LIMITED",
        }
    }
}

/// The codes of a refund that does not exist, all with status 404.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum MissingRefund {
    /// As on the mainland.
    #[default]
    ResourceNotExists,
    /// As in a public list of codes.
    RefundNotExists,
    /// As in the same list.
    NotFound,
}

impl MissingRefund {
    /// The code.
    pub fn code(self) -> ErrorCode {
        match self {
            MissingRefund::ResourceNotExists => ErrorCode::ResourceNotExists,
            MissingRefund::RefundNotExists => ErrorCode::RefundNotExists,
            MissingRefund::NotFound => ErrorCode::NotFound,
        }
    }
}

/// What signs notifications.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum NoticeKey {
    /// The newest platform certificate.
    #[default]
    Certificate,
    /// The WeChat Pay public key.
    PublicKey,
}
