//! The instants at which something changes, to the second.

use jiff::Timestamp;

use super::record::{IssuedBy, KeyPlace, Record, Replacement, Superseded, Validity};
use super::state::{State, state};
use super::{Action, Effect, Guards, Policy, allowed, decide};

fn at(text: &str) -> Timestamp {
    format!("{text}+08:00").parse().unwrap()
}

fn valid(not_before: &str, not_after: &str) -> Record {
    let validity = Validity { not_before: at(not_before), not_after: at(not_after) };
    Record::from_certificate("0A", IssuedBy::Ca, validity, None)
}

fn check(record: &Record, policy: &Policy, expected: &[(&str, State)]) {
    for (now, expected) in expected {
        assert_eq!(state(record, policy, at(now)), *expected, "at {now}");
    }
}

#[test]
fn a_certificate_is_valid_through_not_after_and_kept_for_a_month() {
    let record = valid("2026-03-15T00:00:00", "2027-03-15T00:00:00");
    check(
        &record,
        &Policy::classic(),
        &[
            ("2026-03-15T00:00:00", State::Active),
            ("2027-01-13T23:59:59", State::Active),
            ("2027-01-14T00:00:00", State::Expiring),
            ("2027-03-15T00:00:00", State::Expiring),
            ("2027-03-15T00:00:00.999999999", State::Expiring),
            ("2027-03-15T00:00:01", State::ExpiredGrace),
            ("2027-04-15T00:00:00", State::ExpiredGrace),
            ("2027-04-15T00:00:01", State::ExpiredFinal),
        ],
    );
}

#[test]
fn a_month_after_31_january_ends_on_28_february() {
    let record = valid("2026-01-31T10:00:00", "2027-01-31T10:00:00");
    check(
        &record,
        &Policy::classic(),
        &[
            ("2027-02-28T10:00:00", State::ExpiredGrace),
            ("2027-02-28T10:00:01", State::ExpiredFinal),
            ("2027-03-01T00:00:00", State::ExpiredFinal),
        ],
    );
}

#[test]
fn the_month_is_counted_by_chinas_calendar() {
    // 31 January 00:30 in China is still 30 January in UTC, whose month would end at 16:30 UTC of 28 February.
    let record = valid("2026-01-31T00:30:00", "2027-01-31T00:30:00");
    check(
        &record,
        &Policy::classic(),
        &[("2027-02-28T00:30:00", State::ExpiredGrace), ("2027-02-28T00:30:01", State::ExpiredFinal)],
    );
}

#[test]
fn a_changed_certificate_works_for_48_hours_to_the_second() {
    let superseded = Some(Superseded { by: Replacement::Change, at: at("2026-06-01T08:00:00") });
    let record = Record { superseded, ..valid("2026-03-15T00:00:00", "2027-03-15T00:00:00") };
    check(
        &record,
        &Policy::classic(),
        &[("2026-06-03T07:59:59", State::SupersededByChange), ("2026-06-03T08:00:00", State::Dead)],
    );
    check(&record, &Policy::current(), &[("2026-06-03T08:00:00", State::Active)]);
}

#[test]
fn an_upgraded_certificate_works_for_14_days_to_the_second() {
    let superseded = Some(Superseded { by: Replacement::UpgradeKind, at: at("2026-06-01T08:00:00") });
    let record = Record { superseded, ..valid("2026-03-15T00:00:00", "2027-03-15T00:00:00") };
    check(
        &record,
        &Policy::classic(),
        &[("2026-06-15T07:59:59", State::SupersededByUpgrade), ("2026-06-15T08:00:00", State::Dead)],
    );
}

#[test]
fn a_replaced_certificate_does_not_outlive_its_own_end() {
    let superseded = Some(Superseded { by: Replacement::Change, at: at("2027-03-14T12:00:00") });
    let record = Record { superseded, ..valid("2026-03-15T00:00:00", "2027-03-15T00:00:00") };
    check(
        &record,
        &Policy::classic(),
        &[("2027-03-15T00:00:00", State::SupersededByChange), ("2027-03-15T00:00:01", State::Dead)],
    );
}

#[test]
fn a_voided_certificate_can_be_restored_for_seven_days_to_the_second() {
    let record = Record {
        voided_at: Some(at("2026-06-01T08:00:00")),
        ..valid("2026-03-15T00:00:00", "2031-03-15T00:00:00")
    };
    check(
        &record,
        &Policy::current(),
        &[("2026-06-08T07:59:59", State::Voided), ("2026-06-08T08:00:00", State::Dead)],
    );
    check(&record, &Policy::classic(), &[("2026-06-01T08:00:00", State::Dead)]);
}

