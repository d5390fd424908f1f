//! The refund rules, a story each.

use crate::script::{check, check_with, trusting_notifications};

#[test]
fn a_refund_is_sent_at_once_and_followed_until_the_payer_has_the_money() {
    check(
        "
        at 09:00     refund R1 100.00 of T1 500.00
        at 09:00     sent R1
        at 09:00     R1 is submitting
        at 09:00     answer R1 accepted
        at 09:00     R1 is processing
        at 09:01     asked R1
        at 09:01     found R1 processing
        at 09:20     asked R1
        at 09:20     found R1 success
        at 09:20     R1 is succeeded
        at 23:00     left of T1 400.00
        ",
    );
}

#[test]
fn not_enough_waits_and_sends_the_same_number_again_hourly_when_nothing_better_is_known() {
    check(
        "
        at 09:00  refund R1 100.00 of T1 500.00
        at 09:00  sent R1
        at 09:00  answer R1 NOT_ENOUGH
        at 09:00  R1 is waiting
        at 10:00  sent R1                  ; the same number: the script checks it
        at 10:00  answer R1 NOT_ENOUGH
        at 11:00  sent R1
        at 11:00  answer R1 accepted
        at 11:00  R1 is processing
        at 11:01  asked R1
        at 11:01  found R1 success
        ",
    );
}

#[test]
fn a_payment_that_fills_the_pool_releases_the_waiting_refund_at_once() {
    check(
        "
        at 09:00     refund R1 100.00 of T1 500.00
        at 09:00     sent R1
        at 09:00     answer R1 NOT_ENOUGH
        at 09:10     paid T2 0.50
        at 09:10     R1 is waiting
        at 09:17     paid T3 130.00
        at 09:17     sent R1
        at 09:17     answer R1 accepted
        at 09:18     asked R1
        at 09:18     found R1 success
        ",
    );
}

#[test]
fn the_night_empties_the_pool_whatever_came_in_yesterday() {
    check(
        "
        at 22:00     paid T2 1000.00
        at 23:59:56  refund R1 100.00 of T1 500.00
        at 23:59:59  R1 is queued             ; ten seconds around midnight nothing is submitted
        day 2
        at 00:00:05  sent R1                  ; a first attempt, although nothing of today is known
        at 00:00:05  answer R1 NOT_ENOUGH
        at 00:30     refund R2 120.00 of T4 500.00
        at 00:30     sent R2                  ; five minutes after a refusal it may be tried
        at 00:30     answer R2 NOT_ENOUGH
        at 01:00:05  sent R1
        at 01:00:05  answer R1 accepted
        at 01:01:05  asked R1
        at 01:01:05  found R1 success
        at 01:30     sent R2
        at 01:30     answer R2 NOT_ENOUGH
        at 01:32     cancel R2
        at 01:36     asked R2
        at 01:36     absent R2
        at 01:36     R2 is cancelled
        ",
    );
}

#[test]
fn a_large_refund_does_not_hold_up_smaller_ones() {
    check(
        "
        at 09:00     refund R1 900.00 of T1 900.00
        at 09:00     sent R1
        at 09:00     answer R1 NOT_ENOUGH
        at 09:01     refund R2 950.00 of T2 950.00
        at 09:02     refund R3 5.00 of T3 100.00
        at 09:02     sent R3
        at 09:02     answer R3 accepted
        at 09:02     R2 is waiting            ; nothing as large as what was refused is tried for five minutes
        at 09:03     asked R3
        at 09:03     found R3 success
        at 09:05     sent R2
        at 09:05     answer R2 NOT_ENOUGH
        at 09:06     cancel R2
        at 09:06     cancel R1
        at 09:06     asked R1
        at 09:06     absent R1
        at 09:06     R1 is cancelled
        at 09:11     asked R2
        at 09:11     absent R2
        ",
    );
}

#[test]
fn an_unclear_answer_is_asked_about_and_then_repeated_under_the_same_number() {
    check(
        "
        at 09:00     refund R1 100.00 of T1 500.00
        at 09:00     sent R1
        at 09:00:30  answer R1 unclear
        at 09:00:30  asked R1
        at 09:00:30  R1 is unclear
        at 09:00:30  absent R1
        at 09:00:30  sent R1
        at 09:01     answer R1 unclear
        at 09:01     asked R1
        at 09:01     found R1 processing      ; the first one had arrived after all
        at 09:01     R1 is processing
        at 09:02     asked R1
        at 09:02     found R1 success
        ",
    );
}

