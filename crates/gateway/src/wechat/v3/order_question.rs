//! Asking what an order is. Source: [global-payment].

use refunds::order::OrderNames;
use refunds::outcome::OrderOutcome;
use wechatpay::ids::SubMchid;
use wechatpay::v3::order::call::{Branch, OrderCall};
use wechatpay::v3::order::record::Order;
use wechatpay::v3::outcome::{Outcome, of_order_query};

use super::line::V3Line;
use crate::wechat::certificates::Made;
use crate::wechat::{judgement, questions};

impl V3Line {
    pub(super) async fn ask_order(&self, sub_mchid: Option<&SubMchid>, names: &OrderNames) -> OrderOutcome {
        let Some(name) = questions::order_name(names) else { return OrderOutcome::Unclear };
        let (region, merchant) = (self.region(), self.merchant(sub_mchid));
        let branch = Branch::of(region, &merchant);
        let target = OrderCall::Query { merchant, order: name.clone() }.target(branch);
        let Made { certificate, answer } = self.get(&target).await;
        match answer {
            Err(_) => OrderOutcome::Unclear,
            Ok(received) => {
                let answer = self.verify_answer(&received).await;
                judged(of_order_query(region, &name, received.status, answer), self.has_expired(&certificate))
            }
        }
    }
}

fn judged(outcome: Outcome<Order>, certificate_expired: bool) -> OrderOutcome {
    match outcome {
        Outcome::Proven(order) => judgement::order_told(order),
        Outcome::Unproven(_) => OrderOutcome::Unclear,
        Outcome::Error { answer, signed } => {
            judgement::order_not_told(judgement::believed(answer.meaning, signed), certificate_expired)
        }
    }
}
