//! What comes in at the nodes, and what is read from the store.

use jiff::Timestamp;
use wechatpay::china::ChinaDay;
use wechatpay::money::Money;

use super::{DuePage, FrontPage, IntakePage, Load, Output, Owner, PAGE};
use crate::batch::OrderChange;
use crate::intake::{Arrival, Command};
use crate::key::{OrderKey, RefundKey};
use crate::need::ObservedRate;
use crate::order::{Order, Posted, Source};
use crate::outcome::{Evidence, Report};
use crate::policy::ConfirmBy;
use crate::pool::estimate::Payment;
use crate::step::Event;

impl Owner {
    pub(super) fn take_intake(&mut self, page: IntakePage, now: Timestamp) {
        self.loading.intake = false;
        self.loading.intake_wanted |= page.more;
        let orders: Vec<OrderKey> = page.page.orders.iter().map(|order| order.key.clone()).collect();
        let put = self.put_page(page.page);
        for item in page.items {
            match item.what {
                // It is in hand now, and the plan will see it.
                Arrival::Refund(_) => {}
                Arrival::Notice { refund, report } => self.noticed(&refund, report, now),
                Arrival::Payment(order) => self.post(&order, now),
                Arrival::Command { refund, command } => self.command(&refund, command, now),
                Arrival::Pause(paused) => {
                    self.merchant.paused = paused;
                    self.pending.merchant = true;
                }
            }
            self.pending.consumed.push(item.seq);
        }
        for key in put {
            self.let_go_if_settled(&key, now);
            self.let_go_if_front_is_full(&key);
        }
        orders.iter().for_each(|order| self.hand.let_go_of_idle_order(order));
        self.forget_what_was_let_go();
    }

    pub(super) fn take_due(&mut self, page: DuePage, now: Timestamp) {
        self.loading.due = false;
        self.stored_due = [self.stored_due, page.next_due].into_iter().flatten().min();
        for key in self.put_page(page.page) {
            self.let_go_if_settled(&key, now);
        }
        self.forget_what_was_let_go();
    }

    pub(super) fn take_front(&mut self, page: FrontPage) {
        self.loading.front = false;
        self.hand.is_incomplete = !page.complete;
        for key in self.put_page(page.page) {
            self.let_go_if_front_is_full(&key);
        }
        self.forget_what_was_let_go();
    }

    /// Asks for what is worth reading now.
    pub(super) fn read_more(&mut self, now: Timestamp) {
        // Rows of intake leave the store with the batch that deals with them: until then they would be read again.
        let intake_is_settled = self.pending.consumed.is_empty() && self.committing.is_none();
        if self.loading.intake_wanted && !self.loading.intake && intake_is_settled {
            self.loading.intake_wanted = false;
            self.loading.intake = true;
            self.outputs.push(Output::Load(Load::Intake { limit: PAGE }));
        }
        let is_due = self.stored_due.is_some_and(|due| due <= now);
        let backlog = self.hand.timers.iter().take(PAGE).take_while(|(at, _)| *at <= now).count();
        if is_due && !self.loading.due && backlog < PAGE {
            self.stored_due = None;
            self.loading.due = true;
            self.outputs.push(Output::Load(Load::Due { at: now, limit: PAGE }));
        }
        let has_room = self.hand.is_incomplete && self.hand.front() < self.policy.front_limit / 2;
        if (self.loading.front_wanted || has_room) && !self.loading.front {
            self.loading.front_wanted = false;
            self.loading.front = true;
            self.outputs.push(Output::Load(Load::Front { limit: self.policy.front_limit }));
        }
    }

    /// A waiting refund beyond what is kept in hand is found in the store again when there is room.
    fn let_go_if_front_is_full(&mut self, key: &RefundKey) {
        let waits = self.hand.refund(key).is_some_and(|refund| refund.is_waiting());
        if waits && self.hand.front() > self.policy.front_limit && !self.pending.touches(key) {
            self.let_go(key);
            self.hand.is_incomplete = true;
        }
    }

    fn forget_what_was_let_go(&mut self) {
        if !(self.loading.intake || self.loading.due || self.loading.front) {
            self.loading.let_go.clear();
        }
    }

    fn noticed(&mut self, key: &RefundKey, report: Report, now: Timestamp) {
        let event = match self.policy.confirm_by {
            ConfirmBy::Query => Event::AskNow,
            ConfirmBy::VerifiedNotification => Event::Told(report),
        };
        self.change(key, event, Evidence { answer: Some("notification".into()), ..Evidence::default() }, now);
    }

    fn command(&mut self, key: &RefundKey, command: Command, now: Timestamp) {
        let event = match command {
            Command::Cancel(by) => Event::Withdrawn(by),
            Command::Retry => Event::Retried,
            Command::Check => Event::AskNow,
        };
        self.change(key, event, Evidence::default(), now);
    }

    /// Posts an order's payment to its pool, once; better knowledge posts a correction.
    pub(super) fn post(&mut self, key: &OrderKey, now: Timestamp) {
        let Some(order) = self.hand.order(key) else { return };
        if let Some(payer_total) = &order.payer_total
            && order.total.source > Source::Claimed
        {
            let rate = ObservedRate { priced: order.total.value, paid: payer_total.value };
            self.rates.insert(rate.priced.currency(), rate);
        }
        let posting = posting(order);
        let rate = self.rates.get(&order.currency()).copied();
        self.hand.weigh(key, rate.as_ref());
        let Some((posted, payment)) = posting else { return };
        self.change_order(OrderChange { posted: Some(posted), ..OrderChange::of(key.clone()) });
        // A payment of another day fills no pool of today's. Source: [refund-logic].
        if posted.day == ChinaDay::of(now) {
            let pool = posted.amount.currency();
            self.pool(pool, now).paid(payment);
            self.pool_changed(pool);
        }
    }
}

/// What is to be posted of `order`'s payment; none if nothing is new or too little is known.
fn posting(order: &Order) -> Option<(Posted, Payment)> {
    let paid_at = order.paid_at.as_ref()?;
    let total = order.total;
    let amount: Money = match &order.payer_total {
        Some(payer_total) => payer_total.value,
        None if total.value.currency() == wechatpay::money::Currency::CNY => total.value,
        None => return None,
    };
    let source = paid_at.source.min(total.source);
    let posted = Posted { day: ChinaDay::of(paid_at.value), amount, source };
    let minor = amount.minor();
    let payment = match (order.posted, source) {
        (_, Source::Claimed) => return None,
        (None, Source::Reported) => Payment::Reported(minor),
        (None, Source::Platform) => Payment::Confirmed(minor),
        (Some(before), Source::Platform) if before.source < Source::Platform => {
            // The amount first reported leaves as it came; WeChat Pay's word counts.
            if before.amount == amount && before.day == posted.day {
                Payment::NowConfirmed(minor)
            } else {
                Payment::Confirmed(minor)
            }
        }
        (Some(_), _) => return None,
    };
    Some((posted, payment))
}
