//! What the owner has in hand: refunds and orders it read, what it decided of them, and when to look at which.

use std::collections::{BTreeMap, BTreeSet};

use jiff::{SignedDuration, Timestamp};
use wechatpay::china::ChinaDay;
use wechatpay::ids::SubMchid;
use wechatpay::money::Currency;

use super::queue::Queue;
use super::reading::Moment;
use super::{Output, Owner, Page};
use crate::batch::{Batch, BatchNo, Change, Entry, InDoubt, IntakeSeq, Intent, OrderChange, drawn};
use crate::key::{OrderKey, RefundKey};
use crate::need::ObservedRate;
use crate::order::Order;
use crate::outcome::Evidence;
use crate::policy::Policy;
use crate::pool::contribution::Contributor;
use crate::pool::ledger::{self, Movement, Posting, Postings};
use crate::refund::{Place, Refund};
use crate::step::{Event, step};
use crate::weight::Weight;

/// A refund that is due within this time is not worth reading again.
const SOON: SignedDuration = SignedDuration::from_secs(1);

/// Refunds and orders that were read, in the order in which they should be looked at.
#[derive(Debug, Default)]
pub(super) struct Hand {
    refunds: BTreeMap<RefundKey, Refund>,
    /// Where the store counts the waiting among them, and with what need.
    counted_at: BTreeMap<RefundKey, (Place, i64)>,
    orders: BTreeMap<OrderKey, InHand>,
    /// The waiting among them.
    pub(super) queue: Queue,
    /// Refunds to be looked at at a time whatever the plan does. See [`Refund::due`].
    pub(super) timers: BTreeSet<(Timestamp, RefundKey)>,
    /// Whether not all waiting refunds are in hand.
    pub(super) is_incomplete: bool,
}

#[derive(Debug)]
struct InHand {
    order: Order,
    refunds: BTreeSet<RefundKey>,
}

impl Hand {
    /// Nothing in hand.
    pub(super) fn new(policy: &Policy) -> Hand {
        Hand { queue: Queue::new(policy), ..Hand::default() }
    }

    pub(super) fn refund(&self, key: &RefundKey) -> Option<&Refund> {
        self.refunds.get(key)
    }

    pub(super) fn order(&self, key: &OrderKey) -> Option<&Order> {
        self.orders.get(key).map(|in_hand| &in_hand.order)
    }

    pub(super) fn refunds_of(&self, order: &OrderKey) -> impl Iterator<Item = &RefundKey> {
        self.orders.get(order).into_iter().flat_map(|in_hand| &in_hand.refunds)
    }

    /// How many waiting refunds are in hand.
    pub(super) fn front(&self) -> usize {
        self.queue.len()
    }

    /// Puts an order into the hand. Of one that is there already, only what other nodes may have taken in is believed:
    /// the rest is never older in the hand than in the store.
    pub(super) fn put_order(&mut self, order: Order) {
        match self.orders.get_mut(&order.key) {
            Some(in_hand) => in_hand.order.catch_up(order),
            None => {
                self.orders.insert(order.key.clone(), InHand { order, refunds: BTreeSet::new() });
            }
        }
    }

    /// Believes the sums of `row` as well: nothing is decided of the order that the store does not know.
    pub(super) fn put_sums(&mut self, row: &Order) {
        if let Some(in_hand) = self.orders.get_mut(&row.key) {
            in_hand.order.reserved = row.reserved;
            in_hand.order.reserved_count = row.reserved_count;
        }
    }

    /// Lets go of an order of which no refund is in hand.
    pub(super) fn let_go_of_idle_order(&mut self, key: &OrderKey) {
        if self.orders.get(key).is_some_and(|in_hand| in_hand.refunds.is_empty()) {
            self.orders.remove(key);
        }
    }

    /// Plans the waiting refunds of an order by what is known of it now.
    pub(super) fn weigh(&mut self, order: &OrderKey, rate: Option<&ObservedRate>) {
        let Some(in_hand) = self.orders.get(order) else { return };
        for key in &in_hand.refunds {
            if let Some(refund) = self.refunds.get_mut(key).filter(|refund| refund.is_waiting()) {
                // A small one stands before a large one: it is taken out from where it stood with the need of before.
                self.queue.remove(refund);
                refund.need = crate::need::of(refund.amount, &in_hand.order, rate);
                refund.pool = in_hand.order.payer_currency();
                self.queue.add(refund);
            }
        }
    }

