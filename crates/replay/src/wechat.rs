//! WeChat Pay's side of a replay: takes what the pool holds, refuses the rest, and has paid whatever it took as soon as it is
//! asked.

use std::collections::BTreeMap;

use jiff::Timestamp;
use refunds::batch::Submission;
use refunds::outcome::{
    Evidence, ListOutcome, OrderOutcome, QueryOutcome, Receipt, Report, Standing, SubmitOutcome,
};
use refunds::owner::{Fact, ProbeOutcome, Question};
use wechatpay::china::ChinaDay;
use wechatpay::money::Money;

use crate::history::{AskedRefund, Payment};
use crate::names;
use crate::pool::Pool;
use crate::run::Attempt;

/// The pool, and what was asked of it.
#[derive(Debug)]
pub(crate) struct WechatPay<'h> {
    refunds: &'h [AskedRefund],
    pool: Pool,
    accepted_at: Vec<Option<Timestamp>>,
    accepted_on: BTreeMap<ChinaDay, i64>,
    attempts: Vec<Attempt>,
}

impl<'h> WechatPay<'h> {
    /// Before anything has happened.
    pub(crate) fn new(refunds: &'h [AskedRefund], pool: Pool) -> WechatPay<'h> {
        WechatPay {
            refunds,
            pool,
            accepted_at: vec![None; refunds.len()],
            accepted_on: BTreeMap::new(),
            attempts: vec![],
        }
    }

    /// A payer pays.
    pub(crate) fn pay(&mut self, payment: Payment) {
        self.pool.pay(payment);
    }

    /// The answer to an attempt.
    pub(crate) fn submit(&mut self, submission: &Submission, now: Timestamp) -> Fact {
        let n = names::place(submission.refund());
        let outcome = match (self.refunds.get(n), self.accepted_at.get_mut(n)) {
            (Some(refund), Some(accepted_at)) => {
                let is_new = accepted_at.is_none();
                let accepted = !is_new || self.pool.take(refund.amount_fen, now);
                self.attempts.push(Attempt { at: now, refund: n, accepted });
                if accepted && is_new {
                    *accepted_at = Some(now);
                    *self.accepted_on.entry(ChinaDay::of(now)).or_default() += refund.amount_fen;
                }
                match accepted_at {
                    Some(at) => SubmitOutcome::Accepted(Receipt {
                        refund_id: names::refund_id(n),
                        accepted_at: Some(*at),
                        payer_refund: Some(Money::fen(refund.amount_fen)),
                    }),
                    None => SubmitOutcome::NotEnough,
                }
            }
            // Nothing else is ever admitted.
            _ => SubmitOutcome::Unclear,
        };
        Fact::Answered {
            refund: submission.refund().clone(),
            attempt: submission.attempt(),
            outcome,
            evidence: Evidence::default(),
        }
    }

    /// The answer to a question.
    pub(crate) fn ask(&self, question: Question) -> Fact {
        match question {
            Question::Refund { refund, asked_at, .. } => {
                let outcome = self.query(names::place(&refund), asked_at);
                Fact::Asked { refund, asked_at, outcome, evidence: Evidence::default() }
            }
            // All that can be known of the orders is known; nobody needs to ask.
            Question::Order { order, .. } => Fact::OrderAsked { order, outcome: OrderOutcome::Unclear },
            Question::RefundsOf { order, offset, asked_at, .. } => {
                Fact::Listed { order, offset, asked_at, outcome: ListOutcome::NotOffered }
            }
            Question::Probe => Fact::Probed(ProbeOutcome::Fine),
        }
    }

    fn query(&self, n: usize, now: Timestamp) -> QueryOutcome {
        let accepted_at = self.accepted_at.get(n).copied().flatten();
        match (self.refunds.get(n), accepted_at) {
            (Some(refund), Some(accepted_at)) => QueryOutcome::Found(Report {
                standing: Standing::Succeeded,
                refund_id: names::refund_id(n),
                amount: Money::fen(refund.amount_fen),
                accepted_at: Some(accepted_at),
                payer_refund: Some(Money::fen(refund.amount_fen)),
                succeeded_at: Some(now),
                received_in: None,
            }),
            _ => QueryOutcome::Absent,
        }
    }

    /// What was accepted on `day`, in fen.
    pub(crate) fn accepted_on(&self, day: ChinaDay) -> i64 {
        self.accepted_on.get(&day).copied().unwrap_or(0)
    }

    /// When each refund was accepted, by place, and every attempt.
    pub(crate) fn into_record(self) -> (Vec<Option<Timestamp>>, Vec<Attempt>) {
        (self.accepted_at, self.attempts)
    }
}
