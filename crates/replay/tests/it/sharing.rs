//! Who leaves when many want the same money: large refunds among small ones, small sub-merchants beside a giant.

use jiff::{SignedDuration, Timestamp};
use refunds::policy::Policy;
use replay::figures::Figures;
use replay::history::{AskedRefund, History, Payment};
use replay::policies::named;
use replay::reference::Reference;
use replay::run::Run;
use replay::sight::{Share, Sight};

use crate::sample::{at, history, share};

const QUARTER: SignedDuration = SignedDuration::from_mins(15);

fn policy(reserve: bool, shares: bool) -> Policy {
    named("default", 0).unwrap().sharing(reserve, shares).policy
}

/// Forty days on which sixty payments of 10.00 come from nine in the morning on, and more small refunds than they cover; on the
/// thirty-third somebody asks for half of a day's flow.
fn stream_of_small_ones() -> (History, usize) {
    let mut history = History::default();
    let (mut large, mut asked) = (0, 0);
    for day in 0..40 {
        let opening = at("03-02 09:00") + SignedDuration::from_hours(24 * day);
        for n in 0..60 {
            history.pay(Payment { at: opening + QUARTER * n, amount_fen: 1_000 }).unwrap();
        }
        for n in 0..70 {
            if (day, n) == (32, 13) {
                large = asked;
                ask(&mut history, opening + QUARTER * 10, 30_000, "LARGE", None);
                asked += 1;
            }
            if day >= 30 {
                ask(
                    &mut history,
                    opening + SignedDuration::from_mins(12) * n,
                    900,
                    &format!("S{day}-{n}"),
                    None,
                );
                asked += 1;
            }
        }
    }
    (history, large)
}

fn ask(history: &mut History, at: Timestamp, amount_fen: i64, number: &str, share: Option<&str>) {
    let share = share.map(str::to_owned);
    history.ask(AskedRefund { at, amount_fen, out_refund_no: number.to_owned(), share }).unwrap();
}

#[test]
fn half_a_days_flow_leaves_within_three_days_though_small_ones_take_all_there_is() {
    let (history, large) = stream_of_small_ones();
    let trial = history.trial(30).unwrap();
    let asked_at = trial.refunds()[large].at;
    let accepted_at =
        |reserve, sight| Run::of(&trial, &policy(reserve, false), sight).unwrap().refunds[large].accepted_at;
    for sight in [
        Sight::FULL,
        Sight { seen: share(900_000), leak: share(30_000), seed: 1 },
        Sight { seen: Share::NONE, leak: Share::NONE, seed: 1 },
    ] {
        let left = accepted_at(true, sight).map(|at| at.duration_since(asked_at));
        assert!(left.is_some_and(|left| left <= SignedDuration::from_hours(72)), "{sight:?}: {left:?}");
    }
    assert_eq!(accepted_at(false, Sight::FULL), None, "and without a reservation they do take it all");
}

/// Sixty days of trade; ten sub-merchants ask for refunds of one size law, the first of them for four of five.
fn one_giant(seed: i64) -> History {
    let mut history = History::default();
    let mut asked = 0;
    for day in 0..60i64 {
        let opening = at("03-02 09:00") + SignedDuration::from_hours(24 * day);
        for n in 0..48 {
            let amount_fen = 1_000 + (n * 7_919 + day * 104_729 + seed * 15_485_863).rem_euclid(9_000);
            history.pay(Payment { at: opening + QUARTER * i32::try_from(n).unwrap(), amount_fen }).unwrap();
        }
        for n in 0..30 {
            let amount_fen = 2_000 + (n * 6_151 + day * 49_157 + seed * 98_317).rem_euclid(12_000);
            let owner = if n % 5 < 4 { 0 } else { 1 + (n / 5 + day).rem_euclid(9) };
            let at = opening - SignedDuration::from_hours(2) + SignedDuration::from_mins(9 * n);
            ask(&mut history, at, amount_fen, &format!("R{asked}"), Some(&format!("M{owner}")));
            asked += 1;
        }
    }
    history
}

#[test]
fn no_sub_merchant_waits_twice_as_long_as_all_though_one_brings_most_refunds() {
    for seed in 0..3 {
        let history = one_giant(seed);
        let trial = history.trial(30).unwrap();
        let reference = Reference::of(&trial, Share::NONE);
        let run = Run::of(&trial, &policy(false, true), Sight::FULL).unwrap();
        let figures = Figures::of(&trial, &reference, &run);
        let waits: Vec<(f64, f64)> = figures
            .shares
            .values()
            .map(|share| (share.accepted as f64, share.wait.mean_s.unwrap()))
            .collect();
        let all: f64 = waits.iter().map(|(count, _)| count).sum();
        let mean = waits.iter().map(|(count, wait)| count * wait).sum::<f64>() / all;
        assert!(mean > 60.0, "seed {seed}: nobody has to wait");
        for (name, share) in &figures.shares {
            let wait = share.wait.mean_s.unwrap();
            assert!(wait <= 2.0 * mean, "seed {seed}: {name} waits {wait} s, all {mean} s");
        }
        let giant = figures.shares["M0"].wait.mean_s.unwrap();
        assert!(giant >= mean, "seed {seed}: who brings most waits longest, {giant} s against {mean} s");
    }
}

/// When a refund of 200 that came `minutes` after one of 400 goes, if money for either comes at ten and again at twelve: by us and by
/// the reference.
fn half_as_large_and_later(minutes: u32) -> (Option<Timestamp>, Option<Timestamp>) {
    let history = history(&format!(
        "03-02 10:00 paid 400
         03-02 12:00 paid 400
         03-02 08:00 LARGE asks 400
         03-02 08:00:01 SMALL1 asks 200
         03-02 {:02}:{:02} SMALL2 asks 200",
        8 + minutes / 60,
        minutes % 60
    ));
    let trial = history.trial(0).unwrap();
    let run = Run::of(&trial, &policy(false, false), Sight::FULL).unwrap();
    (run.refunds[2].accepted_at, Reference::of(&trial, Share::NONE).placed_at(2))
}

#[test]
fn small_ones_overtake_what_came_shortly_before_and_leave_sooner_than_in_the_order_of_requests() {
    let (ten, twelve) = (Some(at("03-02 10:00")), Some(at("03-02 12:00")));
    assert_eq!(half_as_large_and_later(59), (ten, twelve));
    assert_eq!(half_as_large_and_later(61), (twelve, twelve), "an hour for half the need, and no longer");
}

#[test]
fn a_refund_that_no_day_fits_is_tried_once_a_day_late_unless_that_could_tell_nothing() {
    let mut history = History::default();
    for n in 0..40 * 24 {
        history.pay(Payment { at: at("03-02 00:30") + QUARTER * (4 * n), amount_fen: 1_000 }).unwrap();
    }
    ask(&mut history, at("04-06 10:00"), 1_000_000, "HUGE", None);
    let trial = history.trial(30).unwrap();
    let times = |sight| {
        let run = Run::of(&trial, &policy(false, false), sight).unwrap();
        run.attempts.iter().map(|attempt| wechatpay::china::civil(attempt.at)).collect::<Vec<_>>()
    };
    let tried = times(Sight { seen: share(900_000), leak: share(30_000), seed: 1 });
    let days: Vec<i8> = tried.iter().map(|time| time.day()).collect();
    assert_eq!(days, [6, 7, 8, 9]);
    assert!(tried.iter().all(|time| (time.hour(), time.minute() / 10) >= (23, 3)), "{tried:?}");
    assert_eq!(times(Sight::FULL), [], "every payment is seen, and they do not suffice");
}
