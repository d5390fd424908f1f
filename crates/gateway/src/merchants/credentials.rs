//! What one merchant id signs with and opens with: the texts as people have them, and the keys in them.

use std::fmt;

use jiff::Timestamp;
use secrecy::{ExposeSecret, SecretString};
use wechatpay::ids::Mchid;
use wechatpay::keys::{ApiV3Key, KeyError, KeyName, VerifyingKey};

use super::api_certificate::{ApiCertificate, ApiCertificateError};
use crate::gateway::World;

/// The credentials of a merchant id as texts. Prints none of the secret ones.
#[derive(Clone)]
pub struct CredentialTexts {
    /// The certificate, as `apiclient_cert.pem` has it.
    pub certificate_pem: String,
    /// Its private key, as `apiclient_key.pem` has it.
    pub private_key_pem: SecretString,
    /// The APIv3 key, 32 characters.
    pub api_v3_key: SecretString,
    /// The WeChat Pay public keys that the Merchant Platform shows; none while platform certificates are used alone.
    pub public_keys: Vec<PublicKeyText>,
}

/// A WeChat Pay public key as the Merchant Platform shows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PublicKeyText {
    /// Its id, `PUB_KEY_ID_…`.
    pub id: String,
    /// The key.
    pub pem: String,
}

impl fmt::Debug for CredentialTexts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("CredentialTexts(***)")
    }
}

/// The keys in them.
#[derive(Debug, Clone)]
pub struct Credentials {
    /// The certificate and its private key.
    pub api_certificate: ApiCertificate,
    /// What opens sealed resources.
    pub api_v3_key: ApiV3Key,
    /// What verifies in the public-key mode.
    pub public_keys: Vec<(KeyName, VerifyingKey)>,
}

/// Why credentials cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum CredentialsError {
    /// Certificate or private key.
    #[error(transparent)]
    ApiCertificate(#[from] ApiCertificateError),
    /// The APIv3 key.
    #[error("api_v3_key: {0}")]
    ApiV3Key(KeyError),
    /// The id of a public key.
    #[error(
        "public_keys, number {n}: the id must be the one that the Merchant Platform shows, `PUB_KEY_ID_` and digits"
    )]
    PublicKeyId {
        /// Which, from 1.
        n: usize,
    },
    /// A public key.
    #[error("public_keys, number {n}: {error}")]
    PublicKey {
        /// Which, from 1.
        n: usize,
        /// What is wrong with it.
        error: KeyError,
    },
}

impl Credentials {
    /// The keys in `texts`, which must belong to `mchid`.
    pub fn parse(texts: &CredentialTexts, mchid: &Mchid) -> Result<Credentials, CredentialsError> {
        let CredentialTexts { certificate_pem, private_key_pem, api_v3_key, public_keys } = texts;
        let api_certificate = ApiCertificate::parse(certificate_pem, private_key_pem.expose_secret(), mchid)?;
        let api_v3_key =
            ApiV3Key::parse(api_v3_key.expose_secret().as_bytes()).map_err(CredentialsError::ApiV3Key)?;
        let public_keys = public_keys.iter().zip(1..).map(|(key, n)| public_key(key, n));
        Ok(Credentials { api_certificate, api_v3_key, public_keys: public_keys.collect::<Result<_, _>>()? })
    }
}

impl Credentials {
    /// The same, if its certificate is of `world` and still valid at `now`.
    pub fn parse_for(
        texts: &CredentialTexts,
        mchid: &Mchid,
        world: World,
        now: Timestamp,
    ) -> Result<Credentials, CredentialsError> {
        let credentials = Credentials::parse(texts, mchid)?;
        credentials.api_certificate.expect_world(world)?;
        credentials.api_certificate.expect_valid(now)?;
        Ok(credentials)
    }
}

impl CredentialsError {
    /// Where the field that is to be corrected stands among the credentials, as a JSON pointer.
    pub fn pointer(&self) -> String {
        match self {
            CredentialsError::ApiCertificate(error) => format!("/{}", error.field()),
            CredentialsError::ApiV3Key(_) => "/api_v3_key".to_owned(),
            CredentialsError::PublicKeyId { n } => format!("/public_keys/{}/id", n - 1),
            CredentialsError::PublicKey { n, .. } => format!("/public_keys/{}/pem", n - 1),
        }
    }

    /// What to do about it.
    pub fn what_to_do(&self) -> &'static str {
        match self {
            CredentialsError::ApiCertificate(error) => error.what_to_do(),
            CredentialsError::ApiV3Key(_) => {
                "Give the 32 characters that were set as APIv3 key on the Merchant Platform, nothing before or behind them; \
                 the V2 key is another one."
            }
            CredentialsError::PublicKeyId { .. } | CredentialsError::PublicKey { .. } => {
                "Give id and key as the Merchant Platform shows them under API security, or leave public_keys out."
            }
        }
    }
}

fn public_key(text: &PublicKeyText, n: usize) -> Result<(KeyName, VerifyingKey), CredentialsError> {
    let id = KeyName::parse(text.id.trim()).ok().filter(KeyName::is_public_key_id);
    let id = id.ok_or(CredentialsError::PublicKeyId { n })?;
    let key = VerifyingKey::from_pem(&text.pem).map_err(|error| CredentialsError::PublicKey { n, error })?;
    Ok((id, key))
}
