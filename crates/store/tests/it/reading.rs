//! Reading: pages for owners, lists and figures for the API, what belongs to a merchant id.

use refunds::batch::{Absorbed, OrderChange};
use refunds::refund::Class;
use store::Store;
use store::intake::NewPayment;
use store::merchant::{AuditLine, Audited, Secret};
use store::reading::{Listing, PaidCursor, PaidListing, Scope};
use wechatpay::money::Money;

use crate::taking_in::payment;
use crate::world::{
    admitted, after_noon, batch, by_id, by_number, direct, institution, new_refund, noon, order_key,
    order_report, refund_of, released, set_up, sub,
};

crate::on_every_store! {
    what_is_due_comes_longest_due_first_and_says_when_to_come_again
    the_front_finds_small_refunds_behind_large_ones
    a_front_that_holds_all_says_so
    a_list_is_stable_while_refunds_come_in
    a_list_can_begin_with_the_oldest
    paid_orders_are_listed_by_when_they_were_paid
    an_order_that_was_taken_over_is_listed_once
    a_list_is_narrowed_by_state_order_time_and_sub_merchant
    states_are_counted
    requests_and_orders_of_a_page_are_found_at_once
    secrets_are_found_again
    the_audit_trail_takes_only_what_follows
}

async fn what_is_due_comes_longest_due_first_and_says_when_to_come_again(store: &impl Store) {
    set_up(store).await;
    for (n, deadline) in [(1, 500), (2, 300), (3, 900), (4, 300), (5, 0)] {
        let mut new = new_refund(n);
        new.request.deadline = (deadline > 0).then(|| after_noon(deadline));
        admitted(store, new).await;
    }
    let keys = |page: &refunds::owner::DuePage| -> Vec<String> {
        page.page.refunds.iter().map(|refund| refund.identity.out_refund_no.to_string()).collect()
    };
    let page = store.due(&direct(), after_noon(600), 10).await.unwrap();
    assert_eq!(keys(&page), ["R2", "R4", "R1"]);
    assert_eq!((page.next_due, page.page.orders.len()), (Some(after_noon(900)), 1));
    let page = store.due(&direct(), after_noon(600), 2).await.unwrap();
    assert_eq!((keys(&page).len(), page.next_due), (2, Some(after_noon(500))));
    let page = store.due(&direct(), noon(), 10).await.unwrap();
    assert_eq!((keys(&page).len(), page.next_due), (0, Some(after_noon(300))));
    let page = store.due(&institution(), after_noon(600), 10).await.unwrap();
    assert_eq!((keys(&page).len(), page.next_due), (0, None));
    let holding = store.holding(&direct(), wechatpay::china::ChinaDay::of(noon())).await.unwrap();
    assert_eq!(holding.next_due, Some(after_noon(300)));
}

async fn large_and_small(store: &impl Store) {
    set_up(store).await;
    for n in 1..=20 {
        let mut new = refund_of(&institution(), Some(sub(1)), n);
        new.request.order = by_number(&format!("T{n}"));
        new.request.total = Money::fen(10_000_000);
        new.request.amount = Money::fen(if n == 20 { 5 } else { 5_000_000 });
        new.request.deadline = (n == 19).then(|| after_noon(1_000_000));
        admitted(store, new).await;
    }
}

async fn the_front_finds_small_refunds_behind_large_ones(store: &impl Store) {
    large_and_small(store).await;
    let front = store.front(&institution(), 6).await.unwrap();
    assert!(!front.complete);
    let numbers: Vec<String> =
        front.page.refunds.iter().map(|refund| refund.identity.out_refund_no.to_string()).collect();
    assert_eq!(numbers, ["R19", "R20", "R1", "R2", "R3", "R4"]);
    assert_eq!(front.page.refunds[0].class(), Class::Deadline);
    assert_eq!(front.page.orders.len(), 6);
}

async fn a_front_that_holds_all_says_so(store: &impl Store) {
    large_and_small(store).await;
    let front = store.front(&institution(), 20).await.unwrap();
    assert_eq!((front.page.refunds.len(), front.complete), (20, true));
    assert!(!store.front(&institution(), 19).await.unwrap().complete);
    assert!(store.front(&direct(), 19).await.unwrap().complete);
}

async fn a_list_is_stable_while_refunds_come_in(store: &impl Store) {
    set_up(store).await;
    for n in 1..=5 {
        admitted(store, new_refund(n)).await;
    }
    let first = store.list(Listing::of(direct(), 2)).await.unwrap();
    admitted(store, new_refund(6)).await;
    let mut seen = first.refunds;
    let mut next = first.next;
    while let Some(after) = next {
        let page = store.list(Listing { after: Some(after), ..Listing::of(direct(), 2) }).await.unwrap();
        seen.extend(page.refunds);
        next = page.next;
    }
    let numbers: Vec<String> = seen.iter().map(|refund| refund.identity.out_refund_no.to_string()).collect();
    assert_eq!(numbers, ["R5", "R4", "R3", "R2", "R1"]);
}

