//! The server goes, or the connection to it does, at the worst moment.

use std::io::{Read, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::os::unix::net::UnixStream;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU8, Ordering};
use std::time::{Duration, Instant};

use refunds::intake::{Admission, NewRefund};
use store::intake::{Noticed, Reported};
use store::merchant::{AuditLine, Audited};
use store::postgres::{Isolation, PostgresStore, PostgresUrl};
use store::{CommitError, Store, StoreError};
use throwaway_postgres::{Server, shared};

use crate::postgres::{database, node};
use crate::taking_in::payment;
use crate::world::{admitted, batch, by_number, direct, new_refund, noon, released, run, set_up};

/// Where a connection is cut next.
const NOWHERE: u8 = 0;
/// Before the server hears of the COMMIT.
const BEFORE: u8 = 1;
/// After the server has committed, before that is answered.
const AFTER: u8 = 2;
/// Nowhere, but nothing goes on before the server hears of the COMMIT, as if the node stood still.
const STILL: u8 = 3;

/// Stands between a store and its server, and cuts the connection when it is told to.
struct Cutter {
    address: String,
    next: Arc<AtomicU8>,
}

impl Cutter {
    /// One in front of the database with this address.
    fn new(address: &str) -> Cutter {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let (socket, next) = (shared().socket(), Arc::new(AtomicU8::new(NOWHERE)));
        let armed = Arc::clone(&next);
        std::thread::spawn(move || {
            for client in listener.incoming().flatten() {
                carry(client, &socket, &armed);
            }
        });
        let name = address.rsplit('/').next().unwrap();
        Cutter { address: format!("postgres://tidegate@127.0.0.1:{port}/{name}"), next }
    }

    /// Opens a store behind it, with one merchant id.
    fn node(&self) -> PostgresStore {
        let url = PostgresUrl::parse(&format!("{}?connections=2&sslmode=disable", self.address)).unwrap();
        let store = PostgresStore::open(&url).unwrap();
        run(set_up(&store));
        store
    }

    fn cut(&self, place: u8) {
        self.next.store(place, Ordering::SeqCst);
    }

    fn has_cut(&self) -> bool {
        self.next.load(Ordering::SeqCst) == NOWHERE
    }
}

fn carry(client: TcpStream, socket: &PathBuf, next: &Arc<AtomicU8>) {
    let server = UnixStream::connect(socket).unwrap();
    let (to_server, to_client) = (server.try_clone().unwrap(), client.try_clone().unwrap());
    let end = |client: &TcpStream, server: &UnixStream| {
        // One that is closed already is as good.
        drop(client.shutdown(Shutdown::Both));
        drop(server.shutdown(Shutdown::Both));
    };
    let armed = Arc::clone(next);
    let (one, other) = (client.try_clone().unwrap(), server.try_clone().unwrap());
    std::thread::spawn(move || {
        pump(client, to_server, b"COMMIT\0", BEFORE, &armed);
        end(&one, &other);
    });
    let armed = Arc::clone(next);
    let (one, other) = (to_client.try_clone().unwrap(), server.try_clone().unwrap());
    std::thread::spawn(move || {
        pump(server, to_client, b"COMMIT\0", AFTER, &armed);
        end(&one, &other);
    });
}

/// Moves bytes until there are none, or until `what` comes by and this is the place to cut.
fn pump(mut from: impl Read, mut to: impl Write, what: &[u8], place: u8, armed: &AtomicU8) {
    let mut bytes = [0; 16 << 10];
    while let Ok(n @ 1..) = from.read(&mut bytes) {
        let comes_by = bytes[..n].windows(what.len()).any(|window| window == what);
        let is_it =
            |place| armed.compare_exchange(place, NOWHERE, Ordering::SeqCst, Ordering::SeqCst).is_ok();
        if comes_by && place == BEFORE && is_it(STILL) {
            // The other direction hears of the end.
            drop(from.read(&mut [0]));
            return;
        }
        let is_here = || is_it(place);
        if comes_by && is_here() || to.write_all(&bytes[..n]).is_err() {
            return;
        }
    }
}

