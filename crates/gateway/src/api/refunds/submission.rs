//! What WeChat Pay will get: rendered once, at intake, and sent byte for byte ever after.

use refunds::key::{Identity, UpstreamNo};
use refunds::refund::RequestBytes;
use store::merchant::{Merchant, Mode};
use wechatpay::money::Currency;
use wechatpay::v2::caller::Caller as V2Caller;
use wechatpay::v2::refund::submit as v2;
use wechatpay::v3::caller::{self, Caller, Region};
use wechatpay::v3::refund::call::OrderName;
use wechatpay::v3::refund::submit::{self as v3, NotifyUrl, RefundAmount};
use wechatpay::wire::Wire;

use super::wanted::Wanted;
use crate::api::problem::{Code, Problem};
use crate::wechat::SIGN_TYPE;

/// The bytes that ask WeChat Pay for `wanted` under `number`, for the version of the interface that `merchant` is set up for
/// now and for life. Notifications come to us, if we have a public address; the
/// tenant's own address is none of WeChat Pay's business.
///
/// Fails for a mainland merchant whose refund is not in CNY.
pub fn render(
    wanted: &Wanted,
    identity: &Identity,
    number: &UpstreamNo,
    merchant: &Merchant,
    public_url: Option<&str>,
) -> Result<RequestBytes, Problem> {
    if merchant.region == Region::Mainland && wanted.amount.currency != Currency::CNY {
        return Err(Problem::new(Code::FieldInvalid)
            .at("/amount/currency")
            .detail("`currency`: orders of a mainland merchant are in CNY."));
    }
    let amount = RefundAmount::new(wanted.amount.refund, wanted.amount.total)
        .map_err(|error| Problem::new(Code::FieldInvalid).at("/amount").detail(format!("{error}.")))?;
    // Where both names are given WeChat Pay's own wins, as it does on its side.
    let order = match (&wanted.transaction_id, &wanted.out_trade_no) {
        (Some(id), _) => OrderName::TransactionId(id.clone()),
        (None, Some(number)) => OrderName::OutTradeNo(number.clone()),
        (None, None) => return Err(Problem::new(Code::FieldMissing).at("/out_trade_no")),
    };
    let (out_refund_no, reason) = (number.number().clone(), wanted.reason.clone());
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

fn caller_v3(merchant: &Merchant, identity: &Identity) -> Result<Caller, Problem> {
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
        (_, Mode::Institution, None) => return Err(Problem::new(Code::FieldMissing).at("/sub_mchid")),
    })
}

fn caller_v2(merchant: &Merchant, identity: &Identity) -> Result<V2Caller, Problem> {
    let (mchid, appid) = (merchant.mchid.clone(), merchant.appid.clone());
    match (merchant.mode, identity.sub_mchid.clone()) {
        (Mode::Direct, _) => Ok(V2Caller::Direct { mchid, appid }),
        (Mode::Institution, Some(sub_mchid)) => {
            Ok(V2Caller::Institution { mchid, appid, sub_mchid, sub_appid: None })
        }
        (Mode::Institution, None) => Err(Problem::new(Code::FieldMissing).at("/sub_mchid")),
    }
}

/// Our own address for this merchant id's notifications. One that WeChat Pay does not take counts as none: the queries
/// tell the results all the same.
fn notify_url(merchant: &Merchant, public_url: Option<&str>) -> Option<NotifyUrl> {
    let address = format!("{}/callbacks/wechatpay/{}/refunds", public_url?, merchant.mchid);
    NotifyUrl::parse(&address).ok()
}
