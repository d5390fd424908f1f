//! What a merchant id notes of a store that was put back from a backup.

use jiff::SignedDuration;
use refunds::batch::{MerchantState, Restored};
use refunds::intake::NewRefund;
use refunds::key::OrderKey;
use refunds::order::Order;
use refunds::owner::OpenAfter;
use refunds::refund::Withdrawal;
use refunds::step::Event;
use store::restoration::Restoration;
use store::{CommitError, Store};

use crate::world::{
    admitted, after_noon, batch, by_number, change, direct, freed, institution, merchant, new_refund, noon,
    order_key, released, set_up,
};

crate::on_every_store! {
    it_is_noted_once_and_until_all_is_checked
    nothing_is_older_than_the_youngest_refund_of_the_backup
    no_epoch_and_no_number_of_the_news_is_given_twice
    open_refunds_are_walked_through_from_state_to_state
    orders_are_walked_through_from_the_one_heard_of_last
}

/// A refund of an order of its own.
fn alone(n: u64) -> NewRefund {
    let mut new = new_refund(n);
    new.request.order = by_number(&format!("T{n}"));
    new
}

fn restoration(generation: u64) -> Restoration {
    Restoration { generation, at: after_noon(60) }
}

async fn it_is_noted_once_and_until_all_is_checked(store: &impl Store) {
    set_up(store).await;
    let epoch = store.take_ownership(&direct(), "before").await.unwrap();
    let noted = store.restore(&direct(), restoration(1)).await.unwrap().unwrap();
    assert!(noted > epoch);
    let state = store.merchant_state(&direct()).await.unwrap();
    assert_eq!(state.restored, Some(Restored { at: after_noon(60), is_checked: false }));
    assert_eq!(store.merchant_state(&institution()).await.unwrap(), MerchantState::default());
    assert_eq!(
        store.holding(&direct(), wechatpay::china::ChinaDay::of(noon())).await.unwrap().merchant,
        state
    );
    let owned = store.owners().await.unwrap().remove(0);
    assert_eq!((owned.node, owned.epoch), (None, noted));

    let epoch = store.take_ownership(&direct(), "after").await.unwrap();
    let checked =
        MerchantState { restored: Some(Restored { at: after_noon(60), is_checked: true }), ..state };
    let mut decided = batch(&direct(), epoch);
    decided.merchant = Some(checked);
    store.commit(decided).await.unwrap();
    assert_eq!(store.restore(&direct(), restoration(1)).await, Ok(None));
    store.put_merchant(merchant(direct())).await.unwrap();
    assert_eq!(store.merchant_state(&direct()).await, Ok(checked));
    assert!(store.restore(&direct(), restoration(2)).await.unwrap().is_some_and(|again| again > epoch));
    assert!(store.merchant_state(&direct()).await.unwrap().is_to_be_checked());
}

async fn nothing_is_older_than_the_youngest_refund_of_the_backup(store: &impl Store) {
    set_up(store).await;
    let refund = admitted(store, alone(1)).await;
    let before = Restoration { generation: 1, at: refund.created_at - SignedDuration::from_secs(1) };
    store.restore(&direct(), before).await.unwrap();
    let restored = store.merchant_state(&direct()).await.unwrap().restored.unwrap();
    assert_eq!(restored.at, refund.created_at, "a clock that lags behind puts nothing in doubt too early");
}

async fn no_epoch_and_no_number_of_the_news_is_given_twice(store: &impl Store) {
    set_up(store).await;
    let refund = admitted(store, alone(1)).await;
    let lost = store.take_ownership(&direct(), "before").await.unwrap();
    let epoch = store.restore(&direct(), restoration(1)).await.unwrap().unwrap();
    assert_eq!(store.commit(batch(&direct(), lost)).await, Err(CommitError::Fenced));
    // A store that was put back once more counts on from a later time than this one did.
    let micros = u64::try_from(noon().as_microsecond()).unwrap();
    assert!(epoch.0 > micros, "{epoch:?}");
    let epoch = store.take_ownership(&direct(), "after").await.unwrap();
    let mut decided = batch(&direct(), epoch);
    decided.changes = vec![released(&refund, noon())];
    store.commit(decided).await.unwrap();
    let news = store.feed(&direct(), 0, 10).await.unwrap();
    assert_eq!(news.len(), 1);
    assert!(news[0].seq > micros, "{news:?}");
    assert_eq!(store.feed(&direct(), news[0].seq - 1, 10).await.unwrap(), news);
    assert_eq!(store.feed(&direct(), news[0].seq, 10).await.unwrap(), []);
}

async fn open_refunds_are_walked_through_from_state_to_state(store: &impl Store) {
    set_up(store).await;
    let mut refunds = vec![];
    for n in 1..=5 {
        refunds.push(admitted(store, alone(n)).await);
    }
    let epoch = store.take_ownership(&direct(), "node").await.unwrap();
    let mut decided = batch(&direct(), epoch);
    decided.changes = vec![released(&refunds[0], noon()), released(&refunds[3], noon())];
    decided.changes.extend(change(&refunds[2], Event::Withdrawn(Withdrawal::Tenant), noon()));
    decided.orders = vec![freed(&refunds[2].order, refunds[2].amount.minor())];
    store.commit(decided).await.unwrap();
    let (mut walked, mut after) = (vec![], None);
    loop {
        let page = store.open_refunds(&direct(), after.as_ref(), 2).await.unwrap();
        walked.extend(page.page.refunds.iter().map(|refund| (refund.state.name(), refund.key.clone())));
        assert!(!page.page.orders.is_empty());
        after = page.page.refunds.last().map(OpenAfter::of);
        if !page.more {
            break;
        }
    }
    let expected = [("queued", 1), ("queued", 4), ("submitting", 0), ("submitting", 3)];
    assert_eq!(walked, expected.map(|(state, n)| (state, refunds[n].key.clone())));
    let end = store.open_refunds(&direct(), after.as_ref(), 2).await.unwrap();
    assert_eq!(end.page.refunds, []);
}

async fn orders_are_walked_through_from_the_one_heard_of_last(store: &impl Store) {
    set_up(store).await;
    for n in 1..=3 {
        admitted(store, alone(n)).await;
    }
    let [first, second, third] = [1, 2, 3].map(|n| order_key(&direct(), n));
    let names = |orders: Vec<Order>| orders.into_iter().map(|order| order.key).collect::<Vec<OrderKey>>();
    let page = store.recent_orders(&direct(), None, 2).await.unwrap();
    assert_eq!(names(page), [third, second.clone()]);
    let page = store.recent_orders(&direct(), Some(&second), 2).await.unwrap();
    assert_eq!(names(page), [first]);
    assert_eq!(store.recent_orders(&institution(), None, 2).await.unwrap(), []);
}
