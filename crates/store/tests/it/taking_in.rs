//! Taking in: refunds, payments, notifications, commands.

use refunds::intake::{Admission, Arrival, Command, NewRefund};
use refunds::key::{NumberForm, UpstreamNo};
use refunds::order::{OrderFacts, OrderRefusal, Source};
use refunds::outcome::Standing;
use refunds::refund::Withdrawal;
use store::intake::{NewNotice, NewPayment, Noticed, Reported};
use store::merchant::Merchant;
use store::reading::{KeptNotice, Scope};
use store::{Store, StoreError};
use wechatpay::ids::OutRefundNo;
use wechatpay::money::Money;

use crate::world::{
    admitted, after_noon, by_id, by_number, direct, institution, merchant, new_refund, noon, order_key,
    refund_key, refund_of, report, set_up, sub,
};

crate::on_every_store! {
    a_refund_is_stored_with_all_that_belongs_to_it
    the_same_request_again_is_a_replay_and_changes_nothing
    another_request_under_the_same_identity_is_a_conflict_that_names_the_fields
    a_refund_that_was_found_is_completed_by_its_tenants_first_request
    what_is_known_of_a_refund_that_was_found_is_not_contradicted
    what_was_found_is_set_aside_whatever_the_order_has_left
    a_hundred_refunds_at_once_never_exceed_their_order
    two_sub_merchants_use_the_same_number
    a_number_at_wechat_pay_serves_one_refund
    a_merchant_id_that_is_not_set_up_takes_nothing
    a_key_that_is_in_use_is_refused
    a_payment_is_news_once_and_must_not_contradict_itself
    a_payment_teaches_the_order_of_an_earlier_claim
    names_of_two_rows_do_not_become_one_by_a_report
    a_notification_is_kept_once
    a_command_needs_its_refund
    the_form_of_numbers_is_fixed_with_the_first_refund
    a_number_of_another_form_than_the_merchants_is_not_stored
    kept_notifications_are_read_newest_first
}

async fn a_refund_is_stored_with_all_that_belongs_to_it(store: &impl Store) {
    set_up(store).await;
    let mut new = new_refund(1);
    new.request.deadline = Some("2026-03-03T12:00:00.123456789+08:00".parse().unwrap());
    let refund = admitted(store, new.clone()).await;
    let stored = store.refund(&refund.key).await.unwrap().unwrap();
    assert_eq!(stored.request, new.bytes);
    assert_eq!(store.request(&refund.key).await.unwrap(), Some(new.request.clone()));
    let journal = store.timeline(&refund.key).await.unwrap();
    assert_eq!(journal.len(), 1);
    assert_eq!((journal[0].epoch.0, journal[0].entry.n, journal[0].entry.to), (0, 1, "queued"));
    let order = store.order(&direct(), None, &new.request.order).await.unwrap().unwrap();
    assert_eq!((order.order.reserved, order.order.reserved_count), (300, 1));
    assert_eq!(order.refunds, [stored]);
    let waiting = store.waiting(&direct()).await.unwrap();
    assert_eq!((waiting.len(), waiting[0].count, waiting[0].sum), (1, 1, 300));
    let intake = store.intake(&direct(), 10).await.unwrap();
    assert_eq!(intake.items[0].what, Arrival::Refund(refund.key));
    assert_eq!((intake.page.refunds.len(), intake.page.orders.len(), intake.more), (1, 1, false));
}

async fn the_same_request_again_is_a_replay_and_changes_nothing(store: &impl Store) {
    set_up(store).await;
    let mut new = new_refund(1);
    new.request.deadline = Some("2026-03-03T12:00:00.123456789+08:00".parse().unwrap());
    let refund = admitted(store, new.clone()).await;
    new.key = refund_key(&direct(), 2);
    new.order_key = order_key(&direct(), 2);
    let again = store.admit(new).await.unwrap();
    assert_eq!(again.admission, Admission::Replay);
    assert_eq!(again.stored.unwrap().key, refund.key);
    assert_eq!(store.intake(&direct(), 10).await.unwrap().items.len(), 1);
    let order = store.order(&direct(), None, &by_number("T1")).await.unwrap().unwrap();
    assert_eq!(order.order.reserved, 300);
}