#[test]
fn a_rate_limit_is_taken_as_unclear() {
    check(
        "
        at 09:00     refund R1 100.00 of T1 500.00
        at 09:00     sent R1
        at 09:00     answer R1 FREQUENCY_LIMITED
        at 09:00     R1 is unclear
        at 09:00:05  asked R1
        at 09:00:05  absent R1
        at 09:00:05  sent R1
        at 09:00:05  answer R1 accepted
        at 09:01:05  asked R1
        at 09:01:05  found R1 success
        ",
    );
}

#[test]
fn a_refusal_for_good_frees_the_order_only_after_a_query_found_nothing() {
    check(
        "
        at 09:00     refund R1 100.00 of T1 100.00
        at 09:00     sent R1
        at 09:00     answer R1 order_not_found
        at 09:00     R1 is withdrawing
        at 09:00     asked R1
        at 09:00     left of T1 0.00
        at 09:00     absent R1
        at 09:00     R1 is rejected
        at 09:00     left of T1 100.00
        ",
    );
}

#[test]
fn a_crash_between_intent_and_answer_leads_to_a_question_not_to_a_second_refund() {
    check(
        "
        at 09:00     refund R1 100.00 of T1 500.00
        at 09:00     sent R1
        at 09:00:02  crash
        at 09:00:03  asked R1                 ; within a second: a new owner begins without budgets
        at 09:00:03  R1 is unclear
        at 09:00:03  found R1 success
        at 09:00:03  R1 is succeeded
        ",
    );
}

#[test]
fn a_commit_whose_fate_is_unknown_sends_nothing_and_is_read_again() {
    check(
        "
        at 09:00     lose the next commit
        at 09:00     refund R1 100.00 of T1 500.00
        at 09:00     asked R1                 ; it had been written: a sender might have been there
        at 09:00     R1 is unclear
        at 09:00     absent R1
        at 09:00     sent R1
        at 09:00     answer R1 accepted
        at 09:01     asked R1
        at 09:01     found R1 success
        ",
    );
}

#[test]
fn an_answer_that_comes_after_the_memory_was_lost_is_still_believed() {
    check(
        "
        at 09:00     refund R1 100.00 of T1 500.00
        at 09:00     sent R1
        at 09:00     lose the next commit
        at 09:00:01  refund R2 50.00 of T2 50.00
        at 09:00:01  asked R2
        at 09:00:02  answer R1 accepted       ; read again, and still known to be under way
        at 09:00:02  R1 is processing
        at 09:00:02  absent R2
        at 09:00:02  sent R2
        at 09:00:02  answer R2 accepted
        at 09:01:02  asked R1
        at 09:01:02  asked R2
        at 09:01:02  found R1 success
        at 09:01:02  found R2 success
        ",
    );
}

#[test]
fn partial_refunds_of_one_order_keep_a_minute_between_them_and_a_repeat_does_not() {
    check(
        "
        at 09:00     refund R1 30.00 of T1 100.00
        at 09:00     refund R2 30.00 of T1 100.00
        at 09:00     sent R1
        at 09:00:10  answer R1 unclear
        at 09:00:10  asked R1
        at 09:00:10  absent R1
        at 09:00:10  sent R1
        at 09:00:20  answer R1 accepted
        at 09:01:20  asked R1
        at 09:01:20  sent R2
        at 09:01:20  answer R2 accepted
        at 09:01:20  found R1 success
        at 09:02:20  asked R2
        at 09:02:20  found R2 success
        ",
    );
}

#[test]
fn the_sum_of_partial_refunds_never_passes_the_order_and_a_closed_one_is_free_again() {
    check(
        "
        at 09:00     refund R1 60.00 of T1 100.00
        at 09:00     sent R1
        at 09:00     refund R2 50.00 of T1 100.00 refused
        at 09:00     answer R1 accepted
        at 09:01     asked R1
        at 09:01     found R1 closed
        at 09:01     left of T1 100.00
        at 09:05     refund R3 100.00 of T1 100.00
        at 09:05     sent R3
        at 09:05     answer R3 accepted
        at 09:06     asked R3
        at 09:06     found R3 success
        ",
    );
}

