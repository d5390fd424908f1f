//! A merchant API certificate and its private key, checked together: every mistake that merchants make with the two has a
//! name of its own.

use jiff::Timestamp;
use reqwest::Identity;
use wechatpay::ids::Mchid;
use wechatpay::keys::{Certificate, KeyError, KeyName, SigningKey};
use wechatpay::wire::Wire;
use x509_parser::pem::parse_x509_pem;
use x509_parser::prelude::{FromDer, X509Certificate};
use x509_parser::x509::X509Name;
use zeroize::Zeroizing;

use crate::gateway::World;

/// A certificate and the private key that belongs to it. The key prints as `***`.
#[derive(Debug, Clone)]
pub struct ApiCertificate {
    /// The certificate's serial number, which names it in every request.
    pub serial_no: KeyName,
    /// The last second of its validity.
    pub not_after: Timestamp,
    /// Whether it bears a sandbox's marks.
    pub is_sandbox: bool,
    /// Whether WeChat Pay itself issued it: the older kind, which V2 alone takes. Source: [api-certificate].
    pub is_issued_by_wechat_pay: bool,
    /// The private key.
    pub key: SigningKey,
    /// Certificate and key as TLS shows them.
    pub identity: Identity,
}

/// Which of the two texts is meant.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Text {
    /// `certificate_pem`, the content of `apiclient_cert.pem`.
    Certificate,
    /// `private_key_pem`, the content of `apiclient_key.pem`.
    PrivateKey,
}

impl Text {
    /// The name of the field.
    pub fn field(self) -> &'static str {
        match self {
            Text::Certificate => "certificate_pem",
            Text::PrivateKey => "private_key_pem",
        }
    }
}

impl std::fmt::Display for Text {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.field())
    }
}

/// Why a certificate and a key cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ApiCertificateError {
    /// A certificate where the key belongs.
    #[error("private_key_pem holds a certificate")]
    CertificateForKey,
    /// A key where the certificate belongs.
    #[error("certificate_pem holds a private key")]
    KeyForCertificate,
    /// The request string where the certificate belongs.
    #[error(
        "certificate_pem holds a certificate request, which is what goes to the Merchant Platform, not what comes back"
    )]
    RequestForCertificate,
    /// The key is encrypted.
    #[error("private_key_pem is encrypted with a passphrase")]
    Encrypted,
    /// A text that is something else.
    #[error("{text}: {error}")]
    NotReadable {
        /// Which text.
        text: Text,
        /// What is wrong with it.
        error: KeyError,
    },
    /// The key is another certificate's.
    #[error("private_key_pem is not the key of the certificate with serial number {serial_no}")]
    NotAPair {
        /// The certificate's serial number.
        serial_no: KeyName,
    },
    /// The certificate of another merchant id.
    #[error("the certificate belongs to merchant id {found}, not to {expected}")]
    OtherMerchant {
        /// The merchant id in the certificate.
        found: String,
        /// The merchant id that is set up.
        expected: Mchid,
    },
    /// WeChat Pay's own certificate.
    #[error("certificate_pem holds WeChat Pay's platform certificate, not the merchant's")]
    PlatformCertificate,
    /// A certificate of the older kind, which V3 does not take.
    #[error(
        "the certificate was issued by WeChat Pay itself (issuer MmpaymchCA), a kind that API V3 does not take"
    )]
    IssuedByWeChatPay,
    /// The validity is over.
    #[error("the certificate expired at {not_after}")]
    Expired {
        /// The last second of its validity.
        not_after: Timestamp,
    },
    /// A sandbox's certificate, and real money.
    #[error("this is a sandbox's certificate, and this gateway is set up for production")]
    SandboxInProduction,
    /// A real certificate, and no real money.
    #[error("this is no sandbox's certificate, and this gateway is set up for a sandbox")]
    RealInSandbox,
}

/// The common name of WeChat Pay's own certificates. Source: [api-certificate].
const PLATFORM: &str = "Tenpay.com sign";

/// The issuer of the certificates that WeChat Pay made before there was an authority. Source: [api-certificate].
const WECHAT_PAY_ISSUER: &str = "MmpaymchCA";

