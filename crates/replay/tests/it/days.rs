//! Days made by hand: what each baseline does is known to the second.

use replay::figures::{Figures, ReferenceFigures};
use replay::history::Trial;
use replay::policies::{named, names};
use replay::reference::Reference;
use replay::run::Run;
use replay::sight::{Share, Sight};

use crate::sample::{history, run, run_with, share};

/// The attempts of the refund called `number`, as `10:00:00` for one that was accepted and `10:00:00 x` for one that was not.
fn attempts(trial: &Trial<'_>, run: &Run, number: &str) -> Vec<String> {
    let of_number =
        run.attempts.iter().filter(|attempt| trial.refunds()[attempt.refund].out_refund_no == number);
    let shown = of_number.map(|attempt| {
        let at = wechatpay::china::civil(attempt.at).strftime("%d %H:%M:%S").to_string();
        if attempt.accepted { at } else { format!("{at} x") }
    });
    shown.collect()
}

fn figures(trial: &Trial<'_>, run: &Run) -> Figures {
    Figures::of(trial, &Reference::of(trial, Share::NONE), run)
}

const THREE_PAYMENTS: &str = "
    03-02 11:10 paid 300
    03-02 13:05 paid 300
    03-02 20:00 paid 300
    03-02 10:00 R1 asks 500
    03-02 11:30 R2 asks 200";

#[test]
fn a_fixed_pause_goes_by_the_clock_alone() {
    let history = history(THREE_PAYMENTS);
    let trial = history.trial(0).unwrap();
    let hourly = run(&trial, "fixed60");
    assert_eq!(attempts(&trial, &hourly, "R2"), ["02 11:30:00"]);
    // 600 less 200 from 13:05 on, 700 from 20:00 on.
    let refused = (10..20).map(|hour| format!("02 {hour}:00:00 x")).collect::<Vec<_>>();
    assert_eq!(attempts(&trial, &hourly, "R1"), [refused, vec!["02 20:00:00".into()]].concat());
    let figures = figures(&trial, &hourly);
    assert_eq!((figures.refunds, figures.hard, figures.attempts, figures.wasted), (2, 1, 12, 10));
    assert_eq!((figures.first_refused, figures.later_refused, figures.never), (1, 9, 0));
    assert_eq!((figures.wasted_per_hard, figures.delay.mean_s), (Some(10.0), Some(0.0)));

    let quarterly = run(&trial, "fixed15");
    assert_eq!(attempts(&trial, &quarterly, "R1").len(), 41);
}

#[test]
fn a_doubling_pause_sleeps_longer_and_longer_and_never_beyond_its_cap() {
    let history = history(
        "03-02 09:00 paid 1
         03-04 09:00 paid 1
         03-02 10:00 R1 asks 500",
    );
    let trial = history.trial(0).unwrap();
    let doubling = run(&trial, "exponential");
    let at: Vec<_> = doubling.attempts.iter().map(|attempt| attempt.at).collect();
    let pauses: Vec<i64> = at.windows(2).map(|pair| pair[1].duration_since(pair[0]).as_secs() / 60).collect();
    for (n, pause) in pauses.iter().enumerate() {
        let full = (5 << n).min(720);
        assert!((full / 2..=full).contains(pause), "{pauses:?}");
    }
    assert!(pauses.len() > 9, "{pauses:?}");
}

#[test]
fn a_daily_attempt_comes_at_the_same_time_every_day_and_never_when_the_pool_is_full() {
    let history = history(
        "03-02 20:00 paid 900
         03-03 20:00 paid 900
         03-08 20:00 paid 900
         03-02 03:00 R1 asks 500",
    );
    let trial = history.trial(0).unwrap();
    let daily = run(&trial, "daily");
    let expected: Vec<String> = (2..=8).map(|day| format!("{day:02} 03:00:00 x")).collect();
    assert_eq!(attempts(&trial, &daily, "R1"), expected);
    let figures = figures(&trial, &daily);
    assert_eq!((figures.never, figures.delay.mean_s), (1, None));
}

