//! What goes wrong between the owner, its store and WeChat Pay, a story each.

use refunds::policy::Policy;

use crate::script::{check, check_with};

#[test]
fn lost_commits_use_up_no_budget() {
    check(
        "
        at 09:00     lose the next commit
        at 09:00     refund R1 10.00 of T1 500.00
        at 09:00     asked R1
        at 09:00     absent R1
        at 09:00     sent R1
        at 09:00     answer R1 accepted
        at 09:00:10  lose the next commit
        at 09:00:10  refund R2 10.00 of T2 500.00
        at 09:00:10  asked R2
        at 09:00:10  absent R2
        at 09:00:10  sent R2
        at 09:00:10  answer R2 accepted
        at 09:00:20  lose the next commit
        at 09:00:20  refund R3 10.00 of T3 500.00
        at 09:00:20  asked R3
        at 09:00:20  absent R3
        at 09:00:20  sent R3
        at 09:00:20  answer R3 accepted
        at 09:00:30  refund R4 10.00 of T4 500.00
        at 09:00:30  sent R4
        ",
    );
}

#[test]
fn a_cancel_that_was_read_while_its_refund_was_let_go_is_kept() {
    check(
        "
        at 09:00     refund R1 100.00 of T1 500.00
        at 09:00     sent R1
        at 09:00:01  answer R1 unclear
        at 09:00:01  asked R1
        at 09:00:01  absent R1
        at 09:00:01  sent R1
        at 09:00:02  answer R1 unclear
        at 09:00:02  asked R1
        at 09:00:02  hold reads
        at 09:00:02  cancel R1                ; the page with it is on its way
        at 09:00:02  absent R1                ; to be sent again in 5 s, and let go until then
        at 09:00:02  let reads
        at 09:00:03  R1 is withdrawing
        ",
    );
}

#[test]
fn a_notice_that_was_read_while_its_refund_was_let_go_is_kept() {
    check(
        "
        at 09:00     refund R1 100.00 of T1 500.00
        at 09:00     sent R1
        at 09:00     hold reads
        at 09:00:01  notice R1 success
        at 09:00:01  answer R1 accepted
        at 09:00:01  let reads
        at 09:00:01  asked R1
        at 09:00:01  found R1 success
        ",
    );
}

#[test]
fn news_of_an_ended_refund_is_asked_about_until_there_is_an_answer() {
    check(
        "
        at 09:00     refund R1 100.00 of T1 500.00
        at 09:00     sent R1
        at 09:00     answer R1 accepted
        at 09:01     asked R1
        at 09:01     found R1 closed
        day 12
        at 11:00     notice R1 success
        at 11:00     asked R1
        at 11:00     silent R1
        at 11:00:05  asked R1
        at 11:00:05  found R1 success
        at 11:00:05  R1 is succeeded
        ",
    );
}

#[test]
fn an_adopted_refund_is_not_sent_before_its_order_is_known() {
    check(
        "
        at 09:00     refund R1 100.00 of T1 100.00
        at 09:00     sent R1
        at 09:00     answer R1 accepted
        at 09:00:10  refund R2 100.00 of 4200001 100.00 adopt
        at 09:00:10  asked R2
        at 09:00:10  absent R2
        at 09:00:10  looked up 4200001
        at 09:00:10  order 4200001 is T1 4200001 100.00
        at 09:01     asked R1
        at 09:01     found R1 success
        at 09:01:00  sent R2                  ; begun elsewhere, so it is not ours to reject; a minute after R1's answer
        at 09:01:01  answer R2 amount_over_rest
        ",
    );
}

#[test]
fn a_question_about_an_order_waits_for_room_among_the_questions() {
    check_with(
        Policy { queries_in_flight: 1, ..Policy::default() },
        "
        at 09:00     refund R1 100.00 of T1 100.00
        at 09:00     sent R1
        at 09:00     answer R1 accepted
        at 09:01     asked R1
        at 09:01:10  refund R2 10.00 of 4200001 100.00
        at 09:01:20  found R1 success
        at 09:01:20  looked up 4200001
        ",
    );
}

