//! What holds for every history and every policy.

use std::collections::BTreeMap;

use proptest::prelude::*;
use replay::figures::Figures;
use replay::history::{Happening, Trial};
use replay::pool::Pool;
use replay::reference::Reference;
use replay::run::Run;
use replay::sight::{Share, Sight};

use crate::sample::{histories, run_with, share, trade};

const POLICIES: [&str; 5] = ["default", "fixed15", "fixed60", "daily", "exponential"];

/// Recounts `run` from its attempts alone, as somebody would who has only their list.
fn recount(trial: &Trial<'_>, leak: Share, run: &Run) -> Result<(), TestCaseError> {
    let mut pool = Pool::new(trial.first_day(), leak);
    let mut happenings = trial.happenings().peekable();
    let mut accepted_at = BTreeMap::new();
    for attempt in &run.attempts {
        while let Some(happening) = happenings.next_if(|happening| happening.at() <= attempt.at) {
            if let Happening::Paid(_, payment) = happening {
                pool.pay(payment);
            }
        }
        let refund = &trial.refunds()[attempt.refund];
        prop_assert!(attempt.at >= refund.at && attempt.at <= trial.ends(), "{attempt:?}");
        prop_assert!(
            !accepted_at.contains_key(&attempt.refund),
            "attempted after it was accepted: {attempt:?}"
        );
        if attempt.accepted {
            prop_assert!(pool.take(refund.amount_fen, attempt.at), "beyond the pool: {attempt:?}");
            accepted_at.insert(attempt.refund, attempt.at);
        }
    }
    for (n, refund) in run.refunds.iter().enumerate() {
        prop_assert_eq!(refund.accepted_at, accepted_at.get(&n).copied());
    }
    let figures = Figures::of(trial, &Reference::of(trial, leak), run);
    let wasted = run.attempts.iter().filter(|attempt| !attempt.accepted).count();
    prop_assert_eq!(figures.wasted, wasted);
    prop_assert_eq!(figures.attempts, run.attempts.len());
    prop_assert_eq!(figures.first_refused + figures.later_refused, wasted);
    prop_assert!(figures.err_peak_per_s <= 3, "{figures:?}");
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn nothing_is_accepted_beyond_the_pool_and_the_attempts_tell_it_all(
        history in histories(),
        seen in prop_oneof![Just(0u32), Just(900_000), Just(1_000_000)],
        leak in prop_oneof![Just(0u32), 0u32..200_000],
        history_days in 0u16..3,
    ) {
        let Ok(trial) = history.trial(history_days) else { return Ok(()) };
        let sight = Sight { seen: share(seen), leak: share(leak), seed: 7 };
        for policy in POLICIES {
            recount(&trial, sight.leak, &run_with(&trial, policy, sight))?;
        }
    }
}

#[test]
fn the_same_replay_twice_is_the_same_attempt_by_attempt() {
    let history = trade(8, 3);
    let trial = history.trial(4).unwrap();
    let sight = Sight { seen: share(700_000), leak: share(30_000), seed: 11 };
    for policy in POLICIES {
        assert_eq!(run_with(&trial, policy, sight), run_with(&trial, policy, sight), "{policy}");
    }
    let other = run_with(&trial, "exponential", Sight { seed: 12, ..sight });
    assert_ne!(run_with(&trial, "exponential", sight), other, "the seed draws the pauses");
}

#[test]
fn what_is_seen_changes_nothing_for_a_policy_that_goes_by_the_clock() {
    let history = trade(6, 5);
    let trial = history.trial(2).unwrap();
    let blind = Sight { seen: Share::NONE, ..Sight::FULL };
    assert_eq!(run_with(&trial, "fixed60", blind), run_with(&trial, "fixed60", Sight::FULL));
}

#[test]
fn about_as_many_payments_are_seen_as_asked_for() {
    let sight = Sight { seen: share(900_000), leak: Share::NONE, seed: 1 };
    let seen = (0..10_000).filter(|&n| sight.sees(n)).count();
    assert!((8_900..9_100).contains(&seen), "{seen}");
    let blind = Sight { seen: Share::NONE, ..sight };
    assert!((0..1_000).all(|n| Sight::FULL.sees(n) && !blind.sees(n)));
}
