//! Hints between stores that share a database.

use std::time::{Duration, Instant};

use store::hints::Hint;
use store::open::OpenStore;
use store::postgres::{Isolation, PostgresStore};
use throwaway_postgres::{Server, shared};
use tokio::runtime::Builder;
use tokio::sync::mpsc::Receiver;
use tokio::time::timeout;
use wechatpay::ids::Mchid;

use crate::postgres::{database, node};
use crate::world::{Place, direct, new_refund};

/// How long something may take on a busy machine.
const LONGEST: Duration = Duration::from_secs(60);

/// How soon a hint is told again that was not heard.
const AGAIN: Duration = Duration::from_millis(50);

fn other() -> Hint {
    Hint::Work(Mchid::parse("1900000099").unwrap())
}

/// Tells `hint` until it is heard, and gives what is heard before.
fn told_until_heard(teller: &PostgresStore, hearer: &mut Receiver<Hint>, hint: &Hint) -> Vec<Hint> {
    let runtime = Builder::new_current_thread().enable_time().build().unwrap();
    let deadline = Instant::now() + LONGEST;
    let mut before = vec![];
    runtime.block_on(async {
        loop {
            assert!(Instant::now() < deadline, "{hint:?} is not heard");
            teller.tell(hint.clone());
            while let Ok(heard) = timeout(AGAIN, hearer.recv()).await {
                match heard.unwrap() {
                    heard if heard == *hint => return before,
                    heard => before.push(heard),
                }
            }
        }
    })
}

#[test]
fn a_hint_is_heard_by_the_other_store_and_not_by_the_one_that_tells_it() {
    let address = database();
    let [here, there] = [(); 2].map(|()| node(&address, Isolation::ReadCommitted));
    let (mut heard_here, mut heard_there) = (here.hear().unwrap(), there.hear().unwrap());
    assert!(here.hear().is_none(), "it is heard already");
    for hint in [Hint::Work(direct()), Hint::Decided(vec![new_refund(1).key, new_refund(2).key])] {
        told_until_heard(&here, &mut heard_there, &hint);
        // A connection hears in the order in which was told: what it told itself would have come first.
        let before = told_until_heard(&there, &mut heard_here, &other());
        assert!(before.iter().all(|heard| *heard == other()), "{before:?}");
    }
}

#[test]
fn hints_are_heard_again_after_the_server_was_away() {
    let server = Server::start(&["fsync=off"]).unwrap();
    let address = server.database().unwrap();
    let [here, there] = [(); 2].map(|()| node(&address, Isolation::ReadCommitted));
    let mut heard = there.hear().unwrap();
    told_until_heard(&here, &mut heard, &Hint::Work(direct()));
    server.stop_at_once().unwrap();
    server.start_again().unwrap();
    told_until_heard(&here, &mut heard, &other());
}

#[test]
fn a_rush_of_hints_is_told_in_few() {
    const RUSH: u64 = 20_000;
    let address = database();
    let [here, there] = [(); 2].map(|()| node(&address, Isolation::ReadCommitted));
    let mut heard = there.hear().unwrap();
    told_until_heard(&here, &mut heard, &other());
    for n in 0..RUSH {
        here.tell(if n % 2 == 0 { Hint::Work(direct()) } else { Hint::Decided(vec![new_refund(n % 8).key]) });
    }
    let rush = told_until_heard(&here, &mut heard, &Hint::Work(Mchid::parse("1").unwrap()));
    assert!(rush.contains(&Hint::Work(direct())) && rush.len() < 2_000, "{}", rush.len());
}

#[test]
fn what_somebody_else_says_on_the_channel_is_no_hint() {
    let address = database();
    let [here, there] = [(); 2].map(|()| node(&address, Isolation::ReadCommitted));
    let mut heard = there.hear().unwrap();
    told_until_heard(&here, &mut heard, &Hint::Work(direct()));
    for text in ["", "work", "they\nwork nobody\ndecided rf", "they\n\u{feff}work 1"] {
        shared().execute(&address, &format!("SELECT pg_notify('tidegate', '{text}')")).unwrap();
    }
    let before = told_until_heard(&here, &mut heard, &other());
    assert!(before.iter().all(|heard| *heard == Hint::Work(direct())), "{before:?}");
}

#[test]
fn nothing_of_a_store_is_left_on_the_server_when_it_is_dropped() {
    let address = database();
    let [here, there] = [(); 2].map(|()| node(&address, Isolation::ReadCommitted));
    let mut heard = there.hear().unwrap();
    told_until_heard(&here, &mut heard, &other());
    drop((here, there));
    let name = address.rsplit('/').next().unwrap();
    let left = format!("SELECT count(*) FROM pg_stat_activity WHERE datname = '{name}'");
    let deadline = Instant::now() + LONGEST;
    while shared().execute("postgres", &left).unwrap() != "0" {
        assert!(Instant::now() < deadline, "somebody still listens");
    }
    assert_eq!(heard.try_recv().ok(), None);
}

#[test]
fn a_store_that_nobody_shares_tells_and_hears_nothing() {
    let place = Place::new();
    for store in [OpenStore::Sqlite(place.open()), OpenStore::Memory(store::memory::MemoryStore::default())] {
        store.tell(other());
        assert!(store.hear().is_none());
    }
}
