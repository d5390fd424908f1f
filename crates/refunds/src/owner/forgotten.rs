//! Refunds that the backup does not know, found by their orders.
//!
//! What was asked for after the backup is missing in it, and may have been taken. Once every open refund was asked about, WeChat Pay is
//! asked for the refunds of the orders that were first heard of last, the latest first. Those that the store does not know are taken in at any
//! node, as refunds of which nobody knows what became of them: they count towards their order, are asked about and followed, and are
//! completed by their tenants' first repetition ([`Admission::Completed`](crate::intake::Admission::Completed)). Nothing is submitted
//! before that is on disk.
//!
//! It lasts ten minutes at most, and not while no question would be taken: what cannot be asked about by then is left to its tenants.
//!
//! How far it has come is told by nothing on disk: an owner that begins in the middle asks about all of them again. What is taken in
//! twice is taken in once. Source: [refund-logic], [global-refund-query], [v2-refund-query].

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use wechatpay::ids::SubMchid;
use wechatpay::money::Money;

use super::restoring::IN_VAIN;
use super::{FoundRefunds, Load, Output, Owner, PAGE, Question};
use crate::key::{OrderKey, UpstreamNo};
use crate::order::{Order, OrderNames};
use crate::outcome::{Fault, ListOutcome, Listed};
use crate::policy::pause;

/// From so many refusals on it counts as not permitted to ask for a sub-merchant's orders.
const REFUSED_FOR_GOOD: u32 = 2;

/// How far the search has come.
#[derive(Debug, Default)]
pub(super) struct Forgotten {
    /// Since when it goes on.
    since: Option<Timestamp>,
    /// Whether WeChat Pay ever answered.
    is_heard: bool,
    /// The last order that was read; the next page begins behind it.
    before: Option<OrderKey>,
    /// How many were read.
    read: usize,
    is_reading: bool,
    /// Whether none is to be read any more.
    is_at_end: bool,
    /// Of those that were read, the ones of which not all is known.
    orders: BTreeMap<OrderKey, Inquiry>,
    /// How often it was not permitted to ask for an order of a sub-merchant.
    refused: BTreeMap<Option<SubMchid>, u32>,
}

/// An order whose refunds are asked for.
#[derive(Debug)]
struct Inquiry {
    order: Order,
    /// How many of its refunds are known.
    offset: u32,
    in_vain: u32,
    stage: Stage,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Stage {
    /// Is asked about from this time on.
    Waits(Timestamp),
    /// Was asked about at this time.
    Asked(Timestamp),
    /// What was found is on its way to disk.
    TakingIn {
        /// When it was asked for.
        asked_at: Timestamp,
        /// Whether there is more to ask for.
        more: bool,
    },
}

impl Forgotten {
    /// How many questions are under way.
    pub(super) fn under_way(&self) -> usize {
        self.orders.values().filter(|inquiry| matches!(inquiry.stage, Stage::Asked(_))).count()
    }

    /// Whether all that was to be asked has been asked, and what was found is on disk.
    pub(super) fn is_over(&self) -> bool {
        self.is_at_end && !self.is_reading && self.orders.is_empty()
    }

    /// Asks about no order any more.
    fn give_up(&mut self) {
        self.is_at_end = true;
        self.leave_out(|_| true);
    }

    /// Asks no more about these orders; what was found of them goes to disk all the same.
    fn leave_out(&mut self, is_left_out: impl Fn(&Order) -> bool) {
        self.orders.retain(|_, inquiry| {
            let is_left_out = is_left_out(&inquiry.order);
            match &mut inquiry.stage {
                Stage::TakingIn { more, .. } => {
                    *more &= !is_left_out;
                    true
                }
                Stage::Waits(_) | Stage::Asked(_) => !is_left_out,
            }
        });
    }

    /// It was not permitted to ask about an order. A second one of the same sub-merchant's would be refused as well, and refused calls
    /// are counted: one may have been that order's own matter.
    fn refused(&mut self, key: &OrderKey) {
        let Some(Inquiry { order: Order { sub_mchid, .. }, .. }) = self.orders.remove(key) else { return };
        *self.refused.entry(sub_mchid.clone()).or_default() += 1;
        if self.is_refused(&sub_mchid) {
            self.leave_out(|order| order.sub_mchid == sub_mchid);
        }
    }

    /// Whether it counts as not permitted to ask for the orders of a sub-merchant.
    fn is_refused(&self, sub_mchid: &Option<SubMchid>) -> bool {
        self.refused.get(sub_mchid).is_some_and(|times| *times >= REFUSED_FOR_GOOD)
    }

