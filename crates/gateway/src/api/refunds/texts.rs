//! The sentences for people, in both languages: what a cashier reads, what a payer reads, what a person can do.
//!
//! One table: a sentence says what is so, and restates no rule.

use refunds::refund::{Reason, Refund, State, Toward, Why};

use crate::api::request::language::Language;

/// Where a refund stands, as far as people at a counter care.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Standing {
    /// WeChat Pay took it.
    Accepted,
    /// The payer has the money.
    Arrived,
    /// Durable here, not yet taken.
    Registered,
    /// Durable here, and the day's funds are too low for now.
    WaitsForFunds,
    /// Nobody knows whether WeChat Pay took it.
    Unclear,
    /// Being withdrawn.
    Withdrawing,
    /// Withdrawn.
    Cancelled,
    /// Refused for good.
    Refused,
    /// Closed by WeChat Pay.
    Closed,
    /// The bank sent the money back.
    Returned,
}

impl Standing {
    /// Every standing.
    pub const ALL: [Standing; 10] = [
        Standing::Accepted,
        Standing::Arrived,
        Standing::Registered,
        Standing::WaitsForFunds,
        Standing::Unclear,
        Standing::Withdrawing,
        Standing::Cancelled,
        Standing::Refused,
        Standing::Closed,
        Standing::Returned,
    ];

    /// Where `refund` stands.
    pub fn of(refund: &Refund) -> Standing {
        match &refund.state {
            State::Queued | State::Submitting { .. } => Standing::Registered,
            State::Waiting { why: Why::Funds | Why::Plan, .. } => Standing::WaitsForFunds,
            State::Waiting { why: Why::Rate | Why::Spacing | Why::Halt | Why::Paused, .. } => {
                Standing::Registered
            }
            State::Unclear { .. } => Standing::Unclear,
            // Refused for good; and if no attempt before it can still be taken, nothing is left to be found out.
            State::Withdrawing { toward: Toward::Rejected(_), .. }
                if refund.attempts.unproven_until.is_none() =>
            {
                Standing::Refused
            }
            State::Withdrawing { toward: Toward::Rejected(_), .. } => Standing::Unclear,
            State::Withdrawing { toward: Toward::Cancelled(_), .. } => Standing::Withdrawing,
            State::Processing(_) => Standing::Accepted,
            State::Abnormal(_) => Standing::Returned,
            State::Succeeded { .. } => Standing::Arrived,
            State::Closed(_) => Standing::Closed,
            State::Rejected(_) => Standing::Refused,
            State::Cancelled(_) => Standing::Cancelled,
        }
    }
}

/// What the person at the counter reads.
pub const fn cashier(standing: Standing, language: Language) -> &'static str {
    use Language::{Chinese, English};
    match (standing, language) {
        (Standing::Accepted, English) => {
            "Refund accepted. WeChat Pay will notify the customer when the money arrives (balance: minutes; bank card: \
             up to 5 business days)."
        }
        (Standing::Accepted, Chinese) => {
            "退款已受理。到账后微信支付会通知顾客（零钱：数分钟；银行卡：最多5个工作日）。"
        }
        (Standing::Arrived, English) => "Refund completed. The customer has the money.",
        (Standing::Arrived, Chinese) => "退款已完成，顾客已收到款项。",
        (Standing::Registered, English) => {
            "Refund registered. It will be sent by itself; no second request is needed."
        }
        (Standing::Registered, Chinese) => "退款已登记，系统会自动提交，无需再次申请。",
        (Standing::WaitsForFunds, English) => {
            "Refund registered. It will be sent as soon as today's funds allow; no second request is needed."
        }
        (Standing::WaitsForFunds, Chinese) => "退款已登记，待今日资金足够时自动提交，无需再次申请。",
        (Standing::Unclear, English) => {
            "Refund registered. WeChat Pay's answer is awaited and asked for; do not refund in another way."
        }
        (Standing::Unclear, Chinese) => "退款已登记，正在向微信支付确认结果，请勿用其他方式退款。",
        (Standing::Withdrawing, English) => {
            "The refund is being cancelled. Do not refund in another way before it says cancelled."
        }
        (Standing::Withdrawing, Chinese) => "退款正在撤销。显示已撤销之前，请勿用其他方式退款。",
        (Standing::Cancelled, English) => "Refund cancelled. Nothing was paid.",
        (Standing::Cancelled, Chinese) => "退款已撤销，未支付任何款项。",
        (Standing::Refused, English) => {
            "Refund refused. Nothing was paid; the reason is shown with the refund."
        }
        (Standing::Refused, Chinese) => "退款被拒绝，未支付任何款项，原因见退款详情。",
        (Standing::Closed, English) => {
            "Refund closed by WeChat Pay. Nothing was paid; a new refund can be made."
        }
        (Standing::Closed, Chinese) => "退款已被微信支付关闭，未支付任何款项，可重新申请退款。",
        (Standing::Returned, English) => {
            "The customer's bank sent the money back. The office will handle it; do not refund in another way."
        }
        (Standing::Returned, Chinese) => "顾客的银行退回了款项，将由后台处理，请勿用其他方式退款。",
    }
}

