//! Asking what became of a refund. Source: [global-refund-query].

use jiff::Timestamp;
use refunds::key::UpstreamNo;
use refunds::order::OrderNames;
use refunds::outcome::{Evidence, QueryOutcome};
use wechatpay::ids::SubMchid;
use wechatpay::v3::outcome::{Outcome, of_refund_query};
use wechatpay::v3::refund::call::RefundQuery;
use wechatpay::v3::refund::record::RefundRecord;
use wechatpay::v3::verify::Answer;

use super::line::V3Line;
use super::said;
use crate::wechat::certificates::Made;
use crate::wechat::{evidence, judgement};

/// What was heard of a refund.
pub(super) struct Heard {
    pub(super) outcome: QueryOutcome,
    pub(super) evidence: Evidence,
    /// When WeChat Pay signed it, by its own clock; none if it did not.
    pub(super) signed_at: Option<Timestamp>,
}

impl V3Line {
    pub(super) async fn ask_refund(
        &self,
        upstream_no: &UpstreamNo,
        sub_mchid: Option<&SubMchid>,
        order: Option<&OrderNames>,
    ) -> Heard {
        let (region, merchant) = (self.region(), self.merchant(sub_mchid));
        let out_refund_no = upstream_no.number();
        let query = RefundQuery::ByNumber { region, merchant, out_refund_no: out_refund_no.clone() };
        let Made { certificate, answer } = self.get(&query.target()).await;
        match answer {
            Err(failure) => {
                let evidence = evidence::of_failure(&failure, Some(&certificate));
                Heard { outcome: QueryOutcome::Unclear, evidence, signed_at: None }
            }
            Ok(received) => {
                let answer = self.verify_answer(&received).await;
                let signed_at = match &answer {
                    Ok(Answer::Verified(verified)) => Timestamp::from_second(verified.signed_at()).ok(),
                    _ => None,
                };
                let outcome = of_refund_query(region, out_refund_no, received.status, answer);
                let said = said::in_words(&received, &outcome);
                let evidence = evidence::of_answer(&received, &said, Some(&certificate));
                Heard { outcome: judged(outcome, order, self.has_expired(&certificate)), evidence, signed_at }
            }
        }
    }
}

fn judged(
    outcome: Outcome<RefundRecord>,
    known: Option<&OrderNames>,
    certificate_expired: bool,
) -> QueryOutcome {
    match outcome {
        Outcome::Proven(record) => judgement::refund_told(record, known),
        Outcome::Unproven(_) => QueryOutcome::Unclear,
        Outcome::Error { answer, signed } => {
            judgement::refund_not_told(judgement::believed(answer.meaning, signed), certificate_expired)
        }
    }
}