#[test]
fn a_string_that_was_never_pasted_expires_like_any_other() {
    let record = Record { key: KeyPlace::Pending, ..valid("2026-03-15T00:00:00", "2027-03-15T00:00:00") };
    check(
        &record,
        &Policy::classic(),
        &[
            ("2027-03-15T00:00:00", State::Requested),
            ("2027-03-15T00:00:01", State::ExpiredGrace),
            ("2027-04-15T00:00:01", State::ExpiredFinal),
        ],
    );
}

/// Renews as often as the table lets one, each time on the last day, and gives every `not_after`.
fn renewals(mut record: Record) -> Vec<String> {
    let mut ends = Vec::new();
    loop {
        let now = record.validity.not_after;
        let guards = Guards::satisfied(0);
        let Ok(effect) = decide(Action::Renew, Some(&record), &Policy::classic(), &guards, now) else {
            return ends;
        };
        record = effect.apply(Some(&record), "0B", now).record.unwrap();
        ends.push(super::china::text(record.validity.not_after));
    }
}

#[test]
fn a_certificate_of_a_leap_day_is_renewed_four_times_on_the_28th() {
    let ends = renewals(valid("2024-02-29T09:00:00", "2025-02-28T09:00:00"));
    let expected = ["2026-02-28", "2027-02-28", "2028-02-28", "2029-02-28"];
    assert_eq!(ends, expected.map(|day| format!("{day} 09:00:00")));
}

#[test]
fn a_year_that_would_pass_the_fifth_by_a_second_is_not_given() {
    let whole = valid("2026-03-15T00:00:00", "2030-03-15T00:00:00");
    assert_eq!(renewals(whole), ["2031-03-15 00:00:00"]);
    let second_more = valid("2026-03-15T00:00:00", "2030-03-15T00:00:01");
    assert!(renewals(second_more).is_empty());
}

#[test]
fn nobody_is_advised_to_renew_1825_days_for_the_missing_one() {
    let record = valid("2020-12-31T10:00:00", "2025-12-30T10:00:00");
    let now = at("2025-12-01T00:00:00");
    assert_eq!(state(&record, &Policy::current(), now), State::Expiring);
    let expected = [Action::Change, Action::Void, Action::ApplyForAnother];
    assert_eq!(allowed(Some(&record), &Policy::current(), 0, now), expected);
}

#[test]
fn a_file_alone_has_a_lifecycle_and_the_years_used_can_be_told() {
    let file = valid("2026-03-15T00:00:00", "2027-03-15T00:00:00");
    let now = at("2027-02-01T00:00:00");
    assert_eq!(allowed(Some(&file), &Policy::classic(), 0, now), [Action::Renew, Action::Change]);
    let since = Some(at("2022-03-15T00:00:00"));
    let in_its_fifth_year = Record::from_certificate("0A", IssuedBy::Ca, file.validity, since);
    assert_eq!(allowed(Some(&in_its_fifth_year), &Policy::classic(), 0, now), [Action::Change]);
}

#[test]
fn an_issue_counts_in_whole_seconds() {
    let now = at("2026-03-01T12:00:00.750");
    let effect = decide(Action::SubmitRequest, None, &Policy::classic(), &Guards::satisfied(0), now);
    let Ok(Effect::Issued { validity, .. }) = effect else { panic!("{effect:?}") };
    assert_eq!(validity.not_before, at("2026-03-01T12:00:00"));
}

#[test]
fn states_are_stored_and_shown_under_the_same_names() {
    for state in State::ALL {
        assert_eq!(serde_json::to_string(&state).unwrap(), format!("\"{state}\""));
    }
    let record = Record {
        superseded: Some(Superseded { by: Replacement::UpgradeKind, at: at("2026-06-01T08:00:00") }),
        ..valid("2026-03-15T00:00:00", "2027-03-15T00:00:00")
    };
    let text = serde_json::to_string(&record).unwrap();
    assert_eq!(serde_json::from_str::<Record>(&text).unwrap(), record);
    let text = serde_json::to_string(&Policy::current()).unwrap();
    assert_eq!(serde_json::from_str::<Policy>(&text).unwrap(), Policy::current());
}
