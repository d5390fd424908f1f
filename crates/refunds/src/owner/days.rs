//! One day after another: pools that begin empty, and what past days say of the new one.

use std::collections::BTreeMap;
use std::sync::Arc;

use jiff::Timestamp;
use wechatpay::china::ChinaDay;
use wechatpay::money::Currency;

use super::Owner;
use super::under_way::promised;
use crate::pool::estimate::Pool;
use crate::pool::outlook::Outlook;
use crate::pool::past::PastDay;

impl Owner {
    /// At the first sight of a new China day every pool is empty: yesterday's money is out of reach, unless nights have shown that
    /// it stays refundable for a while. Source: [refund-logic].
    pub(super) fn roll_day(&mut self, now: Timestamp) {
        let today = ChinaDay::of(now);
        let mut rolled = self.outlooks.values().any(|outlook| outlook.day() < today);
        self.rates.retain(|_, (day, _)| *day == today);
        for (currency, pool) in &mut self.pools {
            if pool.today.day < today {
                let new = Pool { promised: pool.promised, ..Pool::empty(*currency, today) };
                self.yesterdays.insert(*currency, std::mem::replace(pool, new).today);
                rolled = true;
            }
        }
        if rolled {
            self.measure_shares(today);
            let past = std::mem::take(&mut self.outlooks);
            let past = past.into_iter().map(|(pool, outlook)| (pool, outlook.past().to_vec())).collect();
            self.look_ahead(past, now);
            if self.outlooks.is_empty() {
                self.hand.queue.wake_all();
            }
        }
    }

    pub(super) fn take_past_days(&mut self, days: Vec<PastDay>, now: Timestamp) {
        let mut past: BTreeMap<Currency, Vec<PastDay>> = BTreeMap::new();
        for day in days {
            past.entry(day.pool).or_default().push(day);
        }
        self.look_ahead(past, now);
    }

    pub(super) fn pool(&mut self, currency: Currency, now: Timestamp) -> &mut Pool {
        let (under_way, outlooks) = (&self.under_way, &self.outlooks);
        self.pools.entry(currency).or_insert_with(|| {
            let pool = Pool::empty(currency, ChinaDay::of(now));
            let outlook = outlooks.get(&currency);
            let carried = outlook.and_then(|outlook| outlook.overnight().carried(&pool.today, now));
            Pool { promised: promised(under_way, currency), carried, ..pool }
        })
    }

    /// What past days say of today, where they are enough to rely on.
    pub(super) fn look_ahead(&mut self, past: BTreeMap<Currency, Vec<PastDay>>, now: Timestamp) {
        let today = ChinaDay::of(now);
        let outlooks =
            past.into_iter().map(|(pool, days)| (pool, Outlook::of(days, today, Arc::clone(&self.calendar))));
        // Only CNY is exchanged at night, so only there a day says something of another.
        let reliable = outlooks.filter(|(pool, outlook)| *pool == Currency::CNY && outlook.is_reliable());
        self.outlooks = reliable
            .map(|(pool, outlook)| (pool, outlook.after(self.books_of_yesterday(pool, today))))
            .collect();
        self.carry_over(now);
        self.refilled.extend(self.pools.keys().map(|pool| (*pool, None)));
    }
}