    /// Puts a refund into the hand, or its new version in place of the old one.
    pub(super) fn put(&mut self, refund: Refund) {
        self.unlist(&refund.key);
        let key = refund.key.clone();
        if let Some(due) = refund.due() {
            self.timers.insert((due, key.clone()));
        }
        if refund.is_waiting() {
            self.queue.add(&refund);
        } else {
            self.queue.left(&key);
        }
        if let Some(in_hand) = self.orders.get_mut(&refund.order) {
            in_hand.refunds.insert(key.clone());
        }
        self.refunds.insert(key, refund);
    }

    /// Takes a waiting refund out of the plan's sight until `until`.
    pub(super) fn put_to_sleep(&mut self, key: &RefundKey, until: Timestamp) {
        if let Some(refund) = self.refunds.get(key) {
            self.queue.put_to_sleep(refund, until);
        }
    }

    /// Brings the waiting refunds of an order back into the plan's sight.
    pub(super) fn wake_order(&mut self, order: &OrderKey) {
        if let Some(in_hand) = self.orders.get(order) {
            in_hand.refunds.iter().for_each(|key| self.queue.wake(key));
        }
    }

    /// Deals the turns among sub-merchants anew, by age, now that their shares count for `weights`: who waits already is to feel it.
    pub(super) fn deal_turns(&mut self, weights: &BTreeMap<SubMchid, Weight>) {
        let mut waiting: Vec<&Refund> = self.refunds.values().filter(|refund| refund.is_waiting()).collect();
        waiting.sort_by_key(|refund| (refund.created_at, &refund.key));
        for refund in &waiting {
            self.queue.remove(refund);
            self.queue.left(&refund.key);
        }
        if let Some(shares) = self.queue.shares() {
            shares.weigh(weights.clone());
        }
        for refund in waiting {
            self.queue.add(refund);
        }
    }

    /// Notes where the store counts a refund.
    fn count(&mut self, key: &RefundKey, at: Option<(Place, i64)>) {
        match at {
            Some(at) => self.counted_at.insert(key.clone(), at),
            None => self.counted_at.remove(key),
        };
    }

    /// Lets go of a refund, and of its order if no other refund of it is in hand; that order then.
    fn let_go(&mut self, key: &RefundKey) -> Option<OrderKey> {
        self.unlist(key);
        self.queue.left(key);
        let refund = self.refunds.remove(key)?;
        self.counted_at.remove(key);
        let in_hand = self.orders.get_mut(&refund.order)?;
        in_hand.refunds.remove(key);
        let is_idle = in_hand.refunds.is_empty();
        is_idle.then(|| self.orders.remove(&refund.order)).flatten().map(|in_hand| in_hand.order.key)
    }

    fn unlist(&mut self, key: &RefundKey) {
        let Some(refund) = self.refunds.get(key) else { return };
        if let Some(due) = refund.due() {
            self.timers.remove(&(due, key.clone()));
        }
        if refund.is_waiting() {
            self.queue.remove(refund);
        }
    }

    fn apply(&mut self, change: &OrderChange) {
        if let Some(in_hand) = self.orders.get_mut(&change.order) {
            change.apply(&mut in_hand.order);
        }
    }

    /// Gives the refunds of `absorbed` to `survivor`.
    pub(super) fn merge(&mut self, survivor: &OrderKey, absorbed: &OrderKey) {
        let Some(mut gone) = self.orders.remove(absorbed) else { return };
        for key in &gone.refunds {
            if let Some(refund) = self.refunds.get_mut(key) {
                refund.order = survivor.clone();
            }
        }
        if let Some(in_hand) = self.orders.get_mut(survivor) {
            in_hand.refunds.append(&mut gone.refunds);
            crate::batch::absorb(&mut in_hand.order, &mut gone.order);
        }
    }
}

/// What became of a page.
pub(super) struct Taken {
    /// The refunds that are in hand now and were not before.
    pub(super) put: Vec<RefundKey>,
    /// Whether something on it was left out.
    pub(super) is_partial: bool,
}

/// What was decided and is not on its way to disk yet.
#[derive(Debug, Default)]
pub(super) struct Pending {
    pub(super) consumed: Vec<IntakeSeq>,
    changes: BTreeMap<RefundKey, Change>,
    orders: BTreeMap<OrderKey, OrderChange>,
    pub(super) pools: BTreeSet<Currency>,
    postings: Postings,
    pub(super) contributions: BTreeSet<Contributor>,
    pub(super) merchant: bool,
    pub(super) intents: Vec<Intent>,
}

