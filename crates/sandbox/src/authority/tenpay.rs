//! Tenpay.com Root CA, the issuer of CA-issued certificates: merchants' and the platform's own.

use std::time::Duration;

use jiff::Timestamp;
use rcgen::string::PrintableString;
use rcgen::{
    BasicConstraints, CertificateParams, CrlDistributionPoint, CustomExtension, DistinguishedName, DnType,
    DnValue, IsCa, Issuer, KeyPair, KeyUsagePurpose, PublicKeyData, SerialNumber,
};
use wechatpay::keys::{Certificate, KeyName};

use super::drawn::{lines, long_serial, pem_of};
use super::issued::{Holder, IssueError, Issued, Validity, der_of, sandbox_mark_value};

/// The authority: a root and its key.
pub struct Authority {
    issuer: Issuer<'static, KeyPair>,
    certificate_pem: String,
    certificate_der: Vec<u8>,
    serial: KeyName,
}

impl Authority {
    /// A new authority with this key. Its certificate is valid from 2000 to the end of 2099, so that it serves
    /// whatever a virtual clock shows.
    pub fn found(key: KeyPair) -> Result<Authority, IssueError> {
        let mut params = CertificateParams::default();
        params.not_before = rcgen::date_time_ymd(2000, 1, 1);
        params.not_after = rcgen::date_time_ymd(2100, 1, 1) - Duration::from_secs(1);
        params.serial_number = Some(SerialNumber::from_slice(&long_serial()?));
        params.distinguished_name = issuer_name()?;
        params.is_ca = IsCa::Ca(BasicConstraints::Constrained(0));
        params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
        params.custom_extensions = vec![sandbox_mark()];
        let certificate = params.self_signed(&key)?;
        let certificate_pem = lines(certificate.pem());
        let serial = Certificate::from_pem(&certificate_pem)?.serial;
        let certificate_der = certificate.der().to_vec();
        Ok(Authority { issuer: Issuer::new(params, key), certificate_pem, certificate_der, serial })
    }

    /// The authority with this key and this certificate, which belong together.
    pub fn reopened(key: KeyPair, certificate_pem: &str) -> Result<Authority, IssueError> {
        Ok(Authority {
            issuer: Issuer::from_ca_cert_pem(certificate_pem, key)?,
            certificate_pem: certificate_pem.to_owned(),
            certificate_der: der_of(certificate_pem)?,
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

    /// The root's certificate in DER.
    pub fn certificate_der(&self) -> &[u8] {
        &self.certificate_der
    }

    /// Issues a merchant API certificate of the CA-issued kind for the public key in `key`.
    pub fn issue_to_merchant(
        &self,
        holder: Holder<'_>,
        key: &impl PublicKeyData,
        validity: Validity,
    ) -> Result<Issued, IssueError> {
        let subject = subject(holder.mchid.as_str(), "微信商户系统", holder.company_name)?;
        self.issue(subject, key, validity)
    }

    /// Issues a platform certificate, the one whose key signs answers and callbacks.
    pub fn issue_to_platform(&self, key: &KeyPair, validity: Validity) -> Result<Issued, IssueError> {
        self.issue(subject("Tenpay.com sign", "Tenpay.com", certs::sandbox::UNIT)?, key, validity)
    }

    /// Merchants and the platform get the same extensions. Neither key identifiers nor an extended key usage are among
    /// them, on purpose: real ones have none, and clients must bear that.
    fn issue(
        &self,
        subject: DistinguishedName,
        key: &impl PublicKeyData,
        validity: Validity,
    ) -> Result<Issued, IssueError> {
        let mut params = CertificateParams::default();
        // The library's type of an instant is not ours; instants before 1970 become 1970.
        let since_1970 = |at: Timestamp| Duration::from_secs(u64::try_from(at.as_second()).unwrap_or(0));
        params.not_before = rcgen::date_time_ymd(1970, 1, 1) + since_1970(validity.not_before);
        params.not_after = rcgen::date_time_ymd(1970, 1, 1) + since_1970(validity.not_after);
        params.serial_number = Some(SerialNumber::from_slice(&long_serial()?));
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
        Issued::new(certificate.pem(), certificate.der().to_vec())
    }
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
fn subject(common_name: &str, organization: &str, unit: &str) -> Result<DistinguishedName, IssueError> {
    let mut name = DistinguishedName::new();
    name.push(DnType::CommonName, common_name);
    name.push(DnType::OrganizationName, organization);
    name.push(DnType::OrganizationalUnitName, unit);
    name.push(DnType::CountryName, printable("CN")?);
    name.push(DnType::LocalityName, "ShenZhen");
    Ok(name)
}

fn printable(text: &str) -> Result<DnValue, IssueError> {
    Ok(DnValue::PrintableString(PrintableString::try_from(text)?))
}

fn sandbox_mark() -> CustomExtension {
    CustomExtension::from_oid_content(certs::sandbox::EXTENSION, sandbox_mark_value())
}
