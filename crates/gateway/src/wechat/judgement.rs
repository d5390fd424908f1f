//! What the platform's words mean to a refund: the one place where they become ours.
//!
//! No page of V3 says which errors are signed; one that was posted, a 500, was not. An error without a signature may be made by
//! anything on the way that ends TLS, so it is believed only as far as a mistake costs nothing but time:
//!
//! - "too fast" and whatever is unclear anyway: the number is asked about, and nothing is given up;
//! - a signature that was not taken, because who cannot tell us from another may have nothing to sign with: submissions
//!   stop and a harmless call tests, and no amount becomes free;
//! - nothing else. NOT_ENOUGH, refusals, numbers in use, missing refunds and orders, missing rights: unsigned they are
//!   unclear, since a refusal frees an order's amount, and an absence lets the same request go again.
//!
//!
//! On V2 the texts in front of the business are never signed, and [`wechatpay::v2::outcome`] says which are believed.
//!
//! Source: [global-signature], [staff-answers], \[inferred\].

use jiff::Timestamp;
use refunds::key::UpstreamNo;
use refunds::order::OrderNames;
use refunds::outcome::{
    Fault, ListOutcome, Listed, OrderOutcome, OrderReport, QueryOutcome, Receipt, Refusal, Report, Standing,
    SubmitOutcome,
};
use wechatpay::china::ChinaDay;
use wechatpay::codes::{Configuration, ErrorCode, Meaning};
use wechatpay::money::Money;
use wechatpay::v3::order::record::Order;
use wechatpay::v3::refund::record::RefundRecord;
use wechatpay::v3::statement::call::ready_from;
use wechatpay::v3::words::RefundStatus;
use wechatpay::{v2, v3};

use super::statement::WhyNone;

/// Longest text of WeChat Pay's that is kept with a refusal, in characters. Source: [global-rules].
const LONGEST_MESSAGE: usize = 256;

/// What the answer over V3 to a submission means.
pub(super) fn of_v3_submission(
    outcome: v3::outcome::Outcome<v3::refund::submit::SubmitAnswer>,
    certificate_expired: bool,
) -> SubmitOutcome {
    use v3::outcome::Outcome;
    match outcome {
        Outcome::Proven(answer) => SubmitOutcome::Accepted(Receipt {
            refund_id: answer.refund_id,
            accepted_at: answer.create_time,
            payer_refund: answer.amount.payer_refund,
        }),
        Outcome::Unproven(_) => SubmitOutcome::Unclear,
        Outcome::Error { answer, signed } => {
            let said = answer.body.as_ref().map(|body| Said { code: &body.code, message: &body.message });
            not_accepted(believed(answer.meaning, signed), said, certificate_expired)
        }
    }
}

/// What the answer over V2 to a submission means. Its answers do not tell when a refund was accepted.
pub(super) fn of_v2_submission(
    outcome: v2::outcome::Outcome<v2::refund::submit::SubmitAnswer>,
) -> SubmitOutcome {
    use v2::outcome::Outcome;
    match outcome {
        Outcome::Proven(answer) => SubmitOutcome::Accepted(Receipt {
            refund_id: answer.refund_id,
            accepted_at: None,
            payer_refund: answer.amount.payer_refund,
        }),
        Outcome::Unproven(_) => SubmitOutcome::Unclear,
        Outcome::Error { answer, signed: _ } => {
            let said = answer.body.as_ref().map(|body| Said { code: &body.code, message: &body.message });
            // A bad certificate has words of its own there.
            not_accepted(answer.meaning, said, false)
        }
    }
}

/// What an error answer says of itself.
struct Said<'a> {
    code: &'a str,
    message: &'a str,
}

fn not_accepted(meaning: Meaning, said: Option<Said<'_>>, certificate_expired: bool) -> SubmitOutcome {
    match meaning {
        Meaning::NotEnough => SubmitOutcome::NotEnough,
        Meaning::RefusedForGood => SubmitOutcome::Refused(refusal(said)),
        Meaning::NumberUsedByAnother => SubmitOutcome::NumberTaken,
        Meaning::ConfigurationFault(configuration) => {
            SubmitOutcome::Misconfigured(fault(configuration, certificate_expired))
        }
        Meaning::SlowDown => SubmitOutcome::SlowDown,
        // That something is not there answers questions.
        Meaning::NotThere | Meaning::Unclear => SubmitOutcome::Unclear,
    }
}

