//! Every refusal at the interface: its code, status, number and words. The only place where they are chosen.
//!
//! Statuses belong to the codes ([`ErrorCode::status`]). Where a page names the words, they are the page's; the others
//! are ours, and no program may depend on any. Source: [global-rules], [global-refund], [mainland-refund-practice],
//! [global-close], [global-revoke], [official-skills], \[inferred\].

use platform::order::OrderRefusal;
use platform::refund::{Limit, QueryRefusal, RefundRefusal};
use platform::statement::StatementRefusal;
use platform::world::NotAMember;
use wechatpay::codes::ErrorCode as Code;
use wechatpay::v3::caller::Region;
use wechatpay::v3::error::{Detail, ErrorBody};
use wechatpay::v3::json::MessageError;

use crate::faults::ErrorInstead;

use super::answer::Answer;
use super::gate::GateRefusal;
use super::language::Language;
use super::settings::{FaceSettings, TooFast};

/// Why a request is not carried out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Refusal {
    /// Nothing is served there.
    UnknownPath,
    /// It is not let in.
    Gate(GateRefusal),
    /// It cannot be read; the fault is in its body, or in its path and query.
    Unreadable { error: MessageError, location: &'static str },
    /// It names another merchant id than the one that signed it.
    OtherMerchant,
    /// It came to the branch (global or mainland) to which its merchant does not belong.
    OtherBranch(Region),
    /// Its app id is not its merchant's.
    OtherAppid,
    /// The certificate list is closed to this merchant.
    NoCertificateList,
    /// The payer is asked for the password.
    AwaitingPassword,
    /// The platform does not accept the refund.
    Refund(Region, RefundRefusal),
    /// The platform does not answer the question.
    Query(QueryRefusal),
    /// The platform does not do this with the order.
    Order(OrderRefusal),
    /// The platform has no such books.
    Statement(StatementRefusal),
    /// Something failed in the sandbox itself.
    Internal,
}

impl From<QueryRefusal> for Refusal {
    fn from(refusal: QueryRefusal) -> Refusal {
        Refusal::Query(refusal)
    }
}

impl From<OrderRefusal> for Refusal {
    fn from(refusal: OrderRefusal) -> Refusal {
        Refusal::Order(refusal)
    }
}

impl From<StatementRefusal> for Refusal {
    fn from(refusal: StatementRefusal) -> Refusal {
        Refusal::Statement(refusal)
    }
}

/// Code, internal number, and the words in Chinese and English.
type Row = (Code, u64, &'static str, &'static str);

/// Internal numbers, shown at the end of `Request-ID`. Source: [official-skills].
mod number {
    pub(super) const BAD_SIGNATURE: u64 = 270_283_348;
    pub(super) const SUB_MERCHANT_MISSING: u64 = 268_443_704;
    pub(super) const NOT_SERVED: u64 = 268_443_701;
    pub(super) const BAD_PARAMETER: u64 = 268_435_461;
    pub(super) const NO_ORDER: u64 = 268_512_771;
    pub(super) const NOT_ENOUGH: u64 = 88_430_113;
    pub(super) const REVOKE_TOO_LATE: u64 = 268_449_386;
    pub(super) const MAINLAND_PATH: u64 = 268_501_838;
    pub(super) const PASSWORD: u64 = 268_501_834;
    /// None is published for this error; one that belongs to no other. Source: \[inferred\].
    pub(super) const UNPUBLISHED: u64 = 268_435_456;
}

