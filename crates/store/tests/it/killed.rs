//! A process is ended at one of the store's own points, and another goes on with what is on the disk.

use std::path::Path;
use std::process::Command;

use store::Store;
use store::sqlite::SqliteStore;

use crate::world::{
    Place, admitted, batch, by_number, direct, freed, new_refund, noon, released, run, set_up,
};
use wechatpay::wire::Wire;

const PLACE: &str = "TIDEGATE_TEST_PLACE";

/// Lets `deeds`, a test of this program that is not run otherwise, happen in a process of its own, which is killed on
/// passing a point.
fn killed(deeds: &str, point: &str, place: &Place) {
    let child = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", &format!("killed::{deeds}"), "--ignored", "--nocapture"])
        .env("TIDEGATE_KILL", point)
        .env(PLACE, place.file())
        .output()
        .unwrap();
    let (point, _) = point.split_once(':').unwrap();
    let said = String::from_utf8_lossy(&child.stderr).into_owned();
    assert!(said.contains(&format!("killed at {point}\n")), "{said}");
}

fn store_of_the_other_process() -> SqliteStore {
    SqliteStore::open(Path::new(&std::env::var_os(PLACE).unwrap())).unwrap()
}

#[test]
#[ignore = "happens in a process that is killed"]
fn two_refunds_are_released_one_batch_each() {
    let store = store_of_the_other_process();
    run(async {
        set_up(&store).await;
        let epoch = store.take_ownership(&direct(), "node").await.unwrap();
        for n in 1..=2 {
            let refund = admitted(&store, new_refund(n)).await;
            let mut decided = batch(&direct(), epoch);
            decided.consumed = vec![store.intake(&direct(), 1).await.unwrap().items.remove(0).seq];
            decided.changes = vec![released(&refund, noon())];
            decided.orders = vec![freed(&refund.order, 300)];
            store.commit(decided).await.unwrap();
        }
    });
}

#[test]
fn a_batch_that_was_written_in_part_is_not_there() {
    let place = Place::new();
    killed("two_refunds_are_released_one_batch_each", "mid_batch:2", &place);
    let store = place.open();
    run(async {
        let counts: Vec<_> = store.counts(&direct()).await.unwrap().into_iter().collect();
        assert_eq!(counts, [("queued", 1), ("submitting", 1)]);
        let intake = store.intake(&direct(), 10).await.unwrap();
        assert_eq!((intake.items.len(), intake.page.orders[0].reserved), (1, 300));
    });
}

/// How many refunds of 64 KiB are more than enough for the thread to be woken twice.
const ACKNOWLEDGED: u64 = 256;

#[test]
#[ignore = "happens in a process that is killed"]
fn refunds_come_in_until_the_process_ends() {
    let store = store_of_the_other_process();
    run(async {
        set_up(&store).await;
        for n in 1..=ACKNOWLEDGED {
            let mut new = new_refund(n);
            new.request.order = by_number(&format!("T{n}"));
            new.bytes = refunds::refund::RequestBytes::new(Wire::V3, &vec![b'x'; 64 << 10]);
            admitted(&store, new).await;
            store.put_setting("acknowledged", &n.to_be_bytes()).await.unwrap();
        }
    });
}

#[test]
fn what_was_acknowledged_is_there_after_a_checkpoint_that_did_not_end() {
    let place = Place::new();
    killed("refunds_come_in_until_the_process_ends", "in_checkpoint:2", &place);
    let store = place.open();
    run(async {
        let last = store.setting("acknowledged").await.unwrap().unwrap();
        let last = u64::from_be_bytes(last.try_into().unwrap());
        let taken = store.counts(&direct()).await.unwrap()["queued"];
        assert!(last > 0 && (last..=last + 1).contains(&taken), "{last} acknowledged, {taken} there");
    });
}
