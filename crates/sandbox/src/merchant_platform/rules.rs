//! The rules in force: those of [`certs::lifecycle`] that the world asks for.

use certs::lifecycle::{Policy, china};
use jiff::Timestamp;
use platform::settings::CertificateRules;

use crate::authority::Validity;

/// The numbers of these rules.
pub(crate) fn policy(rules: CertificateRules) -> Policy {
    match rules {
        CertificateRules::Classic => Policy::classic(),
        CertificateRules::Current => Policy::current(),
    }
}

/// From when to when a certificate is valid that is issued first at `now`.
pub(crate) fn first_validity(policy: &Policy, now: Timestamp) -> Validity {
    Validity { not_before: now, not_after: china::years_after(now, policy.initial_years) }
}
