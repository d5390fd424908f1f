//! What a certificate is worth at an instant, whoever asks: V3 by its serial number, V2 by the file shown in the handshake.

use certs::lifecycle::{IssuedBy, Policy, State};
use jiff::Timestamp;
use wechatpay::ids::Mchid;
use wechatpay::keys::Certificate;

use super::register::{Kept, Life};

/// The platform's judgement of a certificate. Source: [certificate-serial], [api-certificate].
#[derive(Debug, Clone)]
pub enum Standing<'a> {
    /// It may be used.
    InForce {
        /// What verifies its signatures.
        certificate: &'a Certificate,
        /// Who issued it; V3 takes CA-issued ones only.
        issued_by: IssuedBy,
    },
    /// Its time is over.
    Expired,
    /// The merchant voided it.
    Voided,
    /// Another one took its place, and the time that it was still given is over.
    Superseded,
    /// It is another merchant's.
    OtherMerchant {
        /// Whose it is.
        owner: Mchid,
    },
    /// The platform never issued it.
    Unknown,
    /// The platform never issued any to this merchant id.
    NeverApplied,
}

impl Standing<'_> {
    /// Expired comes before voided, and voided before superseded. Source: \[inferred].
    pub(super) fn of<'a>(life: &Life, kept: &'a Kept, policy: &Policy, now: Timestamp) -> Standing<'a> {
        let certificate = &kept.certificate;
        // A certificate that was renewed ends at its own time, though its life goes on with the next.
        if now > certificate.not_after {
            return Standing::Expired;
        }
        match life.state(policy, now) {
            State::Requested
            | State::Active
            | State::Expiring
            | State::SupersededByChange
            | State::SupersededByUpgrade => {
                Standing::InForce { certificate, issued_by: life.record.issued_by }
            }
            State::ExpiredGrace | State::ExpiredFinal => Standing::Expired,
            State::Voided => Standing::Voided,
            State::Dead if life.record.voided_at.is_some() => Standing::Voided,
            State::Dead => Standing::Superseded,
            State::Nothing => Standing::Unknown,
        }
    }
}
