//! Which refund a path means: by our id or by the tenant's number.

use refunds::key::RefundKey;
use refunds::refund::Refund;
use store::{Store as _, StoreError};
use wechatpay::ids::{OutRefundNo, SubMchid};

use crate::api::access::Caller;
use crate::api::problem::{Code, Problem};
use crate::api::tenant;
use crate::gateway::Gateway;

/// The refund that `named` means for `caller`. One that is not for the caller's eyes is not there.
pub async fn find(
    gateway: &Gateway,
    caller: &Caller,
    named: &str,
    sub_mchid: Option<SubMchid>,
) -> Result<Refund, Problem> {
    match RefundKey::parse(named) {
        Ok(key) => by_key(gateway, caller, &key, sub_mchid).await,
        Err(_) => by_number(gateway, caller, named, sub_mchid).await,
    }
}

async fn by_key(
    gateway: &Gateway,
    caller: &Caller,
    key: &RefundKey,
    sub_mchid: Option<SubMchid>,
) -> Result<Refund, Problem> {
    // Before anything is read: how long it takes must not tell whether another's refund is there.
    if caller.key.mchid.as_ref().is_some_and(|own| own.as_str() != key.mchid()) {
        return Err(Problem::new(Code::RefundNotFound));
    }
    let is_meant = |refund: &Refund| {
        let of = refund.identity.sub_mchid.as_ref();
        caller.sees(key.mchid(), of) && (sub_mchid.is_none() || sub_mchid.as_ref() == of)
    };
    let found = match gateway.store.refund(key).await {
        Err(StoreError::NotThere { .. }) => None,
        found => found?,
    };
    found.filter(is_meant).ok_or_else(|| Problem::new(Code::RefundNotFound))
}

async fn by_number(
    gateway: &Gateway,
    caller: &Caller,
    named: &str,
    sub_mchid: Option<SubMchid>,
) -> Result<Refund, Problem> {
    let not_found = || Problem::new(Code::RefundNotFound);
    let mchid = caller.mchid()?;
    let number = OutRefundNo::parse(named).map_err(|_| not_found())?;
    // Another's sub-merchant is as good as none.
    let whose = tenant::narrowed(caller, sub_mchid).map_err(|_| not_found())?;
    let mut found = gateway.store.refunds_by_number(mchid, whose, &number).await?;
    match found.len() {
        0 | 1 => found.pop().ok_or_else(not_found),
        _ => {
            let ids: Vec<String> = found.iter().map(|refund| refund.key.to_string()).collect();
            Err(Problem::new(Code::AmbiguousRefund).with("ids", ids))
        }
    }
}
