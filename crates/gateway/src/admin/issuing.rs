//! Making, replacing and taking back keys of the API.
//!
//! A key is replaced without a failed request by having two for a while: the new one is made, the old one gets an end,
//! and whoever holds it has until then.

use std::collections::BTreeSet;
use std::fmt;
use std::time::Duration;

use jiff::Timestamp;
use store::Store;
use store::error::StoreError;
use store::merchant::{ApiKey, Mode};
use wechatpay::ids::{Mchid, SubMchid};

use super::api_key::{ApiKeyText, NoRandomness, beginning_of};
use super::trail::{self, Act};
use crate::api::access::Scope;
use crate::gateway::Gateway;

/// A key as somebody wants it.
#[derive(Debug, Clone)]
pub struct NewApiKey {
    /// What people call it, 1 to 64 characters.
    pub name: String,
    /// The merchant id it is bound to; none for an operator's.
    pub mchid: Option<Mchid>,
    /// The sub-merchant it is bound to, if to one.
    pub sub_mchid: Option<SubMchid>,
    /// What it may do.
    pub scopes: BTreeSet<Scope>,
    /// The last instant at which it is taken; none for no end.
    pub not_after: Option<Timestamp>,
}

/// A key that was just made. The text is nowhere else and cannot be had again.
#[derive(Debug, Clone)]
pub struct Issued {
    /// The key, to be shown once.
    pub key: ApiKeyText,
    /// What is stored of it.
    pub stored: ApiKey,
}

/// Why a key is not made, replaced or taken back.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum KeyRefusal {
    /// The name.
    #[error("the name of a key has 1 to 64 characters and no control characters")]
    Name,
    /// Nothing it may do.
    #[error("a key without scopes opens nothing")]
    NoScopes,
    /// An operator's key opens nothing of a tenant's, and the reverse.
    #[error("a key without mchid is an operator's and has the scope `admin` alone")]
    OperatorOnly,
    /// `admin` bound to a merchant id.
    #[error("the scope `admin` is for keys without mchid")]
    AdminIsBound,
    /// Pool figures tell of the neighbours.
    #[error("the scope `pools:read` is for keys of the merchant id, not of a sub-merchant")]
    PoolsOfASubMerchant,
    /// Its end is past.
    #[error("not_after is not later than now")]
    Over,
    /// A sub-merchant without its institution.
    #[error("sub_mchid is given without mchid")]
    SubMerchantOfNobody,
    /// No such merchant id.
    #[error("merchant id {mchid} is not set up")]
    UnknownMerchant {
        /// The merchant id.
        mchid: Mchid,
    },
    /// No such sub-merchant.
    #[error("{sub_mchid} is not a sub-merchant of {mchid}")]
    UnknownSubMerchant {
        /// The merchant id.
        mchid: Mchid,
        /// The sub-merchant.
        sub_mchid: SubMchid,
    },
    /// No such key.
    #[error("there is no such key")]
    UnknownKey,
    /// Nobody could operate the gateway any more.
    #[error("this is the last key with the scope `admin`")]
    LastOperator,
}

