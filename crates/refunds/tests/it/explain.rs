//! What is told of a waiting refund and of its pool, by hand-made past days.

use std::sync::Arc;

use jiff::civil::time;
use jiff::{SignedDuration, Timestamp};
use refunds::batch::{Change, Entry};
use refunds::key::RefundKey;
use refunds::need::{Need, NeedSource, UNKNOWN_HIGH};
use refunds::outcome::Evidence;
use refunds::policy::Policy;
use refunds::pool::estimate::{Payment, Pool};
use refunds::pool::exchange::Night;
use refunds::pool::explain::{
    Crowd, Explanation, Keeping, NextAttempt, Remedy, Shortfall, Waiting, explain, explain_pool, outlook,
    promise_kept,
};
use refunds::pool::outlook::{Looker, Outlook};
use refunds::pool::past::{Curve, PastDay, Promises};
use refunds::pool::price::Spent;
use refunds::pool::reservation::Reservation;
use refunds::refund::{Acceptance, Attempts, Class, Place, Promise, Refund, State, Why};
use refunds::step::Cause;
use wechatpay::calendar::Calendar;
use wechatpay::china::ChinaDay;
use wechatpay::money::Currency;

use crate::sample::{noon, queued, receipt};

/// `count` days before the sample's, each of which brought 1000 fen an hour from 9 to 21, and how much of that we knew.
fn days(count: i32, seen: i64) -> Vec<PastDay> {
    let today = ChinaDay::of(noon());
    let day = |back: i32| PastDay {
        pool: Currency::CNY,
        day: today.plus_days(-back),
        paid: Curve::of((9..22).map(|hour| (time(hour, 0, 0, 0), 1_000))),
        refunded: 0,
        seen,
        accepted: 0,
        promises: Promises { kept: 9, broken: u32::from(back == 1) },
        night: Night::default(),
        spent: Spent::default(),
    };
    (1..=count).rev().map(day).collect()
}

/// Today at noon: what an ordinary day has brought by then.
fn pool() -> Pool {
    let mut pool = Pool::empty(Currency::CNY, ChinaDay::of(noon()));
    pool.paid(None, Some(Payment { amount: 3_000, is_confirmed: true }));
    pool
}

fn foreseen(seen: i64) -> Outlook {
    outlook(days(10, seen), None, &pool(), Arc::new(Calendar::bundled())).unwrap()
}

fn need(amount: i64) -> Need {
    Need { low: amount, best: amount, high: amount, source: NeedSource::Exact }
}

/// A refund that met NOT ENOUGH at noon and is stored to go again in an hour.
fn waiting(amount: i64) -> Refund {
    let not_before = Some(noon() + SignedDuration::from_hours(1));
    Refund {
        need: need(amount),
        attempts: Attempts { count: 1, ..Attempts::default() },
        state: State::Waiting { why: Why::Funds, since: noon(), not_before },
        ..queued()
    }
}

fn crowd(class: Class, bucket: u8, count: u64, need: i64) -> Crowd {
    Crowd { place: Place { pool: Currency::CNY, class, bucket }, count, need }
}

fn told(refund: &Refund, outlook: Option<&Outlook>, crowds: &[Crowd], now: Timestamp) -> Explanation {
    explain(refund, &pool(), outlook, None, crowds, &Policy::default(), now)
}

#[test]
fn smaller_ones_and_half_of_its_own_kind_stand_before_a_refund() {
    use Class::{Deadline, Normal};
    let own = crowd(Normal, 9, 1, 600);
    // Those that wait with the refund of 600, and those before it.
    for (crowds, expected) in [
        (vec![own], (0, 0)),
        (vec![own, crowd(Normal, 3, 2, 20), crowd(Deadline, 8, 1, 300)], (3, 320)),
        (vec![own, crowd(Normal, 10, 5, 9_000)], (0, 0)),
        (vec![crowd(Normal, 9, 5, 3_000)], (2, 1_200)),
        (vec![crowd(Normal, 9, 2, 1_200)], (1, 600)),
        (vec![own, crowd(Deadline, 9, 1, 900)], (1, 900)),
        (vec![own, crowd(Normal, 60, 7, 1 << 40)], (0, 0)),
    ] {
        let before = Waiting::before(&waiting(600), &crowds);
        assert_eq!((before.count, before.need), expected, "{crowds:?}");
    }
    let with_a_deadline = Refund { deadline: Some(noon()), ..waiting(600) };
    let crowds = [crowd(Deadline, 9, 1, 600), crowd(Normal, 9, 4, 2_400)];
    assert_eq!(Waiting::before(&with_a_deadline, &crowds), Waiting::default());
}

