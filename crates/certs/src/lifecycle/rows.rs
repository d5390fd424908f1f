//! One story for each row of the table. A row that is taken out breaks its test.

use jiff::Timestamp;

use super::record::{IssuedBy, KeyPlace, Record, Replacement, Superseded, Validity};
use super::state::{State, next_change, state};
use super::table::{ROWS, allowed, call, decide};
use super::{Action, CallRefused, Effect, Guards, Old, Policy, Refusal};

fn at(text: &str) -> Timestamp {
    format!("{text}+08:00").parse().unwrap()
}

/// Issued at noon of 1 March 2026 in China for a year; renewal opens on 31 December.
fn record(issued_by: IssuedBy) -> Record {
    let validity = Validity { not_before: at("2026-03-01T12:00:00"), not_after: at("2027-03-01T12:00:00") };
    Record::from_certificate("0A", issued_by, validity, None)
}

fn ca() -> Record {
    record(IssuedBy::Ca)
}

/// In its fifth year: no further one fits.
fn used_up() -> Record {
    Record { first_issued: at("2022-03-01T12:00:00"), ..ca() }
}

const ACTIVE: &str = "2026-06-01T00:00:00";
const EXPIRING: &str = "2027-01-15T00:00:00";
const GRACE: &str = "2027-03-20T00:00:00";
const FINAL: &str = "2027-04-20T00:00:00";

fn classic(action: Action, record: &Record, now: &str) -> Result<Effect, Refusal> {
    decide(action, Some(record), &Policy::classic(), &Guards::satisfied(0), at(now))
}

fn current(action: Action, record: &Record, now: &str) -> Result<Effect, Refusal> {
    decide(action, Some(record), &Policy::current(), &Guards::satisfied(0), at(now))
}

/// The only edge out of the state in which `record` is at `before`.
fn edge(record: &Record, policy: &Policy, before: &str) -> (State, Timestamp, State) {
    let from = state(record, policy, at(before));
    let (instant, to) = next_change(from, record, policy).expect("the clock leads out of this state");
    assert_eq!(state(record, policy, instant), to);
    (from, instant, to)
}

fn issued(old: Old, now: &str, not_after: &str) -> Effect {
    Effect::Issued { validity: Validity { not_before: at(now), not_after: at(not_after) }, old }
}

#[test]
fn the_rows_are_numbered_in_order() {
    assert!(ROWS.iter().map(|row| row.number).eq(1..=22));
}

#[test]
fn row_1_a_request_string_gives_the_first_certificate_for_a_year() {
    let now = "2026-03-01T12:00:00";
    let ask = |guards: &Guards| decide(Action::SubmitRequest, None, &Policy::classic(), guards, at(now));
    let all = Guards::satisfied(0);
    assert_eq!(ask(&all), Ok(issued(Old::Unaffected, now, "2027-03-01T12:00:00")));
    for (guards, refusal) in [
        (Guards { super_administrator: false, ..all }, Refusal::SuperAdministratorOnly),
        (Guards { authorised: false, ..all }, Refusal::NotAuthorised),
        (Guards { csr_ok: false, ..all }, Refusal::RequestStringRefused),
        (Guards { merchant_matches: false, ..all }, Refusal::MerchantDiffers),
        (Guards { others_living: 1, ..all }, Refusal::TooManyLiving { limit: 1, living: 1 }),
    ] {
        assert_eq!(ask(&guards), Err(refusal));
    }
    let outcome = ask(&all).unwrap().apply(None, "0A", at(now));
    let new = outcome.issued.unwrap();
    assert_eq!(state(&new, &Policy::classic(), at(now)), State::Requested);
    let refused = classic(Action::SubmitRequest, &ca(), ACTIVE);
    assert_eq!(refused, Err(Refusal::HasCertificate { state: State::Active }));
}

#[test]
fn row_1_today_gives_five_years() {
    let now = "2026-03-01T12:00:00";
    let effect = decide(Action::SubmitRequest, None, &Policy::current(), &Guards::satisfied(0), at(now));
    assert_eq!(effect, Ok(issued(Old::Unaffected, now, "2031-03-01T12:00:00")));
}

#[test]
fn row_2_the_certificate_string_joins_its_key_and_no_other() {
    let pending = Record { key: KeyPlace::Pending, ..ca() };
    assert_eq!(classic(Action::Install, &pending, ACTIVE), Ok(Effect::Installed));
    let wrong = Guards { key_matches: false, ..Guards::satisfied(0) };
    let refused = decide(Action::Install, Some(&pending), &Policy::classic(), &wrong, at(ACTIVE));
    assert_eq!(refused, Err(Refusal::KeyDiffers));
    let installed = Effect::Installed.apply(Some(&pending), "", at(ACTIVE)).record.unwrap();
    assert_eq!(state(&installed, &Policy::classic(), at(ACTIVE)), State::Active);
}

