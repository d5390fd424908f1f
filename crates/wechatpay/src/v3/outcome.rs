//! What an answer proves: the last step between bytes from the network and a decision about money.
//!
//! Only a signed 200 about the very thing that was asked proves that something is there. An error answer says what
//! [`crate::codes::meaning`] reads in it. Everything else (a wrong signature, a mixed-up answer, a body that cannot be
//! read, 202 and 204, a redirect) leaves the outcome as unclear as a cut connection does.
//! Source: [refund-logic], [global-signature].

use crate::codes::Call;
use crate::ids::OutRefundNo;

use super::caller::Region;
use super::error::ErrorAnswer;
use super::json::MessageError;
use super::order::record::Order;
use super::refund::call::OrderName;
use super::refund::record::{RefundList, RefundRecord};
use super::refund::submit::{Mismatch, SubmitAnswer, SubmitRequest};
use super::verify::{Answer, Verified, Violation};

/// What an answer comes to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome<T> {
    /// The platform signed it, and it is about what was asked.
    Proven(T),
    /// An error answer; its meaning says whether anything follows from it.
    Error {
        /// The answer.
        answer: ErrorAnswer,
        /// Whether the platform signed it. If not, only TLS vouches for it.
        signed: bool,
    },
    /// Nothing is known.
    Unproven(Doubt),
}