/// What the payer reads.
pub const fn payer(standing: Standing, language: Language) -> &'static str {
    use Language::{Chinese, English};
    match (standing, language) {
        (Standing::Accepted, English) => {
            "Your refund is accepted. WeChat Pay will notify you when the money arrives (balance: minutes; bank card: up \
             to 5 business days)."
        }
        (Standing::Accepted, Chinese) => {
            "您的退款已受理，到账后微信支付会通知您（零钱：数分钟；银行卡：最多5个工作日）。"
        }
        (Standing::Arrived, English) => "Your refund has arrived.",
        (Standing::Arrived, Chinese) => "您的退款已到账。",
        (Standing::Registered | Standing::WaitsForFunds | Standing::Unclear, English) => {
            "Your refund is registered. You need not do anything; WeChat Pay will notify you when the money arrives."
        }
        (Standing::Registered | Standing::WaitsForFunds | Standing::Unclear, Chinese) => {
            "您的退款已登记，无需其他操作，到账后微信支付会通知您。"
        }
        (Standing::Withdrawing | Standing::Cancelled, English) => {
            "This refund was withdrawn. Please ask the shop."
        }
        (Standing::Withdrawing | Standing::Cancelled, Chinese) => "该退款已撤销，请咨询商家。",
        (Standing::Refused | Standing::Closed, English) => {
            "This refund could not be made. Please ask the shop."
        }
        (Standing::Refused | Standing::Closed, Chinese) => "该退款未能完成，请咨询商家。",
        (Standing::Returned, English) => "Your bank could not take the refund. The shop will contact you.",
        (Standing::Returned, Chinese) => "您的银行未能入账，商家会与您联系。",
    }
}

/// Why a refund waits, in a sentence.
pub const fn why(why: Why, language: Language) -> &'static str {
    use Language::{Chinese, English};
    match (why, language) {
        (Why::Funds, English) => {
            "WeChat Pay said that the day's funds are too low. The same request goes again by itself."
        }
        (Why::Funds, Chinese) => "微信支付提示当日资金不足，系统会自动重发同一请求。",
        (Why::Plan, English) => {
            "The day's funds are known to be too low for it. It goes when payments have filled them."
        }
        (Why::Plan, Chinese) => "已知当日资金不足，待收款补足后自动提交。",
        (Why::Rate, English) => "WeChat Pay's limit of calls is reached. It goes in its turn.",
        (Why::Rate, Chinese) => "已达微信支付的调用频率上限，将依次提交。",
        (Why::Spacing, English) => "Another refund of the same order was sent less than a minute ago.",
        (Why::Spacing, Chinese) => "同一订单的另一笔退款在一分钟内刚刚提交。",
        (Why::Halt, English) => {
            "WeChat Pay does not take requests of this merchant id: its set-up must be mended."
        }
        (Why::Halt, Chinese) => "微信支付不受理该商户号的请求，需要修正其配置。",
        (Why::Paused, English) => "The operator has paused this merchant id.",
        (Why::Paused, Chinese) => "运营人员已暂停该商户号。",
    }
}

/// What a person can do about what a refund draws attention to.
pub const fn options(reason: Reason, language: Language) -> &'static [&'static str] {
    use Language::{Chinese, English};
    match (reason, language) {
        (Reason::UnclearForLong, English) => {
            &["Check the refund.", "Look the number up on the Merchant Platform."]
        }
        (Reason::UnclearForLong, Chinese) => &["查询该退款。", "在商户平台按退款单号查找。"],
        (Reason::NumberConflict, English) => {
            &["Compare the number on the Merchant Platform.", "Cancel, and ask again under another number."]
        }
        (Reason::NumberConflict, Chinese) => &["在商户平台核对该单号。", "撤销，并以其他单号重新申请。"],
        (Reason::AcceptedButAbsent, English) => &["Ask WeChat Pay about the refund id."],
        (Reason::AcceptedButAbsent, Chinese) => &["凭微信退款单号咨询微信支付。"],
        (Reason::Abnormal, English) => {
            &["Handle it on the Merchant Platform, then check.", "Pay the payer back by other means."]
        }
        (Reason::Abnormal, Chinese) => &["在商户平台处理后查询。", "用其他方式退还付款人。"],
        (Reason::NoResultInAYear, English) => &["Ask WeChat Pay about the refund id."],
        (Reason::NoResultInAYear, Chinese) => &["凭微信退款单号咨询微信支付。"],
        (Reason::LateNews, English) => &["Tell who was told of the earlier end."],
        (Reason::LateNews, Chinese) => &["通知此前得知结果的人员。"],
        (Reason::NoPermission, English) => {
            &["Have the permission granted on the Merchant Platform.", "Cancel the refund."]
        }
        (Reason::NoPermission, Chinese) => &["在商户平台开通权限。", "撤销该退款。"],
    }
}

/// Until when the money should be there.
pub fn arrival(day: &str, is_certain: bool, language: Language) -> String {
    match (language, is_certain) {
        (Language::English, true) => format!("By the end of {day} in China at the latest."),
        (Language::English, false) => {
            format!(
                "By the end of {day} in China, or later: the holidays of that year are not published yet."
            )
        }
        (Language::Chinese, true) => format!("最迟于北京时间{day}结束前到账。"),
        (Language::Chinese, false) => {
            format!("预计于北京时间{day}结束前到账；该年度节假日尚未公布，可能更晚。")
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_standing_has_its_sentences_in_both_languages() {
        for standing in Standing::ALL {
            for text in [cashier, payer] {
                let (english, chinese) =
                    (text(standing, Language::English), text(standing, Language::Chinese));
                assert!(english.ends_with('.') && english.is_ascii(), "{standing:?}: {english}");
                assert!(chinese.ends_with('。'), "{standing:?}: {chinese}");
            }
        }
    }

    #[test]
    fn nobody_is_told_to_pay_in_another_way_while_wechat_pay_may_still_pay() {
        for standing in [Standing::Unclear, Standing::Withdrawing, Standing::Returned] {
            let text = cashier(standing, Language::English).to_lowercase();
            assert!(text.contains("do not refund in another way"), "{standing:?}");
        }
    }
}