/// The table.
fn row(refusal: &Refusal, settings: &FaceSettings) -> Row {
    match refusal {
        Refusal::UnknownPath => {
            (Code::NotFound, number::UNPUBLISHED, "请求的接口不存在", "There is no such interface")
        }
        Refusal::Gate(refusal) => of_gate(refusal),
        Refusal::Unreadable { .. } => {
            (Code::ParamError, number::BAD_PARAMETER, "参数错误", "Parameter error")
        }
        Refusal::OtherMerchant => (
            Code::NoAuth,
            number::UNPUBLISHED,
            "请求中的商户号与签名的商户号不一致",
            "The merchant in the request is not the one that signed it",
        ),
        Refusal::OtherBranch(Region::Mainland) => (
            Code::InvalidRequest,
            number::MAINLAND_PATH,
            "跨境商户请使用境外接口",
            "A cross-border merchant must use the global interfaces",
        ),
        Refusal::OtherBranch(Region::Global) => (
            Code::InvalidRequest,
            number::UNPUBLISHED,
            "境内商户请使用境内接口",
            "A mainland merchant must use the mainland interfaces",
        ),
        Refusal::OtherAppid => (
            Code::AppidMchidNotMatch,
            number::UNPUBLISHED,
            "appid和mchid不匹配",
            "The app id and the merchant id do not match",
        ),
        Refusal::NoCertificateList => (
            Code::NoAuth,
            number::UNPUBLISHED,
            "商户使用微信支付公钥，无法下载平台证书",
            "The merchant uses the WeChat Pay public key and has no platform certificates",
        ),
        Refusal::AwaitingPassword => {
            (Code::Userpaying, number::PASSWORD, "需要用户输入支付密码", "The payer must enter the password")
        }
        Refusal::Refund(region, refusal) => of_refund(*region, refusal),
        Refusal::Query(refusal) => of_query(refusal, settings),
        Refusal::Order(refusal) => of_order(refusal),
        Refusal::Statement(refusal) => of_statement(refusal),
        Refusal::Internal => (
            Code::SystemError,
            number::UNPUBLISHED,
            "系统异常，请稍后重试",
            "System error; please try again later",
        ),
    }
}

/// Source: [official-skills]; the words seen in answers where there are any.
fn of_gate(refusal: &GateRefusal) -> Row {
    let (zh, en) = match refusal {
        GateRefusal::HeaderMissing { .. } => {
            return (
                Code::ParamError,
                number::BAD_PARAMETER,
                "Http头缺少Accept或User-Agent",
                "The HTTP header Accept or User-Agent is missing",
            );
        }
        GateRefusal::AuthorizationMissing => {
            ("Http头缺少Authorization", "The HTTP header Authorization is missing")
        }
        GateRefusal::OtherScheme => {
            ("Http头Authorization认证类型不正确", "The authentication type in Authorization is not supported")
        }
        GateRefusal::Malformed(_) => {
            ("Http头Authorization值格式错误", "The HTTP header Authorization is malformed")
        }
        GateRefusal::NoCertificate => {
            ("商户未申请过证书", "The merchant has never applied for an API certificate")
        }
        // No page has words for the older kind; to V3 it is a certificate that does not exist.
        GateRefusal::OtherSerial | GateRefusal::IssuedByWechatPay => (
            "商户证书序列号有误。请使用签名私钥匹配的证书序列号",
            "Wrong certificate serial number; use that of the certificate that belongs to the signing key",
        ),
        GateRefusal::CertificateExpired => ("商户证书已过期", "The merchant's API certificate has expired"),
        GateRefusal::CertificateVoided => {
            ("商户证书已作废", "The merchant's API certificate has been voided")
        }
        GateRefusal::CertificateSuperseded => {
            ("已更换证书，请使用新证书", "The merchant's API certificate has been replaced; use the new one")
        }
        GateRefusal::Stale => (
            "Http头Authorization中的timestamp与发起请求的时间不得超过5分钟",
            "The timestamp in Authorization must be within 5 minutes of the request",
        ),
        GateRefusal::Mismatch(_) => ("错误的签名，验签失败", "Wrong signature; it could not be verified"),
    };
    (Code::SignError, number::BAD_SIGNATURE, zh, en)
}

fn of_member(refusal: &NotAMember) -> Row {
    match refusal {
        NotAMember::Merchant { .. } => {
            (Code::MchNotExists, number::UNPUBLISHED, "商户号不存在", "The merchant id does not exist")
        }
        NotAMember::SubMerchantMissing => (
            Code::InvalidRequest,
            number::SUB_MERCHANT_MISSING,
            "机构模式下必须传子商户号",
            "An institution must send the sub-merchant id",
        ),
        NotAMember::SubMerchant { .. } => (
            Code::NoAuth,
            number::NOT_SERVED,
            "机构与子商户没有受理关系",
            "The institution does not serve this sub-merchant",
        ),
    }
}

