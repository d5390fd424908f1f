//! The power fails: whatever of the log reached the disk beyond the last flush, and in whatever shape, everything
//! that was acknowledged is there afterwards.

use refunds::key::RefundKey;
use store::Store;
use store::reading::Listing;

use crate::world::{
    Chance, Place, admitted, batch, by_number, direct, new_refund, noon, released, run, set_up,
};

/// How often the power fails; as often as this variable says, if it is set.
const CUTS: (&str, u64) = ("TIDEGATE_POWER_CUTS", 120);

/// What was acknowledged when the log had this length: a refund and the version it had then.
struct Acknowledged {
    log: u64,
    refund: RefundKey,
    version: u64,
}

/// A database in the middle of its work, as the disk holds it, and what it has acknowledged so far.
fn in_the_middle(place: &Place) -> (Vec<u8>, Vec<u8>, Vec<Acknowledged>) {
    let store = place.open();
    let mut acknowledged = vec![];
    let mut note = |refund: &RefundKey, version| {
        let log = std::fs::metadata(place.beside("-wal")).unwrap().len();
        acknowledged.push(Acknowledged { log, refund: refund.clone(), version });
    };
    run(async {
        set_up(&store).await;
        let epoch = store.take_ownership(&direct(), "node").await.unwrap();
        for n in 1..=20 {
            let mut new = new_refund(n);
            new.request.order = by_number(&format!("T{}", n % 3));
            let refund = admitted(&store, new).await;
            note(&refund.key, 1);
            if n.is_multiple_of(2) {
                let mut decided = batch(&direct(), epoch);
                decided.changes = vec![released(&refund, noon())];
                store.commit(decided).await.unwrap();
                note(&refund.key, 2);
            }
        }
    });
    // Read before the store is closed, which would tidy up.
    let database = std::fs::read(place.file()).unwrap();
    let log = std::fs::read(place.beside("-wal")).unwrap();
    assert!(log.len() < 1_000 * 4_096, "no page has been moved to the database yet");
    (database, log, acknowledged)
}

#[test]
fn no_acknowledged_row_is_lost_when_the_power_fails() {
    let place = Place::new();
    let (database, log, acknowledged) = in_the_middle(&place);
    let (variable, usual) = CUTS;
    for seed in 0..std::env::var(variable).map_or(usual, |cuts| cuts.parse().unwrap()) {
        let mut chance = Chance::new(seed);
        let first = acknowledged[0].log;
        let cut = first + chance.below(log.len() as u64 - first + 1);
        let mut left = log[..usize::try_from(cut).unwrap()].to_vec();
        // What was being written: nothing, zeros, or anything.
        let (length, kind) = (chance.below(9_000), chance.below(3));
        left.extend((0..length * kind.min(1)).map(|_| match kind {
            1 => 0,
            _ => u8::try_from(chance.below(256)).unwrap(),
        }));

        let after = Place::new();
        std::fs::write(after.file(), &database).unwrap();
        std::fs::write(after.beside("-wal"), &left).unwrap();
        let store = after.open();
        run(async {
            for Acknowledged { refund, version, .. } in acknowledged.iter().filter(|known| known.log <= cut) {
                let stored = store.refund(refund).await.unwrap();
                let is_there = stored.is_some_and(|stored| stored.version >= *version);
                assert!(is_there, "seed {seed}: {refund} is lost, the log was cut at {cut}");
            }
            let refunds = store.list(Listing::of(direct(), 100)).await.unwrap().refunds;
            let waiting = store.waiting(&direct()).await.unwrap();
            let counted: u64 = waiting.iter().map(|waiting| waiting.count).sum();
            assert_eq!(
                counted,
                refunds.iter().filter(|refund| refund.is_waiting()).count() as u64,
                "seed {seed}"
            );
            for order in store.front(&direct(), 100).await.unwrap().page.orders {
                let of_order = refunds.iter().filter(|refund| refund.order == order.key);
                let reserved: i64 = of_order.map(|refund| refund.amount.minor()).sum();
                assert_eq!(order.reserved, reserved, "seed {seed}: no transaction is there by half");
            }
        });
    }
}
