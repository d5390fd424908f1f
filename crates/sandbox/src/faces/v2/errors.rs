//! Every refusal of V2: its code, its frame and its words. The only place where they are chosen.
//!
//! Where a page or a log has the words, they are those; the others are ours, and no program may depend on any.
//! Source: [v2-refund], [v2-refund-query], [v2-payment], [v2-red-packet], [v2-company-payment], [staff-answers],
//! \[inferred\].

use platform::order::OrderRefusal;
use platform::refund::{Limit, QueryRefusal, RefundRefusal};
use platform::world::NotAMember;
use wechatpay::codes::ErrorCode;
use wechatpay::v2::answer::{ErrorBody, Failure, not_taken};
use wechatpay::v2::caller::Caller;
use wechatpay::v2::front::{CERTIFICATE_NOT_MATCH, Page, ca_error};
use wechatpay::v2::message::{Message, MessageError};
use wechatpay::v2::sign::SignType;
use wechatpay::v3::refund::call::OrderName;

use crate::faults::ErrorInstead;

use super::answer::{Answer, Content};
use super::gate::GateRefusal;
use super::route::Family;
use super::settings::{Frame, V2Settings};

/// Why a request is not carried out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Refusal {
    /// Nothing is served there.
    UnknownPath,
    /// It is not let in.
    Gate(GateRefusal),
    /// A field cannot be read.
    Unreadable(MessageError),
    /// The refund is more than the order as the request itself has it, which is noticed in front.
    RefundOverTotal,
    /// Its app id is not its merchant's.
    OtherAppid,
    /// The page begins behind the last refund.
    OffsetTooLarge,
    /// The payer is asked for the password.
    AwaitingPassword,
    /// The platform does not accept the refund of the order named so.
    Refund(OrderName, RefundRefusal),
    /// The platform does not answer the question.
    Query(QueryRefusal),
    /// The platform does not close the order.
    Close(OrderRefusal),
    /// The platform does not reverse the order.
    Reverse(OrderRefusal),
    /// The platform does not do this with the order.
    Order(OrderRefusal),
    /// The account from which red packets and transfers are paid has no money here.
    NoFunds,
    /// No red packet or transfer with this number was ever sent.
    NeverSent,
}

/// Code and words of a refusal by the business.
type Row = (&'static str, &'static str);

const PARAMETER: &str = "PARAM_ERROR";
const NOT_ENOUGH: Row = ("NOTENOUGH", "基本账户余额不足，请充值后重新发起");
const TOO_FAST: Row = ("FREQUENCY_LIMITED", "频率限制，请降低申请频率再重试");
const NO_MERCHANT: Row = ("MCHID_NOT_EXIST", "商户号不存在");
const NO_ORDER: Row = ("ORDERNOTEXIST", "订单不存在");

/// The answer to `message`, which came to a path of `family` and is refused.
pub(crate) fn answer(
    refusal: &Refusal,
    family: Family,
    message: Option<&Message>,
    sign_type: SignType,
    settings: &V2Settings,
) -> Answer {
    let caller = message.and_then(|message| Caller::read(message).ok());
    let business = |row: Row| failed(row.0, row.1, family, caller.as_ref(), sign_type);
    match refusal {
        Refusal::UnknownPath => Answer::page(404, page("404 Not Found")),
        Refusal::Gate(refusal) => of_gate(refusal, family, caller.as_ref(), sign_type, settings),
        Refusal::Unreadable(error) => {
            failed(PARAMETER, &error.to_string(), family, caller.as_ref(), sign_type)
        }
        Refusal::RefundOverTotal => Answer::unsigned(not_taken("invalid refund_fee"), None),
        Refusal::OtherAppid => business(("APPID_NOT_EXIST", "APPID不存在")),
        Refusal::OffsetTooLarge => business((PARAMETER, "offset参数错误")),
        Refusal::AwaitingPassword => business(("USERPAYING", "需要用户输入支付密码")),
        Refusal::Refund(order, refusal) => business(of_refund(order, refusal, settings)),
        Refusal::Query(refusal) => business(match refusal {
            QueryRefusal::NotAMember(refusal) => of_member(refusal),
            QueryRefusal::FrequencyLimited => TOO_FAST,
            QueryRefusal::NotFound => ("REFUNDNOTEXIST", "退款不存在"),
        }),
        Refusal::Close(refusal) => business(match refusal {
            OrderRefusal::TooEarly { .. } => ("TRADE_STATE_ERROR", "订单生成后不能马上调用关单接口"),
            refusal => of_order(refusal),
        }),
        Refusal::Reverse(refusal) => business(match refusal {
            OrderRefusal::TooLateToRevoke => ("REVERSE_EXPIRE", "订单无法撤销"),
            OrderRefusal::TooEarly { .. } | OrderRefusal::HasRefunds => ("TRADE_ERROR", "订单错误"),
            refusal => of_order(refusal),
        }),
        Refusal::Order(refusal) => business(of_order(refusal)),
        Refusal::NoFunds => business(("NOTENOUGH", "帐号余额不足，请到商户平台充值后再支付")),
        Refusal::NeverSent => business(("NOT_FOUND", "指定单号数据不存在")),
    }
}

