//! What answers of the night tell of yesterday's money, and what of it today may count on.
//!
//! Both follow from what is stored of today and of yesterday and from past days, so a new owner knows them as soon as it has read
//! those; see [`exchange`](crate::pool::exchange).

use jiff::Timestamp;
use wechatpay::china::ChinaDay;
use wechatpay::money::Currency;

use super::Owner;
use crate::batch::PoolDay;
use crate::need::Need;
use crate::pool::estimate::Pool;
use crate::refund::Refund;

impl Owner {
    /// Our own books of the day before `today`; empty ones if there are none: then nothing happened that we know of.
    pub(super) fn books_of_yesterday(&self, currency: Currency, today: ChinaDay) -> PoolDay {
        let yesterday = today.plus_days(-1);
        let known = self.yesterdays.get(&currency).filter(|books| books.day == yesterday);
        known.cloned().unwrap_or_else(|| Pool::empty(currency, yesterday).today)
    }

    /// Lets the pools count on what yesterday left, as far as is known of it.
    pub(super) fn carry_over(&mut self, now: Timestamp) {
        for (currency, pool) in &mut self.pools {
            let outlook = self.outlooks.get(currency).filter(|outlook| outlook.day() == pool.today.day);
            pool.carried = outlook.and_then(|outlook| outlook.overnight().carried(&pool.today, now));
        }
    }

    /// Nothing counts on yesterday's money once its time is over.
    pub(super) fn let_go_of_yesterday(&mut self, now: Timestamp) {
        self.pools.values_mut().for_each(|pool| pool.let_go_of_yesterday(now));
    }

    /// Looks at what it tells that WeChat Pay took `refund`, which drew on its pool just now. `before` is the refund before that.
    ///
    /// A number that was sent before without a clear answer may have been taken then: it tells nothing of now.
    pub(super) fn heed_acceptance_at_night(&mut self, before: &Refund, refund: &Refund) {
        let Some(signed_at) = refund.attempts.last_signed_at else { return };
        if before.attempts.unproven_until_before_last.is_some() {
            return;
        }
        if let (Some(outlook), Some(pool)) =
            (self.outlooks.get(&refund.pool), self.pools.get_mut(&refund.pool))
        {
            outlook.overnight().heed_acceptance(pool, outlook.past(), outlook.sight(), signed_at);
        }
    }

    /// Looks at what it tells that a pool does not cover `need` at `now`.
    pub(super) fn heed_refusal_at_night(&mut self, currency: Currency, need: &Need, now: Timestamp) {
        if let (Some(outlook), Some(pool)) = (self.outlooks.get(&currency), self.pools.get_mut(&currency)) {
            outlook.overnight().heed_refusal(pool, need, now);
        }
    }
}
