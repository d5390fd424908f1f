//! What is heard of what could not leave, because the version it is written for has no key here: nothing was sent, and nothing
//! is lost. It goes on by itself once there is one.

use refunds::outcome::{Evidence, ListOutcome, OrderOutcome, QueryOutcome, SubmitOutcome};
use refunds::owner::{Fact, ProbeOutcome, Question};
use wechatpay::wire::Wire;

use super::evidence;
use super::exchange::Failure;

pub(super) fn unsent(wire: Wire) -> (SubmitOutcome, Evidence) {
    (SubmitOutcome::Unclear, evidence::of_failure(&Failure::NoWay(wire), None))
}

pub(super) fn unasked(question: &Question, wire: Wire) -> Fact {
    match question {
        Question::Refund { refund, asked_at, .. } => Fact::Asked {
            refund: refund.clone(),
            asked_at: *asked_at,
            outcome: QueryOutcome::Unclear,
            evidence: evidence::of_failure(&Failure::NoWay(wire), None),
        },
        Question::Order { order, .. } => {
            Fact::OrderAsked { order: order.clone(), outcome: OrderOutcome::Unclear }
        }
        Question::RefundsOf { order, offset, asked_at, .. } => Fact::Listed {
            order: order.clone(),
            offset: *offset,
            asked_at: *asked_at,
            outcome: ListOutcome::Unclear,
        },
        Question::Probe => Fact::Probed(ProbeOutcome::Unclear),
    }
}
