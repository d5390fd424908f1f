//! Past days come in: a whole gateway against a sandbox whose clock waits for it, with its store in a file and on a server.

use std::time::{Duration, Instant};

use gateway::gateway::{Gateway, Settings, World};
use gateway::past_days::keeper;
use gateway::serve::{Running, Start, StartError, StoreUrl, start};
use refunds::key::OrderKey;
use refunds::order::{OrderFacts, OrderNames, Source};
use refunds::pool::past::PastDay;
use serde_json::{Value, json};
use store::intake::NewPayment;
use store::memory::{MemoryStore, Model};
use store::merchant::{Merchant, Mode};
use store::open::OpenStore;
use store::{Store as _, StoreError};
use throwaway_postgres::shared;
use tokio_util::sync::CancellationToken;
use wechatpay::calendar::Calendar;
use wechatpay::china::ChinaDay;
use wechatpay::ids::{Appid, Mchid, OutTradeNo};
use wechatpay::money::{Currency, Money};
use wechatpay::v3::caller::Region;
use wechatpay::wire::Wire;

use crate::wechat_sandbox::{DIRECT, Sandbox, morning};

/// Makes a test of each story for either place in which a store is kept.
macro_rules! wherever_the_store_is {
    ($($story:ident),+ $(,)?) => {
        mod in_a_file {
            $(#[tokio::test(flavor = "multi_thread")]
            async fn $story() {
                super::$story(super::a_file).await;
            })+
        }
        mod on_a_server {
            $(#[tokio::test(flavor = "multi_thread")]
            async fn $story() {
                super::$story(super::a_database).await;
            })+
        }
    };
}

wherever_the_store_is!(
    a_merchant_id_that_is_new_here_brings_its_past_along_and_then_a_day_each_morning,
    a_gateway_that_starts_again_asks_for_no_day_twice,
    answers_that_cannot_be_believed_are_outlived,
    a_statement_that_is_late_is_asked_for_at_half_past_ten_and_at_eleven,
);

/// An empty store for the gateway of this sandbox.
type NewStore = fn(&Sandbox) -> StoreUrl;

fn a_file(sandbox: &Sandbox) -> StoreUrl {
    StoreUrl::Sqlite(sandbox.folder().join("gateway.db"))
}

fn a_database(_: &Sandbox) -> StoreUrl {
    StoreUrl::parse(&shared().database().unwrap()).unwrap()
}

/// Long enough for anything here, by the wall's clock.
const LONG: Duration = Duration::from_secs(20);

/// A sandbox on whose first day, 5 January, the direct merchant sold twice, and on the 7th once; then somebody gave 25 yuan back
/// by hand. It is noon of the 8th.
async fn sandbox_with_a_past() -> Sandbox {
    let sandbox = Sandbox::start().await;
    sandbox.pay("T1").await;
    sandbox.advance("PT3H").await;
    sandbox.pay("T2").await;
    sandbox.advance("P2D").await;
    sandbox.pay("T3").await;
    by_hand(&sandbox, "T1", 2_500).await;
    sandbox.advance("P1D").await;
    sandbox
}

async fn by_hand(sandbox: &Sandbox, out_trade_no: &str, refund: i64) {
    let amount = json!({ "refund": refund, "currency": "CNY" });
    let body = json!({ "mchid": DIRECT, "out_trade_no": out_trade_no, "amount": amount });
    sandbox.post("/control/refunds", body).await;
}

/// A gateway that is only now set up for the sandbox, or again: then what is left of the one before lets go of the store first. It
/// drives every merchant id: else it would look for past days a minute later, which passes at once.
async fn gateway_for(sandbox: &Sandbox, store: &StoreUrl) -> Running {
    let deadline = Instant::now() + LONG;
    loop {
        let store = store.clone();
        let listen = "127.0.0.1:0".parse().unwrap();
        let folder = sandbox.folder().to_owned();
        match start(Start::WithSandbox { listen, store, folder }).await {
            Err(StartError::Store(StoreError::Busy { .. })) if Instant::now() < deadline => {
                tokio::task::yield_now().await;
            }
            started => {
                let running = started.unwrap();
                while !drives_all(&running.gateway) {
                    assert!(Instant::now() < deadline, "not driven yet");
                    tokio::task::yield_now().await;
                }
                return running;
            }
        }
    }
}

fn drives_all(gateway: &Gateway) -> bool {
    gateway.merchants.all().iter().all(|account| gateway.owners.is_driven(&account.merchant.mchid))
}

fn direct() -> Mchid {
    Mchid::parse(DIRECT).unwrap()
}

/// Day, what was paid, what was refunded.
type Figures = (String, i64, i64);

