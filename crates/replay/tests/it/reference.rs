//! The greedy reference.

use jiff::Timestamp;
use proptest::prelude::*;
use refunds::pool::plan::midnight_pause;
use replay::history::{Happening, History, Trial};
use replay::pool::Pool;
use replay::reference::Reference;
use replay::sight::Share;

use crate::sample::{at, histories, history, share};

/// When the reference placed each refund, as `03-02 10:00:00`.
fn placed(history: &History, leak: Share) -> Vec<String> {
    let trial = history.trial(0).unwrap();
    times(&trial, |n| Reference::of(&trial, leak).placed_at(n))
}

fn times(trial: &Trial<'_>, time: impl Fn(usize) -> Option<Timestamp>) -> Vec<String> {
    let shown = |at: Timestamp| wechatpay::china::civil(at).strftime("%m-%d %H:%M:%S").to_string();
    (0..trial.refunds().len()).map(|n| time(n).map_or("never".into(), shown)).collect()
}

#[test]
fn whoever_fits_goes_in_the_order_of_requests_and_nobody_is_kept_behind_a_large_one() {
    let history = history(
        "03-02 10:00 paid 300
         03-02 11:00 paid 300
         03-02 12:00 paid 300
         03-02 09:00 R1 asks 500
         03-02 09:10 R2 asks 200
         03-02 10:30 R3 asks 100
         03-02 10:40 R4 asks 100
         03-02 10:50 R5 asks 9000",
    );
    assert_eq!(
        placed(&history, Share::NONE),
        ["03-02 12:00:00", "03-02 10:00:00", "03-02 10:30:00", "03-02 11:00:00", "never"]
    );
}

#[test]
fn the_pool_is_empty_after_midnight_and_nothing_is_placed_around_it() {
    let history = history(
        "03-02 23:59:54 paid 500
         03-02 23:59:56 paid 500
         03-03 00:00:02 paid 70
         03-03 00:00:04 paid 40
         03-03 10:00 paid 1000
         03-02 23:59:54 R1 asks 400
         03-02 23:59:55 R2 asks 100
         03-02 23:59:57 R3 asks 50
         03-03 00:00:03 R4 asks 60",
    );
    // R2 fits into what the new day has brought when the pause ends, and then nobody does.
    let expected = ["03-02 23:59:54", "03-03 00:00:05", "03-03 10:00:00", "03-03 10:00:00"];
    assert_eq!(placed(&history, Share::NONE), expected);
}

#[test]
fn what_leaks_is_not_there_for_the_reference_either() {
    let history = history(
        "03-02 10:00 paid 100
         03-02 11:00 paid 2
         03-02 12:00 paid 2
         03-02 09:00 R1 asks 100",
    );
    assert_eq!(placed(&history, Share::NONE), ["03-02 10:00:00"]);
    // 3 of 100 and of 102 are gone, and 3 of 104.
    assert_eq!(placed(&history, share(30_000)), ["03-02 12:00:00"]);
}

/// The same rule, said without any cleverness.
fn brute_force(trial: &Trial<'_>, leak: Share) -> Vec<Option<Timestamp>> {
    let mut pool = Pool::new(trial.first_day(), leak);
    let mut waiting: Vec<usize> = vec![];
    let mut placed = vec![None; trial.refunds().len()];
    let mut moments: Vec<Timestamp> = trial.happenings().map(|happening| happening.at()).collect();
    moments.extend(moments.clone().into_iter().filter_map(midnight_pause));
    moments.sort();
    moments.dedup();
    let mut happenings = trial.happenings().peekable();
    for now in moments.into_iter().filter(|now| *now <= trial.ends()) {
        loop {
            let happening = happenings.next_if(|happening| happening.at() == now);
            match happening {
                Some(Happening::Paid(_, payment)) => pool.pay(payment),
                Some(Happening::Asked(n, _)) => waiting.push(n),
                None => {}
            }
            if midnight_pause(now).is_none() {
                waiting.retain(|&n| {
                    let is_placed = pool.take(trial.refunds()[n].amount_fen, now);
                    if is_placed {
                        placed[n] = Some(now);
                    }
                    !is_placed
                });
            }
            if happening.is_none() {
                break;
            }
        }
    }
    placed
}

proptest! {
    #[test]
    fn the_fast_reference_is_the_plain_one(history in histories(), leak in 0u32..200_000) {
        let Ok(trial) = history.trial(0) else { return Ok(()) };
        let plain = brute_force(&trial, share(leak));
        let fast = Reference::of(&trial, share(leak));
        prop_assert_eq!(times(&trial, |n| fast.placed_at(n)), times(&trial, |n| plain[n]));
    }
}

#[test]
fn at_the_same_instant_payments_come_first() {
    let history = history(
        "03-02 10:00 paid 100
         03-02 10:00 R1 asks 100",
    );
    assert_eq!(placed(&history, Share::NONE), ["03-02 10:00:00"]);
    let trial = history.trial(0).unwrap();
    let order: Vec<Timestamp> = trial.happenings().map(|happening| happening.at()).collect();
    assert_eq!(order, [at("03-02 10:00"); 2]);
}
