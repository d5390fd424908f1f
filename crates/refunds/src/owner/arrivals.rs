//! What comes in at the nodes, and what is read from the store; of the latter, `front` tells how the waiting are read.

use jiff::Timestamp;

use super::reading::Moment;
use super::{DuePage, IntakePage, Load, Output, Owner, PAGE};
use crate::intake::{Arrival, Command};
use crate::key::{OrderKey, RefundKey};
use crate::outcome::{Evidence, Report};
use crate::policy::ConfirmBy;
use crate::pool::explain::PAST_DAYS;
use crate::step::Event;

impl Owner {
    pub(super) fn take_intake(&mut self, page: IntakePage, now: Timestamp) {
        let since = self.reading.intake.take().unwrap_or(self.reading.moment());
        self.reading.intake_wanted |= page.more;
        let orders: Vec<OrderKey> = page.page.orders.iter().map(|order| order.key.clone()).collect();
        let put = self.put_page(page.page, since, now).put;
        for item in page.items {
            if self.was_let_go(&item.what, since) {
                // Let go while the page was on its way: what was read of it is old, so it is read again.
                self.reading.intake_wanted = true;
                continue;
            }
            match item.what {
                // It is in hand now, and the plan will see it.
                Arrival::Refund(_) => {}
                Arrival::Notice { refund, report } => self.noticed(&refund, report, now),
                Arrival::Payment(order) => self.post(&order, now),
                Arrival::Command { refund, command } => self.command(&refund, command, now),
                Arrival::PastDay(_) => self.outputs.push(Output::Load(Load::PastDays { limit: PAST_DAYS })),
                Arrival::Pause(paused) => {
                    self.merchant.paused = paused;
                    self.pending.merchant = true;
                }
            }
            self.pending.consumed.push(item.seq);
        }
        for key in put {
            self.let_go_if_settled(&key, now);
            self.make_room_for(key);
        }
        orders.iter().for_each(|order| self.let_go_of_idle_order(order));
        self.forget_what_was_let_go();
    }

    pub(super) fn take_due(&mut self, page: DuePage, now: Timestamp) {
        let since = self.reading.due.take().unwrap_or(self.reading.moment());
        self.stored_due = [self.stored_due, page.next_due].into_iter().flatten().min();
        let taken = self.put_page(page.page, since, now);
        if taken.is_partial {
            self.stored_due = Some(now);
        }
        for key in taken.put {
            self.let_go_if_settled(&key, now);
        }
        self.forget_what_was_let_go();
    }

    /// Whether what an arrival speaks of was let go while the page was on its way.
    fn was_let_go(&self, what: &Arrival, since: Moment) -> bool {
        match what {
            Arrival::Refund(refund) | Arrival::Notice { refund, .. } | Arrival::Command { refund, .. } => {
                self.hand.refund(refund).is_none()
            }
            Arrival::Payment(order) => self.reading.is_old_order(order, since),
            Arrival::PastDay(_) | Arrival::Pause(_) => false,
        }
    }

    /// Asks for what is worth reading now.
    pub(super) fn read_more(&mut self, now: Timestamp) {
        // Rows of intake leave the store with the batch that deals with them: until then they would be read again.
        let intake_is_settled = self.pending.consumed.is_empty() && self.committing.is_none();
        if self.reading.intake_wanted && self.reading.intake.is_none() && intake_is_settled {
            self.reading.intake_wanted = false;
            self.reading.intake = Some(self.reading.moment());
            self.outputs.push(Output::Load(Load::Intake { limit: PAGE }));
        }
        let is_due = self.stored_due.is_some_and(|due| due <= now);
        if is_due && self.reading.due.is_none() && self.backlog(now) < PAGE {
            self.stored_due = None;
            self.reading.due = Some(self.reading.moment());
            self.outputs.push(Output::Load(Load::Due { at: now, limit: PAGE }));
        }
        self.read_open();
        self.read_front(now);
    }

    pub(super) fn forget_what_was_let_go(&mut self) {
        self.reading.forget(self.look_ups.values().map(|look_up| look_up.since));
    }

    fn noticed(&mut self, key: &RefundKey, report: Option<Report>, now: Timestamp) {
        let event = match (self.policy.confirm_by, report) {
            (ConfirmBy::VerifiedNotification, Some(report)) => Event::Told(report),
            // What nobody signed proves nothing, whatever else counts as proof. [v2-notification]
            (ConfirmBy::Query, _) | (ConfirmBy::VerifiedNotification, None) => Event::AskNow,
        };
        self.change(key, event, Evidence { answer: Some("notification".into()), ..Evidence::default() }, now);
    }

    fn command(&mut self, key: &RefundKey, command: Command, now: Timestamp) {
        let event = match command {
            Command::Cancel(by) => Event::Withdrawn(by),
            Command::Retry => Event::Retried,
            Command::Check => Event::AskNow,
            Command::Settle => Event::Settled,
        };
        self.change(key, event, Evidence::default(), now);
    }
}
