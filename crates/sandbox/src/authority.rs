//! The sandbox's certificate authority: it issues what Tenpay.com Root CA issues, in the same form.
//!
//! Issuer, serial numbers, subjects and extensions are those of real certificates, so that whatever tells certificates
//! apart by them works here too; the marks of [`certs::sandbox`] say that they are not real. Keys and serial numbers
//! are drawn anew in every sandbox: two sandboxes must never issue the same certificate.
//!
//! Source: [api-certificate].

use std::time::Duration;

use aws_lc_rs::rand;
use jiff::Timestamp;
use rcgen::string::PrintableString;
use rcgen::{
    BasicConstraints, CertificateParams, CrlDistributionPoint, CustomExtension, DistinguishedName, DnType,
    DnValue, IsCa, Issuer, KeyPair, KeyUsagePurpose, PKCS_RSA_SHA256, RsaKeySize, SerialNumber,
};
use wechatpay::china::ChinaDay;
use wechatpay::ids::Mchid;
use wechatpay::keys::{Certificate, KeyError, KeyName};

/// Why something could not be issued.
#[derive(Debug, thiserror::Error)]
pub enum IssueError {
    /// The machine gives no random bytes.
    #[error("this machine gives no random bytes")]
    NoRandomness,
    /// The certificate could not be made.
    #[error("the certificate could not be made: {0}")]
    NotMade(#[from] rcgen::Error),
    /// What was made cannot be read.
    #[error("the key or certificate cannot be used: {0}")]
    NotUsable(#[from] KeyError),
}

/// From when to when a certificate is valid, both inclusive. Parts of a second are dropped, as X.509 has none.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Validity {
    /// First second.
    pub not_before: Timestamp,
    /// Last second.
    pub not_after: Timestamp,
}

/// A certificate just issued.
pub struct Issued {
    /// As PEM.
    pub pem: String,
    /// As DER.
    pub der: Vec<u8>,
    /// Its serial number.
    pub serial: KeyName,
}

/// Makes an RSA key of 2048 bits.
pub fn new_key() -> Result<KeyPair, IssueError> {
    Ok(KeyPair::generate_rsa_for(&PKCS_RSA_SHA256, RsaKeySize::_2048)?)
}

/// How many digits the id of a WeChat Pay public key has here.
pub const PUBLIC_KEY_ID_DIGITS: usize = 34;

/// Makes the id of a WeChat Pay public key; among its digits is the China day on which it was made.
///
/// Real ids have been seen with as many digits; what they mean is not published. Source: [public-key-mode].
pub fn new_public_key_id(now: Timestamp) -> Result<KeyName, IssueError> {
    let day = ChinaDay::of(now).to_string().replace('-', "");
    let tail: String = random::<12>()?.iter().map(|byte| char::from(b'0' + byte % 10)).collect();
    Ok(KeyName::parse(&format!("PUB_KEY_ID_00000000000000{day}{tail}"))?)
}

/// A text of 32 capitals, small letters and digits, as merchants choose for their APIv3 and V2 keys.
pub fn new_api_key() -> Result<String, IssueError> {
    const ALPHABET: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
    Ok(random::<32>()?.iter().map(|&byte| char::from(ALPHABET[usize::from(byte) % ALPHABET.len()])).collect())
}

fn random<const N: usize>() -> Result<[u8; N], IssueError> {
    let mut bytes = [0; N];
    rand::fill(&mut bytes).map_err(|_| IssueError::NoRandomness)?;
    Ok(bytes)
}

/// The authority: a root and its key.
pub struct Authority {
    issuer: Issuer<'static, KeyPair>,
    certificate_pem: String,
    serial: KeyName,
}

impl Authority {
    /// A new authority with this key. Its certificate is valid from 2000 to the end of 2099, so that it serves
    /// whatever a virtual clock shows.
    pub fn found(key: KeyPair) -> Result<Authority, IssueError> {
        let mut params = CertificateParams::default();
        params.not_before = rcgen::date_time_ymd(2000, 1, 1);
        params.not_after = rcgen::date_time_ymd(2100, 1, 1) - Duration::from_secs(1);
        params.serial_number = Some(new_serial()?);
        params.distinguished_name = issuer_name()?;
        params.is_ca = IsCa::Ca(BasicConstraints::Constrained(0));
        params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
        params.custom_extensions = vec![sandbox_mark()];
        let certificate_pem = lines(params.self_signed(&key)?.pem());
        let serial = Certificate::from_pem(&certificate_pem)?.serial;
        Ok(Authority { issuer: Issuer::new(params, key), certificate_pem, serial })
    }

    /// The authority with this key and this certificate, which belong together.
    pub fn reopened(key: KeyPair, certificate_pem: &str) -> Result<Authority, IssueError> {
        Ok(Authority {
            issuer: Issuer::from_ca_cert_pem(certificate_pem, key)?,
            certificate_pem: certificate_pem.to_owned(),
            serial: Certificate::from_pem(certificate_pem)?.serial,
        })
    }