#[test]
fn what_a_closed_refund_held_is_in_the_pool_of_the_day_on_which_it_was_closed() {
    check(
        "
        at 09:00     paid T1 100.00
        at 09:00     refund R1 80.00 of T1 100.00
        at 09:00     sent R1
        at 09:00     answer R1 accepted
        at 09:01     asked R1
        at 09:01     found R1 processing
        at 09:20     asked R1
        at 09:20     found R1 processing
        at 10:00     asked R1
        at 10:00     found R1 processing
        at 11:00     asked R1
        at 11:00     found R1 processing
        day 2
        at 08:30     refund R2 70.00 of T2 100.00
        at 08:30     sent R2
        at 08:30     answer R2 NOT_ENOUGH
        at 08:40     paid T3 1.00
        at 09:00     asked R1
        at 09:00     found R1 closed
        at 09:00     left of T1 100.00
        at 09:00     sent R2                  ; what was closed covers it
        at 09:00     answer R2 accepted
        at 09:01     asked R2
        at 09:01     found R2 success
        ",
    );
}

#[test]
fn two_names_of_one_order_are_merged_before_anything_is_sent_and_the_youngest_too_much_is_rejected() {
    check(
        "
        at 09:00     pause
        at 09:00     refund R1 60.00 of T1 100.00
        at 09:01     refund R2 60.00 of 4200001 100.00
        at 09:02     refund R3 30.00 of 4200001 100.00
        at 09:03     resume
        at 09:03     looked up 4200001
        at 09:03     sent R1
        at 09:03     answer R1 accepted
        at 09:03     order 4200001 is T1 4200001 100.00
        at 09:03     R3 is rejected
        at 09:03     R2 is rejected
        at 09:03     left of T1 40.00
        at 09:04     asked R1
        at 09:04     found R1 success
        ",
    );
}

#[test]
fn a_direct_hit_by_wechat_pays_number_is_looked_up_once() {
    check(
        "
        at 09:00     refund R1 60.00 of 4200001 100.00
        at 09:00     looked up 4200001
        at 09:00     order 4200001 is T1 4200001 100.00
        at 09:00     sent R1
        at 09:00     answer R1 accepted
        at 09:01     asked R1
        at 09:01     found R1 success
        at 09:10     refund R2 10.00 of T1 100.00
        at 09:10     sent R2
        at 09:10     answer R2 accepted
        at 09:11     asked R2
        at 09:11     found R2 success
        at 09:11     left of T1 30.00
        ",
    );
}

#[test]
fn not_enough_on_a_need_that_is_only_guessed_asks_what_the_payer_paid() {
    check(
        "
        at 09:00     paid T9 500.00
        at 09:00     refund R1 10.00USD of T1 50.00USD
        at 09:00     sent R1
        at 09:00     answer R1 NOT_ENOUGH
        at 09:00     looked up T1
        at 09:00     order T1 is T1 4200001 50.00USD 350.00
        at 09:00     R1 is waiting            ; 70.00 is needed, and 69.99 at most is there
        at 09:05     paid T8 30.00
        at 09:05     sent R1
        at 09:05     answer R1 accepted
        at 09:06     asked R1
        at 09:06     found R1 success
        ",
    );
}

#[test]
fn a_notification_brings_the_query_forward_and_is_no_proof_itself() {
    check(
        "
        at 09:00     refund R1 100.00 of T1 500.00
        at 09:00     sent R1
        at 09:00     answer R1 accepted
        at 09:00:20  notice R1 success
        at 09:00:20  asked R1
        at 09:00:20  R1 is processing
        at 09:00:20  found R1 success
        at 09:00:20  R1 is succeeded
        ",
    );
}

