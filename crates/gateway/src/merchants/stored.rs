//! A merchant id's credentials in the store: sealed, and in versions, the newest of which is in force.
//!
//! Certificate and private key are one secret, so that nobody ever reads the one without the other.

use std::borrow::Cow;
use std::collections::BTreeMap;

use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Serialize};
use store::Store;
use store::error::StoreError;
use store::merchant::Secret;
use wechatpay::ids::Mchid;
use wechatpay::v2::key::ApiV2Key;
use zeroize::Zeroizing;

use certs::certificate::Certificate;
use certs::material;

use super::api_certificate::ApiCertificate;
use super::credentials::{CredentialTexts, PublicKeyText};
use crate::secrets::sealer::{NotSealed, OpenError, Place, Sealer};

/// The certificate with its private key.
const API_CERTIFICATE: &str = "api_certificate";
/// The APIv3 key.
const API_V3_KEY: &str = "api_v3_key";
/// The APIv2 key.
const API_V2_KEY: &str = "api_v2_key";
/// WeChat Pay's public keys. They are no secrets, but nobody may put others in their place.
const PUBLIC_KEYS: &str = "public_keys";

/// Why credentials cannot be read or kept.
#[derive(Debug, thiserror::Error)]
pub enum StoredError {
    /// One was never stored.
    #[error("its {name} is not in the store")]
    Missing {
        /// Which.
        name: &'static str,
    },
    /// One does not open.
    #[error("its {name}, version {version}, cannot be read: {why}")]
    NotOpened {
        /// Which.
        name: &'static str,
        /// Its version.
        version: u32,
        /// What keeps it shut.
        why: OpenError,
    },
    /// Nothing was sealed.
    #[error(transparent)]
    NotSealed(#[from] NotSealed),
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

#[derive(Serialize, Deserialize)]
struct ApiCertificateRow<'a> {
    certificate_pem: Cow<'a, str>,
    private_key_pem: Cow<'a, str>,
}

#[derive(Serialize, Deserialize)]
struct PublicKeyRow<'a> {
    id: Cow<'a, str>,
    pem: Cow<'a, str>,
}

/// Each credential in its stored form, by name.
struct Rows(Vec<(&'static str, Zeroizing<Vec<u8>>)>);

/// Stores those of `texts` that differ from what is in force, as new versions. Gives the names of the new ones. A key that is
/// not given stays what it was.
pub async fn keep(
    store: &impl Store,
    sealer: &Sealer,
    mchid: &Mchid,
    texts: &CredentialTexts,
) -> Result<Vec<&'static str>, StoredError> {
    let newest = newest(store, mchid).await?;
    let mut new = Vec::new();
    for (name, plain) in Rows::of(texts).0 {
        let before = newest.get(name);
        // What does not open any more is put right by what is given now.
        if before.is_some_and(|before| open(sealer, name, before).is_ok_and(|known| *known == *plain)) {
            continue;
        }
        let version = before.map_or(1, |before| before.version + 1);
        let sealed = sealer.seal(place(mchid, name, version), &plain)?;
        let secret = Secret {
            mchid: mchid.clone(),
            name: name.to_owned(),
            version,
            key_id: sealed.key_id,
            sealed: sealed.bytes,
        };
        store.put_secret(secret).await?;
        new.push(name);
    }
    Ok(new)
}

/// The certificate that was in force before the newest, with its key, if there was one that can still be read and belongs to
/// `mchid`: nothing rests on it but a fallback.
pub async fn certificate_before(
    store: &impl Store,
    sealer: &Sealer,
    mchid: &Mchid,
) -> Result<Option<ApiCertificate>, StoreError> {
    let before = newest_first(store, mchid, API_CERTIFICATE).await?.nth(1);
    Ok(before.and_then(|secret| {
        let plain = open(sealer, API_CERTIFICATE, &secret).ok()?;
        let row: ApiCertificateRow<'_> = read(API_CERTIFICATE, secret.version, &plain).ok()?;
        ApiCertificate::parse(&row.certificate_pem, &row.private_key_pem, mchid).ok()
    }))
}

/// The newest certificate of `mchid`, and the one before it, which a line falls back to, if there is one. What does not open is
/// left out: it is in nobody's use. The private keys are not read.
pub async fn certificates_in_use(
    store: &impl Store,
    sealer: &Sealer,
    mchid: &Mchid,
) -> Result<Vec<Certificate>, StoreError> {
    /// The public half of an [`ApiCertificateRow`].
    #[derive(Deserialize)]
    struct PublicHalf {
        certificate_pem: String,
    }

    let newest_two = newest_first(store, mchid, API_CERTIFICATE).await?.take(2);
    let opened = newest_two.filter_map(|secret| {
        let plain = open(sealer, API_CERTIFICATE, &secret).ok()?;
        let PublicHalf { certificate_pem } = read(API_CERTIFICATE, secret.version, &plain).ok()?;
        let contents = material::read(certificate_pem.as_bytes(), &[]).ok()?;
        contents.leaf().cloned()
    });
    Ok(opened.collect())
}

/// The APIv2 key that was in force before that of `texts`, if there was one that can still be read.
pub async fn api_v2_key_before(
    store: &impl Store,
    sealer: &Sealer,
    mchid: &Mchid,
    texts: &CredentialTexts,
) -> Result<Option<ApiV2Key>, StoreError> {
    let Some(key) = &texts.api_v2_key else { return Ok(None) };
    let before = newest_first(store, mchid, API_V2_KEY)
        .await?
        .filter_map(|secret| {
            let plain = open(sealer, API_V2_KEY, &secret).ok()?;
            read::<String>(API_V2_KEY, secret.version, &plain).ok().map(Zeroizing::new)
        })
        .find(|before| before.as_str() != key.expose_secret());
    Ok(before.and_then(|before| ApiV2Key::parse(&before).ok()))
}

/// The credentials that are in force.
pub async fn bring(
    store: &impl Store,
    sealer: &Sealer,
    mchid: &Mchid,
) -> Result<CredentialTexts, StoredError> {
    let newest = newest(store, mchid).await?;
    let opened = |name: &'static str| {
        let secret = newest.get(name).ok_or(StoredError::Missing { name })?;
        Ok::<_, StoredError>((secret.version, open(sealer, name, secret)?))
    };
    let (version, api_certificate) = opened(API_CERTIFICATE)?;
    let ApiCertificateRow { certificate_pem, private_key_pem } =
        read(API_CERTIFICATE, version, &api_certificate)?;
    let key = |name: &'static str| {
        // Each version of the interface has one, and few merchant ids use both.
        let Some(secret) = newest.get(name) else { return Ok(None) };
        let text: String = read(name, secret.version, &open(sealer, name, secret)?)?;
        Ok::<_, StoredError>(Some(SecretString::from(text)))
    };
    let (version, public_keys) = opened(PUBLIC_KEYS)?;
    let public_keys: Vec<PublicKeyRow<'_>> = read(PUBLIC_KEYS, version, &public_keys)?;
    let public_key = |PublicKeyRow { id, pem }| PublicKeyText { id: id.into_owned(), pem: pem.into_owned() };
    Ok(CredentialTexts {
        certificate_pem: certificate_pem.into_owned(),
        private_key_pem: private_key_pem.into_owned().into(),
        api_v3_key: key(API_V3_KEY)?,
        api_v2_key: key(API_V2_KEY)?,
        public_keys: public_keys.into_iter().map(public_key).collect(),
    })
}

