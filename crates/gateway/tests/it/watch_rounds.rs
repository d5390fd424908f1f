//! Each notice once to each recipient, whatever happens to the channel or to the watch.

use gateway::watch::round::Why;
use gateway::watch::settings::ChannelSettings;
use jiff::SignedDuration;

use crate::watch_stage::{Pair, SmsGateway, at, memory, occasions, sms_to, watch, watched};

#[tokio::test]
async fn a_year_and_a_month_give_each_notice_once_on_its_instant_and_nothing_else() {
    let pair = Pair::new("2025-11-30T12:00:00", "2026-11-30T12:00:00");
    let (gateway, url) = SmsGateway::start().await;
    let mut watch = watch(&sms_to(&url, &["+861", "+862"], None));
    let memory = memory();
    let (mut now, end) = (at("2025-12-01T00:00:00"), at("2027-02-01T00:00:00"));
    let mut told: Vec<String> = Vec::new();
    let mut rounds = 0;
    while now < end {
        let round = watch.round(&watched(&[&pair], now), &memory, now).await;
        assert!(round.failures.is_empty(), "{:?}", round.failures);
        assert_eq!(
            round.sent.iter().filter(|sent| sent.to.address == "+861").count(),
            occasions(&round, "log").len()
        );
        told.extend(occasions(&round, "log"));
        rounds += 1;
        now = round.next.unwrap_or(end);
    }
    let mut expected: Vec<String> = ["60d", "30d", "14d", "7d", "1d", "day"].map(str::to_owned).to_vec();
    expected.extend((1..=30).map(|n| format!("grace-{n}")));
    assert_eq!(told, expected);
    assert_eq!(gateway.came().len(), 2 * expected.len());
    assert_eq!(rounds, expected.len() + 1, "nobody looks in vain");
}

#[tokio::test]
async fn a_watch_that_is_started_again_tells_nothing_twice() {
    let pair = Pair::new("2025-11-30T12:00:00", "2026-11-30T12:00:00");
    let (gateway, url) = SmsGateway::start().await;
    let channels = sms_to(&url, &["+861"], None);
    let memory = memory();
    let now = at("2026-10-05T00:00:00");
    for _ in 0..3 {
        let round = watch(&channels).round(&watched(&[&pair], now), &memory, now).await;
        assert!(round.failures.is_empty());
    }
    assert_eq!(gateway.came().len(), 1);
    // Whoever is added gets what is due, and nobody else gets it again.
    let more = sms_to(&url, &["+861", "+862"], None);
    let round = watch(&more).round(&watched(&[&pair], now), &memory, now).await;
    assert_eq!(round.sent.iter().map(|sent| sent.to.to_string()).collect::<Vec<_>>(), ["sms:+862"]);
}

#[tokio::test]
async fn a_channel_that_is_down_is_tried_again_after_growing_pauses_and_holds_nobody_up() {
    let pair = Pair::new("2025-11-30T12:00:00", "2026-11-30T12:00:00");
    let (gateway, url) = SmsGateway::start().await;
    gateway.is_down(true);
    let mut watch = watch(&sms_to(&url, &["+861", "+862"], None));
    let memory = memory();
    let begin = at("2026-10-01T12:00:00");
    let mut now = begin;
    let mut tries = Vec::new();
    for n in 0..5 {
        let round = watch.round(&watched(&[&pair], now), &memory, now).await;
        assert_eq!(occasions(&round, "log"), if n == 0 { vec!["60d"] } else { vec![] });
        assert_eq!(round.failures.len(), 1, "the second recipient is not tried over a channel that is down");
        assert!(matches!(round.failures[0].why, Why::NotSent { .. }));
        tries.push(now.duration_since(begin).as_mins());
        now = round.next.unwrap();
    }
    assert_eq!(tries, [0, 1, 6, 36, 96]);
    // In a pause nothing is tried.
    let early = now - SignedDuration::from_secs(1);
    assert!(watch.round(&watched(&[&pair], early), &memory, early).await.failures.is_empty());
    assert_eq!(gateway.came().len(), 5);
    gateway.is_down(false);
    let round = watch.round(&watched(&[&pair], now), &memory, now).await;
    assert_eq!(occasions(&round, "sms"), ["60d", "60d"]);
    assert_eq!(round.next, Some(at("2026-10-31T12:00:00")));
}

#[tokio::test]
async fn a_channel_that_was_down_for_weeks_sends_the_newest_notice_only() {
    let pair = Pair::new("2025-11-30T12:00:00", "2026-11-30T12:00:00");
    let (gateway, url) = SmsGateway::start().await;
    gateway.is_down(true);
    let mut watch = watch(&sms_to(&url, &["+861"], None));
    let memory = memory();
    for now in ["2026-10-01T12:00:00", "2026-10-31T12:00:00"].map(at) {
        watch.round(&watched(&[&pair], now), &memory, now).await;
    }
    gateway.is_down(false);
    for (now, expected) in [("2026-11-20T00:00:00", vec!["14d"]), ("2026-11-20T01:00:00", vec![])] {
        let round = watch.round(&watched(&[&pair], at(now)), &memory, at(now)).await;
        assert_eq!(occasions(&round, "sms"), expected);
    }
}

#[tokio::test]
async fn a_recipient_who_is_refused_keeps_nobody_else_from_hearing_and_from_hearing_once() {
    let pair = Pair::new("2025-11-30T12:00:00", "2026-11-30T12:00:00");
    let (gateway, url) = SmsGateway::start().await;
    gateway.refuse("+861");
    let mut watch = watch(&sms_to(&url, &["+861", "+862"], None));
    let memory = memory();
    let mut now = at("2026-10-01T12:00:00");
    for n in 0..3 {
        let round = watch.round(&watched(&[&pair], now), &memory, now).await;
        assert_eq!(occasions(&round, "sms").len(), usize::from(n == 0));
        assert_eq!(round.failures.len(), 1);
        now = round.next.unwrap();
    }
    let to_the_other = gateway.came().iter().filter(|(_, body)| body["to"] == "+862").count();
    assert_eq!((to_the_other, gateway.came().len()), (1, 4));
}

#[tokio::test]
async fn a_certificate_that_was_replaced_is_told_daily_while_it_is_watched() {
    let old = Pair::new("2025-11-30T12:00:00", "2026-11-30T12:00:00");
    let new = Pair::new("2026-06-01T10:00:00", "2027-06-01T10:00:00");
    let mut watch = watch(&ChannelSettings::default());
    let memory = memory();
    let mut now = at("2026-06-01T10:00:00");
    let mut told = Vec::new();
    for _ in 0..3 {
        let round = watch.round(&watched(&[&new, &old], now), &memory, now).await;
        told.extend(occasions(&round, "log"));
        now = round.next.unwrap();
    }
    assert_eq!(told, ["superseded-1", "superseded-2", "superseded-3"]);
    assert_eq!(now, at("2027-04-02T10:00:00"), "next is the new one's own end, 60 days before");
}
