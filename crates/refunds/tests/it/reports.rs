//! Reports of payments that nobody made: they cost the institution a few attempts, not all of its refusals.

use jiff::{SignedDuration, Timestamp};
use refunds::order::Source;
use refunds::policy::Sharing;

use crate::institution::{Asked, HONEST, MINUTE, World};

const INVENTOR: &str = "109";

/// Three sub-merchants report each of their payments, a fourth what nobody paid, and more is to be refunded than comes in. How many
/// attempts were wasted, and how many reports were asked about.
fn two_days(asked: Asked, invents: bool) -> (usize, usize, World) {
    let mut world = World::new(asked, Sharing::ByMoneyBrought);
    for day in 0..2 {
        let opening =
            "2026-03-02T09:00:00+08:00".parse::<Timestamp>().unwrap() + SignedDuration::from_hours(24 * day);
        world.run_to(opening);
        for _ in 0..40 {
            world.refund("101", 50_000);
        }
        for n in 0..72 {
            world.run_to(opening + MINUTE * (10 * n));
            if invents {
                world.report(INVENTOR, 60_000, false);
            }
            if n % 3 == 2 {
                for honest in ["101", "102", "103"] {
                    world.report(honest, HONEST, true);
                }
            }
        }
    }
    (world.wasted, world.questions, world)
}

#[test]
fn a_sub_merchant_that_invents_payments_wastes_a_few_attempts_and_not_one_each() {
    let (honest, _, world) = two_days(Asked::Answered, false);
    let accepted = world.left.len();
    let (wasted, questions, world) = two_days(Asked::Answered, true);
    let (unjudged, _, _) = two_days(Asked::InVain, true);
    assert!(wasted <= honest + 6, "{wasted} wasted, {honest} without the invented reports");
    assert!(unjudged >= honest + 144, "{unjudged} wasted where nobody's word is judged");
    assert!(world.left.len() >= accepted, "what is there goes out all the same");
    assert!(questions < 160, "{questions} reports were asked about");
}

#[test]
fn what_is_asked_about_counts_once_wechat_pay_knows_of_it() {
    let mut world = World::new(Asked::Answered, Sharing::ByMoneyBrought);
    world.report(INVENTOR, 90_000, false);
    assert_eq!(world.books(), (0, 90_000), "so much is lent to everybody");
    world.report(INVENTOR, 70_000, false);
    assert_eq!(world.books(), (0, 90_000), "nobody paid it");
    world.report(INVENTOR, 26_000, false);
    assert_eq!(world.books(), (0, 100_000), "ten of twenty-six parts of it count");
    world.report("101", 100_001, true);
    assert_eq!(world.books(), (100_001, 100_000));
}

#[test]
fn where_no_answer_comes_a_report_counts_as_if_nobody_had_asked() {
    let mut world = World::new(Asked::InVain, Sharing::ByMoneyBrought);
    world.report("101", 100_001, true);
    assert_eq!(world.books(), (0, 100_001));
}

#[test]
fn a_word_that_was_judged_is_remembered_by_the_next_owner() {
    let mut world = World::new(Asked::Answered, Sharing::ByMoneyBrought);
    world.report(INVENTOR, 100_001, false);
    world.crash();
    world.report(INVENTOR, 20_000, false);
    world.report("101", 20_000, true);
    assert_eq!(world.books(), (0, 9_999 + 20_000));
}

#[test]
fn wechat_pays_word_takes_away_what_was_counted_of_a_report() {
    let mut world = World::new(Asked::Answered, Sharing::ByMoneyBrought);
    world.report(INVENTOR, 100_001, false);
    let order = world.report(INVENTOR, 20_000, true);
    assert_eq!(world.books(), (0, 9_999));
    world.crash();
    world.say(INVENTOR, &order, 20_000, Source::Platform);
    assert_eq!(world.books(), (20_000, 0));
}

#[test]
fn the_ledger_holds_all_of_a_report_whatever_it_counts_for_and_nothing_of_one_that_nobody_paid() {
    let mut world = World::new(Asked::Answered, Sharing::ByMoneyBrought);
    world.report(INVENTOR, 100_001, false);
    assert_eq!((world.books(), world.posted()), ((0, 0), 0));
    let order = world.report(INVENTOR, 20_000, true);
    assert_eq!((world.books(), world.posted()), ((0, 9_999), 20_000));
    world.say(INVENTOR, &order, 20_000, Source::Platform);
    assert_eq!((world.books(), world.posted()), ((20_000, 0), 20_000));
}

#[test]
fn after_not_enough_the_time_that_is_stored_is_the_planners() {
    let mut world = World::new(Asked::Answered, Sharing::Equal);
    world.report(INVENTOR, 90_000, false);
    world.refund("101", 60_000);
    assert_eq!(world.wasted, 1);
    let not_before = world.not_before();
    // Payments are seen, so it goes when one makes it fit; whatever comes, it is looked at late in the day.
    let late = "2026-03-02T23:40:00+08:00".parse::<Timestamp>().unwrap();
    assert!(not_before >= late && not_before < late + MINUTE * 15, "{not_before}");
}
