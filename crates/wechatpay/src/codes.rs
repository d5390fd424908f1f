//! The error codes of WeChat Pay, and what each one says about a refund.
//!
//! [`meaning`] decides about money: a refusal frees an order's amount, so a code counts as one only where a page says
//! that nothing was accepted. Whatever is not proven a refusal is [`Meaning::Unclear`], above all codes we do not know.
//!
//! The status comes first. 429 says nothing about acceptance in the newest texts, and behind a 5xx anything may have
//! happened. Pages disagree about which 4xx goes with which code (and give none for some), so a business code counts
//! under any of 400, 403 and 404.

/// Declares the codes: documentation, name, the status WeChat Pay sends it with, its spellings. The first spelling is
/// the one V3 uses; the others come from the pages of V2 and of single calls.
macro_rules! codes {
    ($($(#[$doc:meta])* $code:ident = $status:literal, $first:literal $(| $other:literal)*;)*) => {
        /// A code that some page of WeChat Pay names. Those without a source stand in public lists only, and decide
        /// nothing.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        pub enum ErrorCode {
            $($(#[$doc])* $code,)*
        }

        impl ErrorCode {
            /// Every code.
            pub const ALL: &'static [ErrorCode] = &[$(ErrorCode::$code),*];

            /// The code spelled `text`, in any of its spellings; `None` for one no page names.
            pub fn parse(text: &str) -> Option<ErrorCode> {
                match text {
                    $($first $(| $other)* => Some(ErrorCode::$code),)*
                    _ => None,
                }
            }

            /// Its spellings; the first is V3's.
            pub const fn spellings(self) -> &'static [&'static str] {
                match self {
                    $(ErrorCode::$code => &[$first $(, $other)*],)*
                }
            }

            /// The HTTP status of a V3 answer with this code. For codes whose page gives none this is our proposal.
            pub const fn status(self) -> u16 {
                match self {
                    $(ErrorCode::$code => $status,)*
                }
            }
        }
    };
}

codes! {
    /// A parameter is bad or missing; the detail says which. Source: [global-refund].
    ParamError = 400, "PARAM_ERROR";
    /// Well-formed, but against a rule: amount over the rest, other total, too old, unpaid. Source: [global-refund].
    InvalidRequest = 400, "INVALID_REQUEST";
    /// The request's signature does not hold. Source: [global-http].
    SignError = 401, "SIGN_ERROR" | "SIGNERROR";
    /// The day's CNY pool is too low: nothing accepted, repeat later. Source: [refund-logic].
    NotEnough = 403, "NOT_ENOUGH" | "NOTENOUGH";
    /// The payer's account is closed. Source: [mainland-refund-practice].
    UserAccountAbnormal = 403, "USER_ACCOUNT_ABNORMAL";
    /// No right to refund this order, or the product is not opened. Source: [global-http].
    NoAuth = 403, "NO_AUTH" | "NOAUTH";
    /// The order or refund asked for is not there. Source: [mainland-refund-practice].
    ResourceNotExists = 404, "RESOURCE_NOT_EXISTS";
    /// The refund asked for is not there. Source: [operations 4.2].
    RefundNotExists = 404, "REFUND_NOT_EXISTS" | "REFUNDNOTEXIST";
    /// The thing asked for is not there. Source: [global-revoke].
    NotFound = 404, "NOT_FOUND";
    /// The order is not there. Source: [global-http].
    OrderNotExist = 404, "ORDER_NOT_EXIST" | "ORDERNOTEXIST";
    /// The merchant id is not there. Source: [mainland-refund-practice].
    MchNotExists = 404, "MCH_NOT_EXISTS" | "MCHID_NOT_EXIST";
    /// App id and merchant id do not belong together. Source: [operations 4.2].
    AppidMchidNotMatch = 400, "APPID_MCHID_NOT_MATCH" | "APPID_NOT_EXIST";
    /// The client certificate is wrong (V2). Source: [operations 4.2], [v2-red-packet].
    CertError = 403, "CERT_ERROR" | "CA_ERROR";
    /// The body is no XML (V2). Source: [v2-refund].
    XmlFormatError = 400, "XML_FORMAT_ERROR" | "XML_ERROR";
    /// The method is not POST (V2). Source: [v2-refund].
    RequirePostMethod = 400, "REQUIRE_POST_METHOD";
    /// Too many requests, in the three spellings of the pages. Source: [global-http], [mainland-refund-practice].
    FrequencyLimited = 429, "FREQUENCY_LIMITED" | "RATELIMIT_EXCEEDED" | "RATE_LIMITED";
    /// Too many bad requests; blocked for about a minute (V2). Source: [operations 4.2].
    InvalidReqTooMuch = 429, "INVALID_REQ_TOO_MUCH";
    /// A time-out or the like inside WeChat Pay. Source: [global-http].
    SystemError = 500, "SYSTEM_ERROR" | "SYSTEMERROR";
    /// Concurrency; repeat the same request. Its status is our proposal. Source: [global-refund].
    BizerrNeedRetry = 500, "BIZERR_NEED_RETRY";
    /// Down, or protecting itself. Source: [global-http].
    ServiceUnavailable = 503, "SERVICE_UNAVAILABLE";
    /// The refund number is in use with other parameters. Its status is our proposal. Source: [global-refund].
    OutRefundNoUsed = 403, "OUT_REFUND_NO_USED";
    /// The refund number is in use with another amount (V2). Source: [operations 4.1].
    RefundFeeMismatch = 403, "REFUND_FEE_MISMATCH";
    /// The order is over one year old. Its status is our proposal. Source: [global-refund].
    TradeOverdue = 403, "TRADE_OVERDUE";
    /// The transaction id is no such id (V2). Source: [operations 4.2].
    InvalidTransactionid = 400, "INVALID_TRANSACTIONID";
    /// The order is still settling in (V2). Source: [operations 4.2].
    OrderNotReady = 400, "ORDER_NOT_READY";
    /// A business error whose text tells which (V2). Source: [operations 4.2].
    Error = 400, "ERROR";
    /// Blocked for a reason the message gives; seen in one public list only.
    RequestBlocked = 403, "REQUEST_BLOCKED";
    /// Close or revoke: the order is paid. Source: [global-close].
    OrderPaid = 400, "ORDERPAID" | "ORDER_PAID";
    /// The order is closed. Source: [global-revoke].
    OrderClosed = 400, "ORDER_CLOSED" | "ORDERCLOSED";
    /// The order was revoked.
    OrderReversed = 400, "ORDER_REVERSED" | "ORDERREVERSED";
    /// The order number is taken.
    OutTradeNoUsed = 403, "OUT_TRADE_NO_USED";
    /// Quick Pay: the payer's code is too old.
    AuthCodeExpire = 400, "AUTH_CODE_EXPIRE";
    /// Quick Pay: no such code.
    AuthCodeInvalid = 400, "AUTH_CODE_INVALID";
    /// Quick Pay: the payer's bank fails.
    BankError = 500, "BANK_ERROR";
    /// A limit of the payment.
    RuleLimit = 403, "RULE_LIMIT";
    /// The payment failed.
    TradeError = 403, "TRADE_ERROR";
    /// The payer is typing the password.
    Userpaying = 400, "USERPAYING";
    /// No such payer.
    UserNotExists = 404, "USER_NOT_EXISTS";
    /// The account does not work.
    AccountError = 403, "ACCOUNT_ERROR";
    /// No statement for this day. Source: [global-statement].
    NoStatementExist = 400, "NO_STATEMENT_EXIST";
    /// The statement is being made. Source: [global-statement].
    StatementCreating = 400, "STATEMENT_CREATING";
}

impl ErrorCode {
    /// The code as V3 spells it.
    pub const fn as_str(self) -> &'static str {
        self.spellings()[0]
    }
}

/// Which call an answer belongs to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Call {
    /// Submitting a refund.
    SubmitRefund,
    /// Asking for one refund by its number or id.
    QueryRefund,
    /// Asking for one order.
    QueryOrder,
}

