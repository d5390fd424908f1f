//! Owning and deciding: batches.

use refunds::batch::{Absorbed, Epoch, Halt, IntakeSeq, MerchantState, OrderChange, PoolDay};
use refunds::outcome::{Fault, Receipt, Refusal, SubmitOutcome};
use refunds::pool::exchange::Night;
use refunds::pool::past::Promises;
use refunds::pool::price::Spent;
use refunds::pool::told::Told;
use refunds::refund::Why;
use refunds::step::Event;
use store::reading::Listing;
use store::{CommitError, Store};
use wechatpay::china::ChinaDay;
use wechatpay::ids::RefundId;
use wechatpay::money::Currency;

use crate::world::{
    admitted, after_noon, batch, by_id, by_number, change, direct, freed, institution, new_refund, noon,
    order_report, refund_of, released, set_up, sub,
};

crate::on_every_store! {
    a_batch_is_written_whole
    a_batch_that_meets_a_changed_refund_writes_nothing
    an_owner_that_was_replaced_writes_nothing
    intake_is_dealt_with_once
    what_was_written_once_is_beyond_every_decision
    news_are_numbered_without_gaps_in_the_order_of_commits
    totals_of_the_waiting_equal_a_recount
    rows_of_one_order_become_one
    an_order_that_changed_meanwhile_is_not_taken_over
    a_name_that_came_in_meanwhile_is_a_conflict
    a_payment_of_a_row_that_was_taken_over_is_the_survivors
    a_batch_of_another_merchant_id_is_refused
}

fn is_conflict(result: Result<(), CommitError>) -> bool {
    matches!(result, Err(CommitError::Conflict { .. }))
}

async fn a_batch_is_written_whole(store: &impl Store) {
    set_up(store).await;
    let refund = admitted(store, new_refund(1)).await;
    let epoch = store.take_ownership(&direct(), "node").await.unwrap();
    assert_eq!(epoch, Epoch(1));
    let now = after_noon(10);
    let day = ChinaDay::of(now);
    let pool = PoolDay {
        pool: Currency::CNY,
        day,
        confirmed: 1,
        reported: 2,
        accepted: 3,
        returned: 4,
        told: vec![
            Told { at: noon(), brought: 5, seen: 6, enough: true },
            Told { at: now, brought: 7, seen: 8, enough: false },
        ],
        promises: Promises { kept: 9, broken: 10 },
        spent: Spent { refusals: 12, hours: 13 },
        night: Night { drawn: 11, refundable_at: Some(1_800), gone_at: Some(5_400) },
        kept_for: None,
    };
    let merchant = MerchantState {
        paused: true,
        halt: Some(Halt { fault: Fault::Signature, since: now }),
        ..MerchantState::default()
    };
    let mut decided = batch(&direct(), epoch);
    decided.consumed = vec![IntakeSeq(1)];
    decided.changes = vec![released(&refund, now)];
    decided.orders = vec![OrderChange { accepted: 7, ..OrderChange::of(refund.order.clone()) }];
    decided.pools = vec![pool.clone()];
    decided.merchant = Some(merchant);
    let after = decided.changes[0].refund.clone();
    store.commit(decided).await.unwrap();

    assert_eq!(store.refund(&refund.key).await.unwrap(), Some(after.clone()));
    let journal = store.timeline(&refund.key).await.unwrap();
    assert_eq!((journal.len(), journal[1].epoch, journal[1].entry.to), (2, epoch, "submitting"));
    let holding = store.holding(&direct(), day).await.unwrap();
    assert_eq!((holding.epoch, holding.merchant, holding.pools), (epoch, merchant, vec![pool.clone()]));
    assert_eq!(holding.next_due, after.due());
    assert_eq!(store.holding(&direct(), day.next()).await.unwrap().pools, [pool], "of the day before");
    assert!(store.holding(&direct(), day.plus_days(2)).await.unwrap().pools.is_empty());
    assert_eq!(store.merchant_state(&direct()).await.unwrap(), merchant);
    assert!(store.intake(&direct(), 10).await.unwrap().items.is_empty());
    assert!(store.waiting(&direct()).await.unwrap().is_empty());
    let page = store.refunds(&[refund.key]).await.unwrap();
    assert_eq!((page.refunds, page.orders[0].accepted), (vec![after], 7));
}

