//! Setting a merchant id up, or another way than before: everything is checked, then stored, then in force.
//!
//! What runs with an old certificate finishes with it: the registry gets a new line, and the old one lives as long as
//! somebody holds it.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use refunds::key::NumberForm;
use refunds::weight::Weight;
use store::Store;
use store::error::StoreError;
use store::merchant::{Merchant, Mode, Put};
use wechatpay::ids::{Appid, Mchid, SubMchid};
use wechatpay::keys::KeyName;
use wechatpay::money::Currency;
use wechatpay::v2::key::ApiV2Key;
use wechatpay::v3::caller::Region;
use wechatpay::wire::Wire;

use super::account::Account;
use super::api_certificate::ApiCertificate;
use super::api_host::{self, ApiHostError};
use super::credentials::{CredentialTexts, Credentials, CredentialsError};
use super::renewal;
use super::stored::{self, StoredError};
use crate::admin::trail::{self, Act};
use crate::gateway::{Gateway, World};
use crate::secrets::sealer::{NotSealed, Sealer};
use crate::wechat::connection::{Connection, MerchantCertificate, V2Keys, V3Keys};
use crate::wechat::line::{Line, LineError};
use crate::wechat::signer::{LocalSigner, Signer};

/// A merchant id as somebody wants it set up.
#[derive(Debug, Clone)]
pub struct NewMerchant {
    /// The merchant id.
    pub mchid: Mchid,
    /// How it is connected.
    pub mode: Mode,
    /// Its branch of WeChat Pay.
    pub region: Region,
    /// The version of the interface.
    pub wire: Wire,
    /// The app id its requests bear.
    pub appid: Appid,
    /// The currency it is settled in.
    pub settlement_currency: Currency,
    /// How its numbers are formed; what they were before, or what is usual for the mode, if left out.
    pub number_form: Option<NumberForm>,
    /// Base URLs of WeChat Pay, the first of which is used and the others are fallbacks; none for WeChat Pay's own.
    pub api_hosts: Vec<String>,
    /// Sub-merchants it serves, beside those it serves already. None is ever taken away.
    pub sub_mchids: BTreeSet<SubMchid>,
    /// What it signs with.
    pub credentials: CredentialTexts,
}

/// What became of a merchant id, or of a sub-merchant.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SetUp {
    /// It is new.
    Created,
    /// It was there and is now set up another way.
    Changed,
    /// It was there, and nothing differs.
    Same,
}

