//! The front: the waiting refunds in hand, when more of them are read, and who makes room.
//!
//! A page of it holds thousands, and nobody should wait until all of them are dealt with. So it is taken in portions, one with
//! each call of the owner. Its rows lie as the store keeps them, place by place, not by rank: so nobody is planned for before
//! all of them are in hand, and nobody makes room before it is known who is on the page.

use std::collections::VecDeque;
use std::vec;

use jiff::Timestamp;

use super::reading::Moment;
use super::{FrontPage, Load, Output, Owner, PAGE, Page};
use crate::key::RefundKey;
use crate::order::Order;
use crate::refund::Refund;

/// A page of the front of which a part is in hand.
#[derive(Debug)]
pub(super) struct Taking {
    /// When it came.
    came: Moment,
    /// What is left of it.
    orders: vec::IntoIter<Order>,
    refunds: vec::IntoIter<Refund>,
    /// Whether there is nobody waiting who is not on it.
    is_complete: bool,
    /// Whether something on it was left out.
    is_partial: bool,
    /// Who came into the hand meanwhile, each of whom may be one too many there.
    put: VecDeque<RefundKey>,
}

impl Taking {
    /// The next rows of the page, orders before the refunds that draw on them.
    fn portion(&mut self) -> Page {
        let orders: Vec<Order> = self.orders.by_ref().take(PAGE).collect();
        let refunds = self.refunds.by_ref().take(PAGE - orders.len()).collect();
        Page { refunds, orders }
    }
}

impl Owner {
    /// Asks for a page of the front if one is wanted, or if there is room for it.
    pub(super) fn read_front(&mut self, now: Timestamp) {
        if self.merchant.is_to_be_checked() {
            // Nobody goes before that is over.
            return;
        }
        if self.reading.front_again.is_some_and(|at| at <= now) {
            self.reading.front_again = None;
            self.reading.front_wanted = true;
        }
        if self.reading.let_go_awake && self.hand.queue.next_ready(None).is_none() {
            // Whoever of them need not sleep has stood behind sleepers since.
            self.reading.let_go_awake = false;
            self.reading.front_wanted = true;
        }
        let has_room = self.hand.is_incomplete && self.hand.front() < self.policy.front_limit / 2;
        if (self.reading.front_wanted || has_room) && self.reading.front.is_none() {
            self.reading.front_wanted = false;
            self.reading.front = Some(self.reading.moment());
            self.outputs.push(Output::Load(Load::Front { limit: self.policy.front_limit }));
        }
    }

    /// Begins to take a page of the front.
    pub(super) fn take_front(&mut self, page: FrontPage) {
        let FrontPage { page: Page { refunds, orders }, complete: is_complete } = page;
        self.taking = Some(Taking {
            came: self.reading.moment(),
            orders: orders.into_iter(),
            refunds: refunds.into_iter(),
            is_complete,
            is_partial: false,
            put: VecDeque::new(),
        });
    }

    /// Takes the next portion of a page of the front: its rows first, then those for whom room must be made.
    pub(super) fn take_more_of_front(&mut self, now: Timestamp) {
        let Some(mut taking) = self.taking.take() else { return };
        // It is still to come as long as not all of it is in hand: what is let go of meanwhile may be old on it.
        let since = *self.reading.front.get_or_insert(self.reading.moment());
        let mut portion = taking.portion();
        let left = PAGE - portion.orders.len() - portion.refunds.len();
        // Who has been let go of since it came was in hand: nothing is missing without them.
        portion.refunds.retain(|refund| !self.reading.is_old(&refund.key, taking.came));
        let taken = self.put_page(portion, since, now);
        taking.is_partial |= taken.is_partial;
        taking.put.extend(taken.put);
        for key in taking.put.drain(..left.min(taking.put.len())) {
            self.let_go_if_front_is_full(&key);
        }
        if left == 0 || !taking.put.is_empty() {
            self.taking = Some(taking);
            return;
        }
        self.reading.front = None;
        self.reading.front_wanted |= taking.is_partial;
        self.hand.is_incomplete = !taking.is_complete || self.reading.crowded_out_since(since);
        self.forget_what_was_let_go();
    }

    /// Makes room for a refund that came into the hand, if it is one too many there.
    pub(super) fn make_room_for(&mut self, key: RefundKey) {
        match &mut self.taking {
            // Whoever made room now might stand on the rest of the page, and come back with it.
            Some(taking) => taking.put.push_back(key),
            None => self.let_go_if_front_is_full(&key),
        }
    }

    /// Makes room for a waiting refund beyond what is kept in hand: whoever sleeps longest is let go, so that nobody new
    /// stands behind sleepers. The front is read again by the time at which it would have woken. As long as nobody sleeps, after a
    /// start say, it is the refund itself, and the front is read again once all do.
    fn let_go_if_front_is_full(&mut self, key: &RefundKey) {
        let waits = self.hand.refund(key).is_some_and(|refund| refund.is_waiting());
        if !waits || self.hand.front() <= self.policy.front_limit {
            return;
        }
        let sleeper = self.hand.queue.last_sleeper().filter(|(_, sleeper)| !self.is_in_flux(sleeper));
        if let Some((until, sleeper)) = sleeper {
            self.reading.front_again = Some(self.reading.front_again.map_or(until, |at| at.min(until)));
            self.let_go(&sleeper);
        } else if !self.is_in_flux(key) {
            self.reading.let_go_awake = true;
            self.let_go(key);
        } else {
            return;
        }
        self.hand.is_incomplete = true;
        self.reading.crowded_out();
    }
}
