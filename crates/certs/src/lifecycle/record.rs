//! What is known of one certificate.

use std::fmt;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// Who issued a merchant API certificate. Source: [api-certificate].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum IssuedBy {
    /// WeChat Pay itself (MmpaymchCA). The kind that is going out of use.
    Wxpay,
    /// The CA (Tenpay.com Root CA).
    Ca,
}

impl fmt::Display for IssuedBy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            IssuedBy::Wxpay => "WeChat-Pay-issued",
            IssuedBy::Ca => "CA-issued",
        })
    }
}

/// From when to when a certificate is valid, in whole seconds, both ends included.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Validity {
    /// The first second.
    pub not_before: Timestamp,
    /// The last second.
    pub not_after: Timestamp,
}

/// Which step replaced a certificate by another.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Replacement {
    /// Change: a CA-issued one by a CA-issued one.
    Change,
    /// Upgrade of the kind: a WeChat-Pay-issued one by a CA-issued one.
    UpgradeKind,
}

/// That and when a certificate was replaced. The clock runs from the issue of the new one, not from its deployment.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Superseded {
    /// By which step.
    pub by: Replacement,
    /// When the new certificate was issued.
    pub at: Timestamp,
}

/// Where the private key of a certificate is, as far as is known.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum KeyPlace {
    /// With its certificate.
    #[default]
    Bound,
    /// With the tool, which waits for the certificate string.
    Pending,
    /// Lost: the certificate is valid and of no use.
    Lost,
}

/// One certificate as the platform knows it, or as much of that as its file tells.
///
/// A renewal keeps the record and gives it a new serial number and a longer validity; every other step that issues a
/// certificate makes a second record.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Record {
    /// The serial number in upper-case hexadecimal digits.
    pub serial: String,
    /// Who issued it.
    pub issued_by: IssuedBy,
    /// When the key was certified for the first time; the five years count from here.
    pub first_issued: Timestamp,
    /// From when to when it is valid.
    pub validity: Validity,
    /// Where the key is.
    #[serde(default)]
    pub key: KeyPlace,
    /// Whether another certificate took its place while it was valid.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub superseded: Option<Superseded>,
    /// When the merchant voided it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub voided_at: Option<Timestamp>,
    /// When a Change after its expiry put an end to it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ended_at: Option<Timestamp>,
}

impl Record {
    /// A certificate of which only the file is known. `first_issued` is when its key was first certified; without it the
    /// certificate counts as never renewed.
    pub fn from_certificate(
        serial: impl Into<String>,
        issued_by: IssuedBy,
        validity: Validity,
        first_issued: Option<Timestamp>,
    ) -> Record {
        Record {
            serial: serial.into(),
            issued_by,
            first_issued: first_issued.unwrap_or(validity.not_before),
            validity,
            key: KeyPlace::Bound,
            superseded: None,
            voided_at: None,
            ended_at: None,
        }
    }
}
