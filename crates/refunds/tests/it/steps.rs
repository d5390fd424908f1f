//! The table of a refund's life: what each event does in each state.

use jiff::Timestamp;
use refunds::order::OrderNames;
use refunds::outcome::{Fault, QueryOutcome, Refusal, Standing, SubmitOutcome};
use refunds::refund::{Reason, Refund, RequestBytes, State, Why, Withdrawal};
use refunds::step::Event;
use wechatpay::ids::OutTradeNo;
use wechatpay::wire::Wire;

use crate::sample::{House, noon, receipt, report, seconds};

fn released() -> Event {
    Event::Released { signed_at: noon() }
}

fn answered(attempt: u32, outcome: SubmitOutcome) -> Event {
    Event::Answered { attempt, outcome }
}

fn asked(outcome: QueryOutcome) -> Event {
    Event::Asked { asked_at: noon(), outcome }
}

fn asked_at(asked_at: Timestamp, outcome: QueryOutcome) -> Event {
    Event::Asked { asked_at, outcome }
}

fn refused() -> SubmitOutcome {
    SubmitOutcome::Refused(Refusal { code: "order_not_found".into(), message: "no such order".into() })
}

fn found(standing: Standing) -> Event {
    asked(QueryOutcome::Found(report(standing)))
}

/// The events that lead to each state.
fn way_to(state: &str) -> Vec<Event> {
    let accepted = || vec![released(), answered(1, SubmitOutcome::Accepted(receipt()))];
    let mut way = match state {
        "queued" => vec![],
        "submitting" => vec![released()],
        "waiting" => vec![released(), answered(1, SubmitOutcome::NotEnough)],
        "unclear" => vec![released(), answered(1, SubmitOutcome::Unclear)],
        "withdrawing" => {
            vec![released(), answered(1, SubmitOutcome::NotEnough), Event::Withdrawn(Withdrawal::Tenant)]
        }
        "rejected" => vec![released(), answered(1, refused()), asked(QueryOutcome::Absent)],
        "cancelled" => vec![Event::Withdrawn(Withdrawal::Tenant)],
        _ => accepted(),
    };
    way.extend(match state {
        "abnormal" => Some(found(Standing::Abnormal)),
        "succeeded" => Some(found(Standing::Succeeded)),
        "closed" => Some(found(Standing::Closed)),
        _ => None,
    });
    way
}

const STATES: [&str; 11] = [
    "queued",
    "waiting",
    "submitting",
    "unclear",
    "withdrawing",
    "processing",
    "abnormal",
    "succeeded",
    "closed",
    "rejected",
    "cancelled",
];

fn in_state(state: &str) -> Refund {
    let refund = House::new().after_all(way_to(state));
    assert_eq!(refund.state.name(), state);
    refund
}

/// Checks, for each state in the order of [`STATES`], where `event` leads. `.` means that nothing changes.
fn leads(event: impl Fn(&Refund) -> Event, to: [&str; 11]) {
    for (state, expected) in STATES.into_iter().zip(to) {
        let before = in_state(state);
        let after = House::new().after(&before, event(&before), noon() + seconds(10));
        if expected == "." {
            assert_eq!(after, before, "in {state}");
        } else {
            assert_eq!(after.state.name(), expected, "in {state}");
            assert_eq!(after.version, before.version + 1, "in {state}");
        }
    }
}

#[test]
fn only_waiting_and_unclear_refunds_are_sent() {
    let sent = "submitting";
    leads(|_| released(), [sent, sent, ".", sent, ".", ".", ".", ".", ".", ".", "."]);
}

#[test]
fn an_acceptance_is_believed_in_every_state_that_has_none() {
    let taken = "processing";
    let event = |refund: &Refund| answered(refund.attempts.count, SubmitOutcome::Accepted(receipt()));
    leads(event, [taken, taken, taken, taken, taken, ".", ".", ".", ".", taken, taken]);
}

#[test]
fn not_enough_waits_and_is_never_a_failure() {
    let event = |refund: &Refund| answered(refund.attempts.count, SubmitOutcome::NotEnough);
    leads(event, [".", ".", "waiting", "waiting", "withdrawing", ".", ".", ".", ".", ".", "."]);
}

