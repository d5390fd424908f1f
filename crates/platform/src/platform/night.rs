//! The night: lock, exchange, fee and payout in every pool.

use wechatpay::china::ChinaDay;
use wechatpay::money::Currency;

use super::Platform;
use crate::agenda::Due;
use crate::invariants::{self, Kind, Violation};
use crate::pool::{Pool, PoolModel, lock_instant};
use crate::rates::ExchangeRate;
use crate::settlement::{payout_due, worth};

impl Platform {
    /// Closes `day` in every pool and enters the next night. Runs every calendar day, whatever the amounts.
    pub(super) fn night_after(&mut self, day: ChinaDay) {
        let settings = &self.world.settings;
        let mut pools = std::mem::take(&mut self.pools);
        for (owner, pool) in &mut pools {
            if pool.cny_model() != PoolModel::Daily {
                continue;
            }
            let mut done = Ok(());
            if let Some(book) = pool.day(day) {
                let worth = worth(book, settings.fee_mode, settings.fee_rate_ppm);
                done = pool.exchange(self.now, day, worth);
            }
            if self.payout_is_due(pool) {
                done = done.and_then(|()| pool.pay_out(self.now));
            }
            if let Err(error) = done {
                let text = error.to_string();
                self.violations.push(Violation::of_pool(Kind::PostingRefused, owner, text));
            }
            invariants::pool_holds(owner, pool, self.now, &mut self.violations);
        }
        self.pools = pools;
        let next = day.next();
        self.agenda.enter(lock_instant(next, self.world.settings.lock_time), Due::Night { day: next });
    }

    fn payout_is_due(&self, pool: &Pool) -> bool {
        let (held, settings) = (pool.settlement(), &self.world.settings);
        // Dollars need no rate, and a world may have none.
        let (held_rate, usd_rate) = if held.currency() == Currency::USD {
            (ExchangeRate::PAR, ExchangeRate::PAR)
        } else {
            let rate = |currency| self.world.rates.at(&self.chance, currency, self.now);
            let (Some(held_rate), Some(usd_rate)) = (rate(held.currency()), rate(Currency::USD)) else {
                return false;
            };
            (held_rate, usd_rate)
        };
        let calendar = settings.payout_calendar.calendar();
        let today = ChinaDay::of(self.now);
        payout_due(held, held_rate, usd_rate, settings.payout_min_usd, today, calendar)
    }
}
