//! What WeChat Pay says of an order, and rows that turn out to name the same one.
//!
//! A caller may name an order by the merchant's number, by WeChat Pay's, or by both; until somebody confirms that two names
//! belong together they are two rows, and each sets the whole amount aside. An order known by WeChat Pay's number alone is
//! therefore asked about before anything is submitted on it. If two rows are one order and their refunds exceed it, the
//! youngest refunds that were never attempted are rejected, and never one that was.

use jiff::{SignedDuration, Timestamp};
use wechatpay::china::ChinaDay;
use wechatpay::money::Currency;

use super::{Load, LookUp, Namesakes, Output, Owner, Question};
use crate::batch::{Absorbed, OrderChange};
use crate::key::{OrderKey, RefundKey};
use crate::need::Need;
use crate::order::Order;
use crate::outcome::{Evidence, OrderOutcome, Refusal};
use crate::refund::{Refund, State, Why};
use crate::step::Event;

impl Owner {
    /// Asks WeChat Pay about an order in hand.
    pub(super) fn ask_about_order(&mut self, key: &OrderKey) {
        let Some(known) = self.hand.order(key) else { return };
        let question = Question::Order {
            order: key.clone(),
            sub_mchid: known.sub_mchid.clone(),
            names: known.names(),
            currency: known.currency(),
        };
        let since = self.reading.moment();
        self.look_ups.insert(key.clone(), LookUp { sub_mchid: known.sub_mchid.clone(), since });
        self.outputs.push(Output::Ask(question));
    }

    pub(super) fn order_asked(&mut self, key: &OrderKey, outcome: OrderOutcome, now: Timestamp) {
        let Some(LookUp { sub_mchid, .. }) = self.look_ups.get(key).cloned() else { return };
        match outcome {
            OrderOutcome::Found(report) => {
                // Still busy: what carries either name must be read first.
                let since = self.reading.moment();
                self.look_ups.insert(key.clone(), LookUp { sub_mchid: sub_mchid.clone(), since });
                self.outputs.push(Output::Load(Load::Namesakes { order: key.clone(), sub_mchid, report }));
            }
            OrderOutcome::Absent => {
                // The submission will say the same with a code of its own.
                self.look_ups.remove(key);
                self.change_order(OrderChange { looked_up: true, ..OrderChange::of(key.clone()) });
                self.not_paid(key, now);
                self.hand.wake_order(key);
            }
            OrderOutcome::Unclear => {
                self.look_up_later(key, crate::policy::pause(&self.policy.ask_again_after, 1), now)
            }
            OrderOutcome::Misconfigured(fault) => {
                self.fault(fault, now, sub_mchid, now);
                self.look_up_later(key, self.policy.halt_probe_every, now);
            }
        }
    }

    fn look_up_later(&mut self, key: &OrderKey, pause: SignedDuration, now: Timestamp) {
        self.look_ups.remove(key);
        if let Some(check) = self.checks.remove(key) {
            self.count_unchecked(key, check, now);
        }
        self.look_up_after.retain(|_, after| *after > now);
        self.look_up_after.insert(key.clone(), now + pause);
        self.hand.wake_order(key);
    }

