//! What the address that takes client certificates shows of itself: a certificate for this machine, issued by an authority
//! that issued nothing else.
//!
//! That authority's key is forgotten as soon as it is made, so trusting it means trusting this one certificate. Both are
//! valid from 2000 to the end of 2099: clients judge them by the wall clock, whatever a virtual one shows.

use std::fmt;
use std::path::Path;
use std::time::Duration;

use rcgen::{
    BasicConstraints, CertificateParams, DistinguishedName, DnType, ExtendedKeyUsagePurpose, IsCa, Issuer,
    KeyPair, KeyUsagePurpose, PublicKeyData,
};
use x509_parser::pem::parse_x509_pem;

use super::folder::{self, NewFile};
use super::pair::{read_key, read_text};
use super::{CredentialsError, Remedy};
use crate::authority::IssueError;

const FOLDER: &str = "tls";
const AUTHORITY: &str = "tls_ca.pem";
const KEY: &str = "server_key.pem";
const CERTIFICATE: &str = "server_cert.pem";

const REMEDY: Remedy = Remedy::StartOver;

/// A server's certificate with its key, as PEM.
#[derive(Clone)]
pub struct TlsIdentity {
    pub(crate) certificate: String,
    pub(crate) key: String,
}

impl fmt::Debug for TlsIdentity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("TlsIdentity(***)")
    }
}

/// The identity in the platform's folder `ours`, made if there is none; `dir` gets a copy of the authority's certificate.
pub(super) fn open(ours: &Path, dir: &Path) -> Result<TlsIdentity, CredentialsError> {
    let folder = ours.join(FOLDER);
    if !folder.exists() {
        folder::create(&folder, &made().map_err(IssueError::from)?)?;
    }
    let authority = read_text(&folder, AUTHORITY, REMEDY)?;
    read_spki(&folder, AUTHORITY, &authority)?;
    let key = read_key(&folder, KEY, REMEDY)?;
    let certificate = read_text(&folder, CERTIFICATE, REMEDY)?;
    if read_spki(&folder, CERTIFICATE, &certificate)? != key.subject_public_key_info() {
        return Err(broken(&folder, CERTIFICATE, format!("it is not the certificate of `{KEY}`")));
    }
    folder::keep(&dir.join(AUTHORITY), format!("{authority}\n").as_bytes())?;
    Ok(TlsIdentity { certificate, key: key.serialize_pem() })
}

/// The public key in the certificate that `file` holds as `pem`.
fn read_spki(folder: &Path, file: &str, pem: &str) -> Result<Vec<u8>, CredentialsError> {
    let block = parse_x509_pem(pem.as_bytes()).map_err(|_| broken(folder, file, "this is no PEM".to_owned()));
    let (_, block) = block?;
    let certificate = block.parse_x509();
    let certificate = certificate.map_err(|_| broken(folder, file, "this is no certificate".to_owned()))?;
    Ok(certificate.public_key().raw.to_vec())
}

fn broken(folder: &Path, file: &str, why: String) -> CredentialsError {
    CredentialsError::broken(&folder.join(file), why, REMEDY)
}

fn made() -> Result<[NewFile; 3], rcgen::Error> {
    let mut params = named("Tidegate sandbox TLS authority");
    params.is_ca = IsCa::Ca(BasicConstraints::Constrained(0));
    params.key_usages = vec![KeyUsagePurpose::KeyCertSign];
    let key = KeyPair::generate()?;
    let authority = params.self_signed(&key)?.pem();
    let issuer = Issuer::new(params, key);

    let mut params = named("Tidegate sandbox");
    let names = ["127.0.0.1", "::1", "localhost"].map(str::to_owned);
    params.subject_alt_names = CertificateParams::new(names)?.subject_alt_names;
    params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
    params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
    params.use_authority_key_identifier_extension = true;
    let key = KeyPair::generate()?;
    let certificate = params.signed_by(&key, &issuer)?.pem();
    Ok([
        NewFile::open(AUTHORITY, authority),
        NewFile::secret(KEY, key.serialize_pem()),
        NewFile::open(CERTIFICATE, certificate),
    ])
}

fn named(common_name: &str) -> CertificateParams {
    let mut params = CertificateParams::default();
    params.not_before = rcgen::date_time_ymd(2000, 1, 1);
    params.not_after = rcgen::date_time_ymd(2100, 1, 1) - Duration::from_secs(1);
    params.distinguished_name = DistinguishedName::new();
    params.distinguished_name.push(DnType::CommonName, common_name);
    params.distinguished_name.push(DnType::OrganizationalUnitName, certs::sandbox::UNIT);
    params
}
