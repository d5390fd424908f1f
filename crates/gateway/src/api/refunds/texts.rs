//! The sentences for people, in both languages: what a cashier reads, what a payer reads, what a person can do.
//!
//! One table: a sentence says what is so, and restates no rule.

use refunds::outcome::Refusal;
use refunds::pool::explain::{Keeping, Remedy};
use refunds::refund::{Reason, Refund, State, Toward, Why};

use crate::api::problem::Code;
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
    /// Refused for good, because the payer's account is closed.
    PayerGone,
    /// Refused for good, because the order was paid too long ago.
    OrderTooOld,
    /// Closed by WeChat Pay.
    Closed,
    /// The bank sent the money back.
    Returned,
    /// The bank sent the money back, and it was put into the merchant's own account.
    BackAtShop,
    /// The same, and the customer has been paid outside of WeChat Pay.
    PaidOutside,
}

impl Standing {
    /// Every standing.
    pub const ALL: [Standing; 14] = [
        Standing::Accepted,
        Standing::Arrived,
        Standing::Registered,
        Standing::WaitsForFunds,
        Standing::Unclear,
        Standing::Withdrawing,
        Standing::Cancelled,
        Standing::Refused,
        Standing::PayerGone,
        Standing::OrderTooOld,
        Standing::Closed,
        Standing::Returned,
        Standing::BackAtShop,
        Standing::PaidOutside,
    ];

    /// Where `refund` stands.
    pub fn of(refund: &Refund) -> Standing {
        match &refund.state {
            State::Queued | State::Submitting { .. } => Standing::Registered,
            State::Waiting { why: Why::Funds | Why::Plan, .. } => Standing::WaitsForFunds,
            State::Waiting {
                why: Why::Rate | Why::Spacing | Why::Halt | Why::Paused | Why::Restored,
                ..
            } => Standing::Registered,
            State::Unclear { .. } => Standing::Unclear,
            // Refused for good; and if no attempt before it can still be taken, nothing is left to be found out.
            State::Withdrawing { toward: Toward::Rejected(refusal), .. }
                if refund.attempts.unproven_until.is_none() =>
            {
                Standing::by(refusal)
            }
            State::Withdrawing { toward: Toward::Rejected(_), .. } => Standing::Unclear,
            State::Withdrawing { toward: Toward::Cancelled(_), .. } => Standing::Withdrawing,
            State::Processing(_) => Standing::Accepted,
            State::Abnormal(_) => Standing::Returned,
            State::Succeeded { .. } if refund.is_to_be_settled() => Standing::BackAtShop,
            State::Succeeded { .. } if refund.is_back_at_shop() => Standing::PaidOutside,
            State::Succeeded { .. } => Standing::Arrived,
            State::Closed(_) => Standing::Closed,
            State::Rejected(refusal) => Standing::by(refusal),
            State::Cancelled(_) => Standing::Cancelled,
        }
    }

