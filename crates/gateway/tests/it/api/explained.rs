//! Why a refund waits and when it should leave, told to whom it concerns; and how a pool is foretold.

use jiff::civil::time;
use refunds::batch::{MerchantState, PoolDay};
use refunds::key::RefundKey;
use refunds::order::Source;
use refunds::outcome::SubmitOutcome;
use refunds::pool::exchange::Night;
use refunds::pool::ledger::{Movement, Posting};
use refunds::pool::past::{Curve, Promises};
use refunds::pool::price::Spent;
use refunds::step::Event;
use serde_json::{Value, json};
use store::Store as _;
use store::intake::NewPastDay;
use wechatpay::china::ChinaDay;
use wechatpay::ids::Mchid;
use wechatpay::money::Currency;

use super::room::{
    INSTITUTION, OF_INSTITUTION, OF_OPERATOR, OF_OTHER_SUB, OF_SUB, OTHER_SUB, READ_ONLY, Room, SUB, asking,
    at, begin, with,
};

const POOL: &str = "/v1/pools/1900000001";

/// A room whose institution has thirty days behind it that brought 1000 fen an hour from 9 to 21, all of it seen, and today one
/// hour of that.
async fn practised() -> Room {
    let room = Room::new().await;
    let today = ChinaDay::of(begin());
    let mut books = vec![];
    for back in (1..=30).rev() {
        let day = today.plus_days(-back);
        let paid = Curve::of((9..22).map(|hour| (time(hour, 0, 0, 0), 1_000)));
        let past = NewPastDay {
            mchid: Mchid::parse(INSTITUTION).unwrap(),
            pool: Currency::CNY,
            day,
            paid,
            refunded: 0,
            source: Source::Platform,
            at: begin(),
        };
        assert!(room.gateway.store.record_past_day(past).await.unwrap());
        books.push(book(day, 13_000, Promises { kept: 9, broken: 1 }));
    }
    books.push(book(today, 1_000, Promises { kept: 2, broken: 0 }));
    room.keep_books(INSTITUTION, books).await;
    room
}

fn book(day: ChinaDay, confirmed: i64, promises: Promises) -> PoolDay {
    PoolDay {
        pool: Currency::CNY,
        day,
        confirmed,
        reported: 0,
        accepted: 0,
        returned: 0,
        told: vec![],
        promises,
        night: Night::default(),
        spent: Spent::default(),
        kept_for: None,
    }
}

/// Takes in a refund of so many fen, which then meets NOT ENOUGH.
async fn not_enough(room: &Room, out_refund_no: &str, sub_mchid: &str, fen: i64) -> RefundKey {
    let amount = json!({ "refund": fen, "total": 50_000, "currency": "CNY" });
    let body = with(with(asking(out_refund_no), "/amount", amount), "/sub_mchid", json!(sub_mchid));
    let body = with(body, "/out_trade_no", json!(out_refund_no));
    let key = room.refund(OF_INSTITUTION, &body).await;
    room.happen(&key, Event::Released { signed_at: begin() }).await;
    room.happen(&key, Event::Answered { attempt: 1, outcome: SubmitOutcome::NotEnough }).await;
    key
}

#[tokio::test]
async fn what_is_kept_for_another_refund_is_told_to_whoever_may_see_the_pool() {
    let room = practised().await;
    let large = not_enough(&room, "R1", SUB, 9_000).await;
    not_enough(&room, "R2", OTHER_SUB, 300).await;
    let free = room.get(OF_INSTITUTION, "/v1/refunds/R2").await;
    assert_eq!(free.body["explanation"]["kept"], Value::Null);
    let today = book(ChinaDay::of(begin()), 1_000, Promises { kept: 2, broken: 0 });
    room.keep_books(INSTITUTION, vec![PoolDay { kept_for: Some(large), ..today }]).await;
    let other = room.get(OF_INSTITUTION, "/v1/refunds/R2").await;
    let kept = &other.body["explanation"]["kept"];
    assert_eq!(kept["for_whom"], "another");
    assert!(kept["fen"].as_i64().unwrap() > 0 && kept["text"].as_str().unwrap().contains("another refund"));
    let missing = |answer: &Value| answer["explanation"]["missing_fen"].as_i64().unwrap();
    assert!(missing(&other.body) > missing(&free.body));
    let neighbours = room.get(OF_OTHER_SUB, "/v1/refunds/R2").await;
    assert_eq!(neighbours.body["explanation"]["kept"], Value::Null);
    let own = room.get(OF_SUB, "/v1/refunds/R1").await;
    assert_eq!(own.body["explanation"]["kept"]["for_whom"], "this");
}

