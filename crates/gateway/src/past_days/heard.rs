//! What WeChat Pay has said of which day: the memory that asks for no day twice.
//!
//! It is a setting of the store beside the days themselves. These do not say on whose word they stand; and a day without
//! trade is not recorded before one with trade is known that lies before it, because a shop that has not opened yet says
//! nothing of how it will trade.

use std::collections::BTreeSet;

use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use store::contract::{Answer, Store};
use wechatpay::china::ChinaDay;
use wechatpay::ids::Mchid;

/// What was said so far.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Heard {
    /// The days of which WeChat Pay has told something.
    days: BTreeSet<ChinaDay>,
    /// Those of them that had no trade, nor had any day before them that is known.
    idle: BTreeSet<ChinaDay>,
    /// The first day that had trade.
    first_trade: Option<ChinaDay>,
}

#[derive(Serialize, Deserialize)]
struct Setting {
    days: Vec<Date>,
    idle: Vec<Date>,
    first_trade: Option<Date>,
}

impl Heard {
    /// What is in `store` of `mchid`. What cannot be read is asked for again.
    pub async fn read(store: &impl Store, mchid: &Mchid) -> Answer<Heard> {
        let Some(value) = store.setting(&name(mchid)).await? else { return Ok(Heard::default()) };
        let Ok(Setting { days, idle, first_trade }) = serde_json::from_slice(&value) else {
            tracing::warn!(%mchid, "what WeChat Pay said of past days cannot be read; it is asked for again");
            return Ok(Heard::default());
        };
        let set = |dates: Vec<Date>| dates.into_iter().map(ChinaDay::from_date).collect();
        Ok(Heard { days: set(days), idle: set(idle), first_trade: first_trade.map(ChinaDay::from_date) })
    }

    /// Keeps it in `store`.
    pub async fn keep(&self, store: &impl Store, mchid: &Mchid) -> Answer<()> {
        let Heard { days, idle, first_trade } = self;
        let dates = |set: &BTreeSet<ChinaDay>| set.iter().map(ChinaDay::date).collect();
        let setting =
            Setting { days: dates(days), idle: dates(idle), first_trade: first_trade.map(|day| day.date()) };
        let value = serde_json::to_vec(&setting);
        let value = value.unwrap_or_else(|error| unreachable!("dates are JSON: {error}"));
        store.put_setting(&name(mchid), &value).await
    }

    /// The days that need not be asked for.
    pub fn days(&self) -> &BTreeSet<ChinaDay> {
        &self.days
    }

    /// Hears that there was trade on `day`. The days without trade that are to be recorded now.
    pub fn trade(&mut self, day: ChinaDay) -> BTreeSet<ChinaDay> {
        self.days.insert(day);
        self.first_trade = Some(self.first_trade.map_or(day, |first| first.min(day)));
        self.idle.split_off(&day)
    }

    /// Hears that there was none. Whether that is to be recorded now.
    pub fn no_trade(&mut self, day: ChinaDay) -> bool {
        self.days.insert(day);
        let tells = self.first_trade.is_some_and(|first| first < day);
        if !tells {
            self.idle.insert(day);
        }
        tells
    }

    /// Forgets what lies before `first`.
    pub fn forget_before(&mut self, first: ChinaDay) {
        self.days = self.days.split_off(&first);
        self.idle = self.idle.split_off(&first);
    }
}

fn name(mchid: &Mchid) -> String {
    format!("past_days/{mchid}")
}

#[cfg(test)]
mod tests {
    use store::memory::{MemoryStore, Model};

    use super::*;

    fn day(n: i8) -> ChinaDay {
        ChinaDay::from_date(Date::constant(2026, 3, n))
    }

    #[test]
    fn a_day_without_trade_is_told_of_once_one_before_it_is_known_to_have_had_some() {
        let mut heard = Heard::default();
        assert_eq!([9, 8, 6, 5].map(|n| heard.no_trade(day(n))), [false; 4], "nothing is known of before");
        assert_eq!(heard.trade(day(7)), BTreeSet::from([day(8), day(9)]));
        assert_eq!(heard.trade(day(4)), BTreeSet::from([day(5), day(6)]));
        assert!(!heard.no_trade(day(3)), "the shop had not opened");
        assert!(heard.no_trade(day(10)));
        assert_eq!(heard.days().len(), 8);
        assert!(heard.trade(day(11)).is_empty());
    }

    #[tokio::test]
    async fn it_is_there_after_a_restart() {
        let store = MemoryStore::new(Model::new());
        let mchid = Mchid::parse("1900000001").unwrap();
        assert_eq!(Heard::read(&store, &mchid).await.unwrap(), Heard::default());
        let mut heard = Heard::default();
        heard.no_trade(day(1));
        heard.trade(day(2));
        heard.no_trade(day(3));
        heard.keep(&store, &mchid).await.unwrap();
        assert_eq!(Heard::read(&store, &mchid).await.unwrap(), heard);
        heard.forget_before(day(3));
        assert_eq!(heard.days(), &BTreeSet::from([day(3)]));
        assert!(heard.no_trade(day(4)), "the first day with trade is not forgotten");
        store.put_setting(&name(&mchid), b"nonsense").await.unwrap();
        assert_eq!(Heard::read(&store, &mchid).await.unwrap(), Heard::default());
    }
}
