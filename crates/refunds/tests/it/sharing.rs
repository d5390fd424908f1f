//! Turns among sub-merchants: by the money each brought, or all alike; and by the weights that an operator gives them.

use jiff::{SignedDuration, Timestamp};
use refunds::policy::Sharing;

use crate::institution::{Asked, MINUTE, World};

fn morning() -> Timestamp {
    "2026-03-02T09:00:00+08:00".parse().unwrap()
}

/// On one day the first sub-merchant brings nine parts of ten, and both want many refunds in the night after it. Whose leave first,
/// of fourteen, when the next day brings money for one after the other.
fn first_to_leave(sharing: Sharing, crashes: bool) -> (usize, usize) {
    let mut world = World::new(Asked::Answered, sharing);
    for n in 0..50 {
        world.run_to(morning() + MINUTE * (10 * n));
        world.report(if n % 10 == 9 { "102" } else { "101" }, 10_000, true);
    }
    let next = morning() + SignedDuration::from_hours(24);
    world.run_to(next - SignedDuration::from_hours(7));
    for _ in 0..20 {
        world.refund("101", 9_000);
        world.refund("102", 9_000);
    }
    if crashes {
        world.crash();
    }
    for n in 0..14 {
        world.run_to(next + MINUTE * (5 * n));
        world.report("103", 9_000, true);
    }
    world.run_to(next + MINUTE * 70);
    assert_eq!(world.left.len(), 14);
    let of = |sub: &str| world.left.iter().filter(|left| *left == sub).count();
    (of("101"), of("102"))
}

#[test]
fn who_brought_most_of_the_money_gets_most_of_the_turns_and_nobody_gets_none() {
    assert_eq!(first_to_leave(Sharing::ByMoneyBrought, false), (12, 2));
}

#[test]
fn turns_by_money_survive_the_owner() {
    let (most, few) = first_to_leave(Sharing::ByMoneyBrought, true);
    assert!(most >= 11 && few >= 2, "{most} and {few}");
}

#[test]
fn turns_may_be_all_alike() {
    assert_eq!(first_to_leave(Sharing::Equal, false), (7, 7));
}

/// Whose leave first of 30 refunds of 101 and 30 of 102, who brought as much as each other, when there is money for fifteen. 101 has
/// a weight from before they come, or from when they wait.
fn weighed(sharing: Sharing, weight: u64, weighs_late: bool, crashes: bool) -> (usize, usize) {
    let mut world = World::new(Asked::Answered, sharing);
    for n in 0..20 {
        world.run_to(morning() + MINUTE * (10 * n));
        world.report(if n % 2 == 0 { "101" } else { "102" }, 10_000, true);
    }
    let next = morning() + SignedDuration::from_hours(24);
    world.run_to(next - SignedDuration::from_hours(7));
    if !weighs_late {
        world.weigh("101", weight);
    }
    for _ in 0..30 {
        world.refund("102", 9_000);
        world.refund("101", 9_000);
    }
    if weighs_late {
        world.weigh("101", weight);
    }
    if crashes {
        world.crash();
    }
    for n in 0..15 {
        world.run_to(next + MINUTE * (5 * n));
        world.report("103", 9_000, true);
    }
    world.run_to(next + MINUTE * 75);
    assert_eq!(world.left.len(), 15);
    let of = |sub: &str| world.left.iter().filter(|left| *left == sub).count();
    (of("101"), of("102"))
}

#[test]
fn who_weighs_twice_as_much_draws_twice_as_much_where_many_want_the_same_money() {
    for sharing in [Sharing::ByMoneyBrought, Sharing::Equal] {
        for (weighs_late, crashes) in [(false, false), (true, false), (true, true)] {
            for (weight, fair) in [(100, 7..=8), (200, 9..=11), (50, 4..=6)] {
                let (drawn, _) = weighed(sharing, weight, weighs_late, crashes);
                let case = format!("{sharing:?}, {weight} %, late: {weighs_late}, crash: {crashes}");
                assert!(fair.contains(&drawn), "{case}: {drawn} of 15");
            }
        }
    }
}

#[test]
fn without_turns_a_weight_means_nothing() {
    assert_eq!(weighed(Sharing::Off, 200, false, false), (7, 8));
}
