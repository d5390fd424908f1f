//! Which kind of certificate this is, and by what evidence.
//!
//! WeChat Pay's certificates look alike: the same issuer signs merchants' certificates, its own, and those of mini
//! programs. The kind follows from issuer, serial number, subject and key together; no single one decides. Names are text
//! that anybody can write into a certificate, so that whether the issuer's known key signed it stands among the evidence.
//!
//! Source: [api-certificate], [certificate-serial].

use crate::anchors::KnownAuthority;
use crate::certificate::{Authority, Certificate};
use crate::public_key::KeyAlgorithm;
use crate::signature::SignatureVerdict;

/// The kinds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Class {
    /// A merchant's, issued by WeChat Pay itself (MmpaymchCA). API V3 does not take it.
    MerchantWxpayIssued,
    /// A merchant's, issued by the CA (Tenpay.com Root CA).
    MerchantCaIssued,
    /// WeChat Pay's own, with which it signs answers and notifications.
    PlatformRsa,
    /// From the same CA, but for something else, such as a mini program.
    OtherTenpayIssued,
    /// A merchant's with an SM2 key; only test ones are known.
    MerchantSm2Test,
    /// WeChat Pay's own with an SM2 key; only test ones are known.
    PlatformSm2Test,
    /// One of the CAs above all these.
    ChainCa,
    /// None of these.
    Unknown,
    /// Part of the evidence says one of these, and part of it contradicts.
    Conflicting,
}

impl Class {
    /// The name in reports, such as `merchant-ca-issued`.
    pub fn name(self) -> &'static str {
        match self {
            Class::MerchantWxpayIssued => "merchant-wxpay-issued",
            Class::MerchantCaIssued => "merchant-ca-issued",
            Class::PlatformRsa => "platform-rsa",
            Class::OtherTenpayIssued => "other-tenpay-issued",
            Class::MerchantSm2Test => "merchant-sm2-test",
            Class::PlatformSm2Test => "platform-sm2-test",
            Class::ChainCa => "chain-ca",
            Class::Unknown => "unknown",
            Class::Conflicting => "conflicting",
        }
    }

    /// What it is, in a sentence.
    pub fn sentence(self) -> &'static str {
        match self {
            Class::MerchantWxpayIssued => {
                "a merchant API certificate of the older kind, issued by WeChat Pay itself; API V3 does not take it"
            }
            Class::MerchantCaIssued => "a merchant API certificate issued by the CA",
            Class::PlatformRsa => {
                "WeChat Pay's own platform certificate, which verifies its answers; no merchant's"
            }
            Class::OtherTenpayIssued => {
                "issued by Tenpay.com Root CA for something else, such as a mini program; no merchant's"
            }
            Class::MerchantSm2Test => "a merchant's test certificate with an SM2 key",
            Class::PlatformSm2Test => "WeChat Pay's test certificate with an SM2 key",
            Class::ChainCa => "a CA of the chain above merchants' certificates",
            Class::Unknown => "none of WeChat Pay's kinds",
            Class::Conflicting => {
                "contradictory: some of it fits WeChat Pay's certificates, and some of it does not"
            }
        }
    }

    /// Refuses what is no merchant's: files of WeChat Pay's own and of mini programs lie in the same folders, and end up
    /// where the merchant's belongs.
    pub fn expect_merchants(self) -> Result<(), NotMerchants> {
        match self {
            Class::MerchantWxpayIssued | Class::MerchantCaIssued | Class::MerchantSm2Test => Ok(()),
            Class::PlatformRsa | Class::PlatformSm2Test => Err(NotMerchants::Platform),
            Class::OtherTenpayIssued => Err(NotMerchants::OtherUse),
            Class::ChainCa => Err(NotMerchants::Authority),
            Class::Conflicting => Err(NotMerchants::Contradictory),
            Class::Unknown => Err(NotMerchants::Stranger),
        }
    }
}