async fn a_batch_that_meets_a_changed_refund_writes_nothing(store: &impl Store) {
    set_up(store).await;
    let (one, other) = (admitted(store, new_refund(1)).await, admitted(store, new_refund(2)).await);
    let epoch = store.take_ownership(&direct(), "node").await.unwrap();
    let mut decided = batch(&direct(), epoch);
    decided.changes = vec![released(&one, noon()), released(&other, noon())];
    decided.changes[1].expected_version = 7;
    decided.consumed = vec![IntakeSeq(1)];
    decided.orders = vec![freed(&one.order, 300)];
    assert!(is_conflict(store.commit(decided).await));
    assert_eq!(store.refund(&one.key).await.unwrap(), Some(one));
    assert_eq!(store.intake(&direct(), 10).await.unwrap().items.len(), 2);
    assert!(store.feed(&direct(), 0, 10).await.unwrap().is_empty());
    let order = store.order(&direct(), None, &by_number("T1")).await.unwrap().unwrap();
    assert_eq!(order.order.reserved, 600);
    assert_eq!(store.waiting(&direct()).await.unwrap()[0].count, 2);
}

async fn an_owner_that_was_replaced_writes_nothing(store: &impl Store) {
    set_up(store).await;
    let refund = admitted(store, new_refund(1)).await;
    let old = store.take_ownership(&direct(), "one").await.unwrap();
    let new = store.take_ownership(&direct(), "two").await.unwrap();
    let mut decided = batch(&direct(), old);
    decided.changes = vec![released(&refund, noon())];
    assert_eq!(store.commit(decided.clone()).await, Err(CommitError::Fenced));
    decided.epoch = new;
    assert_eq!(store.commit(decided).await, Ok(()));
    assert_eq!(store.commit(batch(&direct(), Epoch(9))).await, Err(CommitError::Fenced));
}

async fn intake_is_dealt_with_once(store: &impl Store) {
    set_up(store).await;
    store.pause(&direct(), true, noon()).await.unwrap();
    let epoch = store.take_ownership(&direct(), "node").await.unwrap();
    let mut decided = batch(&direct(), epoch);
    decided.consumed = vec![IntakeSeq(1), IntakeSeq(1)];
    assert!(is_conflict(store.commit(decided.clone()).await));
    decided.consumed = vec![IntakeSeq(1)];
    assert_eq!(store.commit(decided.clone()).await, Ok(()));
    assert!(is_conflict(store.commit(decided).await));
    store.pause(&direct(), false, noon()).await.unwrap();
    assert_eq!(store.intake(&direct(), 1).await.unwrap().items[0].seq, IntakeSeq(2), "no number comes again");
}

async fn what_was_written_once_is_beyond_every_decision(store: &impl Store) {
    set_up(store).await;
    let refund = admitted(store, new_refund(1)).await;
    let epoch = store.take_ownership(&direct(), "node").await.unwrap();
    let mut decided = batch(&direct(), epoch);
    let mut changed = released(&refund, noon());
    changed.refund.upstream_no = new_refund(9).upstream_no;
    changed.refund.request = new_refund(9).bytes;
    changed.refund.amount = wechatpay::money::Money::fen(1);
    decided.changes = vec![changed];
    store.commit(decided).await.unwrap();
    let stored = store.refund(&refund.key).await.unwrap().unwrap();
    assert_eq!(stored.state.name(), "submitting");
    assert_eq!(
        (stored.upstream_no, stored.request, stored.amount),
        (refund.upstream_no, refund.request, refund.amount)
    );
}