impl Rows {
    fn of(texts: &CredentialTexts) -> Rows {
        let CredentialTexts { certificate_pem, private_key_pem, api_v3_key, api_v2_key, public_keys } = texts;
        let api_certificate = ApiCertificateRow {
            certificate_pem: certificate_pem.into(),
            private_key_pem: private_key_pem.expose_secret().into(),
        };
        let public_keys: Vec<PublicKeyRow<'_>> = public_keys
            .iter()
            .map(|PublicKeyText { id, pem }| PublicKeyRow { id: id.into(), pem: pem.into() })
            .collect();
        let mut rows =
            vec![(API_CERTIFICATE, written(&api_certificate)), (PUBLIC_KEYS, written(&public_keys))];
        for (name, key) in [(API_V3_KEY, api_v3_key), (API_V2_KEY, api_v2_key)] {
            rows.extend(key.as_ref().map(|key| (name, written(&key.expose_secret()))));
        }
        Rows(rows)
    }
}

async fn newest(store: &impl Store, mchid: &Mchid) -> Result<BTreeMap<String, Secret>, StoreError> {
    // By name and version, so that the last of a name stays.
    let secrets = store.secrets(mchid).await?;
    Ok(secrets.into_iter().map(|secret| (secret.name.clone(), secret)).collect())
}

/// Every version of one credential.
async fn newest_first(
    store: &impl Store,
    mchid: &Mchid,
    name: &'static str,
) -> Result<impl Iterator<Item = Secret>, StoreError> {
    // By name and version.
    let secrets = store.secrets(mchid).await?;
    Ok(secrets.into_iter().rev().filter(move |secret| secret.name == name))
}

fn open(sealer: &Sealer, name: &'static str, secret: &Secret) -> Result<Zeroizing<Vec<u8>>, StoredError> {
    let version = secret.version;
    sealer.open(place(&secret.mchid, name, version), &secret.sealed).map_err(|why| StoredError::NotOpened {
        name,
        version,
        why,
    })
}

fn place<'a>(mchid: &'a Mchid, name: &'a str, version: u32) -> Place<'a> {
    Place { table: "secrets", mchid: Some(mchid), name, version }
}

fn written(value: &impl Serialize) -> Zeroizing<Vec<u8>> {
    let json = serde_json::to_vec(value);
    Zeroizing::new(json.unwrap_or_else(|error| unreachable!("texts are JSON: {error}")))
}

/// A parser's own error could show what it read.
fn read<'a, T: Deserialize<'a>>(name: &'static str, version: u32, plain: &'a [u8]) -> Result<T, StoredError> {
    serde_json::from_slice(plain).map_err(|_| StoredError::NotOpened { name, version, why: OpenError::Form })
}