/// Why an answer proves nothing.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Doubt {
    /// It is not the platform's, as far as can be told.
    #[error(transparent)]
    Violation(#[from] Violation),
    /// It cannot be read.
    #[error(transparent)]
    Message(#[from] MessageError),
    /// It answers another request.
    #[error(transparent)]
    Mismatch(#[from] Mismatch),
    /// A success that this call does not have, such as 202 or 204.
    #[error("HTTP {status} is no answer to this call")]
    Status {
        /// The status.
        status: u16,
    },
}

/// What the answer to a submitted refund comes to. Proven means accepted, and no more.
pub fn of_submit(
    request: &SubmitRequest,
    status: u16,
    answer: Result<Answer<'_>, Violation>,
) -> Outcome<SubmitAnswer> {
    settle(Call::SubmitRefund, status, answer, |verified| {
        let answer = SubmitAnswer::parse(request.caller.region(), verified.body())?;
        answer.check_against(request)?;
        Ok(answer)
    })
}

/// What the answer to a question about the refund `out_refund_no` comes to. Proven means that it exists.
pub fn of_refund_query(
    region: Region,
    out_refund_no: &OutRefundNo,
    status: u16,
    answer: Result<Answer<'_>, Violation>,
) -> Outcome<RefundRecord> {
    settle(Call::QueryRefund, status, answer, |verified| {
        let record = RefundRecord::parse(region, verified.body())?;
        if record.out_refund_no != *out_refund_no {
            return Err(Doubt::Mismatch(Mismatch {
                field: OutRefundNo::NAME,
                asked: out_refund_no.to_string(),
                answered: record.out_refund_no.to_string(),
            }));
        }
        Ok(record)
    })
}

/// What the answer to a question about the refunds of the order `name` comes to. Proven means that it exists, with or without refunds.
pub fn of_refund_list(
    name: &OrderName,
    status: u16,
    answer: Result<Answer<'_>, Violation>,
) -> Outcome<RefundList> {
    settle(Call::QueryRefund, status, answer, |verified| {
        let list = RefundList::parse(verified.body())?;
        match list.is_of(name) {
            true => Ok(list),
            false => Err(Mismatch::of_order(name, &list.transaction_id, &list.out_trade_no).into()),
        }
    })
}

/// What the answer to a question about the order `name` comes to. Proven means that it exists.
pub fn of_order_query(
    region: Region,
    name: &OrderName,
    status: u16,
    answer: Result<Answer<'_>, Violation>,
) -> Outcome<Order> {
    settle(Call::QueryOrder, status, answer, |verified| {
        let order = Order::parse(region, verified.body())?;
        match order.is_named(name) {
            true => Ok(order),
            false => Err(Mismatch::of_order(name, &order.transaction_id, &order.out_trade_no).into()),
        }
    })
}

fn settle<'a, T>(
    call: Call,
    status: u16,
    answer: Result<Answer<'a>, Violation>,
    read: impl FnOnce(Verified<'a>) -> Result<T, Doubt>,
) -> Outcome<T> {
    match (status, answer) {
        (_, Err(violation)) => Outcome::Unproven(Doubt::Violation(violation)),
        (200, Ok(Answer::Verified(verified))) => match read(verified) {
            Ok(proven) => Outcome::Proven(proven),
            Err(doubt) => Outcome::Unproven(doubt),
        },
        (200, Ok(Answer::Unsigned(_))) => Outcome::Unproven(Doubt::Violation(Violation::Unsigned)),
        (201..=299, Ok(_)) => Outcome::Unproven(Doubt::Status { status }),
        (_, Ok(answer)) => Outcome::Error {
            signed: matches!(answer, Answer::Verified(_)),
            answer: ErrorAnswer::of(call, status, answer.body()),
        },
    }
}

#[cfg(test)]
mod tests {
    use jiff::Timestamp;

    use super::*;
    use crate::codes::Meaning;
    use crate::ids::Mchid;
    use crate::v3::sign::{Nonce, SignatureHeaders};
    use crate::v3::testdata;

    const SIGNED_AT: i64 = 1_754_100_000;
    const REQUEST: &str = "{\"mchid\":\"1900000001\",\"appid\":\"wx1\",\"out_trade_no\":\"T1\",\
        \"out_refund_no\":\"R1\",\"amount\":{\"refund\":500,\"total\":888,\"currency\":\"USD\"}}";
    const ACCEPTED: &str =
        "{\"id\":\"502013\",\"out_refund_no\":\"R1\",\"amount\":{\"refund\":500,\"currency\":\"USD\"}}";
    const NOT_ENOUGH: &str = "{\"code\":\"NOT_ENOUGH\",\"message\":\"\"}";

    fn request() -> SubmitRequest {
        let signer = Mchid::parse("1900000001").unwrap();
        SubmitRequest::parse(Region::Global, &signer, REQUEST.as_bytes()).unwrap()
    }

    /// The answer that holds `body` but is signed over `signed`; unsigned if that is `None`.
    fn answer<'a>(status: u16, body: &'a str, signed: Option<&str>) -> Result<Answer<'a>, Violation> {
        let (key, serial) = (testdata::platform_key(), testdata::platform_serial());
        let nonce = Nonce::parse("N1").unwrap();
        let headers = signed
            .map(|text| SignatureHeaders::sign(&key, &serial, SIGNED_AT, &nonce, text.as_bytes()).unwrap());
        let header = |name: &str| headers.as_ref().and_then(|headers| headers.get(name));
        let now = Timestamp::from_second(SIGNED_AT).unwrap();
        testdata::platform_keys().verify_answer(status, header, body.as_bytes(), now)
    }

    fn submit(status: u16, body: &str, signed: Option<&str>) -> Outcome<SubmitAnswer> {
        of_submit(&request(), status, answer(status, body, signed))
    }

    #[test]
    fn only_a_signed_200_about_this_refund_is_an_acceptance() {
        assert!(matches!(submit(200, ACCEPTED, Some(ACCEPTED)), Outcome::Proven(_)));
        for status in [201, 202, 204, 206, 299] {
            let outcome = submit(status, ACCEPTED, Some(ACCEPTED));
            assert_eq!(outcome, Outcome::Unproven(Doubt::Status { status }));
        }
        assert_eq!(
            submit(200, ACCEPTED, None),
            Outcome::Unproven(Doubt::Violation(Violation::Unsigned)),
            "an unsigned success is a forgery until proven otherwise"
        );
        let forged = submit(200, ACCEPTED, Some(NOT_ENOUGH));
        assert!(matches!(forged, Outcome::Unproven(Doubt::Violation(Violation::WrongSignature { .. }))));
        let anothers = ACCEPTED.replace("R1", "R2");
        assert!(matches!(submit(200, &anothers, Some(&anothers)), Outcome::Unproven(Doubt::Mismatch(_))));
        for body in [NOT_ENOUGH, "{}", "", "<html>"] {
            assert!(matches!(submit(200, body, Some(body)), Outcome::Unproven(Doubt::Message(_))), "{body}");
        }
    }

    #[test]
    fn an_error_counts_unsigned_but_not_wrongly_signed() {
        for (signed, expected) in [(Some(NOT_ENOUGH), true), (None, false)] {
            match submit(403, NOT_ENOUGH, signed) {
                Outcome::Error { answer, signed } => {
                    assert_eq!((answer.meaning, signed), (Meaning::NotEnough, expected));
                }
                other => panic!("{other:?}"),
            }
        }
        assert!(matches!(submit(403, NOT_ENOUGH, Some("another")), Outcome::Unproven(Doubt::Violation(_))));
        for status in [301, 302, 500, 502, 503] {
            match submit(status, NOT_ENOUGH, None) {
                Outcome::Error { answer, .. } => assert_eq!(answer.meaning, Meaning::Unclear, "{status}"),
                other => panic!("{other:?}"),
            }
        }
    }

    #[test]
    fn questions_are_answered_about_what_was_asked_or_not_at_all() {
        let record = ACCEPTED.replacen('{', "{\"status\":\"PROCESSING\",", 1);
        let ask = |number: &str, status, body: &str| {
            let number = OutRefundNo::parse(number).unwrap();
            of_refund_query(Region::Global, &number, status, answer(status, body, Some(body)))
        };
        assert!(matches!(ask("R1", 200, &record), Outcome::Proven(_)));
        assert!(matches!(ask("R2", 200, &record), Outcome::Unproven(Doubt::Mismatch(_))));
        let absent = "{\"code\":\"RESOURCE_NOT_EXISTS\",\"message\":\"\"}";
        match ask("R1", 404, absent) {
            Outcome::Error { answer, signed: true } => assert_eq!(answer.meaning, Meaning::NotThere),
            other => panic!("{other:?}"),
        }
        let order = "{\"out_trade_no\":\"T1\",\"trade_state\":\"NOTPAY\"}";
        let ask =
            |name: &OrderName| of_order_query(Region::Global, name, 200, answer(200, order, Some(order)));
        assert!(matches!(ask(&request().order), Outcome::Proven(_)));
        let other = OrderName::TransactionId(crate::ids::TransactionId::parse("42").unwrap());
        assert!(matches!(ask(&other), Outcome::Unproven(Doubt::Mismatch(_))));
        let list = "{\"out_trade_no\":\"T1\",\"data\":[],\"total_num\":0}";
        let ask = |name: &OrderName| of_refund_list(name, 200, answer(200, list, Some(list)));
        assert!(matches!(ask(&request().order), Outcome::Proven(_)));
        assert!(matches!(ask(&other), Outcome::Unproven(Doubt::Mismatch(_))));
    }
}
