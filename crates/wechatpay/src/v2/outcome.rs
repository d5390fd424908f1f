//! What an answer proves: the last step between bytes from the network and a decision about money.
//!
//! Only a signed answer whose two layers are good, and which is about the very thing that was asked, proves that
//! something is there. Errors mean what [`crate::codes`] reads in their code, as under the status that V3 has for it:
//! on this wire every answer of the platform comes with 200.
//!
//! Refusals in front of the business are never signed, so some are believed for their text: a bad signature, a
//! certificate that does not fit, a form that cannot be read. Each says that this request was not accepted. Whatever else
//! lacks a signature is unclear, above all a success; a wrong signature is worse than none, and believed only where it
//! says that ours was wrong, for who signs with the wrong key cannot verify that answer either.
//! Source: [v2-rules], [staff-answers], \[inferred\].

use crate::codes::{Call, Configuration, ErrorCode, Meaning, meaning};
use crate::ids::OutRefundNo;
use crate::money::Currency;
use crate::v3::order::record::Order;
use crate::v3::refund::call::OrderName;
use crate::v3::refund::record::RefundRecord;
use crate::v3::refund::submit::Mismatch;

use super::answer::{Answer, ErrorBody, Layers};
use super::front::{CERTIFICATE_NOT_MATCH, Page};
use super::message::{Message, MessageError};
use super::order;
use super::refund::record::RefundPage;
use super::refund::submit::{SubmitAnswer, SubmitRequest};
use super::sign::SignViolation;

/// What an answer comes to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome<T> {
    /// It is signed, and about what was asked.
    Proven(T),
    /// An error answer; its meaning says whether anything follows from it.
    Error {
        /// The answer.
        answer: ErrorAnswer,
        /// Whether it was signed. If not, only TLS vouches for it, and its meaning is what such an answer may mean.
        signed: bool,
    },
    /// Nothing is known.
    Unproven(Doubt),
}

/// An error answer, understood.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ErrorAnswer {
    /// What it says.
    pub meaning: Meaning,
    /// Code and text, if it has any.
    pub body: Option<ErrorBody>,
}

