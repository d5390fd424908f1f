//! Who asks, and what they may do.

use aws_lc_rs::digest;
use axum::extract::{FromRef, FromRequestParts};
use axum::http::header::AUTHORIZATION;
use axum::http::request::Parts;
use store::merchant::ApiKey;
use store::reading;
use wechatpay::ids::{Mchid, SubMchid};

use super::passage::Passage;
use super::problem::{Code, Problem};
use crate::admin::api_key::beginning_of;
use crate::gateway::Gateway;

/// The beginning of every key, so that one is recognised where it should not lie.
pub const PREFIX: &str = "tg_";

/// What a key may do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Scope {
    /// See refunds and orders.
    RefundsRead,
    /// Create, cancel and check refunds.
    RefundsWrite,
    /// Retry refunds.
    RefundsOperate,
    /// Report payments.
    PaymentsWrite,
    /// See the figures of pools.
    PoolsRead,
    /// Set up webhooks.
    WebhooksWrite,
    /// Set up merchant ids and keys.
    Admin,
}

impl Scope {
    /// Every scope.
    pub const ALL: [Scope; 7] = [
        Scope::RefundsRead,
        Scope::RefundsWrite,
        Scope::RefundsOperate,
        Scope::PaymentsWrite,
        Scope::PoolsRead,
        Scope::WebhooksWrite,
        Scope::Admin,
    ];

    /// Its name.
    pub const fn as_str(self) -> &'static str {
        match self {
            Scope::RefundsRead => "refunds:read",
            Scope::RefundsWrite => "refunds:write",
            Scope::RefundsOperate => "refunds:operate",
            Scope::PaymentsWrite => "payments:write",
            Scope::PoolsRead => "pools:read",
            Scope::WebhooksWrite => "webhooks:write",
            Scope::Admin => "admin",
        }
    }

    /// The scope named `text`.
    pub fn parse(text: &str) -> Option<Scope> {
        Scope::ALL.into_iter().find(|scope| scope.as_str() == text)
    }
}

/// The SHA-256 of a key's whole text: what it is stored and found by.
pub fn hash(key: &str) -> [u8; 32] {
    let mut hash = [0; 32];
    hash.copy_from_slice(digest::digest(&digest::SHA256, key.as_bytes()).as_ref());
    hash
}

/// Whoever sent a request, by the key it bears.
#[derive(Debug, Clone)]
pub struct Caller {
    /// The key, valid now.
    pub key: ApiKey,
}

impl<S> FromRequestParts<S> for Caller
where
    S: Send + Sync,
    Gateway: FromRef<S>,
{
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Caller, Problem> {
        let gateway = Gateway::from_ref(state);
        let text = parts.headers.get(AUTHORIZATION).ok_or_else(|| Problem::new(Code::KeyMissing))?;
        let key = text.to_str().ok().and_then(bearer).ok_or_else(|| Problem::new(Code::KeyMissing))?;
        let unknown = || Problem::new(Code::KeyUnknown);
        if !key.starts_with(PREFIX) {
            return Err(unknown());
        }
        let key = gateway.known_keys.find(&*gateway.store, &hash(key)).await?.ok_or_else(unknown)?;
        if let Some(passage) = parts.extensions.get::<Passage>() {
            passage.name_key(&key.name);
        }
        if key.not_after.is_some_and(|end| gateway.clock.now() > end) {
            return Err(Problem::new(Code::KeyExpired));
        }
        Ok(Caller { key })
    }
}

/// The key in `Bearer KEY`, by RFC 6750.
fn bearer(text: &str) -> Option<&str> {
    let (scheme, key) = text.split_once(' ')?;
    let key = key.trim_start_matches(' ');
    (scheme.eq_ignore_ascii_case("bearer") && !key.is_empty()).then_some(key)
}

impl Caller {
    /// That the key has `scope`.
    pub fn require(&self, scope: Scope) -> Result<(), Problem> {
        if self.has(scope) { Ok(()) } else { Err(missing(scope)) }
    }

    /// That the key has `scope`, where the address itself names the merchant id: there the operator's `admin` is enough.
    pub fn require_for_named(&self, scope: Scope) -> Result<(), Problem> {
        if self.is_operator() && self.has(Scope::Admin) { Ok(()) } else { self.require(scope) }
    }

    fn has(&self, scope: Scope) -> bool {
        self.key.scopes.contains(scope.as_str())
    }

    /// Whether the key is the operator's own and belongs to no merchant id.
    pub fn is_operator(&self) -> bool {
        self.key.mchid.is_none()
    }

    /// The caller as the audit trail names them: their key's name, and the beginning of its id.
    pub fn actor(&self) -> String {
        format!("{} ({})", self.key.name, beginning_of(&self.key.hash))
    }

    /// The merchant id the key is bound to.
    pub fn mchid(&self) -> Result<&Mchid, Problem> {
        self.key.mchid.as_ref().ok_or_else(|| Problem::new(Code::KeyWithoutMerchant))
    }

    /// The sub-merchant the key is bound to, if to one.
    pub fn sub_mchid(&self) -> Option<&SubMchid> {
        self.key.sub_mchid.as_ref()
    }

    /// Whether something of `mchid` and `sub_mchid` is for this caller's eyes. What is not is answered as if it were not
    /// there.
    pub fn sees(&self, mchid: &str, sub_mchid: Option<&SubMchid>) -> bool {
        let own = self.key.mchid.as_ref().is_none_or(|own| own.as_str() == mchid);
        own && (self.sub_mchid().is_none() || self.sub_mchid() == sub_mchid)
    }

    /// Whose refunds the caller sees within its merchant id.
    pub fn visible(&self) -> reading::Scope {
        match self.sub_mchid() {
            None => reading::Scope::All,
            Some(sub_mchid) => reading::Scope::Of(Some(sub_mchid.clone())),
        }
    }
}

fn missing(scope: Scope) -> Problem {
    Problem::new(Code::ScopeMissing)
        .detail(format!("This call needs the scope `{}`.", scope.as_str()))
        .with("scope", scope.as_str())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bearer_key_is_read_and_nothing_else() {
        for (text, expected) in [
            ("Bearer tg_1", Some("tg_1")),
            ("bearer  tg_1", Some("tg_1")),
            ("Basic tg_1", None),
            ("Bearer ", None),
            ("Bearer", None),
            ("tg_1", None),
        ] {
            assert_eq!(bearer(text), expected, "{text}");
        }
    }
}
