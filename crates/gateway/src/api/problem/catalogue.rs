//! The error catalogue: the one place with problem codes and their HTTP statuses. `docs/problems.md` shows the same rows.
//!
//! A code is stable once released; its sentence may become clearer.

/// Declares the codes: variant, code, status (none if the code appears in refunds only), sentence, what to do.
macro_rules! catalogue {
    ($($variant:ident = $code:literal, $status:expr, $title:literal, $what_to_do:literal;)*) => {
        /// What can be wrong, by its stable code.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Code {
            $(#[doc = $title] $variant,)*
        }

        impl Code {
            /// Every code, in the order of the catalogue.
            pub const ALL: &'static [Code] = &[$(Code::$variant),*];

            /// Its row.
            pub const fn row(self) -> &'static Row {
                match self {
                    $(Code::$variant => &Row { code: $code, status: $status, title: $title, what_to_do: $what_to_do },)*
                }
            }
        }
    };
}

/// One row of the catalogue.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Row {
    /// The stable code.
    pub code: &'static str,
    /// The HTTP status of an answer with this code; none if it appears only as the refusal of a refund.
    pub status: Option<u16>,
    /// What is wrong, in a sentence.
    pub title: &'static str,
    /// What the caller can do.
    pub what_to_do: &'static str,
}

impl Code {
    /// The code as callers see it.
    pub const fn as_str(self) -> &'static str {
        self.row().code
    }

    /// The code spelled `text`.
    pub fn parse(text: &str) -> Option<Code> {
        Code::ALL.iter().copied().find(|code| code.as_str() == text)
    }
}