impl Pending {
    fn is_empty(&self) -> bool {
        // Destructured, so that a new kind of decision cannot be forgotten here.
        let Pending { consumed, changes, orders, pools, postings, contributions, merchant, intents } = self;
        consumed.is_empty()
            && changes.is_empty()
            && orders.is_empty()
            && pools.is_empty()
            && postings.is_empty()
            && contributions.is_empty()
            && !merchant
            && intents.is_empty()
    }

    pub(super) fn touches(&self, refund: &RefundKey) -> bool {
        self.changes.contains_key(refund)
    }

    pub(super) fn touches_order(&self, order: &OrderKey) -> bool {
        self.orders.contains_key(order)
    }
}

impl Owner {
    /// Whether something was decided of an order that is not known to be on disk.
    pub(super) fn is_order_in_flux(&self, order: &OrderKey) -> bool {
        let is_committing = self.committing.as_ref().is_some_and(|batch| batch.orders.contains(order));
        is_committing || self.pending.touches_order(order)
    }

    /// Lets go of an order on which no refund in hand draws. While it is in flux it stays: a page that is on its way may show it
    /// as it was.
    pub(super) fn let_go_of_idle_order(&mut self, key: &OrderKey) {
        if !self.is_order_in_flux(key) {
            self.hand.let_go_of_idle_order(key);
        }
    }

    /// Puts what was read into the hand, except what is there already: the hand is never older than the store, but for
    /// what other nodes took in since. What was let go while the page was on its way may be older on it than in the store;
    /// it is left out.
    pub(super) fn put_page(&mut self, page: Page, since: Moment, now: Timestamp) -> Taken {
        for order in page.orders {
            if !self.reading.is_old_order(&order.key, since) {
                self.hand.put_order(order);
            }
        }
        let (mut put, mut is_partial) = (vec![], false);
        for refund in page.refunds {
            let key = refund.key.clone();
            if self.hand.refund(&key).is_some() {
                continue;
            }
            if self.reading.is_old(&key, since) || self.hand.order(&refund.order).is_none() {
                is_partial = true;
            } else {
                self.hand.count(&key, refund.place().map(|place| (place, refund.need.high)));
                self.hand.put(refund);
                put.push(key);
            }
        }
        put.iter().for_each(|key| self.doubt_if_restored(key, now));
        Taken { put, is_partial }
    }

    /// Lets `event` happen to a refund in hand and notes all that follows from it for the order and the pool. Whether
    /// anything changed.
    pub(super) fn change(
        &mut self,
        key: &RefundKey,
        event: Event,
        evidence: Evidence,
        now: Timestamp,
    ) -> bool {
        if let Event::Withdrawn(_) | Event::Refused(_) = event {
            self.doubt_if_forgotten(key, now);
        }
        let Some(before) = self.hand.refund(key) else { return false };
        let Some(stepped) = step(before, event, now, self.rules()) else { return false };
        let before = before.clone();
        let (mut after, cause) = (stepped.refund, stepped.cause);
        if let Some(order) = self.hand.order(&after.order)
            && before.is_waiting()
        {
            after.need = crate::need::of(
                after.amount,
                order,
                self.rates.get(&after.amount.currency()).map(|(_, rate)| rate),
            );
            after.pool = order.payer_currency();
        }
        self.foresee(&mut after, now);
        self.date(&mut after, now);
        let entry = Entry {
            n: after.version,
            at: now,
            cause,
            from: before.state.name(),
            to: after.state.name(),
            attempts: after.attempts.count,
            evidence,
        };
        let counted_at = self.hand.counted_at.get(key).copied();
        let change = self.pending.changes.entry(key.clone()).or_insert_with(|| Change {
            expected_version: before.version,
            refund: after.clone(),
            entries: vec![],
            place_before: counted_at.map(|(place, _)| place),
            need_before: counted_at.map_or(0, |(_, need)| need),
            place: None,
        });
        change.entries.push(entry);
        change.place = after.place();
        change.refund = after.clone();
        self.follow(&before, &after, now);
        self.hand.count(key, after.place().map(|place| (place, after.need.high)));
        self.note_asked(&after, now);
        self.hand.put(after);
        true
    }