#[test]
fn a_halted_merchant_id_is_tested_by_its_next_owner() {
    check(
        "
        at 09:00     refund R1 10.00 of T1 100.00
        at 09:00     sent R1
        at 09:00     answer R1 SIGN_ERROR
        at 09:01     refund R2 10.00 of T2 100.00
        at 09:01     sent R2
        at 09:01     answer R2 SIGN_ERROR
        at 09:02     crash
        at 09:02:01  probed                   ; within the second: a new owner begins without budgets
        at 09:03     R1 is waiting
        ",
    );
}

#[test]
fn a_halt_by_a_clock_that_was_hours_ahead_is_tested_five_minutes_after_it_was_set_back() {
    check(
        "
        at 19:00     refund R1 10.00 of T1 100.00
        at 19:00     sent R1
        at 19:00     answer R1 SIGN_ERROR
        at 19:01     refund R2 10.00 of T2 100.00
        at 19:01     sent R2
        at 19:01     answer R2 SIGN_ERROR
        at 09:02     refund R3 10.00 of T3 100.00 ; ten hours earlier
        at 09:07     probed
        at 09:07     probe fine
        at 09:07     sent R3
        ",
    );
}

#[test]
fn an_answer_to_a_call_made_before_a_halt_does_not_end_it() {
    check(
        "
        at 09:00     refund R3 10.00 of T3 100.00
        at 09:00     sent R3
        at 09:00:01  refund R1 10.00 of T1 100.00
        at 09:00:01  sent R1
        at 09:00:01  answer R1 SIGN_ERROR
        at 09:00:05  refund R2 10.00 of T2 100.00
        at 09:00:05  sent R2
        at 09:00:05  answer R2 SIGN_ERROR
        at 09:00:06  answer R3 accepted
        at 09:00:07  refund R4 10.00 of T4 100.00
        at 09:00:08  R4 is queued
        at 09:02     R3 is processing         ; a question would not be taken either
        ",
    );
}

#[test]
fn nobody_new_stands_behind_a_front_full_of_sleepers() {
    check_with(
        Policy { front_limit: 2, ..Policy::default() },
        "
        at 09:00     refund R1 900.00 of T1 900.00
        at 09:00     sent R1
        at 09:00     answer R1 NOT_ENOUGH
        at 09:00:10  refund R2 900.00 of T2 900.00
        at 09:05     sent R2
        at 09:05     answer R2 NOT_ENOUGH
        at 09:06     refund R3 1.00 of T3 900.00
        at 09:06     sent R3
        at 09:06     answer R3 accepted
        at 09:07     asked R3
        at 09:07     found R3 success
        at 10:00     sent R1                  ; whoever had to make room comes back in time
        at 10:00     answer R1 accepted
        at 10:01     asked R1
        at 10:01     found R1 success
        at 10:05     sent R2
        ",
    );
}

#[test]
fn who_is_found_to_need_less_or_more_leaves_nobody_behind_in_the_front() {
    check_with(
        Policy { front_limit: 1, ..Policy::default() },
        "
        at 09:00     refund R1 10.00USD of 4200001 100.00USD
        at 09:00     looked up 4200001
        at 09:00     order 4200001 is T1 4200001 100.00USD 700.00
        at 09:00     sent R1
        at 09:00     answer R1 accepted
        at 09:00:10  refund R2 10.00 of T2 10.00
        at 09:00:10  sent R2
        ",
    );
}

#[test]
fn wechat_pays_word_takes_the_place_of_a_report() {
    check(
        "
        at 08:00     reported T2 1000.00
        at 08:01     paid T2 100.00
        at 08:02     refund R1 700.00 of T1 700.00
        at 08:02     sent R1
        at 08:02     answer R1 NOT_ENOUGH
        at 08:03     paid T3 0.10
        at 08:04     R1 is waiting
        ",
    );
}

