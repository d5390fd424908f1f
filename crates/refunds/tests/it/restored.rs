//! A store that was put back from a backup, which does not know what happened since.

use refunds::policy::Policy;

use crate::script::{check, check_with};

#[test]
fn what_was_taken_since_the_backup_is_found_and_not_sent_again() {
    check(
        "
        at 09:00     paid T1 900.00
        at 09:00     pause
        at 09:00     refund R1 100.00 of T1 900.00
        at 09:01     back up
        at 09:10     resume
        at 09:10     sent R1
        at 09:10     answer R1 accepted
        at 09:10:30  put the backup back
        at 09:10:31  asked R1                   ; the pause is back as well, and questions go on
        at 09:10:40  resume
        at 09:10:50  found R1 processing
        at 09:11     R1 is processing
        at 09:11:50  asked R1
        ",
    );
}

#[test]
fn nothing_is_sent_before_every_open_refund_has_an_answer() {
    check(
        "
        at 09:00     paid T1 900.00
        at 09:00     paid T2 900.00
        at 09:00     paid T3 900.00
        at 09:00     refund R1 100.00 of T1 900.00
        at 09:00     sent R1
        at 09:00     answer R1 accepted
        at 09:00     refund R2 100.00 of T2 900.00
        at 09:00     sent R2
        at 09:00     answer R2 unclear
        at 09:00     asked R2
        at 09:00     refund R3 100.00 of T3 900.00
        at 09:00     sent R3
        at 09:00:30  back up
        at 09:00:40  put the backup back
        at 09:00:41  asked R1
        at 09:00:41  asked R2
        at 09:00:41  asked R3                   ; in the backup it is on its way
        at 09:00:41  refund R4 100.00 of T3 900.00
        at 09:00:42  absent R2
        at 09:00:43  absent R3
        at 09:00:44  R4 is queued
        at 09:00:50  found R1 processing
        at 09:00:50  sent R2
        at 09:00:50  sent R3
        at 09:00:51  answer R2 accepted
        at 09:00:51  answer R3 accepted
        at 09:01     asked R1
        at 09:01:51  asked R2
        at 09:01:51  asked R3
        at 09:01:51  sent R4
        ",
    );
}

#[test]
fn an_owner_that_begins_in_the_middle_asks_nothing_twice_that_has_an_answer() {
    check(
        "
        at 09:00     paid T1 900.00
        at 09:00     paid T2 900.00
        at 09:00     pause
        at 09:00     refund R1 100.00 of T1 900.00
        at 09:00     refund R2 100.00 of T2 900.00
        at 09:01     back up
        at 09:10     put the backup back
        at 09:10:01  asked R1
        at 09:10:01  asked R2
        at 09:10:02  absent R1
        at 09:10:03  crash
        at 09:10:04  asked R2
        at 09:10:04  resume
        at 09:10:05  R1 is queued
        at 09:10:06  absent R2
        at 09:10:06  sent R2
        at 09:10:06  sent R1
        at 09:10:08  crash                      ; it is over, and stays so
        at 09:10:09  asked R1
        at 09:10:09  asked R2
        ",
    );
}

#[test]
fn a_refund_that_nobody_answers_for_keeps_itself_back_and_not_the_others_for_ever() {
    check(
        "
        at 09:00     paid T1 900.00
        at 09:00     paid T2 900.00
        at 09:00     pause
        at 09:00     refund R1 100.00 of T1 900.00
        at 09:00     refund R2 100.00 of T2 900.00
        at 09:01     back up
        at 09:10     put the backup back
        at 09:10:01  asked R1
        at 09:10:01  asked R2
        at 09:10:01  resume
        at 09:10:02  absent R1
        at 09:10:02  silent R2
        at 09:10:07  asked R2
        at 09:10:08  silent R2
        at 09:10:38  asked R2
        at 09:10:39  silent R2
        at 09:10:39  sent R1
        at 09:10:40  answer R1 accepted
        at 09:11:40  asked R1
        at 09:11:41  found R1 success
        at 09:12:39  asked R2
        at 09:12:40  absent R2
        at 09:12:40  sent R2
        ",
    );
}

