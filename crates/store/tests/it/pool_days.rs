//! Pools by the day: the owner's own books, and what is told of days that are past.

use jiff::civil::time;
use refunds::batch::PoolDay;
use refunds::intake::Arrival;
use refunds::order::Source;
use refunds::pool::contribution::Contribution;
use refunds::pool::exchange::Night;
use refunds::pool::past::{Curve, PastDay, Promises};
use refunds::pool::price::Spent;
use store::intake::NewPastDay;
use store::{Store, StoreError};
use wechatpay::china::ChinaDay;
use wechatpay::ids::SubMchid;
use wechatpay::money::Currency;

use crate::world::{batch, direct, institution, noon, refund_key, set_up};

crate::on_every_store! {
    a_past_day_is_news_once
    a_past_day_gives_way_to_an_equal_or_better_word_only
    the_newest_past_days_of_each_pool_are_read_oldest_first
    what_the_owner_saw_of_a_past_day_stands_beside_what_was_told_of_it
    the_owners_books_of_a_pool_are_read_by_day
    a_past_day_needs_its_merchant_id
    a_new_owner_reads_what_sub_merchants_brought_and_how_far_their_reports_held
}

/// The `n`-th of March.
fn day(n: i32) -> ChinaDay {
    ChinaDay::of(noon()).plus_days(n - 2)
}

/// A day that brought `paid` in the morning.
pub(crate) fn past_day(pool: Currency, day: ChinaDay, paid: i64, source: Source) -> NewPastDay {
    let paid = Curve::of([(time(9, 30, 0, 0), paid), (time(9, 40, 0, 0), 1)]);
    NewPastDay { mchid: direct(), pool, day, paid, refunded: 7, source, at: noon() }
}

fn cny(n: i32, paid: i64) -> NewPastDay {
    past_day(Currency::CNY, day(n), paid, Source::Platform)
}

/// What is kept: pool, day and what was paid.
async fn kept(store: &impl Store, limit: usize) -> Vec<(Currency, ChinaDay, i64)> {
    let days = store.past_days(&direct(), limit).await.unwrap();
    days.into_iter().map(|past| (past.pool, past.day, past.paid.total())).collect()
}

async fn a_past_day_is_news_once(store: &impl Store) {
    set_up(store).await;
    assert_eq!(store.record_past_day(cny(1, 500)).await, Ok(true));
    assert_eq!(store.record_past_day(cny(1, 500)).await, Ok(false));
    let intake = store.intake(&direct(), 10).await.unwrap();
    let arrivals: Vec<&Arrival> = intake.items.iter().map(|item| &item.what).collect();
    assert_eq!(arrivals, [&Arrival::PastDay(day(1))]);
    assert!(intake.page.refunds.is_empty() && intake.page.orders.is_empty());
}

async fn a_past_day_gives_way_to_an_equal_or_better_word_only(store: &impl Store) {
    set_up(store).await;
    let tell = async |paid, source| {
        store.record_past_day(past_day(Currency::CNY, day(1), paid, source)).await.unwrap()
    };
    assert!(tell(100, Source::Reported).await);
    assert!(tell(200, Source::Reported).await, "a report corrects itself");
    assert!(!tell(300, Source::Claimed).await);
    assert_eq!(kept(store, 10).await, [(Currency::CNY, day(1), 201)]);
    assert!(tell(200, Source::Platform).await, "the same on a better word");
    assert!(!tell(300, Source::Reported).await);
    assert_eq!(kept(store, 10).await, [(Currency::CNY, day(1), 201)]);
    assert!(tell(400, Source::Platform).await);
    assert_eq!(kept(store, 10).await, [(Currency::CNY, day(1), 401)]);
    assert_eq!(store.intake(&direct(), 10).await.unwrap().items.len(), 4);
}

async fn the_newest_past_days_of_each_pool_are_read_oldest_first(store: &impl Store) {
    set_up(store).await;
    for n in [3, 1, 4, 2] {
        store.record_past_day(cny(n, i64::from(n))).await.unwrap();
    }
    store.record_past_day(past_day(Currency::HKD, day(1), 9, Source::Reported)).await.unwrap();
    let (cny, hkd) = (Currency::CNY, Currency::HKD);
    assert_eq!(kept(store, 2).await, [(cny, day(3), 4), (cny, day(4), 5), (hkd, day(1), 10)]);
    assert_eq!(kept(store, 10).await.len(), 5);
    assert!(kept(store, 0).await.is_empty());
    assert!(store.past_days(&institution(), 10).await.unwrap().is_empty());
}