catalogue! {
    // The request as HTTP.
    RouteNotFound = "route_not_found", Some(404),
        "There is nothing at this address.",
        "Compare method and path with `/openapi.json` or `/docs`.";
    MethodNotAllowed = "method_not_allowed", Some(405),
        "This address does not take this method.",
        "Use one of the methods in the `Allow` header.";
    PathInvalid = "path_invalid", Some(400),
        "The path cannot be read.",
        "Percent-encode it as UTF-8.";
    ParameterUnknown = "parameter_unknown", Some(422),
        "The query has a parameter that this call does not know.",
        "Remove the parameter, or correct its name.";
    ParameterInvalid = "parameter_invalid", Some(422),
        "A parameter of the query cannot stand there.",
        "Correct the parameter named in the answer.";
    CursorInvalid = "cursor_invalid", Some(422),
        "The cursor does not belong to this list.",
        "Repeat the first call with the filters of this one, and follow `next_cursor` from there.";
    MediaTypeUnsupported = "media_type_unsupported", Some(415),
        "The body is not announced as JSON.",
        "Send `Content-Type: application/json`.";
    BodyTooLarge = "body_too_large", Some(413),
        "The body is larger than this call takes.",
        "Send a smaller body; `GET /v1/me` shows the limit.";
    BodyTimeout = "body_timeout", Some(408),
        "The body did not arrive in time.",
        "Send the request again.";
    BodyMalformed = "body_malformed", Some(400),
        "The body is not one JSON object in UTF-8.",
        "Correct the JSON where the answer says that it breaks off.";
    // The body's fields.
    FieldMissing = "field_missing", Some(422),
        "A field that is needed is missing.",
        "Add the field named by `pointer`.";
    FieldUnknown = "field_unknown", Some(422),
        "The body has a field that this call does not know.",
        "Remove the field named by `pointer`, or correct its name.";
    FieldRepeated = "field_repeated", Some(422),
        "A field is given twice, so that nobody can say which one is meant.",
        "Give the field named by `pointer` once.";
    FieldInvalid = "field_invalid", Some(422),
        "A field has a value that cannot stand there.",
        "Correct the field named by `pointer` as the detail says.";
    AmountNotPositive = "amount_not_positive", Some(422),
        "An amount is not above zero.",
        "Give a whole number of minor units above zero.";
    CurrencyUnknown = "currency_unknown", Some(422),
        "The currency is no currency code in use.",
        "Give three capital letters of ISO 4217, such as `CNY` or `USD`.";
    DeadlinePassed = "deadline_passed", Some(422),
        "The deadline is not later than now.",
        "Give a later deadline, or none.";
    UpstreamNumberTooLong = "upstream_number_too_long", Some(422),
        "With the sub-merchant in front, the refund number is longer than WeChat Pay's 64 characters.",
        "Use a shorter `out_refund_no`.";
    // Who asks.
    KeyMissing = "key_missing", Some(401),
        "The request bears no API key.",
        "Send `Authorization: Bearer KEY`.";
    KeyUnknown = "key_unknown", Some(401),
        "The API key is not known.",
        "Check that the whole key was copied; a lost key is replaced by a new one.";
    KeyExpired = "key_expired", Some(401),
        "The API key has expired.",
        "Ask the operator for a new key.";
    ScopeMissing = "scope_missing", Some(403),
        "The API key may not do this.",
        "Use a key with the scope named in the answer.";
    KeyWithoutMerchant = "key_without_merchant", Some(403),
        "The operator's key belongs to no merchant id, and this call names none.",
        "Use a key of the merchant id.";
    AdoptionNotPermitted = "adoption_not_permitted", Some(403),
        "A sub-merchant's key may not take over refunds begun elsewhere.",
        "Use a key of the whole merchant id.";
    // What it is about.
    ApiKeyNotFound = "api_key_not_found", Some(404),
        "There is no such key of the API.",
        "Take an id from `GET /v1/admin/keys`.";
    LastOperatorKey = "last_operator_key", Some(409),
        "This is the last key with the scope `admin`.",
        "Make another one first, so that somebody can still set things up.";
    MerchantNotFound = "merchant_not_found", Some(404),
        "There is no such merchant id.",
        "Check the merchant id; the operator sets one up with `POST /v1/admin/merchants`.";
    CertificateRefused = "certificate_refused", Some(409),
        "WeChat Pay does not take calls that are signed with this certificate.",
        "See on the Merchant Platform whether it is in force, and give the key it was made with; the one before stays in force.";
    CertificateNotProven = "certificate_not_proven", Some(503),
        "WeChat Pay could not be asked whether it takes this certificate.",
        "Send the same request again in a minute; the certificate before stays in force.";
    SubMerchantNotFound = "sub_merchant_not_found", Some(404),
        "There is no such sub-merchant.",
        "Check `sub_mchid`; the operator adds one with `POST /v1/admin/merchants/{mchid}/sub-merchants`.";
    NodeNotFound = "node_not_found", Some(404),
        "There is no such node.",
        "Take the `id` from `GET /v1/nodes`: a node has another one each time it starts.";
    RefundNotFound = "refund_not_found", Some(404),
        "There is no such refund.",
        "Check the number or id. A refund that was answered with 202 is there.";
    OrderNotFound = "order_not_found", Some(404),
        "There is no such order.",
        "Check the order's number and the sub-merchant.";
    ProblemNotFound = "problem_not_found", Some(404),
        "There is no such problem code.",
        "`GET /v1/errors` lists all of them.";
    AmbiguousRefund = "ambiguous_refund", Some(409),
        "Several sub-merchants have a refund with this number.",
        "Add `?sub_mchid=`, or use one of the `ids`.";
    // A new refund beside what is stored.
    RefundConflict = "refund_conflict", Some(409),
        "Another request is stored under the same refund number.",
        "Repeat the stored values to see the stored refund; use another number for another refund.";
    UpstreamNumberUsed = "upstream_number_used", Some(409),
        "The number at WeChat Pay belongs to another refund of this merchant id.",
        "Use another `out_refund_no`.";
    ClaimsDiffer = "claims_differ", Some(409),
        "An earlier request says something else of the same order.",
        "Compare the figures named in the answer; report the payment with `POST /v1/payments` to settle which holds.";
    OrderMismatch = "order_mismatch", Some(422),
        "What is said of the order differs from what is known of it, or its two numbers belong to two orders.",
        "Send what is known, or give one number of the order only.";
    ExceedsOrder = "exceeds_order", Some(422),
        "Together with earlier refunds of the same order this exceeds what was paid.",
        "Ask for `refundable` at most.";
    TooManyRefunds = "too_many_refunds", Some(409),
        "The order has as many refunds as WeChat Pay takes for one order, 50.",
        "Refund by other means.";
    OrderTooOld = "order_too_old", Some(409),
        "The order was paid more than 365 days ago.",
        "Refund by other means.";
    PaymentConflict = "payment_conflict", Some(409),
        "Something else is known of this payment.",
        "Compare the figures named in the answer.";
    // What is asked of a refund.
    RefundNotCancellable = "refund_not_cancellable", Some(409),
        "WeChat Pay has taken the refund, or it has ended.",
        "Nothing: it cannot be withdrawn any more.";
    RefundNotRetryable = "refund_not_retryable", Some(409),
        "The refund does not wait to be sent.",
        "Look at its status; a refund whose outcome is unclear can be checked.";
    RetryTooEarly = "retry_too_early", Some(409),
        "A limit of WeChat Pay keeps the refund back.",
        "Nothing: it goes by itself at `not_before`.";
    MerchantHeld = "merchant_held", Some(409),
        "Nothing of this merchant id is sent now.",
        "The operator resumes a paused merchant id; a halted one resumes by itself once its set-up is mended.";
    NothingToCheck = "nothing_to_check", Some(409),
        "The refund was never sent, so WeChat Pay knows nothing of it.",
        "Nothing: its status says why it waits.";
    NothingToSettle = "nothing_to_settle", Some(409),
        "The refund's money did not go to the merchant's own account, so there is nothing to settle by hand.",
        "Nothing: its status says where it stands.";
    CheckTooSoon = "check_too_soon", Some(429),
        "The refund was checked a moment ago.",
        "Wait as long as `Retry-After` says.";
    // The operator's set-up.
    MerchantConflict = "merchant_conflict", Some(409),
        "The merchant id is set up in another way, which its refunds have fixed.",
        "Keep the value named in the answer.";
    CredentialsInvalid = "credentials_invalid", Some(422),
        "Certificate, key and merchant id do not fit together.",
        "Send the certificate and the key that belong together, as the detail says.";
    WrongWorld = "wrong_world", Some(422),
        "A sandbox's certificate in production, or the reverse.",
        "Use the certificate of the world this gateway is set up for.";
    // Ourselves.
    StoreFull = "store_full", Some(503),
        "The disk is full: nothing was written.",
        "Repeat the same request later; the operator must make room.";
    StoreBusy = "store_busy", Some(503),
        "The store is busy: nothing was written.",
        "Repeat the same request after `Retry-After`.";
    StoreUnclear = "store_unclear", Some(503),
        "The store went away while it wrote: nobody knows yet whether this was written.",
        "Repeat the same request after `Retry-After`; a stored refund is then shown.";
    StoreBroken = "store_broken", Some(503),
        "The store cannot be trusted any more and the program ends: nobody knows whether this was written.",
        "Repeat the same request after `Retry-After`; a stored refund is then shown.";
    MerchantNotReady = "merchant_not_ready", Some(503),
        "This node does not know the merchant id yet.",
        "Repeat the same request after `Retry-After`.";
    Internal = "internal", Some(500),
        "Something failed inside the gateway.",
        "Repeat the same request; if it fails again, tell the operator the `Request-Id`.";
    // Refusals that a rejected refund shows.
    OrderAmountExceeded = "order_amount_exceeded", None,
        "Together with earlier refunds of the same order this exceeds what was paid.",
        "Ask for what is left of the order.";
    PayerAccountAbnormal = "payer_account_abnormal", None,
        "The payer's account is closed.",
        "Pay the payer back by other means.";
    ParameterRefused = "parameter_refused", None,
        "WeChat Pay did not take a value of the request.",
        "Read the refusal's text; a new try is a new refund with a new number.";
    RefundRefused = "refund_refused", None,
        "WeChat Pay refused the refund for good.",
        "Read the refusal's text; a new try is a new refund with a new number.";
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn every_code_is_one_word_with_a_status_of_an_error_and_two_sentences() {
        let mut seen = BTreeSet::new();
        for code in Code::ALL {
            let Row { code: word, status, title, what_to_do } = code.row();
            assert!(seen.insert(*word), "{word} stands twice");
            assert!(word.bytes().all(|b| b.is_ascii_lowercase() || b == b'_'), "{word}");
            assert!(status.is_none_or(|status| (400..600).contains(&status)), "{word}");
            assert!(title.ends_with('.') && what_to_do.ends_with('.'), "{word}");
            assert_eq!(Code::parse(word), Some(*code));
        }
    }
}
