//! What is posted to merchants who asked by V2: a refund's end, encrypted and not signed; a payment, signed.
//!
//! Source: [v2-notification], [v2-payment].

use platform::chance::Chance;
use platform::notify::{News, Notice};
use platform::platform::Platform;
use platform::refund::RefundStatus;
use wechatpay::ids::{Mchid, SubMchid};
use wechatpay::v2::caller::Caller;
use wechatpay::v2::notification::RefundHint;
use wechatpay::v2::order::record::{self, OrderPlace};
use wechatpay::v2::sign::{Nonce, SignType};
use wechatpay::wire::Wire;

use crate::faces::v3::draws::hexadecimal;
use crate::faces::v3::language::Language;
use crate::faces::v3::told;
use crate::keyring::Keyring;

use super::asked::AskedByV2;
use super::orders::openid;
use super::refunds;

/// The body of `notice`, if it is about something that was asked for by V2, or a payment to a merchant that uses V2.
pub(crate) fn body(
    platform: &Platform,
    keyring: &Keyring,
    asked: &AskedByV2,
    chance: &Chance,
    notice: &Notice,
) -> Option<String> {
    let key = &keyring.merchant(&notice.mchid)?.api_v2_key;
    match notice.news {
        News::Refund { refund, status } => {
            let refund = platform.refunds().at(refund);
            if !asked.has_refund(&refund.mchid, &refund.out_refund_no) {
                return None;
            }
            let record = refunds::record(platform, chance, refund);
            let hint = RefundHint {
                refund_id: Some(record.refund_id),
                out_refund_no: record.out_refund_no,
                transaction_id: record.transaction_id,
                out_trade_no: record.out_trade_no,
                // A late repeat tells the status of its moment, even if the refund has gone on since.
                status: told::status_word(status),
                success_time: record.success_time.filter(|_| status == RefundStatus::Success),
                recv_account: record.recv_account,
                fund_source: record.fund_source,
                refund_minor: Some(record.amount.refund.minor()),
                total_minor: record.amount.total.map(|total| total.minor()),
                payer_refund_minor: record.amount.payer_refund.map(|payer| payer.minor()),
                request_source: Some("API".to_owned()),
            };
            let name = format!("{}/{}/{status:?}", refund.mchid, refund.out_refund_no);
            hint.post(
                &caller(platform, &refund.mchid, refund.sub_mchid.as_ref())?,
                &nonce(chance, &name),
                key,
            )
        }
        News::Paid { order } => {
            let order = platform.orders().at(order);
            let sub_mchid = order.sub_mchid.as_ref();
            // One that was made by hand is told as its merchant is usually spoken to.
            let wire = platform.world().merchants.get(&order.mchid).map(|known| known.wire);
            if !asked.has_order(&order.mchid, sub_mchid, &order.out_trade_no) && wire != Some(Wire::V2) {
                return None;
            }
            let told = told::order(order, Language::Chinese);
            let openid = told.transaction_id.as_ref().map(|id| openid(chance, id.as_str()));
            let caller = caller(platform, &order.mchid, sub_mchid)?;
            let body = record::render(&told, OrderPlace::Payment, SignType::Md5, &caller, openid.as_deref());
            let name = format!("{}/{}/paid", order.mchid, order.out_trade_no);
            Some(body.sign(&nonce(chance, &name), key))
        }
    }
}

fn caller(platform: &Platform, mchid: &Mchid, sub_mchid: Option<&SubMchid>) -> Option<Caller> {
    let (mchid, appid) = (mchid.clone(), platform.world().merchants.get(mchid)?.appid.clone());
    Some(match sub_mchid {
        None => Caller::Direct { mchid, appid },
        Some(sub_mchid) => {
            Caller::Institution { mchid, appid, sub_mchid: sub_mchid.clone(), sub_appid: None }
        }
    })
}

fn nonce(chance: &Chance, name: &str) -> Nonce {
    Nonce::parse(&hexadecimal(chance, "v2 notification", name))
        .unwrap_or_else(|_| unreachable!("32 hexadecimal digits are a nonce"))
}
