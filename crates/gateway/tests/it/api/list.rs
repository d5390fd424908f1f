//! `GET /v1/refunds`: pages, filters, and cursors that belong to one list.

use std::collections::BTreeSet;

use refunds::outcome::SubmitOutcome;
use refunds::refund::Why;
use refunds::step::Event;
use serde_json::{Value, json};

use super::room::{
    OF_DIRECT, OF_INSTITUTION, OF_OTHER_SUB, OF_SUB, OTHER_SUB, Room, SUB, asking, begin, with,
};

fn numbers(page: &Value) -> Vec<&str> {
    page["refunds"]
        .as_array()
        .unwrap()
        .iter()
        .map(|refund| refund["out_refund_no"].as_str().unwrap())
        .collect()
}

/// Refunds `R0` to `R{n - 1}` of one order, a second apart.
async fn taken_in(room: &Room, n: i64) {
    for i in 0..n {
        room.gateway.clock.go_to(begin() + jiff::SignedDuration::from_secs(i));
        room.refund(OF_INSTITUTION, &with(asking(&format!("R{i}")), "/amount/refund", json!(1))).await;
    }
}

#[tokio::test]
async fn pages_follow_each_other_newest_first_without_gaps() {
    let room = Room::new().await;
    taken_in(&room, 7).await;
    let mut path = "/v1/refunds?limit=3".to_owned();
    let mut seen: Vec<String> = vec![];
    loop {
        let page = room.get(OF_INSTITUTION, &path).await.body;
        seen.extend(numbers(&page).into_iter().map(str::to_owned));
        match page["next_cursor"].as_str() {
            Some(cursor) => path = format!("/v1/refunds?limit=3&cursor={cursor}"),
            None => break,
        }
    }
    assert_eq!(seen, ["R6", "R5", "R4", "R3", "R2", "R1", "R0"]);
}

#[tokio::test]
async fn a_cursor_is_good_for_the_list_it_came_from_alone() {
    let room = Room::new().await;
    taken_in(&room, 3).await;
    let cursor = room.get(OF_INSTITUTION, "/v1/refunds?limit=1").await.body["next_cursor"].clone();
    let cursor = cursor.as_str().unwrap();
    for (key, query) in [
        (OF_INSTITUTION, "status=queued"),
        (OF_INSTITUTION, "sub_mchid=1900000101"),
        (OF_INSTITUTION, "created_after=2026-01-01T00:00:00Z"),
        (OF_SUB, ""),
        (OF_OTHER_SUB, ""),
        (OF_DIRECT, ""),
    ] {
        let answer = room.get(key, &format!("/v1/refunds?{query}&cursor={cursor}")).await;
        answer.is_problem("cursor_invalid");
    }
    assert_eq!(
        numbers(&room.get(OF_INSTITUTION, &format!("/v1/refunds?limit=2&cursor={cursor}")).await.body),
        ["R1", "R0"]
    );
}

#[tokio::test]
async fn a_derived_status_filters_what_it_is_derived_from() {
    let room = Room::new().await;
    taken_in(&room, 6).await;
    for number in [0, 2, 4] {
        let shown = room.get(OF_INSTITUTION, &format!("/v1/refunds/R{number}")).await.body;
        let key = refunds::key::RefundKey::parse(shown["id"].as_str().unwrap()).unwrap();
        if number == 4 {
            room.happen(&key, Event::Held { why: Why::Plan, not_before: None }).await;
        } else {
            room.happen(&key, Event::Released { signed_at: begin() }).await;
            room.happen(&key, Event::Answered { attempt: 1, outcome: SubmitOutcome::NotEnough }).await;
        }
    }
    for (status, expected) in [
        ("waiting_for_funds", &["R2", "R0"][..]),
        ("deferred", &["R4"]),
        ("queued", &["R5", "R3", "R1"]),
        ("overdue", &[]),
        ("needs_operator", &[]),
    ] {
        let page = room.get(OF_INSTITUTION, &format!("/v1/refunds?status={status}")).await.body;
        assert_eq!(numbers(&page), expected, "{status}");
        let mut seen = BTreeSet::new();
        let mut cursor = String::new();
        loop {
            let page = room
                .get(OF_INSTITUTION, &format!("/v1/refunds?status={status}&limit=1&cursor={cursor}"))
                .await
                .body;
            for number in numbers(&page) {
                assert!(seen.insert(number.to_owned()), "{number} stands twice");
            }
            match page["next_cursor"].as_str() {
                Some(next) => cursor = next.to_owned(),
                None => break,
            }
        }
        assert_eq!(seen.len(), expected.len(), "{status} page by page");
    }
}

#[tokio::test]
async fn a_list_is_narrowed_by_order_sub_merchant_and_time() {
    let room = Room::new().await;
    taken_in(&room, 3).await;
    room.refund(OF_INSTITUTION, &with(asking("S0"), "/sub_mchid", json!(OTHER_SUB))).await;
    room.refund(OF_INSTITUTION, &with(asking("R9"), "/out_trade_no", json!("T9"))).await;
    for (key, query, expected) in [
        (OF_INSTITUTION, format!("sub_mchid={OTHER_SUB}"), &["S0"][..]),
        (OF_INSTITUTION, format!("sub_mchid={SUB}&out_trade_no=T9"), &["R9"]),
        (OF_INSTITUTION, format!("sub_mchid={SUB}&out_trade_no=T404"), &[]),
        (OF_SUB, "out_trade_no=T1".to_owned(), &["R2", "R1", "R0"]),
        (OF_OTHER_SUB, String::new(), &["S0"]),
        (OF_DIRECT, String::new(), &[]),
        (OF_SUB, "created_before=2026-05-08T02:00:01Z".to_owned(), &["R0"]),
        (OF_SUB, "created_after=2026-05-08T10:00:01+08:00&out_trade_no=T1".to_owned(), &["R2", "R1"]),
    ] {
        assert_eq!(numbers(&room.get(key, &format!("/v1/refunds?{query}")).await.body), expected, "{query}");
    }
    for (key, sub_mchid) in [(OF_SUB, OTHER_SUB), (OF_INSTITUTION, "1999999999"), (OF_DIRECT, SUB)] {
        let answer = room.get(key, &format!("/v1/refunds?sub_mchid={sub_mchid}")).await;
        answer.is_problem("sub_merchant_not_found");
    }
}
