//! What WeChat Pay will get: rendered once, at intake, and sent byte for byte ever after.

use refunds::key::{Identity, UpstreamNo};
use refunds::order::OrderNames;
use refunds::refund::RequestBytes;
use store::merchant::{Merchant, Mode};
use wechatpay::money::{Currency, Money};
use wechatpay::v2::caller::Caller as V2Caller;
use wechatpay::v2::refund::submit as v2;
use wechatpay::v3::caller::{self, Caller, Region};
use wechatpay::v3::refund::submit::{self as v3, NotifyUrl, Reason, RefundAmount, SubmitError};
use wechatpay::wire::Wire;

use super::questions;
use super::v2::line::SIGN_TYPE;

/// What is asked of WeChat Pay.
#[derive(Debug, Clone)]
pub struct Asked<'a> {
    /// Whose refund.
    pub identity: &'a Identity,
    /// Its number at WeChat Pay.
    pub number: &'a UpstreamNo,
    /// The order it draws on.
    pub order: OrderNames,
    /// What to pay back.
    pub amount: Money,
    /// The order's amount.
    pub total: Money,
    /// Shown to the payer.
    pub reason: Option<Reason>,
}

/// Why there are no bytes that ask for it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Unwritable {
    /// The mainland's interface knows no other currency.
    #[error("`currency`: orders of a mainland merchant are in CNY")]
    NotInCny,
    /// The amounts are none.
    #[error(transparent)]
    Amount(#[from] SubmitError),
    /// The order has no name.
    #[error("the order is not named")]
    NoOrderName,
    /// An institution refunds for one of its sub-merchants.
    #[error("the sub-merchant is not named")]
    NoSubMerchant,
}

/// The bytes that ask WeChat Pay for `asked`, for the version of the interface that `merchant` is set up for now and for life.
/// Notifications come to us, if we have a public address; the tenant's own address is none of WeChat Pay's business.
pub fn render(
    asked: Asked<'_>,
    merchant: &Merchant,
    public_url: Option<&str>,
) -> Result<RequestBytes, Unwritable> {
    let Asked { identity, number, order, amount, total, reason } = asked;
    if merchant.region == Region::Mainland && amount.currency() != Currency::CNY {
        return Err(Unwritable::NotInCny);
    }
    let amount = RefundAmount::new(amount, total)?;
    let order = questions::order_name(&order).ok_or(Unwritable::NoOrderName)?;
    let out_refund_no = number.number().clone();
    let notify_url = notify_url(merchant, public_url);
    Ok(match merchant.wire {
        Wire::V3 => {
            let caller = caller_v3(merchant, identity)?;
            let request =
                v3::SubmitRequest { caller, order, out_refund_no, reason, source: None, amount, notify_url };
            RequestBytes::new(Wire::V3, request.render().as_bytes())
        }
        // Its limits are those of the types above: no character outside of the first plane, 80 bytes of reason, an order's
        // number of 32 characters, an address without parameters. [v2-rules], [v2-refund]
        Wire::V2 => {
            let caller = caller_v2(merchant, identity)?;
            let request =
                v2::SubmitRequest { caller, order, out_refund_no, reason, source: None, amount, notify_url };
            RequestBytes::new(Wire::V2, request.render(SIGN_TYPE).as_str().as_bytes())
        }
    })
}

fn caller_v3(merchant: &Merchant, identity: &Identity) -> Result<Caller, Unwritable> {
    let Merchant { mchid, region, appid, .. } = merchant;
    let (mchid, appid) = (mchid.clone(), appid.clone());
    Ok(match (region, merchant.mode, &identity.sub_mchid) {
        (Region::Global, Mode::Direct, _) => Caller::Direct { mchid, appid },
        (Region::Global, Mode::Institution, Some(sub_mchid)) => Caller::Institution {
            sp_mchid: mchid,
            sp_appid: appid,
            sub_mchid: sub_mchid.clone(),
            sub_appid: None,
        },
        (Region::Mainland, Mode::Direct, _) => {
            Caller::Mainland { merchant: caller::Merchant::Direct { mchid }, appid: None }
        }
        (Region::Mainland, Mode::Institution, Some(sub_mchid)) => Caller::Mainland {
            merchant: caller::Merchant::SubMerchant { sp_mchid: mchid, sub_mchid: sub_mchid.clone() },
            appid: None,
        },
        (_, Mode::Institution, None) => return Err(Unwritable::NoSubMerchant),
    })
}

fn caller_v2(merchant: &Merchant, identity: &Identity) -> Result<V2Caller, Unwritable> {
    let (mchid, appid) = (merchant.mchid.clone(), merchant.appid.clone());
    match (merchant.mode, identity.sub_mchid.clone()) {
        (Mode::Direct, _) => Ok(V2Caller::Direct { mchid, appid }),
        (Mode::Institution, Some(sub_mchid)) => {
            Ok(V2Caller::Institution { mchid, appid, sub_mchid, sub_appid: None })
        }
        (Mode::Institution, None) => Err(Unwritable::NoSubMerchant),
    }
}

/// Our own address for this merchant id's notifications. One that WeChat Pay does not take counts as none: the queries
/// tell the results all the same.
fn notify_url(merchant: &Merchant, public_url: Option<&str>) -> Option<NotifyUrl> {
    let address = format!("{}/callbacks/wechatpay/{}/refunds", public_url?, merchant.mchid);
    NotifyUrl::parse(&address).ok()
}