/// What an error answer says about the refund or order it was asked about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Meaning {
    /// Submit: not accepted, because the day's CNY pool is too low. Wait, then send the same request again.
    NotEnough,
    /// Submit: this request was not accepted and never will be as it stands.
    ///
    /// It proves nothing about an earlier attempt with the same number whose answer was unclear.
    RefusedForGood,
    /// Submit: the number stands for a refund with other parameters. This request was not accepted; the other was.
    NumberUsedByAnother,
    /// Not carried out because of the caller's own set-up: no refund will pass until it is mended.
    ConfigurationFault(Configuration),
    /// Too fast. Whether this request was accepted is unknown; ask, then repeat the same number, slower.
    SlowDown,
    /// Query: what was asked for does not exist.
    NotThere,
    /// Nothing is known. Ask, or repeat the same request.
    Unclear,
}

/// What is wrong with the caller's set-up.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Configuration {
    /// Signature, serial number, clock or `Authorization`.
    Signature,
    /// The client certificate of two-way TLS.
    Certificate,
    /// A right that was not granted, for this order's sub-merchant or altogether.
    Permission,
    /// Merchant id or app id.
    Merchant,
}

/// What an answer to `call` with HTTP `status` and error `code` says.
///
/// 2xx and 3xx come out unclear as well: an error code has no place there. Source: [global-refund],
/// [mainland-refund-practice], [global-http], [operations 4.2].
pub fn meaning(call: Call, status: u16, code: &str) -> Meaning {
    match (status, ErrorCode::parse(code), call) {
        (429, _, _) => Meaning::SlowDown,
        // Behind a signature that failed nobody looked at the business, so no other code counts under 401.
        (401, Some(ErrorCode::SignError), _) => Meaning::ConfigurationFault(Configuration::Signature),
        (400 | 403 | 404, Some(code), Call::SubmitRefund) => on_submit(code),
        (400 | 403 | 404, Some(code), Call::QueryRefund | Call::QueryOrder) => on_query(call, status, code),
        _ => Meaning::Unclear,
    }
}

