//! When a refund looks into a pool of which nothing is seen, by hand-made past days.

use std::sync::Arc;

use jiff::civil::{Time, date, time};
use jiff::{SignedDuration, Timestamp};
use refunds::need::{Need, NeedSource};
use refunds::pool::estimate::Pool;
use refunds::pool::exchange::Night;
use refunds::pool::outlook::{Looker, Outlook};
use refunds::pool::past::{Curve, PastDay, Promises};
use refunds::pool::price::Spent;
use wechatpay::calendar::Calendar;
use wechatpay::china::ChinaDay;
use wechatpay::money::Currency;

/// How many refusals may be spent in a full hour of waiting.
const PER_HOUR: f64 = 0.5;

/// A Wednesday.
fn today() -> ChinaDay {
    ChinaDay::from_date(date(2026, 3, 25))
}

fn at(hour: i64, minute: i64) -> Timestamp {
    today().start() + SignedDuration::from_mins(60 * hour + minute)
}

/// Three weeks of which nothing was seen, each day with these payments.
fn weeks(payments: impl Fn(i32) -> Vec<(Time, i64)>, spent: Spent) -> Outlook {
    let day = |back: i32| PastDay {
        pool: Currency::CNY,
        day: today().plus_days(-back),
        paid: Curve::of(payments(back)),
        refunded: 0,
        seen: 0,
        accepted: 0,
        promises: Promises::default(),
        night: Night::default(),
        spent,
    };
    Outlook::of((1..=21).rev().map(day).collect(), today(), Arc::new(Calendar::bundled()))
}

/// A shop that sells for 1000 fen every five minutes from nine to nine.
fn shop(_: i32) -> Vec<(Time, i64)> {
    (9..21).flat_map(|hour| (0..12).map(move |n| (time(hour, 5 * n, 0, 0), 1_000))).collect()
}

fn empty() -> Pool {
    Pool::empty(Currency::CNY, today())
}

fn looker(need: i64) -> Looker {
    Looker { need, is_first: false, is_kept_for: false, waited: SignedDuration::ZERO }
}

/// After how many hours of the day a refund looks next.
fn hour_of(look: Option<Timestamp>) -> f64 {
    look.map_or(f64::INFINITY, |at| at.duration_since(today().start()).as_secs_f64() / 3_600.0)
}

#[test]
fn before_the_doors_open_nobody_is_thought_to_fit() {
    let (outlook, small) = (weeks(shop, Spent::default()), looker(3_000));
    assert!(outlook.fits_unseen(small, &empty(), at(7, 0)) < 0.01);
    assert!(outlook.fits_unseen(small, &empty(), at(12, 0)) > 0.9);
    let look = hour_of(outlook.next_look(small, &empty(), PER_HOUR, at(7, 0)));
    assert!((9.0..10.5).contains(&look), "{look}");
}

#[test]
fn the_dearer_a_refusal_the_later_the_next_look() {
    let large = looker(60_000);
    let look = |refusals, hours| {
        let outlook = weeks(shop, Spent { refusals, hours });
        hour_of(outlook.next_look(large, &empty(), PER_HOUR, at(10, 0)))
    };
    let (cheap, usual, dear) = (look(0, 100), look(18, 100), look(26, 100));
    assert!(cheap < usual && usual < dear, "{cheap} {usual} {dear}");
}

#[test]
fn who_has_waited_for_hours_looks_sooner_where_little_was_spent_or_waited() {
    let look = |hours, spent| {
        let outlook = weeks(shop, spent);
        let waited = SignedDuration::from_hours(hours);
        hour_of(outlook.next_look(Looker { waited, ..looker(60_000) }, &empty(), PER_HOUR, at(10, 0)))
    };
    let nothing = Spent::default();
    assert!(look(12, nothing) < look(0, nothing), "{} {}", look(12, nothing), look(0, nothing));
    let much = Spent { refusals: 54, hours: 100 };
    assert_eq!(look(12, much), look(0, much), "what many others have shown weighs more");
}

#[test]
fn a_look_that_was_planned_is_still_worth_it_when_its_time_has_come() {
    // No past day brought enough.
    let (outlook, large) = (weeks(shop, Spent { refusals: 0, hours: 100 }), looker(1_000_000));
    let mut pool = empty();
    let need = Need { low: 1_000_000, best: 1_000_000, high: 1_000_000, source: NeedSource::Exact };
    for refused_at in [at(0, 30), at(12, 0), at(21, 30)] {
        pool.refused(&need, refused_at);
        let mut now = refused_at;
        let planned = outlook.next_look(large, &pool, PER_HOUR, now).unwrap();
        while now < planned {
            assert_eq!(outlook.next_look(large, &pool, PER_HOUR, now), Some(planned), "looked at {now}");
            now += SignedDuration::from_mins(10);
        }
        assert_eq!(outlook.next_look(large, &pool, PER_HOUR, planned), Some(planned));
    }
}

#[test]
fn the_first_look_costs_nothing_and_is_not_later_than_a_further_one() {
    let outlook = weeks(shop, Spent { refusals: 30, hours: 100 });
    let look = |is_first| {
        hour_of(outlook.next_look(Looker { is_first, ..looker(60_000) }, &empty(), PER_HOUR, at(10, 0)))
    };
    assert!(look(true) < look(false), "{} {}", look(true), look(false));
}

#[test]
fn a_refund_larger_than_any_day_looks_once_before_the_day_ends() {
    let outlook = weeks(shop, Spent { refusals: 18, hours: 100 });
    let look = hour_of(outlook.next_look(looker(1_000_000), &empty(), PER_HOUR, at(10, 0)));
    assert!((21.0..24.0).contains(&look), "{look}");
}

#[test]
fn where_payments_are_few_their_past_minutes_are_not_taken_for_those_of_today() {
    // One payment at ten and one at six in the evening, to the minute, every day.
    let sparse = weeks(|_| vec![(time(10, 0, 0, 0), 5_000), (time(18, 0, 0, 0), 5_000)], Spent::default());
    let (early, late) = (at(17, 0), at(19, 30));
    let fits = |now| sparse.fits_unseen(looker(8_000), &empty(), now);
    assert!(fits(early) > 0.1, "it may come an hour earlier: {}", fits(early));
    assert!(fits(late) < 0.95, "it may come later: {}", fits(late));
}

#[test]
fn where_payments_are_few_a_refund_is_looked_for_in_an_evening_that_brought_enough_on_no_day() {
    // Every other day brings much in the morning alone, and the others little then and something in the evening.
    let much = vec![(time(9, 0, 0, 0), 4_000), (time(11, 0, 0, 0), 6_000)];
    let little = vec![(time(9, 0, 0, 0), 500), (time(11, 0, 0, 0), 500), (time(20, 0, 0, 0), 6_000)];
    let day = |back: i32| if back % 2 == 0 { much.clone() } else { little.clone() };
    let outlook = weeks(day, Spent { refusals: 0, hours: 100 });
    let mut pool = empty();
    let need = Need { low: 13_000, best: 13_000, high: 13_000, source: NeedSource::Exact };
    pool.refused(&need, at(12, 0));
    let mut told = outlook.clone();
    told.heed(&pool);
    let look = |outlook: &Outlook| hour_of(outlook.next_look(looker(13_000), &pool, PER_HOUR, at(12, 0)));
    assert!((16.0..22.0).contains(&look(&told)), "about when the others had it: {}", look(&told));
    assert!(told.fits_at_last(looker(13_000), &pool) > 0.1, "{}", told.fits_at_last(looker(13_000), &pool));
}