/// What stands where a merchant's certificate belongs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum NotMerchants {
    /// WeChat Pay's own certificate.
    #[error("this is WeChat Pay's platform certificate, not a merchant's")]
    Platform,
    /// From the same CA, for something else.
    #[error(
        "this certificate comes from the same CA but is no merchant's; mini programs and official accounts have such"
    )]
    OtherUse,
    /// A CA's.
    #[error("this is the certificate of a CA, out of a chain file, not a merchant's")]
    Authority,
    /// Part of it fits a merchant's, and part of it does not.
    #[error("this certificate contradicts itself: part of it fits a merchant's, and part of it does not")]
    Contradictory,
    /// None of WeChat Pay's.
    #[error("this is none of WeChat Pay's certificates")]
    Stranger,
}

impl NotMerchants {
    /// What to do about it.
    pub fn what_to_do(self) -> &'static str {
        match self {
            NotMerchants::Platform => {
                "Give the merchant's own `apiclient_cert.pem`, and its serial number in `serial_no`; the platform certificate's goes into `Wechatpay-Serial`."
            }
            NotMerchants::OtherUse | NotMerchants::Authority => {
                "Give the merchant's own `apiclient_cert.pem`."
            }
            NotMerchants::Contradictory | NotMerchants::Stranger => {
                "Take the certificate from the Merchant Platform again (Account Center > Account Setting > API Security)."
            }
        }
    }
}

/// One thing that was looked at.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct Evidence {
    /// What would speak for a kind.
    pub criterion: &'static str,
    /// Whether it is so.
    pub holds: bool,
}

/// What a certificate is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Classification {
    /// The kind.
    pub class: Class,
    /// Everything that was looked at, in a fixed order.
    pub evidence: Vec<Evidence>,
    /// Whether the issuer's built-in key signed it; `None` if that key is not known or its algorithm is not computed.
    pub signature_verified: Option<bool>,
    /// The merchant id in it. WeChat-Pay-issued certificates have none.
    pub merchant_id: Option<String>,
    /// The merchant's name in it.
    pub merchant_name: Option<String>,
}

const WECHAT_PAY_ISSUER: &str = "MmpaymchCA";
const CA_ISSUER: &str = "Tenpay.com Root CA";
const PLATFORM: &str = "Tenpay.com sign";
/// "WeChat merchant system", the organisation in every merchant's CA-issued certificate.
const MERCHANT_SYSTEM: &str = "微信商户系统";
/// The CAs of the two chain files by their common names.
const CHAIN: [&str; 4] = [
    CA_ISSUER,
    "iTrusChina Class 2 Enterprise CA - G3",
    "iTrusChina Class 2 Root CA - G3",
    WECHAT_PAY_ISSUER,
];
/// Bytes of a CA-issued certificate's serial number: 40 digits.
const CA_SERIAL_BYTES: usize = 20;
/// A WeChat-Pay-issued certificate's serial number has fewer characters than this, as printed.
const SHORT_SERIAL_DIGITS: usize = 20;

/// What this certificate is.
pub fn classify(certificate: &Certificate) -> Classification {
    let (subject, issuer) = (&certificate.subject, &certificate.issuer);
    let common_name = subject.common_name().unwrap_or_default();
    let digits = certificate.serial.hex().len();
    let facts = Facts {
        wechat_pay_issuer: issuer.common_name() == Some(WECHAT_PAY_ISSUER),
        tencent: issuer.organization() == Some("Tencent"),
        short_serial: digits < SHORT_SERIAL_DIGITS,
        ca_issuer: issuer.common_name() == Some(CA_ISSUER),
        full_serial: certificate.serial.byte_len() == CA_SERIAL_BYTES,
        merchant_id: is_merchant_id(common_name),
        merchant_system: subject.organization() == Some(MERCHANT_SYSTEM),
        platform: common_name == PLATFORM,
        sm2: *certificate.public_key.algorithm() == KeyAlgorithm::Sm2,
        chain_ca: CHAIN.contains(&common_name) && matches!(certificate.authority, Authority::Ca { .. }),
        self_signed: certificate.is_self_issued()
            && certificate.is_signed_by(&certificate.public_key) == SignatureVerdict::Holds,
    };
    let class = facts.class();
    let signature_verified = signed_by_known_key(certificate);
    let mut evidence = facts.evidence();
    evidence.extend(
        signature_verified
            .map(|holds| Evidence { criterion: "signature is that of the issuer's known key", holds }),
    );
    let has_id = matches!(class, Class::MerchantCaIssued | Class::MerchantSm2Test);
    let name = match class {
        Class::MerchantWxpayIssued => subject.common_name(),
        _ if has_id => subject
            .attributes()
            .filter(|attribute| attribute.label() == "OU" && attribute.value != crate::sandbox::UNIT)
            .map(|attribute| attribute.value.as_str())
            .next(),
        _ => None,
    };
    Classification {
        class,
        evidence,
        signature_verified,
        merchant_id: has_id.then(|| common_name.to_owned()),
        merchant_name: name.map(str::to_owned),
    }
}