    /// How a refund stands that was refused so.
    fn by(refusal: &Refusal) -> Standing {
        match Code::parse(&refusal.code) {
            Some(Code::PayerAccountAbnormal) => Standing::PayerGone,
            Some(Code::OrderTooOld) => Standing::OrderTooOld,
            _ => Standing::Refused,
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
            "Refund closed by WeChat Pay. Nothing was paid; a new refund needs a new number."
        }
        (Standing::Closed, Chinese) => {
            "退款已被微信支付关闭，未支付任何款项；如需再退，请以新的退款单号重新申请。"
        }
        (Standing::Returned, English) => {
            "The customer's bank sent the money back. The office will handle it; do not refund in another way or under \
             another number."
        }
        (Standing::Returned, Chinese) => "顾客的银行退回了款项，将由后台处理，请勿用其他方式或其他单号退款。",
        (Standing::PayerGone, English) => {
            "Refund refused: the customer's WeChat Pay account is closed. Nothing was paid; pay the customer back outside \
             WeChat Pay."
        }
        (Standing::PayerGone, Chinese) => {
            "退款被拒绝：顾客的微信支付账户已注销。未支付任何款项，请在微信支付以外退还顾客。"
        }
        (Standing::OrderTooOld, English) => {
            "Refund refused: the order was paid more than a year ago. Nothing was paid; pay the customer back outside \
             WeChat Pay."
        }
        (Standing::OrderTooOld, Chinese) => {
            "退款被拒绝：订单付款已超过一年。未支付任何款项，请在微信支付以外退还顾客。"
        }
        (Standing::BackAtShop, English) => {
            "The customer's bank sent the money back, and it was put into the shop's own account. Pay the customer back \
             outside WeChat Pay."
        }
        (Standing::BackAtShop, Chinese) => {
            "顾客的银行退回了款项，款项已退至商户账户，请在微信支付以外退还顾客。"
        }
        (Standing::PaidOutside, English) => {
            "The customer's bank sent the money back. The shop has paid the customer by other means; nothing is left to do."
        }
        (Standing::PaidOutside, Chinese) => "顾客的银行退回了款项，商户已以其他方式退还顾客，无需其他操作。",
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
        (Standing::PayerGone | Standing::OrderTooOld | Standing::BackAtShop, English) => {
            "This refund cannot reach you through WeChat Pay. The shop pays you back in another way; please ask there."
        }
        (Standing::PayerGone | Standing::OrderTooOld | Standing::BackAtShop, Chinese) => {
            "该退款无法通过微信支付退还，商家将以其他方式退还，请咨询商家。"
        }
        (Standing::PaidOutside, English) => {
            "This refund could not reach you through WeChat Pay. The shop has paid you back in another way; please ask there."
        }
        (Standing::PaidOutside, Chinese) => "该退款无法通过微信支付退还，商家已以其他方式退还，请咨询商家。",
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
        (Why::Restored, English) => {
            "The gateway was restored from a backup and first asks WeChat Pay about every open refund and the recent orders."
        }
        (Why::Restored, Chinese) => "系统已从备份恢复，正在先向微信支付查询所有未完结的退款和近期订单。",
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
        (Reason::AcceptedButAbsent, English) => &["Ask WeChat Pay about the `refund_id`."],
        (Reason::AcceptedButAbsent, Chinese) => &["凭微信退款单号（`refund_id`）咨询微信支付。"],
        (Reason::Abnormal, language) => ways_out_of_abnormal(language),
        (Reason::Overdue, English) => &[
            "Wait: it goes on being asked about, and a late result still counts.",
            "Ask the payer to look at the account that paid and at the WeChat Pay balance: what a card does not take goes \
             there first.",
            "Ask WeChat Pay where the refund is, by its `refund_id` and the day on which it was accepted.",
            "Pay nothing outside of WeChat Pay meanwhile: it may still arrive.",
        ],
        (Reason::Overdue, Chinese) => &[
            "继续等待：系统会持续查询，迟到的结果仍然有效。",
            "请付款人查看原付款账户和微信零钱：银行卡未能入账的退款会先退至零钱。",
            "凭微信退款单号（`refund_id`）和受理日期向微信支付查询退款进度。",
            "期间请勿在微信支付以外退款：该笔退款仍可能到账。",
        ],
        (Reason::BackAtShop, English) => &[
            "Pay the payer back outside WeChat Pay: the money lies in the merchant's own account.",
            "Then settle the refund with a note of how it was paid.",
            "Make no other refund of it: the order's amount is used up.",
        ],
        (Reason::BackAtShop, Chinese) => &[
            "请在微信支付以外退还付款人：款项已退至商户自己的账户。",
            "退还后请将该退款标记为已处理，并注明退还方式。",
            "请勿就此再次申请退款：该订单的金额已被占用。",
        ],
        (Reason::NoResultInAYear, English) => &[
            "Ask WeChat Pay where the refund went, by its `refund_id` and the day on which it was accepted.",
            "Ask the payer to look at the account that paid and at the WeChat Pay balance: what a card does not take goes \
             there first.",
            "Check the refund: a late result still counts.",
        ],
        (Reason::NoResultInAYear, Chinese) => &[
            "凭微信退款单号（`refund_id`）和受理日期向微信支付查询退款去向。",
            "请付款人查看原付款账户和微信零钱：银行卡未能入账的退款会先退至零钱。",
            "查询该退款：迟到的结果仍然有效。",
        ],
        (Reason::LateNews, English) => &["Tell who was told of the earlier end."],
        (Reason::LateNews, Chinese) => &["通知此前得知结果的人员。"],
        (Reason::NoPermission, English) => {
            &["Have the permission granted on the Merchant Platform.", "Cancel the refund."]
        }
        (Reason::NoPermission, Chinese) => &["在商户平台开通权限。", "撤销该退款。"],
        (Reason::NoDayFits, English) => &[
            "No day in sight is likely to bring enough; it goes on being tried once a day.",
            "Wait: more may be paid on some day than is expected now.",
            "Cancel, and ask again in partial refunds under new numbers.",
            "Hold other refunds back, so that a day's funds are left for this one.",
            "Ask WeChat Pay operations about the recharge account.",
            "Cancel here first, then pay the payer back by other means.",
        ],
        (Reason::NoDayFits, Chinese) => &[
            "预计近期没有任何一天的资金足够；系统仍会每天尝试一次。",
            "继续等待：某日收款可能超过目前预计。",
            "撤销，并以新的单号分多笔部分退款重新申请。",
            "暂缓其他退款，将当日资金留给该笔退款。",
            "就充值账户咨询微信支付运营人员。",
            "先在此撤销，再用其他方式退还付款人。",
        ],
    }
}