/// Global pages name OUT_REFUND_NO_USED and TRADE_OVERDUE; on the mainland both are INVALID_REQUEST.
/// Source: [global-refund], [official-skills], [mainland-refund-practice].
fn of_refund(region: Region, refusal: &RefundRefusal) -> Row {
    let by_branch = |global: Code| if region == Region::Global { global } else { Code::InvalidRequest };
    let against_a_rule = |zh, en| (Code::InvalidRequest, number::UNPUBLISHED, zh, en);
    match refusal {
        RefundRefusal::NotAMember(refusal) => of_member(refusal),
        RefundRefusal::FrequencyLimited { limit: Limit::OldOrders } => (
            Code::FrequencyLimited,
            number::UNPUBLISHED,
            "频率限制，1个月之前的订单请降低申请频率再重试",
            "Too many refunds of orders older than one month; slow down and try again",
        ),
        RefundRefusal::FrequencyLimited { .. } => TOO_FAST,
        RefundRefusal::OrderNotFound => {
            (Code::ResourceNotExists, number::NO_ORDER, "订单不存在", "The order does not exist")
        }
        RefundRefusal::OrderNotPaid { .. } => against_a_rule("订单未支付", "The order is not paid"),
        RefundRefusal::TotalDiffers { .. } => {
            against_a_rule("订单金额与原订单不一致", "amount.total is not the total of the order")
        }
        RefundRefusal::CurrencyDiffers { .. } => {
            against_a_rule("退款币种与订单币种不一致", "The refund is not in the currency of the order")
        }
        RefundRefusal::AmountNotPositive => {
            (Code::ParamError, number::BAD_PARAMETER, "退款金额必须大于0", "The refund must be above zero")
        }
        RefundRefusal::AmountOverRest { .. } => {
            against_a_rule("申请退款金额大于订单可退金额", "The refund is more than is left of the order")
        }
        RefundRefusal::TooManyPartialRefunds { .. } => {
            against_a_rule("订单退款次数超过上限", "The order has as many partial refunds as it may have")
        }
        RefundRefusal::TooOld { .. } => (
            by_branch(Code::TradeOverdue),
            number::UNPUBLISHED,
            "订单已超过可退款的最大期限",
            "The order is past the time in which it can be refunded",
        ),
        // The page asks for the minute and names no code; too fast it is. [global-refund], \[inferred\]
        RefundRefusal::TooSoonAfterAnother { .. } => (
            Code::FrequencyLimited,
            number::UNPUBLISHED,
            "同一订单的多次退款请间隔1分钟",
            "Refunds of one order must be at least 1 minute apart",
        ),
        RefundRefusal::NumberUsedWithOtherParameters { .. } => (
            by_branch(Code::OutRefundNoUsed),
            number::UNPUBLISHED,
            "商户退款单号已使用，且与原请求参数不一致",
            "The refund number is used with other parameters",
        ),
        RefundRefusal::NotEnough { .. } => NOT_ENOUGH,
        RefundRefusal::SourceNotEnabled => (
            Code::NoAuth,
            number::UNPUBLISHED,
            "商户未开通充值退款",
            "The merchant has not opened refunds from recharged funds",
        ),
        RefundRefusal::PayerAccountAbnormal => {
            (Code::UserAccountAbnormal, number::UNPUBLISHED, "用户账户注销", "The payer's account is closed")
        }
    }
}

/// Source: [mainland-refund-practice].
const TOO_FAST: Row = (
    Code::FrequencyLimited,
    number::UNPUBLISHED,
    "你的操作过于频繁，请稍后再试",
    "Too many requests; please try again later",
);

/// Source: [refund-logic], [mainland-refund-practice].
const NOT_ENOUGH: Row = (
    Code::NotEnough,
    number::NOT_ENOUGH,
    "可退款余额不足，请稍后使用原单号重试",
    "Not enough refundable funds; try again later with the same number",
);

fn of_query(refusal: &QueryRefusal, settings: &FaceSettings) -> Row {
    match refusal {
        QueryRefusal::NotAMember(refusal) => of_member(refusal),
        QueryRefusal::FrequencyLimited => TOO_FAST,
        QueryRefusal::NotFound => {
            (settings.missing_refund.code(), number::UNPUBLISHED, "退款单不存在", "The refund does not exist")
        }
    }
}

