//! The ledger of pools by day: what batches post, what orders and refunds say, and both beside a day's statement.

use refunds::batch::{Batch, OrderChange};
use refunds::order::{Posted, Source};
use refunds::outcome::{QueryOutcome, Report, Standing, SubmitOutcome};
use refunds::pool::ledger::{LedgerDay, Movement, Posting, of_change, of_posted};
use refunds::pool::reconciliation::{Reconciliation, Sums};
use refunds::refund::Refund;
use refunds::step::Event;
use store::Store;
use wechatpay::china::ChinaDay;
use wechatpay::money::{Currency, Money};

use crate::pool_days::past_day;
use crate::world::{
    admitted, after_noon, batch, change, direct, institution, new_refund, noon, report, set_up,
};

crate::on_every_store! {
    what_batches_post_is_what_orders_and_refunds_say
    a_ledger_that_went_wrong_is_rebuilt
    a_movement_that_is_taken_back_leaves_no_day
    sums_grow_no_further_than_a_number_goes
    a_statement_is_read_beside_the_ledger_of_its_day
    a_batch_that_is_refused_posts_nothing
}

fn day(n: i32) -> ChinaDay {
    ChinaDay::of(noon()).plus_days(n)
}

fn nothing(n: i32) -> LedgerDay {
    LedgerDay::empty(Currency::CNY, day(n))
}

fn paid(n: i32, amount: i64) -> Posting {
    Posting { pool: Currency::CNY, day: day(n), movement: Movement::Paid, amount }
}

async fn decide(store: &impl Store, fill: impl FnOnce(&mut Batch)) {
    let epoch = store.take_ownership(&direct(), "node").await.unwrap();
    let mut decided = batch(&direct(), epoch);
    fill(&mut decided);
    store.commit(decided).await.unwrap();
}

async fn post(store: &impl Store, postings: Vec<Posting>) {
    decide(store, |decided| decided.postings = postings).await;
}

/// Lets `event` happen to a refund `seconds` after noon, as an owner would; the refund then.
async fn happen(store: &impl Store, refund: &Refund, event: Event, seconds: i64) -> Refund {
    let changed = change(refund, event, after_noon(seconds)).unwrap();
    let after = changed.refund.clone();
    let postings = of_change(refund, &after);
    decide(store, |decided| (decided.changes, decided.postings) = (vec![changed], postings)).await;
    after
}

/// A refund that WeChat Pay took, as it was found to be `seconds` after noon.
async fn taken(store: &impl Store, n: u64, standing: Standing, seconds: i64) {
    let refund = admitted(store, new_refund(n)).await;
    let refund = happen(store, &refund, Event::Released { signed_at: noon() }, 1).await;
    let refund =
        happen(store, &refund, Event::Answered { attempt: 1, outcome: SubmitOutcome::Unclear }, 2).await;
    let found = |standing| {
        let payer_refund = Some(Money::fen(290));
        let outcome = QueryOutcome::Found(Report { payer_refund, ..report(standing) });
        Event::Asked { asked_at: noon(), outcome }
    };
    let refund = happen(store, &refund, found(Standing::Processing), 3).await;
    if standing != Standing::Processing {
        happen(store, &refund, found(standing), seconds).await;
    }
}

/// A day after noon, in seconds.
const A_DAY: i64 = 24 * 3_600;

async fn mixed_history(store: &impl Store) {
    set_up(store).await;
    taken(store, 1, Standing::Processing, 0).await;
    taken(store, 2, Standing::Abnormal, 60).await;
    taken(store, 3, Standing::Succeeded, A_DAY).await;
    taken(store, 4, Standing::Closed, 2 * A_DAY).await;
    // Nobody took these.
    let waiting = admitted(store, new_refund(5)).await;
    let (amount, counted) = (Money::fen(10_000), 4_000);
    let posted = Posted { day: day(-1), amount, source: Source::Reported, counted };
    decide(store, |decided| {
        decided.orders = vec![OrderChange { posted: Some(posted), ..OrderChange::of(waiting.order.clone()) }];
        decided.postings = vec![of_posted(posted)];
    })
    .await;
}