#[test]
fn a_cancelled_refund_is_given_up_no_sooner_than_its_number_is_proven_unused() {
    check(
        "
        at 09:00     paid T1 900.00
        at 09:00     paid T2 900.00
        at 09:00     pause
        at 09:00     refund R1 100.00 of T1 900.00
        at 09:00     refund R2 100.00 of T2 900.00
        at 09:01     back up
        at 09:10     put the backup back
        at 09:10:00  cancel R1
        at 09:10:00  cancel R2
        at 09:10:01  asked R1
        at 09:10:01  asked R2
        at 09:10:01  R1 is withdrawing
        at 09:10:02  found R2 success
        at 09:10:02  absent R1                  ; what was sent a moment before is still taken
        at 09:10:03  R1 is withdrawing
        at 09:10:03  R2 is succeeded
        at 09:16     asked R1
        at 09:16:01  absent R1
        at 09:16:02  R1 is cancelled
        ",
    );
}

#[test]
fn a_deadline_that_passed_since_the_backup_gives_nothing_up_without_proof() {
    check(
        "
        at 09:00     paid T1 900.00
        at 09:00     pause
        at 09:00     refund R1 100.00 of T1 900.00 by 09:05
        at 09:01     back up
        at 09:10     put the backup back
        at 09:10:01  asked R1
        at 09:10:01  R1 is withdrawing
        at 09:10:02  found R1 success
        at 09:10:03  R1 is succeeded
        ",
    );
}

#[test]
fn a_refund_that_the_backup_misses_is_sent_when_asked_for_again_and_not_given_up_without_a_question() {
    check(
        "
        at 09:00     paid T1 900.00
        at 09:01     back up
        at 09:02     refund R1 100.00 of T1 900.00
        at 09:02     sent R1
        at 09:02     answer R1 accepted
        at 09:02     refund R2 100.00 of T1 900.00
        at 09:02:30  put the backup back
        at 09:02:40  refund R1 100.00 of T1 900.00
        at 09:02:40  sent R1                    ; WeChat Pay takes a number once
        at 09:02:41  answer R1 accepted
        at 09:02:50  pause
        at 09:03     refund R2 100.00 of T1 900.00
        at 09:03     cancel R2
        at 09:03     asked R2                   ; it may have been sent as well
        at 09:03:01  absent R2
        at 09:03:02  R2 is withdrawing
        at 09:03:41  asked R1
        at 09:03:42  found R1 success
        at 09:08:30  asked R2
        at 09:08:31  absent R2
        at 09:08:32  R2 is cancelled
        ",
    );
}

#[test]
fn what_was_paid_since_cannot_have_been_refunded_before() {
    check(
        "
        at 09:01     back up
        at 09:02     put the backup back
        at 09:03     paid T1 900.00
        at 09:03     pause
        at 09:03     refund R1 100.00 of T1 900.00
        at 09:03     cancel R1
        at 09:03     R1 is cancelled
        ",
    );
}

#[test]
fn what_the_backup_does_not_know_is_found_by_its_order_before_anything_is_sent() {
    check(
        "
        at 08:59     orders are asked about by hand
        at 09:00     paid T1 900.00
        at 09:00     paid T2 900.00
        at 09:00     pause
        at 09:00     refund R1 100.00 of T1 900.00
        at 09:01     back up
        at 09:10     put the backup back
        at 09:10     resume
        at 09:10:01  asked R1
        at 09:10:01  absent R1
        at 09:10:01  listed T2 from 0
        at 09:10:01  listed T1 from 0
        at 09:10:02  order T1 has R1 100.00     ; it is in hand, and asked about anyway
        at 09:10:02  order T2 has R8 300.00 R9 500.00 and more
        at 09:10:02  takes in 101_R8 101_R9
        at 09:10:03  R1 is queued
        at 09:10:03  taken in
        at 09:10:03  listed T2 from 2
        at 09:10:03  asked R8
        at 09:10:03  asked R9
        at 09:10:04  order T2 has R7 50.00
        at 09:10:04  takes in 101_R7
        at 09:10:05  R1 is queued
        at 09:10:05  taken in
        at 09:10:05  asked R7
        at 09:10:05  sent R1                    ; what was found is on disk
        at 09:10:06  answer R1 accepted
        at 09:10:06  found R8 success
        at 09:10:06  found R9 success
        at 09:10:06  found R7 closed
        at 09:10:07  R9 is succeeded
        at 09:10:07  R7 is closed
        at 09:10:08  refund R2 200.00 of T2 900.00 refused   ; 800 of the order are spoken for
        at 09:10:08  refund R9 500.00 of T2 900.00 completed
        at 09:10:09  refund R2 100.00 of T2 900.00
        at 09:10:09  sent R2
        at 09:10:10  answer R2 accepted
        at 09:11:06  asked R1
        at 09:11:10  asked R2
        ",
    );
}

