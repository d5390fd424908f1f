//! Asking anything harmless, to see whether certificate and key are taken.
//!
//! Two questions, about things that do not exist: one that only a certificate opens the way to, and whose answer nobody signs,
//! for the certificate; one that is answered under the key, for the key. Source: [v2-red-packet], [v2-refund-query],
//! \[inferred\].

use refunds::owner::ProbeOutcome;
use wechatpay::codes::{Configuration, ErrorCode, Meaning};
use wechatpay::ids::OutRefundNo;
use wechatpay::money::Currency;
use wechatpay::v2::outcome::{Doubt, Outcome, of_refund_query};
use wechatpay::v2::refund::query::{About, PATH, RefundQuery};
use wechatpay::v2::sign::{SignViolation, UnsignedBody};
use wechatpay::v3::refund::record::RefundRecord;

use super::line::{Call, SIGN_TYPE, V2Line};
use crate::wechat::certificates::Made;
use crate::wechat::exchange::Reach;
use crate::wechat::judgement;

/// Where a Company Payment is asked for. The certificate is looked at before anything else.
const TRANSFER_PATH: &str = "/mmpaymkttransfers/gettransferinfo";

/// A number that nobody gives: letters alone, which every call takes.
const NOBODYS: &str = "TIDEGATEPROBE";

impl V2Line {
    /// Asks for a Company Payment and for a refund, neither of which exists.
    pub(crate) async fn probe(&self) -> ProbeOutcome {
        match self.ask_for_transfer().await {
            ProbeOutcome::Fine => self.ask_for_refund().await,
            outcome => outcome,
        }
    }

    async fn ask_for_transfer(&self) -> ProbeOutcome {
        // MD5, the only way of this call.
        let body = format!(
            "<xml><appid>{}</appid><mch_id>{}</mch_id><partner_trade_no>{NOBODYS}</partner_trade_no></xml>",
            self.appid(),
            self.mchid(),
        );
        let body = UnsignedBody::parse(&body).expect("ids are letters and digits");
        let call = Call { path: TRANSFER_PATH, body: &body, decided_at: self.now(), reach: Reach::AnyHost };
        let number = nobodys();
        let Made { answer, .. } = self
            .call(&call, |received, answer| {
                // The call has no meanings of its own; certificate and signature read alike everywhere.
                of_refund_query(&number, Currency::CNY, received.status, answer)
            })
            .await;
        answer.map_or(ProbeOutcome::Unclear, |(_, outcome)| certificate_of(&outcome))
    }

    async fn ask_for_refund(&self) -> ProbeOutcome {
        let number = nobodys();
        let query = RefundQuery { caller: self.caller(None), about: About::OutRefundNo(number.clone()) };
        let heard = self
            .ask_at(PATH, &query.render(SIGN_TYPE), |received, answer| {
                of_refund_query(&number, Currency::CNY, received.status, answer)
            })
            .await;
        heard.map_or(ProbeOutcome::Unclear, |(_, outcome)| key_of(&outcome))
    }
}

fn nobodys() -> OutRefundNo {
    OutRefundNo::parse(NOBODYS).expect("letters are a number")
}

/// What an answer to the first question says of the certificate. Any word of the business, were it that this merchant id may
/// make no Company Payments, comes after the certificate was taken.
fn certificate_of(outcome: &Outcome<RefundRecord>) -> ProbeOutcome {
    match outcome {
        Outcome::Error { answer, .. } => match (answer.meaning, &answer.body) {
            (
                Meaning::ConfigurationFault(
                    configuration @ (Configuration::Certificate | Configuration::Signature),
                ),
                _,
            ) => ProbeOutcome::Misconfigured(judgement::fault(configuration, false)),
            (_, Some(body)) if is_told_by_the_business(&body.code) => ProbeOutcome::Fine,
            (_, _) => ProbeOutcome::Unclear,
        },
        // This call is never signed, and a success is a word of the business as well.
        Outcome::Proven(_) | Outcome::Unproven(Doubt::Signature(SignViolation::Unsigned)) => {
            ProbeOutcome::Fine
        }
        Outcome::Unproven(_) => ProbeOutcome::Unclear,
    }
}

fn is_told_by_the_business(code: &str) -> bool {
    let is_trouble = matches!(
        ErrorCode::parse(code),
        Some(
            ErrorCode::SystemError
                | ErrorCode::ServiceUnavailable
                | ErrorCode::FrequencyLimited
                | ErrorCode::InvalidReqTooMuch
        )
    );
    !code.is_empty() && !is_trouble
}

/// What an answer to the second question says of the key: only who knows it can sign.
fn key_of(outcome: &Outcome<RefundRecord>) -> ProbeOutcome {
    match outcome {
        Outcome::Proven(_) => ProbeOutcome::Fine,
        Outcome::Unproven(_) => ProbeOutcome::Unclear,
        Outcome::Error { answer, signed } => match answer.meaning {
            Meaning::ConfigurationFault(configuration) => {
                ProbeOutcome::Misconfigured(judgement::fault(configuration, false))
            }
            Meaning::NotThere
            | Meaning::Unclear
            | Meaning::SlowDown
            | Meaning::NotEnough
            | Meaning::RefusedForGood
            | Meaning::NumberUsedByAnother => match signed {
                true => ProbeOutcome::Fine,
                false => ProbeOutcome::Unclear,
            },
        },
    }
}