async fn a_list_can_begin_with_the_oldest(store: &impl Store) {
    set_up(store).await;
    for n in 1..=5 {
        admitted(store, new_refund(n)).await;
    }
    let (from, until) = (Some(after_noon(2)), Some(after_noon(5)));
    let (mut numbers, mut after) = (vec![], None);
    loop {
        let listing = Listing { from, until, after, oldest_first: true, ..Listing::of(direct(), 2) };
        let page = store.list(listing).await.unwrap();
        numbers.extend(page.refunds.iter().map(|refund| refund.identity.out_refund_no.to_string()));
        after = page.next;
        if after.is_none() {
            break;
        }
    }
    assert_eq!(numbers, ["R2", "R3", "R4"]);
}

/// The payment of order `T`*n*, so many seconds after noon.
fn paid_after_noon(n: u64, seconds: i64) -> NewPayment {
    let mut new = payment(n, 10_000);
    new.names = by_number(&format!("T{n}"));
    new.facts.paid_at = Some(after_noon(seconds));
    new
}

fn paid_between(from: i64, until: i64, after: Option<PaidCursor>) -> PaidListing {
    PaidListing { mchid: direct(), from: after_noon(from), until: after_noon(until), after, limit: 2 }
}

async fn paid_orders_are_listed_by_when_they_were_paid(store: &impl Store) {
    set_up(store).await;
    // Two in one second; and one of which nobody said when it was paid.
    for (n, seconds) in [(1, 30), (2, 10), (3, 40), (4, 20), (5, 20), (6, 0)] {
        store.report_payment(paid_after_noon(n, seconds)).await.unwrap();
    }
    admitted(store, new_refund(7)).await;
    let mut unknown = paid_after_noon(8, 0);
    unknown.facts.paid_at = None;
    store.report_payment(unknown).await.unwrap();
    let (mut numbers, mut after) = (vec![], None);
    loop {
        let page = store.payments(paid_between(10, 40, after)).await.unwrap();
        assert!(page.orders.len() <= 2);
        numbers.extend(page.orders.iter().map(|order| order.out_trade_no.as_ref().unwrap().to_string()));
        after = page.next;
        if after.is_none() {
            break;
        }
    }
    assert_eq!(numbers, ["T2", "T4", "T5", "T1"]);
    let before_all = Some(PaidCursor { paid_at: after_noon(-5), key: order_key(&direct(), 9) });
    let first = store.payments(paid_between(10, 40, before_all)).await.unwrap();
    assert_eq!(first, store.payments(paid_between(10, 40, None)).await.unwrap());
    let others = PaidListing { mchid: institution(), ..paid_between(0, 100, None) };
    assert!(store.payments(others).await.unwrap().orders.is_empty());
}

async fn an_order_that_was_taken_over_is_listed_once(store: &impl Store) {
    set_up(store).await;
    store.report_payment(paid_after_noon(1, 10)).await.unwrap();
    let mut by_wechat_pays_number = paid_after_noon(2, 10);
    by_wechat_pays_number.names = by_id("42");
    store.report_payment(by_wechat_pays_number).await.unwrap();
    assert_eq!(store.payments(paid_between(0, 100, None)).await.unwrap().orders.len(), 2);
    let epoch = store.take_ownership(&direct(), "node").await.unwrap();
    let mut decided = batch(&direct(), epoch);
    decided.orders = vec![OrderChange {
        learned: Some(order_report("T1", "42")),
        absorbs: vec![Absorbed { order: order_key(&direct(), 2), expected_version: 1 }],
        ..OrderChange::of(order_key(&direct(), 1))
    }];
    store.commit(decided).await.unwrap();
    let listed = store.payments(paid_between(-10, 100, None)).await.unwrap().orders;
    // It was paid when WeChat Pay says that it was.
    let paid: Vec<_> =
        listed.iter().map(|order| (&order.key, order.paid_at.as_ref().unwrap().value)).collect();
    assert_eq!(paid, [(&order_key(&direct(), 1), noon())]);
}