    /// Every order that waits to be asked about does so until `until` at the latest.
    pub(super) fn wait_no_longer_than(&mut self, until: Timestamp) {
        self.since = self.since.map(|since| since.min(until));
        for inquiry in self.orders.values_mut() {
            if let Stage::Waits(from) = &mut inquiry.stage {
                *from = (*from).min(until);
            }
        }
    }

    /// The next order that waits to be asked about, and from when on; of several the one heard of last.
    fn next(&self) -> Option<(Timestamp, &OrderKey)> {
        let waits = self.orders.iter().filter_map(|(key, inquiry)| match inquiry.stage {
            Stage::Waits(until) => Some((until, key)),
            Stage::Asked(_) | Stage::TakingIn { .. } => None,
        });
        waits.min_by(|(from, key), (other_from, other)| from.cmp(other_from).then(other.cmp(key)))
    }
}

impl Owner {
    /// Goes on asking for the refunds of recent orders, once every open refund has an answer.
    pub(super) fn ask_for_forgotten(&mut self, now: Timestamp) {
        if !self.merchant.is_to_be_checked() || !self.check.has_asked_all() {
            return;
        }
        let (halted, longest) = (self.asks_in_vain(), self.policy.recent_orders_within);
        let forgotten = &mut self.check.forgotten;
        let since = *forgotten.since.get_or_insert(now);
        if halted {
            forgotten.since = Some(now);
        } else if now.duration_since(since) >= longest {
            forgotten.give_up();
        }
        if !forgotten.is_at_end && !forgotten.is_reading && forgotten.orders.is_empty() {
            forgotten.is_reading = true;
            let limit = PAGE.min(self.policy.recent_orders.saturating_sub(forgotten.read));
            let before = forgotten.before.clone();
            self.outputs.push(Output::Load(Load::RecentOrders { before, limit }));
        }
        while self.may_ask(now) && self.has_room_for_a_list() {
            let next = self.check.forgotten.next().filter(|(from, _)| *from <= now);
            let Some(key) = next.map(|(_, key)| key.clone()) else { return };
            let Some(inquiry) = self.check.forgotten.orders.get_mut(&key) else { return };
            inquiry.stage = Stage::Asked(now);
            let question = Question::RefundsOf {
                sub_mchid: inquiry.order.sub_mchid.clone(),
                names: inquiry.order.names(),
                currency: inquiry.order.currency(),
                offset: inquiry.offset,
                asked_at: now,
                order: key,
            };
            self.questions.take(now);
            self.outputs.push(Output::Ask(question));
        }
    }

    pub(super) fn take_recent_orders(&mut self, orders: Vec<Order>, now: Timestamp) {
        let forgotten = &mut self.check.forgotten;
        if !std::mem::take(&mut forgotten.is_reading) || forgotten.is_at_end {
            return;
        }
        forgotten.read += orders.len();
        forgotten.is_at_end = orders.len() < PAGE || forgotten.read >= self.policy.recent_orders;
        forgotten.before = orders.last().map(|order| order.key.clone());
        let inquiry = |order: Order| Inquiry { order, offset: 0, in_vain: 0, stage: Stage::Waits(now) };
        let allowed = orders.into_iter().filter(|order| !forgotten.is_refused(&order.sub_mchid));
        forgotten.orders = allowed.map(|order| (order.key.clone(), inquiry(order))).collect();
    }

    /// What WeChat Pay says of the refunds of an order.
    pub(super) fn listed(
        &mut self,
        key: &OrderKey,
        (offset, asked_at): (u32, Timestamp),
        outcome: ListOutcome,
        now: Timestamp,
    ) {
        let Some(inquiry) = self.check.forgotten.orders.get_mut(key) else { return };
        if (inquiry.offset, inquiry.stage) != (offset, Stage::Asked(asked_at)) {
            // It answers a question from before everything was forgotten.
            return;
        }
        let sub_mchid = inquiry.order.sub_mchid.clone();
        self.check.forgotten.is_heard |= !matches!(outcome, ListOutcome::Unclear);
        match outcome {
            ListOutcome::Listed { order, total, refunds, more } => {
                self.take_in(key, asked_at, (order, total, refunds, more), now);
            }
            ListOutcome::Absent => {
                self.check.forgotten.orders.remove(key);
            }
            ListOutcome::NotOffered => self.check.forgotten.give_up(),
            ListOutcome::Unclear => self.list_later(key, now),
            ListOutcome::SlowDown => {
                self.questions.slow_down(now + self.policy.slow_for);
                self.list_later(key, now);
            }
            // That lists are not permitted, or not for a sub-merchant that is gone, says nothing of refunds.
            ListOutcome::Misconfigured(Fault::Permission) => self.check.forgotten.refused(key),
            ListOutcome::Misconfigured(Fault::Merchant) if sub_mchid.is_some() => {
                self.check.forgotten.refused(key);
            }
            ListOutcome::Misconfigured(fault) => {
                self.fault(fault, asked_at, sub_mchid, now);
                self.list_later(key, now);
            }
        }
    }