async fn news_are_numbered_without_gaps_in_the_order_of_commits(store: &impl Store) {
    set_up(store).await;
    let epoch = store.take_ownership(&direct(), "one").await.unwrap();
    let mut told = vec![];
    for n in 1..=3 {
        let refund = admitted(store, new_refund(n)).await;
        let mut decided = batch(&direct(), epoch);
        // Nothing that moved it to another state.
        decided.changes =
            vec![change(&refund, Event::Held { why: Why::Plan, not_before: None }, noon()).unwrap()];
        let held = decided.changes[0].refund.clone();
        store.commit(decided).await.unwrap();
        let mut decided = batch(&direct(), epoch);
        decided.changes = vec![released(&held, after_noon(9))];
        store.commit(decided).await.unwrap();
        told.extend([(refund.key.clone(), "waiting"), (refund.key, "submitting")]);
    }
    store.take_ownership(&direct(), "two").await.unwrap();
    let news = store.feed(&direct(), 0, 100).await.unwrap();
    assert_eq!(news.iter().map(|news| news.seq).collect::<Vec<_>>(), [1, 2, 3, 4, 5, 6]);
    let seen: Vec<_> = news.iter().map(|news| (news.refund.clone(), news.entry.to)).collect();
    assert_eq!(seen, told);
    assert_eq!(store.feed(&direct(), 4, 1).await.unwrap(), news[4..5]);
    assert!(store.feed(&institution(), 0, 100).await.unwrap().is_empty());
}

async fn totals_of_the_waiting_equal_a_recount(store: &impl Store) {
    set_up(store).await;
    let epoch = store.take_ownership(&institution(), "node").await.unwrap();
    for n in 1..=12u8 {
        let mut new = refund_of(&institution(), Some(sub(n % 3 + 1)), n.into());
        new.request.amount = wechatpay::money::Money::fen(i64::from(n) * 37);
        new.request.deadline = (n.is_multiple_of(4)).then(|| after_noon(100_000));
        let refund = admitted(store, new).await;
        if n.is_multiple_of(2) {
            let mut decided = batch(&institution(), epoch);
            decided.changes = vec![released(&refund, noon())];
            let sent = decided.changes[0].refund.clone();
            store.commit(decided).await.unwrap();
            let not_enough = Event::Answered { attempt: 1, outcome: SubmitOutcome::NotEnough };
            let mut decided = batch(&institution(), epoch);
            decided.changes = vec![change(&sent, not_enough, after_noon(1)).unwrap()];
            store.commit(decided).await.unwrap();
        }
        assert_counted(store).await;
    }
}

async fn assert_counted(store: &impl Store) {
    let mut recount = std::collections::BTreeMap::new();
    for refund in store.list(Listing::of(institution(), 1_000)).await.unwrap().refunds {
        let Some(place) = refund.place() else { continue };
        let lane = (place.pool, place.class, refund.identity.sub_mchid, place.bucket);
        let (count, sum) = recount.entry(lane).or_insert((0, 0));
        *count += 1;
        *sum += refund.need.high;
    }
    let totals = store.waiting(&institution()).await.unwrap().into_iter();
    let totals = totals.map(|waiting| {
        let lane = waiting.lane;
        ((lane.pool, lane.class, lane.sub_mchid, lane.bucket), (waiting.count, waiting.sum))
    });
    assert_eq!(totals.collect::<Vec<_>>(), recount.into_iter().collect::<Vec<_>>());
}

/// Two rows that are one order, with a refund each, and what the owner decides once WeChat Pay said so.
async fn two_rows(
    store: &impl Store,
) -> (refunds::refund::Refund, refunds::refund::Refund, refunds::batch::Batch) {
    set_up(store).await;
    let one = admitted(store, new_refund(1)).await;
    let mut new = new_refund(2);
    new.request.order = by_id("4200");
    let other = admitted(store, new).await;
    let epoch = store.take_ownership(&direct(), "node").await.unwrap();
    let report = order_report("T1", "4200");
    let namesakes = store.namesakes(&other.order, None, &report).await.unwrap();
    assert_eq!(namesakes.page.orders.len(), 2);
    assert_eq!(namesakes.page.refunds, [one.clone(), other.clone()]);
    let mut decided = batch(&direct(), epoch);
    decided.orders = vec![OrderChange {
        learned: Some(report),
        looked_up: true,
        absorbs: vec![Absorbed { order: other.order.clone(), expected_version: 1 }],
        expected_version: Some(1),
        ..OrderChange::of(one.order.clone())
    }];
    (one, other, decided)
}

