//! A merchant id's CNY pool with all that can be told of it: what is known of today, who waits, what is expected.
//!
//! Each is read once a request. The owner may live on another node; whatever it expects follows from the same rows.

use std::sync::Arc;

use jiff::Timestamp;
use refunds::policy::Policy;
use refunds::pool::estimate::Pool;
use refunds::pool::explain::{self, Crowd, Explanation};
use refunds::pool::outlook::Outlook;
use refunds::pool::reservation::Reservation;
use refunds::refund::{Place, Refund};
use store::Store as _;
use store::contract::Answer;
use store::reading::{Lane, Waiting};
use wechatpay::china::ChinaDay;
use wechatpay::ids::Mchid;
use wechatpay::money::Currency;

use crate::gateway::Gateway;

/// The pool at one moment.
#[derive(Debug, Clone)]
pub struct Foresight {
    /// When.
    pub now: Timestamp,
    /// What is known of today.
    pub pool: Pool,
    /// What is expected; none without enough past days.
    pub outlook: Option<Outlook>,
    /// What of it is kept together for one refund, if for one.
    pub reserved: Option<Reservation>,
    /// Who waits.
    pub crowds: Vec<Crowd>,
}

impl Foresight {
    /// Reads what is kept of `mchid`.
    pub async fn read(gateway: &Gateway, mchid: &Mchid) -> Answer<Foresight> {
        let now = gateway.clock.now();
        let day = ChinaDay::of(now);
        let holding = gateway.store.holding(mchid, day).await?;
        let books = |day: ChinaDay| {
            holding.pools.iter().find(|books| books.pool == Currency::CNY && books.day == day).cloned()
        };
        let mut pool = books(day).map_or_else(|| Pool::empty(Currency::CNY, day), Pool::of);
        let past = gateway.store.past_days(mchid, explain::PAST_DAYS).await?;
        let yesterday = books(day.plus_days(-1));
        let outlook = explain::outlook(past, yesterday, &pool, Arc::clone(&gateway.calendar));
        pool.carried = outlook.as_ref().and_then(|outlook| outlook.overnight().carried(&pool.today, now));
        let crowds = gateway.store.waiting(mchid).await?.into_iter().map(crowd).collect();
        let kept_for = match &pool.today.kept_for {
            Some(key) => gateway.store.refund(key).await?.filter(Refund::is_withdrawable),
            None => None,
        };
        let reserved = kept_for
            .zip(outlook.as_ref())
            .map(|(refund, outlook)| Reservation::of(&refund, outlook.to_come(&pool, now)));
        Ok(Foresight { now, pool, outlook, reserved, crowds })
    }

    /// Explains `refund`, which waits.
    pub fn explain(&self, refund: &Refund) -> Explanation {
        let Foresight { now, pool, outlook, reserved, crowds } = self;
        explain::explain(refund, pool, outlook.as_ref(), reserved.as_ref(), crowds, &Policy::default(), *now)
    }
}

/// The waiting of one lane. Whose they are does not matter to the pool.
pub fn crowd(waiting: Waiting) -> Crowd {
    let Waiting { lane: Lane { pool, class, sub_mchid: _, bucket }, count, sum } = waiting;
    Crowd { place: Place { pool, class, bucket }, count, need: sum }
}