async fn another_request_under_the_same_identity_is_a_conflict_that_names_the_fields(store: &impl Store) {
    set_up(store).await;
    admitted(store, new_refund(1)).await;
    let mut other = new_refund(1);
    other.request.amount = Money::fen(301);
    let answer = store.admit(other).await.unwrap();
    let Admission::Conflict(differences) = answer.admission else { panic!("{answer:?}") };
    assert_eq!(differences[0].field, "amount.refund");
    assert_eq!(answer.stored.unwrap().amount, Money::fen(300));
}

/// The `n`-th refund as it is found at WeChat Pay.
fn found(n: u64) -> NewRefund {
    let mut new = new_refund(n);
    new.request.reason = None;
    new.request.found = true;
    new
}

async fn a_refund_that_was_found_is_completed_by_its_tenants_first_request(store: &impl Store) {
    set_up(store).await;
    let refund = admitted(store, found(1)).await;
    assert_eq!((refund.state.name(), refund.ask_at), ("unclear", Some(refund.created_at)));
    let journal = store.timeline(&refund.key).await.unwrap();
    assert_eq!(journal[0].entry.evidence.answer.as_deref(), Some("found at WeChat Pay after a restore"));
    let mut asked = new_refund(1);
    asked.request.metadata = Some("{\"till\":\"7\"}".into());
    asked.request.notify_url = Some("https://shop.example/refunds".into());
    asked.request.deadline = Some(after_noon(9));
    let answer = store.admit(asked.clone()).await.unwrap();
    assert_eq!((&answer.admission, answer.stored.as_deref()), (&Admission::Completed, Some(&refund)));
    assert_eq!(store.request(&refund.key).await.unwrap(), Some(asked.request.clone()));
    assert_eq!(store.refund(&refund.key).await.unwrap(), Some(refund));
    assert_eq!(store.admit(asked.clone()).await.unwrap().admission, Admission::Replay);
    assert_eq!(store.admit(found(1)).await.unwrap().admission, Admission::Replay);
    asked.request.metadata = None;
    let answer = store.admit(asked).await.unwrap();
    let Admission::Conflict(differences) = answer.admission else { panic!("{answer:?}") };
    assert_eq!(differences[0].field, "metadata");
    let order = store.order(&direct(), None, &by_number("T1")).await.unwrap().unwrap();
    assert_eq!((order.order.reserved, order.refunds.len()), (300, 1));
}

async fn what_is_known_of_a_refund_that_was_found_is_not_contradicted(store: &impl Store) {
    set_up(store).await;
    let mut seen = found(1);
    seen.request.order.transaction_id = by_id("4200000001").transaction_id;
    let refund = admitted(store, seen.clone()).await;
    let changes: [(fn(&mut NewRefund), _); 3] = [
        (|new| new.request.amount = Money::fen(301), "amount.refund"),
        (|new| new.request.total = Money::fen(10_001), "amount.total"),
        (|new| new.request.order = by_number("T2"), "out_trade_no"),
    ];
    for (change, field) in changes {
        let mut other = new_refund(1);
        change(&mut other);
        let answer = store.admit(other).await.unwrap();
        let Admission::Conflict(differences) = answer.admission else { panic!("{answer:?}") };
        assert_eq!(differences[0].field, field);
    }
    let mut adopting = new_refund(1);
    adopting.upstream_no = UpstreamNo::adopted(OutRefundNo::parse("OLD-1").unwrap());
    adopting.request.adopt = Some(adopting.upstream_no.clone());
    let answer = store.admit(adopting).await.unwrap();
    let Admission::Conflict(differences) = answer.admission else { panic!("{answer:?}") };
    assert_eq!(differences[0].field, "adopt.out_refund_no");
    assert_eq!(store.request(&refund.key).await.unwrap(), Some(seen.request));
    // It was asked for by one of the order's names, and is found under both.
    assert_eq!(store.admit(new_refund(1)).await.unwrap().admission, Admission::Completed);
}

async fn what_was_found_is_set_aside_whatever_the_order_has_left(store: &impl Store) {
    set_up(store).await;
    let mut waiting = new_refund(1);
    waiting.request.amount = Money::fen(9_900);
    admitted(store, waiting).await;
    admitted(store, found(2)).await;
    let order = store.order(&direct(), None, &by_number("T1")).await.unwrap().unwrap();
    assert_eq!((order.order.reserved, order.order.reserved_count), (10_200, 2));
    let refused = store.admit(new_refund(3)).await.unwrap().admission;
    assert_eq!(refused, Admission::Refused(OrderRefusal::Exceeds { refundable: Money::fen(0) }));
}