/// What an error means to a question about a refund, as far as it is believed.
pub(super) fn refund_not_told(meaning: Meaning, certificate_expired: bool) -> QueryOutcome {
    match meaning {
        Meaning::NotThere => QueryOutcome::Absent,
        Meaning::SlowDown => QueryOutcome::SlowDown,
        Meaning::ConfigurationFault(configuration) => {
            QueryOutcome::Misconfigured(fault(configuration, certificate_expired))
        }
        // The first three are answers to submissions; a question that was refused says nothing about the refund.
        Meaning::NotEnough | Meaning::RefusedForGood | Meaning::NumberUsedByAnother | Meaning::Unclear => {
            QueryOutcome::Unclear
        }
    }
}

/// What an error means to a question about an order, as far as it is believed.
pub(super) fn order_not_told(meaning: Meaning, certificate_expired: bool) -> OrderOutcome {
    match meaning {
        Meaning::NotThere => OrderOutcome::Absent,
        Meaning::ConfigurationFault(configuration) => {
            OrderOutcome::Misconfigured(fault(configuration, certificate_expired))
        }
        // The first three are answers to submissions. Too fast: asked again later, as after no answer.
        Meaning::NotEnough
        | Meaning::RefusedForGood
        | Meaning::NumberUsedByAnother
        | Meaning::SlowDown
        | Meaning::Unclear => OrderOutcome::Unclear,
    }
}

/// Why there is no statement of `day`, by an error that WeChat Pay signed at `signed_at`, if it did.
///
/// Unsigned, "there is none" is unclear. Signed before statements are there it says only that this one is not: no page tells
/// whether a day whose statement is not made yet has that error too. Source: [global-statement], \[inferred\].
pub(super) fn statement_not_told(
    error: &v3::error::ErrorAnswer,
    day: ChinaDay,
    signed_at: Option<Timestamp>,
    certificate_expired: bool,
) -> WhyNone {
    let code = error.body.as_ref().and_then(|body| ErrorCode::parse(&body.code));
    match (code, signed_at) {
        (Some(ErrorCode::StatementCreating), _) => return WhyNone::NotYet,
        (Some(ErrorCode::NoStatementExist), Some(at)) if at >= ready_from(day) => return WhyNone::NoTrade,
        (Some(ErrorCode::NoStatementExist), Some(_)) => return WhyNone::NotYet,
        _ => {}
    }
    match believed(error.meaning, signed_at.is_some()) {
        Meaning::SlowDown => WhyNone::NotYet,
        Meaning::ConfigurationFault(configuration) => {
            WhyNone::Misconfigured(fault(configuration, certificate_expired))
        }
        Meaning::NotEnough
        | Meaning::RefusedForGood
        | Meaning::NumberUsedByAnother
        | Meaning::NotThere
        | Meaning::Unclear => WhyNone::Unclear,
    }
}

/// What a proven record of a refund means to whoever knows it as one of the order `known`.
pub(super) fn refund_told(record: RefundRecord, known: Option<&OrderNames>) -> QueryOutcome {
    // A word nobody has documented decides nothing.
    let Some(standing) = standing(&record.status) else { return QueryOutcome::Unclear };
    let reported = OrderNames { out_trade_no: record.out_trade_no, transaction_id: record.transaction_id };
    let report = Report {
        standing,
        refund_id: record.refund_id,
        amount: record.amount.refund,
        accepted_at: record.create_time,
        payer_refund: record.amount.payer_refund,
        succeeded_at: record.success_time,
        received_in: record.recv_account,
    };
    QueryOutcome::found(report, &reported, known)
}

/// What a proven page of refunds means to whoever asked for those of the order `known`. Under one of its names there may be another
/// order.
pub(super) fn refunds_told(page: RefundsOfOrder, known: &OrderNames, more: bool) -> ListOutcome {
    let RefundsOfOrder { order, total, refunds } = page;
    if !known.may_be(&order) {
        return ListOutcome::Absent;
    }
    let listed = |record: RefundRecord| Listed {
        upstream_no: UpstreamNo::adopted(record.out_refund_no),
        amount: record.amount.refund,
    };
    ListOutcome::Listed { order, total, refunds: refunds.into_iter().map(listed).collect(), more }
}

/// A page of an order's refunds, over either version.
pub(super) struct RefundsOfOrder {
    pub(super) order: OrderNames,
    pub(super) total: Option<Money>,
    pub(super) refunds: Vec<RefundRecord>,
}

