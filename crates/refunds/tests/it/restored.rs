//! A store that was put back from a backup, which does not know what happened since.

use crate::script::check;

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
