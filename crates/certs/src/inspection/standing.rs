//! Where a certificate stands in its life, as far as its file tells.

use std::collections::BTreeSet;

use jiff::Timestamp;

use crate::certificate::Certificate;
use crate::classification::Class;
use crate::lifecycle::notices::{Schedule, due};
use crate::lifecycle::{IssuedBy, Policy, Record, Validity, allowed, state};

/// Where a certificate stands in its life, in the words of the platform's state table.
///
/// A file does not tell whether its certificate was replaced or voided, nor how often it was renewed: it counts as the only
/// one, and as never renewed.
#[derive(Debug, Clone, PartialEq, Eq, Default, serde::Serialize)]
pub struct Standing {
    /// The state, such as `active` or `expiring`.
    pub state: String,
    /// What may be done now.
    pub allowed: Vec<String>,
    /// The notices that are due.
    pub due: Vec<String>,
}

impl Standing {
    /// The standing at `now` under `policy`; `None` for what is no merchant's certificate, and so has no such life.
    pub fn of(certificate: &Certificate, class: Class, policy: &Policy, now: Timestamp) -> Option<Standing> {
        let issued_by = match class {
            Class::MerchantWxpayIssued => IssuedBy::Wxpay,
            Class::MerchantCaIssued | Class::MerchantSm2Test => IssuedBy::Ca,
            Class::PlatformRsa
            | Class::OtherTenpayIssued
            | Class::PlatformSm2Test
            | Class::ChainCa
            | Class::Unknown
            | Class::Conflicting => return None,
        };
        let Certificate { not_before, not_after, serial, .. } = certificate;
        let validity = Validity { not_before: *not_before, not_after: *not_after };
        let record = Record::from_certificate(serial.hex(), issued_by, validity, None);
        let notice = due(&record, &Schedule::watch(), policy, now, &BTreeSet::new());
        Some(Standing {
            state: state(&record, policy, now).name().to_owned(),
            allowed: allowed(Some(&record), policy, 0, now)
                .iter()
                .map(|action| action.name().to_owned())
                .collect(),
            due: notice.iter().map(|notice| notice.occasion.to_string()).collect(),
        })
    }
}