/// Whether a text has the form of a merchant id: 8 to 10 digits. Source: [api-certificate].
pub fn is_merchant_id(text: &str) -> bool {
    (8..=10).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_digit())
}

fn signed_by_known_key(certificate: &Certificate) -> Option<bool> {
    let known = KnownAuthority::named(certificate.issuer.common_name()?)?;
    match certificate.is_signed_by(&known.public_key()) {
        SignatureVerdict::Holds => Some(true),
        SignatureVerdict::Fails => Some(false),
        SignatureVerdict::NotComputed => None,
    }
}

/// What was looked at.
struct Facts {
    wechat_pay_issuer: bool,
    tencent: bool,
    short_serial: bool,
    ca_issuer: bool,
    full_serial: bool,
    merchant_id: bool,
    merchant_system: bool,
    platform: bool,
    sm2: bool,
    chain_ca: bool,
    self_signed: bool,
}

impl Facts {
    fn class(&self) -> Class {
        match self {
            // First, since the lowest CA of a sandbox issued itself and would pass for something that it issued.
            Facts { chain_ca: true, .. } => Class::ChainCa,
            Facts { wechat_pay_issuer: true, tencent: true, short_serial: true, .. } => {
                Class::MerchantWxpayIssued
            }
            Facts { wechat_pay_issuer: true, .. } => Class::Conflicting,
            Facts { ca_issuer: true, full_serial: false, .. } => Class::Conflicting,
            Facts { ca_issuer: true, merchant_id: true, .. } => Class::MerchantCaIssued,
            Facts { ca_issuer: true, platform: true, .. } => Class::PlatformRsa,
            Facts { ca_issuer: true, .. } => Class::OtherTenpayIssued,
            Facts { sm2: true, merchant_id: true, merchant_system: true, .. } => Class::MerchantSm2Test,
            Facts { sm2: true, platform: true, .. } => Class::PlatformSm2Test,
            // A merchant's subject and serial number from a stranger. A long serial number alone says nothing: most
            // certificates of this world have one.
            Facts { full_serial: true, merchant_id: true, .. } => Class::Conflicting,
            _ => Class::Unknown,
        }
    }

    fn evidence(&self) -> Vec<Evidence> {
        [
            ("issuer CN is MmpaymchCA", self.wechat_pay_issuer),
            ("issuer O is Tencent", self.tencent),
            ("serial number has fewer than 20 characters", self.short_serial),
            ("issuer CN is Tenpay.com Root CA", self.ca_issuer),
            ("serial number has 40 characters", self.full_serial),
            ("subject CN is a merchant id of 8 to 10 digits", self.merchant_id),
            ("subject O is 微信商户系统", self.merchant_system),
            ("subject CN is Tenpay.com sign", self.platform),
            ("key is on the curve SM2", self.sm2),
            ("subject is a CA of the published chains", self.chain_ca),
            ("self-signed", self.self_signed),
        ]
        .map(|(criterion, holds)| Evidence { criterion, holds })
        .to_vec()
    }
}
