//! Asking what became of a refund. Source: [v2-refund-query].

use refunds::key::UpstreamNo;
use refunds::order::OrderNames;
use refunds::outcome::{Evidence, QueryOutcome};
use wechatpay::ids::SubMchid;
use wechatpay::money::Currency;
use wechatpay::v2::outcome::{Outcome, of_refund_query};
use wechatpay::v2::refund::query::{About, PATH, RefundQuery};
use wechatpay::v3::refund::record::RefundRecord;

use super::line::{SIGN_TYPE, V2Line};
use super::said;
use crate::wechat::{evidence, judgement};

impl V2Line {
    pub(super) async fn ask_refund(
        &self,
        upstream_no: &UpstreamNo,
        sub_mchid: Option<&SubMchid>,
        currency: Currency,
        order: Option<&OrderNames>,
    ) -> (QueryOutcome, Evidence) {
        let out_refund_no = upstream_no.number();
        let about = About::OutRefundNo(out_refund_no.clone());
        let query = RefundQuery { caller: self.caller(sub_mchid), about }.render(SIGN_TYPE);
        let heard = self
            .ask_at(PATH, &query, |received, answer| {
                of_refund_query(out_refund_no, currency, received.status, answer)
            })
            .await;
        match heard {
            Err(failure) => (QueryOutcome::Unclear, evidence::of_failure(&failure, None)),
            Ok((received, outcome)) => {
                let said = said::in_words(&received, &outcome);
                (judged(outcome, order), evidence::of_answer(&received, &said, None))
            }
        }
    }
}

fn judged(outcome: Outcome<RefundRecord>, known: Option<&OrderNames>) -> QueryOutcome {
    match outcome {
        Outcome::Proven(record) => judgement::refund_told(record, known),
        Outcome::Unproven(_) => QueryOutcome::Unclear,
        Outcome::Error { answer, signed: _ } => judgement::refund_not_told(answer.meaning, false),
    }
}