#[test]
fn more_than_the_order_is_worth_may_have_been_taken_and_is_counted_all_the_same() {
    check(
        "
        at 08:59     orders are asked about by hand
        at 09:00     paid T1 900.00
        at 09:00     pause
        at 09:00     refund R1 800.00 of T1 900.00   ; cancelled after the backup
        at 09:01     back up
        at 09:10     put the backup back
        at 09:10:01  asked R1
        at 09:10:01  absent R1
        at 09:10:01  listed T1 from 0
        at 09:10:02  order T1 has R9 600.00
        at 09:10:02  takes in 101_R9
        at 09:10:03  taken in
        at 09:10:03  asked R9
        at 09:10:04  found R9 success
        at 09:10:05  refund R2 100.00 of T1 900.00 refused
        at 09:10:05  resume
        at 09:10:05  sent R1                    ; WeChat Pay says whether that is too much
        at 09:10:06  answer R1 order_amount_exceeded
        at 09:10:06  R1 is withdrawing
        at 09:10:07  refund R2 100.00 of T1 900.00 refused
        ",
    );
}

#[test]
fn an_order_of_which_nothing_is_heard_holds_nobody_up_for_ever() {
    check(
        "
        at 08:59     orders are asked about by hand
        at 09:00     paid T1 900.00
        at 09:00     paid T2 900.00
        at 09:01     back up
        at 09:10     put the backup back
        at 09:10:01  listed T2 from 0
        at 09:10:01  listed T1 from 0
        at 09:10:01  refund R1 100.00 of T1 900.00
        at 09:10:01  order T2 has none
        at 09:10:01  order T1 has silence
        at 09:10:06  listed T1 from 0
        at 09:10:07  order T1 has silence
        at 09:10:37  listed T1 from 0
        at 09:10:38  R1 is queued
        at 09:10:38  order T1 has silence
        at 09:10:38  sent R1
        ",
    );
}

#[test]
fn while_nothing_is_heard_of_any_order_they_are_asked_about_for_ten_minutes() {
    check(
        "
        at 08:59     orders are asked about by hand
        at 09:00     paid T1 900.00
        at 09:01     back up
        at 09:10     put the backup back
        at 09:10:01  refund R1 100.00 of T1 900.00
        at 09:10:01  listed T1 from 0
        at 09:10:02  order T1 has silence
        at 09:10:07  listed T1 from 0
        at 09:10:08  order T1 has silence
        at 09:10:38  listed T1 from 0
        at 09:10:39  order T1 has silence
        at 09:12:39  listed T1 from 0
        at 09:12:40  order T1 has silence
        at 09:19:59  R1 is queued
        at 09:20:00  sent R1
        ",
    );
}

#[test]
fn what_was_listed_is_never_sent_again_and_never_given_up_though_it_is_not_found() {
    check(
        "
        at 08:59     orders are asked about by hand
        at 09:00     paid T1 900.00
        at 09:01     back up
        at 09:10     put the backup back
        at 09:10:01  listed T1 from 0
        at 09:10:02  order T1 has R9 600.00 R8 100.00
        at 09:10:02  takes in 101_R9 101_R8
        at 09:10:03  taken in
        at 09:10:03  asked R9
        at 09:10:03  asked R8
        at 09:10:03  cancel R8
        at 09:10:04  absent R9                  ; a copy that is behind
        at 09:10:04  absent R8
        at 09:10:05  R9 is unclear
        at 09:20:04  asked R9
        at 09:20:04  asked R8
        at 09:20:05  absent R8
        at 09:20:05  found R9 success
        at 09:20:06  R9 is succeeded
        at 09:20:06  R8 is withdrawing
        at 09:30:05  asked R8
        at 09:30:06  found R8 success
        at 09:30:07  R8 is succeeded
        ",
    );
}

