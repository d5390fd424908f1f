//! Holding an answer until it is known how a submission went: for `Prefer: wait`, never for the money.

use std::collections::BTreeMap;
use std::future::pending;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use refunds::batch::MerchantState;
use refunds::key::RefundKey;
use refunds::refund::{Refund, State, Toward, Why};
use store::Store as _;
use tokio::sync::broadcast::Receiver;
use tokio::sync::broadcast::error::RecvError;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::{Instant, timeout_at};
use wechatpay::ids::Mchid;

use crate::api::passage::Passage;
use crate::gateway::Gateway;

/// What is decided about a merchant id's refunds. Subscribed to before the refund is taken in, so that nothing is missed.
pub type Decided = Receiver<Arc<[RefundKey]>>;

/// How many answers are held at once for one merchant id. Whoever comes beyond that is answered at once, as a preference may
/// be: one tenant's patience must not take every connection.
const HELD_AT_ONCE: usize = 256;

/// How often a refund is read whose owner is driven on another node, in case its hint is lost.
const ELSEWHERE: Duration = Duration::from_millis(500);

/// The answers that are held, by merchant id.
#[derive(Debug, Default)]
pub struct Places(Mutex<BTreeMap<Mchid, Arc<Semaphore>>>);

impl Places {
    /// A place among the held answers of `mchid`, as long as it is kept; none if there is none.
    pub fn take(&self, mchid: &Mchid) -> Option<OwnedSemaphorePermit> {
        let mut places = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let semaphore = places.entry(mchid.clone()).or_insert_with(|| Arc::new(Semaphore::new(HELD_AT_ONCE)));
        semaphore.clone().try_acquire_owned().ok()
    }
}

/// Waits `wait` at most until it is known whether WeChat Pay takes `refund`; the refund as it is then, or as it was last read:
/// what is stored is acknowledged even if it cannot be read again.
pub async fn until_known(
    gateway: &Gateway,
    passage: &Passage,
    mut decided: Decided,
    refund: Refund,
    merchant: &MerchantState,
    wait: Duration,
) -> Refund {
    let end = Instant::now() + wait;
    let until = gateway.clock.now() + SignedDuration::try_from(wait).unwrap_or(SignedDuration::ZERO);
    let mut refund = refund;
    while !is_known(&refund, merchant, until) {
        let is_driven_here = gateway.owners.is_driven(&refund.identity.mchid);
        // What another node decides may be heard late, or not at all.
        let look = if is_driven_here { end } else { end.min(Instant::now() + ELSEWHERE) };
        let is_changed = passage.idle(timeout_at(look, changed(&mut decided, &refund.key))).await.is_ok();
        match gateway.store.refund(&refund.key).await {
            Ok(Some(read)) if is_changed || look < end => refund = read,
            Ok(Some(read)) => return read,
            Ok(None) | Err(_) => break,
        }
    }
    refund
}

