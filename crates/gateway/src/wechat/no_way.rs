//! What is heard of what could not leave, because the version it is written for has no key here: nothing was sent, and nothing
//! is lost. It goes on by itself once there is one.

use refunds::outcome::{Evidence, SubmitOutcome};
use refunds::owner::{Fact, Question};
use wechatpay::wire::Wire;

use super::evidence;
use super::exchange::Failure;

pub(super) fn unsent(wire: Wire) -> (SubmitOutcome, Evidence) {
    (SubmitOutcome::Unclear, evidence::of_failure(&Failure::NoWay(wire), None))
}

pub(super) fn unasked(question: &Question, wire: Wire) -> Fact {
    question.unanswered(evidence::of_failure(&Failure::NoWay(wire), None))
}