#[test]
fn an_unclear_answer_leads_to_a_question_and_never_to_an_end() {
    for outcome in [SubmitOutcome::Unclear, SubmitOutcome::SlowDown, SubmitOutcome::NumberTaken] {
        let event = |refund: &Refund| answered(refund.attempts.count, outcome.clone());
        leads(event, [".", ".", "unclear", "unclear", "withdrawing", ".", ".", ".", ".", ".", "."]);
        let refund = House::new().after(&in_state("submitting"), event(&in_state("submitting")), noon());
        assert!(refund.ask_at.is_some_and(|at| at <= noon() + seconds(5)), "{outcome:?}");
    }
}

#[test]
fn a_refusal_for_good_ends_nothing_before_a_query_found_nothing() {
    let event = |refund: &Refund| answered(refund.attempts.count, refused());
    leads(event, [".", ".", "withdrawing", "withdrawing", "withdrawing", ".", ".", ".", ".", ".", "."]);
}

#[test]
fn a_faulty_set_up_keeps_the_refund() {
    let event =
        |refund: &Refund| answered(refund.attempts.count, SubmitOutcome::Misconfigured(Fault::Signature));
    leads(event, [".", ".", "waiting", "waiting", "withdrawing", ".", ".", ".", ".", ".", "."]);
    let refund = House::new().after(&in_state("submitting"), event(&in_state("submitting")), noon());
    assert!(matches!(refund.state, State::Waiting { why: Why::Halt, .. }));
}

#[test]
fn a_refund_found_without_its_sender_is_unclear() {
    leads(|_| Event::Orphaned, [".", ".", "unclear", ".", ".", ".", ".", ".", ".", ".", "."]);
}

#[test]
fn what_the_query_finds_is_so_in_every_state() {
    let all = |name| [name; 11];
    let mut succeeded = all("succeeded");
    succeeded[7] = ".";
    leads(|_| found(Standing::Succeeded), succeeded);
    let mut closed = all("closed");
    closed[8] = ".";
    leads(|_| found(Standing::Closed), closed);
    let mut processing = all("processing");
    // Asked again in the same second, it asks next at the same time; money that arrived and closures stay.
    (processing[5], processing[7], processing[8]) = (".", ".", ".");
    leads(|_| found(Standing::Processing), processing);
    leads(|_| found(Standing::Abnormal), all("abnormal"));
}

#[test]
fn success_on_day_twelve_after_a_closure_or_a_cancellation_is_believed_with_an_alert() {
    let day_12 = noon() + seconds(12 * 24 * 3600);
    for state in ["closed", "rejected", "cancelled"] {
        let refund = House::new().after(&in_state(state), found(Standing::Succeeded), day_12);
        assert_eq!(refund.state.name(), "succeeded");
        assert_eq!(refund.attention.map(|attention| attention.reason), Some(Reason::LateNews), "{state}");
    }
}

#[test]
fn another_refund_under_the_number_is_a_conflict_and_changes_no_state() {
    let mut other = report(Standing::Succeeded);
    other.amount = wechatpay::money::Money::fen(99);
    let event = |_: &Refund| asked(QueryOutcome::Found(other.clone()));
    for state in STATES {
        let before = in_state(state);
        let after = House::new().after(&before, event(&before), noon());
        assert_eq!(after.state, before.state);
        assert_eq!(after.attention.map(|attention| attention.reason), Some(Reason::NumberConflict));
    }
}

#[test]
fn a_refund_found_on_another_order_is_another_refund() {
    let names = |number: &str| OrderNames {
        out_trade_no: Some(OutTradeNo::parse(number).unwrap()),
        transaction_id: None,
    };
    let nothing = OrderNames { out_trade_no: None, transaction_id: None };
    let found = report(Standing::Succeeded);
    let known = names("T1");
    let outcome = |reported: &OrderNames| QueryOutcome::found(found.clone(), reported, Some(&known));
    assert_eq!(outcome(&names("T1")), QueryOutcome::Found(found.clone()));
    assert_eq!(outcome(&nothing), QueryOutcome::Found(found.clone()));
    assert_eq!(outcome(&names("T2")), QueryOutcome::Another);
    let before = in_state("unclear");
    let after = House::new().after(&before, asked(QueryOutcome::Another), noon());
    assert_eq!(after.state.name(), "unclear");
    assert_eq!(after.attention.map(|attention| attention.reason), Some(Reason::NumberConflict));
    assert_eq!(
        after.due(),
        Some(noon() + seconds(24 * 3600)),
        "nothing is sent again, and it is asked about daily"
    );
}

