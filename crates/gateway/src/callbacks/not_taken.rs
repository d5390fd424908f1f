//! Why a notification is not taken, so that it comes again. Nothing was changed by it.

use axum::http::StatusCode;
use store::error::StoreError;
use wechatpay::v2::notification::NotificationError as V2NotificationError;
use wechatpay::v3::notification::NotificationError;
use wechatpay::v3::verify::Violation;

/// Why a notification is not taken.
#[derive(Debug, thiserror::Error)]
pub(super) enum NotTaken {
    #[error("its body is too long")]
    TooLong,
    #[error("its body did not arrive whole")]
    Cut,
    #[error("no such merchant id is set up, or its secrets are missing")]
    UnknownMerchant,
    #[error(transparent)]
    Violation(#[from] Violation),
    #[error(transparent)]
    Unreadable(#[from] NotificationError),
    /// Over V2: what it is and whether its key fits is read in one, and nothing about it is known to be true.
    #[error(transparent)]
    NotOpened(#[from] V2NotificationError),
    #[error("it is about {found}")]
    AnotherMerchant { found: String },
    #[error("it does not tell the order in full")]
    OrderNotInFull,
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl NotTaken {
    /// Anything but 200 and 204 makes it come again. A probe is answered as any wrong signature is: that shows that
    /// signatures are verified here. Source: [official-skills], [operations 5.1].
    pub(super) fn status(&self) -> StatusCode {
        match self {
            NotTaken::TooLong => StatusCode::PAYLOAD_TOO_LARGE,
            NotTaken::UnknownMerchant => StatusCode::NOT_FOUND,
            NotTaken::Violation(_) => StatusCode::UNAUTHORIZED,
            NotTaken::NotOpened(error) if is_of_another_key(error) => StatusCode::UNAUTHORIZED,
            NotTaken::Cut
            | NotTaken::Unreadable(_)
            | NotTaken::NotOpened(_)
            | NotTaken::AnotherMerchant { .. }
            | NotTaken::OrderNotInFull => StatusCode::BAD_REQUEST,
            NotTaken::Store(StoreError::Busy { .. } | StoreError::Full | StoreError::Unclear { .. }) => {
                StatusCode::SERVICE_UNAVAILABLE
            }
            NotTaken::Store(
                StoreError::NotThere { .. }
                | StoreError::InUse { .. }
                | StoreError::Broken { .. }
                | StoreError::TooNew { .. }
                | StoreError::Failed { .. },
            ) => StatusCode::INTERNAL_SERVER_ERROR,
        }
    }

    /// One of few words.
    pub(super) fn as_str(&self) -> &'static str {
        match self {
            NotTaken::TooLong => "too_long",
            NotTaken::Cut => "cut",
            NotTaken::UnknownMerchant => "unknown_merchant",
            NotTaken::Violation(Violation::Probe) => "probe",
            NotTaken::Violation(_) => "not_verified",
            NotTaken::NotOpened(error) if is_of_another_key(error) => "not_verified",
            NotTaken::Unreadable(_) | NotTaken::NotOpened(_) => "unreadable",
            NotTaken::AnotherMerchant { .. } => "another_merchant",
            NotTaken::OrderNotInFull => "order_not_in_full",
            NotTaken::Store(_) => "not_stored",
        }
    }

    /// What whoever posted it reads: what is wrong with it, and nothing about us.
    pub(super) fn for_the_sender(&self) -> &'static str {
        match self {
            NotTaken::TooLong => "the body is too long",
            NotTaken::Cut => "the body did not arrive whole",
            NotTaken::UnknownMerchant => "there is nobody here by this name",
            NotTaken::Violation(_) => "the signature does not verify",
            NotTaken::NotOpened(error) if is_of_another_key(error) => "the key does not fit",
            NotTaken::Unreadable(_) | NotTaken::NotOpened(_) => "the notification cannot be read",
            NotTaken::AnotherMerchant { .. } => "the notification is another merchant's",
            NotTaken::OrderNotInFull => "the order is not told in full",
            NotTaken::Store(_) => "please send it again later",
        }
    }

    /// Anybody can post what does not verify, so that is no warning; what verifies and cannot be taken is one.
    pub(super) fn log(&self, mchid: &str) {
        let mchid: String = mchid.chars().take(32).collect();
        match self {
            NotTaken::TooLong | NotTaken::Cut | NotTaken::UnknownMerchant => {
                tracing::debug!(mchid, error = %self, "a notification was not taken");
            }
            NotTaken::Violation(_) | NotTaken::NotOpened(_) => {
                tracing::info!(mchid, error = %self, "a notification was not taken");
            }
            NotTaken::Unreadable(_) | NotTaken::AnotherMerchant { .. } | NotTaken::OrderNotInFull => {
                tracing::warn!(mchid, error = %self, "a verified notification was not taken");
            }
            NotTaken::Store(_) => tracing::error!(mchid, error = %self, "a notification was not stored"),
        }
    }
}

/// Whether nothing is wrong with a notification but that another key made it, or somebody without one.
fn is_of_another_key(error: &V2NotificationError) -> bool {
    use V2NotificationError as E;
    match error {
        E::WrongKey | E::Opened(_) | E::Signature(_) => true,
        E::Message(_) | E::NotBase64 | E::NoPayment => false,
    }
}