/// What it means for a refund that the pool's money is kept together.
pub const fn keeping(keeping: Keeping, language: Language) -> &'static str {
    use Language::{Chinese, English};
    match (keeping, language) {
        (Keeping::ForThis, English) => {
            "Today's money is kept together for this refund: the others wait until it has left."
        }
        (Keeping::ForThis, Chinese) => "当日资金正为该笔退款预留：其他退款等待其先提交。",
        (Keeping::ForAnother { .. }, English) => {
            "Today's money is kept for another refund, which is larger and has waited longer; this one goes when more comes in, or \
             once the other has left."
        }
        (Keeping::ForAnother { .. }, Chinese) => {
            "当日资金正为另一笔金额更大、等待更久的退款预留；有更多收款或该笔退款提交后，本笔退款即可提交。"
        }
    }
}

/// What a person can do about a refund that waits for funds, with what follows from it. Source: [operations 2.8].
pub const fn remedy(remedy: Remedy, language: Language) -> &'static str {
    use Language::{Chinese, English};
    match (remedy, language) {
        (Remedy::Wait, English) => "Wait: it goes by itself, and nothing is lost by it.",
        (Remedy::Wait, Chinese) => "等待：系统会自动提交，不会有任何损失。",
        (Remedy::MorePayments, English) => {
            "Have more paid through this merchant id before midnight in China: what is paid today is what refunds leave from."
        }
        (Remedy::MorePayments, Chinese) => "在北京时间午夜前通过该商户号增加收款：退款只能使用当日收款。",
        (Remedy::HoldOthers, English) => {
            "Cancel refunds that stand before it and ask for them again later: it leaves sooner, they leave later, under new \
             numbers."
        }
        (Remedy::HoldOthers, Chinese) => {
            "撤销排在前面的退款，稍后以新的单号重新申请：该笔会提前，其他退款会推迟。"
        }
        (Remedy::Split, English) => {
            "Cancel it, and once it says cancelled ask again in partial refunds under new numbers: each part leaves as soon as \
             it fits. An order takes fifty refunds."
        }
        (Remedy::Split, Chinese) => {
            "先撤销，待显示已撤销后以新的单号分多笔部分退款重新申请：每笔在资金足够时即提交。每笔订单最多五十笔退款。"
        }
        (Remedy::RechargeAccount, English) => {
            "Ask WeChat Pay operations about the recharge account: money of your own then stands in for the day's payments."
        }
        (Remedy::RechargeAccount, Chinese) => "就充值账户咨询微信支付运营人员：可用自有资金代替当日收款。",
        (Remedy::AskWechatPay, English) => {
            "Ask WeChat Pay: most refunds leave within 48 hours. This one goes on being tried meanwhile."
        }
        (Remedy::AskWechatPay, Chinese) => "咨询微信支付：多数退款在48小时内完成。期间系统仍会继续尝试。",
        (Remedy::PayOutside, English) => {
            "Cancel it here, and only once it says cancelled pay the payer by other means: before that it may still be paid \
             twice."
        }
        (Remedy::PayOutside, Chinese) => {
            "先在此撤销，待显示已撤销后再用其他方式退还付款人：在此之前可能重复付款。"
        }
    }
}

