//! Setting up here whoever is in the sandbox, and making keys for them.
//!
//! All of it can be done again at every start: what is set up already stays, credentials that a sandbox made anew are
//! taken over, a certificate that was given here since stays, and keys that somebody may be using go on.

use std::collections::{BTreeMap, BTreeSet};
use std::io;
use std::path::PathBuf;

use secrecy::{ExposeSecret, SecretString};
use store::Store;
use store::error::StoreError;
use store::merchant::Mode;
use wechatpay::ids::{Appid, IdError, Mchid, SubMchid};
use wechatpay::keys::Certificate;
use wechatpay::money::Currency;
use wechatpay::v3::caller::Region;
use wechatpay::wire::Wire;

use super::gateway_file::GatewayFile;
use super::link::Link;
use super::world_file::WorldMerchant;
use crate::admin::api_key::ApiKeyText;
use crate::admin::issuing::{self, KeyError, NewApiKey};
use crate::admin::scopes;
use crate::api::access::Scope;
use crate::gateway::Gateway;
use crate::merchants::credentials::CredentialTexts;
use crate::merchants::setting_up::{self, NewMerchant, SetUpError};
use crate::merchants::stored;
use crate::secrets::sealer::Sealer;

/// Who the audit trail says it was.
const ACTOR: &str = "serve --sandbox";

