//! Who shares a store, and who owns what.

use std::time::Duration;

use refunds::batch::Epoch;
use store::merchant::Secret;
use store::node::{Beat, Node, Owned, Seen};
use store::{CommitError, Store, StoreError};

use crate::world::{batch, direct, institution, merchant, set_up};

crate::on_every_store! {
    nodes_are_there_from_the_first_time_they_are_heard_until_they_leave
    a_node_that_was_silent_for_too_long_is_forgotten_and_told_so
    a_node_is_told_that_it_shall_take_nothing_more
    a_change_of_how_a_merchant_id_is_set_up_is_counted
    a_merchant_id_is_taken_over_by_one_of_those_that_saw_the_same
    a_merchant_id_that_is_given_up_is_nobodys
}

const LONG: Duration = Duration::from_secs(600);

fn node(id: &str) -> Node {
    Node { id: id.to_owned(), name: format!("node {id}"), version: "0.1.0".to_owned() }
}

fn beat(id: &str, joins: bool) -> Beat {
    Beat { node: node(id), joins, ttl: LONG }
}

fn ids(seen: &[Seen]) -> Vec<&str> {
    seen.iter().map(|seen| seen.node.id.as_str()).collect()
}

async fn nodes_are_there_from_the_first_time_they_are_heard_until_they_leave(store: &impl Store) {
    assert_eq!(store.nodes().await, Ok(vec![]));
    let alone = store.beat(beat("b", true)).await.unwrap().unwrap();
    assert_eq!(alone.iter().map(|seen| &seen.node).collect::<Vec<_>>(), [&node("b")]);
    let both = store.beat(beat("a", true)).await.unwrap().unwrap();
    assert!(both[0].joined_at <= both[1].joined_at);
    assert_eq!(store.nodes().await.unwrap(), both);
    let again = store.beat(beat("b", false)).await.unwrap().unwrap();
    let b = |seen: &[Seen]| seen.iter().find(|seen| seen.node.id == "b").cloned().unwrap();
    assert!(b(&again).heard_at >= b(&both).heard_at && b(&again).joined_at == b(&both).joined_at);
    assert!(matches!(store.beat(beat("b", true)).await, Err(StoreError::InUse { .. })));
    store.leave("b").await.unwrap();
    assert_eq!(ids(&store.nodes().await.unwrap()), ["a"]);
    assert_eq!(store.beat(beat("b", false)).await, Ok(None), "who left is not there");
}

async fn a_node_that_was_silent_for_too_long_is_forgotten_and_told_so(store: &impl Store) {
    store.beat(beat("silent", true)).await.unwrap();
    store.beat(beat("other", true)).await.unwrap();
    let impatient = Beat { ttl: Duration::ZERO, ..beat("other", false) };
    // Until the store's clock has moved on.
    while store.nodes().await.unwrap().iter().any(|seen| seen.node.id == "silent") {
        if store.beat(impatient.clone()).await.unwrap().is_none() {
            store.beat(beat("other", true)).await.unwrap();
        }
    }
    assert_eq!(store.beat(beat("silent", false)).await, Ok(None));
    assert!(store.beat(beat("silent again", true)).await.unwrap().is_some());
}

async fn a_node_is_told_that_it_shall_take_nothing_more(store: &impl Store) {
    store.beat(beat("a", true)).await.unwrap();
    assert_eq!(store.drain("a", true).await, Ok(true));
    assert!(store.beat(beat("a", false)).await.unwrap().unwrap()[0].draining);
    assert_eq!(store.drain("a", false).await, Ok(true));
    assert!(!store.nodes().await.unwrap()[0].draining);
    assert_eq!(store.drain("b", true).await, Ok(false));
}

async fn a_merchant_id_is_taken_over_by_one_of_those_that_saw_the_same(store: &impl Store) {
    set_up(store).await;
    let nobodys = |mchid, epoch| Owned { mchid, node: None, epoch: Epoch(epoch), set_up: 1 };
    assert_eq!(store.owners().await.unwrap(), [nobodys(direct(), 0), nobodys(institution(), 0)]);
    let first = store.take_over(&direct(), "a", Epoch(0)).await.unwrap().unwrap();
    assert_eq!(store.take_over(&direct(), "b", Epoch(0)).await, Ok(None));
    let owned = Owned { mchid: direct(), node: Some("a".to_owned()), epoch: first, set_up: 1 };
    assert_eq!(store.owners().await.unwrap()[0], owned);
    let second = store.take_over(&direct(), "b", first).await.unwrap().unwrap();
    assert_eq!(store.commit(batch(&direct(), first)).await, Err(CommitError::Fenced));
    assert_eq!(store.commit(batch(&direct(), second)).await, Ok(()));
}

async fn a_merchant_id_that_is_given_up_is_nobodys(store: &impl Store) {
    set_up(store).await;
    let old = store.take_ownership(&direct(), "a").await.unwrap();
    let epoch = store.take_ownership(&direct(), "b").await.unwrap();
    store.give_up(&direct(), old).await.unwrap();
    assert_eq!(store.owners().await.unwrap()[0].node.as_deref(), Some("b"), "not by who lost it before");
    store.give_up(&direct(), epoch).await.unwrap();
    assert_eq!(store.owners().await.unwrap()[0], Owned { mchid: direct(), node: None, epoch, set_up: 1 });
}

async fn a_change_of_how_a_merchant_id_is_set_up_is_counted(store: &impl Store) {
    set_up(store).await;
    let secret =
        Secret { mchid: direct(), name: "key".into(), version: 1, key_id: "k".into(), sealed: vec![1] };
    store.put_secret(secret).await.unwrap();
    store.put_merchant(merchant(institution())).await.unwrap();
    store.put_merchant(merchant(institution())).await.unwrap();
    let set_up: Vec<u64> = store.owners().await.unwrap().iter().map(|owned| owned.set_up).collect();
    assert_eq!(set_up, [2, 3]);
}