#[test]
fn a_refund_whose_commit_was_not_answered_is_taken_in_once() {
    let address = database();
    let cutter = Cutter::new(&address);
    let store = cutter.node();
    cutter.cut(BEFORE);
    let first = run(store.admit(new_refund(1))).unwrap().admission;
    assert!(cutter.has_cut() && matches!(first, Admission::Admitted { .. }), "{first:?}");
    cutter.cut(AFTER);
    let second = run(store.admit(new_refund(2))).unwrap().admission;
    assert!(cutter.has_cut());
    assert_eq!(second, Admission::Replay, "what was written is found");
    assert_eq!(run(store.counts(&direct())).unwrap().get("queued"), Some(&2));
    let order = run(store.order(&direct(), None, &by_number("T1"))).unwrap().unwrap().order;
    assert_eq!((order.reserved, order.reserved_count), (600, 2));
}

#[test]
fn of_a_batch_whose_commit_was_not_answered_nobody_knows_until_it_is_read() {
    let address = database();
    let cutter = Cutter::new(&address);
    let store = cutter.node();
    run(async {
        let epoch = store.take_ownership(&direct(), "node").await.unwrap();
        for (n, place, versions) in [(1, BEFORE, 1), (2, AFTER, 2)] {
            let refund = admitted(&store, new_refund(n)).await;
            let mut decided = batch(&direct(), epoch);
            decided.changes = vec![released(&refund, noon())];
            cutter.cut(place);
            let committed = store.commit(decided).await;
            assert!(
                cutter.has_cut() && matches!(committed, Err(CommitError::Unknown { .. })),
                "{committed:?}"
            );
            let read = store.refund(&refund.key).await.unwrap().unwrap();
            assert_eq!(read.version, versions);
        }
    });
}

#[test]
fn what_is_done_again_after_its_commit_was_not_answered_is_there_once() {
    let address = database();
    let cutter = Cutter::new(&address);
    let store = cutter.node();
    let line = AuditLine {
        mchid: direct(),
        n: 1,
        at: noon(),
        actor: "somebody".into(),
        action: "paused".into(),
        detail: String::new(),
        previous: [0; 32],
        hash: [7; 32],
    };
    run(async {
        cutter.cut(AFTER);
        assert_eq!(store.audit(line.clone()).await, Ok(Audited::Written));
        assert!(cutter.has_cut());
        assert_eq!(store.audit_trail(&direct(), 0, 10).await.unwrap(), [line]);
        cutter.cut(AFTER);
        assert_eq!(store.report_payment(payment(1, 10_000)).await, Ok(Reported::Same));
        cutter.cut(AFTER);
        let notice = store::intake::NewNotice {
            mchid: direct(),
            id: "EV-1".into(),
            upstream_no: new_refund(1).upstream_no,
            report: None,
            raw: vec![1],
            at: noon(),
        };
        assert_eq!(store.notice(notice).await, Ok(Noticed::Repeat));
        cutter.cut(AFTER);
        assert_eq!(store.put_setting_if_absent("name", b"value").await, Ok(b"value".to_vec()));
        cutter.cut(AFTER);
        let epoch = store.take_ownership(&direct(), "node").await.unwrap();
        assert!(cutter.has_cut());
        assert_eq!(
            store.commit(batch(&direct(), epoch)).await,
            Ok(()),
            "it owns under the epoch it was told"
        );
        assert_eq!(store.intake(&direct(), 10).await.unwrap().items.len(), 1, "the payment alone");
    });
}

#[test]
fn what_a_node_holds_that_stands_still_in_a_transaction_is_free_when_it_counts_as_lost() {
    let address = database();
    let cutter = Cutter::new(&address);
    let still = cutter.node();
    let other = node(&address, Isolation::ReadCommitted);
    cutter.cut(STILL);
    std::thread::scope(|scope| {
        let asked = scope.spawn(|| run(still.admit(new_refund(1))));
        let deadline = Instant::now() + Duration::from_secs(60);
        while !cutter.has_cut() {
            assert!(Instant::now() < deadline, "the refund did not come as far as its COMMIT");
            std::thread::yield_now();
        }
        let since = Instant::now();
        while run(other.take_ownership(&direct(), "other")).is_err() {
            assert!(since.elapsed() < Duration::from_secs(12), "it is still held");
        }
        assert!(asked.join().unwrap().is_ok(), "it is taken in once the node goes on");
    });
}