#[tokio::test]
async fn a_refund_tells_when_it_should_leave_and_the_pools_figures_to_whoever_may_see_the_pool() {
    let room = practised().await;
    not_enough(&room, "R1", SUB, 5_000).await;
    not_enough(&room, "R2", OTHER_SUB, 300).await;
    let whole = room.get(OF_INSTITUTION, "/v1/refunds/R1").await;
    let (release, explained) = (&whole.body["release"], &whole.body["explanation"]);
    let (from, until) = (at(release["from"].as_str().unwrap()), at(release["until"].as_str().unwrap()));
    assert!(begin() < from && from <= until && until < at("2026-05-08T08:00:00Z"), "{release}");
    assert_eq!((&release["probability"], &release["reason"]), (&json!(0.9), &Value::Null));
    assert_eq!(explained["shortfall"], "small");
    assert_eq!(explained["before"], json!({ "count": 1, "fen": 300 }));
    assert_eq!(explained["missing_fen"], 4_300);
    assert_eq!(explained["by_day"].as_array().unwrap().len(), 8);
    assert_eq!(explained["by_day"][0]["china_day"], "2026-05-08");
    assert_eq!(explained["by_day"][0]["left_by"], explained["chance_today"]);
    assert_eq!(explained["options"][0]["what"], "wait");
    // A payment brings it on, not the time that is stored.
    assert_eq!(whole.body["next_action"], json!({ "what": "submit", "at": null }));
    let operators =
        room.get(OF_OPERATOR, &format!("/v1/refunds/{}", whole.body["id"].as_str().unwrap())).await;
    assert_eq!(&operators.body["explanation"], explained);

    for key in [OF_SUB, READ_ONLY] {
        let part = room.get(key, "/v1/refunds/R1").await;
        assert_eq!(&part.body["release"], release, "{key}");
        let seen = &part.body["explanation"];
        for field in ["shortfall", "chance_today", "promise"] {
            assert_eq!(seen[field], explained[field], "{key} {field}");
        }
        for field in ["missing_fen", "before", "by_day"] {
            assert_eq!(seen[field], Value::Null, "{key} {field}");
        }
        assert!(!part.text.contains("hold_others") && !part.text.contains("\"R2\""), "{}", part.text);
    }
    room.get(OF_OTHER_SUB, "/v1/refunds/R1").await.is_problem("refund_not_found");
}

#[tokio::test]
async fn without_past_days_a_refund_says_that_there_is_no_forecast_yet() {
    let room = Room::new().await;
    not_enough(&room, "R1", SUB, 5_000).await;
    for key in [OF_INSTITUTION, OF_SUB] {
        let shown = room.get(key, "/v1/refunds/R1").await.body;
        assert_eq!(
            shown["release"],
            json!({ "from": null, "likely_by": null, "until": null, "probability": null, "reason": "no_forecast_yet" })
        );
        for field in ["shortfall", "chance_today", "promise", "missing_fen", "by_day"] {
            assert_eq!(shown["explanation"][field], Value::Null, "{field}");
        }
        assert_eq!(shown["explanation"]["options"].as_array().unwrap().len(), 2);
        assert!(shown["next_action"]["at"].is_string(), "the stored hour");
    }
}

#[tokio::test]
async fn a_pause_is_told_before_any_forecast() {
    let room = practised().await;
    not_enough(&room, "R1", SUB, 5_000).await;
    room.set_state(INSTITUTION, MerchantState { paused: true, halt: None, ..MerchantState::default() }).await;
    let shown = room.get(OF_INSTITUTION, "/v1/refunds/R1").await.body;
    assert_eq!((&shown["release"]["reason"], &shown["release"]["until"]), (&json!("paused"), &Value::Null));
}

#[tokio::test]
async fn a_list_looks_into_no_refund() {
    let room = practised().await;
    not_enough(&room, "R1", SUB, 5_000).await;
    let listed = room.get(OF_INSTITUTION, "/v1/refunds").await.body;
    let refund = &listed["refunds"][0];
    assert_eq!(refund["release"]["reason"], "not_in_this_answer");
    assert_eq!(refund["explanation"], Value::Null);
}

