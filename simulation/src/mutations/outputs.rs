//! Mistakes in what an owner wants done.

use jiff::SignedDuration;
use refunds::batch::{Batch, Change, OrderChange};
use refunds::key::UpstreamNo;
use refunds::pool::ledger::Movement;
use refunds::refund::{Refund, RequestBytes, State, Toward};
use refunds::step::Cause;

use super::{Act, Mind, Mutation, Request};
use crate::names;

/// What is done instead of `act`.
pub(crate) fn mistaken(mutation: Mutation, mind: &mut Mind, act: Act) -> Vec<Act> {
    match (mutation, act) {
        (Mutation::SendsBeforeCommit, Act::Commit(batch)) => {
            let requests = intents(&batch);
            mind.sent_early.extend(requests.iter().map(|request| (request.refund.clone(), request.attempt)));
            let sends = requests.into_iter().map(Act::Send);
            sends.chain([Act::Commit(batch)]).collect()
        }
        (Mutation::SendsBeforeCommit, Act::Send(request))
            if mind.sent_early.remove(&(request.refund.clone(), request.attempt)) =>
        {
            vec![]
        }
        (Mutation::NewNumberOnRetry, Act::Send(request)) if request.attempt > 1 => {
            vec![Act::Send(renumbered(request))]
        }
        (Mutation::NewAmountOnRetry, Act::Send(request)) if request.attempt > 1 => {
            let bytes = replaced(&request.bytes, "refund=", "refund=1");
            vec![Act::Send(Request { bytes, ..request })]
        }
        (Mutation::NeverWoken, Act::WakeAt(_)) => vec![],
        (Mutation::CancelledSentAgain, Act::Commit(batch)) => {
            let requests = cancelled(&batch);
            std::iter::once(Act::Commit(batch)).chain(requests.into_iter().map(Act::Send)).collect()
        }
        (mutation, Act::Commit(batch)) => vec![Act::Commit(mistaken_batch(mutation, batch))],
        (_, act) => vec![act],
    }
}

fn mistaken_batch(mutation: Mutation, mut batch: Batch) -> Batch {
    match mutation {
        Mutation::AmountReleasedTooEarly => {
            release(&mut batch, |state| matches!(state, State::Unclear { .. } | State::Withdrawing { .. }))
        }
        Mutation::CancelFreesAtOnce => {
            release(&mut batch, |state| {
                matches!(state, State::Withdrawing { toward: Toward::Cancelled(_), .. })
            });
            for change in &mut batch.changes {
                if let State::Withdrawing { toward: Toward::Cancelled(by), .. } = change.refund.state {
                    change.refund.state = State::Cancelled(by);
                    change.refund.ask_at = None;
                    let name = change.refund.state.name();
                    change.entries.last_mut().into_iter().for_each(|entry| entry.to = name);
                }
            }
        }
        Mutation::WaitingNotCounted => release(&mut batch, |state| matches!(state, State::Waiting { .. })),
        Mutation::AsksTooEarly => {
            let is_taken = |state: &State| matches!(state, State::Processing(_));
            for change in batch.changes.iter_mut().filter(|change| is_taken(&change.refund.state)) {
                let early = SignedDuration::from_mins(10);
                change.refund.ask_at = change.refund.ask_at.map(|ask_at| ask_at - early);
            }
        }
        Mutation::QueryForgotten => {
            let taken = batch.changes.iter_mut().filter(|change| change.refund.is_taken());
            taken.for_each(|change| change.refund.ask_at = None);
        }
        Mutation::ReturnNotPosted => {
            batch.postings.retain(|posting| posting.movement != Movement::Returned);
        }
        Mutation::NewsWithoutChange => {
            for change in &mut batch.changes {
                if let State::Succeeded { acceptance, .. } = &change.refund.state {
                    change.refund.state = State::Processing(acceptance.clone());
                }
            }
        }
        _ => {}
    }
    batch
}

/// Frees the orders' amounts of the refunds that have come into such a state.
fn release(batch: &mut Batch, comes_free: impl Fn(&State) -> bool) {
    for change in &batch.changes {
        let moved =
            change.entries.iter().any(|entry| entry.is_news() && entry.to == change.refund.state.name());
        if !moved || !comes_free(&change.refund.state) {
            continue;
        }
        let order = &change.refund.order;
        if !batch.orders.iter().any(|noted| noted.order == *order) {
            batch.orders.push(OrderChange::of(order.clone()));
        }
        if let Some(noted) = batch.orders.iter_mut().find(|noted| noted.order == *order) {
            noted.reserved -= change.refund.amount.minor();
            noted.reserved_count -= 1;
        }
    }
}

/// The requests of those that `batch` gives up.
fn cancelled(batch: &Batch) -> Vec<Request> {
    let is_given_up = |change: &&Change| matches!(change.refund.state, State::Cancelled(_));
    let given_up = batch.changes.iter().filter(is_given_up);
    // Signed afresh, as if it were sent for the first time.
    let request = |change: &Change| {
        let signed_at = change.entries.last()?.at;
        let Refund { key, upstream_no, attempts, request, .. } = change.refund.clone();
        Some(Request { refund: key, upstream_no, attempt: attempts.count, signed_at, bytes: request })
    };
    given_up.filter_map(request).collect()
}

/// The requests whose intents are in `batch`.
fn intents(batch: &Batch) -> Vec<Request> {
    let released = |cause| matches!(cause, Cause::Released | Cause::Resent);
    let sent = batch.changes.iter().filter(|change| {
        matches!(change.refund.state, State::Submitting { .. })
            && change.entries.iter().any(|entry| released(entry.cause))
    });
    sent.filter_map(|change| {
        let refund = &change.refund;
        Some(Request {
            refund: refund.key.clone(),
            upstream_no: refund.upstream_no.clone(),
            attempt: refund.attempts.count,
            signed_at: refund.attempts.last_signed_at?,
            bytes: refund.request.clone(),
        })
    })
    .collect()
}

fn renumbered(request: Request) -> Request {
    let number = names::another_out_refund_no(request.upstream_no.number(), request.attempt);
    let (old, new) = (format!("={}\n", request.upstream_no), format!("={number}\n"));
    let bytes = replaced(&request.bytes, &old, &new);
    Request { upstream_no: UpstreamNo::adopted(number), bytes, ..request }
}

fn replaced(bytes: &RequestBytes, old: &str, new: &str) -> RequestBytes {
    let text = String::from_utf8_lossy(bytes.as_bytes()).replacen(old, new, 1);
    RequestBytes::new(bytes.wire(), text.as_bytes())
}
