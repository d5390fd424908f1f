//! Notices: sent at once, repeated by the plan, answered once.

use jiff::SignedDuration;
use platform::notify::{Delivery, News, REPEAT_AFTER_S};
use platform::refund::RefundStatus;
use wechatpay::money::Money;

use crate::stage::Stage;

#[test]
fn an_unanswered_notice_is_repeated_fifteen_times_over_a_day_and_given_up() {
    let mut stage = Stage::new("2026-11-20 09:00");
    stage.pays("O1", Money::fen(100));
    let mut sent = Vec::new();
    while let Some(next) = stage.platform.next_event().filter(|_| sent.len() < 20) {
        if let Some((_, notice)) = stage.platform.take_due_notice(next) {
            assert!(matches!(notice.news, News::Paid { .. }));
            sent.push(next.duration_since(stage.now).as_secs());
        }
        if stage.platform.notices()[0].delivery == Delivery::GivenUp {
            break;
        }
    }
    let mut expected = vec![0];
    for wait_s in REPEAT_AFTER_S {
        expected.push(expected.last().unwrap() + wait_s);
    }
    assert_eq!(sent, expected);
    assert_eq!(sent.last(), Some(&(24 * 3600 + 4 * 60)));
}

#[test]
fn an_answered_notice_is_never_repeated() {
    let mut stage = Stage::new("2026-11-20 09:00");
    stage.pays("O1", Money::fen(100));
    let (first, _) = stage.platform.take_due_notice(stage.now).unwrap();
    assert!(stage.platform.take_due_notice(stage.now).is_none());
    let again = stage.now + SignedDuration::from_secs(15);
    assert_eq!(stage.platform.next_event(), Some(again));
    let (second, notice) = stage.platform.take_due_notice(again).unwrap();
    assert_eq!((first, notice.sent), (second, 2));
    stage.platform.notice_answered(again, second);
    stage.platform.notice_answered(again, second);
    assert_eq!(stage.platform.take_due_notice(again + SignedDuration::from_hours(48)), None);
}

#[test]
fn a_refunds_result_is_told_when_it_is_known_and_not_before() {
    let mut stage = Stage::new("2026-11-20 09:00");
    stage.pays("O1", Money::fen(100));
    let (paid, _) = stage.platform.take_due_notice(stage.now).unwrap();
    stage.platform.notice_answered(stage.now, paid);
    stage.refunds("R1", "O1", 100, Money::fen(100)).unwrap();
    assert_eq!(stage.platform.take_due_notice(stage.now), None, "acceptance is not the result");
    stage.after_s(1200);
    let (_, notice) = stage.platform.take_due_notice(stage.now).unwrap();
    assert_eq!(notice.news, News::Refund { refund: stage.index("R1"), status: RefundStatus::Success });
}