#[test]
fn what_was_possible_in_the_last_three_days_only_does_not_count_as_never() {
    for (first, never) in [("03-05 20:00", 1), ("03-05 20:01", 0)] {
        let history = history(&format!(
            "{first} paid 900
             03-08 20:00:30 paid 1
             03-05 03:00 R1 asks 500"
        ));
        let trial = history.trial(0).unwrap();
        assert_eq!(figures(&trial, &run(&trial, "daily")).never, never, "{first}");
    }
}

#[test]
fn nothing_is_attempted_around_midnight() {
    let history = history(
        "03-02 12:00 paid 100
         03-03 00:00:01 paid 200
         03-03 12:00 paid 1
         03-02 22:59:58 R1 asks 150",
    );
    let trial = history.trial(0).unwrap();
    let hourly = run(&trial, "fixed60");
    assert_eq!(attempts(&trial, &hourly, "R1"), ["02 22:59:58 x", "03 00:00:05"]);
}

#[test]
fn a_policy_may_be_earlier_than_the_reference_and_the_clamped_figures_say_nothing_of_it() {
    let history = history(
        "03-02 10:00 paid 100
         03-02 11:00 paid 400
         03-02 12:00 paid 400
         03-02 09:00 R1 asks 300
         03-02 09:30 R2 asks 500",
    );
    let trial = history.trial(0).unwrap();
    // R2's hour strikes when there is enough for both, R1's when there is enough for itself.
    let hourly = run(&trial, "fixed60");
    assert_eq!(attempts(&trial, &hourly, "R1").last().unwrap(), "02 11:00:00");
    let reference = Reference::of(&trial, Share::NONE);
    let late = Run { refunds: vec![hourly.refunds[1], hourly.refunds[0]], attempts: hourly.attempts.clone() };
    let figures = Figures::of(&trial, &reference, &late);
    assert!(figures.delay.mean_s < figures.delay_clamped.mean_s, "{figures:?}");
    assert_eq!(ReferenceFigures::of(&trial, &reference).wait.mean_s, Some((2.0 + 2.5) / 2.0 * 3600.0));
}

#[test]
fn every_share_has_its_figures() {
    let history = history(
        "03-02 10:00 paid 900
         03-02 12:00 paid 900
         03-02 09:00 R1 of A asks 300
         03-02 11:00 R2 of B asks 300
         03-02 11:00 R3 of B asks 9000
         03-02 11:00 R4 asks 1",
    );
    let trial = history.trial(0).unwrap();
    let shares = figures(&trial, &run(&trial, "fixed60")).shares;
    let shown: Vec<_> = shares
        .iter()
        .map(|(share, figures)| (share.as_str(), figures.refunds, figures.accepted, figures.wait.mean_s))
        .collect();
    assert_eq!(shown, [("A", 1, 1, Some(3600.0)), ("B", 2, 1, Some(0.0))]);
}

#[test]
fn no_second_sees_more_refusals_than_the_budget_allows() {
    let asks: String = (0..40).map(|n| format!("03-02 10:00 R{n} asks 100\n")).collect();
    let history = history(&format!("03-02 09:00 paid 1\n03-02 13:00 paid 1\n{asks}"));
    let trial = history.trial(0).unwrap();
    for policy in ["default", "fixed60", "fixed15", "exponential"] {
        let figures = figures(&trial, &run(&trial, policy));
        assert!((1..=3).contains(&figures.err_peak_per_s), "{policy}: {figures:?}");
    }
}

#[test]
fn a_blind_owner_learns_from_statements_alone_and_never_spends_what_is_not_there() {
    let history = history(THREE_PAYMENTS);
    let trial = history.trial(0).unwrap();
    let blind = Sight { seen: Share::NONE, leak: share(100_000), seed: 1 };
    let run = run_with(&trial, "default", blind);
    assert!(run.refunds[1].accepted_at.is_some(), "{run:?}");
}

#[test]
fn an_unknown_policy_is_refused_with_those_there_are() {
    let error = named("hourly", 0).unwrap_err().to_string();
    let known = "`default`, `fixed15`, `fixed60`, `daily`, `exponential`";
    assert_eq!(error, format!("there is no policy `hourly`; there are {known}"));
    assert!(names().all(|name| named(name, 0).is_ok_and(|named| named.name == name)));
}
