//! Holding an answer until it is known how a submission went: for `Prefer: wait`, never for the money.

use std::future::pending;
use std::sync::Arc;
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use refunds::batch::MerchantState;
use refunds::key::RefundKey;
use refunds::refund::{Refund, State, Toward, Why};
use store::Store as _;
use tokio::sync::broadcast::Receiver;
use tokio::sync::broadcast::error::RecvError;
use tokio::time::{Instant, timeout_at};

use crate::api::passage::Passage;
use crate::api::problem::Problem;
use crate::gateway::Gateway;

/// What is decided about a merchant id's refunds. Subscribed to before the refund is taken in, so that nothing is missed.
pub type Decided = Receiver<Arc<[RefundKey]>>;

/// Waits `wait` at most until it is known whether WeChat Pay takes `refund`; the refund as it is then.
pub async fn until_known(
    gateway: &Gateway,
    passage: &Passage,
    mut decided: Decided,
    refund: Refund,
    merchant: &MerchantState,
    wait: Duration,
) -> Result<Refund, Problem> {
    let end = Instant::now() + wait;
    let until = gateway.clock.now() + SignedDuration::try_from(wait).unwrap_or(SignedDuration::ZERO);
    let mut refund = refund;
    while !is_known(&refund, merchant, until) {
        let in_time = passage.idle(timeout_at(end, changed(&mut decided, &refund.key))).await.is_ok();
        refund = gateway.store.refund(&refund.key).await?.unwrap_or(refund);
        if !in_time {
            break;
        }
    }
    Ok(refund)
}

/// Waits `wait` at most for the next decision about the refund `key`.
pub async fn until_decided(passage: &Passage, mut decided: Decided, key: &RefundKey, wait: Duration) {
    // Whether it came in time makes no difference: the refund is read again.
    let _ = passage.idle(timeout_at(Instant::now() + wait, changed(&mut decided, key))).await;
}

/// Comes back when the refund was decided about, or may have been.
async fn changed(decided: &mut Decided, key: &RefundKey) {
    loop {
        match decided.recv().await {
            Ok(keys) if keys.contains(key) => return,
            Ok(_) => {}
            Err(RecvError::Lagged(_)) => return,
            Err(RecvError::Closed) => pending().await,
        }
    }
}

/// Whether waiting until `until` is of no use: it is accepted, refused for good, or will not be accepted by then.
fn is_known(refund: &Refund, merchant: &MerchantState, until: Timestamp) -> bool {
    let is_held = merchant.paused || merchant.halt.is_some();
    match &refund.state {
        State::Queued => is_held,
        State::Waiting { why: Why::Halt | Why::Paused, .. } => true,
        State::Waiting { not_before, .. } => is_held || not_before.is_some_and(|at| at > until),
        State::Submitting { .. } | State::Unclear { .. } => false,
        // Refused; but an attempt before it may have been taken.
        State::Withdrawing { toward: Toward::Rejected(_), .. } => refund.attempts.unproven_until.is_none(),
        State::Withdrawing { toward: Toward::Cancelled(_), .. }
        | State::Processing(_)
        | State::Abnormal(_)
        | State::Succeeded { .. }
        | State::Closed(_)
        | State::Rejected(_)
        | State::Cancelled(_) => true,
    }
}

#[cfg(test)]
mod tests {
    use refunds::batch::Halt;
    use refunds::outcome::Fault;
    use refunds::refund::Attempts;
    use tokio::sync::broadcast;

    use super::super::specimen::{acceptance, now, refund, states, waiting};
    use super::*;

    const RUNNING: MerchantState = MerchantState { paused: false, halt: None };

    fn after(seconds: i64) -> Timestamp {
        now() + SignedDuration::from_secs(seconds)
    }

    #[test]
    fn an_answer_is_held_only_as_long_as_it_may_still_be_accepted_in_time() {
        let until = after(10);
        let [queued, _, submitting, unclear, cancelling, refusing, ended @ ..] = states();
        for (state, known) in [
            (queued, false),
            (waiting(Why::Funds, Some(after(3600))), true),
            (waiting(Why::Funds, Some(after(10))), false),
            (waiting(Why::Spacing, Some(after(11))), true),
            (waiting(Why::Rate, None), false),
            (waiting(Why::Paused, None), true),
            (submitting, false),
            (unclear, false),
            (cancelling, true),
            (refusing, true),
            (State::Processing(acceptance()), true),
        ] {
            assert_eq!(is_known(&refund(state.clone(), 1), &RUNNING, until), known, "{state:?}");
        }
        assert!(ended.into_iter().all(|state| is_known(&refund(state, 1), &RUNNING, until)));
    }

    #[test]
    fn a_refusal_after_an_unclear_attempt_is_not_the_end_of_it() {
        let [.., refusing, _, _, _, _, _] = states();
        let attempts = Attempts { count: 2, unproven_until: Some(after(300)), ..Attempts::default() };
        assert!(!is_known(&Refund { attempts, ..refund(refusing, 2) }, &RUNNING, after(10)));
    }

    #[test]
    fn nobody_waits_for_a_merchant_id_that_sends_nothing() {
        let halt = Halt { fault: Fault::Certificate, since: now() };
        for merchant in
            [MerchantState { paused: true, halt: None }, MerchantState { paused: false, halt: Some(halt) }]
        {
            assert!(is_known(&refund(State::Queued, 0), &merchant, after(10)));
            assert!(is_known(&refund(waiting(Why::Spacing, Some(after(1))), 0), &merchant, after(10)));
        }
    }

    #[tokio::test(start_paused = true)]
    async fn a_decision_about_another_refund_wakes_nobody_and_one_that_was_missed_wakes() {
        let key = refund(State::Queued, 0).key;
        let other = RefundKey::parse("rf.1900000002.01JZZZZZZZZZZZZZZZZZZZZZZ0").unwrap();
        let (sender, mut decided) = broadcast::channel::<Arc<[RefundKey]>>(1);
        let second = Duration::from_secs(1);
        sender.send([other.clone()].into()).unwrap();
        assert!(tokio::time::timeout(second, changed(&mut decided, &key)).await.is_err());
        sender.send([other.clone(), key.clone()].into()).unwrap();
        changed(&mut decided, &key).await;
        sender.send([key.clone()].into()).unwrap();
        sender.send([other].into()).unwrap();
        changed(&mut decided, &key).await;
        drop(sender);
        while decided.try_recv().is_ok() {}
        assert!(
            tokio::time::timeout(second, changed(&mut decided, &key)).await.is_err(),
            "nobody will decide"
        );
    }
}
