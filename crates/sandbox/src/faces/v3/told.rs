//! How the platform's orders and refunds are told on the wire.

use platform::chance::Chance;
use platform::order::{Order, Payment, TradeState, TradeType};
use platform::platform::Platform;
use platform::refund::{Channel, FundSource, Refund, RefundState, RefundStatus};
use platform::settings::ClosedStatus;
use wechatpay::ids::{BankType, Mchid, SubMchid};
use wechatpay::money::Currency;
use wechatpay::v3::caller::{Merchant, Region};
use wechatpay::v3::order::record::{Order as ToldOrder, OrderAmount};
use wechatpay::v3::refund::record::{ClosedWord, ExchangeRate, RecordedAmount, RefundRecord};
use wechatpay::v3::words;

use super::language::Language;

/// The merchant that these two numbers name.
pub(crate) fn merchant(mchid: &Mchid, sub_mchid: Option<&SubMchid>) -> Merchant {
    match sub_mchid {
        None => Merchant::Direct { mchid: mchid.clone() },
        Some(sub_mchid) => Merchant::SubMerchant { sp_mchid: mchid.clone(), sub_mchid: sub_mchid.clone() },
    }
}

/// The word of a closed refund in answers of `region`. Source: [global-refund-query], [mainland-refund].
pub(crate) fn closed_word(platform: &Platform, region: Region) -> ClosedWord {
    match (region, platform.world().settings.closed_status) {
        (Region::Global, ClosedStatus::Refundclose) => ClosedWord::Refundclose,
        (Region::Global, ClosedStatus::Closed) | (Region::Mainland, _) => ClosedWord::Closed,
    }
}

/// A refund as a query tells it.
pub(crate) fn refund(platform: &Platform, chance: &Chance, refund: &Refund, region: Region) -> RefundRecord {
    let order = platform.orders().at(refund.order);
    let payment = order.payment();
    let (success_time, channel) = match &refund.state {
        RefundState::Success { at, channel } => (Some(*at), channel_word(*channel)),
        _ => (None, words::Channel::Original),
    };
    RefundRecord {
        refund_id: refund.refund_id.clone(),
        out_refund_no: refund.out_refund_no.clone(),
        transaction_id: payment.map(|payment| payment.transaction_id.clone()),
        out_trade_no: Some(order.out_trade_no.clone()),
        status: status_word(refund.status()),
        recv_account: payment.map(|payment| match refund.state {
            RefundState::Success { channel: Channel::MerchantsBank, .. } => MERCHANTS_ACCOUNT.to_owned(),
            _ => account(chance, refund, payment, &channel),
        }),
        channel: Some(channel),
        fund_source: Some(source_word(region, refund.source)),
        success_time,
        create_time: Some(refund.accepted_at),
        amount: amount(platform, refund, payment, region),
    }
}

/// The amounts of a refund. The global pages list no totals in queries; the mainland's have no rate.
fn amount(platform: &Platform, refund: &Refund, payment: Option<&Payment>, region: Region) -> RecordedAmount {
    let order = platform.orders().at(refund.order);
    let settlement = platform.world().merchants.get(&refund.mchid).map(|known| known.settlement_currency);
    let is_mainland = region == Region::Mainland;
    RecordedAmount {
        refund: refund.part.price,
        payer_refund: Some(refund.part.payer),
        total: is_mainland.then_some(order.price),
        payer_total: payment.filter(|_| is_mainland).map(|payment| payment.payer),
        exchange_rate: payment
            .filter(|_| !is_mainland)
            .map(|payment| refund_rate(order.price.currency(), settlement, payment)),
    }
}

/// Refunds go back at the payment's own rate, which is called by what the order was priced in.
/// Source: [multi-currency].
fn refund_rate(price: Currency, settlement: Option<Currency>, payment: &Payment) -> ExchangeRate {
    let kind = if settlement == Some(price) {
        words::RateType::UserpaymentRate
    } else {
        words::RateType::SettlementRate
    };
    ExchangeRate { kind, rate: payment.rate.scaled() }
}

/// Where the money of an abnormal refund is that was mended to the merchant's own bank. Source: [v2-refund-query].
const MERCHANTS_ACCOUNT: &str = "商户结算银行账户";