/// The meaning of `code` on a submit that was answered with 400, 403 or 404.
fn on_submit(code: ErrorCode) -> Meaning {
    use ErrorCode as C;
    match code {
        // "Not accepted, repeat later with the same number and parameters." [refund-logic], [mainland-refund-practice]
        C::NotEnough => Meaning::NotEnough,

        // The request failed as it stands: by [mainland-refund-practice] and [global-http], by [official-skills] for
        // the age of the order, by [operations 4.2] and [v2-refund] for the names that V2 alone uses.
        C::ParamError
        | C::InvalidRequest
        | C::UserAccountAbnormal
        | C::ResourceNotExists
        | C::OrderNotExist
        | C::TradeOverdue
        | C::InvalidTransactionid
        | C::XmlFormatError
        | C::RequirePostMethod => Meaning::RefusedForGood,

        // The number belongs to a refund with other parameters; the hint "use another number" is not ours to follow.
        C::OutRefundNoUsed | C::RefundFeeMismatch => Meaning::NumberUsedByAnother,

        C::SignError => Meaning::ConfigurationFault(Configuration::Signature),
        C::CertError => Meaning::ConfigurationFault(Configuration::Certificate),
        C::NoAuth => Meaning::ConfigurationFault(Configuration::Permission),
        C::MchNotExists | C::AppidMchidNotMatch => Meaning::ConfigurationFault(Configuration::Merchant),

        // Not accepted by the older pages, unknown by the newest. [global-http], [mainland-refund-practice]
        C::FrequencyLimited | C::InvalidReqTooMuch => Meaning::SlowDown,

        // "Repeat with the same number": BIZERR_NEED_RETRY and ORDER_NOT_READY are said not to be accepted, but what
        // follows is the same as for an unclear answer, and that is the safer belief.
        C::SystemError | C::ServiceUnavailable | C::BizerrNeedRetry | C::OrderNotReady | C::Error => {
            Meaning::Unclear
        }

        // One third-party list calls it refused; that is no proof.
        C::RequestBlocked => Meaning::Unclear,

        // REFUND_NOT_EXISTS and NOT_FOUND answer questions; the rest belongs to payments and statements. None of
        // them says anything about a submit.
        C::RefundNotExists
        | C::NotFound
        | C::OrderPaid
        | C::OrderClosed
        | C::OrderReversed
        | C::OutTradeNoUsed
        | C::AuthCodeExpire
        | C::AuthCodeInvalid
        | C::BankError
        | C::RuleLimit
        | C::TradeError
        | C::Userpaying
        | C::UserNotExists
        | C::AccountError
        | C::NoStatementExist
        | C::StatementCreating => Meaning::Unclear,
    }
}