#[test]
fn nothing_leaves_in_the_pause_around_midnight_though_it_was_decided_before() {
    check(
        "
        at 23:59:54  hold commits
        at 23:59:54  refund R1 10.00 of T3 100.00
        at 23:59:58  let commits
        at 23:59:58  asked R1
        at 23:59:58  absent R1
        at 23:59:59  R1 is unclear
        day 2
        at 00:00:05  sent R1
        ",
    );
}

#[test]
fn a_request_whose_commit_took_minutes_is_not_sent_with_a_stale_time_stamp() {
    check(
        "
        at 09:00     hold commits
        at 09:00     refund R1 10.00 of T3 100.00
        at 09:02     let commits
        at 09:02     asked R1
        at 09:02     absent R1
        at 09:02     sent R1
        ",
    );
}

#[test]
fn a_refund_whose_need_is_unknown_draws_nothing_from_the_estimate() {
    let mut script = String::new();
    for n in 1..=5 {
        script += &format!("at 09:0{n} refund R{n} 10.00USD of T{n} 100.00USD\n");
        script += &format!("at 09:0{n} sent R{n}\nat 09:0{n} answer R{n} accepted\n");
        script += &format!(
            "at 09:0{n}:30 check R{n}\nat 09:0{n}:30 asked R{n}\nat 09:0{n}:30 found R{n} success\n"
        );
    }
    check(&script);
}

#[test]
fn refusals_of_large_refunds_do_not_keep_a_small_one_from_its_first_attempt() {
    check(
        "
        at 08:00     refund S1 10.00 of TS1 10.00
        at 08:00     sent S1
        at 08:00     answer S1 NOT_ENOUGH
        at 08:01     refund B1 9000.00 of TB1 9000.00
        at 08:01     refund S2 10.00 of TS2 20.00
        at 08:05     sent B1
        at 08:05     sent S2
        at 08:05     answer B1 NOT_ENOUGH
        at 08:05     answer S2 accepted
        at 08:06     asked S2
        at 08:06     found S2 success
        ",
    );
}

#[test]
fn a_slow_commit_lets_no_burst_leave() {
    let mut script =
        String::from("at 08:00 paid TX 1000000.00\nat 08:59 from now all are accepted\nat 08:59 pause\n");
    for n in 1..=400 {
        script += &format!("at 09:00 refund R{n} 1.00 of T{n} 1.00\n");
    }
    script += "at 09:00:01 hold commits\nat 09:00:01 resume\nat 09:00:03 let commits\n";
    script += "at 09:00:09 no second saw more than 150 sent\n";
    check(&script);
}

#[test]
fn refusals_for_good_count_as_refused_calls_once_the_first_have_come_back() {
    // A pool that certainly holds takes no token before; what is under way when the first refusal comes is one burst.
    let mut script =
        String::from("at 08:00 paid TX 1000000.00\nat 08:59 from now all are refused\nat 08:59 pause\n");
    for n in 1..=60 {
        script += &format!("at 09:00 refund R{n} 1.00 of T{n} 1.00\n");
    }
    script += "at 09:00:01 resume\nat 09:00:09 no second saw more than 18 sent\n";
    check(&script);
}

#[test]
fn a_refund_unclear_in_a_pause_is_asked_about_on_and_a_person_is_told() {
    check(
        "
        at 09:00     refund R1 100.00 of T1 500.00
        at 09:00     sent R1
        at 09:00:10  pause
        at 09:00:30  answer R1 unclear
        at 09:00:30  asked R1
        at 09:00:31  from now all are accepted
        at 09:00:31  absent R1
        at 12:00     R1 is unclear
        at 12:00     R1 needs attention
        ",
    );
}