fn figures(past: &[PastDay]) -> Vec<Figures> {
    let of = |past: &PastDay| (past.day.to_string(), past.paid.total(), past.refunded);
    past.iter().inspect(|past| assert_eq!(past.pool, Currency::CNY)).map(of).collect()
}

async fn past_days(gateway: &Gateway) -> Vec<Figures> {
    figures(&gateway.store.past_days(&direct(), 56).await.unwrap())
}

fn day(n: u8, paid: i64, refunded: i64) -> Figures {
    (format!("2026-01-{n:02}"), paid, refunded)
}

/// What the sandbox exchanged in the nights since its first day: what was paid less what was refunded.
async fn exchanged(sandbox: &Sandbox) -> Vec<i64> {
    let pools = sandbox.control(reqwest::Method::GET, &format!("/control/pools/{DIRECT}"), Value::Null).await;
    let days = pools["pools"][0]["days"].as_array().unwrap().clone();
    days.iter().filter_map(|day| day["exchange"]["cny_fen"].as_i64()).collect()
}

async fn a_merchant_id_that_is_new_here_brings_its_past_along_and_then_a_day_each_morning(
    new_store: NewStore,
) {
    let sandbox = sandbox_with_a_past().await;
    let store = new_store(&sandbox);
    let running = gateway_for(&sandbox, &store).await;
    sandbox.advance("PT2M").await;
    let past = past_days(&running.gateway).await;
    // The 6th was a day without trade; before the 5th the shop had not opened.
    assert_eq!(past, [day(5, 20_000, 0), day(6, 0, 0), day(7, 10_000, 2_500)]);
    let of_trade: Vec<i64> =
        past.iter().map(|(_, paid, refunded)| paid - refunded).filter(|left| *left != 0).collect();
    let exchanged: Vec<i64> = exchanged(&sandbox).await.into_iter().filter(|fen| *fen != 0).collect();
    assert_eq!(of_trade, exchanged, "the platform's truth");
    let curves = running.gateway.store.past_days(&direct(), 56).await.unwrap();
    assert_eq!([107, 108, 143, 144].map(|slot| curves[0].paid.paid_by(slot)), [0, 10_000, 10_000, 20_000]);

    sandbox.pay("T4").await;
    by_hand(&sandbox, "T4", 1_000).await;
    sandbox.advance("PT21H50M").await;
    assert_eq!(past_days(&running.gateway).await.len(), 3, "not before ten in the morning");
    sandbox.advance("PT20M").await;
    assert_eq!(past_days(&running.gateway).await.last(), Some(&day(8, 10_000, 1_000)));
    let text = running.gateway.metrics.text();
    for line in [
        r#"tidegate_past_days_on_record{mchid="1900000002"} 4"#,
        r#"tidegate_past_days_yesterday_paid_fen{mchid="1900000002"} 10000"#,
        r#"tidegate_reconciled_difference_fen{mchid="1900000002",difference="refunds_elsewhere"} 1000"#,
        r#"tidegate_reconciled_difference_fen{mchid="1900000002",difference="payments_unseen"} 10000"#,
        r#"tidegate_reconciled_days_for_a_person{mchid="1900000002"} 0"#,
    ] {
        assert!(text.lines().any(|found| found == line), "{line} in:\n{text}");
    }
    running.stop().await;
}

async fn a_gateway_that_starts_again_asks_for_no_day_twice(new_store: NewStore) {
    let sandbox = sandbox_with_a_past().await;
    let store = new_store(&sandbox);
    let running = gateway_for(&sandbox, &store).await;
    // In the middle of it.
    sandbox.advance("PT10S").await;
    let asked = sandbox.arrivals_of("statement").await;
    assert!((2..112).contains(&asked), "{asked}");
    running.stop().await;
    let running = gateway_for(&sandbox, &store).await;
    sandbox.advance("PT2M").await;
    assert_eq!(past_days(&running.gateway).await.len(), 3);
    running.stop().await;
    let running = gateway_for(&sandbox, &store).await;
    sandbox.advance("PT2M").await;
    // Two merchant ids, each of 56 days once.
    assert_eq!(sandbox.arrivals_of("statement").await, 112);
    running.stop().await;
}

async fn answers_that_cannot_be_believed_are_outlived(new_store: NewStore) {
    let sandbox = sandbox_with_a_past().await;
    let store = new_store(&sandbox);
    for fault in ["wrong_signature", "unsigned", "cut_after_commit"] {
        // Not the institution's, who may ask sooner or later than the other.
        let fault = json!({ "call": "statement", "mchid": DIRECT, "fault": fault, "times": 2 });
        sandbox.fault(fault).await;
    }
    let running = gateway_for(&sandbox, &store).await;
    sandbox.advance("PT10S").await;
    assert!(past_days(&running.gateway).await.is_empty());
    sandbox.advance("PT2H").await;
    assert_eq!(past_days(&running.gateway).await, [day(5, 20_000, 0), day(6, 0, 0), day(7, 10_000, 2_500)]);
    running.stop().await;
}