    /// The root's certificate.
    pub fn certificate_pem(&self) -> &str {
        &self.certificate_pem
    }

    /// The root's key.
    pub fn key_pem(&self) -> String {
        pem_of(self.issuer.key())
    }

    /// Issues a merchant API certificate of the CA-issued kind.
    pub fn issue_to_merchant(
        &self,
        mchid: &Mchid,
        key: &KeyPair,
        validity: Validity,
    ) -> Result<Issued, IssueError> {
        self.issue(subject(mchid.as_str(), "微信商户系统")?, key, validity)
    }

    /// Issues a platform certificate, the one whose key signs answers and callbacks.
    pub fn issue_to_platform(&self, key: &KeyPair, validity: Validity) -> Result<Issued, IssueError> {
        self.issue(subject("Tenpay.com sign", "Tenpay.com")?, key, validity)
    }

    /// Merchants and the platform get the same extensions. Neither key identifiers nor an extended key usage are among
    /// them, on purpose: real ones have none, and clients must bear that.
    fn issue(
        &self,
        subject: DistinguishedName,
        key: &KeyPair,
        validity: Validity,
    ) -> Result<Issued, IssueError> {
        let mut params = CertificateParams::default();
        // The library's type of an instant is not ours; instants before 1970 become 1970.
        let since_1970 = |at: Timestamp| Duration::from_secs(u64::try_from(at.as_second()).unwrap_or(0));
        params.not_before = rcgen::date_time_ymd(1970, 1, 1) + since_1970(validity.not_before);
        params.not_after = rcgen::date_time_ymd(1970, 1, 1) + since_1970(validity.not_after);
        params.serial_number = Some(new_serial()?);
        params.distinguished_name = subject;
        // A name that nobody can ever register, so that no client asks a stranger about a sandbox's certificate.
        let url = format!("http://evca.sandbox.invalid/public/itruscrl?CA={}", self.serial);
        params.crl_distribution_points = vec![CrlDistributionPoint { uris: vec![url] }];
        // Written out, as the library would make them critical: no CA; and for signatures, non-repudiation and
        // enciphering keys and data.
        params.custom_extensions = vec![
            CustomExtension::from_oid_content(&[2, 5, 29, 19], vec![0x30, 0x00]),
            CustomExtension::from_oid_content(&[2, 5, 29, 15], vec![0x03, 0x02, 0x04, 0xF0]),
            sandbox_mark(),
        ];
        let certificate = params.signed_by(key, &self.issuer)?;
        let pem = lines(certificate.pem());
        let serial = Certificate::from_pem(&pem)?.serial;
        Ok(Issued { pem, der: certificate.der().to_vec(), serial })
    }
}

/// A key as PKCS#8 in PEM.
pub fn pem_of(key: &KeyPair) -> String {
    lines(key.serialize_pem())
}

/// The public half of a key in PEM.
pub fn public_pem_of(key: &KeyPair) -> String {
    lines(key.public_key_pem())
}

/// The files are the same on every system; the library ends lines as the system does.
fn lines(pem: String) -> String {
    pem.replace("\r\n", "\n")
}

fn issuer_name() -> Result<DistinguishedName, IssueError> {
    let mut name = DistinguishedName::new();
    name.push(DnType::CountryName, printable("CN")?);
    name.push(DnType::OrganizationName, printable("Tenpay.com")?);
    name.push(DnType::OrganizationalUnitName, printable(certs::sandbox::UNIT)?);
    name.push(DnType::CommonName, printable("Tenpay.com Root CA")?);
    Ok(name)
}

/// The subject of a leaf, in the order of real ones: the common name first.
fn subject(common_name: &str, organization: &str) -> Result<DistinguishedName, IssueError> {
    let mut name = DistinguishedName::new();
    name.push(DnType::CommonName, common_name);
    name.push(DnType::OrganizationName, organization);
    name.push(DnType::OrganizationalUnitName, certs::sandbox::UNIT);
    name.push(DnType::CountryName, printable("CN")?);
    name.push(DnType::LocalityName, "ShenZhen");
    Ok(name)
}

fn printable(text: &str) -> Result<DnValue, IssueError> {
    Ok(DnValue::PrintableString(PrintableString::try_from(text)?))
}

fn sandbox_mark() -> CustomExtension {
    const UTF8_STRING: u8 = 0x0C;
    let text = certs::sandbox::UNIT.as_bytes();
    // Shorter than 128 bytes, so that its length is one byte.
    let length = u8::try_from(text.len()).unwrap_or(u8::MAX);
    let content = [&[UTF8_STRING, length], text].concat();
    CustomExtension::from_oid_content(certs::sandbox::EXTENSION, content)
}

/// 20 bytes that are a positive number of exactly 40 hexadecimal digits: the first is 4 to 7.
fn new_serial() -> Result<SerialNumber, IssueError> {
    let mut bytes = random::<20>()?;
    bytes[0] = 0x40 | (bytes[0] & 0x3F);
    Ok(SerialNumber::from_slice(&bytes))
}