/// In front of the business. Below `/mmpaymkttransfers/` every trouble with a certificate is one answer, and codes are
/// spelled in another way.
fn of_gate(
    refusal: &GateRefusal,
    family: Family,
    caller: Option<&Caller>,
    sign_type: SignType,
    settings: &V2Settings,
) -> Answer {
    use GateRefusal as G;
    // Nothing that stands in front of a signature that holds is signed.
    let unsigned = |code: &str, words: &str| {
        let answer = failed(code, words, family, caller, sign_type);
        match answer.content {
            Content::Signed(body) => Answer::unsigned(body.as_str().to_owned(), Some(code)),
            Content::Unsigned(_) | Content::Page(_) => answer,
        }
    };
    let accounts = family == Family::Accounts;
    match refusal {
        G::NoCertificate
        | G::UntrustedCertificate
        | G::CertificateOfAnother { .. }
        | G::CertificateNotInForce
            if accounts =>
        {
            Answer::unsigned(ca_error(), Some("CA_ERROR"))
        }
        G::NoCertificate => Answer::page(Page::STATUS, Page::NoCertificate.html()),
        G::UntrustedCertificate => Answer::page(Page::STATUS, Page::UntrustedCertificate.html()),
        G::CertificateOfAnother { .. } => Answer::unsigned(not_taken(CERTIFICATE_NOT_MATCH), None),
        G::CertificateNotInForce => match settings.certificate_error {
            Frame::Business => unsigned("CERT_ERROR", "证书校验错误"),
            Frame::Communication => Answer::unsigned(not_taken("证书校验错误"), None),
        },
        G::NotPost => unsigned("REQUIRE_POST_METHOD", "请使用post方法"),
        G::Malformed(_) if accounts => unsigned("XML_ERROR", "请求的xml格式错误"),
        G::Malformed(_) => unsigned("XML_FORMAT_ERROR", "XML格式错误"),
        G::NoCaller if accounts => unsigned(PARAMETER, "商户号错误"),
        G::NoCaller => Answer::unsigned(not_taken("参数格式校验错误"), None),
        G::UnknownMerchant => unsigned(NO_MERCHANT.0, NO_MERCHANT.1),
        G::Signature(_) if accounts => unsigned("SIGN_ERROR", "签名错误"),
        G::Signature(_) => match settings.signature_error {
            Frame::Business => unsigned("SIGNERROR", "签名错误"),
            Frame::Communication => Answer::unsigned(not_taken("签名错误"), None),
        },
    }
}

fn of_member(refusal: &NotAMember) -> Row {
    match refusal {
        NotAMember::Merchant { .. } => NO_MERCHANT,
        NotAMember::SubMerchantMissing => (PARAMETER, "缺少参数sub_mch_id"),
        NotAMember::SubMerchant { .. } => ("NOAUTH", "商户无权限"),
    }
}

fn of_refund(order: &OrderName, refusal: &RefundRefusal, settings: &V2Settings) -> Row {
    match refusal {
        RefundRefusal::NotAMember(refusal) => of_member(refusal),
        RefundRefusal::FrequencyLimited { limit: Limit::Refused } => ("INVALID_REQ_TOO_MUCH", "无效请求过多"),
        RefundRefusal::FrequencyLimited { .. } => TOO_FAST,
        RefundRefusal::OrderNotFound => match order {
            OrderName::TransactionId(_) => ("INVALID_TRANSACTIONID", "无效transaction_id"),
            OrderName::OutTradeNo(_) => NO_ORDER,
        },
        RefundRefusal::OrderNotPaid { .. } => NO_ORDER,
        RefundRefusal::TotalDiffers { .. } => ("INVALID_REQUEST", "订单金额不一致"),
        RefundRefusal::CurrencyDiffers { .. } => ("INVALID_REQUEST", "退款币种与订单币种不一致"),
        RefundRefusal::AmountNotPositive => (PARAMETER, "退款金额必须大于0"),
        RefundRefusal::AmountOverRest { rest } if rest.minor() == 0 => ("ERROR", "订单已全额退款"),
        RefundRefusal::AmountOverRest { .. } => ("ERROR", "累计退款金额大于支付金额"),
        RefundRefusal::TooManyPartialRefunds { .. } => ("ERROR", "订单退款次数超过上限"),
        RefundRefusal::TooOld { .. } => ("TRADE_OVERDUE", "订单已经超过可退款的最大期限"),
        RefundRefusal::TooSoonAfterAnother { .. } => {
            ("BIZERR_NEED_RETRY", "退款业务流程错误，需要商户触发重试来解决")
        }
        RefundRefusal::NumberUsedWithOtherParameters {
            field: "amount.refund" | "amount.total" | "amount.currency",
            ..
        } => (settings.number_used.as_str(), "订单金额或退款金额与之前请求不一致，请核实后再试"),
        RefundRefusal::NumberUsedWithOtherParameters { .. } => {
            ("INVALID_REQUEST", "商户退款单号对应的订单号不一致")
        }
        RefundRefusal::NotEnough { .. } => NOT_ENOUGH,
        RefundRefusal::SourceNotEnabled => ("NOAUTH", "商户未开通充值退款"),
        RefundRefusal::PayerAccountAbnormal => ("USER_ACCOUNT_ABNORMAL", "退款请求失败，用户账户注销"),
    }
}