async fn a_statement_that_is_late_is_asked_for_at_half_past_ten_and_at_eleven(new_store: NewStore) {
    let sandbox = sandbox_with_a_past().await;
    let store = new_store(&sandbox);
    let running = gateway_for(&sandbox, &store).await;
    sandbox.advance("PT1H").await;
    sandbox.pay("T4").await;
    let late =
        json!({ "call": "statement", "fault": "error_code", "code": "STATEMENT_CREATING", "signed": true });
    sandbox.fault(late).await;
    // A quarter to eleven.
    sandbox.advance("PT21H45M").await;
    sandbox.without_faults().await;
    assert_eq!(past_days(&running.gateway).await.len(), 3);
    sandbox.advance("PT14M").await;
    assert_eq!(past_days(&running.gateway).await.len(), 3);
    sandbox.advance("PT2M").await;
    assert_eq!(past_days(&running.gateway).await.last(), Some(&day(8, 10_000, 0)));
    running.stop().await;
}

fn merchant_over_v2() -> Merchant {
    Merchant {
        mchid: direct(),
        mode: Mode::Direct,
        number_form: refunds::key::NumberForm::AsGiven,
        settlement_currency: Currency::HKD,
        wire: Wire::V2,
        region: Region::Global,
        appid: Appid::parse("wx0000000000000002").unwrap(),
        api_hosts: vec![],
        is_sandbox: true,
        sub_merchants: Default::default(),
    }
}

/// Somebody reports a payment of so much, `days` after the first day and an hour after nine.
async fn reported(gateway: &Gateway, days: i32, total: Money, payer_total: Option<Money>) {
    let at = ChinaDay::of(morning()).plus_days(days).start() + jiff::SignedDuration::from_hours(10);
    let key = ulid::Ulid::new().to_string();
    let names = OrderNames { out_trade_no: Some(OutTradeNo::parse(&key).unwrap()), transaction_id: None };
    let facts = OrderFacts { total, payer_total, paid_at: Some(at), bank_type: None };
    let order_key = OrderKey::new(&direct(), &key).unwrap();
    let source = Source::Reported;
    let new = NewPayment { mchid: direct(), sub_mchid: None, names, facts, source, order_key, at };
    gateway.store.report_payment(new).await.unwrap();
}

#[tokio::test]
async fn where_no_statement_can_be_had_a_day_is_what_our_own_books_say_of_it() {
    let sandbox = Sandbox::start().await;
    let settings = Settings { public_url: None, world: World::Sandbox, sandbox_ca: None };
    let store = OpenStore::Memory(MemoryStore::new(Model::new()));
    let (clock, activity) = (sandbox.clock.clone(), sandbox.activity.clone());
    let gateway = Gateway::new(store, clock.clone(), activity.clone(), Calendar::bundled(), settings);
    gateway.store.put_merchant(merchant_over_v2()).await.unwrap();
    let usd = Money::new(100, Currency::parse("USD").unwrap());
    reported(&gateway, 0, Money::fen(300), None).await;
    reported(&gateway, 0, usd, Some(Money::fen(700))).await;
    // What this one paid in CNY nobody said, and that one paid in HKD.
    reported(&gateway, 0, usd, None).await;
    reported(&gateway, 2, usd, Some(Money::new(500, Currency::HKD))).await;
    reported(&gateway, 3, Money::fen(50), None).await;

    let line = sandbox.line_of(sandbox.connection_over_v2(DIRECT));
    let ending = CancellationToken::new();
    let at = |days: i32, hours| {
        ChinaDay::of(morning()).plus_days(days).start() + jiff::SignedDuration::from_hours(hours)
    };
    clock.go_to(at(3, 9));
    let keeping = tokio::spawn(keeper::keep(gateway.clone(), Mode::Direct, line, ending.clone()));
    for (days, hours, expected) in [
        (3, 10, vec![day(5, 1_000, 0), day(6, 0, 0), day(7, 0, 0)]),
        (4, 10, vec![day(5, 1_000, 0), day(6, 0, 0), day(7, 0, 0), day(8, 50, 0)]),
    ] {
        // Wherever it wants to be woken, it is.
        loop {
            while clock.next_due().is_none() || !activity.is_quiet() {
                tokio::task::yield_now().await;
            }
            match clock.next_due() {
                Some(due) if due <= at(days, hours) => clock.go_to(due),
                _ => break,
            }
        }
        assert_eq!(past_days(&gateway).await, expected);
    }
    ending.cancel();
    keeping.await.unwrap();
    assert_eq!(sandbox.arrivals_of("statement").await, 0);
}