/// Why a key is not made, replaced or taken back, or that nobody knows.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum KeyError {
    /// It may not be.
    #[error(transparent)]
    Refused(#[from] KeyRefusal),
    /// It cannot be made.
    #[error(transparent)]
    NoRandomness(#[from] NoRandomness),
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Makes a key.
pub async fn issue(gateway: &Gateway, new: NewApiKey, actor: &str) -> Result<Issued, KeyError> {
    new.check(gateway)?;
    let issued = make(gateway.clock.now(), new)?;
    gateway.store.put_api_key(issued.stored.clone()).await?;
    tell(gateway, &issued.stored, actor, "key.create").await?;
    Ok(issued)
}

/// Makes a key that may do what the one with this hash may, and ends that one `overlap` from now, or earlier if its end
/// was earlier.
pub async fn replace(
    gateway: &Gateway,
    hash: &[u8; 32],
    overlap: Duration,
    actor: &str,
) -> Result<Issued, KeyError> {
    let old = gateway.store.api_key(hash).await?.ok_or(KeyRefusal::UnknownKey)?;
    let now = gateway.clock.now();
    let new = NewApiKey {
        name: old.name.clone(),
        mchid: old.mchid.clone(),
        sub_mchid: old.sub_mchid.clone(),
        scopes: old.scopes.iter().filter_map(|scope| Scope::parse(scope)).collect(),
        not_after: None,
    };
    let issued = make(now, new)?;
    gateway.store.put_api_key(issued.stored.clone()).await?;
    // After the new one is stored: a holder must never be without any.
    let end = now.saturating_add(overlap).unwrap_or(Timestamp::MAX);
    let end = old.not_after.map_or(end, |earlier| earlier.min(end));
    gateway.store.put_api_key(ApiKey { not_after: Some(end), ..old.clone() }).await?;
    gateway.known_keys.forget(&old.hash);
    tell(gateway, &issued.stored, actor, "key.replace").await?;
    Ok(issued)
}

/// Takes the key with this hash back. From now on it opens nothing.
pub async fn revoke(gateway: &Gateway, hash: &[u8; 32], actor: &str) -> Result<(), KeyError> {
    // Two operators who revoke each other's keys at once must not both succeed.
    let _changing = gateway.merchants.changing().await;
    let key = gateway.store.api_key(hash).await?.ok_or(KeyRefusal::UnknownKey)?;
    if key.mchid.is_none() {
        let now = gateway.clock.now();
        let others = gateway.store.api_keys(None).await?;
        if !others.iter().any(|other| other.hash != *hash && is_valid(other, now)) {
            return Err(KeyRefusal::LastOperator.into());
        }
    }
    let was_there = gateway.store.remove_api_key(hash).await?;
    gateway.known_keys.forget(hash);
    if !was_there {
        return Err(KeyRefusal::UnknownKey.into());
    }
    tell(gateway, &key, actor, "key.revoke").await?;
    Ok(())
}

/// Whether a key is taken at `now`; its last instant counts.
pub fn is_valid(key: &ApiKey, now: Timestamp) -> bool {
    key.not_after.is_none_or(|not_after| now <= not_after)
}

/// The key that was asked for, and what is to be stored of it.
pub(super) fn make(now: Timestamp, new: NewApiKey) -> Result<Issued, NoRandomness> {
    let NewApiKey { name, mchid, sub_mchid, scopes, not_after } = new;
    let key = ApiKeyText::generate()?;
    let stored = ApiKey {
        hash: key.hash(),
        name,
        mchid,
        sub_mchid,
        scopes: scopes.into_iter().map(|scope| scope.as_str().to_owned()).collect(),
        created_at: now,
        not_after,
    };
    Ok(Issued { key, stored })
}

async fn tell(gateway: &Gateway, key: &ApiKey, actor: &str, action: &str) -> Result<(), StoreError> {
    let detail = Told(key).to_string();
    let act = Act { actor, action, detail: &detail };
    match &key.mchid {
        Some(mchid) => trail::record(gateway, mchid, act).await,
        None => {
            trail::announce(act);
            Ok(())
        }
    }
}

/// A key as the audit trail tells of it.
struct Told<'a>(&'a ApiKey);

impl fmt::Display for Told<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let ApiKey { hash, name, mchid: _, sub_mchid, scopes, created_at: _, not_after } = self.0;
        let scopes: Vec<&str> = scopes.iter().map(String::as_str).collect();
        write!(f, "key {} `{name}`, may {}", beginning_of(hash), scopes.join(", "))?;
        if let Some(sub_mchid) = sub_mchid {
            write!(f, ", sub-merchant {sub_mchid}")?;
        }
        match not_after {
            Some(not_after) => write!(f, ", until {not_after}"),
            None => Ok(()),
        }
    }
}

