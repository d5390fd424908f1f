//! What only a store on a disk can do: be closed, be full, be opened by the wrong program.

use refunds::batch::Epoch;
use refunds::intake::{Admission, NewRefund};
use refunds::refund::RequestBytes;
use rusqlite::Connection;
use store::sqlite::{SqliteStore, Written};
use store::{CommitError, Store, StoreError};

use crate::world::{Place, admitted, batch, by_number, direct, new_refund, noon, released, run, set_up};
use wechatpay::wire::Wire;

/// Hands all to the store before the first answer is awaited; `then` comes between.
pub(crate) async fn together<F: Future + Unpin>(mut waiting: Vec<F>, then: impl FnOnce()) -> Vec<F::Output> {
    let mut answers: Vec<Option<F::Output>> = waiting.iter().map(|_| None).collect();
    let mut then = Some(then);
    std::future::poll_fn(|context| {
        for (future, answer) in waiting.iter_mut().zip(&mut answers) {
            if answer.is_none()
                && let std::task::Poll::Ready(ready) = std::pin::Pin::new(future).poll(context)
            {
                *answer = Some(ready);
            }
        }
        if let Some(then) = then.take() {
            then();
        }
        if answers.iter().all(Option::is_some) {
            std::task::Poll::Ready(())
        } else {
            std::task::Poll::Pending
        }
    })
    .await;
    answers.into_iter().flatten().collect()
}

/// The `n`-th refund, on an order of its own, with a request of so many bytes.
fn alone(n: u64, bytes: usize) -> NewRefund {
    let mut new = new_refund(n);
    new.request.order = by_number(&format!("T{n}"));
    new.bytes = RequestBytes::new(Wire::V3, &vec![b'x'; bytes]);
    new
}

#[test]
fn what_was_stored_is_there_after_reopening() {
    let place = Place::new();
    let refund = run(async {
        let store = place.open();
        set_up(&store).await;
        let refund = admitted(&store, new_refund(1)).await;
        let epoch = store.take_ownership(&direct(), "node").await.unwrap();
        let mut decided = batch(&direct(), epoch);
        decided.changes = vec![released(&refund, noon())];
        store.commit(decided.clone()).await.unwrap();
        decided.changes.remove(0).refund
    });
    let store = place.open();
    run(async {
        assert_eq!(store.refund(&refund.key).await.unwrap(), Some(refund.clone()));
        assert_eq!(store.take_ownership(&direct(), "node").await.unwrap().0, 2);
        assert_eq!(store.feed(&direct(), 0, 10).await.unwrap().len(), 1);
    });
}

#[test]
fn a_second_process_cannot_open_the_database() {
    let place = Place::new();
    let store = place.open();
    assert!(matches!(SqliteStore::open(&place.file()), Err(StoreError::Busy { .. })));
    drop(store);
    place.open();
}

#[test]
fn commands_that_wait_together_share_one_flush() {
    let place = Place::new();
    let store = place.open();
    run(set_up(&store));
    let before = store.written();
    // While another connection holds the database, the writer waits and the commands gather.
    let other = Connection::open(place.file()).unwrap();
    other.execute_batch("BEGIN IMMEDIATE").unwrap();
    let admissions = (1..=200).map(|n| Box::pin(store.admit(alone(n, 10)))).collect();
    let answers = run(together(admissions, || other.execute_batch("ROLLBACK").unwrap()));
    assert!(
        answers.iter().all(|answer| matches!(answer.as_ref().unwrap().admission, Admission::Admitted { .. }))
    );
    let after = store.written();
    let written =
        Written { commits: after.commits - before.commits, answers: after.answers - before.answers };
    assert_eq!(written, Written { commits: 1, answers: 200 });
}