async fn a_hundred_refunds_at_once_never_exceed_their_order(store: &impl Store) {
    set_up(store).await;
    let mut waiting = vec![];
    for n in 1..=100 {
        waiting.push(Box::pin(store.admit(new_refund(n))));
    }
    // All are handed to the store before the first answer is awaited.
    let mut answers: Vec<_> = waiting.iter().map(|_| None).collect();
    std::future::poll_fn(|context| {
        for (future, answer) in waiting.iter_mut().zip(&mut answers) {
            if answer.is_none()
                && let std::task::Poll::Ready(ready) = future.as_mut().poll(context)
            {
                *answer = Some(ready.unwrap());
            }
        }
        if answers.iter().all(Option::is_some) {
            std::task::Poll::Ready(())
        } else {
            std::task::Poll::Pending
        }
    })
    .await;
    let taken = answers
        .iter()
        .flatten()
        .filter(|answer| matches!(answer.admission, Admission::Admitted { .. }))
        .count();
    assert_eq!(taken, 33);
    let refused = answers.iter().flatten().find_map(|answer| match &answer.admission {
        Admission::Refused(refusal) => Some(refusal.clone()),
        _ => None,
    });
    assert_eq!(refused, Some(OrderRefusal::Exceeds { refundable: Money::fen(100) }));
    let order = store.order(&direct(), None, &by_number("T1")).await.unwrap().unwrap();
    assert_eq!((order.order.reserved, order.refunds.len()), (9_900, 33));
}

async fn two_sub_merchants_use_the_same_number(store: &impl Store) {
    set_up(store).await;
    let one = admitted(store, refund_of(&institution(), Some(sub(1)), 1)).await;
    let mut new = refund_of(&institution(), Some(sub(2)), 1);
    new.key = refund_key(&institution(), 2);
    new.order_key = order_key(&institution(), 2);
    let other = admitted(store, new).await;
    assert_ne!(one.order, other.order);
    let number = &one.identity.out_refund_no;
    let all = store.refunds_by_number(&institution(), Scope::All, number).await.unwrap();
    assert_eq!(all.iter().map(|refund| &refund.key).collect::<Vec<_>>(), [&one.key, &other.key]);
    let of_one = store.refunds_by_number(&institution(), Scope::Of(Some(sub(2))), number).await.unwrap();
    assert_eq!(of_one.iter().map(|refund| &refund.key).collect::<Vec<_>>(), [&other.key]);
    assert!(store.refunds_by_number(&institution(), Scope::Of(None), number).await.unwrap().is_empty());
    assert!(store.refunds_by_number(&direct(), Scope::All, number).await.unwrap().is_empty());
}

async fn a_number_at_wechat_pay_serves_one_refund(store: &impl Store) {
    set_up(store).await;
    let first = admitted(store, new_refund(1)).await;
    let mut new = new_refund(2);
    new.request.adopt = Some(first.upstream_no.clone());
    new.upstream_no = first.upstream_no;
    let answer = store.admit(new).await.unwrap();
    assert_eq!((answer.admission, answer.stored), (Admission::UpstreamNoUsed, None));
}

async fn a_merchant_id_that_is_not_set_up_takes_nothing(store: &impl Store) {
    let answer = store.admit(new_refund(1)).await;
    assert!(matches!(answer, Err(StoreError::NotThere { .. })), "{answer:?}");
    assert!(matches!(store.pause(&direct(), true, noon()).await, Err(StoreError::NotThere { .. })));
    assert!(matches!(store.take_ownership(&direct(), "a").await, Err(StoreError::NotThere { .. })));
    assert!(matches!(store.refund(&refund_key(&direct(), 1)).await, Err(StoreError::NotThere { .. })));
}

async fn a_key_that_is_in_use_is_refused(store: &impl Store) {
    set_up(store).await;
    admitted(store, new_refund(1)).await;
    let mut new = new_refund(2);
    new.key = refund_key(&direct(), 1);
    assert_eq!(store.admit(new).await, Err(StoreError::InUse { what: "the key of the refund" }));
    let mut new = new_refund(3);
    new.order_key = order_key(&direct(), 1);
    new.request.order = by_number("T3");
    assert_eq!(store.admit(new).await, Err(StoreError::InUse { what: "the key of the order" }));
    assert_eq!(store.counts(&direct()).await.unwrap().get("queued"), Some(&1));
}