/// Where the money goes, in the words of the pages: `招商银行信用卡0403`, or the payer's balance.
/// Source: [global-refund-query].
fn account(chance: &Chance, refund: &Refund, payment: &Payment, channel: &words::Channel) -> String {
    let card = payment.bank_type.as_str().rsplit_once('_');
    let (bank, kind) = match (card, channel) {
        (Some((bank, "CREDIT")), words::Channel::Original | words::Channel::OtherBankcard) => {
            (bank, "信用卡")
        }
        (Some((bank, "DEBIT")), words::Channel::Original | words::Channel::OtherBankcard) => (bank, "储蓄卡"),
        _ => return "支付用户零钱".to_owned(),
    };
    let payer = format!("{}/{}", refund.mchid, payment.transaction_id);
    format!("{}{kind}{}", bank_name(bank), chance.digits(4, "card", &payer, 0))
}

fn bank_name(code: &str) -> &str {
    match code {
        "CMB" => "招商银行",
        "ICBC" => "工商银行",
        "CCB" => "建设银行",
        "ABC" => "农业银行",
        "BOC" => "中国银行",
        "COMM" => "交通银行",
        "PSBC" => "邮储银行",
        other => other,
    }
}

/// An order as a query tells it.
pub(crate) fn order(order: &Order, language: Language) -> ToldOrder {
    let payment = order.payment();
    let state = order.trade_state();
    ToldOrder {
        merchant: Some(merchant(&order.mchid, order.sub_mchid.as_ref())),
        transaction_id: payment.map(|payment| payment.transaction_id.clone()),
        out_trade_no: order.out_trade_no.clone(),
        attach: order.attach.clone(),
        trade_type: Some(trade_type_word(order.trade_type)),
        bank_type: payment.map(|payment| -> BankType { payment.bank_type.clone() }),
        success_time: payment.map(|payment| payment.success_time),
        trade_state: trade_state_word(state),
        trade_state_desc: Some(trade_state_in_words(state, language).to_owned()),
        amount: Some(OrderAmount {
            total: order.price,
            payer_total: payment.map(|payment| payment.payer),
            exchange_rate: payment.map(|payment| ExchangeRate {
                // Always this one for payments. [multi-currency]
                kind: words::RateType::SettlementRate,
                rate: payment.rate.scaled(),
            }),
        }),
    }
}

/// The word of a refund's status.
pub(crate) fn status_word(status: RefundStatus) -> words::RefundStatus {
    match status {
        RefundStatus::Processing => words::RefundStatus::Processing,
        RefundStatus::Success => words::RefundStatus::Success,
        RefundStatus::Abnormal => words::RefundStatus::Abnormal,
        RefundStatus::Closed => words::RefundStatus::Closed,
    }
}

fn channel_word(channel: Channel) -> words::Channel {
    match channel {
        Channel::Original => words::Channel::Original,
        Channel::OtherBalance => words::Channel::OtherBalance,
        // The pages know no word of its own for the merchant's account.
        Channel::OtherBankcard | Channel::MerchantsBank => words::Channel::OtherBankcard,
    }
}

fn source_word(region: Region, source: FundSource) -> words::FundSource {
    match (region, source) {
        (Region::Mainland, _) => words::FundSource::Available,
        (Region::Global, FundSource::Unsettled) => words::FundSource::UnsettledFunds,
        (Region::Global, FundSource::Recharge) => words::FundSource::RechargeFunds,
    }
}

pub(crate) fn trade_type_word(trade_type: TradeType) -> words::TradeType {
    match trade_type {
        TradeType::Micropay => words::TradeType::Micropay,
        TradeType::Native => words::TradeType::Native,
        TradeType::Jsapi => words::TradeType::Jsapi,
        TradeType::App => words::TradeType::App,
        TradeType::Mweb => words::TradeType::Mweb,
    }
}

fn trade_state_word(state: TradeState) -> words::TradeState {
    match state {
        TradeState::Success => words::TradeState::Success,
        TradeState::Refund => words::TradeState::Refund,
        TradeState::Notpay => words::TradeState::Notpay,
        TradeState::Closed => words::TradeState::Closed,
        TradeState::Revoked => words::TradeState::Revoked,
        TradeState::Userpaying => words::TradeState::Userpaying,
    }
}

fn trade_state_in_words(state: TradeState, language: Language) -> &'static str {
    let (zh, en) = match state {
        TradeState::Success => ("支付成功", "Paid"),
        TradeState::Refund => ("订单发生过退款", "Paid, with refunds"),
        TradeState::Notpay => ("订单未支付", "Not paid"),
        TradeState::Closed => ("订单已关闭", "Closed"),
        TradeState::Revoked => ("订单已撤销", "Revoked"),
        TradeState::Userpaying => ("需要用户输入支付密码", "The payer is entering the password"),
    };
    match language {
        Language::Chinese => zh,
        Language::English => en,
    }
}