/// Source: [global-payment], [global-close], [global-revoke].
fn of_order(refusal: &OrderRefusal) -> Row {
    let against_a_rule = |zh, en| (Code::InvalidRequest, number::UNPUBLISHED, zh, en);
    match refusal {
        OrderRefusal::NotAMember(refusal) => of_member(refusal),
        OrderRefusal::OrderNotFound => {
            (Code::OrderNotExist, number::NO_ORDER, "订单不存在", "The order does not exist")
        }
        OrderRefusal::NumberUsed { .. } => {
            (Code::OutTradeNoUsed, number::UNPUBLISHED, "商户订单号重复", "The order number is used")
        }
        OrderRefusal::AmountNotPositive => {
            (Code::ParamError, number::BAD_PARAMETER, "订单金额必须大于0", "The amount must be above zero")
        }
        OrderRefusal::CurrencyNotAllowed { .. } => (
            Code::ParamError,
            number::BAD_PARAMETER,
            "不支持的标价币种",
            "The merchant cannot price in this currency",
        ),
        OrderRefusal::AmountTooLarge => {
            (Code::ParamError, number::BAD_PARAMETER, "订单金额过大", "The amount is too large")
        }
        OrderRefusal::OrderPaid => (
            Code::OrderPaid,
            number::UNPUBLISHED,
            "订单已支付，不能关闭",
            "The order is already paid and cannot be closed",
        ),
        OrderRefusal::OrderClosed => {
            (Code::OrderClosed, number::UNPUBLISHED, "订单已关闭", "The order is closed")
        }
        OrderRefusal::OrderRevoked => {
            (Code::OrderReversed, number::UNPUBLISHED, "订单已撤销", "The order is revoked")
        }
        OrderRefusal::NotQuickPay => {
            against_a_rule("仅付款码支付的订单可以撤销", "Only Quick Pay orders can be revoked")
        }
        OrderRefusal::TooEarly { .. } => {
            against_a_rule("操作过早，请稍后再试", "It is too early for this; try again later")
        }
        OrderRefusal::TooLateToRevoke => (
            Code::InvalidRequest,
            number::REVOKE_TOO_LATE,
            "订单已超过可撤销的时间，请申请退款",
            "The order can no longer be revoked; refund it",
        ),
        OrderRefusal::HasRefunds => {
            against_a_rule("订单已退款，不能撤销", "The order has refunds and cannot be revoked")
        }
        OrderRefusal::NotEnough => NOT_ENOUGH,
    }
}

/// The two names are in public lists; their statuses, and the error of a day long past, are not published.
/// Source: [global-statement], \[inferred\].
fn of_statement(refusal: &StatementRefusal) -> Row {
    match refusal {
        StatementRefusal::NotAMember(refusal) => of_member(refusal),
        StatementRefusal::NotReady { .. } => (
            Code::StatementCreating,
            number::UNPUBLISHED,
            "账单生成中，请稍后再试",
            "The statement is being made; try again later",
        ),
        StatementRefusal::NoTrade => {
            (Code::NoStatementExist, number::UNPUBLISHED, "账单不存在", "There is no statement for this day")
        }
        StatementRefusal::TooOld { .. } => (
            Code::InvalidRequest,
            number::UNPUBLISHED,
            "账单已超过可下载的期限",
            "Statements of so long ago are not kept",
        ),
    }
}

/// The answer to a request that is refused.
pub(crate) fn answer(refusal: &Refusal, settings: &FaceSettings, language: Language) -> Answer {
    let (code, number, zh, en) = row(refusal, settings);
    let words = match language {
        Language::Chinese => zh,
        Language::English => en,
    };
    let detail = detail(refusal);
    let issue = match refusal {
        Refusal::Gate(GateRefusal::Mismatch(_)) => None,
        _ => detail.as_ref().and_then(|detail| detail.issue.as_deref()),
    };
    let message = match issue {
        Some(issue) => format!("{words}: {issue}"),
        None => words.to_owned(),
    };
    written(spelled(code, settings.too_fast).to_owned(), code.status(), number, &message, detail)
}

/// The answer that a fault puts in the platform's place. A fault without a code is a proxy's page: no JSON at all.
pub(crate) fn instead(fault: &ErrorInstead, language: Language) -> Answer {
    if fault.code.is_empty() {
        return Answer { status: fault.status, number: number::UNPUBLISHED, ..Answer::ok(String::new()) };
    }
    let (zh, en) = match (Code::parse(&fault.code), fault.status) {
        (Some(Code::NotEnough), _) => (NOT_ENOUGH.2, NOT_ENOUGH.3),
        (_, 429) => (TOO_FAST.2, TOO_FAST.3),
        (_, 500..) => ("系统异常，请稍后重试", "System error; please try again later"),
        _ => ("请求失败", "The request failed"),
    };
    let words = match language {
        Language::Chinese => zh,
        Language::English => en,
    };
    written(fault.code.clone(), fault.status, number::UNPUBLISHED, words, None)
}