impl ApiCertificate {
    /// The certificate and the key in these two texts, which must belong together and to `mchid`.
    pub fn parse(
        certificate_pem: &str,
        private_key_pem: &str,
        mchid: &Mchid,
    ) -> Result<ApiCertificate, ApiCertificateError> {
        // Editors on Windows put a mark before the text, and the first block is not found behind it.
        let [certificate_pem, private_key_pem] =
            [certificate_pem, private_key_pem].map(|text| text.trim_start_matches('\u{feff}'));
        let certificate =
            Certificate::from_pem(certificate_pem).map_err(|error| mistaken(Text::Certificate, error))?;
        let key = SigningKey::from_pem(private_key_pem).map_err(|error| mistaken(Text::PrivateKey, error))?;
        let names = Names::of(certificate_pem).map_err(|error| mistaken(Text::Certificate, error))?;
        if names.common_name == PLATFORM {
            return Err(ApiCertificateError::PlatformCertificate);
        }
        if is_merchant_id(&names.common_name) && names.common_name != mchid.as_str() {
            return Err(ApiCertificateError::OtherMerchant {
                found: names.common_name,
                expected: mchid.clone(),
            });
        }
        if !is_pair(&certificate, &key) {
            return Err(ApiCertificateError::NotAPair { serial_no: certificate.serial });
        }
        let identity = identity(certificate_pem, private_key_pem)
            .ok_or_else(|| mistaken(Text::PrivateKey, KeyError::NotRsa))?;
        Ok(ApiCertificate {
            serial_no: certificate.serial,
            not_after: certificate.not_after,
            is_sandbox: names.is_sandbox,
            is_issued_by_wechat_pay: names.issuer == WECHAT_PAY_ISSUER,
            key,
            identity,
        })
    }

    /// Refuses a certificate that `wire` does not take.
    pub fn expect_wire(&self, wire: Wire) -> Result<(), ApiCertificateError> {
        match wire {
            Wire::V3 if self.is_issued_by_wechat_pay => Err(ApiCertificateError::IssuedByWeChatPay),
            Wire::V3 | Wire::V2 => Ok(()),
        }
    }

    /// Refuses a sandbox's certificate in production, and the reverse.
    pub fn expect_world(&self, world: World) -> Result<(), ApiCertificateError> {
        match (world, self.is_sandbox) {
            (World::Production, true) => Err(ApiCertificateError::SandboxInProduction),
            (World::Sandbox, false) => Err(ApiCertificateError::RealInSandbox),
            (World::Production, false) | (World::Sandbox, true) => Ok(()),
        }
    }

    /// Refuses a certificate that is not valid any more.
    pub fn expect_valid(&self, now: Timestamp) -> Result<(), ApiCertificateError> {
        match self.not_after < now {
            true => Err(ApiCertificateError::Expired { not_after: self.not_after }),
            false => Ok(()),
        }
    }
}

impl ApiCertificateError {
    /// The field that is to be corrected.
    pub fn field(&self) -> &'static str {
        match self {
            ApiCertificateError::CertificateForKey
            | ApiCertificateError::Encrypted
            | ApiCertificateError::NotAPair { .. } => Text::PrivateKey.field(),
            ApiCertificateError::NotReadable { text, .. } => text.field(),
            ApiCertificateError::KeyForCertificate
            | ApiCertificateError::RequestForCertificate
            | ApiCertificateError::OtherMerchant { .. }
            | ApiCertificateError::PlatformCertificate
            | ApiCertificateError::IssuedByWeChatPay
            | ApiCertificateError::Expired { .. }
            | ApiCertificateError::SandboxInProduction
            | ApiCertificateError::RealInSandbox => Text::Certificate.field(),
        }
    }

    /// What to do about it.
    pub fn what_to_do(&self) -> &'static str {
        match self {
            ApiCertificateError::CertificateForKey
            | ApiCertificateError::KeyForCertificate
            | ApiCertificateError::NotReadable { .. } => {
                "Give the content of `apiclient_cert.pem` as certificate_pem and that of `apiclient_key.pem` as private_key_pem."
            }
            ApiCertificateError::RequestForCertificate => {
                "Finish the request on the Merchant Platform and give the certificate that comes back."
            }
            ApiCertificateError::Encrypted => {
                "Decrypt it first, for instance with `openssl pkey -in apiclient_key.pem`; it is sealed before it is stored."
            }
            ApiCertificateError::NotAPair { .. } => {
                "Give the key and the certificate that were made together; a key cannot be recovered from its certificate."
            }
            ApiCertificateError::OtherMerchant { .. } => {
                "Give the certificate of this merchant id, or set up the one that the certificate belongs to."
            }
            ApiCertificateError::PlatformCertificate => {
                "Give the merchant's own `apiclient_cert.pem`; WeChat Pay's certificates are fetched by the gateway itself."
            }
            ApiCertificateError::IssuedByWeChatPay => {
                "Have it upgraded to a CA-issued certificate on the Merchant Platform, and give that one; or set the merchant id up for V2."
            }
            ApiCertificateError::Expired { .. } => "Renew it on the Merchant Platform and give the new one.",
            ApiCertificateError::SandboxInProduction => {
                "Give the real certificate, or use the sandbox with a gateway whose configuration says `world = \"sandbox\"`."
            }
            ApiCertificateError::RealInSandbox => {
                "Give a certificate out of the sandbox's folder, or use a gateway whose configuration says `world = \"production\"`."
            }
        }
    }
}

