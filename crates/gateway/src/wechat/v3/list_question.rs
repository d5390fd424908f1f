//! Asking which refunds an order has. Source: [global-refund-query].

use refunds::order::OrderNames;
use refunds::outcome::ListOutcome;
use wechatpay::ids::SubMchid;
use wechatpay::v3::caller::Region;
use wechatpay::v3::outcome::{Outcome, of_refund_list};
use wechatpay::v3::refund::call::{PAGE, RefundQuery};
use wechatpay::v3::refund::record::RefundList;

use super::line::V3Line;
use crate::wechat::certificates::Made;
use crate::wechat::judgement::{self, RefundsOfOrder};
use crate::wechat::questions;

impl V3Line {
    pub(super) async fn ask_refunds(
        &self,
        sub_mchid: Option<&SubMchid>,
        names: &OrderNames,
        offset: u32,
    ) -> ListOutcome {
        if self.region() == Region::Mainland {
            return ListOutcome::NotOffered;
        }
        let Some(name) = questions::order_name(names) else { return ListOutcome::Unclear };
        let merchant = self.merchant(sub_mchid);
        let query = RefundQuery::OfOrder { merchant, order: name.clone(), offset, count: PAGE };
        let Made { certificate, answer } = self.get(&query.target()).await;
        match answer {
            Err(_) => ListOutcome::Unclear,
            Ok(received) => {
                let answer = self.verify_answer(&received).await;
                let outcome = of_refund_list(&name, received.status, answer);
                judged(outcome, names, offset, self.has_expired(&certificate))
            }
        }
    }
}

fn judged(
    outcome: Outcome<RefundList>,
    known: &OrderNames,
    offset: u32,
    certificate_expired: bool,
) -> ListOutcome {
    match outcome {
        Outcome::Proven(list) => {
            let RefundList { transaction_id, out_trade_no, total, refunds, total_num, .. } = list;
            let more = questions::is_more_behind(offset, refunds.len(), total_num);
            let order = OrderNames { out_trade_no, transaction_id };
            judgement::refunds_told(RefundsOfOrder { order, total, refunds }, known, more)
        }
        Outcome::Unproven(_) => ListOutcome::Unclear,
        Outcome::Error { answer, signed } => {
            judgement::refunds_not_told(judgement::believed(answer.meaning, signed), certificate_expired)
        }
    }
}