fn spelled(code: Code, too_fast: TooFast) -> &'static str {
    match code {
        Code::FrequencyLimited => too_fast.as_str(),
        code => code.as_str(),
    }
}

/// Longest `message` in characters. Source: [global-rules].
const LONGEST_MESSAGE: usize = 256;

fn written(code: String, status: u16, number: u64, message: &str, detail: Option<Detail>) -> Answer {
    let message: String = message.chars().take(LONGEST_MESSAGE).collect();
    let body = ErrorBody { code: code.clone(), message, detail }.render();
    Answer { status, code: Some(code), number, ..Answer::ok(body) }
}

/// Where the fault is, for those errors that say so.
fn detail(refusal: &Refusal) -> Option<Detail> {
    match refusal {
        Refusal::Unreadable { error, location } => Some(Detail {
            field: error
                .field()
                .map(|field| if *location == "body" { pointer(field) } else { field.to_owned() }),
            issue: Some(error.to_string()),
            location: Some((*location).to_owned()),
            ..Detail::default()
        }),
        Refusal::Gate(GateRefusal::Mismatch(information)) => Some(Detail {
            field: Some("signature".to_owned()),
            issue: Some("sign not match".to_owned()),
            location: Some("authorization".to_owned()),
            sign_information: Some(information.clone()),
            ..Detail::default()
        }),
        Refusal::Gate(GateRefusal::Malformed(error)) => Some(Detail {
            issue: Some(error.to_string()),
            location: Some("authorization".to_owned()),
            ..Detail::default()
        }),
        _ => None,
    }
}

/// `amount.refund` as a JSON pointer.
fn pointer(field: &str) -> String {
    format!("/{}", field.replace(['.', '['], "/").replace(']', ""))
}

#[cfg(test)]
mod tests {
    use platform::order::TradeState;
    use wechatpay::ids::{Mchid, OutRefundNo, OutTradeNo, SubMchid};
    use wechatpay::money::{Currency, Money};

    use super::*;

    fn code_of(refusal: &Refusal) -> (u16, String) {
        let settings = FaceSettings::default();
        for language in [Language::Chinese, Language::English] {
            let answer = answer(refusal, &settings, language);
            let body = ErrorBody::parse(answer.body.as_bytes()).unwrap();
            assert!(!body.message.is_empty() && body.message.is_ascii() == (language == Language::English));
        }
        let answer = answer(refusal, &settings, Language::English);
        (answer.status, answer.code.unwrap())
    }

    fn assert_codes(expected: &[(Refusal, u16, &str)]) {
        for (refusal, status, code) in expected {
            assert_eq!(code_of(refusal), (*status, (*code).to_owned()), "{refusal:?}");
        }
    }