pub(crate) fn payment(n: u64, total: i64) -> NewPayment {
    NewPayment {
        mchid: direct(),
        sub_mchid: None,
        names: by_number("T1"),
        facts: OrderFacts {
            total: Money::fen(total),
            payer_total: Some(Money::fen(total)),
            paid_at: Some(noon()),
            bank_type: Some(wechatpay::ids::BankType::parse("CMB_CREDIT").unwrap()),
        },
        source: Source::Reported,
        order_key: order_key(&direct(), n),
        at: after_noon(1),
    }
}

async fn a_payment_is_news_once_and_must_not_contradict_itself(store: &impl Store) {
    set_up(store).await;
    assert_eq!(store.report_payment(payment(1, 10_000)).await, Ok(Reported::New));
    assert_eq!(store.report_payment(payment(2, 10_000)).await, Ok(Reported::Same));
    let differs = store.report_payment(payment(3, 9_000)).await.unwrap();
    assert!(matches!(differs, Reported::Refused(OrderRefusal::Mismatch { field: "amount.total", .. })));
    let intake = store.intake(&direct(), 10).await.unwrap();
    assert_eq!(intake.items.len(), 1);
    assert_eq!(intake.items[0].what, Arrival::Payment(order_key(&direct(), 1)));
    let order = &intake.page.orders[0];
    assert_eq!((order.total.source, order.version), (Source::Reported, 1));
}

async fn a_payment_teaches_the_order_of_an_earlier_claim(store: &impl Store) {
    set_up(store).await;
    let refund = admitted(store, new_refund(1)).await;
    assert_eq!(store.report_payment(payment(2, 12_000)).await, Ok(Reported::New));
    let order = store.order(&direct(), None, &by_number("T1")).await.unwrap().unwrap().order;
    assert_eq!((order.key, order.total.value, order.reserved), (refund.order, Money::fen(12_000), 300));
    assert_eq!(order.version, 2);
}

async fn names_of_two_rows_do_not_become_one_by_a_report(store: &impl Store) {
    set_up(store).await;
    admitted(store, new_refund(1)).await;
    let mut new = new_refund(2);
    new.request.order = by_id("4200");
    admitted(store, new).await;
    let mut both = payment(3, 10_000);
    both.names.transaction_id = by_id("4200").transaction_id;
    assert_eq!(store.report_payment(both).await, Ok(Reported::New));
    let by_number = store.order(&direct(), None, &by_number("T1")).await.unwrap().unwrap();
    let by_id = store.order(&direct(), None, &by_id("4200")).await.unwrap().unwrap();
    assert_ne!(by_number.order.key, by_id.order.key);
    assert!(by_number.order.transaction_id.is_none() && by_id.order.needs_look_up());
}

async fn a_notification_is_kept_once(store: &impl Store) {
    set_up(store).await;
    let refund = admitted(store, new_refund(1)).await;
    let notice = NewNotice {
        mchid: direct(),
        id: "EV-1".into(),
        upstream_no: refund.upstream_no.clone(),
        report: Some(report(Standing::Succeeded)),
        raw: b"raw".to_vec(),
        at: noon(),
    };
    assert_eq!(store.notice(notice.clone()).await, Ok(Noticed::New));
    assert_eq!(store.notice(notice.clone()).await, Ok(Noticed::Repeat));
    let unknown = NewNotice { id: "EV-2".into(), upstream_no: new_refund(9).upstream_no, ..notice.clone() };
    assert_eq!(store.notice(unknown.clone()).await, Ok(Noticed::UnknownRefund));
    assert_eq!(store.notice(unknown).await, Ok(Noticed::Repeat));
    let intake = store.intake(&direct(), 10).await.unwrap();
    assert_eq!(intake.items.len(), 2);
    assert_eq!(intake.items[1].what, Arrival::Notice { refund: refund.key, report: notice.report });
}

