//! A merchant id, and what belongs to it beside its refunds: sealed secrets, keys of the API, the audit trail.
//! Keys of the API are also what an operator has, who belongs to no merchant id.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use jiff::Timestamp;
use refunds::key::NumberForm;
use refunds::weight::Weight;
use wechatpay::ids::{Appid, Mchid, SubMchid};
use wechatpay::money::Currency;
use wechatpay::v3::caller::Region;
use wechatpay::wire::Wire;

/// A merchant id as it is set up.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Merchant {
    /// The merchant id.
    pub mchid: Mchid,
    /// How it is connected.
    pub mode: Mode,
    /// How the number at WeChat Pay follows from a refund's identity. Fixed with the first refund.
    pub number_form: NumberForm,
    /// The currency it is settled in.
    pub settlement_currency: Currency,
    /// The version of WeChat Pay's interface it is called with.
    pub wire: Wire,
    /// The branch of WeChat Pay it belongs to.
    pub region: Region,
    /// The app id its requests bear.
    pub appid: Appid,
    /// Where WeChat Pay is called: base URLs such as `https://apihk.mch.weixin.qq.com`, the first of which is used
    /// and the others are fallbacks. None: what the caller of WeChat Pay takes for the region.
    pub api_hosts: Vec<String>,
    /// Whether its certificates are a sandbox's.
    pub is_sandbox: bool,
    /// The sub-merchants it serves, and what the share of each counts for; none for a directly connected merchant.
    pub sub_merchants: BTreeMap<SubMchid, Weight>,
}

impl Merchant {
    /// The sub-merchants whose share of the pool does not count as usual.
    pub fn weights(&self) -> BTreeMap<SubMchid, Weight> {
        let weighed = self.sub_merchants.iter().filter(|(_, weight)| **weight != Weight::USUAL);
        weighed.map(|(sub_mchid, weight)| (sub_mchid.clone(), *weight)).collect()
    }
}

/// How a merchant id is connected to WeChat Pay.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mode {
    /// For itself.
    Direct,
    /// As an institution, for its sub-merchants.
    Institution,
}

/// What became of a merchant id that was put.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Put {
    /// It is stored as given.
    Stored,
    /// Nothing changed: it has refunds, and their numbers were formed in another way.
    NumberFormIsFixed,
}

/// A secret of a merchant id, sealed by the caller. The store cannot read it.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret {
    /// The merchant id.
    pub mchid: Mchid,
    /// What it is, e.g. `api_v3_key`.
    pub name: String,
    /// Which of that name, from 1.
    pub version: u32,
    /// The key of the keyset that sealed it.
    pub key_id: String,
    /// The sealed bytes.
    pub sealed: Vec<u8>,
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {} of {}: ***", self.name, self.version, self.mchid)
    }
}

/// A key of the API. Only its hash is kept.
#[derive(Clone, PartialEq, Eq)]
pub struct ApiKey {
    /// The SHA-256 of the key: what it is found by.
    pub hash: [u8; 32],
    /// What people call it, in the audit trail and in logs. Never secret.
    pub name: String,
    /// The merchant id it is bound to; none for a key of the operator.
    pub mchid: Option<Mchid>,
    /// The sub-merchant it is bound to, if to one.
    pub sub_mchid: Option<SubMchid>,
    /// What it may do, by the names of the API's scopes.
    pub scopes: BTreeSet<String>,
    /// When it was made.
    pub created_at: Timestamp,
    /// The last instant at which it is taken; none if it has no end.
    pub not_after: Option<Timestamp>,
}

impl fmt::Debug for ApiKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let ApiKey { hash: _, name, mchid, sub_mchid, scopes, created_at, not_after } = self;
        let whose = mchid.as_ref().map_or("the operator", Mchid::as_str);
        write!(f, "key *** `{name}` of {whose} {sub_mchid:?} for {scopes:?}, {created_at} to {not_after:?}")
    }
}

/// One line of a merchant id's audit trail. Its hash covers the line before, so that no line can be taken out unseen;
/// the caller computes it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AuditLine {
    /// The merchant id.
    pub mchid: Mchid,
    /// Counts the lines of the merchant id, from 1.
    pub n: u64,
    /// When.
    pub at: Timestamp,
    /// Who, as the log names them.
    pub actor: String,
    /// What was done.
    pub action: String,
    /// To what, and how.
    pub detail: String,
    /// The hash of the line before; zeros for the first.
    pub previous: [u8; 32],
    /// This line's hash.
    pub hash: [u8; 32],
}

/// What became of a line for the audit trail.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Audited {
    /// It is written.
    Written,
    /// It does not follow on the newest line: read that and chain anew.
    Outrun,
}
