//! Asking anything harmless, to see whether a signed call is taken: the certificate list, which is good to have anyway.

use refunds::owner::ProbeOutcome;
use wechatpay::codes::{Call, Configuration, Meaning};
use wechatpay::v3::certificates;
use wechatpay::v3::error::ErrorAnswer;
use wechatpay::v3::verify::Answer;

use super::line::V3Line;
use crate::wechat::certificates::Made;
use crate::wechat::judgement;

impl V3Line {
    /// Asks for the certificate list, which changes nothing.
    pub(crate) async fn probe(&self) -> ProbeOutcome {
        let Made { certificate, answer } = self.get(&certificates::target(self.region())).await;
        let Ok(received) = answer else { return ProbeOutcome::Unclear };
        if received.status == 200 {
            return match self.take_in_certificates(&received) {
                Ok(()) => ProbeOutcome::Fine,
                Err(_) => ProbeOutcome::Unclear,
            };
        }
        let Ok(answer) = self.verify_answer(&received).await else { return ProbeOutcome::Unclear };
        let signed = matches!(answer, Answer::Verified(_));
        // The list has no meanings of its own; a fault of the set-up reads alike on every question.
        let error = ErrorAnswer::of(Call::QueryRefund, received.status, answer.body());
        match judgement::believed(error.meaning, signed) {
            // A merchant in public-key mode has no list: that WeChat Pay says so shows that it knows who asked.
            // [public-key-mode], [official-skills]
            Meaning::ConfigurationFault(Configuration::Permission) if self.is_in_public_key_mode() => {
                ProbeOutcome::Fine
            }
            Meaning::ConfigurationFault(configuration) => {
                ProbeOutcome::Misconfigured(judgement::fault(configuration, self.has_expired(&certificate)))
            }
            Meaning::NotEnough
            | Meaning::RefusedForGood
            | Meaning::NumberUsedByAnother
            | Meaning::SlowDown
            | Meaning::NotThere
            | Meaning::Unclear => ProbeOutcome::Unclear,
        }
    }
}
