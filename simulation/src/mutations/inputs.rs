//! Mistakes in what an owner is told.

use jiff::{SignedDuration, Timestamp};
use refunds::outcome::{OrderOutcome, QueryOutcome, Receipt, Refusal, Report, Standing, SubmitOutcome};
use refunds::owner::{Fact, Holding, Input, Page};
use refunds::refund::{Attempts, Refund, State};

use super::Mutation;
use crate::names;
use crate::network::GARBLED;

/// What the owner is told instead of `input`.
pub(crate) fn mistaken(mutation: Mutation, input: Input, now: Timestamp) -> Vec<Input> {
    match (mutation, input) {
        (
            Mutation::MissingOnceIsEnough,
            Input::Fact(Fact::Asked { refund, asked_at: _, outcome: QueryOutcome::Absent, evidence }),
        ) => {
            let again = [1, 2].map(|hours| now + SignedDuration::from_hours(hours));
            let absent = |asked_at| {
                let (refund, evidence) = (refund.clone(), evidence.clone());
                Input::Fact(Fact::Asked { refund, asked_at, outcome: QueryOutcome::Absent, evidence })
            };
            again.map(absent).to_vec()
        }
        (mutation, input) => vec![mistaken_input(mutation, input, now)],
    }
}

fn mistaken_input(mutation: Mutation, input: Input, now: Timestamp) -> Input {
    match (mutation, input) {
        (Mutation::CommitUnknownTakenAsCommitted, Input::CommitLost(number)) => Input::Committed(number),
        (Mutation::IntentForgottenAtRestart, input) => forget_intents(input),
        (Mutation::TimerLostAtTakeOver, Input::Holding(holding)) => {
            Input::Holding(Holding { next_due: None, ..holding })
        }
        (Mutation::BackupBelieved, Input::Holding(mut holding)) => {
            holding.merchant.restored = None;
            Input::Holding(holding)
        }
        (Mutation::OrdersNotAsked, Input::RecentOrders(_)) => Input::RecentOrders(vec![]),
        (Mutation::IntakeForgotten, Input::Intake(mut page)) => {
            page.page.refunds.clear();
            Input::Intake(page)
        }
        (mutation, Input::Fact(fact)) => Input::Fact(mistaken_fact(mutation, fact, now)),
        (_, input) => input,
    }
}

fn mistaken_fact(mutation: Mutation, fact: Fact, now: Timestamp) -> Fact {
    match (mutation, fact) {
        (
            Mutation::UnclearTreatedAsFailed,
            Fact::Answered { refund, attempt, outcome: SubmitOutcome::Unclear, evidence },
        ) => {
            let refusal = Refusal { code: "failed".into(), message: "no answer".into() };
            Fact::Answered { refund, attempt, outcome: SubmitOutcome::Refused(refusal), evidence }
        }
        (
            Mutation::NotEnoughTreatedAsAccepted,
            Fact::Answered { refund, attempt, outcome: SubmitOutcome::NotEnough, evidence },
        ) => Fact::Answered { refund, attempt, outcome: SubmitOutcome::Accepted(receipt()), evidence },
        (
            Mutation::DeadTooEarly,
            Fact::Asked { refund, asked_at: _, outcome: QueryOutcome::Absent, evidence },
        ) => {
            let asked_at = now + SignedDuration::from_hours(1);
            Fact::Asked { refund, asked_at, outcome: QueryOutcome::Absent, evidence }
        }
        (
            Mutation::TrustsUnverifiedSuccess,
            Fact::Answered { refund, attempt, outcome: SubmitOutcome::Unclear, evidence },
        ) if evidence.answer.as_deref() == Some(GARBLED) => {
            Fact::Answered { refund, attempt, outcome: SubmitOutcome::Accepted(receipt()), evidence }
        }
        (
            Mutation::ResultIgnored,
            Fact::Asked { refund, asked_at, outcome: QueryOutcome::Found(report), evidence },
        ) if report.standing != Standing::Processing => {
            let report = Report { standing: Standing::Processing, ..report };
            Fact::Asked { refund, asked_at, outcome: QueryOutcome::Found(report), evidence }
        }
        (Mutation::NamesakesIgnored, Fact::OrderAsked { order, outcome: _ }) => {
            Fact::OrderAsked { order, outcome: OrderOutcome::Absent }
        }
        (_, fact) => fact,
    }
}

fn receipt() -> Receipt {
    Receipt { refund_id: names::made_up_refund_id(), accepted_at: None, payer_refund: None }
}

/// The refunds that are shown.
fn shown(input: &mut Input) -> impl Iterator<Item = &mut Refund> {
    let page: Option<&mut Page> = match input {
        Input::Intake(page) => Some(&mut page.page),
        Input::Due(page) => Some(&mut page.page),
        Input::Front(page) => Some(&mut page.page),
        Input::Refunds(page) => Some(page),
        _ => None,
    };
    page.into_iter().flat_map(|page| &mut page.refunds)
}

/// What lies in the store as `submitting` is shown as never attempted.
fn forget_intents(mut input: Input) -> Input {
    for refund in shown(&mut input) {
        if matches!(refund.state, State::Submitting { .. }) {
            refund.state = State::Queued;
            refund.attempts = Attempts::default();
        }
    }
    input
}