    #[test]
    fn every_refusal_of_a_refund_has_its_code() {
        use RefundRefusal as R;
        let out_refund_no = OutRefundNo::parse("R1").unwrap();
        let used = R::NumberUsedWithOtherParameters { out_refund_no: out_refund_no.clone(), field: "source" };
        let from = jiff::Timestamp::UNIX_EPOCH;
        let (needed, available) = (Money::fen(2), Money::fen(1));
        let missing = NotAMember::Merchant { mchid: Mchid::parse("1").unwrap() };
        let stranger = NotAMember::SubMerchant { sub_mchid: SubMchid::parse("1").unwrap() };
        let table = [
            (R::NotAMember(missing), 404, "MCH_NOT_EXISTS"),
            (R::NotAMember(NotAMember::SubMerchantMissing), 400, "INVALID_REQUEST"),
            (R::NotAMember(stranger), 403, "NO_AUTH"),
            (R::FrequencyLimited { limit: Limit::Submits }, 429, "FREQUENCY_LIMITED"),
            (R::FrequencyLimited { limit: Limit::Refused }, 429, "FREQUENCY_LIMITED"),
            (R::FrequencyLimited { limit: Limit::OldOrders }, 429, "FREQUENCY_LIMITED"),
            (R::OrderNotFound, 404, "RESOURCE_NOT_EXISTS"),
            (R::OrderNotPaid { state: TradeState::Notpay }, 400, "INVALID_REQUEST"),
            (R::TotalDiffers { total: needed }, 400, "INVALID_REQUEST"),
            (R::CurrencyDiffers { currency: Currency::CNY }, 400, "INVALID_REQUEST"),
            (R::AmountNotPositive, 400, "PARAM_ERROR"),
            (R::AmountOverRest { rest: available }, 400, "INVALID_REQUEST"),
            (R::TooManyPartialRefunds { limit: 50 }, 400, "INVALID_REQUEST"),
            (R::TooOld { limit_days: 365 }, 403, "TRADE_OVERDUE"),
            (R::TooSoonAfterAnother { other: out_refund_no, from }, 429, "FREQUENCY_LIMITED"),
            (used.clone(), 403, "OUT_REFUND_NO_USED"),
            (R::NotEnough { needed, available }, 403, "NOT_ENOUGH"),
            (R::SourceNotEnabled, 403, "NO_AUTH"),
            (R::PayerAccountAbnormal, 403, "USER_ACCOUNT_ABNORMAL"),
        ];
        assert_codes(
            &table.map(|(refusal, status, code)| (Refusal::Refund(Region::Global, refusal), status, code)),
        );
        assert_codes(&[
            (Refusal::Refund(Region::Mainland, used), 400, "INVALID_REQUEST"),
            (Refusal::Refund(Region::Mainland, R::TooOld { limit_days: 365 }), 400, "INVALID_REQUEST"),
        ]);
    }

    #[test]
    fn every_refusal_about_an_order_or_a_question_has_its_code() {
        use OrderRefusal as O;
        let out_trade_no = OutTradeNo::parse("T1").unwrap();
        let from = jiff::Timestamp::UNIX_EPOCH;
        let table = [
            (O::NotAMember(NotAMember::SubMerchantMissing), 400, "INVALID_REQUEST"),
            (O::OrderNotFound, 404, "ORDER_NOT_EXIST"),
            (O::NumberUsed { out_trade_no }, 403, "OUT_TRADE_NO_USED"),
            (O::AmountNotPositive, 400, "PARAM_ERROR"),
            (O::CurrencyNotAllowed { currency: Currency::JPY }, 400, "PARAM_ERROR"),
            (O::AmountTooLarge, 400, "PARAM_ERROR"),
            (O::OrderPaid, 400, "ORDERPAID"),
            (O::OrderClosed, 400, "ORDER_CLOSED"),
            (O::OrderRevoked, 400, "ORDER_REVERSED"),
            (O::NotQuickPay, 400, "INVALID_REQUEST"),
            (O::TooEarly { from }, 400, "INVALID_REQUEST"),
            (O::TooLateToRevoke, 400, "INVALID_REQUEST"),
            (O::HasRefunds, 400, "INVALID_REQUEST"),
            (O::NotEnough, 403, "NOT_ENOUGH"),
        ];
        assert_codes(&table.map(|(refusal, status, code)| (Refusal::Order(refusal), status, code)));
        assert_codes(&[
            (Refusal::Query(QueryRefusal::NotFound), 404, "RESOURCE_NOT_EXISTS"),
            (Refusal::Query(QueryRefusal::FrequencyLimited), 429, "FREQUENCY_LIMITED"),
            (Refusal::Internal, 500, "SYSTEM_ERROR"),
        ]);
    }

    #[test]
    fn every_refusal_of_a_statement_has_its_code() {
        use StatementRefusal as S;
        let stranger = NotAMember::SubMerchant { sub_mchid: SubMchid::parse("1").unwrap() };
        let table = [
            (S::NotAMember(stranger), 403, "NO_AUTH"),
            (S::NotReady { from: jiff::Timestamp::UNIX_EPOCH }, 400, "STATEMENT_CREATING"),
            (S::NoTrade, 400, "NO_STATEMENT_EXIST"),
            (S::TooOld { kept_days: 180 }, 400, "INVALID_REQUEST"),
        ];
        assert_codes(&table.map(|(refusal, status, code)| (Refusal::Statement(refusal), status, code)));
    }

    #[test]
    fn a_field_becomes_a_json_pointer() {
        assert_eq!(pointer("amount.refund"), "/amount/refund");
        assert_eq!(pointer("data[0].id"), "/data/0/id");
    }
}