/// What a wrong block tells of the mistake.
fn mistaken(text: Text, error: KeyError) -> ApiCertificateError {
    let KeyError::WrongBlock { found, .. } = &error else {
        return ApiCertificateError::NotReadable { text, error };
    };
    match (text, found.as_str()) {
        (Text::PrivateKey, "CERTIFICATE") => ApiCertificateError::CertificateForKey,
        (Text::PrivateKey, "ENCRYPTED PRIVATE KEY") => ApiCertificateError::Encrypted,
        (Text::Certificate, "CERTIFICATE REQUEST" | "NEW CERTIFICATE REQUEST") => {
            ApiCertificateError::RequestForCertificate
        }
        (Text::Certificate, label) if label.ends_with("PRIVATE KEY") => {
            ApiCertificateError::KeyForCertificate
        }
        _ => ApiCertificateError::NotReadable { text, error },
    }
}

/// Whether a common name is a merchant id, as it is in CA-issued certificates. Source: [api-certificate].
fn is_merchant_id(common_name: &str) -> bool {
    (8..=10).contains(&common_name.len()) && common_name.bytes().all(|byte| byte.is_ascii_digit())
}

fn is_pair(certificate: &Certificate, key: &SigningKey) -> bool {
    use base64::Engine;
    const MESSAGE: &[u8] = b"Do these two belong together?";
    let signature = key.sign(MESSAGE).ok();
    let signature = signature.and_then(|text| base64::engine::general_purpose::STANDARD.decode(text).ok());
    signature.is_some_and(|signature| certificate.key.verifies(MESSAGE, &signature))
}

/// Certificate and key as TLS shows them: the first block of each text, for files hold other things too.
fn identity(certificate_pem: &str, private_key_pem: &str) -> Option<Identity> {
    let [certificate, key] = [first_block(certificate_pem)?, first_block(private_key_pem)?];
    let both = Zeroizing::new(format!("{}{}", *certificate, *key));
    Identity::from_pem(both.as_bytes()).ok()
}

fn first_block(pem: &str) -> Option<Zeroizing<String>> {
    let (_, rest) = pem.split_once("-----BEGIN ")?;
    let (block, rest) = rest.split_once("-----END ")?;
    let (label, _) = rest.split_once("-----")?;
    Some(Zeroizing::new(format!("-----BEGIN {block}-----END {label}-----\n")))
}

/// What the names in a certificate say. They are as true as its issuer; the marks of a sandbox keep honest people from
/// mixing up two worlds.
struct Names {
    common_name: String,
    issuer: String,
    is_sandbox: bool,
}

impl Names {
    fn of(pem: &str) -> Result<Names, KeyError> {
        let (_, block) = parse_x509_pem(pem.as_bytes()).map_err(|_| KeyError::NotCertificate)?;
        let (_, certificate) =
            X509Certificate::from_der(&block.contents).map_err(|_| KeyError::NotCertificate)?;
        let (subject, issuer) = (certificate.subject(), certificate.issuer());
        Ok(Names {
            common_name: common_name(subject),
            issuer: common_name(issuer),
            is_sandbox: certs::certificate::Certificate::from_der(&block.contents)
                .is_ok_and(|certificate| certificate.is_sandbox()),
        })
    }
}