    /// What the change of a refund means for its order, its pool and the ledger.
    fn follow(&mut self, before: &Refund, after: &Refund, now: Timestamp) {
        let counted = i64::from(after.is_counted()) - i64::from(before.is_counted());
        let taken = i64::from(after.is_taken()) - i64::from(before.is_taken());
        let drew = drawn(after) - drawn(before);
        if counted != 0 || taken != 0 || drew != 0 {
            self.change_order(OrderChange {
                reserved: counted * after.amount.minor(),
                reserved_count: i32::try_from(counted).unwrap_or(0),
                accepted: taken * after.amount.minor(),
                accepted_payer: drew,
                ..OrderChange::of(after.order.clone())
            });
        }
        let postings = ledger::of_change(before, after);
        let is_of_today = |posting: &&Posting| posting.day == ChinaDay::of(now);
        // What was taken on an earlier day left a pool that is gone; what was closed is in today's.
        for Posting { pool, movement, amount, .. } in postings.iter().filter(is_of_today) {
            match movement {
                Movement::Accepted => self.pool(*pool, now).accepted(*amount, now),
                Movement::Returned => self.pool(*pool, now).returned(*amount),
                Movement::Paid | Movement::Succeeded => continue,
            }
            if *movement == Movement::Accepted && taken > 0 {
                if let Some(promise) = after.promise {
                    self.pool(*pool, now).score(promise.by, now);
                }
                self.heed_acceptance_at_night(before, after);
            }
            self.pool_changed(*pool);
        }
        self.post_to_ledger(postings);
    }

    /// Notes what a decision adds to the ledger.
    pub(super) fn post_to_ledger(&mut self, postings: Vec<Posting>) {
        self.pending.postings.add_all(postings);
    }

    /// Notes that a pool's figures changed: those of the waiting whom it may cover now are looked at.
    pub(super) fn pool_changed(&mut self, pool: Currency) {
        self.pending.pools.insert(pool);
        self.refilled.insert(pool, None);
    }

    /// Notes what happened to an order.
    pub(super) fn change_order(&mut self, change: OrderChange) {
        self.hand.apply(&change);
        match self.pending.orders.entry(change.order.clone()) {
            std::collections::btree_map::Entry::Occupied(mut noted) => noted.get_mut().and_then(change),
            std::collections::btree_map::Entry::Vacant(free) => {
                free.insert(change);
            }
        }
    }

    /// Sends what was decided to disk, unless something is on its way already.
    pub(super) fn flush(&mut self) {
        if self.committing.is_some() || self.pending.is_empty() {
            return;
        }
        let pending = std::mem::take(&mut self.pending);
        self.last_batch += 1;
        let number = BatchNo(self.last_batch);
        let pools = pending
            .pools
            .iter()
            .filter_map(|currency| self.pools.get(currency))
            .map(|pool| pool.today.clone());
        let contributions = pending.contributions.iter().filter_map(|whose| self.contributions.get(whose));
        let batch = Batch {
            number,
            mchid: self.mchid.clone(),
            epoch: self.epoch,
            consumed: pending.consumed,
            changes: pending.changes.into_values().collect(),
            orders: pending.orders.into_values().collect(),
            pools: pools.collect(),
            postings: pending.postings.into_sums(),
            contributions: contributions.cloned().collect(),
            merchant: pending.merchant.then_some(self.merchant),
        };
        let changed = batch.changes.iter().map(|change| change.refund.key.clone()).collect();
        let orders = batch.orders.iter().map(|change| change.order.clone()).collect();
        self.committing = Some(InDoubt { number, intents: pending.intents, changed, orders });
        self.outputs.push(Output::Commit(batch));
    }

    /// Lets go of a refund for which nothing is to be done soon: its due time is in the store.
    pub(super) fn let_go_if_settled(&mut self, key: &RefundKey, now: Timestamp) {
        let Some(refund) = self.hand.refund(key) else { return };
        let due = refund.due();
        let is_wanted = refund.is_waiting() || due.is_some_and(|due| due <= now + SOON);
        if !is_wanted && !self.is_in_flux(key) {
            self.let_go(key);
        }
    }

    /// Lets go of a refund whose last change is in the store.
    pub(super) fn let_go(&mut self, key: &RefundKey) {
        let due = self.hand.refund(key).and_then(Refund::due);
        self.stored_due = [self.stored_due, due].into_iter().flatten().min();
        let order = self.hand.let_go(key);
        self.reading.let_go(key, order);
        self.forget_what_was_let_go();
    }

    /// Whether something of a refund is on its way to disk or to WeChat Pay.
    pub(super) fn is_in_flux(&self, key: &RefundKey) -> bool {
        let committing = self.committing.as_ref().is_some_and(|batch| batch.changed.contains(key));
        committing || self.pending.touches(key) || self.under_way.contains_key(key)
    }
}
