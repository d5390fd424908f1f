//! A small campaign in the suite: clean seeds, replays, power cuts, and every planted mistake.

use simulation::campaign::{catch, run_all};
use simulation::{Kind, Mutation, Setup, run};

const REFUNDS: u32 = 60;

fn clean(seed: u64) -> Setup {
    Setup { seed, refunds: REFUNDS, mutation: None, trace: false }
}

#[test]
fn no_judge_finds_anything_in_worlds_without_a_planted_mistake() {
    let findings = run_all(0..200, REFUNDS);
    assert_eq!((findings.seeds, &findings.violations), (200, &Default::default()));
    assert!(findings.refunds > 200 * 30, "{} refunds", findings.refunds);
}

#[test]
fn the_worlds_show_the_faults_they_are_made_for() {
    let tally = run_all(200..240, REFUNDS).tally;
    let counts = [
        tally.unclear,
        tally.not_enough,
        tally.outages,
        tally.lost_commits,
        tally.power_cuts,
        tally.cut_writes,
        tally.expired,
    ];
    assert!(counts.iter().all(|&count| count > 0), "{tally:?}");
}

#[test]
fn a_power_cut_takes_writes_that_wait_and_none_that_was_acknowledged() {
    let findings = run_all(240..280, REFUNDS);
    assert_eq!(findings.violations, Default::default());
    assert!(findings.tally.power_cuts > 0 && findings.tally.cut_writes > 0, "{:?}", findings.tally);
    let (_, violation) = catch(Mutation::AnswerBeforeFlush, 0..1000, REFUNDS).unwrap();
    assert_eq!(violation.kind, Kind::Lost, "{violation}");
}

#[test]
fn the_same_seed_gives_the_same_history() {
    for seed in 300..320 {
        let (one, other) = (run(clean(seed)), run(clean(seed)));
        assert_eq!(
            (one.hash, one.tally, one.refunds),
            (other.hash, other.tally, other.refunds),
            "seed {seed}"
        );
    }
    assert_ne!(run(clean(300)).hash, run(clean(301)).hash);
}

#[test]
fn writing_a_history_down_does_not_change_it() {
    let traced = run(Setup { trace: true, ..clean(320) });
    assert_eq!(traced.hash, run(clean(320)).hash);
    assert!(!traced.trace.is_empty());
}

#[test]
fn every_planted_mistake_is_found() {
    let missed: Vec<&str> = Mutation::ALL
        .into_iter()
        .filter(|&mutation| catch(mutation, 0..1000, REFUNDS).is_none())
        .map(Mutation::name)
        .collect();
    assert_eq!(missed, [""; 0]);
}
