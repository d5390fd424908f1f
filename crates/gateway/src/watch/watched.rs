//! The certificates that are watched, with what is known of each.

use certs::certificate::Certificate;
use certs::classification::{Class, classify};
use certs::lifecycle::notices::Recipient;
use certs::lifecycle::{IssuedBy, Policy, Record, Replacement, Superseded, Validity, state};
use jiff::Timestamp;

/// A certificate that is watched.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Watched {
    /// Whose it is.
    pub merchant_id: String,
    /// What is known of it.
    pub record: Record,
    /// How many other certificates of the merchant are known and living.
    pub others_living: usize,
}

impl Watched {
    /// The certificates of one merchant, in the order given, at `now`.
    ///
    /// A certificate is taken as replaced if another with another key was issued after it: at that instant, by the Upgrade
    /// of the kind if the kinds differ, else by Change. One with the same key is a renewal, and replaces nothing: each lives
    /// to its own end. The years of a certificate count from the first issue for its key that is known here.
    /// Source: [certificate-rules], \[inferred].
    pub fn of_merchant(
        merchant_id: &str,
        certificates: &[Certificate],
        policy: &Policy,
        now: Timestamp,
    ) -> Vec<Watched> {
        let records: Vec<Record> =
            certificates.iter().map(|certificate| record(certificate, certificates)).collect();
        let living = records.iter().filter(|record| state(record, policy, now).is_living()).count();
        records
            .into_iter()
            .map(|record| {
                let is_living = state(&record, policy, now).is_living();
                let others_living = living - usize::from(is_living);
                Watched { merchant_id: merchant_id.to_owned(), record, others_living }
            })
            .collect()
    }

    /// Whether it was replaced, and will work no longer than the rules give it after that.
    pub fn is_replaced(&self, policy: &Policy) -> bool {
        self.record.superseded.is_some_and(|superseded| policy.overlap_after(superseded.by).is_some())
    }

    /// About whom a notice is.
    pub(super) fn recipient(&self) -> Recipient<'_> {
        Recipient { merchant_id: &self.merchant_id, others_living: self.others_living }
    }
}

/// What is known of `certificate` beside `all` certificates of its merchant.
fn record(certificate: &Certificate, all: &[Certificate]) -> Record {
    let same_key = all.iter().filter(|other| other.public_key == certificate.public_key);
    let first_issued = same_key.map(|other| other.not_before).min();
    let next = all
        .iter()
        .filter(|other| other.public_key != certificate.public_key)
        .filter(|other| other.not_before > certificate.not_before)
        .min_by_key(|other| other.not_before);
    let validity = Validity { not_before: certificate.not_before, not_after: certificate.not_after };
    let issued_by = issued_by(certificate);
    let superseded = next.map(|next| Superseded {
        by: match (issued_by, self::issued_by(next)) {
            (IssuedBy::Wxpay, IssuedBy::Ca) => Replacement::UpgradeKind,
            (IssuedBy::Ca, _) | (IssuedBy::Wxpay, IssuedBy::Wxpay) => Replacement::Change,
        },
        at: next.not_before,
    });
    let serial = certificate.serial.hex();
    Record { superseded, ..Record::from_certificate(serial, issued_by, validity, first_issued) }
}

fn issued_by(certificate: &Certificate) -> IssuedBy {
    match classify(certificate).class {
        Class::MerchantWxpayIssued => IssuedBy::Wxpay,
        _ => IssuedBy::Ca,
    }
}