/// Why a merchant id is not set up as somebody wants it.
#[derive(Debug, thiserror::Error)]
pub enum SetUpError {
    /// There is no such merchant id.
    #[error("merchant id {mchid} is not set up")]
    NotThere {
        /// The merchant id.
        mchid: Mchid,
    },
    /// A branch that is not served yet.
    #[error("{what} is not served by this version of the gateway")]
    NotServed {
        /// What.
        what: &'static str,
        /// The field, as a JSON pointer.
        pointer: &'static str,
    },
    /// A directly connected merchant serves nobody.
    #[error("{mchid} is a directly connected merchant and serves no sub-merchants")]
    DirectServesNobody {
        /// The merchant id.
        mchid: Mchid,
    },
    /// It is connected in another way, and its orders, keys and sub-merchants rest on that.
    #[error("{mchid} is set up already, and how it is connected does not change")]
    ModeIsFixed {
        /// The merchant id.
        mchid: Mchid,
    },
    /// Its numbers are formed in another way.
    #[error("{mchid} has refunds, and how their numbers are formed was fixed with the first")]
    NumberFormIsFixed {
        /// The merchant id.
        mchid: Mchid,
    },
    /// A host, by its place on the list.
    #[error("api_hosts: {error}")]
    ApiHost {
        /// Which, from 0.
        n: usize,
        /// What is wrong with it.
        error: ApiHostError,
    },
    /// The credentials.
    #[error(transparent)]
    Credentials(#[from] CredentialsError),
    /// WeChat Pay does not take what is signed with a new certificate.
    #[error("WeChat Pay does not take calls that are signed with certificate {serial_no}")]
    CertificateRefused {
        /// Its serial number.
        serial_no: KeyName,
    },
    /// Nobody knows whether WeChat Pay takes a new certificate.
    #[error("WeChat Pay gave no clear answer to a call that was signed with certificate {serial_no}")]
    CertificateNotProven {
        /// Its serial number.
        serial_no: KeyName,
    },
    /// No way to WeChat Pay could be made of it.
    #[error("no connection to WeChat Pay can be made: {0}")]
    Line(#[from] LineError),
    /// Nothing was sealed.
    #[error(transparent)]
    NotSealed(#[from] NotSealed),
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl From<StoredError> for SetUpError {
    fn from(error: StoredError) -> SetUpError {
        match error {
            StoredError::NotSealed(error) => error.into(),
            StoredError::Store(error) => error.into(),
            unreadable @ (StoredError::Missing { .. } | StoredError::NotOpened { .. }) => {
                SetUpError::Store(StoreError::Failed {
                    what: "reading credentials",
                    why: unreadable.to_string(),
                })
            }
        }
    }
}

/// Sets a merchant id up as `new` says, and writes who did it into its audit trail.
pub async fn set_up(
    gateway: &Gateway,
    sealer: &Sealer,
    new: NewMerchant,
    actor: &str,
) -> Result<SetUp, SetUpError> {
    let _changing = gateway.merchants.changing().await;
    let before = gateway.merchants.get(&new.mchid);
    let kept = match &before {
        // What does not open any more is put right by what is given now.
        Some(_) => stored::bring(&*gateway.store, sealer, &new.mchid).await.ok(),
        None => None,
    };
    let texts = match kept {
        Some(kept) => new.credentials.clone().or_keys_of(kept),
        None => new.credentials.clone(),
    };
    let credentials = new.check(gateway, &texts)?;
    let merchant = new.beside(before.as_ref().map(|before| &before.merchant), gateway.settings.world)?;
    let in_force = before.as_ref().and_then(|before| before.line.as_ref()).map(|line| line.certificate().0);
    let is_renewed = in_force.is_some_and(|in_force| *in_force != credentials.api_certificate.serial_no);
    let fallback = match &before {
        None => Before::default(),
        Some(_) => Before {
            certificate: match is_renewed {
                true => renewal::in_force(gateway, sealer, &merchant.mchid).await?,
                false => stored::certificate_before(&*gateway.store, sealer, &merchant.mchid).await?,
            },
            api_v2_key: stored::api_v2_key_before(&*gateway.store, sealer, &merchant.mchid, &texts).await?,
        },
    };
    if is_renewed {
        renewal::prove(gateway, &merchant, &credentials).await?;
    }
    let line = open_line(gateway, &merchant, credentials.clone(), fallback)?;

    put(gateway, &merchant).await?;
    let renewed = stored::keep(&*gateway.store, sealer, &merchant.mchid, &new.credentials).await?;
    let difference = before.as_ref().map(|before| before.merchant != merchant || before.line.is_none());
    let outcome = match difference {
        None => SetUp::Created,
        Some(false) if renewed.is_empty() => return Ok(SetUp::Same),
        Some(_) => SetUp::Changed,
    };
    let detail = describe(&merchant, &credentials, &renewed);
    let action = if outcome == SetUp::Created { "merchant.create" } else { "merchant.change" };
    trail::record(gateway, &merchant.mchid, Act { actor, action, detail: &detail }).await?;
    gateway.merchants.put(Account { merchant, line: Some(line) });
    Ok(outcome)
}

/// Adds a sub-merchant to those an institution serves, or gives one that it serves another weight. Without a weight it keeps the
/// one it has, or begins with the usual one.
pub async fn put_sub_merchant(
    gateway: &Gateway,
    mchid: &Mchid,
    sub_mchid: SubMchid,
    weight: Option<Weight>,
    actor: &str,
) -> Result<SetUp, SetUpError> {
    let _changing = gateway.merchants.changing().await;
    let account =
        gateway.merchants.get(mchid).ok_or_else(|| SetUpError::NotThere { mchid: mchid.clone() })?;
    let mut merchant = account.merchant.clone();
    if merchant.mode == Mode::Direct {
        return Err(SetUpError::DirectServesNobody { mchid: mchid.clone() });
    }
    let before = merchant.sub_merchants.get(&sub_mchid).copied();
    let weight = weight.or(before).unwrap_or_default();
    let outcome = match before {
        None => SetUp::Created,
        Some(before) if before == weight => return Ok(SetUp::Same),
        Some(_) => SetUp::Changed,
    };
    let detail = match weight {
        Weight::USUAL if before.is_none() => sub_mchid.to_string(),
        _ => format!("{sub_mchid}, weight {weight}"),
    };
    merchant.sub_merchants.insert(sub_mchid, weight);
    put(gateway, &merchant).await?;
    let action = if outcome == SetUp::Created { "sub_merchant.add" } else { "sub_merchant.change" };
    trail::record(gateway, mchid, Act { actor, action, detail: &detail }).await?;
    gateway.merchants.put(Account { merchant, line: account.line.clone() });
    Ok(outcome)
}

/// What was in force before what is, to fall back to.
#[derive(Debug, Default)]
pub(super) struct Before {
    pub(super) certificate: Option<ApiCertificate>,
    pub(super) api_v2_key: Option<ApiV2Key>,
}

/// The way to WeChat Pay of `merchant`, with what was in force before to fall back to.
pub(super) fn open_line(
    gateway: &Gateway,
    merchant: &Merchant,
    credentials: Credentials,
    before: Before,
) -> Result<Arc<Line>, LineError> {
    let Credentials { api_certificate, api_v3_key, api_v2_key, public_keys } = credentials;
    let connection = Connection {
        mchid: merchant.mchid.clone(),
        region: merchant.region,
        hosts: api_host::of(merchant),
        wire: merchant.wire,
        certificate: used(api_certificate),
        certificate_before: before.certificate.map(used),
        v3: api_v3_key.map(|api_v3_key| V3Keys { api_v3_key, public_keys }),
        v2: api_v2_key.map(|api_v2_key| V2Keys {
            appid: merchant.appid.clone(),
            api_v2_key,
            api_v2_key_before: before.api_v2_key,
        }),
        is_sandbox: merchant.is_sandbox,
        sandbox_ca: gateway.settings.sandbox_ca.clone(),
    };
    Ok(Arc::new(Line::new(connection, gateway.clock.clone(), gateway.activity.clone())?))
}

/// A certificate with what each version of the interface uses of it.
fn used(certificate: ApiCertificate) -> MerchantCertificate {
    let goes_over_v3 = certificate.expect_wire(Wire::V3).is_ok();
    let ApiCertificate { serial_no, not_after, key, identity, .. } = certificate;
    let signer: Arc<dyn Signer> = Arc::new(LocalSigner::new(serial_no.clone(), key));
    MerchantCertificate {
        serial_no,
        not_after,
        signer: goes_over_v3.then_some(signer),
        identity: Some(identity),
    }
}

async fn put(gateway: &Gateway, merchant: &Merchant) -> Result<(), SetUpError> {
    match gateway.store.put_merchant(merchant.clone()).await? {
        Put::Stored => Ok(()),
        Put::NumberFormIsFixed => Err(SetUpError::NumberFormIsFixed { mchid: merchant.mchid.clone() }),
    }
}

/// What the audit trail says of a merchant id that was set up. Nothing in it is secret.
fn describe(merchant: &Merchant, credentials: &Credentials, renewed: &[&str]) -> String {
    let mode = match merchant.mode {
        Mode::Direct => "direct",
        Mode::Institution => "institution",
    };
    let region = match merchant.region {
        Region::Global => "global",
        Region::Mainland => "mainland",
    };
    let numbers = match merchant.number_form {
        NumberForm::Prefixed => "prefixed",
        NumberForm::AsGiven => "as given",
    };
    let subs: Vec<&str> = merchant.sub_merchants.keys().map(SubMchid::as_str).collect();
    format!(
        "{mode}, {region}, {:?}, app {}, settled in {}, numbers {numbers}, hosts {}, sub-merchants {}, certificate {} until {}; \
         new credentials: {}",
        merchant.wire,
        merchant.appid,
        merchant.settlement_currency.code(),
        listed(&merchant.api_hosts, "WeChat Pay's own"),
        listed(&subs, "none"),
        credentials.api_certificate.serial_no,
        credentials.api_certificate.not_after,
        listed(renewed, "none"),
    )
}

/// The names with commas between them; `none` if there are none.
fn listed<T: AsRef<str>>(names: &[T], none: &str) -> String {
    let names: Vec<&str> = names.iter().map(AsRef::as_ref).collect();
    if names.is_empty() { none.to_owned() } else { names.join(", ") }
}

impl NewMerchant {
    /// The credentials in `texts`, if everything is in order.
    fn check(&self, gateway: &Gateway, texts: &CredentialTexts) -> Result<Credentials, SetUpError> {
        if self.region == Region::Mainland {
            return Err(SetUpError::NotServed { what: "the mainland", pointer: "/region" });
        }
        if self.mode == Mode::Direct && !self.sub_mchids.is_empty() {
            return Err(SetUpError::DirectServesNobody { mchid: self.mchid.clone() });
        }
        let (world, now) = (gateway.settings.world, gateway.clock.now());
        Ok(Credentials::parse_for(texts, &self.mchid, self.wire, world, now)?)
    }

    /// The merchant as it will be, beside what it was.
    fn beside(&self, before: Option<&Merchant>, world: World) -> Result<Merchant, SetUpError> {
        let NewMerchant { mchid, mode, region, wire, appid, settlement_currency, .. } = self;
        // An order belongs to a sub-merchant or to nobody: read the other way it would be another order, with nothing
        // refunded of it.
        if before.is_some_and(|before| before.mode != *mode) {
            return Err(SetUpError::ModeIsFixed { mchid: mchid.clone() });
        }
        let api_hosts =
            self.api_hosts.iter().enumerate().map(|(n, host)| {
                api_host::parse(host, world).map_err(|error| SetUpError::ApiHost { n, error })
            });
        let api_hosts = api_hosts.collect::<Result<Vec<String>, _>>()?;
        if world == World::Sandbox && api_hosts.is_empty() {
            return Err(SetUpError::ApiHost { n: 0, error: ApiHostError::NoneInSandbox });
        }
        let usual_form = match mode {
            Mode::Institution => NumberForm::Prefixed,
            Mode::Direct => NumberForm::AsGiven,
        };
        let usual = self.sub_mchids.iter().map(|sub_mchid| (sub_mchid.clone(), Weight::USUAL));
        let mut sub_merchants: BTreeMap<SubMchid, Weight> = usual.collect();
        // Who is served already keeps its weight.
        if let Some(before) = before.filter(|_| *mode == Mode::Institution) {
            sub_merchants.extend(before.sub_merchants.clone());
        }
        Ok(Merchant {
            mchid: mchid.clone(),
            mode: *mode,
            number_form: self.number_form.or(before.map(|before| before.number_form)).unwrap_or(usual_form),
            settlement_currency: *settlement_currency,
            wire: *wire,
            region: *region,
            appid: appid.clone(),
            api_hosts,
            is_sandbox: world == World::Sandbox,
            sub_merchants,
        })
    }
}

impl SetUpError {
    /// The field that is to be corrected, as a JSON pointer into a [`NewMerchant`]'s request.
    pub fn pointer(&self) -> Option<String> {
        match self {
            SetUpError::NotServed { pointer, .. } => Some((*pointer).to_owned()),
            SetUpError::DirectServesNobody { .. } => Some("/sub_mchids".to_owned()),
            SetUpError::ModeIsFixed { .. } => Some("/mode".to_owned()),
            SetUpError::NumberFormIsFixed { .. } => Some("/number_form".to_owned()),
            SetUpError::ApiHost { n: _, error: ApiHostError::NoneInSandbox } => Some("/api_hosts".to_owned()),
            SetUpError::ApiHost { n, .. } => Some(format!("/api_hosts/{n}")),
            SetUpError::Credentials(error) => Some(error.pointer()),
            SetUpError::CertificateRefused { .. } => Some("/certificate_pem".to_owned()),
            SetUpError::Line(LineError::NoTls) => Some("/api_hosts".to_owned()),
            SetUpError::NotThere { .. }
            | SetUpError::CertificateNotProven { .. }
            | SetUpError::Line(_)
            | SetUpError::NotSealed(_)
            | SetUpError::Store(_) => None,
        }
    }

    /// What to do about it.
    pub fn what_to_do(&self) -> &'static str {
        match self {
            SetUpError::NotThere { .. } => "Set it up first with `POST /v1/admin/merchants`.",
            SetUpError::NotServed { .. } => {
                "Only global merchant ids can be set up; leave this one out for now."
            }
            SetUpError::DirectServesNobody { .. } => {
                "Leave the sub-merchants out, or set the merchant id up with the mode `institution`."
            }
            SetUpError::ModeIsFixed { .. } => "Give the mode it has; `GET /v1/admin/merchants` shows it.",
            SetUpError::NumberFormIsFixed { .. } => {
                "Leave number_form out to keep what it is; other numbers would be other refunds at WeChat Pay."
            }
            SetUpError::ApiHost { error, .. } => error.what_to_do(),
            SetUpError::Credentials(error) => error.what_to_do(),
            SetUpError::CertificateRefused { .. } => {
                "See on the Merchant Platform whether this certificate is in force, and give the key it was made with; \
                 the one that was in force stays so."
            }
            SetUpError::CertificateNotProven { .. } => {
                "Send the same request again in a minute; the certificate that was in force stays so."
            }
            SetUpError::Line(LineError::NoTls) => {
                "Give a host that begins with `https://`; a sandbox's is `mtls` in its `world.json`."
            }
            SetUpError::Line(_) | SetUpError::NotSealed(_) | SetUpError::Store(_) => {
                "Look at the gateway's log; the same request may be sent again."
            }
        }
    }
}
