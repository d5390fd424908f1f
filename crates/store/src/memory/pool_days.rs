//! Pools by the day.

use std::collections::BTreeMap;
use std::ops::RangeInclusive;

use refunds::batch::PoolDay;
use refunds::intake::Arrival;
use refunds::pool::past::PastDay;
use wechatpay::china::ChinaDay;
use wechatpay::ids::Mchid;
use wechatpay::money::Currency;

use super::model::Model;
use crate::contract::Answer;
use crate::intake::NewPastDay;
use crate::past::Kept;

impl Model {
    /// See [`Store::record_past_day`](crate::Store::record_past_day).
    pub fn record_past_day(&mut self, new: NewPastDay) -> Answer<bool> {
        let rows = self.rows_mut(new.mchid.as_str())?;
        let place = (new.pool, new.day);
        let Some(told) = Kept::news(&new, rows.past_days.get(&place)) else { return Ok(false) };
        rows.past_days.insert(place, told);
        rows.arrive(Arrival::PastDay(new.day));
        Ok(true)
    }

    /// See [`Store::past_days`](crate::Store::past_days).
    pub fn past_days(&self, mchid: &Mchid, limit: usize) -> Answer<Vec<PastDay>> {
        let rows = self.rows(mchid.as_str())?;
        let mut by_pool: BTreeMap<Currency, Vec<PastDay>> = BTreeMap::new();
        for (&(pool, day), kept) in &rows.past_days {
            let past_day = kept.clone().past_day(pool, day, rows.pools.get(&(day, pool)));
            by_pool.entry(pool).or_default().push(past_day);
        }
        let newest = by_pool.into_values().flat_map(|days| {
            let older = days.len().saturating_sub(limit);
            days.into_iter().skip(older)
        });
        Ok(newest.collect())
    }

    /// See [`Store::pool_days`](crate::Store::pool_days).
    pub fn pool_days(
        &self,
        mchid: &Mchid,
        pool: Currency,
        days: RangeInclusive<ChinaDay>,
    ) -> Answer<Vec<PoolDay>> {
        let books = self.rows(mchid.as_str())?.pools.values();
        Ok(books.filter(|books| books.pool == pool && days.contains(&books.day)).cloned().collect())
    }
}
