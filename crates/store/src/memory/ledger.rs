//! The ledger of pools by day, and how it is counted anew from orders and refunds.

use refunds::order::Source;
use refunds::pool::ledger::{LedgerDay, Posting, Postings, days_of, of_payment, of_refund};
use refunds::pool::reconciliation::{Reconciliation, Sums};
use wechatpay::ids::Mchid;
use wechatpay::money::Currency;

use super::model::{Model, Rows};
use crate::contract::Answer;
use crate::past::Kept;

impl Model {
    /// See [`Store::ledger`](crate::Store::ledger).
    pub fn ledger(&self, mchid: &Mchid, pool: Currency) -> Answer<Vec<LedgerDay>> {
        let days = self.rows(mchid.as_str())?.ledger.values();
        Ok(days.filter(|day| day.pool == pool).copied().collect())
    }

    /// See [`Store::recount_ledger`](crate::Store::recount_ledger).
    pub fn recount_ledger(&self, mchid: &Mchid) -> Answer<Vec<LedgerDay>> {
        let rows = self.rows(mchid.as_str())?;
        let mut postings = Postings::default();
        postings.add_all(rows.orders.values().filter_map(of_payment));
        postings.add_all(rows.refunds.values().flat_map(of_refund));
        Ok(days_of(postings.into_sums()))
    }

    /// See [`Store::rebuild_ledger`](crate::Store::rebuild_ledger).
    pub fn rebuild_ledger(&mut self, mchid: &Mchid) -> Answer<bool> {
        let counted = self.recount_ledger(mchid)?;
        let rows = self.rows_mut(mchid.as_str())?;
        let is_same = rows.ledger.values().eq(&counted);
        rows.ledger = counted.into_iter().map(|day| ((day.pool, day.day), day)).collect();
        Ok(!is_same)
    }

    /// See [`Store::reconciliations`](crate::Store::reconciliations).
    pub fn reconciliations(
        &self,
        mchid: &Mchid,
        pool: Currency,
        limit: usize,
    ) -> Answer<Vec<Reconciliation>> {
        let rows = self.rows(mchid.as_str())?;
        let of_pool = rows.past_days.iter().filter(|((of, _), _)| *of == pool);
        let stated = of_pool.filter(|(_, kept)| kept.source == Source::Platform);
        let mut days: Vec<Reconciliation> = stated
            .rev()
            .take(limit)
            .map(|(&(pool, day), Kept { paid, refunded, source: _ })| Reconciliation {
                day,
                stated: Sums { paid: paid.total(), refunded: *refunded },
                ours: Sums::of(rows.ledger.get(&(pool, day))),
            })
            .collect();
        days.reverse();
        Ok(days)
    }
}

impl Rows {
    /// Adds what a batch posts.
    pub(super) fn post(&mut self, postings: Vec<Posting>) {
        for posting in postings {
            let Posting { pool, day, .. } = posting;
            let mut sums = self.ledger.remove(&(pool, day)).unwrap_or(LedgerDay::empty(pool, day));
            sums.add(&posting);
            if !sums.is_empty() {
                self.ledger.insert((pool, day), sums);
            }
        }
    }
}