async fn what_batches_post_is_what_orders_and_refunds_say(store: &impl Store) {
    mixed_history(store).await;
    let kept = store.ledger(&direct(), Currency::CNY).await.unwrap();
    let expected = [
        LedgerDay { paid: 10_000, ..nothing(-1) },
        LedgerDay { accepted: 4 * 290, ..nothing(0) },
        LedgerDay { succeeded: 290, ..nothing(1) },
        LedgerDay { returned: 290, ..nothing(2) },
    ];
    assert_eq!(kept, expected);
    assert_eq!(store.recount_ledger(&direct()).await, Ok(kept));
    assert_eq!(store.rebuild_ledger(&direct()).await, Ok(false));
    assert_eq!(store.ledger(&direct(), Currency::HKD).await, Ok(vec![]));
    assert_eq!(store.recount_ledger(&institution()).await, Ok(vec![]));
}

async fn a_ledger_that_went_wrong_is_rebuilt(store: &impl Store) {
    mixed_history(store).await;
    let right = store.recount_ledger(&direct()).await.unwrap();
    let hkd = Posting { pool: Currency::HKD, ..paid(0, 5) };
    post(store, vec![paid(0, 77), paid(9, 1), hkd]).await;
    assert_ne!(store.ledger(&direct(), Currency::CNY).await.unwrap(), right);
    assert_eq!(store.rebuild_ledger(&direct()).await, Ok(true));
    assert_eq!(store.ledger(&direct(), Currency::CNY).await.unwrap(), right);
    assert_eq!(store.ledger(&direct(), Currency::HKD).await.unwrap(), []);
    assert_eq!(store.rebuild_ledger(&direct()).await, Ok(false));
}

async fn a_movement_that_is_taken_back_leaves_no_day(store: &impl Store) {
    set_up(store).await;
    post(store, vec![paid(0, 100), paid(1, 7)]).await;
    post(store, vec![paid(0, -100), paid(1, -2)]).await;
    let kept = store.ledger(&direct(), Currency::CNY).await.unwrap();
    assert_eq!(kept, [LedgerDay { paid: 5, ..nothing(1) }]);
}

async fn sums_grow_no_further_than_a_number_goes(store: &impl Store) {
    set_up(store).await;
    post(store, vec![paid(0, i64::MAX)]).await;
    post(store, vec![paid(0, i64::MAX)]).await;
    let kept = store.ledger(&direct(), Currency::CNY).await.unwrap();
    assert_eq!(kept, [LedgerDay { paid: i64::MAX, ..nothing(0) }]);
}

async fn a_statement_is_read_beside_the_ledger_of_its_day(store: &impl Store) {
    mixed_history(store).await;
    for (n, amount, source) in
        [(-2, 500, Source::Platform), (-1, 12_000, Source::Platform), (0, 700, Source::Reported)]
    {
        store.record_past_day(past_day(Currency::CNY, day(n), amount, source)).await.unwrap();
    }
    let before =
        Reconciliation { day: day(-2), stated: Sums { paid: 501, refunded: 7 }, ours: Sums::default() };
    let yesterday = Reconciliation {
        day: day(-1),
        stated: Sums { paid: 12_001, refunded: 7 },
        ours: Sums { paid: 10_000, refunded: 0 },
    };
    let read = async |pool, limit| store.reconciliations(&direct(), pool, limit).await.unwrap();
    assert_eq!(read(Currency::CNY, 9).await, [before, yesterday], "our own word is no statement");
    assert_eq!(read(Currency::CNY, 1).await, [yesterday]);
    assert_eq!(read(Currency::HKD, 9).await, []);
}

async fn a_batch_that_is_refused_posts_nothing(store: &impl Store) {
    set_up(store).await;
    let epoch = store.take_ownership(&direct(), "node").await.unwrap();
    store.take_ownership(&direct(), "another node").await.unwrap();
    let mut decided = batch(&direct(), epoch);
    decided.postings = vec![paid(0, 100)];
    store.commit(decided).await.unwrap_err();
    assert_eq!(store.ledger(&direct(), Currency::CNY).await, Ok(vec![]));
}
