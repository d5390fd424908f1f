//! Which merchant and sub-merchant a request is about.

use std::sync::Arc;

use store::merchant::Mode;
use store::reading;
use wechatpay::ids::SubMchid;

use super::access::Caller;
use super::problem::{Code, Problem};
use crate::gateway::Gateway;
use crate::merchants::account::Account;

/// After so many seconds a node has heard of a new merchant id.
const HEARD_OF_AFTER_S: u64 = 2;

/// The account of the merchant id that the caller's key is bound to.
pub fn account(gateway: &Gateway, caller: &Caller) -> Result<Arc<Account>, Problem> {
    let mchid = caller.mchid()?;
    gateway
        .merchants
        .get(mchid)
        .ok_or_else(|| Problem::new(Code::MerchantNotReady).retry_after(HEARD_OF_AFTER_S))
}

/// How a request names its sub-merchant wrongly.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Misnamed {
    /// An institution's key must say for which sub-merchant.
    Missing,
    /// A directly connected merchant has none.
    NotApplicable,
    /// The merchant id has no such sub-merchant, or it is not the caller's.
    Unknown,
}

/// The sub-merchant that something new is for. A sub-merchant's key implies its own.
pub fn sub_mchid(
    account: &Account,
    caller: &Caller,
    named: Option<SubMchid>,
) -> Result<Option<SubMchid>, Misnamed> {
    let merchant = &account.merchant;
    match (merchant.mode, caller.sub_mchid(), named) {
        (Mode::Direct, _, None) => Ok(None),
        (Mode::Direct, _, Some(_)) => Err(Misnamed::NotApplicable),
        (Mode::Institution, Some(own), Some(named)) if *own != named => Err(Misnamed::Unknown),
        (Mode::Institution, Some(own), _) => Ok(Some(own.clone())),
        (Mode::Institution, None, Some(named)) if merchant.sub_merchants.contains_key(&named) => {
            Ok(Some(named))
        }
        (Mode::Institution, None, Some(_)) => Err(Misnamed::Unknown),
        (Mode::Institution, None, None) => Err(Misnamed::Missing),
    }
}

/// Whose refunds are meant by a question that may name a sub-merchant.
pub fn narrowed(caller: &Caller, named: Option<SubMchid>) -> Result<reading::Scope, Problem> {
    match (caller.sub_mchid(), named) {
        (Some(own), Some(named)) if *own != named => Err(Problem::new(Code::SubMerchantNotFound)),
        (_, Some(named)) => Ok(reading::Scope::Of(Some(named))),
        (_, None) => Ok(caller.visible()),
    }
}