/// Waits `wait` at most for the next decision about the refund `key`, at whichever node its owner is driven.
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
    use refunds::batch::{Batch, BatchNo, Change, Entry, Halt};
    use refunds::intake::{NewRefund, Request};
    use refunds::key::NumberForm;
    use refunds::order::OrderNames;
    use refunds::outcome::{Evidence, Fault};
    use refunds::refund::Attempts;
    use refunds::step::Cause;
    use store::memory::{MemoryStore, Model};
    use store::merchant::{Merchant, Mode};
    use store::open::OpenStore;
    use tokio::sync::broadcast;
    use wechatpay::calendar::Calendar;
    use wechatpay::ids::{Appid, OutTradeNo};
    use wechatpay::money::Currency;
    use wechatpay::v3::caller::Region;
    use wechatpay::wire::Wire;

    use super::super::specimen::{acceptance, now, refund, states, waiting};
    use super::*;
    use crate::activity::Activity;
    use crate::clock::WallClock;
    use crate::gateway::{Settings, World};

    const RUNNING: MerchantState = MerchantState { paused: false, halt: None, restored: None };

    fn after(seconds: i64) -> Timestamp {
        now() + SignedDuration::from_secs(seconds)
    }

    #[test]
    fn one_tenants_patience_does_not_take_every_place() {
        let (one, other) = (Mchid::parse("19").unwrap(), Mchid::parse("20").unwrap());
        let places = Places::default();
        let held: Vec<_> = std::iter::from_fn(|| places.take(&one)).collect();
        assert_eq!(held.len(), HELD_AT_ONCE);
        assert!(places.take(&other).is_some());
        drop(held);
        assert!(places.take(&one).is_some());
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
        for merchant in [
            MerchantState { paused: true, halt: None, ..MerchantState::default() },
            MerchantState { paused: false, halt: Some(halt), ..MerchantState::default() },
        ] {
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

    /// A gateway that has taken in `refund` as the only one of its merchant id.
    async fn gateway_with(refund: &Refund) -> Gateway {
        let activity = Activity::none();
        let gateway = Gateway::new(
            OpenStore::Memory(MemoryStore::new(Model::new())),
            WallClock::standing_at(now(), activity.clone()),
            activity,
            Calendar::bundled(),
            Settings { public_url: None, world: World::Sandbox, sandbox_ca: None },
        );
        let merchant = Merchant {
            mchid: refund.identity.mchid.clone(),
            mode: Mode::Direct,
            number_form: NumberForm::AsGiven,
            settlement_currency: Currency::CNY,
            wire: Wire::V3,
            region: Region::Global,
            appid: Appid::parse("wx1").unwrap(),
            api_hosts: vec![],
            is_sandbox: true,
            sub_merchants: BTreeMap::new(),
        };
        gateway.store.put_merchant(merchant).await.unwrap();
        let out_trade_no = Some(OutTradeNo::parse("T1").unwrap());
        let request = Request {
            identity: refund.identity.clone(),
            order: OrderNames { out_trade_no, transaction_id: None },
            amount: refund.amount,
            total: refund.amount,
            reason: None,
            deadline: None,
            notify_url: None,
            metadata: None,
            adopt: None,
            found: false,
        };
        let new = NewRefund {
            key: refund.key.clone(),
            order_key: refund.order.clone(),
            request,
            upstream_no: refund.upstream_no.clone(),
            bytes: refund.request.clone(),
            at: now(),
        };
        gateway.store.admit(new).await.unwrap();
        gateway
    }

    /// What an owner writes when `before` is in `state`.
    async fn commit(gateway: &Gateway, before: &Refund, state: State) {
        let mchid = before.identity.mchid.clone();
        let after = Refund { state, version: before.version + 1, ..before.clone() };
        let entry = Entry {
            n: after.version,
            at: now(),
            cause: Cause::Accepted,
            from: before.state.name(),
            to: after.state.name(),
            attempts: 1,
            evidence: Evidence::default(),
        };
        let change = Change {
            expected_version: before.version,
            place_before: before.place(),
            need_before: before.need.high,
            place: after.place(),
            refund: after,
            entries: vec![entry],
        };
        let epoch = gateway.store.take_ownership(&mchid, "a test").await.unwrap();
        let batch = Batch {
            number: BatchNo(1),
            mchid,
            epoch,
            consumed: vec![],
            changes: vec![change],
            orders: vec![],
            pools: vec![],
            postings: vec![],
            contributions: vec![],
            merchant: None,
        };
        gateway.store.commit(batch).await.unwrap();
    }

    #[tokio::test(start_paused = true)]
    async fn an_answer_comes_with_the_decision_that_settles_it() {
        let refund = refund(State::Queued, 0);
        let gateway = gateway_with(&refund).await;
        let mchid = refund.identity.mchid.clone();
        let decided = gateway.owners.decided(&mchid);
        let waiting = tokio::spawn({
            let (gateway, refund) = (gateway.clone(), refund.clone());
            let passage = Passage::begin(&gateway.activity);
            let wait = Duration::from_secs(30);
            async move { until_known(&gateway, &passage, decided, refund, &RUNNING, wait).await }
        });
        let begun = Instant::now();
        let _driver = gateway.owners.connect(&mchid);
        let submitting = State::Submitting { unclear_since: None, resent: 0 };
        let mut before = refund;
        for (seconds, state, settles) in [(1, submitting, false), (2, State::Processing(acceptance()), true)]
        {
            tokio::time::sleep(Duration::from_secs(seconds)).await;
            commit(&gateway, &before, state).await;
            gateway.owners.announce(&mchid, [before.key.clone()].into());
            tokio::time::sleep(Duration::from_millis(1)).await;
            assert_eq!(waiting.is_finished(), settles);
            before = gateway.store.refund(&before.key).await.unwrap().unwrap();
        }
        let known = waiting.await.unwrap();
        assert_eq!((known.state, begun.elapsed().as_secs()), (State::Processing(acceptance()), 3));
    }
}