fn books(pool: Currency, day: ChinaDay, confirmed: i64) -> PoolDay {
    PoolDay {
        pool,
        day,
        confirmed,
        reported: 20,
        accepted: 300,
        returned: 40,
        told: vec![],
        promises: Promises { kept: 5, broken: 6 },
        spent: spent(),
        night: night(),
        kept_for: (pool == Currency::CNY).then(|| refund_key(&direct(), 1)),
    }
}

fn spent() -> Spent {
    Spent { refusals: 7, hours: 80 }
}

fn night() -> Night {
    Night { drawn: 30, refundable_at: Some(5_400), gone_at: None }
}

async fn keep_books(store: &impl Store, pools: Vec<PoolDay>) {
    let epoch = store.take_ownership(&direct(), "node").await.unwrap();
    let mut decided = batch(&direct(), epoch);
    decided.pools = pools;
    store.commit(decided).await.unwrap();
}

async fn what_the_owner_saw_of_a_past_day_stands_beside_what_was_told_of_it(store: &impl Store) {
    set_up(store).await;
    keep_books(store, vec![books(Currency::CNY, day(2), 1_000), books(Currency::HKD, day(1), 1)]).await;
    store.record_past_day(cny(1, 100)).await.unwrap();
    store.record_past_day(cny(2, 200)).await.unwrap();
    let told = |n| cny(n, 100 * i64::from(n)).paid;
    let unseen = PastDay {
        pool: Currency::CNY,
        day: day(1),
        paid: told(1),
        refunded: 7,
        seen: 0,
        accepted: 0,
        promises: Promises::default(),
        night: Night::default(),
        spent: Spent::default(),
    };
    let seen = PastDay {
        day: day(2),
        paid: told(2),
        seen: 1_020,
        accepted: 260,
        promises: Promises { kept: 5, broken: 6 },
        night: night(),
        spent: spent(),
        ..unseen.clone()
    };
    assert_eq!(store.past_days(&direct(), 10).await, Ok(vec![unseen, seen]));
}

async fn the_owners_books_of_a_pool_are_read_by_day(store: &impl Store) {
    set_up(store).await;
    let all: Vec<PoolDay> = (1..=4).map(|n| books(Currency::CNY, day(n), i64::from(n))).collect();
    keep_books(store, [all.clone(), vec![books(Currency::HKD, day(2), 9)]].concat()).await;
    assert_eq!(store.pool_days(&direct(), Currency::CNY, day(2)..=day(3)).await, Ok(all[1..3].to_vec()));
    assert_eq!(store.pool_days(&direct(), Currency::CNY, day(4)..=day(9)).await, Ok(all[3..].to_vec()));
    assert_eq!(store.pool_days(&institution(), Currency::CNY, day(1)..=day(9)).await, Ok(vec![]));
}

async fn a_past_day_needs_its_merchant_id(store: &impl Store) {
    let answer = store.record_past_day(cny(1, 1)).await;
    assert!(matches!(answer, Err(StoreError::NotThere { .. })), "{answer:?}");
}

async fn a_new_owner_reads_what_sub_merchants_brought_and_how_far_their_reports_held(store: &impl Store) {
    set_up(store).await;
    let known = |pool, sub_mchid: Option<&str>, judged| {
        let sub_mchid = sub_mchid.map(|text| SubMchid::parse(text).unwrap());
        let none = Contribution::none((pool, sub_mchid), day(2));
        Contribution { judged, confirmed: 3, unchecked: 4, brought: 5, brought_before: 6, ..none }
    };
    let decide = async |contributions| {
        let epoch = store.take_ownership(&direct(), "node").await.unwrap();
        let mut decided = batch(&direct(), epoch);
        decided.contributions = contributions;
        store.commit(decided).await.unwrap();
    };
    let (cny, hkd) = (Currency::CNY, Currency::HKD);
    decide(vec![known(hkd, None, 9), known(cny, Some("102"), 7), known(cny, None, 6)]).await;
    decide(vec![known(cny, Some("102"), 8)]).await;
    // Whatever the day: how far a report holds is not forgotten over night.
    let holding = store.holding(&direct(), day(5)).await.unwrap();
    let expected = vec![known(cny, None, 6), known(cny, Some("102"), 8), known(hkd, None, 9)];
    assert_eq!(holding.contributions, expected);
    assert_eq!(store.holding(&institution(), day(2)).await.unwrap().contributions, []);
}