    /// Makes one row of all that name the order, and rejects what is too much.
    pub(super) fn take_namesakes(&mut self, namesakes: Namesakes, now: Timestamp) {
        let Namesakes { order: asked, report, page } = namesakes;
        let Some(LookUp { since, sub_mchid }) = self.look_ups.remove(&asked) else { return };
        let rows = page.orders.clone();
        if rows.iter().any(|row| self.reading.is_old_order(&row.key, since)) {
            // What was read is older than what was decided and is on disk by now: it is read again.
            let since = self.reading.moment();
            self.look_ups.insert(asked.clone(), LookUp { sub_mchid: sub_mchid.clone(), since });
            self.outputs.push(Output::Load(Load::Namesakes { order: asked, sub_mchid, report }));
            return;
        }
        let check = self.checks.remove(&asked);
        if rows.iter().any(|row| self.is_order_in_flux(&row.key)) {
            // What was read is older than what is being decided: the next look at the order asks again.
            if let Some(check) = check {
                self.count_unchecked(&asked, check, now);
            }
            self.hand.wake_order(&asked);
            return;
        }
        self.put_page(page, since, now);
        rows.iter().for_each(|row| self.hand.put_sums(row));
        let is_another =
            |row: &&Order| row.out_trade_no.as_ref().is_some_and(|name| *name != report.out_trade_no);
        if rows.iter().find(|row| row.key == asked).is_some_and(|row| is_another(&row)) {
            // The caller put two names together that belong to two orders.
            self.change_order(OrderChange { looked_up: true, ..OrderChange::of(asked.clone()) });
            self.reject_all_unattempted(&asked, now);
            if let Some(check) = check {
                self.count_unchecked(&asked, check, now);
            }
            return;
        }
        let Some(survivor) = rows
            .iter()
            .find(|row| row.out_trade_no.as_ref() == Some(&report.out_trade_no))
            .or_else(|| rows.iter().find(|row| row.key == asked))
        else {
            self.hand.wake_order(&asked);
            return;
        };
        // A row whose caller put together two names that do not belong together is not absorbed by either.
        let absorbed: Vec<&Order> = rows
            .iter()
            .filter(|row| row.key != survivor.key && !is_another(row))
            .filter(|row| row.transaction_id.as_ref() == Some(&report.transaction_id))
            .collect();
        for row in &absorbed {
            self.hand.merge(&survivor.key, &row.key);
        }
        let merges = !absorbed.is_empty();
        // The row that stays keeps one posting of what is one payment.
        let posted =
            std::iter::once(survivor).chain(absorbed.iter().copied()).filter(|row| row.posted.is_some());
        let too_many: Vec<&Order> = posted.skip(1).collect();
        let is_paid = report.paid_at.is_some();
        self.change_order(OrderChange {
            learned: Some(report),
            looked_up: true,
            absorbs: absorbed
                .iter()
                .map(|row| Absorbed { order: row.key.clone(), expected_version: row.version })
                .collect(),
            expected_version: merges.then_some(survivor.version),
            ..OrderChange::of(survivor.key.clone())
        });
        for row in too_many {
            self.take_back(row, now);
        }
        let survivor = survivor.key.clone();
        self.hand.weigh(&survivor, None);
        self.learn_from_refusals(&survivor, now);
        self.reject_what_exceeds(&survivor, now);
        self.checks.extend(check.map(|check| (survivor.clone(), check)));
        if is_paid {
            self.post(&survivor, now);
        } else {
            self.not_paid(&survivor, now);
        }
        self.checks.remove(&survivor);
        self.hand.wake_order(&survivor);
        rows.iter().for_each(|row| self.let_go_of_idle_order(&row.key));
    }

    /// What NOT ENOUGH told of today's pool, now that the need of the refund it met is known.
    fn learn_from_refusals(&mut self, order: &OrderKey, now: Timestamp) {
        let was_refused_today = |refund: &&Refund| match refund.state {
            State::Waiting { why: Why::Funds, since, .. } => ChinaDay::of(since) == ChinaDay::of(now),
            _ => false,
        };
        let refused =
            self.hand.refunds_of(order).filter_map(|key| self.hand.refund(key)).filter(was_refused_today);
        let needs: Vec<(Currency, Need)> = refused.map(|refund| (refund.pool, refund.need)).collect();
        for (pool, need) in needs {
            self.pool(pool, now).refused(&need, now);
            self.pool_changed(pool);
        }
    }

    fn reject_all_unattempted(&mut self, order: &OrderKey, now: Timestamp) {
        for (_, refund) in self.unattempted(order) {
            let refusal = Refusal {
                code: "order_mismatch".into(),
                message: "The two numbers given for the order belong to two different orders.".into(),
            };
            self.change(&refund, Event::Refused(refusal), Evidence::default(), now);
        }
        self.hand.wake_order(order);
    }

    /// The waiting refunds of an order that were never attempted, as far as is known; oldest first.
    fn unattempted(&self, order: &OrderKey) -> Vec<(Timestamp, RefundKey)> {
        let mut unattempted: Vec<(Timestamp, RefundKey)> = self
            .hand
            .refunds_of(order)
            .filter_map(|key| self.hand.refund(key))
            .filter(|refund| refund.is_waiting() && refund.attempts.count == 0)
            .map(|refund| (refund.created_at, refund.key.clone()))
            .collect();
        unattempted.sort();
        unattempted
    }

    fn reject_what_exceeds(&mut self, order: &OrderKey, now: Timestamp) {
        // Nothing is given up of which nobody can be sure that it was not sent: WeChat Pay will refuse what is too much.
        let is_certain = |key: &RefundKey| {
            self.hand.refund(key).is_some_and(Refund::was_never_sent) && !self.may_be_forgotten(order, now)
        };
        let mut unattempted = self.unattempted(order);
        unattempted.retain(|(_, key)| is_certain(key));
        while let Some(known) = self.hand.order(order)
            && known.reserved > known.total.value.minor()
            && let Some((_, youngest)) = unattempted.pop()
        {
            let refusal = Refusal {
                code: "order_amount_exceeded".into(),
                message: "Together with earlier refunds of the same order this exceeds what was paid.".into(),
            };
            self.change(&youngest, Event::Refused(refusal), Evidence::default(), now);
        }
    }
}