#[test]
fn a_verified_notification_is_proof_where_the_merchant_says_so() {
    check_with(
        trusting_notifications(),
        "
        at 09:00     refund R1 100.00 of T1 500.00
        at 09:00     sent R1
        at 09:00     answer R1 accepted
        at 09:00:20  notice R1 success
        at 09:00:20  R1 is succeeded
        ",
    );
}

#[test]
fn what_nobody_signed_is_a_hint_even_where_a_verified_notification_is_proof() {
    check_with(
        trusting_notifications(),
        "
        at 09:00     refund R1 100.00 of T1 500.00
        at 09:00     sent R1
        at 09:00     answer R1 accepted
        at 09:00:20  hint R1
        at 09:00:20  asked R1
        at 09:00:20  R1 is processing
        at 09:00:20  found R1 success
        at 09:00:20  R1 is succeeded
        ",
    );
}

#[test]
fn a_notification_for_a_refund_thought_to_wait_leads_to_a_question() {
    check(
        "
        at 09:00     refund R1 100.00 of T1 500.00
        at 09:00     sent R1
        at 09:00     answer R1 NOT_ENOUGH
        at 09:10     notice R1 success
        at 09:10     asked R1
        at 09:10     found R1 success
        at 09:10     R1 is succeeded
        ",
    );
}

#[test]
fn success_on_day_12_is_still_taken() {
    check(
        "
        at 09:00  refund R1 100.00 of T1 500.00
        at 09:00  sent R1
        at 09:00  answer R1 accepted
        at 09:01  asked R1
        at 09:01  found R1 closed
        day 12
        at 11:00  notice R1 success
        at 11:00  asked R1
        at 11:00  crash
        at 11:00:01  asked R1                 ; the notice is on disk, and the question with it
        at 11:00:01  found R1 success
        at 11:00:01  R1 is succeeded
        ",
    );
}

#[test]
fn a_cancelled_refund_that_was_never_attempted_is_gone_at_once() {
    check(
        "
        at 09:00  pause
        at 09:00  refund R1 100.00 of T1 100.00
        at 09:01  R1 is queued
        at 09:01  cancel R1
        at 09:01  R1 is cancelled
        at 09:01  left of T1 100.00
        at 09:02  resume
        ",
    );
}

#[test]
fn a_deadline_does_what_a_cancellation_does() {
    check(
        "
        at 09:00     refund R1 100.00 of T1 100.00 by 09:40
        at 09:00     sent R1
        at 09:00     answer R1 NOT_ENOUGH
        at 09:40     R1 is withdrawing
        at 09:40     asked R1
        at 09:40     absent R1
        at 09:40     R1 is cancelled
        ",
    );
}

#[test]
fn two_signature_refusals_halt_the_merchant_id_and_a_probe_resumes_it() {
    check(
        "
        at 09:00     refund R1 10.00 of T1 100.00
        at 09:00     sent R1
        at 09:00     answer R1 SIGN_ERROR
        at 09:01     refund R2 10.00 of T2 100.00
        at 09:01     sent R2
        at 09:01     answer R2 SIGN_ERROR
        at 09:02     refund R3 10.00 of T3 100.00
        at 09:03     R3 is queued
        at 09:06     probed
        at 09:11     probed
        at 09:11     probe fine
        at 09:11     sent R1
        at 09:11     answer R1 accepted
        at 09:11     sent R2                  ; ramped up: one at a time at first
        at 09:11     answer R2 accepted
        at 09:11     sent R3
        at 09:11     answer R3 accepted
        at 09:12     asked R1
        at 09:12     asked R2
        at 09:12     asked R3
        at 09:12     found R1 success
        at 09:12     found R2 success
        at 09:12     found R3 success
        ",
    );
}

#[test]
fn a_changed_set_up_is_tested_at_once_and_ends_the_halt() {
    check(
        "
        at 09:00     refund R1 10.00 of T1 100.00
        at 09:00     sent R1
        at 09:00     answer R1 CERT_ERROR
        at 09:01     refund R2 10.00 of T2 100.00
        at 09:01     sent R2
        at 09:01     answer R2 CERT_ERROR
        at 09:02     set-up changed
        at 09:02     probed
        at 09:02     probe fine
        at 09:02     sent R1
        at 09:02     answer R1 accepted
        at 09:02     sent R2
        at 09:02     answer R2 accepted
        at 09:03     asked R1
        at 09:03     asked R2
        at 09:03     found R1 success
        at 09:03     found R2 success
        ",
    );
}

