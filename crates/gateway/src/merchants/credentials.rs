//! What one merchant id signs with and opens with: the texts as people have them, and the keys in them.

use std::fmt;

use jiff::Timestamp;
use secrecy::{ExposeSecret, SecretString};
use wechatpay::ids::Mchid;
use wechatpay::keys::{ApiV3Key, KeyError, KeyName, VerifyingKey};
use wechatpay::v2::key::{ApiV2Key, ApiV2KeyError};
use wechatpay::wire::Wire;

use super::api_certificate::{ApiCertificate, ApiCertificateError};
use crate::gateway::World;

/// The credentials of a merchant id as texts. Prints none of the secret ones.
#[derive(Clone)]
pub struct CredentialTexts {
    /// The certificate, as `apiclient_cert.pem` has it.
    pub certificate_pem: String,
    /// Its private key, as `apiclient_key.pem` has it.
    pub private_key_pem: SecretString,
    /// The APIv3 key, 32 characters; needed over V3.
    pub api_v3_key: Option<SecretString>,
    /// The APIv2 key, 32 letters and digits; needed over V2.
    pub api_v2_key: Option<SecretString>,
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

impl CredentialTexts {
    /// These, with the keys of `kept` where none is given: whoever moves from one version of the interface to the other still
    /// has refunds over the one before.
    pub fn or_keys_of(self, kept: CredentialTexts) -> CredentialTexts {
        CredentialTexts {
            api_v3_key: self.api_v3_key.or(kept.api_v3_key),
            api_v2_key: self.api_v2_key.or(kept.api_v2_key),
            ..self
        }
    }
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
    /// What opens sealed resources of V3.
    pub api_v3_key: Option<ApiV3Key>,
    /// What signs over V2.
    pub api_v2_key: Option<ApiV2Key>,
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
    /// The APIv2 key.
    #[error("api_v2_key: {0}")]
    ApiV2Key(ApiV2KeyError),
    /// The version of the interface has no key.
    #[error("{} is missing, and {wire:?} signs with it", key_field(*wire))]
    NoKey {
        /// The version.
        wire: Wire,
    },
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

/// The field with the key of a version of the interface.
const fn key_field(wire: Wire) -> &'static str {
    match wire {
        Wire::V3 => "api_v3_key",
        Wire::V2 => "api_v2_key",
    }
}

impl Credentials {
    /// The keys in `texts`, which must belong to `mchid` and do for `wire`.
    pub fn parse(
        texts: &CredentialTexts,
        mchid: &Mchid,
        wire: Wire,
    ) -> Result<Credentials, CredentialsError> {
        let CredentialTexts { certificate_pem, private_key_pem, api_v3_key, api_v2_key, public_keys } = texts;
        let api_certificate = ApiCertificate::parse(certificate_pem, private_key_pem.expose_secret(), mchid)?;
        api_certificate.expect_wire(wire)?;
        let api_v3_key = api_v3_key.as_ref().map(|key| ApiV3Key::parse(key.expose_secret().as_bytes()));
        let api_v2_key = api_v2_key.as_ref().map(|key| ApiV2Key::parse(key.expose_secret()));
        let has_key = match wire {
            Wire::V3 => api_v3_key.is_some(),
            Wire::V2 => api_v2_key.is_some(),
        };
        if !has_key {
            return Err(CredentialsError::NoKey { wire });
        }
        let public_keys = public_keys.iter().zip(1..).map(|(key, n)| public_key(key, n));
        Ok(Credentials {
            api_certificate,
            api_v3_key: api_v3_key.transpose().map_err(CredentialsError::ApiV3Key)?,
            api_v2_key: api_v2_key.transpose().map_err(CredentialsError::ApiV2Key)?,
            public_keys: public_keys.collect::<Result<_, _>>()?,
        })
    }

    /// The same, if its certificate is of `world` and still valid at `now`.
    pub fn parse_for(
        texts: &CredentialTexts,
        mchid: &Mchid,
        wire: Wire,
        world: World,
        now: Timestamp,
    ) -> Result<Credentials, CredentialsError> {
        let credentials = Credentials::parse(texts, mchid, wire)?;
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
            CredentialsError::ApiV2Key(_) => "/api_v2_key".to_owned(),
            CredentialsError::NoKey { wire } => format!("/{}", key_field(*wire)),
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
            CredentialsError::ApiV2Key(_) => {
                "Give the 32 letters and digits that were set as API key of V2 on the Merchant Platform, nothing before or behind \
                 them; the APIv3 key is another one."
            }
            CredentialsError::NoKey { .. } => {
                "Give it as it was set on the Merchant Platform, or set the merchant id up for the other version."
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