/// What a person can do about a refund that the payer's bank sent back: it is done by hand on the Merchant Platform, and for
/// cross-border merchants there is no call for it. The gateway looks once a day what it came to, see
/// [`refunds::confirm::next_look_at_abnormal`]. Source: [operations 3.4], [mainland-refund-practice], [mainland-abnormal].
const fn ways_out_of_abnormal(language: Language) -> &'static [&'static str] {
    match language {
        Language::English => &[
            "On the Merchant Platform open Transaction Center, Transaction Management, Refund Query, filter for abnormal \
             refunds, and refund in another way.",
            "To another card of the payer, with its number and the payer's name: a debit card of CMB, BOCOM, ABC, CCB, ICBC, \
             BOC, Ping An, SPDB, CITIC, Everbright, Minsheng, Industrial, Guangfa, Postal Savings or Ningbo.",
            "Or back to the merchant's settlement account; only after that pay the payer outside WeChat Pay.",
            "Make no new refund for it meanwhile: its money has left the pool, and a second number would pay twice. What it \
             comes to is looked up once a day; a check looks at once.",
        ],
        Language::Chinese => &[
            "在商户平台进入交易中心、交易管理、退款查询，筛选异常退款，选择其他方式退款。",
            "退至付款人的其他银行卡，需提供卡号和姓名：招商、交通、农业、建设、工商、中国、平安、浦发、中信、光大、民生、兴业、广发、邮储或宁波银行的借记卡。",
            "或退回商户结算账户；此后方可在微信支付以外退还付款人。",
            "处理期间请勿为其另建退款：款项已离开资金池，新单号会造成重复退款。系统每天查询一次结果，也可立即查询。",
        ],
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
    use jiff::Timestamp;
    use refunds::refund::Attention;

    use super::super::specimen::{acceptance, refund};
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
    fn who_cannot_be_paid_through_wechat_pay_is_to_be_paid_outside_and_nobody_else() {
        let refused = |code: &str| State::Rejected(Refusal { code: code.to_owned(), message: String::new() });
        let arrived = |account: &str| State::Succeeded {
            acceptance: acceptance(),
            at: None,
            received_in: Some(account.to_owned()),
        };
        let rows = [
            (refused("payer_account_abnormal"), Standing::PayerGone),
            (refused("order_too_old"), Standing::OrderTooOld),
            (refused("order_not_found"), Standing::Refused),
            (arrived("商户结算银行账户"), Standing::BackAtShop),
            (arrived("商户基本账户"), Standing::BackAtShop),
            (arrived("招商银行信用卡0403"), Standing::Arrived),
            (arrived("支付用户零钱"), Standing::Arrived),
        ];
        for (state, expected) in rows {
            let attention = Some(Attention { reason: Reason::BackAtShop, since: Timestamp::UNIX_EPOCH });
            let attention = attention.filter(|_| expected == Standing::BackAtShop);
            let refund = Refund { attention, ..refund(state.clone(), 1) };
            assert_eq!(Standing::of(&refund), expected, "{state:?}");
            let settled = Refund { attention: None, ..refund };
            assert_eq!(Standing::of(&settled) == Standing::PaidOutside, expected == Standing::BackAtShop);
        }
        let outside = |standing: &Standing| {
            cashier(*standing, Language::English).contains("outside WeChat Pay")
                && cashier(*standing, Language::Chinese).contains("微信支付以外")
        };
        let found: Vec<Standing> = Standing::ALL.into_iter().filter(outside).collect();
        assert_eq!(found, [Standing::PayerGone, Standing::OrderTooOld, Standing::BackAtShop]);
    }

    #[test]
    fn the_ways_out_of_abnormal_are_the_same_in_both_languages() {
        let [english, chinese] = [Language::English, Language::Chinese].map(ways_out_of_abnormal);
        assert_eq!(english.len(), chinese.len());
        for (english, chinese) in english.iter().zip(chinese) {
            assert!(english.ends_with('.') && english.is_ascii() && chinese.ends_with('。'), "{english}");
        }
        assert_eq!(options(Reason::Abnormal, Language::English), english);
    }

    #[test]
    fn every_remedy_is_told_in_both_languages_and_what_risks_a_second_payment_begins_with_a_cancellation() {
        for remedy in [
            Remedy::Wait,
            Remedy::MorePayments,
            Remedy::HoldOthers,
            Remedy::Split,
            Remedy::RechargeAccount,
            Remedy::AskWechatPay,
            Remedy::PayOutside,
        ] {
            let (english, chinese) =
                (super::remedy(remedy, Language::English), super::remedy(remedy, Language::Chinese));
            assert!(english.ends_with('.') && chinese.ends_with('。') && !chinese.is_ascii(), "{remedy:?}");
            let is_risky = matches!(remedy, Remedy::Split | Remedy::PayOutside);
            assert_eq!(english.contains("once it says cancelled"), is_risky, "{english}");
            assert_eq!(chinese.contains("待显示已撤销后"), is_risky, "{chinese}");
        }
    }

    #[test]
    fn a_closed_refund_asks_for_a_new_number_and_an_abnormal_one_forbids_it() {
        assert!(cashier(Standing::Closed, Language::English).contains("new number"));
        assert!(cashier(Standing::Closed, Language::Chinese).contains("新的退款单号"));
        assert!(cashier(Standing::Returned, Language::English).contains("do not refund"));
        assert!(cashier(Standing::Returned, Language::Chinese).contains("请勿"));
    }

    #[test]
    fn nobody_is_told_to_pay_in_another_way_while_wechat_pay_may_still_pay() {
        for standing in [Standing::Unclear, Standing::Withdrawing, Standing::Returned] {
            let text = cashier(standing, Language::English).to_lowercase();
            assert!(text.contains("do not refund in another way"), "{standing:?}");
        }
    }
}