#[test]
fn other_pools_are_not_counted_and_unknown_needs_stand_apart() {
    let mut other = crowd(Class::Normal, 1, 3, 6);
    other.place.pool = Currency::USD;
    let crowds = [other, crowd(Class::Normal, 1, 2, 4), crowd(Class::Normal, 60, 5, 1 << 50)];
    assert_eq!(Waiting::of(Currency::CNY, &crowds), Waiting { count: 7, need: 4, unknown: 5 });
}

#[test]
fn the_shortfall_follows_from_what_today_and_the_days_in_sight_bring() {
    let outlook = foreseen(13_000);
    let (wait, more, split) = (Remedy::Wait, Remedy::MorePayments, Remedy::Split);
    let last_ways = [Remedy::RechargeAccount, Remedy::AskWechatPay, Remedy::PayOutside];
    for (amount, missing, shortfall, remedies) in [
        (1_000, 0, Shortfall::None, vec![wait]),
        (3_000, 0, Shortfall::None, vec![wait]),
        (3_001, 1, Shortfall::Small, vec![wait, more]),
        (12_500, 9_500, Shortfall::Small, vec![wait, more]),
        (16_000, 13_000, Shortfall::Large, vec![wait, more, split]),
        (30_000, 27_000, Shortfall::BeyondAnyDay, [&[wait, more, split], &last_ways[..]].concat()),
    ] {
        let told = told(&waiting(amount), Some(&outlook), &[], noon());
        let forecast = told.forecast.unwrap();
        assert_eq!((told.missing, forecast.shortfall), (Some(missing), shortfall), "{amount}");
        assert_eq!(told.remedies, remedies, "{amount}");
    }
}

#[test]
fn a_refund_leaves_when_an_ordinary_day_has_brought_what_is_missing() {
    let forecast = told(&waiting(5_000), Some(&foreseen(13_000)), &[], noon()).forecast.unwrap();
    let (leaves, afternoon) = (forecast.leaves, noon() + SignedDuration::from_hours(2));
    assert_eq!(leaves.certainty, 0.9);
    assert!(leaves.from > Some(noon()) && leaves.from <= leaves.likely_by);
    assert!(leaves.likely_by <= Some(leaves.by) && leaves.by <= afternoon, "{leaves:?}");
    assert!(forecast.today() > 0.99);
    assert_eq!(forecast.by_day.len(), 8);
    assert!(forecast.by_day.is_sorted_by(|day, next| day.day < next.day && day.left_by <= next.left_by));
}

#[test]
fn a_window_that_no_day_in_sight_ends_says_how_likely_it_is_to_end_with_them() {
    let forecast = told(&waiting(18_000), Some(&foreseen(13_000)), &[], noon()).forecast.unwrap();
    assert_eq!(forecast.leaves.by, ChinaDay::of(noon()).plus_days(7).end());
    assert!(forecast.leaves.certainty < 0.9, "{forecast:?}");
    assert_eq!(forecast.leaves.certainty, forecast.by_day[7].left_by);
}

#[test]
fn those_before_it_make_a_refund_wait_longer_and_can_be_held_back() {
    let outlook = foreseen(13_000);
    let crowds = [crowd(Class::Normal, 4, 100, 2_000), crowd(Class::Normal, 12, 1, 5_000)];
    let (alone, behind) = (
        told(&waiting(5_000), Some(&outlook), &[], noon()),
        told(&waiting(5_000), Some(&outlook), &crowds, noon()),
    );
    assert_eq!((behind.before.count, behind.missing), (100, Some(4_000)));
    assert!(behind.forecast.unwrap().leaves.by > alone.forecast.unwrap().leaves.by);
    assert!(behind.remedies.contains(&Remedy::HoldOthers) && !alone.remedies.contains(&Remedy::HoldOthers));
}

#[test]
fn where_payments_are_seen_a_payment_brings_the_next_attempt_and_else_a_time_does() {
    let next = |refund: &Refund, seen| told(refund, Some(&foreseen(seen)), &[], noon()).next;
    assert_eq!(next(&waiting(9_000), 13_000), Some(NextAttempt::WhenItFits));
    assert!(matches!(next(&waiting(9_000), 0), Some(NextAttempt::At(at)) if at > noon()));
    let state = State::Waiting { why: Why::Funds, since: noon(), not_before: None };
    let wanted_now = Refund { state, ..waiting(9_000) };
    assert_eq!([next(&wanted_now, 13_000), next(&wanted_now, 0)], [None; 2]);
    let state = State::Waiting { why: Why::Rate, since: noon(), not_before: Some(noon()) };
    assert_eq!(next(&Refund { state, ..waiting(9_000) }, 0), None);
}