async fn rows_of_one_order_become_one(store: &impl Store) {
    let (one, other, mut decided) = two_rows(store).await;
    // Decided in the same batch, before and after the owner knew.
    decided.changes = vec![released(&other, after_noon(5))];
    decided.orders.push(OrderChange { accepted: 11, ..OrderChange::of(other.order.clone()) });
    store.commit(decided).await.unwrap();
    for names in [by_number("T1"), by_id("4200")] {
        let order = store.order(&direct(), None, &names).await.unwrap().unwrap();
        assert_eq!(order.order.key, one.order);
        assert_eq!((order.order.reserved, order.order.reserved_count, order.order.accepted), (600, 2, 11));
        let keys: Vec<_> = order.refunds.iter().map(|refund| &refund.key).collect();
        assert_eq!(keys, [&one.key, &other.key]);
        assert!(order.refunds.iter().all(|refund| refund.order == one.order));
    }
    let mut late = batch(&direct(), Epoch(1));
    late.orders = vec![freed(&other.order, 300)];
    assert!(is_conflict(store.commit(late).await), "a row that is gone takes no more changes");
}

async fn an_order_that_changed_meanwhile_is_not_taken_over(store: &impl Store) {
    let (_, other, decided) = two_rows(store).await;
    let mut new = new_refund(3);
    new.request.order = by_id("4200");
    let third = admitted(store, new).await;
    assert_eq!(third.order, other.order);
    assert!(is_conflict(store.commit(decided).await));
    assert!(
        store.order(&direct(), None, &by_number("T1")).await.unwrap().unwrap().order.transaction_id.is_none()
    );
}

async fn a_name_that_came_in_meanwhile_is_a_conflict(store: &impl Store) {
    set_up(store).await;
    let mut new = new_refund(1);
    new.request.order = by_id("4200");
    let refund = admitted(store, new).await;
    let epoch = store.take_ownership(&direct(), "node").await.unwrap();
    admitted(store, new_refund(2)).await;
    let mut decided = batch(&direct(), epoch);
    decided.orders =
        vec![OrderChange { learned: Some(order_report("T1", "4200")), ..OrderChange::of(refund.order) }];
    assert!(is_conflict(store.commit(decided).await));
}

async fn a_payment_of_a_row_that_was_taken_over_is_the_survivors(store: &impl Store) {
    use refunds::intake::Arrival;
    use refunds::order::{OrderFacts, Source};
    use store::intake::NewPayment;
    let (one, other, mut decided) = two_rows(store).await;
    let payment = NewPayment {
        mchid: direct(),
        sub_mchid: None,
        names: by_id("4200"),
        facts: OrderFacts {
            total: wechatpay::money::Money::fen(10_000),
            payer_total: None,
            paid_at: Some(noon()),
            bank_type: None,
        },
        source: Source::Reported,
        order_key: other.order.clone(),
        at: noon(),
    };
    store.report_payment(payment).await.unwrap();
    decided.orders[0].absorbs[0].expected_version = 2;
    store.commit(decided).await.unwrap();
    let intake = store.intake(&direct(), 10).await.unwrap();
    assert_eq!(intake.items[2].what, Arrival::Payment(one.order.clone()));
    assert_eq!(intake.page.orders.iter().map(|order| &order.key).collect::<Vec<_>>(), [&one.order]);
}

async fn a_batch_of_another_merchant_id_is_refused(store: &impl Store) {
    set_up(store).await;
    let refund = admitted(store, new_refund(1)).await;
    let epoch = store.take_ownership(&institution(), "node").await.unwrap();
    let mut decided = batch(&institution(), epoch);
    decided.changes = vec![released(&refund, noon())];
    assert!(is_conflict(store.commit(decided.clone()).await));
    decided.changes.clear();
    decided.orders = vec![freed(&refund.order, 300)];
    assert!(is_conflict(store.commit(decided).await));
    assert_eq!(store.refund(&refund.key).await.unwrap(), Some(refund));
}

/// The outcomes of a submission, for stories that need some.
pub(crate) fn outcomes() -> [SubmitOutcome; 6] {
    [
        SubmitOutcome::Accepted(Receipt {
            refund_id: RefundId::parse("50300").unwrap(),
            accepted_at: Some(after_noon(3)),
            payer_refund: Some(wechatpay::money::Money::fen(300)),
        }),
        SubmitOutcome::NotEnough,
        SubmitOutcome::Unclear,
        SubmitOutcome::SlowDown,
        SubmitOutcome::Refused(Refusal { code: "order_not_found".into(), message: "订单不存在".into() }),
        SubmitOutcome::Misconfigured(Fault::Certificate),
    ]
}