#[test]
fn a_command_that_is_refused_does_not_disturb_those_it_shares_a_flush_with() {
    let place = Place::new();
    let store = place.open();
    run(set_up(&store));
    let other = Connection::open(place.file()).unwrap();
    other.execute_batch("BEGIN IMMEDIATE").unwrap();
    let mut taken = alone(4, 10);
    taken.key = alone(1, 10).key;
    let all = [alone(1, 10), alone(2, 10), alone(2, 10), taken, alone(3, 10)];
    let admissions = all.into_iter().map(|new| Box::pin(store.admit(new))).collect();
    let answers = run(together(admissions, || other.execute_batch("ROLLBACK").unwrap()));
    let short: Vec<&str> = answers
        .iter()
        .map(|answer| match answer {
            Ok(answer) if answer.admission == Admission::Replay => "replay",
            Ok(_) => "admitted",
            Err(_) => "in use",
        })
        .collect();
    assert_eq!(short, ["admitted", "admitted", "replay", "in use", "admitted"]);
    run(async {
        assert_eq!(store.counts(&direct()).await.unwrap().get("queued"), Some(&3));
        assert_eq!(store.order(&direct(), None, &by_number("T4")).await.unwrap(), None);
        assert_eq!(store.intake(&direct(), 10).await.unwrap().items.len(), 3);
    });
}

#[test]
fn a_full_disk_is_said_and_recovers_by_itself() {
    let place = Place::new();
    let store = place.open();
    run(async {
        set_up(&store).await;
        store.bound_pages(120).await.unwrap();
        let mut acknowledged = vec![];
        let mut refused = 0;
        for round in 0..20 {
            let admissions = (0..10).map(|n| Box::pin(store.admit(alone(round * 10 + n, 3_000)))).collect();
            for (n, answer) in together(admissions, || {}).await.into_iter().enumerate() {
                match answer {
                    Ok(answer) => {
                        assert!(matches!(answer.admission, Admission::Admitted { .. }));
                        acknowledged.push(alone(round * 10 + n as u64, 0).key);
                    }
                    Err(error) => {
                        assert_eq!(error, StoreError::Full);
                        refused += 1;
                    }
                }
            }
        }
        assert!(!acknowledged.is_empty() && refused > 0, "{} taken, {refused} refused", acknowledged.len());
        let queued = store.counts(&direct()).await.unwrap().get("queued").copied();
        assert_eq!(
            queued,
            Some(acknowledged.len() as u64),
            "reading works, and what was refused is not there"
        );
        store.bound_pages(100_000).await.unwrap();
        admitted(&store, alone(1_000, 3_000)).await;
        for key in acknowledged {
            assert!(store.refund(&key).await.unwrap().is_some());
        }
    });
}

#[test]
fn a_commit_that_fails_breaks_the_store_for_good() {
    let place = Place::new();
    let store = place.open();
    run(set_up(&store));
    // A promise that the commit finds broken stands for a disk that fails at that moment.
    let other = Connection::open(place.file()).unwrap();
    other
        .execute_batch(
            "CREATE TABLE parents (id INTEGER PRIMARY KEY);
             CREATE TABLE children (parent INTEGER REFERENCES parents (id) DEFERRABLE INITIALLY DEFERRED);
             CREATE TRIGGER promise AFTER INSERT ON intake BEGIN INSERT INTO children VALUES (1); END;",
        )
        .unwrap();
    run(async {
        let broken = |error| matches!(error, Some(StoreError::Broken { .. }));
        assert!(broken(store.pause(&direct(), true, noon()).await.err()));
        other.execute_batch("DROP TRIGGER promise").unwrap();
        assert!(broken(store.pause(&direct(), true, noon()).await.err()), "nothing is believed any more");
        assert!(broken(store.merchants().await.err()));
        let commit = store.commit(batch(&direct(), Epoch(0))).await;
        assert!(matches!(commit, Err(CommitError::Broken { .. })), "what was not tried was not written");
    });
    drop(store);
    let store = place.open();
    run(async {
        assert!(store.intake(&direct(), 10).await.unwrap().items.is_empty());
        store.pause(&direct(), true, noon()).await.unwrap();
    });
}

#[cfg(unix)]
#[test]
fn nothing_is_acknowledged_that_was_written_to_a_file_nobody_will_find() {
    let place = Place::new();
    let store = place.open();
    run(set_up(&store));
    std::fs::rename(place.file(), place.beside(".moved")).unwrap();
    let answer = run(store.admit(new_refund(1)));
    assert!(matches!(answer, Err(StoreError::Broken { .. })), "{answer:?}");
    assert!(matches!(run(store.merchants()), Err(StoreError::Broken { .. })));
}