impl NewApiKey {
    fn check(&self, gateway: &Gateway) -> Result<(), KeyRefusal> {
        let characters = self.name.chars().count();
        if !(1..=64).contains(&characters) || self.name.chars().any(char::is_control) {
            return Err(KeyRefusal::Name);
        }
        if self.scopes.is_empty() {
            return Err(KeyRefusal::NoScopes);
        }
        if self.not_after.is_some_and(|not_after| not_after <= gateway.clock.now()) {
            return Err(KeyRefusal::Over);
        }
        match (&self.mchid, &self.sub_mchid) {
            (None, Some(_)) => Err(KeyRefusal::SubMerchantOfNobody),
            (None, None) if self.scopes.iter().any(|scope| *scope != Scope::Admin) => {
                Err(KeyRefusal::OperatorOnly)
            }
            (None, None) => Ok(()),
            (Some(_), _) if self.scopes.contains(&Scope::Admin) => Err(KeyRefusal::AdminIsBound),
            (Some(_), Some(_)) if self.scopes.contains(&Scope::PoolsRead) => {
                Err(KeyRefusal::PoolsOfASubMerchant)
            }
            (Some(mchid), sub_mchid) => is_bound_to_somebody(gateway, mchid, sub_mchid.as_ref()),
        }
    }
}

fn is_bound_to_somebody(
    gateway: &Gateway,
    mchid: &Mchid,
    sub_mchid: Option<&SubMchid>,
) -> Result<(), KeyRefusal> {
    let account = gateway.merchants.get(mchid);
    let merchant = account.as_ref().map(|account| &account.merchant);
    let merchant = merchant.ok_or_else(|| KeyRefusal::UnknownMerchant { mchid: mchid.clone() })?;
    let Some(sub_mchid) = sub_mchid else { return Ok(()) };
    match merchant.mode == Mode::Institution && merchant.sub_merchants.contains_key(sub_mchid) {
        true => Ok(()),
        false => Err(KeyRefusal::UnknownSubMerchant { mchid: mchid.clone(), sub_mchid: sub_mchid.clone() }),
    }
}

impl KeyRefusal {
    /// The field that is to be corrected, as a JSON pointer.
    pub fn pointer(&self) -> Option<&'static str> {
        match self {
            KeyRefusal::Name => Some("/name"),
            KeyRefusal::NoScopes
            | KeyRefusal::OperatorOnly
            | KeyRefusal::AdminIsBound
            | KeyRefusal::PoolsOfASubMerchant => Some("/scopes"),
            KeyRefusal::Over => Some("/not_after"),
            KeyRefusal::SubMerchantOfNobody | KeyRefusal::UnknownMerchant { .. } => Some("/mchid"),
            KeyRefusal::UnknownSubMerchant { .. } => Some("/sub_mchid"),
            KeyRefusal::UnknownKey | KeyRefusal::LastOperator => None,
        }
    }

    /// What to do about it.
    pub fn what_to_do(&self) -> &'static str {
        match self {
            KeyRefusal::Name => "Give a name by which people will know the key again.",
            KeyRefusal::NoScopes => "Name what the key may do, e.g. `refunds:read`.",
            KeyRefusal::OperatorOnly => "Give the mchid the key is for, or the scope `admin` alone.",
            KeyRefusal::AdminIsBound => "Leave `admin` out, or make a key of its own for it, without mchid.",
            KeyRefusal::PoolsOfASubMerchant => "Leave `pools:read` out, or sub_mchid.",
            KeyRefusal::Over => "Give a later instant, or leave not_after out.",
            KeyRefusal::SubMerchantOfNobody => "Give the institution's mchid with it.",
            KeyRefusal::UnknownMerchant { .. } => "Set it up first with `POST /v1/admin/merchants`.",
            KeyRefusal::UnknownSubMerchant { .. } => {
                "Add it first with `POST /v1/admin/merchants/{mchid}/sub-merchants`."
            }
            KeyRefusal::UnknownKey => "Look the key's id up with `GET /v1/admin/keys`.",
            KeyRefusal::LastOperator => "Make another key with the scope `admin` first.",
        }
    }
}