#[test]
fn row_3_a_lost_key_leaves_a_valid_certificate_and_a_way_to_start_again() {
    let pending = Record { key: KeyPlace::Pending, ..ca() };
    assert_eq!(classic(Action::ReportKeyLost, &pending, ACTIVE), Ok(Effect::KeyLost));
    let lost = Effect::KeyLost.apply(Some(&pending), "", at(ACTIVE)).record.unwrap();
    assert_eq!(state(&lost, &Policy::classic(), at(ACTIVE)), State::Active);
    assert_eq!(allowed(Some(&lost), &Policy::classic(), 0, at(ACTIVE)), [Action::Change]);
    assert!(allowed(Some(&lost), &Policy::current(), 0, at(ACTIVE)).contains(&Action::Void));
}

#[test]
fn row_4_the_notice_period_begins_sixty_days_before_expiry() {
    let found = edge(&ca(), &Policy::classic(), ACTIVE);
    assert_eq!(found, (State::Active, at("2026-12-31T12:00:00"), State::Expiring));
}

#[test]
fn row_5_a_renewal_adds_a_year_to_the_old_expiry() {
    let renewed = classic(Action::Renew, &ca(), EXPIRING);
    let validity = Validity { not_before: at(EXPIRING), not_after: at("2028-03-01T12:00:00") };
    assert_eq!(renewed, Ok(Effect::Recertified { validity }));
    let record = renewed.unwrap().apply(Some(&ca()), "0B", at(EXPIRING)).record.unwrap();
    assert_eq!((record.serial.as_str(), record.first_issued), ("0B", ca().first_issued));
    assert_eq!(state(&record, &Policy::classic(), at(EXPIRING)), State::Active);
    let stranger = Guards { super_administrator: false, ..Guards::satisfied(0) };
    let refused = decide(Action::Renew, Some(&ca()), &Policy::classic(), &stranger, at(EXPIRING));
    assert_eq!(refused, Err(Refusal::SuperAdministratorOnly));
}

#[test]
fn row_5_a_renewal_of_today_reaches_the_end_of_the_five_years() {
    let validity = Validity { not_before: at(EXPIRING), not_after: at("2031-03-01T12:00:00") };
    assert_eq!(current(Action::Renew, &ca(), EXPIRING), Ok(Effect::Recertified { validity }));
}

#[test]
fn row_6_after_five_years_only_change_is_left() {
    let refused = Err(Refusal::UsedUp { limit_years: 5, instead: Action::Change });
    assert_eq!(classic(Action::Renew, &used_up(), EXPIRING), refused);
    let wxpay = Record { first_issued: used_up().first_issued, ..record(IssuedBy::Wxpay) };
    let refused = Err(Refusal::UsedUp { limit_years: 5, instead: Action::UpgradeKind });
    assert_eq!(classic(Action::Renew, &wxpay, EXPIRING), refused);
    let stranger = Guards { super_administrator: false, ..Guards::satisfied(0) };
    let refused = decide(Action::Renew, Some(&used_up()), &Policy::classic(), &stranger, at(EXPIRING));
    assert_eq!(refused, Err(Refusal::SuperAdministratorOnly));
}

#[test]
fn row_7_without_the_operating_certificate_nothing_is_renewed() {
    let missing = Guards { operating_certificate: false, ..Guards::satisfied(0) };
    for now in [ACTIVE, EXPIRING] {
        let refused = decide(Action::Renew, Some(&ca()), &Policy::classic(), &missing, at(now));
        assert_eq!(refused, Err(Refusal::OperatingCertificateMissing), "{now}");
    }
    let message = Refusal::OperatingCertificateMissing.to_string();
    assert!(message.contains("install the operating certificate first"), "{message}");
}

#[test]
fn row_8_a_certificate_expires_the_second_after_not_after() {
    let found = edge(&ca(), &Policy::classic(), EXPIRING);
    assert_eq!(found, (State::Expiring, at("2027-03-01T12:00:01"), State::ExpiredGrace));
}

#[test]
fn row_9_within_a_month_after_expiry_an_upgrade_adds_a_year_to_the_old_expiry() {
    let guards = Guards::satisfied(0);
    let upgrade =
        |guards: &Guards| decide(Action::UpgradeExpired, Some(&ca()), &Policy::classic(), guards, at(GRACE));
    let validity = Validity { not_before: at(GRACE), not_after: at("2028-03-01T12:00:00") };
    assert_eq!(upgrade(&guards), Ok(Effect::Recertified { validity }));
    let missing = Guards { operating_certificate: false, ..guards };
    assert_eq!(upgrade(&missing), Err(Refusal::OperatingCertificateMissing));
    assert_eq!(
        classic(Action::Renew, &ca(), GRACE),
        Err(Refusal::AlreadyExpired { button: "Upgrade" }),
        "the button has another name by then"
    );
}

