//! What is being read, and what was let go of meanwhile.
//!
//! A page is as old as the moment at which it was asked for. A refund or order that was let go of since then may have changed
//! after the page was read, so it is left out of that page; a page that was asked for later has it as it is.

use std::collections::BTreeMap;

use jiff::Timestamp;

use crate::key::{OrderKey, RefundKey};

/// How many rows of intake, and how many due refunds, are read at a time.
pub(super) const PAGE: usize = 512;

/// A moment in an owner's life: counts what was let go of.
pub(super) type Moment = u64;

#[derive(Debug, Default)]
pub(super) struct Reading {
    /// When each kind of page was asked for that is still to come.
    pub(super) intake: Option<Moment>,
    pub(super) due: Option<Moment>,
    pub(super) front: Option<Moment>,
    pub(super) open: Option<Moment>,
    /// When the oldest was asked for, and how many are to come.
    refunds: Option<(Moment, usize)>,
    pub(super) intake_wanted: bool,
    pub(super) front_wanted: bool,
    /// When the front is read again for the sake of those that had to make room in it.
    pub(super) front_again: Option<Timestamp>,
    /// Whether somebody had to make room who was not asleep: the front is read again once all in hand are.
    pub(super) let_go_awake: bool,
    /// When somebody last had to make room.
    crowded_out: Moment,
    let_go: BTreeMap<RefundKey, Moment>,
    let_go_orders: BTreeMap<OrderKey, Moment>,
    /// Up to when what was let go of is forgotten.
    forgot: Moment,
    now: Moment,
}

impl Reading {
    /// The moment for a page that is asked for now.
    pub(super) fn moment(&self) -> Moment {
        self.now
    }

    pub(super) fn refunds_asked_for(&mut self) {
        let (since, count) = self.refunds.unwrap_or((self.now, 0));
        self.refunds = Some((since, count + 1));
    }

    /// A page of refunds came; when it was asked for at the earliest.
    pub(super) fn refunds_came(&mut self) -> Moment {
        let (since, count) = self.refunds.unwrap_or((self.now, 1));
        self.refunds = (count > 1).then_some((since, count - 1));
        since
    }

    pub(super) fn awaits_refunds(&self) -> bool {
        self.refunds.is_some()
    }

    pub(super) fn let_go(&mut self, key: &RefundKey, order: Option<OrderKey>) {
        self.now += 1;
        self.let_go.insert(key.clone(), self.now);
        self.let_go_orders.extend(order.map(|order| (order, self.now)));
    }

    /// The same of an order without refunds.
    pub(super) fn let_go_of_order(&mut self, key: OrderKey) {
        self.now += 1;
        self.let_go_orders.insert(key, self.now);
    }

    /// Somebody waiting was let go of, who may be missing on a page that is still to come.
    pub(super) fn crowded_out(&mut self) {
        self.now += 1;
        self.crowded_out = self.now;
    }

    /// Whether that happened since.
    pub(super) fn crowded_out_since(&self, since: Moment) -> bool {
        self.crowded_out > since
    }

    /// Whether what a page of `since` says of a refund may be old.
    pub(super) fn is_old(&self, refund: &RefundKey, since: Moment) -> bool {
        self.let_go.get(refund).is_some_and(|&at| at > since)
    }

    /// The same of an order.
    pub(super) fn is_old_order(&self, order: &OrderKey, since: Moment) -> bool {
        self.let_go_orders.get(order).is_some_and(|&at| at > since)
    }

    /// Forgets what no page to come can be too old for; `others` are moments of further pages.
    pub(super) fn forget(&mut self, others: impl Iterator<Item = Moment>) {
        let refunds = self.refunds.map(|(since, _)| since);
        let oldest =
            [self.intake, self.due, self.front, self.open, refunds].into_iter().flatten().chain(others).min();
        let oldest = oldest.unwrap_or(self.now);
        if oldest == self.forgot {
            // The same page is still to come, and thousands may have been let go of meanwhile.
            return;
        }
        self.forgot = oldest;
        self.let_go.retain(|_, at| *at > oldest);
        self.let_go_orders.retain(|_, at| *at > oldest);
    }
}