/// The meaning of `code` on a question that was answered with 400, 403 or 404.
///
/// That a question was refused says nothing about the refund, so nothing here is a refusal, and only 404 with a code
/// that names the thing asked for says that it does not exist. The global code of a missing refund is not published;
/// all three names are taken. Source: [global-refund-query], [mainland-refund-practice], [inferred].
fn on_query(call: Call, status: u16, code: ErrorCode) -> Meaning {
    use ErrorCode as C;
    match (code, call) {
        (C::ResourceNotExists | C::NotFound, _)
        | (C::RefundNotExists, Call::QueryRefund)
        | (C::OrderNotExist, Call::QueryOrder)
            if status == 404 =>
        {
            Meaning::NotThere
        }
        (C::SignError, _) => Meaning::ConfigurationFault(Configuration::Signature),
        (C::CertError, _) => Meaning::ConfigurationFault(Configuration::Certificate),
        (C::NoAuth, _) => Meaning::ConfigurationFault(Configuration::Permission),
        (C::MchNotExists | C::AppidMchidNotMatch, _) => Meaning::ConfigurationFault(Configuration::Merchant),
        (C::FrequencyLimited | C::InvalidReqTooMuch, _) => Meaning::SlowDown,
        _ => Meaning::Unclear,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SIGNATURE: Meaning = Meaning::ConfigurationFault(Configuration::Signature);
    const CERTIFICATE: Meaning = Meaning::ConfigurationFault(Configuration::Certificate);
    const PERMISSION: Meaning = Meaning::ConfigurationFault(Configuration::Permission);
    const MERCHANT: Meaning = Meaning::ConfigurationFault(Configuration::Merchant);

    /// Code, and what it means under its own status to a submit, a refund query and an order query.
    const TABLE: &[(&str, Meaning, Meaning, Meaning)] = &[
        ("PARAM_ERROR", Meaning::RefusedForGood, Meaning::Unclear, Meaning::Unclear),
        ("INVALID_REQUEST", Meaning::RefusedForGood, Meaning::Unclear, Meaning::Unclear),
        ("SIGN_ERROR", SIGNATURE, SIGNATURE, SIGNATURE),
        ("SIGNERROR", SIGNATURE, SIGNATURE, SIGNATURE),
        ("NOT_ENOUGH", Meaning::NotEnough, Meaning::Unclear, Meaning::Unclear),
        ("NOTENOUGH", Meaning::NotEnough, Meaning::Unclear, Meaning::Unclear),
        ("USER_ACCOUNT_ABNORMAL", Meaning::RefusedForGood, Meaning::Unclear, Meaning::Unclear),
        ("NO_AUTH", PERMISSION, PERMISSION, PERMISSION),
        ("NOAUTH", PERMISSION, PERMISSION, PERMISSION),
        ("RESOURCE_NOT_EXISTS", Meaning::RefusedForGood, Meaning::NotThere, Meaning::NotThere),
        ("REFUND_NOT_EXISTS", Meaning::Unclear, Meaning::NotThere, Meaning::Unclear),
        ("REFUNDNOTEXIST", Meaning::Unclear, Meaning::NotThere, Meaning::Unclear),
        ("NOT_FOUND", Meaning::Unclear, Meaning::NotThere, Meaning::NotThere),
        ("ORDER_NOT_EXIST", Meaning::RefusedForGood, Meaning::Unclear, Meaning::NotThere),
        ("ORDERNOTEXIST", Meaning::RefusedForGood, Meaning::Unclear, Meaning::NotThere),
        ("MCH_NOT_EXISTS", MERCHANT, MERCHANT, MERCHANT),
        ("MCHID_NOT_EXIST", MERCHANT, MERCHANT, MERCHANT),
        ("APPID_MCHID_NOT_MATCH", MERCHANT, MERCHANT, MERCHANT),
        ("APPID_NOT_EXIST", MERCHANT, MERCHANT, MERCHANT),
        ("CERT_ERROR", CERTIFICATE, CERTIFICATE, CERTIFICATE),
        ("CA_ERROR", CERTIFICATE, CERTIFICATE, CERTIFICATE),
        ("XML_FORMAT_ERROR", Meaning::RefusedForGood, Meaning::Unclear, Meaning::Unclear),
        ("XML_ERROR", Meaning::RefusedForGood, Meaning::Unclear, Meaning::Unclear),
        ("REQUIRE_POST_METHOD", Meaning::RefusedForGood, Meaning::Unclear, Meaning::Unclear),
        ("FREQUENCY_LIMITED", Meaning::SlowDown, Meaning::SlowDown, Meaning::SlowDown),
        ("RATELIMIT_EXCEEDED", Meaning::SlowDown, Meaning::SlowDown, Meaning::SlowDown),
        ("RATE_LIMITED", Meaning::SlowDown, Meaning::SlowDown, Meaning::SlowDown),
        ("INVALID_REQ_TOO_MUCH", Meaning::SlowDown, Meaning::SlowDown, Meaning::SlowDown),
        ("SYSTEM_ERROR", Meaning::Unclear, Meaning::Unclear, Meaning::Unclear),
        ("SYSTEMERROR", Meaning::Unclear, Meaning::Unclear, Meaning::Unclear),
        ("BIZERR_NEED_RETRY", Meaning::Unclear, Meaning::Unclear, Meaning::Unclear),
        ("SERVICE_UNAVAILABLE", Meaning::Unclear, Meaning::Unclear, Meaning::Unclear),
        ("OUT_REFUND_NO_USED", Meaning::NumberUsedByAnother, Meaning::Unclear, Meaning::Unclear),
        ("REFUND_FEE_MISMATCH", Meaning::NumberUsedByAnother, Meaning::Unclear, Meaning::Unclear),
        ("TRADE_OVERDUE", Meaning::RefusedForGood, Meaning::Unclear, Meaning::Unclear),
        ("INVALID_TRANSACTIONID", Meaning::RefusedForGood, Meaning::Unclear, Meaning::Unclear),
        ("ORDER_NOT_READY", Meaning::Unclear, Meaning::Unclear, Meaning::Unclear),
        ("ERROR", Meaning::Unclear, Meaning::Unclear, Meaning::Unclear),
        ("REQUEST_BLOCKED", Meaning::Unclear, Meaning::Unclear, Meaning::Unclear),
        ("ORDERPAID", Meaning::Unclear, Meaning::Unclear, Meaning::Unclear),
        ("ORDER_PAID", Meaning::Unclear, Meaning::Unclear, Meaning::Unclear),
        ("ORDER_CLOSED", Meaning::Unclear, Meaning::Unclear, Meaning::Unclear),
        ("ORDERCLOSED", Meaning::Unclear, Meaning::Unclear, Meaning::Unclear),
        ("ORDER_REVERSED", Meaning::Unclear, Meaning::Unclear, Meaning::Unclear),
        ("ORDERREVERSED", Meaning::Unclear, Meaning::Unclear, Meaning::Unclear),
        ("OUT_TRADE_NO_USED", Meaning::Unclear, Meaning::Unclear, Meaning::Unclear),
        ("AUTH_CODE_EXPIRE", Meaning::Unclear, Meaning::Unclear, Meaning::Unclear),
        ("AUTH_CODE_INVALID", Meaning::Unclear, Meaning::Unclear, Meaning::Unclear),
        ("BANK_ERROR", Meaning::Unclear, Meaning::Unclear, Meaning::Unclear),
        ("RULE_LIMIT", Meaning::Unclear, Meaning::Unclear, Meaning::Unclear),
        ("TRADE_ERROR", Meaning::Unclear, Meaning::Unclear, Meaning::Unclear),
        ("USERPAYING", Meaning::Unclear, Meaning::Unclear, Meaning::Unclear),
        ("USER_NOT_EXISTS", Meaning::Unclear, Meaning::Unclear, Meaning::Unclear),
        ("ACCOUNT_ERROR", Meaning::Unclear, Meaning::Unclear, Meaning::Unclear),
        ("NO_STATEMENT_EXIST", Meaning::Unclear, Meaning::Unclear, Meaning::Unclear),
        ("STATEMENT_CREATING", Meaning::Unclear, Meaning::Unclear, Meaning::Unclear),
    ];

    #[test]
    fn every_spelling_of_every_code_means_what_the_table_says() {
        for &(text, submit, refund_query, order_query) in TABLE {
            let code = ErrorCode::parse(text).unwrap_or_else(|| panic!("{text} is not known"));
            assert_eq!(meaning(Call::SubmitRefund, code.status(), text), submit, "{text} on a submit");
            assert_eq!(meaning(Call::QueryRefund, code.status(), text), refund_query, "{text} on a query");
            assert_eq!(
                meaning(Call::QueryOrder, code.status(), text),
                order_query,
                "{text} on an order query"
            );
        }
    }

    #[test]
    fn the_table_lists_every_spelling() {
        let spellings: Vec<&str> = ErrorCode::ALL.iter().flat_map(|code| code.spellings()).copied().collect();
        let listed: Vec<&str> = TABLE.iter().map(|row| row.0).collect();
        assert_eq!(listed, spellings);
    }

    #[test]
    fn outside_of_400_401_403_and_404_no_code_proves_anything() {
        for status in
            [100, 200, 202, 204, 301, 302, 402, 405, 408, 409, 410, 422, 425, 499, 500, 502, 503, 504, 0]
        {
            for code in ErrorCode::ALL {
                for call in [Call::SubmitRefund, Call::QueryRefund, Call::QueryOrder] {
                    assert_eq!(meaning(call, status, code.as_str()), Meaning::Unclear, "{status} {code:?}");
                }
            }
        }
    }

    #[test]
    fn a_429_leaves_acceptance_unknown_whatever_its_code() {
        for code in ErrorCode::ALL.iter().map(|code| code.as_str()).chain(["", "SOMETHING_NEW"]) {
            assert_eq!(meaning(Call::SubmitRefund, 429, code), Meaning::SlowDown, "{code}");
        }
    }

    #[test]
    fn a_401_speaks_of_the_signature_and_of_nothing_else() {
        for code in ErrorCode::ALL {
            let expected = if *code == ErrorCode::SignError { SIGNATURE } else { Meaning::Unclear };
            assert_eq!(meaning(Call::SubmitRefund, 401, code.as_str()), expected, "{code:?}");
        }
    }

    #[test]
    fn an_unknown_code_is_never_a_refusal() {
        for code in ["", "not_enough", "NOT_ENOUGH ", "NOT ENOUGH", "SUCCESS", "PARAM_ERROR2"] {
            for status in [400, 401, 403, 404, 500] {
                assert_eq!(meaning(Call::SubmitRefund, status, code), Meaning::Unclear, "{status} {code:?}");
            }
        }
    }

    #[test]
    fn only_a_404_says_that_a_refund_is_not_there() {
        for status in [400, 403] {
            for code in ["RESOURCE_NOT_EXISTS", "REFUND_NOT_EXISTS", "NOT_FOUND"] {
                assert_eq!(meaning(Call::QueryRefund, status, code), Meaning::Unclear, "{status} {code}");
            }
        }
    }
}