/// Why a sandbox's merchants are not set up.
#[derive(Debug, thiserror::Error)]
pub enum TakingInError {
    /// A credential cannot be read.
    #[error("cannot read `{}`: {source}. Start the sandbox with `--fresh`, and it makes new credentials", path.display())]
    Credential {
        /// The file.
        path: PathBuf,
        /// The system's answer.
        source: io::Error,
    },
    /// `world.json` describes a merchant in a way that nobody can be set up by.
    #[error("`world.json` has a merchant that cannot be set up: {why}")]
    World {
        /// What is wrong.
        why: String,
    },
    /// The merchant cannot be set up.
    #[error("merchant id {mchid} of the sandbox: {error}. {}", error.what_to_do())]
    NotSetUp {
        /// The merchant id.
        mchid: Mchid,
        /// Why.
        error: SetUpError,
    },
    /// A key cannot be made.
    #[error(transparent)]
    Key(#[from] KeyError),
    /// `gateway.json` cannot be written.
    #[error("cannot write `gateway.json` in `{}`: {source}", folder.display())]
    GatewayFile {
        /// The folder.
        folder: PathBuf,
        /// The system's answer.
        source: io::Error,
    },
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl From<IdError> for TakingInError {
    fn from(error: IdError) -> TakingInError {
        TakingInError::World { why: error.to_string() }
    }
}

/// Who a key is for: nobody for the operator's.
type Holder = Option<(Mchid, Option<SubMchid>)>;

/// Sets up the merchants of the sandbox that this gateway can serve, and writes `gateway.json` beside them with keys and
/// with `url`, where the gateway answers. What was set up before must have been loaded.
pub async fn take_in(
    link: &Link,
    gateway: &Gateway,
    sealer: &Sealer,
    url: &str,
) -> Result<GatewayFile, TakingInError> {
    let mut holders: BTreeMap<String, Holder> = BTreeMap::new();
    for merchant in &link.merchants {
        let Some((mode, wire)) = served(link, merchant) else {
            let WorldMerchant { mchid, mode, wire, .. } = merchant;
            tracing::info!(
                mchid,
                mode,
                wire,
                "this merchant of the sandbox is left out: only global ones are served, and those over V2 need an address with TLS"
            );
            continue;
        };
        let new = with_the_newer_certificate(gateway, sealer, described(link, merchant, mode, wire)?).await;
        let (mchid, sub_mchids) = (new.mchid.clone(), new.sub_mchids.clone());
        match setting_up::set_up(gateway, sealer, new, ACTOR).await {
            Ok(_) => {}
            // What was set up before stays as it was, and the other merchants have nothing to do with it.
            Err(
                error @ (SetUpError::Credentials(_)
                | SetUpError::CertificateRefused { .. }
                | SetUpError::CertificateNotProven { .. }),
            ) if gateway.merchants.get(&mchid).is_some() => {
                let folder = link.folder.join("credentials").join(mchid.as_str());
                tracing::error!(%mchid, %error, folder = %folder.display(), "this merchant's files are not taken over");
            }
            Err(error) => return Err(TakingInError::NotSetUp { mchid, error }),
        }
        for sub_mchid in sub_mchids {
            holders.insert(sub_mchid.to_string(), Some((mchid.clone(), Some(sub_mchid))));
        }
        holders.insert(mchid.to_string(), Some((mchid, None)));
    }
    let before = GatewayFile::read(&link.folder);
    let admin_key = kept_or_new(gateway, Some(&before.admin_key), "sandbox operator", &None).await?;
    let mut keys = BTreeMap::new();
    for (number, holder) in holders {
        let name = format!("sandbox {number}");
        let key = kept_or_new(gateway, before.keys.get(&number), &name, &holder).await?;
        keys.insert(number, key);
    }
    let file = GatewayFile { url: url.to_owned(), admin_key, keys };
    file.write(&link.folder)
        .map_err(|source| TakingInError::GatewayFile { folder: link.folder.clone(), source })?;
    Ok(file)
}

/// The merchant as it is described in the sandbox's folder, but with the certificate that it was given here since, if that
/// lasts longer: the folder holds the first one. A sandbox that was begun anew has other API keys; what was known of the one
/// before is worth nothing then.
async fn with_the_newer_certificate(gateway: &Gateway, sealer: &Sealer, new: NewMerchant) -> NewMerchant {
    let Ok(known) = stored::bring(&*gateway.store, sealer, &new.mchid).await else { return new };
    let keys = |texts: &CredentialTexts| {
        let exposed = |key: &Option<SecretString>| key.as_ref().map(|key| key.expose_secret().to_owned());
        (exposed(&texts.api_v3_key), exposed(&texts.api_v2_key))
    };
    let until = |texts: &CredentialTexts| {
        Certificate::from_pem(&texts.certificate_pem).ok().map(|certificate| certificate.not_after)
    };
    if keys(&known) != keys(&new.credentials) || until(&known) <= until(&new.credentials) {
        return new;
    }
    let CredentialTexts { certificate_pem, private_key_pem, .. } = known;
    NewMerchant {
        credentials: CredentialTexts { certificate_pem, private_key_pem, ..new.credentials },
        ..new
    }
}

/// How a merchant is connected, and over which version, if this gateway serves such.
fn served(link: &Link, merchant: &WorldMerchant) -> Option<(Mode, Wire)> {
    let mode = match merchant.mode.as_str() {
        "direct" => Mode::Direct,
        "institution" => Mode::Institution,
        _ => return None,
    };
    match merchant.wire.as_str() {
        "v3" => Some((mode, Wire::V3)),
        "v2" if link.mtls.is_some() => Some((mode, Wire::V2)),
        _ => None,
    }
}

fn described(
    link: &Link,
    merchant: &WorldMerchant,
    mode: Mode,
    wire: Wire,
) -> Result<NewMerchant, TakingInError> {
    let WorldMerchant { mchid, appid, settlement_currency, sub_mchids, .. } = merchant;
    let mchid = Mchid::parse(mchid)?;
    let settlement_currency = Currency::parse(settlement_currency).map_err(|_| TakingInError::World {
        why: format!("{mchid} is settled in no currency of ISO 4217"),
    })?;
    let credentials = credentials(link, &mchid)?;
    Ok(NewMerchant {
        mchid,
        mode,
        region: Region::Global,
        wire,
        appid: Appid::parse(appid)?,
        settlement_currency,
        number_form: None,
        // Without TLS first: V3 needs none, and the other address is there for refunds over V2.
        api_hosts: [Some(link.v3.clone()), link.mtls.clone()].into_iter().flatten().collect(),
        sub_mchids: sub_mchids.iter().map(|sub| SubMchid::parse(sub)).collect::<Result<_, _>>()?,
        credentials,
    })
}

/// The platform's public key, which lies beside these, is left out: answers are then verified with platform certificates,
/// which the sandbox can rotate.
fn credentials(link: &Link, mchid: &Mchid) -> Result<CredentialTexts, TakingInError> {
    let folder = link.folder.join("credentials").join(mchid.as_str());
    let optional = |name: &str| {
        let path = folder.join(name);
        match std::fs::read_to_string(&path) {
            Ok(text) => Ok(Some(text)),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(source) => Err(TakingInError::Credential { path, source }),
        }
    };
    let text = |name: &str| {
        let not_there =
            || TakingInError::Credential { path: folder.join(name), source: io::ErrorKind::NotFound.into() };
        optional(name)?.ok_or_else(not_there)
    };
    Ok(CredentialTexts {
        certificate_pem: text("apiclient_cert.pem")?,
        private_key_pem: text("apiclient_key.pem")?.into(),
        api_v3_key: optional("api_v3_key.txt")?.map(|key| key.trim().into()),
        api_v2_key: optional("api_v2_key.txt")?.map(|key| key.trim().into()),
        public_keys: Vec::new(),
    })
}

/// The key that `holder` has, if the store still knows it as such, else a new one.
async fn kept_or_new(
    gateway: &Gateway,
    before: Option<&String>,
    name: &str,
    holder: &Holder,
) -> Result<String, TakingInError> {
    let new = wanted(name, holder);
    if let Some(before) = before {
        let known = gateway.store.api_key(&ApiKeyText::presented(before).hash()).await?;
        let is_the_same = known.is_some_and(|known| {
            let scopes: BTreeSet<Scope> =
                known.scopes.iter().filter_map(|scope| Scope::parse(scope)).collect();
            (&known.mchid, &known.sub_mchid, &scopes) == (&new.mchid, &new.sub_mchid, &new.scopes)
                && issuing::is_valid(&known, gateway.clock.now())
        });
        if is_the_same {
            return Ok(before.clone());
        }
    }
    let issued = issuing::issue(gateway, new, ACTOR).await?;
    Ok(issued.key.expose().to_owned())
}

fn wanted(name: &str, holder: &Holder) -> NewApiKey {
    let (mchid, sub_mchid) = holder.clone().unzip();
    let sub_mchid = sub_mchid.flatten();
    let scopes: BTreeSet<Scope> = match (&mchid, &sub_mchid) {
        (None, _) => [Scope::Admin].into(),
        (Some(_), None) => scopes::OF_A_TENANT.into(),
        (Some(_), Some(_)) => scopes::OF_A_SUB_MERCHANT.into(),
    };
    NewApiKey { name: name.to_owned(), mchid, sub_mchid, scopes, not_after: None }
}