/// What an error means to a question about the refunds of an order, as far as it is believed.
pub(super) fn refunds_not_told(meaning: Meaning, certificate_expired: bool) -> ListOutcome {
    match meaning {
        Meaning::NotThere => ListOutcome::Absent,
        Meaning::SlowDown => ListOutcome::SlowDown,
        Meaning::ConfigurationFault(configuration) => {
            ListOutcome::Misconfigured(fault(configuration, certificate_expired))
        }
        // The first three are answers to submissions.
        Meaning::NotEnough | Meaning::RefusedForGood | Meaning::NumberUsedByAnother | Meaning::Unclear => {
            ListOutcome::Unclear
        }
    }
}

/// What a proven record of an order means: one that was never paid is none to refund from; a paid one that is not told in full
/// proves nothing.
pub(super) fn order_told(order: Order) -> OrderOutcome {
    let is_paid = order.trade_state.is_paid();
    let (Some(transaction_id), Some(amount)) = (order.transaction_id, order.amount) else {
        return if is_paid { OrderOutcome::Unclear } else { OrderOutcome::Absent };
    };
    OrderOutcome::Found(OrderReport {
        out_trade_no: order.out_trade_no,
        transaction_id,
        total: amount.total,
        payer_total: amount.payer_total,
        paid_at: order.success_time.filter(|_| is_paid),
    })
}

/// What is left of the meaning of an error over V3 when it may be unsigned; see the module's documentation.
pub(super) fn believed(meaning: Meaning, signed: bool) -> Meaning {
    match meaning {
        Meaning::SlowDown | Meaning::Unclear | Meaning::ConfigurationFault(Configuration::Signature) => {
            meaning
        }
        Meaning::NotEnough
        | Meaning::RefusedForGood
        | Meaning::NumberUsedByAnother
        | Meaning::NotThere
        | Meaning::ConfigurationFault(
            Configuration::Certificate | Configuration::Permission | Configuration::Merchant,
        ) => match signed {
            true => meaning,
            false => Meaning::Unclear,
        },
    }
}

/// What is wrong with the set-up, in the owner's words. V3 has one code for whatever is wrong with a signature, also for one
/// made under an expired certificate; only its text tells, and our calendar.
pub(super) fn fault(configuration: Configuration, certificate_expired: bool) -> Fault {
    match configuration {
        Configuration::Signature if certificate_expired => Fault::Certificate,
        Configuration::Signature => Fault::Signature,
        Configuration::Certificate => Fault::Certificate,
        Configuration::Permission => Fault::Permission,
        Configuration::Merchant => Fault::Merchant,
    }
}

/// Where a refund stands, in the owner's words; none for a status that is not known.
pub(crate) fn standing(status: &RefundStatus) -> Option<Standing> {
    match status {
        RefundStatus::Processing => Some(Standing::Processing),
        RefundStatus::Success => Some(Standing::Succeeded),
        RefundStatus::Closed => Some(Standing::Closed),
        RefundStatus::Abnormal => Some(Standing::Abnormal),
        RefundStatus::Other(_) => None,
    }
}

fn refusal(said: Option<Said<'_>>) -> Refusal {
    let code = said.as_ref().and_then(|said| ErrorCode::parse(said.code));
    let message = said.map(|said| readable(said.message)).unwrap_or_default();
    Refusal { code: refusal_code(code).to_owned(), message }
}

/// Our stable code of a refusal for good. One code of WeChat Pay's stands for many reasons, which only its message tells;
/// no program may go by that. Source: [global-rules].
fn refusal_code(code: Option<ErrorCode>) -> &'static str {
    match code {
        Some(ErrorCode::ResourceNotExists | ErrorCode::OrderNotExist | ErrorCode::InvalidTransactionid) => {
            "order_not_found"
        }
        Some(ErrorCode::TradeOverdue) => "order_too_old",
        Some(ErrorCode::UserAccountAbnormal) => "payer_account_abnormal",
        Some(ErrorCode::ParamError) => "parameter_refused",
        _ => "refund_refused",
    }
}

/// What WeChat Pay said, in one line of sane length.
fn readable(message: &str) -> String {
    message.chars().filter(|c| !c.is_control()).take(LONGEST_MESSAGE).collect()
}

#[cfg(test)]
mod tests {
    use wechatpay::codes::Call;
    use wechatpay::v3::error::ErrorAnswer;
    use wechatpay::v3::outcome::Outcome;

    use super::*;

    fn judged(status: u16, body: &str, signed: bool) -> SubmitOutcome {
        let answer = ErrorAnswer::of(Call::SubmitRefund, status, body.as_bytes());
        of_v3_submission(Outcome::Error { answer, signed }, false)
    }