#[test]
fn row_10_after_five_years_an_expired_one_is_changed_too() {
    let refused = Err(Refusal::UsedUp { limit_years: 5, instead: Action::Change });
    assert_eq!(classic(Action::UpgradeExpired, &used_up(), GRACE), refused);
    assert_eq!(allowed(Some(&used_up()), &Policy::classic(), 0, at(GRACE)), [Action::Change]);
}

#[test]
fn row_11_the_grace_of_an_expired_certificate_is_a_month() {
    let found = edge(&ca(), &Policy::classic(), GRACE);
    assert_eq!(found, (State::ExpiredGrace, at("2027-04-01T12:00:01"), State::ExpiredFinal));
}

#[test]
fn row_12_a_change_after_the_month_gives_a_year_and_ends_the_old_one() {
    let ask = |policy: &Policy| decide(Action::Change, Some(&ca()), policy, &Guards::satisfied(0), at(FINAL));
    let effect = ask(&Policy::classic()).unwrap();
    assert_eq!(effect, issued(Old::Ended, FINAL, "2028-04-20T00:00:00"));
    let old = effect.apply(Some(&ca()), "0B", at(FINAL)).record.unwrap();
    assert_eq!(state(&old, &Policy::classic(), at(FINAL)), State::Dead);
    assert_eq!(ask(&Policy::current()), Ok(issued(Old::Ended, FINAL, "2032-04-20T00:00:00")));
}

#[test]
fn row_13_after_the_month_neither_renewal_nor_upgrade() {
    for action in [Action::Renew, Action::UpgradeExpired] {
        assert_eq!(classic(action, &ca(), FINAL), Err(Refusal::OnlyChange));
    }
}

#[test]
fn row_14_a_change_gives_the_old_one_48_hours_and_today_its_own_life() {
    for now in [ACTIVE, EXPIRING] {
        let superseded = Superseded { by: Replacement::Change, at: at(now) };
        let effect = classic(Action::Change, &ca(), now).unwrap();
        assert!(matches!(effect, Effect::Issued { old: Old::Superseded(found), .. } if found == superseded));
        let old = effect.apply(Some(&ca()), "0B", at(now)).record.unwrap();
        assert_eq!(state(&old, &Policy::classic(), at(now)), State::SupersededByChange);
        let today = current(Action::Change, &ca(), now);
        assert!(matches!(today, Ok(Effect::Issued { old: Old::Unaffected, .. })));
    }
    let refused = Refusal::OtherKind { issued_by: IssuedBy::Wxpay, instead: Action::UpgradeKind };
    assert_eq!(classic(Action::Change, &record(IssuedBy::Wxpay), ACTIVE), Err(refused));
}

#[test]
fn row_15_a_changed_certificate_is_dead_after_48_hours() {
    let superseded = Some(Superseded { by: Replacement::Change, at: at(ACTIVE) });
    let found = edge(&Record { superseded, ..ca() }, &Policy::classic(), ACTIVE);
    assert_eq!(found, (State::SupersededByChange, at("2026-06-03T00:00:00"), State::Dead));
}

#[test]
fn row_16_an_upgrade_of_the_kind_gives_the_old_one_14_days() {
    for now in [ACTIVE, EXPIRING] {
        let old = record(IssuedBy::Wxpay);
        let effect = classic(Action::UpgradeKind, &old, now).unwrap();
        let outcome = effect.apply(Some(&old), "0B", at(now));
        assert_eq!(outcome.issued.unwrap().issued_by, IssuedBy::Ca);
        let old = outcome.record.unwrap();
        assert_eq!(state(&old, &Policy::classic(), at(now)), State::SupersededByUpgrade);
    }
    let refused = Refusal::OtherKind { issued_by: IssuedBy::Ca, instead: Action::Change };
    assert_eq!(classic(Action::UpgradeKind, &ca(), ACTIVE), Err(refused));
}

#[test]
fn row_17_an_upgraded_certificate_is_dead_after_14_days() {
    let superseded = Some(Superseded { by: Replacement::UpgradeKind, at: at(ACTIVE) });
    let found = edge(&Record { superseded, ..record(IssuedBy::Wxpay) }, &Policy::classic(), ACTIVE);
    assert_eq!(found, (State::SupersededByUpgrade, at("2026-06-15T00:00:00"), State::Dead));
}

