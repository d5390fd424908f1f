//! Whether a request is let in: its headers, its `Authorization`, its signature.
//!
//! Pure, and done on a view of the keyring outside of any lock, because verifying a signature is slow. The signature is
//! looked at over the request target as it was sent, whatever of it is percent-encoded. Source: [global-signature].

use certs::lifecycle::IssuedBy;
use jiff::Timestamp;
use wechatpay::ids::Mchid;
use wechatpay::keys::KeyName;
use wechatpay::v3::sign::{Authorization, AuthorizationError, Request};
use wechatpay::v3::verify::{RequestViolation, SignInformation, verify_request};

use crate::keyring::Keyring;
use crate::merchant_platform::standing::Standing;
use crate::scene::Arrived;

/// The verdict about a request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Gate {
    /// Who says to call, if that can be read. True only if `verdict` lets the request in.
    pub caller: Option<Mchid>,
    /// The serial number of the certificate that it says to be signed with, if that can be read.
    pub serial_no: Option<KeyName>,
    /// Whether it is let in.
    pub verdict: Result<(), GateRefusal>,
    /// The text that should have been signed, if the signature is of another one.
    pub expected_text: Option<String>,
}

/// Why a request is not let in. Source: [official-skills].
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum GateRefusal {
    /// A header that every request has is missing or empty.
    #[error("the header {name} is missing")]
    HeaderMissing {
        /// Which one.
        name: &'static str,
    },
    /// No `Authorization`.
    #[error("the header Authorization is missing")]
    AuthorizationMissing,
    /// An `Authorization` of another scheme.
    #[error("the authentication type is not supported")]
    OtherScheme,
    /// An `Authorization` that cannot be read.
    #[error(transparent)]
    Malformed(AuthorizationError),
    /// The merchant id has no certificate here.
    #[error("the merchant has never applied for a certificate")]
    NoCertificate,
    /// The serial number is not that of the merchant's certificate.
    #[error("the certificate serial number is not this merchant's")]
    OtherSerial,
    /// The merchant's certificate has expired.
    #[error("the merchant's certificate has expired")]
    CertificateExpired,
    /// The merchant voided it.
    #[error("the merchant voided this certificate")]
    CertificateVoided,
    /// The merchant has a new one, and the time that the old one was still given is over.
    #[error("the merchant replaced this certificate by a new one")]
    CertificateSuperseded,
    /// The older kind, which V3 does not take. Source: [global-signature], [certificate-rules].
    #[error("the certificate was issued by WeChat Pay itself, a kind that V3 does not take")]
    IssuedByWechatPay,
    /// Signed more than five minutes from the platform's clock.
    #[error("the timestamp is more than 5 minutes from the platform's clock")]
    Stale,
    /// The signature is not the certificate's over this request.
    #[error("the signature does not match")]
    Mismatch(SignInformation),
}

/// Judges `arrived` at `now` of the platform's clock.
pub fn check(keyring: &Keyring, arrived: &Arrived, now: Timestamp) -> Gate {
    let authorization = match read_authorization(arrived) {
        Ok(authorization) => authorization,
        Err(refusal) => {
            let verdict = has_headers(arrived).and(Err(refusal));
            return Gate { caller: None, serial_no: None, verdict, expected_text: None };
        }
    };
    let request = Request { method: &arrived.method, target: &arrived.target, body: &arrived.body };
    let verdict = has_headers(arrived).and_then(|()| is_signed(keyring, &request, &authorization, now));
    let expected_text = matches!(verdict, Err(GateRefusal::Mismatch(_))).then(|| {
        let text = request.message(authorization.timestamp, &authorization.nonce_str);
        String::from_utf8_lossy(&text).into_owned()
    });
    let Authorization { mchid, serial_no, .. } = authorization;
    Gate { caller: Some(mchid), serial_no: Some(serial_no), verdict, expected_text }
}

/// Without these no request is taken. Source: [global-rules], [official-skills].
fn has_headers(arrived: &Arrived) -> Result<(), GateRefusal> {
    let is_missing = |name: &&str| arrived.header(name).is_none_or(|value| value.trim().is_empty());
    match ["Accept", "User-Agent"].into_iter().find(is_missing) {
        Some(name) => Err(GateRefusal::HeaderMissing { name }),
        None => Ok(()),
    }
}

fn read_authorization(arrived: &Arrived) -> Result<Authorization, GateRefusal> {
    let header = arrived.header("Authorization").ok_or(GateRefusal::AuthorizationMissing)?;
    Authorization::parse(header).map_err(|error| match error {
        AuthorizationError::OtherScheme => GateRefusal::OtherScheme,
        error => GateRefusal::Malformed(error),
    })
}

fn is_signed(
    keyring: &Keyring,
    request: &Request<'_>,
    authorization: &Authorization,
    now: Timestamp,
) -> Result<(), GateRefusal> {
    // Who is no merchant of this world has no certificate, whatever the platform may remember of it.
    keyring.merchant(&authorization.mchid).ok_or(GateRefusal::NoCertificate)?;
    let certificate = match keyring.certificate_standing(&authorization.mchid, &authorization.serial_no, now)
    {
        Standing::InForce { issued_by: IssuedBy::Wxpay, .. } => return Err(GateRefusal::IssuedByWechatPay),
        Standing::InForce { issued_by: IssuedBy::Ca, certificate } => certificate,
        Standing::Expired => return Err(GateRefusal::CertificateExpired),
        Standing::Voided => return Err(GateRefusal::CertificateVoided),
        Standing::Superseded => return Err(GateRefusal::CertificateSuperseded),
        Standing::OtherMerchant { .. } | Standing::Unknown => return Err(GateRefusal::OtherSerial),
        Standing::NeverApplied => return Err(GateRefusal::NoCertificate),
    };
    verify_request(request, authorization, &certificate.key, now).map_err(|violation| match violation {
        RequestViolation::Stale => GateRefusal::Stale,
        RequestViolation::WrongSignature(information) => GateRefusal::Mismatch(information),
    })
}
