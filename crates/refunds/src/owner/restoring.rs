//! What a backup does not tell.
//!
//! A store that was put back from a backup is as old as that. Refunds that wait in it may have been sent meanwhile, taken, paid or
//! closed, and nobody here knows. To send a number again is harmless: WeChat Pay pays it once. What pays twice is to call a
//! number unused that is not: its refund ends as cancelled or rejected, and whoever asked for it asks anew under another number.
//! So of every open refund it is believed, from the moment it is read, that it may have been sent until the store was put back;
//! and before anything is submitted the merchant id's open refunds are walked through and asked about.
//!
//! How far that has come is told by the refunds themselves: one that was doubted has its doubt on disk, and one that was asked
//! about has its answer there. An owner that begins in the middle walks through them again, which asks WeChat Pay nothing twice,
//! but for what was on its way.
//!
//! A refund that was taken in after the backup is missing. If its order was heard of lately, it is found there (see `forgotten`). Else its
//! tenant asks for it again, now or in half a year, and it comes in like a new one: it may be sent without a question, but not given
//! up without one. That goes for every order that may have been paid before the store was put back, as long as it can be refunded.
//! Source: [refund-logic].

use std::collections::BTreeSet;

use jiff::Timestamp;

use super::forgotten::Forgotten;
use super::{Load, OpenAfter, OpenPage, Output, Owner, PAGE};
use crate::batch::Restored;
use crate::key::{OrderKey, RefundKey};
use crate::order::REFUNDABLE_FOR;
use crate::outcome::Evidence;
use crate::refund::Refund;
use crate::step::Event;

/// How often a refund, or an order, is asked about in vain before the others go on without it. The refund is not sent before it has an
/// answer.
pub(super) const IN_VAIN: u32 = 3;

/// How far the check has come, as far as it is not on disk.
#[derive(Debug, Default)]
pub(super) struct Check {
    /// The last that was walked past.
    after: Option<OpenAfter>,
    /// Of those, the refunds of which there is no answer yet.
    unasked: BTreeSet<RefundKey>,
    /// Whether none comes after it.
    is_at_end: bool,
    /// The search for refunds that the backup does not know.
    pub(super) forgotten: Forgotten,
}

impl Check {
    /// Whether every open refund has an answer.
    pub(super) fn has_asked_all(&self) -> bool {
        self.is_at_end && self.unasked.is_empty()
    }
}

impl Owner {
    /// Goes on walking through the open refunds once those of the page before have answers.
    pub(super) fn read_open(&mut self) {
        let goes_on = self.merchant.is_to_be_checked() && self.check.unasked.is_empty();
        if goes_on && !self.check.is_at_end && self.reading.open.is_none() {
            self.reading.open = Some(self.reading.moment());
            self.outputs.push(Output::Load(Load::Open { after: self.check.after.clone(), limit: PAGE }));
        }
    }

    pub(super) fn take_open(&mut self, page: OpenPage, now: Timestamp) {
        let OpenPage { page, more } = page;
        let since = self.reading.open.take().unwrap_or(self.reading.moment());
        let keys: Vec<RefundKey> = page.refunds.iter().map(|refund| refund.key.clone()).collect();
        let last = page.refunds.last().map(OpenAfter::of);
        let taken = self.put_page(page, since, now);
        let is_unasked =
            |key: &RefundKey| self.hand.refund(key).is_some_and(|refund| is_unasked(refund, now));
        let unasked: BTreeSet<RefundKey> = keys.into_iter().filter(is_unasked).collect();
        self.check.unasked.extend(unasked);
        // What was let go of while the page was on its way is read again.
        if !taken.is_partial {
            self.check.after = last.or(self.check.after.take());
            self.check.is_at_end = !more;
        }
        for key in taken.put {
            self.let_go_if_settled(&key, now);
            self.make_room_for(key);
        }
        self.forget_what_was_let_go();
    }

    /// Lets submissions begin once every open refund and the recent orders were asked about. That is on disk no later than the first of
    /// them.
    pub(super) fn end_check(&mut self) {
        if !self.check.has_asked_all() || !self.check.forgotten.is_over() {
            return;
        }
        if let Some(restored) = self.merchant.restored.as_mut().filter(|restored| !restored.is_checked) {
            restored.is_checked = true;
            self.pending.merchant = true;
            self.check = Check::default();
        }
    }

    /// Notes that a refund has changed, by an answer perhaps.
    pub(super) fn note_asked(&mut self, refund: &Refund, now: Timestamp) {
        if !is_unasked(refund, now) {
            self.check.unasked.remove(&refund.key);
        }
    }

    /// Believes of a refund that was just read that it may have been sent, if it was not asked about since the store was put back.
    pub(super) fn doubt_if_restored(&mut self, key: &RefundKey, now: Timestamp) {
        let Some(Restored { at, is_checked: false }) = self.merchant.restored else { return };
        let sent_until = at + self.policy.request_life;
        // Those that were taken in since are none the backup tells of.
        let is_certain = |refund: &Refund| {
            refund.created_at > at || refund.attempts.unproven_until.is_some_and(|until| until >= sent_until)
        };
        if self.hand.refund(key).is_some_and(|refund| !is_certain(refund)) {
            self.change(key, Event::Restored { at }, Evidence::default(), now);
        }
    }

    /// The same of a refund that is about to be given up because it was never sent.
    pub(super) fn doubt_if_forgotten(&mut self, key: &RefundKey, now: Timestamp) {
        let Some(Restored { at, .. }) = self.merchant.restored else { return };
        let Some(refund) = self.hand.refund(key) else { return };
        if refund.was_never_sent() && self.may_be_forgotten(&refund.order, now) {
            self.change(key, Event::Restored { at }, Evidence::default(), now);
        }
    }

    /// Whether there may have been refunds of an order of which the backup tells nothing.
    pub(super) fn may_be_forgotten(&self, order: &OrderKey, now: Timestamp) -> bool {
        let Some(Restored { at, .. }) = self.merchant.restored else { return false };
        let paid_at = self.hand.order(order).and_then(|order| order.paid_at.as_ref());
        let was_paid_since = paid_at.is_some_and(|paid_at| paid_at.value > at);
        !was_paid_since && now.duration_since(at) <= REFUNDABLE_FOR
    }
}

/// Whether a refund has yet to be asked about, or was asked about in vain and is asked about again soon.
fn is_unasked(refund: &Refund, now: Timestamp) -> bool {
    refund.is_to_be_asked_about(now) || (1..IN_VAIN).contains(&refund.asked_in_vain)
}