#[test]
fn without_enough_past_days_nothing_is_foretold_and_what_is_known_still_told() {
    let calendar = Arc::new(Calendar::bundled());
    assert!(outlook(days(6, 13_000), None, &pool(), Arc::clone(&calendar)).is_none());
    let promise = Promise { made_at: noon(), by: noon() };
    let refund = Refund { promise: Some(promise), ..waiting(5_000) };
    let known = told(&refund, None, &[crowd(Class::Normal, 4, 1, 20)], noon());
    assert_eq!((known.why, known.missing, known.before.count), (Some(Why::Funds), Some(2_020), 1));
    assert_eq!((known.forecast, known.next, known.promise), (None, None, Some(promise)));
    assert_eq!(known.remedies, [Remedy::Wait, Remedy::MorePayments]);
    // Two days later.
    let later = told(&refund, None, &[], noon() + SignedDuration::from_hours(48));
    assert!(later.remedies.contains(&Remedy::AskWechatPay));
    let nothing_is_known = Pool::empty(Currency::CNY, ChinaDay::of(noon()));
    let told = explain(&refund, &nothing_is_known, None, None, &[], &Policy::default(), noon());
    assert_eq!(told.missing, None);
    // Another currency's days say nothing of this pool.
    let mut others = days(10, 13_000);
    others.iter_mut().for_each(|day| day.pool = Currency::USD);
    assert!(outlook(others, None, &pool(), calendar).is_none());
}

#[test]
fn of_an_unknown_need_nothing_is_foretold() {
    let unknown = Need { low: 0, best: UNKNOWN_HIGH, high: UNKNOWN_HIGH, source: NeedSource::Unknown };
    let told = told(&Refund { need: unknown, ..waiting(1) }, Some(&foreseen(13_000)), &[], noon());
    assert_eq!((told.missing, told.forecast, told.next), (None, None, None));
}

#[test]
fn a_refund_that_does_not_wait_for_funds_has_no_remedies() {
    let told = told(&queued(), Some(&foreseen(13_000)), &[], noon());
    assert_eq!((told.why, told.remedies), (None, vec![]));
    assert_eq!(told.forecast.unwrap().shortfall, Shortfall::None);
}

#[test]
fn a_promise_is_kept_or_broken_once_when_the_refund_leaves() {
    let minute = SignedDuration::from_mins(1);
    let acceptance = Acceptance { refund_id: receipt().refund_id, at: noon(), payer_refund: None };
    let (taken, promise) = (State::Processing(acceptance), Promise { made_at: noon(), by: noon() + minute });
    let entry = |from, to, at| Entry {
        n: 1,
        at,
        cause: Cause::Accepted,
        from,
        to,
        attempts: 1,
        evidence: Evidence::default(),
    };
    for (state, promise, entries, expected) in [
        (&taken, Some(promise), vec![entry("submitting", "processing", noon() + minute)], Some(true)),
        (&taken, Some(promise), vec![entry("unclear", "processing", noon() + minute * 2)], Some(false)),
        (&taken, Some(promise), vec![entry("processing", "abnormal", noon())], None),
        (&taken, None, vec![entry("submitting", "processing", noon())], None),
        (&State::Queued, Some(promise), vec![entry("submitting", "waiting", noon())], None),
    ] {
        let refund = Refund { state: state.clone(), promise, ..waiting(100) };
        let change =
            Change { expected_version: 1, refund, entries, place_before: None, need_before: 0, place: None };
        assert_eq!(promise_kept(&change), expected, "{change:?}");
    }
}

#[test]
fn a_pool_tells_what_it_expects_and_how_its_promises_were_kept() {
    let (outlook, today) = (foreseen(13_000), ChinaDay::of(noon()));
    let mut pool = pool();
    pool.score(noon(), noon());
    let all = |need| explain_pool(&pool, &outlook, Waiting { count: 1, need, unknown: 0 }, noon());
    let told = all(9_000);
    assert_eq!(told.left.unwrap().probably, 3_000);
    assert_eq!(told.expected_by_hour.len(), 24);
    assert!((12_900..=13_100).contains(&told.expected_by_hour[23]), "{:?}", told.expected_by_hour);
    assert_eq!(told.scores.first().unwrap().0, today.plus_days(-10));
    assert_eq!(told.scores[9], (today.plus_days(-1), Promises { kept: 9, broken: 1 }));
    assert_eq!(told.scores[10], (today, Promises { kept: 1, broken: 0 }));
    assert!(told.promises_at < 0.9, "nearly all were kept");
    assert!(told.all_leave_today > 0.99 && all(30_000).all_leave_today < 0.01);
    assert_eq!(all(0).all_leave_today, 1.0);
    let blind = explain_pool(&pool, &foreseen(0), Waiting::default(), noon());
    assert_eq!(blind.left, None);
}

