//! At which hour of the night yesterday's money is lost: learned, used and forgotten by an owner.

use std::fmt::Write as _;

use crate::script::check;

/// As many days as it takes to rely on them; that of the last one is told on the day after.
const ORDINARY_DAYS: usize = 8;

/// Ordinary days, then such with these lines besides: before the day's statement comes at eleven and its payment at noon, and, behind
/// `noon`, after it. Each day brings 1000.00, all of it seen.
fn check_after_ordinary_days(days: &[&str]) {
    let mut script = String::new();
    let ordinary = std::iter::repeat_n(&"", ORDINARY_DAYS);
    for (day, lines) in (1..).zip(ordinary.chain(days)) {
        let (night, afternoon) = lines.split_once("noon").unwrap_or((lines, ""));
        writeln!(script, "day {day}\n{night}").unwrap();
        if day > 1 {
            writeln!(script, "at 11:00 statement 1000.00 at 12:00").unwrap();
        }
        writeln!(script, "at 12:00 paid D{day} 1000.00\n{afternoon}").unwrap();
    }
    check(&script);
}

/// Nights in which WeChat Pay takes refunds up to 02:21, each sent because somebody wanted it tried.
const SHOWN: [&str; 3] = [
    "
    at 00:40  refund R1 100.00 of T1 500.00
    at 00:40  R1 is waiting              ; nothing of today is there
    at 00:41  retry R1
    at 00:41  sent R1
    at 00:41  answer R1 accepted
    at 00:42  asked R1
    at 00:42  found R1 success
    ",
    "
    at 01:10  refund R2 100.00 of T2 500.00
    at 01:10  R2 is waiting
    at 01:11  retry R2
    at 01:11  sent R2
    at 01:11  answer R2 accepted
    at 01:12  asked R2
    at 01:12  found R2 success
    ",
    "
    at 02:20  refund R3 100.00 of T3 500.00
    at 02:20  R3 is waiting              ; two nights are too few
    at 02:21  retry R3
    at 02:21  sent R3
    at 02:21  answer R3 accepted
    at 02:22  asked R3
    at 02:22  found R3 success
    ",
];

/// A refund that goes at 00:30 by itself.
const GOES: &str = "
    at 00:30  refund R4 700.00 of T4 800.00
    at 00:30  sent R4
    at 00:30  answer R4 accepted
    at 00:31  asked R4
    at 00:31  found R4 success
    ";

#[test]
fn once_three_nights_paid_from_yesterday_refunds_go_at_night_without_a_refusal() {
    let rest = "
        at 00:50  refund R5 400.00 of T5 800.00
        at 00:50  R5 is waiting          ; 300.00 is left of yesterday
        at 02:20  refund R6 200.00 of T6 500.00
        at 02:20  sent R6
        at 02:20  answer R6 accepted
        at 02:21  asked R6
        at 02:21  found R6 success
        at 02:22  refund R7 500.00 of T7 500.00
        at 02:22  R7 is waiting          ; so late nothing was ever paid from yesterday
        noon                             ; today is whole: all that went was yesterday's
        at 12:00  sent R5
        at 12:00  sent R7
        at 12:00  answer R5 accepted
        at 12:00  answer R7 accepted
        at 12:01  asked R5
        at 12:01  asked R7
        at 12:01  found R5 success
        at 12:01  found R7 success
        ";
    check_after_ordinary_days(&[&SHOWN[..], &[&format!("{GOES}{rest}")]].concat());
}

#[test]
fn two_nights_teach_nothing() {
    let waits = "
        at 00:30  refund R4 700.00 of T4 800.00
        at 00:30  R4 is waiting
        noon
        at 12:00  sent R4
        at 12:00  answer R4 accepted
        at 12:01  asked R4
        at 12:01  found R4 success
        ";
    check_after_ordinary_days(&[&SHOWN[..2], &[waits]].concat());
}

#[test]
fn a_new_owner_knows_the_hour_and_what_is_left() {
    let taken_over = "
        at 00:40  crash
        at 00:50  refund R5 400.00 of T5 800.00
        at 00:50  R5 is waiting          ; 300.00 is left of yesterday
        at 01:00  refund R6 300.00 of T6 500.00
        at 01:00  sent R6
        at 01:00  answer R6 accepted
        at 01:01  asked R6
        at 01:01  found R6 success
        at 01:10  crash
        at 01:20  refund R7 700.00 of T7 700.00
        at 01:20  R7 is waiting
        noon
        at 12:00  sent R5
        at 12:00  answer R5 accepted
        at 12:01  asked R5
        at 12:01  found R5 success
        at 12:02  cancel R7
        ";
    check_after_ordinary_days(&[&SHOWN[..], &[&format!("{GOES}{taken_over}")]].concat());
}

#[test]
fn two_nights_against_it_and_midnight_ends_the_day_again() {
    let refused = |name: &str| {
        let night = "
            at 00:30  refund R 200.00 of TR 500.00
            at 00:30  sent R
            at 00:30  answer R NOT_ENOUGH
            at 01:00  refund moreR 200.00 of TmoreR 500.00
            at 01:00  moreR is waiting   ; this night nothing is expected of yesterday any more
            noon
            at 12:00  sent R
            at 12:00  sent moreR
            at 12:00  answer R accepted
            at 12:00  answer moreR accepted
            at 12:01  asked R
            at 12:01  asked moreR
            at 12:01  found R success
            at 12:01  found moreR success
            ";
        night.replace('R', name)
    };
    let forgotten = "
        at 00:10  refund R9 200.00 of T9 500.00
        at 00:10  R9 is waiting
        noon
        at 12:00  sent R9
        at 12:00  answer R9 accepted
        at 12:01  asked R9
        at 12:01  found R9 success
        ";
    check_after_ordinary_days(&[&SHOWN[..], &[GOES, &refused("R5"), &refused("R6"), forgotten]].concat());
}

#[test]
fn a_refusal_of_what_needs_both_days_money_waits_for_more() {
    let night = "
        at 00:10  paid N 100.00
        at 00:30  refund R4 1050.00 of T4 2000.00
        at 00:30  sent R4
        at 00:30  answer R4 NOT_ENOUGH
        at 01:00  R4 is waiting
        at 01:00  refund R5 900.00 of T5 900.00
        at 01:00  sent R5                ; so much yesterday left
        at 01:00  answer R5 accepted
        at 01:01  asked R5
        at 01:01  found R5 success
        noon
        at 12:00  R4 is waiting          ; yesterday was there, so today had brought less than was seen
        at 12:30  paid M 1.00
        at 12:30  sent R4
        at 12:30  answer R4 accepted
        at 12:31  asked R4
        at 12:31  found R4 success
        ";
    check_after_ordinary_days(&[&SHOWN[..], &[night]].concat());
}