async fn a_list_is_narrowed_by_state_order_time_and_sub_merchant(store: &impl Store) {
    set_up(store).await;
    let epoch = store.take_ownership(&institution(), "node").await.unwrap();
    for n in 1..=6u8 {
        let mut new = refund_of(&institution(), Some(sub(n % 2 + 1)), n.into());
        new.request.order = by_number(if n < 4 { "T1" } else { "T2" });
        let refund = admitted(store, new).await;
        if n.is_multiple_of(3) {
            let mut decided = batch(&institution(), epoch);
            decided.changes = vec![released(&refund, noon())];
            store.commit(decided).await.unwrap();
        }
    }
    let all = || Listing::of(institution(), 10);
    let numbers = async |listing| -> Vec<String> {
        let listed = store.list(listing).await.unwrap();
        listed.refunds.iter().map(|refund| refund.identity.out_refund_no.to_string()).collect()
    };
    assert_eq!(numbers(Listing { state: Some("submitting".into()), ..all() }).await, ["R6", "R3"]);
    assert_eq!(numbers(Listing { scope: Scope::Of(Some(sub(1))), ..all() }).await, ["R6", "R4", "R2"]);
    let order = Some(order_key(&institution(), 4));
    assert_eq!(numbers(Listing { order, ..all() }).await, ["R6", "R4"]);
    let (from, until) = (Some(after_noon(2)), Some(after_noon(4)));
    assert_eq!(numbers(Listing { from, until, ..all() }).await, ["R3", "R2"]);
    assert!(numbers(Listing { state: Some("no such".into()), ..all() }).await.is_empty());
}

async fn states_are_counted(store: &impl Store) {
    set_up(store).await;
    let epoch = store.take_ownership(&direct(), "node").await.unwrap();
    for n in 1..=3 {
        let refund = admitted(store, new_refund(n)).await;
        if n == 1 {
            let mut decided = batch(&direct(), epoch);
            decided.changes = vec![released(&refund, noon())];
            store.commit(decided).await.unwrap();
        }
    }
    let counts: Vec<_> = store.counts(&direct()).await.unwrap().into_iter().collect();
    assert_eq!(counts, [("queued", 2), ("submitting", 1)]);
}

async fn requests_and_orders_of_a_page_are_found_at_once(store: &impl Store) {
    set_up(store).await;
    let (one, mut other) = (new_refund(1), new_refund(2));
    other.request.order = by_number("T2");
    for new in [&one, &other] {
        admitted(store, new.clone()).await;
    }
    let absent = new_refund(9);
    let keys = [other.key, absent.key, one.key];
    assert_eq!(store.requests(&keys).await.unwrap(), [other.request, one.request]);
    let orders = store.orders(&[other.order_key, absent.order_key, one.order_key]).await.unwrap();
    let names: Vec<String> =
        orders.iter().map(|order| order.out_trade_no.clone().unwrap().to_string()).collect();
    assert_eq!(names, ["T2", "T1"]);
    assert!(store.requests(&[]).await.unwrap().is_empty());
    assert!(store.orders(&[]).await.unwrap().is_empty());
    let of_others = [refund_of(&institution(), None, 1).key, new_refund(1).key];
    assert!(store.requests(&of_others).await.unwrap().is_empty(), "all are of one merchant id");
}

async fn secrets_are_found_again(store: &impl Store) {
    set_up(store).await;
    let secret = Secret {
        mchid: direct(),
        name: "api_v3_key".into(),
        version: 1,
        key_id: "k1".into(),
        sealed: vec![1, 2, 3],
    };
    store.put_secret(secret.clone()).await.unwrap();
    let newer = Secret { version: 2, sealed: vec![4], ..secret.clone() };
    store.put_secret(newer.clone()).await.unwrap();
    let resealed = Secret { key_id: "k2".into(), sealed: vec![5], ..secret };
    store.put_secret(resealed.clone()).await.unwrap();
    assert_eq!(store.secrets(&direct()).await.unwrap(), [resealed.clone(), newer]);
    assert!(store.secrets(&institution()).await.unwrap().is_empty());
    assert!(format!("{resealed:?}").ends_with("***"));
}

async fn the_audit_trail_takes_only_what_follows(store: &impl Store) {
    set_up(store).await;
    let line = |n: u8, previous: u8| AuditLine {
        mchid: direct(),
        n: n.into(),
        at: noon(),
        actor: "operator".into(),
        action: "pause".into(),
        detail: String::new(),
        previous: [previous; 32],
        hash: [n; 32],
    };
    assert_eq!(store.audit(line(2, 0)).await, Ok(Audited::Outrun));
    assert_eq!(store.audit(line(1, 0)).await, Ok(Audited::Written));
    assert_eq!(store.audit(line(2, 9)).await, Ok(Audited::Outrun));
    assert_eq!(store.audit(line(2, 1)).await, Ok(Audited::Written));
    assert_eq!(store.audit_trail(&direct(), 1, 10).await.unwrap(), [line(2, 1)]);
    assert_eq!(store.audit_trail(&direct(), 0, 1).await.unwrap(), [line(1, 0)]);
}