#[test]
fn what_yesterday_left_is_counted_on_until_its_hour_and_not_beyond() {
    let today = ChinaDay::of(noon());
    let midnight = |minutes| today.start() + SignedDuration::from_mins(minutes);
    let mut past = days(10, 13_000);
    past.iter_mut().skip(5).for_each(|past| past.night.refundable_at = Some(8_400));
    let mut yesterday = Pool::empty(Currency::CNY, today.plus_days(-1)).today;
    (yesterday.confirmed, yesterday.accepted) = (13_000, 3_000);
    let mut pool = Pool::empty(Currency::CNY, today);
    let outlook = outlook(past, Some(yesterday), &pool, Arc::new(Calendar::bundled())).unwrap();
    assert_eq!(outlook.next_exchange(&pool), today.end() + SignedDuration::from_mins(140));
    pool.carried = outlook.overnight().carried(&pool.today, midnight(30));
    assert_eq!(outlook.next_exchange(&pool), midnight(140));
    let leaves = |need| outlook.leaving(need, 0, &pool, midnight(30)).with(0.5);
    assert_eq!(leaves(10_000), Some(midnight(30)));
    // By ten the day has brought what is missing beside the rest, but that is gone by then: it must bring all of it.
    assert!(leaves(11_000).unwrap() > midnight(19 * 60), "{:?}", leaves(11_000));
    let told = explain_pool(&pool, &outlook, Waiting::default(), midnight(30));
    assert_eq!(told.left.unwrap().probably, 10_000);
    pool.accepted(4_000, midnight(31));
    assert_eq!((pool.best(), pool.low(), pool.today.night.drawn), (Some(6_000), 0, 4_000));
    pool.let_go_of_yesterday(midnight(140));
    assert_eq!((pool.best(), pool.drawn()), (None, 0), "today is untouched");
}

#[test]
fn where_nothing_is_seen_past_days_say_what_yesterday_left() {
    let today = ChinaDay::of(noon());
    let now = today.start() + SignedDuration::from_mins(30);
    let mut past = days(10, 0);
    past.iter_mut().skip(5).for_each(|past| past.night.refundable_at = Some(8_400));
    let mut pool = Pool::empty(Currency::CNY, today);
    let after = |accepted| {
        let mut yesterday = Pool::empty(Currency::CNY, today.plus_days(-1)).today;
        yesterday.accepted = accepted;
        outlook(past.clone(), Some(yesterday), &pool, Arc::new(Calendar::bundled())).unwrap()
    };
    let left = after(0).overnight().surely;
    assert!((8_000..12_000).contains(&left), "nine days of ten bring so much: {left}");
    let outlook = after(3_000);
    assert_eq!(outlook.overnight().surely, left - 3_000);
    let looker =
        Looker { need: left - 3_000, is_first: false, is_kept_for: false, waited: SignedDuration::ZERO };
    let look = |pool: &Pool| outlook.next_look(looker, pool, 0.15, now);
    assert!(look(&pool).is_none_or(|at| at > now + SignedDuration::from_hours(8)));
    pool.carried = outlook.overnight().carried(&pool.today, now);
    assert_eq!((look(&pool), outlook.room_unseen(&pool, now)), (Some(now), left - 3_000));
    let at_last = |need| outlook.fits_at_last(Looker { need, ..looker }, &pool);
    assert!(at_last(left - 3_000) > 0.98);
    assert!(at_last(left) < 0.02, "no day brings 3000 by then");
}

#[test]
fn what_is_kept_for_another_refund_is_missing_to_the_others_and_not_to_that_one() {
    let outlook = foreseen(13_000);
    // Half a day's flow, which at noon can do without some of what is there: as much again is still to come.
    let large = Refund { need: need(7_000), ..waiting(7_000) };
    let reserved = Reservation::of(&large, outlook.to_come(&pool(), noon()));
    assert!((2_000..4_000).contains(&reserved.amount), "{reserved:?}");
    let other = RefundKey::new(&large.identity.mchid, "01JZ0000000000000000000001").unwrap();
    let small = Refund { key: other, ..waiting(2_000) };
    let explained = |refund: &Refund, reserved: Option<&Reservation>| {
        explain(refund, &pool(), Some(&outlook), reserved, &[], &Policy::default(), noon())
    };
    let free = explained(&small, None);
    assert_eq!((free.keeping, free.missing), (None, Some(0)));
    let kept = explained(&small, Some(&reserved));
    assert_eq!(kept.keeping, Some(Keeping::ForAnother { amount: reserved.amount }));
    assert_eq!(kept.missing, Some(reserved.amount - 1_000), "three thousand were there");
    assert!(kept.forecast.unwrap().leaves.by > free.forecast.unwrap().leaves.by);
    let own = explained(&large, Some(&reserved));
    assert_eq!((own.keeping, own.missing), (Some(Keeping::ForThis), Some(4_000)));
}
