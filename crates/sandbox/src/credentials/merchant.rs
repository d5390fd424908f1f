//! The folder of one merchant id: what its developer would have from the Merchant Platform and the certificate tool.

use std::path::Path;

use certs::bundle::{self, Bundle, Cipher};
use rcgen::KeyPair;
use wechatpay::ids::Mchid;
use wechatpay::keys::ApiV3Key;
use wechatpay::v2::key::ApiV2Key;

use super::folder::{self, NewFile};
use super::pair::{self, read_text};
use super::{CredentialsError, Remedy};
use crate::authority::{self, Authority, Holder, Validity};
use crate::keyring::{Keyring, MerchantKeys};
use crate::merchant_platform::register::Kept;

const KEY: &str = "apiclient_key.pem";
const CERTIFICATE: &str = "apiclient_cert.pem";
const BUNDLE: &str = "apiclient_cert.p12";
const SERIAL: &str = "serial_no.txt";
const API_V3_KEY: &str = "api_v3_key.txt";
const API_V2_KEY: &str = "api_v2_key.txt";
pub(super) const PLATFORM_CERTIFICATE: &str = "platform_cert.pem";
const PUBLIC_KEY: &str = "wechatpay_public_key.pem";
const PUBLIC_KEY_ID: &str = "wechatpay_public_key_id.txt";

/// Makes the folder, with a CA-issued certificate for `key`.
pub(super) fn create(
    folder: &Path,
    holder: Holder<'_>,
    key: &KeyPair,
    authority: &Authority,
    validity: Validity,
) -> Result<(), CredentialsError> {
    let mchid = holder.mchid;
    let issued = authority.issue_to_merchant(holder, key, validity)?;
    let bundle = Bundle { key: key.serialize_der().into(), certificate: issued.der, chain: Vec::new() };
    // Triple DES, as clients of any age and language are to open it.
    let bundle = bundle::write(&bundle, mchid.as_str(), mchid.as_str(), Cipher::TripleDes)?;
    folder::create(
        folder,
        &[
            NewFile::secret(KEY, authority::pem_of(key)),
            NewFile::open(CERTIFICATE, issued.pem),
            NewFile::secret(BUNDLE, bundle),
            NewFile::open(SERIAL, issued.serial.as_str()),
            NewFile::secret(API_V3_KEY, authority::new_api_key()?),
            NewFile::secret(API_V2_KEY, authority::new_api_key()?),
        ],
    )
}

/// Whether this is a merchant's folder, and not something else that lies beside them.
pub(super) fn is_one(path: &Path) -> bool {
    path.join(CERTIFICATE).is_file() && path.extension().is_none()
}

/// Reads the folder and makes sure that its files belong together.
pub(super) fn read(folder: &Path, mchid: &Mchid) -> Result<MerchantKeys, CredentialsError> {
    const REMEDY: Remedy = Remedy::RemoveMerchant;
    let (key, certificate) = pair::read(folder, KEY, CERTIFICATE, REMEDY)?;
    let pem = read_text(folder, CERTIFICATE, REMEDY)? + "\n";
    let broken = |file: &str, why: String| CredentialsError::broken(&folder.join(file), why, REMEDY);

    let path = folder.join(BUNDLE);
    let bytes = std::fs::read(&path).map_err(|error| broken(BUNDLE, error.to_string()))?;
    let bundle = bundle::read(&bytes, mchid.as_str()).map_err(|error| broken(BUNDLE, error.to_string()))?;
    if *bundle.key != key.serialized_der() {
        return Err(broken(BUNDLE, format!("it holds another key than `{KEY}`")));
    }
    let serial = read_text(folder, SERIAL, REMEDY)?;
    if serial != certificate.serial.as_str() {
        return Err(broken(SERIAL, format!("`{CERTIFICATE}` has serial number {}", certificate.serial)));
    }
    let v2 = read_text(folder, API_V2_KEY, REMEDY)?;
    let api_v2_key = ApiV2Key::parse(&v2).map_err(|error| broken(API_V2_KEY, error.to_string()))?;
    let v3 = read_text(folder, API_V3_KEY, REMEDY)?;
    let api_v3_key = ApiV3Key::parse(v3.as_bytes()).map_err(|error| broken(API_V3_KEY, error.to_string()))?;
    let certificate = Kept::try_from(pem).map_err(|error| broken(CERTIFICATE, error.to_string()))?;
    Ok(MerchantKeys { certificate, api_v3_key, api_v2_key })
}

/// Brings the folder's copies of the platform's certificate and public key up to date.
pub(super) fn keep_platform_files(folder: &Path, keyring: &Keyring) -> Result<(), CredentialsError> {
    let public_key = keyring.public_key();
    folder::keep(&folder.join(PLATFORM_CERTIFICATE), keyring.newest_certificate().pem.as_bytes())?;
    folder::keep(&folder.join(PUBLIC_KEY), public_key.pem.as_bytes())?;
    folder::keep(&folder.join(PUBLIC_KEY_ID), public_key.id.as_str().as_bytes())
}