#[test]
fn a_database_of_a_newer_program_is_not_touched() {
    let place = Place::new();
    drop(place.open());
    Connection::open(place.file()).unwrap().pragma_update(None, "user_version", 99).unwrap();
    assert_eq!(SqliteStore::open(&place.file()).err(), Some(StoreError::TooNew { found: 99, known: 11 }));
}

#[test]
fn a_migration_that_was_cut_short_is_done_again() {
    let place = Place::new();
    // The history of migrations refuses its lines: the last moment at which one can be cut short.
    let other = Connection::open(place.file()).unwrap();
    other
        .execute_batch(
            "CREATE TABLE refinery_schema_history (version INTEGER PRIMARY KEY, name TEXT, applied_on TEXT, checksum TEXT);
             CREATE TRIGGER cut BEFORE INSERT ON refinery_schema_history BEGIN SELECT RAISE(ABORT, 'cut short'); END;",
        )
        .unwrap();
    let error = SqliteStore::open(&place.file()).unwrap_err().to_string();
    assert!(error.contains("bringing the schema up to date") && error.lines().count() == 1, "{error}");
    other.execute_batch("DROP TRIGGER cut").unwrap();
    drop(other);
    assert!(SqliteStore::open(&place.file()).unwrap().is_new());
}

#[test]
fn a_database_of_another_program_is_not_touched() {
    let place = Place::new();
    let other = Connection::open(place.file()).unwrap();
    other.execute_batch("PRAGMA application_id = 7; CREATE TABLE theirs (x)").unwrap();
    drop(other);
    assert!(matches!(SqliteStore::open(&place.file()), Err(StoreError::Failed { .. })));
    let tables: i64 = Connection::open(place.file())
        .unwrap()
        .query_row("SELECT count(*) FROM sqlite_schema", [], |row| row.get(0))
        .unwrap();
    assert_eq!(tables, 1);
}

#[test]
fn the_log_stays_short_however_much_is_written() {
    let place = Place::new();
    let store = place.open();
    run(async {
        set_up(&store).await;
        for round in 0..24u64 {
            let admissions =
                (0..50).map(|n| Box::pin(store.admit(alone(round * 50 + n, 64 << 10)))).collect();
            for answer in together(admissions, || {}).await {
                answer.unwrap();
            }
        }
    });
    let database = std::fs::metadata(place.file()).unwrap().len();
    let log = std::fs::metadata(place.beside("-wal")).unwrap().len();
    assert!(database > 32 << 20, "most lies in the database: {database}");
    assert!(log < 64 << 20, "{log} bytes of log");
}

#[test]
fn a_sub_merchants_list_does_not_read_other_refunds() {
    let place = Place::new();
    drop(place.open());
    let connection = Connection::open(place.file()).unwrap();
    let plan: String = connection
        .query_row(
            "EXPLAIN QUERY PLAN SELECT * FROM refunds WHERE mchid = ? AND sub_mchid <> '' AND sub_mchid = ? \
             AND created_at < ? ORDER BY created_at DESC, id DESC LIMIT 50",
            [1, 2, 3],
            |row| row.get(3),
        )
        .unwrap();
    let wanted = "SEARCH refunds USING INDEX refunds_sub_mchid (mchid=? AND sub_mchid=? AND created_at<?)";
    assert_eq!(plan, wanted);
}

#[test]
fn finished_refunds_are_not_in_the_index_of_due_ones() {
    let place = Place::new();
    drop(place.open());
    let connection = Connection::open(place.file()).unwrap();
    let plan: String = connection
        .query_row(
            "EXPLAIN QUERY PLAN SELECT id FROM refunds WHERE mchid = '1' AND due IS NOT NULL ORDER BY due, id LIMIT 1",
            [],
            |row| row.get(3),
        )
        .unwrap();
    assert_eq!(plan, "SEARCH refunds USING COVERING INDEX refunds_due (mchid=? AND due>?)");
    let index: String = connection
        .query_row("SELECT sql FROM sqlite_schema WHERE name = 'refunds_due'", [], |row| row.get(0))
        .unwrap();
    assert!(index.ends_with("WHERE due IS NOT NULL"));
}
