//! The result of an accepted refund, when it is long in coming.

use jiff::Timestamp;
use refunds::outcome::{QueryOutcome, Report, Standing, SubmitOutcome};
use refunds::refund::{Reason, Refund};
use refunds::status::{Status, status};
use refunds::step::{Cause, Event};
use wechatpay::calendar::Calendar;

use crate::sample::{House, noon, receipt, report, seconds};

const DAY: i64 = 24 * 3600;

fn accepted(house: &House) -> Refund {
    let accepted = Event::Answered { attempt: 1, outcome: SubmitOutcome::Accepted(receipt()) };
    house.after_all(vec![Event::Released { signed_at: noon() }, accepted])
}

/// The refund after a query at `now` that found it so.
fn found(house: &House, refund: &Refund, standing: Standing, now: Timestamp) -> Refund {
    let outcome = QueryOutcome::Found(report(standing));
    house.after(refund, Event::Asked { asked_at: now, outcome }, now)
}

fn reason(refund: &Refund) -> Option<Reason> {
    refund.attention.map(|attention| attention.reason)
}

#[test]
fn an_abnormal_refund_is_asked_about_daily_for_as_long_as_it_lasts_and_ends_either_way() {
    let house = House::new();
    let mut now = noon() + seconds(60);
    let mut refund = found(&house, &accepted(&house), Standing::Abnormal, now);
    let since = refund.attention;
    for _ in 0..400 {
        assert_eq!(refund.ask_at, Some(now + seconds(DAY)));
        now += seconds(DAY);
        refund = found(&house, &refund, Standing::Abnormal, now);
        assert_eq!((refund.state.name(), reason(&refund)), ("abnormal", Some(Reason::Abnormal)));
        assert_eq!(refund.attention, since);
    }
    for (standing, end) in [(Standing::Succeeded, "succeeded"), (Standing::Closed, "closed")] {
        let ended = found(&house, &refund, standing, now);
        assert_eq!((ended.state.name(), ended.attention, ended.ask_at), (end, None, None));
        assert_eq!(ended.is_counted(), end == "succeeded");
    }
}

#[test]
fn a_refund_without_a_result_is_a_persons_after_a_year_who_can_still_ask() {
    let house = House::new();
    let (mut refund, mut now) = (accepted(&house), noon());
    let mut overdue = 0;
    while let Some(next) = refund.ask_at {
        now = next;
        overdue += u32::from(status(&refund, now, &Calendar::bundled()) == Status::Overdue);
        refund = found(&house, &refund, Standing::Processing, now);
        let is_overdue = status(&refund, now, &Calendar::bundled()) == Status::Overdue;
        assert_eq!(reason(&refund) == Some(Reason::Overdue), is_overdue, "{now}");
    }
    // Monday noon, so overdue from the next Monday's midnight on: 30 days, then 46 weeks.
    assert_eq!(overdue, 30 + 46);
    assert!(now > noon() + seconds(358 * DAY) && now <= noon() + seconds(365 * DAY), "{now}");
    assert_eq!(reason(&refund), Some(Reason::NoResultInAYear));
    assert_eq!(status(&refund, now, &Calendar::bundled()), Status::NeedsOperator);

    let later = now + seconds(100 * DAY);
    let asking = house.after(&refund, Event::AskNow, later);
    assert_eq!(asking.ask_at, Some(later));
    let ended = found(&house, &asking, Standing::Succeeded, later);
    assert_eq!((ended.state.name(), ended.attention), ("succeeded", None));
}

#[test]
fn an_abnormal_refund_that_went_to_the_merchants_own_account_is_left_to_a_person() {
    let house = House::new();
    let now = noon() + seconds(60);
    let abnormal = found(&house, &accepted(&house), Standing::Abnormal, now);
    for (account, reason, status_then) in [
        ("商户结算银行账户", Some(Reason::BackAtShop), Status::NeedsOperator),
        ("商户基本账户", Some(Reason::BackAtShop), Status::NeedsOperator),
        ("招商银行信用卡0403", None, Status::Succeeded),
    ] {
        let told = Report { received_in: Some(account.to_owned()), ..report(Standing::Succeeded) };
        let outcome = QueryOutcome::Found(told);
        let ended = house.after(&abnormal, Event::Asked { asked_at: now, outcome }, now);
        assert_eq!((ended.attention.map(|attention| attention.reason), ended.ask_at), (reason, None));
        assert_eq!(status(&ended, now, &Calendar::bundled()), status_then, "{account}");
        assert!(ended.is_final() && ended.is_counted(), "no other refund may take its amount");
    }
}

#[test]
fn who_was_paid_outside_is_settled_by_a_person_and_stays_so_whatever_wechat_pay_repeats() {
    let house = House::new();
    let now = noon() + seconds(60);
    let abnormal = found(&house, &accepted(&house), Standing::Abnormal, now);
    let asked = || {
        let told =
            Report { received_in: Some("商户基本账户".to_owned()), ..report(Standing::Succeeded) };
        Event::Asked { asked_at: now, outcome: QueryOutcome::Found(told) }
    };
    let settle = |refund: &Refund| house.step(refund, Event::Settled, now);
    assert_eq!(settle(&abnormal), None, "it may still arrive");
    let back = house.after(&abnormal, asked(), now);
    // Asking again before anybody has settled it closes nothing.
    let asked_again = house.after(&house.after(&back, Event::AskNow, now), asked(), now);
    assert!(asked_again.is_to_be_settled());
    let settled = settle(&asked_again).unwrap();
    assert_eq!((settled.cause, settled.refund.attention), (Cause::Settled, None));
    assert_eq!(
        (&settled.refund.state, settled.refund.result_at),
        (&asked_again.state, asked_again.result_at)
    );
    assert_eq!(settle(&settled.refund), None, "once is enough");
    let asked_afterwards = house.after(&house.after(&settled.refund, Event::AskNow, now), asked(), now);
    assert_eq!(asked_afterwards.attention, None);
    for refund in [settled.refund, asked_afterwards] {
        assert_eq!(status(&refund, now, &Calendar::bundled()), Status::Succeeded);
        assert!(refund.is_counted(), "no other refund may take its amount");
    }
}