fn common_name(name: &X509Name<'_>) -> String {
    let name = name.iter_common_name().next();
    // The bytes as they are: old certificates say UTF-8 and hold something else.
    name.map(|name| String::from_utf8_lossy(name.attr_value().data).into_owned()).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    const CERTIFICATE: &str = include_str!("../../../wechatpay/testdata/merchant_cert.pem");
    const KEY: &str = include_str!("../../../wechatpay/testdata/merchant_key.pem");
    const OTHER_KEY: &str = include_str!("../../../wechatpay/testdata/platform_key.pem");
    const PLATFORM: &str = include_str!("../../../wechatpay/testdata/platform_cert.pem");
    const SHORT_KEY: &str = include_str!("../../../wechatpay/testdata/short_key.pem");

    /// A certificate for `KEY` that looks as if MmpaymchCA had issued it.
    const ISSUED_BY_WECHAT_PAY: &str = "\
-----BEGIN CERTIFICATE-----
MIIC0DCCAbgCBRI0VniQMA0GCSqGSIb3DQEBCwUAMDQxCzAJBgNVBAYTAkNOMRAw
DgYDVQQKDAdUZW5jZW50MRMwEQYDVQQDDApNbXBheW1jaENBMCAXDTI2MTEyMTIz
MjMzNVoYDzIxMjYxMDI4MjMyMzM1WjAiMSAwHgYDVQQDDBdUSURFR0FURSBURVNU
IEtFWVMgT05MWTCCASIwDQYJKoZIhvcNAQEBBQADggEPADCCAQoCggEBAMYvqXHi
PI225+661U49AszlpBqFdnxkQ4YSEivR/J8qUv5IDfP6Tw2VBT7c4f3oMPOgvCeU
fjvSiobLBFJ360qS3wK5cc1PlnTGV4j6tnB997INQ5Ns+CYpd9Dt15KbWE14Hb3O
zejeJy1CZVtBzvvOCuzLxYFGM5iFiUmGR4HxNeH4nQm4I5oMKQ91IHfLkSTLeR3f
yIMJ+mHPaxK7kOrK+IawqtEXG+7AzvXv3BUbJ0BAnOX+tNw86VatXVCIhhji+nXg
OoqPwRotz9i9MFr5mp+lFL0NFpPiWvVBNuwz4y+qsNVgPi6UWss/haMEwM2pnc23
gm14KtL+Lq0igX0CAwEAATANBgkqhkiG9w0BAQsFAAOCAQEAuh0Q0M+U9CHgF78Y
bAyQ0c/rnqiwCAR6XQG3y0WEkYNKrnJwfJYpfBS6oboNF3wML6GsHBExtXsgGUeg
6y2GVyJFZ1dykOHRUKnMhS2CAOpw4Vk/rPIzX53p3N/WixylWkRCr55CZVf+FrqQ
7qMqbyztMQc5SctBvacqOiW4aoxGgIl0I/yCrGCrASD/680Pj50M0bpOGiF3UJe6
oFEptPcJBXodqeUc7/mhnRoQbQdKRAUprwHZuS2t+ifVZRRPiyDnxsY5FogfxIyG
qYRg09habvFv3cdBYOhEJgW6ehP6975yOcLjLEyfJW2tz73TNdWzqXPHjVcWlb4j
kLsK/Q==
-----END CERTIFICATE-----
";

    fn parse(certificate: &str, key: &str) -> Result<ApiCertificate, ApiCertificateError> {
        ApiCertificate::parse(certificate, key, &Mchid::parse("1900000100").unwrap())
    }

    #[test]
    fn what_belongs_together_is_taken_however_it_was_saved() {
        let with_windows_lines = CERTIFICATE.replace('\n', "\r\n");
        let with_mark = format!("\u{feff}{KEY}");
        for (certificate, key) in [(CERTIFICATE, KEY), (&with_windows_lines, KEY), (CERTIFICATE, &with_mark)]
        {
            let parsed = parse(certificate, key).unwrap();
            assert_eq!(parsed.serial_no.as_str(), "0A11CE0000000000000000000000000000000001");
            assert!(!parsed.is_sandbox);
        }
    }

    #[test]
    fn every_mistake_has_a_message_of_its_own() {
        let request = "-----BEGIN CERTIFICATE REQUEST-----\nAAAA\n-----END CERTIFICATE REQUEST-----\n";
        let encrypted = "-----BEGIN ENCRYPTED PRIVATE KEY-----\nAAAA\n-----END ENCRYPTED PRIVATE KEY-----\n";
        let damaged = "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n";
        for (certificate, key, field, text) in [
            (CERTIFICATE, CERTIFICATE, "private_key_pem", "private_key_pem holds a certificate"),
            (KEY, KEY, "certificate_pem", "certificate_pem holds a private key"),
            (request, KEY, "certificate_pem", "certificate_pem holds a certificate request"),
            (CERTIFICATE, encrypted, "private_key_pem", "private_key_pem is encrypted with a passphrase"),
            ("", KEY, "certificate_pem", "certificate_pem: this is not PEM"),
            (damaged, KEY, "certificate_pem", "certificate_pem: this is no X.509 certificate"),
            (CERTIFICATE, "apiclient_key.pem", "private_key_pem", "private_key_pem: this is not PEM"),
            (
                CERTIFICATE,
                SHORT_KEY,
                "private_key_pem",
                "private_key_pem: this is no RSA key of 2048 to 8192 bits",
            ),
            (
                CERTIFICATE,
                OTHER_KEY,
                "private_key_pem",
                "is not the key of the certificate with serial number 0A11CE",
            ),
            (PLATFORM, OTHER_KEY, "certificate_pem", "holds WeChat Pay's platform certificate"),
        ] {
            let error = parse(certificate, key).unwrap_err();
            assert!(error.to_string().contains(text), "expected {text:?}, found {error}");
            assert_eq!(error.field(), field, "{error}");
            assert!(error.what_to_do().ends_with('.'), "{error}");
        }
    }

    #[test]
    fn a_certificate_that_wechat_pay_itself_issued_is_taken_by_v2_alone() {
        let older = parse(ISSUED_BY_WECHAT_PAY, KEY).unwrap();
        older.expect_wire(Wire::V2).unwrap();
        let error = older.expect_wire(Wire::V3).unwrap_err();
        assert!(error.to_string().contains("issued by WeChat Pay itself (issuer MmpaymchCA)"), "{error}");
        assert_eq!(error.field(), "certificate_pem");
        let newer = parse(CERTIFICATE, KEY).unwrap();
        assert_eq!([Wire::V2, Wire::V3].map(|wire| newer.expect_wire(wire)), [Ok(()), Ok(())]);
    }

    #[test]
    fn the_certificate_of_another_merchant_id_is_refused_by_both_names() {
        let error = ApiCertificate::parse(CERTIFICATE, KEY, &Mchid::parse("1900000101").unwrap());
        assert_eq!(
            error.unwrap_err().to_string(),
            "the certificate belongs to merchant id 1900000100, not to 1900000101"
        );
    }

    #[test]
    fn a_certificate_is_of_one_world_and_has_an_end() {
        let real = parse(CERTIFICATE, KEY).unwrap();
        let sandbox = ApiCertificate { is_sandbox: true, ..real.clone() };
        assert_eq!(real.expect_world(World::Production), Ok(()));
        assert_eq!(sandbox.expect_world(World::Sandbox), Ok(()));
        assert_eq!(sandbox.expect_world(World::Production), Err(ApiCertificateError::SandboxInProduction));
        assert_eq!(real.expect_world(World::Sandbox), Err(ApiCertificateError::RealInSandbox));
        assert_eq!(real.expect_valid("2099-12-31T23:59:59Z".parse().unwrap()), Ok(()));
        let over = real.expect_valid("2100-01-01T00:00:00Z".parse().unwrap()).unwrap_err();
        assert_eq!(over.to_string(), "the certificate expired at 2099-12-31T23:59:59Z");
    }

    #[test]
    fn the_key_is_never_printed() {
        let printed = format!("{:?}", parse(CERTIFICATE, KEY).unwrap());
        assert!(printed.contains("***") && !printed.contains("PRIVATE"), "{printed}");
    }
}