#[tokio::test]
async fn the_pool_tells_what_it_expects_of_today_and_how_its_promises_were_kept() {
    let room = practised().await;
    not_enough(&room, "R1", SUB, 5_000).await;
    let pool = room.get(OF_INSTITUTION, POOL).await.body;
    assert_eq!((&pool["forecast_reason"], &pool["shortfall_fen"]), (&Value::Null, &json!(4_000)));
    let forecast = &pool["forecast"];
    let hours = forecast["by_hour"].as_array().unwrap();
    assert_eq!(hours.len(), 24);
    assert_eq!(hours[0]["until"], "2026-05-07T17:00:00Z");
    assert_eq!(hours[23]["until"], "2026-05-08T16:00:00Z");
    let expected: Vec<i64> = hours.iter().map(|hour| hour["expected_fen"].as_i64().unwrap()).collect();
    assert!(expected.is_sorted() && (12_000..=14_000).contains(&expected[23]), "{expected:?}");
    assert_eq!(forecast["left"]["probably_fen"], 1_000);
    assert!(forecast["all_leave_today"].as_f64().unwrap() > 0.9, "{forecast}");
    let calibration = &pool["calibration"];
    assert_eq!((&calibration["wanted"], &calibration["share_kept"]), (&json!(0.9), &json!(0.901)));
    assert_eq!((&calibration["kept"], &calibration["broken"]), (&json!(254), &json!(28)));
    let days = calibration["days"].as_array().unwrap();
    assert_eq!(days.len(), 29);
    assert_eq!(days[28], json!({ "china_day": "2026-05-08", "kept": 2, "broken": 0 }));
    room.get(OF_SUB, POOL).await.is_problem("scope_missing");
}

#[tokio::test]
async fn the_pool_tells_what_is_on_its_way_and_what_statements_say_beside_the_books() {
    let room = practised().await;
    let today = ChinaDay::of(begin());
    let posting = |back: i32, movement, amount| Posting {
        pool: Currency::CNY,
        day: today.plus_days(-back),
        movement,
        amount,
    };
    let postings = vec![
        posting(3, Movement::Paid, 13_000),
        posting(2, Movement::Paid, 13_001),
        posting(1, Movement::Paid, 9_000),
        posting(1, Movement::Accepted, 70),
        posting(0, Movement::Accepted, 500),
        posting(0, Movement::Succeeded, 40),
    ];
    room.keep_postings(INSTITUTION, postings).await;
    let pool = room.get(OF_INSTITUTION, POOL).await.body;
    assert_eq!(pool["in_transit_fen"], 530);
    let days = pool["reconciled"].as_array().unwrap();
    assert_eq!((days.len(), &days[0]["china_day"]), (7, &json!("2026-05-01")));
    let told = |day: &Value| {
        ["payments_unseen_fen", "payments_missing_fen", "refunds_elsewhere_fen", "refunds_missing_fen"]
            .map(|field| day[field].as_i64().unwrap())
    };
    for (back, differences, needs_a_person) in
        [(3, [0, 0, 0, 0], false), (2, [0, 1, 0, 0], true), (1, [4_000, 0, 0, 70], true)]
    {
        let day = &days[7 - back];
        assert_eq!(
            (told(day), day["needs_a_person"].as_bool()),
            (differences, Some(needs_a_person)),
            "{day}"
        );
        assert_eq!((&day["paid_fen"], &day["refunded_fen"]), (&json!(13_000), &json!(0)));
    }
}

#[tokio::test]
async fn what_a_pool_that_nobody_sees_holds_is_not_made_up() {
    let room = practised().await;
    let today = ChinaDay::of(begin());
    let unseen = (1..=30).map(|back| book(today.plus_days(-back), 0, Promises::default()));
    room.keep_books(INSTITUTION, unseen.collect()).await;
    not_enough(&room, "R1", SUB, 5_000).await;
    let pool = room.get(OF_INSTITUTION, POOL).await.body;
    assert_eq!(pool["forecast"]["left"], Value::Null);
    // Then it is time that brings the next attempt, and the planner knows a better one than the hour.
    let shown = room.get(OF_SUB, "/v1/refunds/R1").await.body;
    assert!(at(shown["next_action"]["at"].as_str().unwrap()) > at("2026-05-08T03:30:00Z"), "{shown}");
    assert!(shown["release"]["until"].is_string());
}

#[tokio::test]
async fn the_pool_tells_the_hour_that_nights_have_shown() {
    let room = practised().await;
    let shown = room.get(OF_INSTITUTION, POOL).await.body;
    assert_eq!(
        (&shown["exchange_hour"], &shown["next_exchange"]),
        (&Value::Null, &json!("2026-05-08T16:00:00Z"))
    );
    let today = ChinaDay::of(begin());
    let night = |back: i32, refundable_at, gone_at| PoolDay {
        night: Night { drawn: 0, refundable_at, gone_at },
        ..book(today.plus_days(-back), 13_000, Promises::default())
    };
    let nights = vec![
        night(5, Some(4_800), None),
        night(3, Some(8_400), Some(9_030)),
        night(2, None, Some(12_000)),
        night(1, Some(600), None),
    ];
    room.keep_books(INSTITUTION, nights).await;
    let shown = room.get(OF_INSTITUTION, POOL).await.body;
    let hour = json!({ "refundable_until": "02:20:00", "gone_from": "02:30:30", "nights": 3, "left_fen": 0 });
    assert_eq!(shown["exchange_hour"], hour);
    assert_eq!(shown["next_exchange"], "2026-05-08T18:20:00Z", "today's money is lost at that hour");
}