/// Why an answer proves nothing.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Doubt {
    /// It is not the platform's, as far as can be told.
    #[error(transparent)]
    Signature(#[from] SignViolation),
    /// It cannot be read.
    #[error(transparent)]
    Message(#[from] MessageError),
    /// It answers another request.
    #[error(transparent)]
    Mismatch(#[from] Mismatch),
    /// A success that no call has, such as 202 or 204.
    #[error("HTTP {status} is no answer to this call")]
    Status {
        /// The status.
        status: u16,
    },
}

/// What the answer to a submitted refund comes to. Proven means accepted, and no more.
pub fn of_submit(request: &SubmitRequest, status: u16, answer: Answer) -> Outcome<SubmitAnswer> {
    settle(Call::SubmitRefund, status, answer, |message| {
        let answer = SubmitAnswer::read(message, request.amount.refund().currency())?;
        answer.check_against(request)?;
        Ok(answer)
    })
}

/// What the answer to a question about the refund `out_refund_no` comes to. Proven means that it exists.
///
/// `assumed` is the currency of the order's price; it counts where the answer names none.
pub fn of_refund_query(
    out_refund_no: &OutRefundNo,
    assumed: Currency,
    status: u16,
    answer: Answer,
) -> Outcome<RefundRecord> {
    settle(Call::QueryRefund, status, answer, |message| {
        let page = RefundPage::read(message, assumed)?;
        let found: Vec<String> = page.refunds.iter().map(|refund| refund.out_refund_no.to_string()).collect();
        page.refund(out_refund_no).cloned().ok_or_else(|| {
            Doubt::Mismatch(Mismatch {
                field: OutRefundNo::NAME,
                asked: out_refund_no.to_string(),
                answered: found.join(", "),
            })
        })
    })
}

/// What the answer to a question about the refunds of `order` comes to. Proven means that it has some.
pub fn of_refund_page(
    order: &OrderName,
    assumed: Currency,
    status: u16,
    answer: Answer,
) -> Outcome<RefundPage> {
    settle(Call::QueryRefund, status, answer, |message| {
        let page = RefundPage::read(message, assumed)?;
        match page.is_of(order) {
            true => Ok(page),
            false => Err(Mismatch::of_order(order, &page.transaction_id, &page.out_trade_no).into()),
        }
    })
}

/// What the answer to a question about the order `name` comes to. Proven means that it exists.
pub fn of_order_query(name: &OrderName, assumed: Currency, status: u16, answer: Answer) -> Outcome<Order> {
    settle(Call::QueryOrder, status, answer, |message| {
        let order = order::record::read(message, assumed)?;
        match order.is_named(name) {
            true => Ok(order),
            false => Err(Mismatch::of_order(name, &order.transaction_id, &order.out_trade_no).into()),
        }
    })
}

fn settle<T>(
    call: Call,
    status: u16,
    answer: Answer,
    read: impl FnOnce(&Message) -> Result<T, Doubt>,
) -> Outcome<T> {
    match (status, answer) {
        (Page::STATUS, Answer::Page(page)) => {
            let body = ErrorBody { code: String::new(), message: page.sentence().to_owned() };
            error(Meaning::ConfigurationFault(Configuration::Certificate), Some(body), false)
        }
        (200, Answer::Signed(message)) => match Layers::read(&message) {
            Ok(Layers::Success) => read(&message).map_or_else(Outcome::Unproven, Outcome::Proven),
            Ok(Layers::Failure(body)) => error(meaning_of(call, &body), Some(body), true),
            Err(doubt) => Outcome::Unproven(Doubt::Message(doubt)),
        },
        (200, Answer::Unproven(message, violation)) => match Layers::read(&message) {
            Ok(Layers::Failure(body)) => match believed(&body, meaning_of(call, &body), &violation) {
                Some(meaning) => error(meaning, Some(body), false),
                None => Outcome::Unproven(Doubt::Signature(violation)),
            },
            Ok(Layers::Success) | Err(_) => Outcome::Unproven(Doubt::Signature(violation)),
        },
        (200, Answer::Unreadable(doubt)) => Outcome::Unproven(Doubt::Message(doubt)),
        (200..=299, _) => Outcome::Unproven(Doubt::Status { status }),
        // Not the platform's own: servers in front of it, or on the way.
        (429, _) => error(Meaning::SlowDown, None, false),
        (_, _) => error(Meaning::Unclear, None, false),
    }
}

fn error<T>(meaning: Meaning, body: Option<ErrorBody>, signed: bool) -> Outcome<T> {
    Outcome::Error { answer: ErrorAnswer { meaning, body }, signed }
}

/// What an error says about what was asked, if it is to be believed at all.
fn meaning_of(call: Call, body: &ErrorBody) -> Meaning {
    match ErrorCode::parse(&body.code) {
        Some(code) => meaning(call, code.status(), &body.code),
        None if body.code.is_empty() => match (InFront::parse(&body.message), call) {
            (Some(InFront::Signature), _) => Meaning::ConfigurationFault(Configuration::Signature),
            (Some(InFront::Certificate), _) => Meaning::ConfigurationFault(Configuration::Certificate),
            (Some(InFront::Form), Call::SubmitRefund) => Meaning::RefusedForGood,
            (Some(InFront::Form), Call::QueryRefund | Call::QueryOrder) | (None, _) => Meaning::Unclear,
        },
        None => Meaning::Unclear,
    }
}

/// What is left of an error's meaning without a good signature; nothing where the violation itself is the news.
fn believed(body: &ErrorBody, meaning: Meaning, violation: &SignViolation) -> Option<Meaning> {
    use Configuration as C;
    match (violation, meaning) {
        (_, Meaning::ConfigurationFault(C::Signature)) => Some(meaning),
        (SignViolation::Wrong, _) => None,
        // That a certificate was not taken is decided before anybody could sign.
        (SignViolation::Unsigned, Meaning::ConfigurationFault(C::Certificate)) => Some(meaning),
        (SignViolation::Unsigned, Meaning::SlowDown | Meaning::Unclear) => Some(meaning),
        (SignViolation::Unsigned, Meaning::RefusedForGood) if InFront::parse(&body.message).is_some() => {
            Some(meaning)
        }
        (
            SignViolation::Unsigned,
            Meaning::NotEnough
            | Meaning::RefusedForGood
            | Meaning::NumberUsedByAnother
            | Meaning::NotThere
            | Meaning::ConfigurationFault(C::Permission | C::Merchant),
        ) => Some(Meaning::Unclear),
    }
}

/// Why a request did not get as far as the business, by the texts that are known.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum InFront {
    Signature,
    Certificate,
    Form,
}

impl InFront {
    fn parse(return_msg: &str) -> Option<InFront> {
        match return_msg.trim() {
            "签名失败" | "签名错误" => Some(InFront::Signature),
            CERTIFICATE_NOT_MATCH => Some(InFront::Certificate),
            "参数格式校验错误" | "参数错误" | "invalid refund_fee" => Some(InFront::Form),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ids::{Appid, Mchid, OutTradeNo, RefundId};
    use crate::money::Money;
    use crate::v2::answer::{Failure, not_taken};
    use crate::v2::caller::Caller;
    use crate::v2::front;
    use crate::v2::key::ApiV2Key;
    use crate::v2::sign::{Nonce, SignType, UnsignedBody};
    use crate::v3::refund::record::RecordedAmount;
    use crate::v3::refund::submit::RefundAmount;

    const SIGNATURE: Meaning = Meaning::ConfigurationFault(Configuration::Signature);
    const CERTIFICATE: Meaning = Meaning::ConfigurationFault(Configuration::Certificate);
    const MERCHANT: Meaning = Meaning::ConfigurationFault(Configuration::Merchant);
    const PERMISSION: Meaning = Meaning::ConfigurationFault(Configuration::Permission);

    fn key() -> ApiV2Key {
        ApiV2Key::parse("TidegateTestOnlyApiV2Key00000000").unwrap()
    }

    fn caller() -> Caller {
        let (mchid, appid) = (Mchid::parse("1900000001").unwrap(), Appid::parse("wx1").unwrap());
        Caller::Direct { mchid, appid }
    }

    fn request() -> SubmitRequest {
        SubmitRequest {
            caller: caller(),
            order: OrderName::OutTradeNo(OutTradeNo::parse("T1").unwrap()),
            out_refund_no: OutRefundNo::parse("R1").unwrap(),
            amount: RefundAmount::new(Money::fen(500), Money::fen(888)).unwrap(),
            reason: None,
            source: None,
            notify_url: None,
        }
    }

    fn accepted(number: &str) -> UnsignedBody {
        let answer = SubmitAnswer {
            refund_id: RefundId::parse("50").unwrap(),
            out_refund_no: OutRefundNo::parse(number).unwrap(),
            transaction_id: None,
            out_trade_no: None,
            channel: None,
            amount: RecordedAmount {
                refund: Money::fen(500),
                payer_refund: None,
                total: None,
                payer_total: None,
                exchange_rate: None,
            },
        };
        answer.render(SignType::Md5, &caller())
    }

    fn failed(code: &str, message: &str) -> UnsignedBody {
        let body = ErrorBody { code: code.to_owned(), message: message.to_owned() };
        Failure { return_msg: "OK", caller: Some(&caller()), body: &body }.render(SignType::Md5)
    }

    fn signed(body: &UnsignedBody) -> String {
        body.sign(&Nonce::parse("N1").unwrap(), &key())
    }

    fn submit(status: u16, body: &str) -> Outcome<SubmitAnswer> {
        of_submit(&request(), status, Answer::read(body.as_bytes(), SignType::Md5, &key()))
    }

    /// What an error means and whether it was signed; `None` if it is no error at all.
    fn error_of<T>(outcome: Outcome<T>) -> Option<(Meaning, bool)> {
        match outcome {
            Outcome::Error { answer, signed } => Some((answer.meaning, signed)),
            Outcome::Proven(_) | Outcome::Unproven(_) => None,
        }
    }

    #[test]
    fn only_a_signed_success_about_this_refund_is_an_acceptance() {
        let good = signed(&accepted("R1"));
        assert!(matches!(submit(200, &good), Outcome::Proven(_)));
        for status in [201, 202, 204, 299] {
            assert_eq!(submit(status, &good), Outcome::Unproven(Doubt::Status { status }));
        }
        for (body, violation) in [
            (accepted("R1").as_str().to_owned(), SignViolation::Unsigned),
            (good.replace("500", "499"), SignViolation::Wrong),
            (good.replace("<sign>", "<sign>x"), SignViolation::Wrong),
        ] {
            assert_eq!(submit(200, &body), Outcome::Unproven(Doubt::Signature(violation)), "{body}");
        }
        assert!(matches!(submit(200, &signed(&accepted("R2"))), Outcome::Unproven(Doubt::Mismatch(_))));
        for body in ["", "{}", "<html></html>", "<xml>", "<xml><return_code>SUCCESS"] {
            assert!(matches!(submit(200, body), Outcome::Unproven(Doubt::Message(_))), "{body}");
        }
        for status in [301, 404, 500, 502, 503] {
            assert_eq!(error_of(submit(status, &good)), Some((Meaning::Unclear, false)), "{status}");
        }
        assert_eq!(error_of(submit(429, "")), Some((Meaning::SlowDown, false)));
    }

    /// Code, what it means to a submit when it is signed, and what is left of that when it is not.
    const CODES: &[(&str, Meaning, Meaning)] = &[
        ("SYSTEMERROR", Meaning::Unclear, Meaning::Unclear),
        ("BIZERR_NEED_RETRY", Meaning::Unclear, Meaning::Unclear),
        ("NOTENOUGH", Meaning::NotEnough, Meaning::Unclear),
        ("FREQUENCY_LIMITED", Meaning::SlowDown, Meaning::SlowDown),
        ("INVALID_REQ_TOO_MUCH", Meaning::SlowDown, Meaning::SlowDown),
        ("ORDER_NOT_READY", Meaning::Unclear, Meaning::Unclear),
        ("TRADE_OVERDUE", Meaning::RefusedForGood, Meaning::Unclear),
        ("ERROR", Meaning::Unclear, Meaning::Unclear),
        ("USER_ACCOUNT_ABNORMAL", Meaning::RefusedForGood, Meaning::Unclear),
        ("INVALID_TRANSACTIONID", Meaning::RefusedForGood, Meaning::Unclear),
        ("ORDERNOTEXIST", Meaning::RefusedForGood, Meaning::Unclear),
        ("PARAM_ERROR", Meaning::RefusedForGood, Meaning::Unclear),
        ("INVALID_REQUEST", Meaning::RefusedForGood, Meaning::Unclear),
        ("REFUND_FEE_MISMATCH", Meaning::NumberUsedByAnother, Meaning::Unclear),
        ("APPID_NOT_EXIST", MERCHANT, Meaning::Unclear),
        ("MCHID_NOT_EXIST", MERCHANT, Meaning::Unclear),
        ("NOAUTH", PERMISSION, Meaning::Unclear),
        ("SIGNERROR", SIGNATURE, SIGNATURE),
        ("CERT_ERROR", CERTIFICATE, CERTIFICATE),
        ("CA_ERROR", CERTIFICATE, CERTIFICATE),
        ("REQUIRE_POST_METHOD", Meaning::RefusedForGood, Meaning::Unclear),
        ("XML_FORMAT_ERROR", Meaning::RefusedForGood, Meaning::Unclear),
        ("REFUNDNOTEXIST", Meaning::Unclear, Meaning::Unclear),
        ("A_CODE_OF_TOMORROW", Meaning::Unclear, Meaning::Unclear),
    ];

    #[test]
    fn every_code_of_a_submit_means_what_the_table_says_and_unsigned_it_gives_nothing_up() {
        for &(code, meaning, unsigned) in CODES {
            let body = failed(code, "m");
            assert_eq!(error_of(submit(200, &signed(&body))), Some((meaning, true)), "{code}, signed");
            assert_eq!(error_of(submit(200, body.as_str())), Some((unsigned, false)), "{code}, unsigned");
            let forged = submit(200, &signed(&body).replace("<sign>", "<sign>x"));
            match unsigned {
                SIGNATURE => assert_eq!(error_of(forged), Some((SIGNATURE, false)), "{code}, wrongly signed"),
                _ => assert_eq!(forged, Outcome::Unproven(Doubt::Signature(SignViolation::Wrong)), "{code}"),
            }
        }
    }

    #[test]
    fn a_refusal_in_front_is_believed_for_its_text_and_no_other() {
        for (text, meaning) in [
            ("签名错误", SIGNATURE),
            ("签名失败", SIGNATURE),
            ("certificate not match", CERTIFICATE),
            ("参数格式校验错误", Meaning::RefusedForGood),
            ("参数错误", Meaning::RefusedForGood),
            ("invalid refund_fee", Meaning::RefusedForGood),
            ("", Meaning::Unclear),
            ("OK", Meaning::Unclear),
            ("system busy", Meaning::Unclear),
        ] {
            assert_eq!(error_of(submit(200, &not_taken(text))), Some((meaning, false)), "{text}");
        }
        let coded = not_taken("参数错误").replace("</xml>", "<err_code>SYSTEMERROR</err_code></xml>");
        assert_eq!(error_of(submit(200, &coded)), Some((Meaning::Unclear, false)), "the code has the word");
        let coded = not_taken("x").replace("</xml>", "<err_code>CERT_ERROR</err_code></xml>");
        assert_eq!(error_of(submit(200, &coded)), Some((CERTIFICATE, false)), "in either frame");
    }

    #[test]
    fn trouble_with_the_certificate_is_not_accepted_and_the_set_ups_fault() {
        for page in [Page::NoCertificate, Page::UntrustedCertificate] {
            assert_eq!(error_of(submit(400, &page.html())), Some((CERTIFICATE, false)), "{page:?}");
            assert!(matches!(submit(200, &page.html()), Outcome::Unproven(Doubt::Status { status: 200 })));
        }
        assert_eq!(
            error_of(submit(400, "<html><title>400 Bad Request</title></html>")),
            Some((Meaning::Unclear, false))
        );
        assert_eq!(error_of(submit(200, &front::ca_error())), Some((CERTIFICATE, false)));
    }

    #[test]
    fn questions_are_answered_about_what_was_asked_or_not_at_all() {
        let number = OutRefundNo::parse("R1").unwrap();
        let ask = |body: &str| {
            of_refund_query(&number, Currency::CNY, 200, Answer::read(body.as_bytes(), SignType::Md5, &key()))
        };
        let page = RefundPage {
            transaction_id: None,
            out_trade_no: Some(OutTradeNo::parse("T1").unwrap()),
            total: None,
            payer_total: None,
            refunds: Vec::new(),
            total_count: None,
        };
        assert!(matches!(
            ask(&signed(&page.render(SignType::Md5, &caller()))),
            Outcome::Unproven(Doubt::Mismatch(_))
        ));
        let absent = failed("REFUNDNOTEXIST", "");
        assert_eq!(error_of(ask(&signed(&absent))), Some((Meaning::NotThere, true)));
        assert_eq!(
            error_of(ask(absent.as_str())),
            Some((Meaning::Unclear, false)),
            "an absence lets money go again"
        );
        assert_eq!(error_of(ask(&signed(&failed("PARAM_ERROR", "")))), Some((Meaning::Unclear, true)));

        let order = |name: &str| OrderName::OutTradeNo(OutTradeNo::parse(name).unwrap());
        let ask = |name: &str, body: &UnsignedBody| {
            let answer = Answer::read(signed(body).as_bytes(), SignType::Md5, &key());
            of_refund_page(&order(name), Currency::CNY, 200, answer)
        };
        let body = page.render(SignType::Md5, &caller());
        assert_eq!(ask("T1", &body), Outcome::Proven(page));
        assert!(matches!(ask("T2", &body), Outcome::Unproven(Doubt::Mismatch(_))));
        let ask = |name: &str, body: &UnsignedBody| {
            let answer = Answer::read(signed(body).as_bytes(), SignType::Md5, &key());
            of_order_query(&order(name), Currency::CNY, 200, answer)
        };
        assert!(matches!(ask("T1", &body), Outcome::Proven(_)));
        assert!(matches!(ask("T2", &body), Outcome::Unproven(Doubt::Mismatch(_))));
        assert_eq!(error_of(ask("T1", &failed("ORDERNOTEXIST", ""))), Some((Meaning::NotThere, true)));
    }
}