#[test]
fn an_acceptance_dated_in_the_future_counts_from_now() {
    let mut later = receipt();
    later.accepted_at = Some(Timestamp::MAX);
    let refund =
        House::new().after(&in_state("submitting"), answered(1, SubmitOutcome::Accepted(later)), noon());
    assert_eq!(refund.ask_at, Some(noon() + seconds(60)));
}

#[test]
fn a_query_that_brings_nothing_is_made_again_and_changes_no_state() {
    for state in ["unclear", "withdrawing", "processing", "abnormal"] {
        let before = in_state(state);
        let after = House::new().after(&before, asked(QueryOutcome::Unclear), noon());
        assert_eq!((after.state, after.ask_at), (before.state, Some(noon() + seconds(5))));
    }
}

#[test]
fn the_same_number_goes_again_at_0_s_5_s_30_s_2_min_and_then_every_10_min() {
    let house = House::new();
    let mut refund = in_state("submitting");
    let mut now = noon();
    let mut pauses = vec![];
    for _ in 0..7 {
        refund = house.after(&refund, answered(refund.attempts.count, SubmitOutcome::Unclear), now);
        assert_eq!(refund.ask_at, Some(now), "it asks at once");
        refund = house.after(&refund, asked_at(now, QueryOutcome::Absent), now);
        let resend_at = refund.due().unwrap();
        pauses.push(resend_at.duration_since(now).as_secs());
        now = resend_at;
        refund = house.after(&refund, Event::Released { signed_at: now }, now);
    }
    assert_eq!(pauses, [0, 5, 30, 120, 600, 600, 600]);
}

#[test]
fn a_person_is_told_after_an_hour_without_a_clear_answer() {
    let house = House::new();
    let mut refund = in_state("unclear");
    for minutes in [10, 59] {
        refund = house.after(&refund, asked(QueryOutcome::Unclear), noon() + seconds(minutes * 60));
        assert_eq!(refund.attention, None);
    }
    refund = house.after(&refund, asked(QueryOutcome::Unclear), noon() + seconds(3602));
    assert_eq!(refund.attention.map(|attention| attention.reason), Some(Reason::UnclearForLong));
}

#[test]
fn cancelling_before_the_first_attempt_is_immediate_and_later_needs_proof() {
    let cancel = |_: &Refund| Event::Withdrawn(Withdrawal::Tenant);
    let withdrawing = "withdrawing";
    leads(cancel, ["cancelled", withdrawing, withdrawing, withdrawing, ".", ".", ".", ".", ".", ".", "."]);
    // After NOT ENOUGH the last request was signed at noon: six minutes later the number can be proven dead.
    let house = House::new();
    let refund = in_state("withdrawing");
    assert_eq!(refund.ask_at, Some(noon() + seconds(360)));
    let early =
        house.after(&refund, asked_at(noon() + seconds(359), QueryOutcome::Absent), noon() + seconds(360));
    assert_eq!(early.state.name(), "withdrawing");
    let late =
        house.after(&refund, asked_at(noon() + seconds(360), QueryOutcome::Absent), noon() + seconds(361));
    assert_eq!(late.state.name(), "cancelled");
}

#[test]
fn without_a_time_stamp_a_number_is_dead_once_it_was_missing_twice_ten_minutes_apart() {
    let house = House::new();
    let mut refund = in_state("withdrawing");
    refund.request = RequestBytes::new(Wire::V2, b"<xml></xml>");
    let missing = |refund: &Refund, at: i64| {
        house.after(refund, asked_at(noon() + seconds(at), QueryOutcome::Absent), noon() + seconds(at))
    };
    let early = missing(&refund, 359);
    assert_eq!(
        (early.state.name(), early.attempts.first_absent),
        ("withdrawing", None),
        "its sender may still send"
    );
    let once = missing(&refund, 360);
    assert_eq!(once.state.name(), "withdrawing");
    assert_eq!(once.ask_at, Some(noon() + seconds(960)));
    let too_early = missing(&once, 959);
    assert_eq!((too_early.state.name(), too_early.ask_at), ("withdrawing", Some(noon() + seconds(960))));
    assert_eq!(missing(&too_early, 960).state.name(), "cancelled");
    let found = house.after(&once, found(Standing::Processing), noon() + seconds(960));
    assert_eq!(found.state.name(), "processing", "what turns up in between was taken");
}