async fn a_command_needs_its_refund(store: &impl Store) {
    set_up(store).await;
    let refund = admitted(store, new_refund(1)).await;
    let cancel = Command::Cancel(Withdrawal::Tenant);
    assert_eq!(store.command(&direct(), &refund.key, cancel, noon()).await, Ok(()));
    let unknown = refund_key(&direct(), 9);
    let answer = store.command(&direct(), &unknown, cancel, noon()).await;
    assert!(matches!(answer, Err(StoreError::NotThere { .. })));
    let answer = store.command(&institution(), &refund.key, cancel, noon()).await;
    assert!(matches!(answer, Err(StoreError::NotThere { .. })), "another merchant id's refund is not there");
    store.pause(&direct(), true, noon()).await.unwrap();
    let intake = store.intake(&direct(), 2).await.unwrap();
    assert_eq!((intake.items.len(), intake.page.refunds.len(), intake.more), (2, 1, true));
    assert_eq!(intake.items[1].what, Arrival::Command { refund: refund.key, command: cancel });
}

async fn the_form_of_numbers_is_fixed_with_the_first_refund(store: &impl Store) {
    use store::merchant::Put;
    set_up(store).await;
    let mut other = crate::world::merchant(direct());
    other.number_form = refunds::key::NumberForm::Prefixed;
    assert_eq!(store.put_merchant(other).await, Ok(Put::Stored));
    assert_eq!(store.put_merchant(crate::world::merchant(direct())).await, Ok(Put::Stored));
    admitted(store, new_refund(1)).await;
    let mut other = crate::world::merchant(direct());
    other.number_form = refunds::key::NumberForm::Prefixed;
    assert_eq!(store.put_merchant(other).await, Ok(Put::NumberFormIsFixed));
    let mut other = crate::world::merchant(institution());
    other.sub_merchants.remove(&sub(1));
    assert_eq!(store.put_merchant(other.clone()).await, Ok(Put::Stored));
    assert_eq!(store.merchants().await.unwrap(), [crate::world::merchant(direct()), other]);
}

async fn a_number_of_another_form_than_the_merchants_is_not_stored(store: &impl Store) {
    set_up(store).await;
    // The caller formed the number, and then the form was changed.
    let new = refund_of(&institution(), Some(sub(1)), 1);
    let as_given = Merchant { number_form: NumberForm::AsGiven, ..merchant(institution()) };
    store.put_merchant(as_given.clone()).await.unwrap();
    let refused = store.admit(new.clone()).await;
    assert!(matches!(refused, Err(StoreError::Busy { .. })), "{refused:?}");
    assert!(store.counts(&institution()).await.unwrap().is_empty());
    assert_eq!(store.order(&institution(), Some(&sub(1)), &by_number("T1")).await.unwrap(), None);
    let formed_anew =
        NewRefund { upstream_no: UpstreamNo::of(&new.request.identity, NumberForm::AsGiven).unwrap(), ..new };
    admitted(store, formed_anew.clone()).await;
    let mut adopted = refund_of(&institution(), Some(sub(1)), 2);
    adopted.request.adopt = Some(adopted.upstream_no.clone());
    admitted(store, adopted).await;
    let mut other = refund_of(&institution(), Some(sub(1)), 3);
    other.request.adopt = Some(formed_anew.upstream_no);
    let refused = store.admit(other).await;
    assert!(matches!(refused, Err(StoreError::Busy { .. })), "adopted is another number");
}

async fn kept_notifications_are_read_newest_first(store: &impl Store) {
    set_up(store).await;
    let upstream_no = new_refund(1).upstream_no;
    for (id, seconds, number) in [("EV-1", 5, 1), ("EV-2", 9, 1), ("EV-3", 7, 2), ("EV-4", 5, 1)] {
        let notice = NewNotice {
            mchid: direct(),
            id: id.into(),
            upstream_no: new_refund(number).upstream_no,
            report: Some(report(Standing::Succeeded)),
            raw: format!("raw {id}").into_bytes(),
            at: after_noon(seconds),
        };
        store.notice(notice.clone()).await.unwrap();
        store.notice(NewNotice { at: after_noon(100), raw: vec![], ..notice }).await.unwrap();
    }
    let kept = store.notices(&direct(), &upstream_no, 10).await.unwrap();
    let ids: Vec<&str> = kept.iter().map(|notice| notice.id.as_str()).collect();
    assert_eq!(ids, ["EV-2", "EV-4", "EV-1"]);
    let (id, at, raw) = ("EV-2".to_owned(), after_noon(9), b"raw EV-2".to_vec());
    assert_eq!(kept[0], KeptNotice { id, upstream_no: upstream_no.clone(), at, raw });
    assert_eq!(store.notices(&direct(), &upstream_no, 1).await.unwrap(), kept[..1]);
    assert!(store.notices(&institution(), &upstream_no, 10).await.unwrap().is_empty());
}