#[test]
fn a_clock_that_is_set_back_puts_no_question_about_an_order_off() {
    check(
        "
        at 08:59     orders are asked about by hand
        at 09:00     paid T1 900.00
        at 09:01     back up
        at 09:10     put the backup back
        at 09:10:01  listed T1 from 0
        at 09:10:01  order T1 has silence
        at 05:00     set-up changed              ; something is heard, and it is four hours earlier
        at 05:00:01  listed T1 from 0
        ",
    );
}

#[test]
fn where_orders_cannot_be_asked_about_nothing_waits_for_that() {
    check(
        "
        at 08:59     orders are asked about by hand
        at 09:00     paid T1 900.00
        at 09:00     paid T2 900.00
        at 09:01     back up
        at 09:10     put the backup back
        at 09:10:01  listed T2 from 0
        at 09:10:01  listed T1 from 0
        at 09:10:01  refund R1 100.00 of T1 900.00
        at 09:10:01  order T1 has no such question
        at 09:10:01  sent R1
        ",
    );
}

#[test]
fn where_it_is_not_permitted_to_ask_about_orders_no_more_is_asked_and_nothing_halts() {
    check(
        "
        at 08:59     orders are asked about by hand
        at 09:00     pause
        at 09:00     refund R1 100.00 of T1 900.00
        at 09:00     refund R2 100.00 of T2 900.00 for 102
        at 09:00     refund R3 100.00 of T3 900.00 for 102
        at 09:00     refund R4 100.00 of T4 900.00 for 102
        at 09:01     back up
        at 09:10     put the backup back
        at 09:10     resume
        at 09:10:01  asked R1
        at 09:10:01  asked R2
        at 09:10:01  asked R3
        at 09:10:01  asked R4
        at 09:10:02  absent R1
        at 09:10:02  absent R2
        at 09:10:02  absent R3
        at 09:10:02  absent R4
        at 09:10:02  listed T4 from 0
        at 09:10:02  listed T3 from 0
        at 09:10:02  listed T2 from 0
        at 09:10:02  listed T1 from 0
        at 09:10:03  order T4 has no permission  ; that may be its own matter
        at 09:10:04  order T1 has none
        at 09:10:05  R1 is queued
        at 09:10:05  order T3 has no permission  ; of the sub-merchant's others nothing more is waited for
        at 09:10:05  sent R1
        at 09:10:05  sent R2
        at 09:10:05  sent R3
        at 09:10:06  answer R1 accepted
        at 09:10:06  sent R4
        ",
    );
}

#[test]
fn an_owner_that_begins_in_the_middle_asks_about_all_orders_again_and_hears_no_old_answer() {
    check(
        "
        at 08:59     orders are asked about by hand
        at 09:00     paid T1 900.00
        at 09:00     paid T2 900.00
        at 09:01     back up
        at 09:10     put the backup back
        at 09:10:01  listed T2 from 0
        at 09:10:01  listed T1 from 0
        at 09:10:01  refund R1 100.00 of T1 900.00
        at 09:10:01  order T2 has R9 600.00
        at 09:10:01  takes in 101_R9
        at 09:10:02  crash
        at 09:10:03  listed T2 from 0
        at 09:10:03  listed T1 from 0
        at 09:10:04  taken in                   ; by the one before
        at 09:10:04  asked R9
        at 09:10:05  order T1 has none
        at 09:10:06  R1 is queued
        at 09:10:07  order T2 has R9 600.00
        at 09:10:07  sent R1
        ",
    );
}

#[test]
fn of_many_orders_those_heard_of_last_are_asked_about() {
    check_with(
        Policy { recent_orders: 2, ..Policy::default() },
        "
        at 08:59     orders are asked about by hand
        at 09:00     paid T1 900.00
        at 09:00     paid T2 900.00
        at 09:00     paid T3 900.00
        at 09:01     back up
        at 09:10     put the backup back
        at 09:10:01  listed T3 from 0
        at 09:10:01  listed T2 from 0
        at 09:10:01  refund R1 100.00 of T1 900.00
        at 09:10:01  order T2 has none
        at 09:10:01  order T3 has none
        at 09:10:01  sent R1
        ",
    );
}