    #[test]
    fn only_a_signed_word_after_ten_the_next_morning_says_that_a_day_had_no_trade() {
        let day = ChinaDay::from_date("2026-01-05".parse().unwrap());
        let early: Timestamp = "2026-01-06T09:59:59+08:00".parse().unwrap();
        let ready: Timestamp = "2026-01-06T10:00:00+08:00".parse().unwrap();
        for (status, code, signed_at, why) in [
            (400, "NO_STATEMENT_EXIST", Some(ready), WhyNone::NoTrade),
            (400, "NO_STATEMENT_EXIST", Some(early), WhyNone::NotYet),
            (400, "NO_STATEMENT_EXIST", None, WhyNone::Unclear),
            (400, "STATEMENT_CREATING", Some(early), WhyNone::NotYet),
            (400, "STATEMENT_CREATING", None, WhyNone::NotYet),
            (429, "FREQUENCY_LIMITED", None, WhyNone::NotYet),
            (403, "NO_AUTH", Some(ready), WhyNone::Misconfigured(Fault::Permission)),
            (403, "NO_AUTH", None, WhyNone::Unclear),
            (401, "SIGN_ERROR", None, WhyNone::Misconfigured(Fault::Signature)),
            (400, "PARAM_ERROR", Some(ready), WhyNone::Unclear),
            (404, "RESOURCE_NOT_EXISTS", Some(ready), WhyNone::Unclear),
            (500, "SYSTEM_ERROR", None, WhyNone::Unclear),
        ] {
            let body = format!(r#"{{"code":"{code}","message":"m"}}"#);
            let error = ErrorAnswer::of(Call::QueryRefund, status, body.as_bytes());
            assert_eq!(
                statement_not_told(&error, day, signed_at, false),
                why,
                "{status} {code} {signed_at:?}"
            );
        }
    }

    fn refused(code: &str, message: &str) -> SubmitOutcome {
        SubmitOutcome::Refused(Refusal { code: code.to_owned(), message: message.to_owned() })
    }

    #[test]
    fn every_error_has_its_outcome_and_an_unsigned_one_gives_nothing_up() {
        let unclear = || SubmitOutcome::Unclear;
        let misconfigured = SubmitOutcome::Misconfigured;
        for (status, code, signed, unsigned) in [
            (403, "NOT_ENOUGH", SubmitOutcome::NotEnough, unclear()),
            (400, "PARAM_ERROR", refused("parameter_refused", "m"), unclear()),
            (400, "INVALID_REQUEST", refused("refund_refused", "m"), unclear()),
            (404, "RESOURCE_NOT_EXISTS", refused("order_not_found", "m"), unclear()),
            (404, "ORDER_NOT_EXIST", refused("order_not_found", "m"), unclear()),
            (403, "TRADE_OVERDUE", refused("order_too_old", "m"), unclear()),
            (403, "USER_ACCOUNT_ABNORMAL", refused("payer_account_abnormal", "m"), unclear()),
            (403, "OUT_REFUND_NO_USED", SubmitOutcome::NumberTaken, unclear()),
            (401, "SIGN_ERROR", misconfigured(Fault::Signature), misconfigured(Fault::Signature)),
            (403, "NO_AUTH", misconfigured(Fault::Permission), unclear()),
            (404, "MCH_NOT_EXISTS", misconfigured(Fault::Merchant), unclear()),
            (403, "CERT_ERROR", misconfigured(Fault::Certificate), unclear()),
            (429, "FREQUENCY_LIMITED", SubmitOutcome::SlowDown, SubmitOutcome::SlowDown),
            (500, "SYSTEM_ERROR", unclear(), unclear()),
            (500, "NOT_ENOUGH", unclear(), unclear()),
            (404, "REFUND_NOT_EXISTS", unclear(), unclear()),
            (403, "A_CODE_OF_TOMORROW", unclear(), unclear()),
        ] {
            let body = format!(r#"{{"code":"{code}","message":"m"}}"#);
            assert_eq!(judged(status, &body, true), signed, "{status} {code}, signed");
            assert_eq!(judged(status, &body, false), unsigned, "{status} {code}, unsigned");
        }
    }

    #[test]
    fn a_long_message_is_cut_and_stays_one_line() {
        let body = format!(r#"{{"code":"PARAM_ERROR","message":"a\nb{}"}}"#, "退".repeat(300));
        let message = format!("ab{}", "退".repeat(LONGEST_MESSAGE - 2));
        assert_eq!(judged(400, &body, true), refused("parameter_refused", &message));
    }
}