fn of_order(refusal: &OrderRefusal) -> Row {
    match refusal {
        OrderRefusal::NotAMember(refusal) => of_member(refusal),
        OrderRefusal::OrderNotFound => NO_ORDER,
        OrderRefusal::NumberUsed { .. } => ("OUT_TRADE_NO_USED", "商户订单号重复"),
        OrderRefusal::AmountNotPositive => (PARAMETER, "订单金额必须大于0"),
        OrderRefusal::CurrencyNotAllowed { .. } => (PARAMETER, "不支持的标价币种"),
        OrderRefusal::AmountTooLarge => (PARAMETER, "订单金额过大"),
        OrderRefusal::OrderPaid => ("ORDERPAID", "订单已支付"),
        OrderRefusal::OrderClosed => ("ORDERCLOSED", "订单已关闭"),
        OrderRefusal::OrderRevoked => ("ORDERREVERSED", "订单已撤销"),
        OrderRefusal::NotQuickPay => ("INVALID_REQUEST", "仅付款码支付的订单可以撤销"),
        OrderRefusal::TooEarly { .. } | OrderRefusal::TooLateToRevoke | OrderRefusal::HasRefunds => {
            ("TRADE_ERROR", "订单错误")
        }
        OrderRefusal::NotEnough => NOT_ENOUGH,
    }
}

/// A refusal by the business, which only `/mmpaymkttransfers/` leaves unsigned.
fn failed(code: &str, words: &str, family: Family, caller: Option<&Caller>, sign_type: SignType) -> Answer {
    let body = ErrorBody { code: code.to_owned(), message: words.to_owned() };
    let accounts = family == Family::Accounts;
    let caller = caller.filter(|_| !accounts);
    let rendered = Failure { return_msg: "OK", caller, body: &body }.render(sign_type);
    let content = match accounts {
        true => Content::Unsigned(rendered.as_str().to_owned()),
        false => Content::Signed(rendered),
    };
    Answer { status: 200, content, code: Some(code.to_owned()) }
}

/// The answer that a fault puts in the platform's place. On this wire errors come with status 200; where the fault's
/// status is not that of its code, or its code is none of V2's, it is an outage: a page with that status.
pub(crate) fn instead(
    fault: &ErrorInstead,
    family: Family,
    message: Option<&Message>,
    sign_type: SignType,
) -> Answer {
    let known = ErrorCode::parse(&fault.code).filter(|code| code.status() == fault.status);
    let Some(code) = known.filter(|code| *code != ErrorCode::ServiceUnavailable) else {
        return Answer::page(fault.status, page(&format!("{} Error", fault.status)));
    };
    let words = match code {
        ErrorCode::NotEnough => NOT_ENOUGH.1,
        ErrorCode::FrequencyLimited => TOO_FAST.1,
        ErrorCode::SystemError => "系统错误",
        _ => "请求失败",
    };
    let caller = message.and_then(|message| Caller::read(message).ok());
    let answer = failed(v2_spelling(code), words, family, caller.as_ref(), sign_type);
    match answer.content {
        // A rule that does not say leaves a 5xx unsigned, as V3 does; V2's system error is an answer like others.
        Content::Signed(body) if !fault.is_signed && code != ErrorCode::SystemError => {
            Answer::unsigned(body.as_str().to_owned(), answer.code.as_deref())
        }
        _ => answer,
    }
}

/// The code as V2 spells it: without the underscores, where it has a spelling of its own.
fn v2_spelling(code: ErrorCode) -> &'static str {
    match code {
        ErrorCode::NotEnough => "NOTENOUGH",
        ErrorCode::SystemError => "SYSTEMERROR",
        ErrorCode::SignError => "SIGNERROR",
        ErrorCode::NoAuth => "NOAUTH",
        ErrorCode::RefundNotExists => "REFUNDNOTEXIST",
        ErrorCode::OrderNotExist => "ORDERNOTEXIST",
        ErrorCode::MchNotExists => "MCHID_NOT_EXIST",
        ErrorCode::OrderClosed => "ORDERCLOSED",
        ErrorCode::OrderReversed => "ORDERREVERSED",
        code => code.as_str(),
    }
}

fn page(title: &str) -> String {
    format!(
        "<html>\n<head><title>{title}</title></head>\n<body bgcolor=\"white\">\n<center><h1>{title}</h1></center>\n\
         <hr><center>nginx</center>\n</body>\n</html>\n"
    )
}