#[test]
fn row_18_voiding_is_todays_and_takes_effect_at_once() {
    for now in [ACTIVE, EXPIRING] {
        assert_eq!(current(Action::Void, &ca(), now), Ok(Effect::Voided));
    }
    let voided = Effect::Voided.apply(Some(&ca()), "", at(ACTIVE)).record.unwrap();
    assert_eq!(call(Some(&voided), &Policy::current(), at(ACTIVE)), Err(CallRefused::Voided));
    let refused = Refusal::NotOffered { action: Action::Void, profile: super::Profile::Classic };
    assert_eq!(classic(Action::Void, &ca(), ACTIVE), Err(refused));
}

#[test]
fn row_19_a_voided_certificate_can_be_restored_unless_it_expired_or_there_is_no_room() {
    let voided = Record { voided_at: Some(at(EXPIRING)), ..ca() };
    assert_eq!(current(Action::Restore, &voided, EXPIRING), Ok(Effect::Restored));
    let restored = Effect::Restored.apply(Some(&voided), "", at(EXPIRING)).record.unwrap();
    assert_eq!(state(&restored, &Policy::current(), at(EXPIRING)), State::Expiring);
    let full = Guards::satisfied(3);
    let refused = decide(Action::Restore, Some(&voided), &Policy::current(), &full, at(EXPIRING));
    assert_eq!(refused, Err(Refusal::TooManyLiving { limit: 3, living: 3 }));
    let voided = Record { voided_at: Some(at("2027-02-28T00:00:00")), ..ca() };
    assert_eq!(current(Action::Restore, &voided, "2027-03-01T12:00:01"), Err(Refusal::ExpiredWhileVoided));
}

#[test]
fn row_20_a_voided_certificate_is_dead_after_seven_days() {
    let voided = Record { voided_at: Some(at(ACTIVE)), ..ca() };
    let found = edge(&voided, &Policy::current(), ACTIVE);
    assert_eq!(found, (State::Voided, at("2026-06-08T00:00:00"), State::Dead));
    assert_eq!(current(Action::Restore, &voided, "2026-06-08T00:00:00"), Err(Refusal::AtItsEnd));
}

#[test]
fn row_21_today_three_may_live_side_by_side() {
    let ask = |policy: &Policy, others| {
        let guards = Guards::satisfied(others);
        decide(Action::ApplyForAnother, Some(&ca()), policy, &guards, at(ACTIVE))
    };
    assert!(matches!(ask(&Policy::current(), 1), Ok(Effect::Issued { old: Old::Unaffected, .. })));
    assert_eq!(ask(&Policy::current(), 2), Err(Refusal::TooManyLiving { limit: 3, living: 3 }));
    let refused = Refusal::NotOffered { action: Action::ApplyForAnother, profile: super::Profile::Classic };
    assert_eq!(ask(&Policy::classic(), 0), Err(refused));
}

#[test]
fn row_22_calls_are_refused_without_a_certificate_that_works() {
    let policy = Policy::classic();
    let refused = |record: &Record, now: &str| call(Some(record), &policy, at(now));
    assert_eq!(call(None, &policy, at(ACTIVE)), Err(CallRefused::None));
    assert_eq!(refused(&ca(), ACTIVE), Ok(()));
    assert_eq!(refused(&ca(), EXPIRING), Ok(()));
    assert_eq!(refused(&ca(), GRACE), Err(CallRefused::Expired));
    assert_eq!(refused(&ca(), FINAL), Err(CallRefused::Expired));
    let changed = Record { superseded: Some(Superseded { by: Replacement::Change, at: at(ACTIVE) }), ..ca() };
    assert_eq!(refused(&changed, "2026-06-02T23:59:59"), Ok(()));
    assert_eq!(refused(&changed, "2026-06-03T00:00:00"), Err(CallRefused::Replaced));
    let ended = Record { ended_at: Some(at(FINAL)), ..ca() };
    assert_eq!(refused(&ended, FINAL), Err(CallRefused::Replaced));
    let pending = Record { key: KeyPlace::Pending, ..ca() };
    assert_eq!(refused(&pending, ACTIVE), Ok(()));
}

#[test]
fn too_early_to_renew_says_from_when() {
    let refused = Refusal::TooEarly { from: at("2026-12-31T12:00:00"), days: 60 };
    assert_eq!(classic(Action::Renew, &ca(), ACTIVE), Err(refused.clone()));
    assert_eq!(
        refused.to_string(),
        "it is too early to renew: renewal opens at 2026-12-31 12:00:00 China time, 60 days before the expiry"
    );
}
