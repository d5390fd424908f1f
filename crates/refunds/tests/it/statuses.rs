//! The one word a tenant reads.

use refunds::outcome::{Fault, QueryOutcome, Standing, SubmitOutcome};
use refunds::refund::{Refund, State, Why};
use refunds::status::{Status, status};
use refunds::step::Event;
use wechatpay::calendar::Calendar;

use crate::sample::{House, noon, queued, receipt, report, seconds};

fn word(refund: &Refund, after_s: i64) -> &'static str {
    status(refund, noon() + seconds(after_s), &Calendar::bundled()).as_str()
}

fn answered(outcome: SubmitOutcome) -> Refund {
    let released = Event::Released { signed_at: noon() };
    House::new().after_all(vec![released, Event::Answered { attempt: 1, outcome }])
}

#[test]
fn waiting_is_told_apart_by_its_reason() {
    assert_eq!(word(&answered(SubmitOutcome::NotEnough), 0), "waiting_for_funds");
    assert_eq!(word(&answered(SubmitOutcome::Misconfigured(Fault::Signature)), 0), "deferred");
    let spaced = State::Waiting { why: Why::Spacing, since: noon(), not_before: None };
    assert_eq!(word(&Refund { state: spaced, ..queued() }, 0), "deferred");
}

#[test]
fn a_refund_is_overdue_from_the_end_of_the_fifth_business_day() {
    let refund = answered(SubmitOutcome::Accepted(receipt()));
    let end = 7 * 24 * 3600 + 12 * 3600; // Monday noon to the following Monday's midnight
    assert_eq!((word(&refund, end - 1), word(&refund, end)), ("processing", "overdue"));
}

#[test]
fn what_only_a_person_can_settle_needs_an_operator_until_it_has_ended() {
    let house = House::new();
    let refund = answered(SubmitOutcome::Misconfigured(Fault::Permission));
    assert_eq!(word(&refund, 0), "needs_operator");
    let found = Event::Asked { asked_at: noon(), outcome: QueryOutcome::Found(report(Standing::Succeeded)) };
    assert_eq!(word(&house.after(&refund, found, noon()), 0), "succeeded");
}

#[test]
fn every_status_has_a_word_of_its_own() {
    let words: std::collections::BTreeSet<&str> = Status::ALL.iter().map(|status| status.as_str()).collect();
    assert_eq!(words.len(), Status::ALL.len());
}