fn alone(n: u64) -> NewRefund {
    let mut new = new_refund(n);
    new.request.order = by_number(&format!("T{n}"));
    new
}

#[test]
fn nothing_acknowledged_is_lost_when_the_server_crashes_and_the_store_finds_it_again() {
    let server = Server::start(&[]).unwrap();
    let address = server.database().unwrap();
    let store = Arc::new(node(&address, Isolation::ReadCommitted));
    run(set_up(&*store));
    let ends = Arc::new(AtomicBool::new(false));
    let callers: Vec<_> = (0..4_u64)
        .map(|caller| {
            let (store, ends) = (Arc::clone(&store), Arc::clone(&ends));
            std::thread::spawn(move || {
                let mut acknowledged = vec![];
                for n in 0.. {
                    if ends.load(Ordering::SeqCst) {
                        break;
                    }
                    let new = alone(1 + caller + n * 4);
                    match run(store.admit(new.clone())) {
                        Ok(_) => acknowledged.push(new.key),
                        Err(StoreError::Busy { .. } | StoreError::Unclear { .. }) => {}
                        Err(error) => panic!("{error}"),
                    }
                }
                acknowledged
            })
        })
        .collect();
    let more_than = |count: u64| {
        let deadline = Instant::now() + Duration::from_secs(60);
        while run(store.counts(&direct())).ok().and_then(|counts| counts.get("queued").copied())
            <= Some(count)
        {
            assert!(Instant::now() < deadline, "the store did not find its server again");
            std::thread::yield_now();
        }
    };
    more_than(20);
    server.stop_at_once().unwrap();
    let began = Instant::now();
    let away = run(store.put_setting("name", b"value"));
    assert!(matches!(away, Err(StoreError::Busy { .. } | StoreError::Unclear { .. })), "{away:?}");
    assert!(began.elapsed() < Duration::from_secs(20), "{:?}", began.elapsed());
    server.start_again().unwrap();
    let kept = loop {
        // It may still be reading its log.
        if let Ok(counts) = run(store.counts(&direct())) {
            break counts["queued"];
        }
    };
    more_than(kept + 20);
    ends.store(true, Ordering::SeqCst);
    for caller in callers {
        for key in caller.join().unwrap() {
            assert!(run(store.refund(&key)).unwrap().is_some(), "{key} was acknowledged");
        }
    }
}

#[test]
fn a_host_that_takes_connections_and_says_nothing_does_not_keep_the_store_from_the_next_one() {
    // The system takes connections for it, and nobody ever looks.
    let silent = TcpListener::bind("127.0.0.1:0").unwrap();
    let both = database().replacen('@', &format!("@{},", silent.local_addr().unwrap()), 1);
    let store = PostgresStore::open(&PostgresUrl::parse(&both).unwrap()).unwrap();
    run(set_up(&store));
    assert!(matches!(run(store.admit(new_refund(1))).unwrap().admission, Admission::Admitted { .. }));
}

#[test]
fn a_server_that_takes_reads_alone_is_one_that_is_away_until_it_takes_writes_again() {
    let server = Server::start(&["fsync=off"]).unwrap();
    let store = node(&server.database().unwrap(), Isolation::ReadCommitted);
    run(set_up(&store));
    let told = |sql: &str| {
        server.execute("postgres", sql).unwrap();
        server.execute("postgres", "SELECT pg_reload_conf()").unwrap();
    };
    let until = |is_so: fn(&Result<(), StoreError>) -> bool| {
        let deadline = Instant::now() + Duration::from_secs(60);
        loop {
            let written = run(store.put_setting("name", b"value"));
            if is_so(&written) {
                return;
            }
            assert!(matches!(written, Ok(()) | Err(StoreError::Busy { .. })), "{written:?}");
            assert!(Instant::now() < deadline, "{written:?}");
        }
    };
    // As a standby answers, and as each session hears it when it asks next.
    told("ALTER SYSTEM SET default_transaction_read_only = on");
    until(Result::is_err);
    told("ALTER SYSTEM RESET default_transaction_read_only");
    until(Result::is_ok);
}
