//! What is posted to merchants when a refund ends or an order is paid.
//!
//! Source: [global-refund-notification], [mainland-notification].

use platform::chance::Chance;
use platform::notify::{News, Notice};
use platform::order::OrderIndex;
use platform::platform::Platform;
use platform::refund::{Refund, RefundStatus};
use wechatpay::v3::caller::Region;
use wechatpay::v3::notification::{Envelope, REFUND, RefundNews, TRANSACTION};
use wechatpay::v3::order::record::OrderPlace;
use wechatpay::v3::refund::record::RecordedAmount;
use wechatpay::v3::resource::SealedResource;
use wechatpay::v3::words::{Event, TradeState};

use crate::keyring::Keyring;

use super::desk::region_of;
use super::draws::{hexadecimal, seal_nonce};
use super::language::Language;
use super::settings::FaceSettings;
use super::told;

/// The body of `notice`, sealed for its merchant. `None` for a merchant that has no APIv3 key, to whom nothing is
/// posted, as the platform has it.
///
/// Id, times and status are the same whenever it is sent.
pub(crate) fn body(
    platform: &Platform,
    keyring: &Keyring,
    settings: &FaceSettings,
    chance: &Chance,
    notice: &Notice,
) -> Option<String> {
    let key = &keyring.merchant(&notice.mchid)?.api_v3_key;
    let region = platform.world().merchants.get(&notice.mchid).map_or(Region::Global, region_of);
    let news = match notice.news {
        News::Refund { refund, status } => {
            of_refund(platform, settings, chance, platform.refunds().at(refund), status, region)?
        }
        News::Paid { order } => of_payment(platform, order, region),
    };
    let id = hexadecimal(chance, "notification", &news.name);
    // Of the text as well: where the money went may be told otherwise in a repeat.
    let nonce = seal_nonce(chance, "notification seal", &format!("{}/{}", news.name, news.text));
    let resource = SealedResource::seal(key, &nonce, news.original_type, &news.text).ok()?;
    let envelope = Envelope {
        id: uuid(&id),
        create_time: notice.raised_at,
        event: news.event,
        summary: news.summary.to_owned(),
        original_type: news.original_type.to_owned(),
        resource,
    };
    Some(envelope.render())
}

/// A notice before it is sealed.
struct Unsealed {
    /// What tells it from every other notice.
    name: String,
    event: Event,
    summary: &'static str,
    original_type: &'static str,
    text: String,
}

/// `None` while the refund is under way, which is notified to nobody.
fn of_refund(
    platform: &Platform,
    settings: &FaceSettings,
    chance: &Chance,
    refund: &Refund,
    status: RefundStatus,
    region: Region,
) -> Option<Unsealed> {
    let record = told::refund(platform, chance, refund, region);
    let order = platform.orders().at(refund.order);
    // A late repeat tells the status of its moment, even if the refund has gone on since.
    let status_word = told::status_word(status);
    let event = Event::of(&status_word)?;
    let totals = region == Region::Mainland || settings.notices_tell_totals;
    let news = RefundNews {
        merchant: Some(told::merchant(&refund.mchid, refund.sub_mchid.as_ref())),
        refund_id: record.refund_id,
        out_refund_no: record.out_refund_no,
        transaction_id: record.transaction_id,
        out_trade_no: record.out_trade_no,
        status: status_word,
        success_time: record.success_time.filter(|_| status == RefundStatus::Success),
        recv_account: record.recv_account,
        fund_source: record.fund_source.filter(|_| region == Region::Global),
        amount: RecordedAmount {
            total: totals.then_some(order.price),
            payer_total: order.payment().filter(|_| totals).map(|payment| payment.payer),
            ..record.amount
        },
    };
    Some(Unsealed {
        name: format!("{}/{}/{status:?}", refund.mchid, refund.out_refund_no),
        summary: match status {
            RefundStatus::Success => "退款成功",
            RefundStatus::Abnormal => "退款异常",
            RefundStatus::Closed => "退款关闭",
            RefundStatus::Processing => "退款处理中",
        },
        event,
        original_type: REFUND,
        text: news.render(region),
    })
}

fn of_payment(platform: &Platform, order: OrderIndex, region: Region) -> Unsealed {
    let order = platform.orders().at(order);
    let mut told = told::order(order, Language::Chinese);
    // The order may have been refunded since; the news is that it was paid.
    told.trade_state = TradeState::Success;
    told.trade_state_desc = Some("支付成功".to_owned());
    let sub_mchid = order.sub_mchid.as_ref().map_or("", |sub_mchid| sub_mchid.as_str());
    Unsealed {
        name: format!("{}/{sub_mchid}/{}/paid", order.mchid, order.out_trade_no),
        event: Event::TransactionSuccess,
        summary: "支付成功",
        original_type: TRANSACTION,
        text: told.render(region, OrderPlace::Notification),
    }
}

/// 32 hexadecimal digits in the form of a UUID, one of the two forms of notification ids.
fn uuid(digits: &str) -> String {
    let groups = [0..8, 8..12, 12..16, 16..20, 20..32];
    groups.map(|group| digits.get(group).unwrap_or_default()).join("-")
}
