//! Asking what an order is. Source: [global-payment].

use refunds::order::OrderNames;
use refunds::outcome::{OrderOutcome, OrderReport};
use wechatpay::codes::Meaning;
use wechatpay::ids::SubMchid;
use wechatpay::v3::order::call::{Branch, OrderCall};
use wechatpay::v3::order::record::Order;
use wechatpay::v3::outcome::{Outcome, of_order_query};
use wechatpay::v3::refund::call::OrderName;

use super::line::{Made, V3Line};
use crate::wechat::judgement;

impl V3Line {
    pub(super) async fn ask_order(&self, sub_mchid: Option<&SubMchid>, names: &OrderNames) -> OrderOutcome {
        // WeChat Pay's number first: it is one order's, while another system may use the merchant's number too.
        let by_id = names.transaction_id.clone().map(OrderName::TransactionId);
        let by_number = names.out_trade_no.clone().map(OrderName::OutTradeNo);
        // At least one name is given; without any nothing could be asked.
        let Some(name) = by_id.or(by_number) else { return OrderOutcome::Unclear };
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
        Outcome::Proven(order) => found(order),
        Outcome::Unproven(_) => OrderOutcome::Unclear,
        Outcome::Error { answer, signed } => match judgement::believed(answer.meaning, signed) {
            Meaning::NotThere => OrderOutcome::Absent,
            Meaning::ConfigurationFault(configuration) => {
                OrderOutcome::Misconfigured(judgement::fault(configuration, certificate_expired))
            }
            // The first three are answers to submissions. Too fast: asked again later, as after no answer.
            Meaning::NotEnough
            | Meaning::RefusedForGood
            | Meaning::NumberUsedByAnother
            | Meaning::SlowDown
            | Meaning::Unclear => OrderOutcome::Unclear,
        },
    }
}

/// An order that was never paid is none to refund from; a paid one that is not told in full proves nothing.
fn found(order: Order) -> OrderOutcome {
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