#[test]
fn an_attempt_that_was_refused_for_good_is_dead_on_either_wire_once_a_query_finds_nothing() {
    let house = House::new();
    for wire in [Wire::V2, Wire::V3] {
        let mut refund = house.after_all(vec![released(), answered(1, refused())]);
        refund.request = RequestBytes::new(wire, b"");
        assert_eq!(house.after(&refund, asked(QueryOutcome::Absent), noon()).state.name(), "rejected");
    }
}

#[test]
fn a_cancellation_that_comes_too_late_goes_on_as_accepted() {
    let refund =
        House::new().after(&in_state("withdrawing"), found(Standing::Processing), noon() + seconds(60));
    assert_eq!(refund.state.name(), "processing");
}

#[test]
fn a_refusal_after_an_unclear_attempt_proves_nothing_about_that_attempt() {
    let house = House::new();
    let mut refund = in_state("unclear");
    let now = noon() + seconds(60);
    refund = house.after(&refund, Event::Released { signed_at: now }, now);
    refund = house.after(&refund, answered(2, refused()), now);
    assert_eq!(refund.ask_at, Some(noon() + seconds(360)), "the first attempt may be accepted until then");
    refund = house.after(&refund, asked_at(now, QueryOutcome::Absent), now);
    assert_eq!(refund.state.name(), "withdrawing");
}

#[test]
fn an_old_attempts_refusal_that_comes_late_is_ignored() {
    let house = House::new();
    let before = house.after(&in_state("unclear"), Event::Released { signed_at: noon() }, noon());
    for outcome in [SubmitOutcome::NotEnough, refused(), SubmitOutcome::Unclear] {
        assert_eq!(house.after(&before, answered(1, outcome), noon()), before);
    }
}

#[test]
fn a_notification_brings_the_query_forward() {
    for state in ["waiting", "unclear", "withdrawing", "processing", "abnormal", "succeeded", "cancelled"] {
        let now = noon() + seconds(10);
        let before = Refund { ask_at: None, ..in_state(state) };
        let after = House::new().after(&before, Event::AskNow, now);
        assert_eq!((after.state.name(), after.ask_at), (state, Some(now)));
    }
}

#[test]
fn a_notification_taken_as_proof_moves_nothing_backwards() {
    let told = |standing| move |_: &Refund| Event::Told(report(standing));
    let now = noon() + seconds(10);
    for state in ["succeeded", "closed", "rejected", "cancelled"] {
        let before = in_state(state);
        let after = House::new().after(&before, told(Standing::Abnormal)(&before), now);
        assert_eq!((after.state, after.ask_at), (before.state, Some(now)), "the query decides");
    }
    let processing = in_state("processing");
    let after = House::new().after(&processing, told(Standing::Succeeded)(&processing), now);
    assert_eq!(after.state.name(), "succeeded");
}

#[test]
fn an_accepted_refund_that_is_said_not_to_exist_is_not_sent_again() {
    let after = House::new().after(&in_state("processing"), asked(QueryOutcome::Absent), noon());
    assert_eq!(after.state.name(), "processing");
    assert_eq!(after.attention.map(|attention| attention.reason), Some(Reason::AcceptedButAbsent));
}

#[test]
fn a_missing_permission_is_shown_and_tried_again_hourly() {
    let event = answered(1, SubmitOutcome::Misconfigured(Fault::Permission));
    let after = House::new().after(&in_state("submitting"), event, noon());
    assert_eq!(after.attention.map(|attention| attention.reason), Some(Reason::NoPermission));
    let State::Waiting { why: Why::Halt, not_before, .. } = after.state else { panic!("{:?}", after.state) };
    assert_eq!(not_before, Some(noon() + seconds(3600)));
}

#[test]
fn what_counts_towards_the_order_is_all_but_rejected_cancelled_and_closed() {
    for state in STATES {
        let counted = !["closed", "rejected", "cancelled"].contains(&state);
        assert_eq!(in_state(state).is_counted(), counted, "{state}");
    }
}
