//! Which problems the operator's calls can answer, by operation, beside what every call with a key can.

use crate::api::openapi::WITH_KEY;
use crate::api::problem::Code;

/// What every call with a body can answer.
const WITH_BODY: &[Code] = &[
    Code::MediaTypeUnsupported,
    Code::BodyTooLarge,
    Code::BodyTimeout,
    Code::BodyMalformed,
    Code::FieldMissing,
    Code::FieldUnknown,
    Code::FieldInvalid,
    Code::StoreFull,
];

/// What every call with a certificate can answer.
const WITH_CERTIFICATE: &[Code] =
    &[Code::CredentialsInvalid, Code::WrongWorld, Code::CertificateRefused, Code::CertificateNotProven];

/// What every call about one merchant id can answer.
const ABOUT_A_MERCHANT: &[Code] = &[Code::PathInvalid, Code::MerchantNotFound];

/// What every call about one key can answer.
const ABOUT_A_KEY: &[Code] = &[Code::PathInvalid, Code::ApiKeyNotFound];

/// Which problems the operator's operation named `id` can answer; none for a name that no route bears.
pub fn problems_of(id: &str) -> Option<Vec<Code>> {
    let groups: &[&[Code]] = match id {
        "list_merchants" | "list_keys" | "list_nodes" => &[WITH_KEY],
        "drain_node" | "undrain_node" => {
            &[WITH_KEY, &[Code::PathInvalid, Code::NodeNotFound, Code::StoreFull]]
        }
        "set_up_merchant" => &[WITH_KEY, WITH_BODY, WITH_CERTIFICATE, &[Code::MerchantConflict]],
        "renew_certificate" => &[WITH_KEY, ABOUT_A_MERCHANT, WITH_BODY, WITH_CERTIFICATE],
        "show_merchant" | "check_ledger" => &[WITH_KEY, ABOUT_A_MERCHANT],
        "add_sub_merchant" => &[WITH_KEY, ABOUT_A_MERCHANT, WITH_BODY],
        "pause_merchant" | "resume_merchant" | "rebuild_ledger" => {
            &[WITH_KEY, ABOUT_A_MERCHANT, &[Code::StoreFull]]
        }
        "show_audit_trail" => {
            &[WITH_KEY, ABOUT_A_MERCHANT, &[Code::ParameterUnknown, Code::ParameterInvalid]]
        }
        "create_key" => &[WITH_KEY, WITH_BODY, &[Code::MerchantNotFound, Code::SubMerchantNotFound]],
        "replace_key" => &[WITH_KEY, ABOUT_A_KEY, WITH_BODY],
        "revoke_key" => &[WITH_KEY, ABOUT_A_KEY, &[Code::LastOperatorKey, Code::StoreFull]],
        _ => return None,
    };
    Some(groups.concat())
}
