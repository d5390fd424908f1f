//! Histories for tests: written down, or drawn by a seed.

use jiff::{SignedDuration, Timestamp};
use proptest::prelude::*;
use replay::history::{AskedRefund, History, Payment, Trial};
use replay::policies::named;
use replay::run::Run;
use replay::sight::{Share, Sight};

/// The instant written as `03-02 10:00`, seconds if need be, in China time of 2026.
pub(crate) fn at(text: &str) -> Timestamp {
    let (date, time) = text.split_once(' ').unwrap();
    let seconds = if time.len() == 5 { ":00" } else { "" };
    format!("2026-{date}T{time}{seconds}+08:00").parse().unwrap()
}

/// The history written line by line: `03-02 10:00 paid 500` and `03-02 10:05 R1 asks 300`, `R1 of S1` if it has a share.
pub(crate) fn history(text: &str) -> History {
    let mut history = History::default();
    for line in text.lines().map(str::trim).filter(|line| !line.is_empty()) {
        let words: Vec<&str> = line.split_whitespace().collect();
        let at = at(&format!("{} {}", words[0], words[1]));
        let amount_fen = words.last().unwrap().parse().unwrap();
        if words[2] == "paid" {
            history.pay(Payment { at, amount_fen }).unwrap();
        } else {
            let share = (words[3] == "of").then(|| words[4].to_owned());
            history.ask(AskedRefund { at, amount_fen, out_refund_no: words[2].to_owned(), share }).unwrap();
        }
    }
    history
}

/// What the policy called `policy` does in `trial` when it sees everything.
pub(crate) fn run(trial: &Trial<'_>, policy: &str) -> Run {
    run_with(trial, policy, Sight::FULL)
}

pub(crate) fn run_with(trial: &Trial<'_>, policy: &str, sight: Sight) -> Run {
    Run::of(trial, &named(policy, sight.seed).unwrap().policy, sight).unwrap()
}

/// The share of so many parts in a million.
pub(crate) fn share(ppm: u32) -> Share {
    Share::of_ppm(ppm).unwrap()
}

/// A few days of payments and refunds, some of them around midnight and some at the same instant.
pub(crate) fn histories() -> impl Strategy<Value = History> {
    let instant = (
        0i64..5,
        prop_oneof![4 => 0i64..86_400, 1 => 86_390i64..86_400, 1 => 0i64..10, 1 => Just(36_000i64)],
    )
        .prop_map(|(day, second)| day * 86_400 + second);
    let payments = proptest::collection::vec((instant.clone(), 1i64..2_000), 1..60);
    let refunds = proptest::collection::vec((instant, 1i64..3_000, 0u8..3), 1..25);
    (payments, refunds).prop_map(|(mut payments, mut refunds)| {
        let midnight = at("03-02 00:00");
        let mut history = History::default();
        payments.sort();
        refunds.sort();
        for (second, amount_fen) in payments {
            history.pay(Payment { at: midnight + SignedDuration::from_secs(second), amount_fen }).unwrap();
        }
        for (n, (second, amount_fen, share)) in refunds.into_iter().enumerate() {
            let at = midnight + SignedDuration::from_secs(second);
            let share = (share > 0).then(|| format!("S{share}"));
            history.ask(AskedRefund { at, amount_fen, out_refund_no: format!("N{n}"), share }).unwrap();
        }
        history
    })
}

/// Days of trade from ten to ten, with a refund for every tenth payment: enough that the answer to what is drawn is not
/// always the same.
pub(crate) fn trade(days: i64, seed: u64) -> History {
    let mut history = History::default();
    let mut state = seed;
    let mut draw = |below: i64| {
        // A mixer of 64 bits; any would do.
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        i64::try_from(state >> 33).unwrap() % below
    };
    let start = at("03-02 00:00");
    for day in 0..days {
        let mut payments: Vec<(i64, i64)> =
            (0..40).map(|_| (36_000 + draw(43_200), 500 + draw(9_500))).collect();
        payments.sort();
        let mut refunds: Vec<(i64, i64)> = (0..6).map(|_| (draw(86_400), 500 + draw(80_000))).collect();
        refunds.sort();
        let instant = |second| start + SignedDuration::from_secs(day * 86_400 + second);
        for (second, amount_fen) in payments {
            history.pay(Payment { at: instant(second), amount_fen }).unwrap();
        }
        for (n, (second, amount_fen)) in refunds.into_iter().enumerate() {
            let out_refund_no = format!("D{day}N{n}");
            history.ask(AskedRefund { at: instant(second), amount_fen, out_refund_no, share: None }).unwrap();
        }
    }
    history
}
