//! Why an operator's request is refused, in the words of the [catalogue](crate::api::problem). What to do in this very
//! case follows on the detail.

use crate::admin::issuing::{KeyError, KeyRefusal};
use crate::api::problem::{Code, Problem};
use crate::merchants::api_certificate::ApiCertificateError;
use crate::merchants::credentials::CredentialsError;
use crate::merchants::setting_up::SetUpError;

/// A field that is not what it should be.
pub(super) fn invalid(pointer: impl Into<String>, detail: &str, what_to_do: &str) -> Problem {
    Problem::new(Code::FieldInvalid).at(pointer).detail(advised(detail, what_to_do))
}

/// A merchant id that is not set up.
pub(super) fn unknown_merchant(mchid: &str) -> Problem {
    Problem::new(Code::MerchantNotFound).detail(format!("Merchant id {mchid} is not set up."))
}

impl From<SetUpError> for Problem {
    fn from(error: SetUpError) -> Problem {
        let code = match &error {
            SetUpError::NotThere { mchid } => return unknown_merchant(mchid.as_str()),
            SetUpError::ModeIsFixed { .. } | SetUpError::NumberFormIsFixed { .. } => Code::MerchantConflict,
            SetUpError::Credentials(error) => code_of(error),
            SetUpError::CertificateRefused { .. } => Code::CertificateRefused,
            SetUpError::CertificateNotProven { .. } => Code::CertificateNotProven,
            SetUpError::NotServed { .. }
            | SetUpError::DirectServesNobody { .. }
            | SetUpError::ApiHost { .. }
            | SetUpError::Line(_) => Code::FieldInvalid,
            SetUpError::NotSealed(_) => return internal(&error),
            SetUpError::Store(error) => return error.clone().into(),
        };
        let problem = Problem::new(code).detail(advised(&error.to_string(), error.what_to_do()));
        match error.pointer() {
            Some(pointer) => problem.at(pointer),
            None => problem,
        }
    }
}

fn code_of(error: &CredentialsError) -> Code {
    match error {
        CredentialsError::ApiCertificate(
            ApiCertificateError::SandboxInProduction | ApiCertificateError::RealInSandbox,
        ) => Code::WrongWorld,
        CredentialsError::ApiCertificate(_)
        | CredentialsError::ApiV3Key(_)
        | CredentialsError::ApiV2Key(_)
        | CredentialsError::PublicKeyId { .. }
        | CredentialsError::PublicKey { .. } => Code::CredentialsInvalid,
        CredentialsError::NoKey { .. } => Code::FieldMissing,
    }
}

impl From<KeyError> for Problem {
    fn from(error: KeyError) -> Problem {
        let refusal = match &error {
            KeyError::Refused(refusal) => refusal,
            KeyError::Store(error) => return error.clone().into(),
            KeyError::NoRandomness(_) => return internal(&error),
        };
        let code = match refusal {
            KeyRefusal::UnknownKey => Code::ApiKeyNotFound,
            KeyRefusal::LastOperator => Code::LastOperatorKey,
            KeyRefusal::UnknownMerchant { .. } => Code::MerchantNotFound,
            KeyRefusal::UnknownSubMerchant { .. } => Code::SubMerchantNotFound,
            KeyRefusal::Name
            | KeyRefusal::NoScopes
            | KeyRefusal::OperatorOnly
            | KeyRefusal::AdminIsBound
            | KeyRefusal::PoolsOfASubMerchant
            | KeyRefusal::Over
            | KeyRefusal::SubMerchantOfNobody => Code::FieldInvalid,
        };
        let problem = Problem::new(code).detail(advised(&refusal.to_string(), refusal.what_to_do()));
        match refusal.pointer() {
            Some(pointer) => problem.at(pointer),
            None => problem,
        }
    }
}

/// The caller can do nothing about it; the log has the cause.
fn internal(error: &dyn std::error::Error) -> Problem {
    tracing::error!(%error, "an operator's request failed");
    Problem::new(Code::Internal)
}

/// Two sentences: what is wrong, what to do.
fn advised(detail: &str, what_to_do: &str) -> String {
    format!("{}. {what_to_do}", detail.trim_end_matches('.'))
}