#[test]
fn blocked_resends_keep_no_other_refund_from_being_asked_about() {
    let mut script =
        String::from("at 09:00 refund R0 1.00 of T0 1.00\nat 09:00 sent R0\nat 09:00 answer R0 accepted\n");
    script += "at 09:00:10 pause\nat 09:00:10 from now all are accepted\n";
    for n in 1..=600 {
        script += &format!("at 09:00:11 refund R{n} 1.00 of T{n} 1.00 adopt\n");
    }
    script += "at 09:02 asked meanwhile R0\n";
    check(&script);
}

#[test]
fn a_notice_during_an_attempt_is_followed_up() {
    check(
        "
        at 09:00     refund R1 100.00 of T1 500.00
        at 09:00     sent R1
        at 09:00:01  notice R1 success
        at 09:00:02  answer R1 NOT_ENOUGH
        at 09:00:02  asked R1
        at 09:00:02  found R1 success
        at 09:00:10  refund R2 100.00 of T2 500.00
        at 09:00:10  sent R2
        at 09:00:11  notice R2 success
        at 09:00:12  answer R2 accepted       ; the notice was faster than the answer
        at 09:00:12  asked R2
        at 09:00:12  found R2 success
        ",
    );
}

#[test]
fn a_claimed_pair_whose_names_lie_in_two_rows_is_looked_up() {
    check(
        "
        at 09:00     pause
        at 09:00     refund R1 10.00 of T1 100.00
        at 09:00     refund R2 10.00 of 4200001 100.00
        at 09:00     cancel R2
        at 09:00     cancel R1
        at 09:01     refund R3 30.00 of T1 100.00 as 4200001
        at 09:02     resume
        at 09:02     looked up T1
        at 09:02     order T1 is T1 4200001 100.00
        at 09:02     sent R3
        ",
    );
}

#[test]
fn a_minute_lies_between_refunds_of_an_order_though_it_was_read_from_an_older_page() {
    check(
        "
        at 09:00     refund R1 30.00 of T1 100.00
        at 09:00     sent R1
        at 09:00:02  answer R1 unclear
        at 09:00:02  asked R1
        at 09:00:03  hold reads
        at 09:00:03  refund R2 30.00 of T1 100.00
        at 09:00:03  absent R1
        at 09:00:03  sent R1
        at 09:00:20  answer R1 accepted       ; it and its order are let go
        at 09:00:21  let reads
        at 09:01:20  asked R1
        at 09:01:20  sent R2
        ",
    );
}

#[test]
fn a_payment_is_posted_once_though_its_order_was_read_before_the_report_of_it_was_on_disk() {
    check(
        "
        at 09:00     hold commits
        at 09:00     reported T1 2000.00      ; so much that it is asked about
        at 09:00     looked up T1
        at 09:00:01  hold reads
        at 09:00:01  order T1 is T1 4200001 2000.00
        at 09:00:02  let commits
        at 09:00:03  let reads
        ",
    );
}

#[test]
fn who_lost_a_commit_begins_again_when_nothing_older_is_to_come() {
    check(
        "
        at 09:00     hold commits
        at 09:00     reported T1 2000.00      ; so much that it is asked about
        at 09:00     looked up T1
        at 09:00:01  hold reads
        at 09:00:01  order T1 is T1 4200001 2000.00
        at 09:00:02  let new reads            ; the old one shows T1 before anything was posted
        at 09:00:02  lose commits
        at 09:00:04  let reads
        at 09:00:04  looked up T1
        at 09:00:05  order T1 is T1 4200001 2000.00
        ",
    );
}

#[test]
fn two_names_that_belong_to_two_orders_are_no_order() {
    check(
        "
        at 09:00     pause
        at 09:00     refund R1 10.00 of 4200001 100.00 as T3
        at 09:00     resume
        at 09:00     looked up 4200001
        at 09:00     order 4200001 is T1 4200001 100.00
        at 09:00     R1 is rejected
        ",
    );
}