    /// Asks about an order again later, or gives it up: it is one of many, and nothing is sent or given up for its sake. As long as
    /// nothing was heard of any, that is none of its own.
    fn list_later(&mut self, key: &OrderKey, now: Timestamp) {
        let is_halted = self.asks_in_vain();
        let forgotten = &mut self.check.forgotten;
        let Some(inquiry) = forgotten.orders.get_mut(key) else { return };
        inquiry.in_vain += 1;
        inquiry.stage = Stage::Waits(now + pause(&self.policy.ask_again_after, inquiry.in_vain - 1));
        if inquiry.in_vain >= IN_VAIN && forgotten.is_heard && !is_halted {
            forgotten.orders.remove(key);
        }
    }

    /// Has those of an order's refunds taken in that are not in hand.
    fn take_in(
        &mut self,
        key: &OrderKey,
        asked_at: Timestamp,
        (told, total, listed, more): (OrderNames, Option<Money>, Vec<Listed>, bool),
        now: Timestamp,
    ) {
        let in_hand = self.hand.refunds_of(key).filter_map(|refund| self.hand.refund(refund));
        let in_hand: BTreeSet<UpstreamNo> = in_hand.map(|refund| refund.upstream_no.clone()).collect();
        let Some(inquiry) = self.check.forgotten.orders.get_mut(key) else { return };
        inquiry.offset += u32::try_from(listed.len()).unwrap_or(u32::MAX);
        // A page without refunds has none behind it, whatever it says.
        inquiry.stage = Stage::TakingIn { asked_at, more: more && !listed.is_empty() };
        let refunds: Vec<Listed> =
            listed.into_iter().filter(|listed| !in_hand.contains(&listed.upstream_no)).collect();
        if refunds.is_empty() {
            return self.taken_in(key, asked_at, now);
        }
        let known = inquiry.order.names();
        let names = OrderNames {
            out_trade_no: told.out_trade_no.or(known.out_trade_no),
            transaction_id: told.transaction_id.or(known.transaction_id),
        };
        let found = FoundRefunds {
            order: key.clone(),
            asked_at,
            sub_mchid: inquiry.order.sub_mchid.clone(),
            names,
            total: total.unwrap_or(inquiry.order.total.value),
            refunds,
        };
        self.outputs.push(Output::TakeIn(found));
    }

    /// A page of what was found of an order's refunds is on disk.
    pub(super) fn taken_in(&mut self, key: &OrderKey, page: Timestamp, now: Timestamp) {
        let Some(inquiry) = self.check.forgotten.orders.get_mut(key) else { return };
        self.reading.intake_wanted = true;
        match inquiry.stage {
            Stage::TakingIn { asked_at, more: true } if asked_at == page => {
                inquiry.stage = Stage::Waits(now);
            }
            Stage::TakingIn { asked_at, more: false } if asked_at == page => {
                self.check.forgotten.orders.remove(key);
            }
            // Of an owner, or a search, before this one.
            Stage::TakingIn { .. } | Stage::Waits(_) | Stage::Asked(_) => {}
        }
    }

    /// Whether one more order may be asked about. Half of the questions are for refunds: those that are found, and those given up.
    fn has_room_for_a_list(&self) -> bool {
        self.check.forgotten.under_way() < self.policy.queries_in_flight.div_ceil(2)
    }

    /// When the refunds of the next order are asked for, or the search ends without them.
    pub(super) fn next_list(&self, now: Timestamp) -> Option<Timestamp> {
        let (from, _) = self.check.forgotten.next()?;
        let ends = self.check.forgotten.since.map(|since| since + self.policy.recent_orders_within);
        let has_room = self.has_room_for_a_question() && self.has_room_for_a_list();
        let asks = has_room.then(|| from.max(self.next_question(now)));
        [ends, asks].into_iter().flatten().min()
    }
}
