//! The day's books, as merchants may ask for them: statements and settlement batches.

use jiff::Timestamp;
use wechatpay::china::ChinaDay;
use wechatpay::ids::{Mchid, SubMchid};

use super::Platform;
use crate::batch::{Batch, batches};
use crate::order::{OrderIndex, OrderState};
use crate::pool::{DayBook, lock_instant};
use crate::refund::RefundIndex;
use crate::statement::{Entry, Event, StatementRefusal};
use crate::world::NotAMember;

impl Platform {
    /// The statement of `day`, in order of time: all payments and all accepted refunds and revokes of that day, whoever
    /// asked for them. An institution gets all of its sub-merchants', or those of one. Source: [global-statement].
    pub fn statement(
        &mut self,
        now: Timestamp,
        mchid: &Mchid,
        sub_mchid: Option<&SubMchid>,
        day: ChinaDay,
    ) -> Result<Vec<Entry<'_>>, StatementRefusal> {
        self.advance(now);
        self.member_of_books(mchid, sub_mchid)?;
        let settings = &self.world.settings;
        let from = lock_instant(day, settings.statement_ready);
        if self.now < from {
            return Err(StatementRefusal::NotReady { from });
        }
        let kept_days = settings.statement_days;
        if day.days_until(ChinaDay::of(self.now)) > i64::from(kept_days) {
            return Err(StatementRefusal::TooOld { kept_days });
        }
        let made_at = lock_instant(day, settings.statement_made).min(from);
        let mut entries: Vec<Entry<'_>> = self
            .pools
            .iter()
            .filter(|(owner, _)| owner.mchid == *mchid)
            .filter_map(|(_, pool)| pool.day(day))
            .flat_map(|book| self.entries(book, made_at))
            .filter(|entry| sub_mchid.is_none() || entry.order.sub_mchid.as_ref() == sub_mchid)
            .collect();
        if entries.is_empty() {
            return Err(StatementRefusal::NoTrade);
        }
        // Stable: of one instant, what came first stays first, and a payment before its refund.
        entries.sort_by_key(|entry| entry.at);
        Ok(entries)
    }

    /// The settlement batches of a merchant id in order of their days; those of an institution are never divided by
    /// sub-merchants, unless its pools are. Source: [operations 1.1], F21.
    pub fn settlements(&mut self, now: Timestamp, mchid: &Mchid) -> Result<Vec<Batch>, NotAMember> {
        self.advance(now);
        self.member_of_books(mchid, None)?;
        let of_merchant = self.pools.iter().filter(|(owner, _)| owner.mchid == *mchid);
        let mut batches: Vec<Batch> = of_merchant.flat_map(|(_, pool)| batches(pool)).collect();
        batches.sort_by_key(|batch| (batch.first_day, batch.last_day));
        Ok(batches)
    }

    /// Books are an institution's own, so that it need name none of its sub-merchants.
    fn member_of_books(&self, mchid: &Mchid, sub_mchid: Option<&SubMchid>) -> Result<(), NotAMember> {
        match self.world.member(mchid, sub_mchid) {
            Ok(_) | Err(NotAMember::SubMerchantMissing) => Ok(()),
            Err(stranger) => Err(stranger),
        }
    }

    fn entries<'a>(&'a self, book: &'a DayBook, made_at: Timestamp) -> impl Iterator<Item = Entry<'a>> {
        let paid = book.paid.iter().filter_map(|&index| self.paid_entry(index));
        let refunded = book.refunded.iter().filter_map(move |&index| self.refunded_entry(index, made_at));
        let revoked = book.revoked.iter().filter_map(|&index| self.revoked_entry(index));
        paid.chain(refunded).chain(revoked)
    }

    fn paid_entry(&self, index: OrderIndex) -> Option<Entry<'_>> {
        let order = self.orders.at(index);
        let payment = order.payment()?;
        Some(Entry { at: payment.success_time, order, payment, event: Event::Paid })
    }

    fn refunded_entry(&self, index: RefundIndex, made_at: Timestamp) -> Option<Entry<'_>> {
        let refund = self.refunds.at(index);
        let order = self.orders.at(refund.order);
        let payment = order.payment()?;
        let event = Event::Refunded { refund, status: refund.status_at(made_at) };
        Some(Entry { at: refund.accepted_at, order, payment, event })
    }

    fn revoked_entry(&self, index: OrderIndex) -> Option<Entry<'_>> {
        let order = self.orders.at(index);
        match &order.state {
            OrderState::Revoked { at, payment: Some(payment) } => {
                Some(Entry { at: *at, order, payment, event: Event::Revoked })
            }
            _ => None,
        }
    }
}