#[test]
fn a_single_refusal_for_the_set_up_is_over_once_that_was_changed() {
    check(
        "
        at 09:00     refund R1 10.00 of T1 100.00
        at 09:00     sent R1
        at 09:00     answer R1 CERT_ERROR
        at 09:02     set-up changed
        at 09:02     probed
        at 09:02     probe fine
        at 09:02     sent R1
        at 09:02     answer R1 accepted
        at 09:03     set-up changed           ; nothing was wrong: nothing is tested
        at 09:03     asked R1
        at 09:03     found R1 success
        ",
    );
}

#[test]
fn one_orders_missing_permission_halts_nobody_else() {
    check(
        "
        at 09:00     refund R1 10.00 of T1 100.00
        at 09:00     sent R1
        at 09:00     answer R1 NO_AUTH
        at 09:05     refund R2 10.00 of T2 100.00
        at 09:05     sent R2
        at 09:05     answer R2 NO_AUTH        ; of the same sub-merchant
        at 09:06     refund R3 10.00 of T3 100.00 for 102
        at 09:06     sent R3
        at 09:06     answer R3 accepted
        at 09:07     asked R3
        at 09:07     found R3 success
        at 09:08     cancel R1
        at 09:08     asked R1
        at 09:08     absent R1
        at 09:09     cancel R2
        at 09:11     asked R2
        at 09:11     absent R2
        ",
    );
}

#[test]
fn retry_plans_now_and_check_asks_now() {
    check(
        "
        at 09:00     refund R1 10.00 of T1 100.00
        at 09:00     sent R1
        at 09:00     answer R1 NOT_ENOUGH
        at 09:20     retry R1
        at 09:20     sent R1
        at 09:20     answer R1 accepted
        at 09:20:30  check R1
        at 09:20:30  asked R1
        at 09:20:30  found R1 success
        ",
    );
}

#[test]
fn an_abnormal_refund_is_looked_at_daily_until_somebody_fixed_it() {
    check(
        "
        at 09:00  refund R1 10.00 of T1 100.00
        at 09:00  sent R1
        at 09:00  answer R1 accepted
        at 09:01  asked R1
        at 09:01  found R1 abnormal
        at 09:01  R1 is abnormal
        day 2
        at 09:01  asked R1
        at 09:01  found R1 abnormal
        day 3
        at 09:01  asked R1
        at 09:01  found R1 success
        at 09:01  R1 is succeeded
        ",
    );
}

#[test]
fn while_a_refund_is_abnormal_its_amount_counts_and_once_it_is_closed_by_hand_it_is_free() {
    check(
        "
        at 09:00  refund R1 60.00 of T1 100.00
        at 09:00  sent R1
        at 09:00  answer R1 accepted
        at 09:01  asked R1
        at 09:01  found R1 abnormal
        at 09:02  refund R2 60.00 of T1 100.00 refused
        at 09:02  R1 needs attention
        day 2
        at 09:01  asked R1
        at 09:01  found R1 closed
        at 09:01  R1 is closed
        at 09:02  left of T1 100.00
        at 09:02  refund R3 60.00 of T1 100.00
        at 09:02  sent R3
        at 09:02  answer R3 accepted
        at 09:03  asked R3
        at 09:03  found R3 success
        ",
    );
}

#[test]
fn an_order_older_than_a_year_is_refused_before_the_first_attempt_or_where_only_wechat_pay_knows_by_it() {
    check(
        "
        at 09:00  paid T1 100.00
        day 366
        at 08:59  pause
        at 09:00  refund R1 10.00 of T1 100.00
        at 09:01  refund R3 10.00 of T1 100.00 refused
        at 09:01  resume
        at 09:01  R1 is rejected              ; never sent
        at 09:01  left of T1 100.00
        at 09:01  refund R2 10.00 of T2 100.00
        at 09:01  sent R2
        at 09:01  answer R2 order_too_old
        at 09:01  asked R2
        at 09:01  absent R2
        at 09:01  R2 is rejected
        ",
    );
}
