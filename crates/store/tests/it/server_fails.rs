//! The server takes connections and says of what is to be written that it cannot: its disk is full, it has no memory left, it is
//! about to stop.
//!
//! Its own word for it is raised by a trigger in the place of what may happen on any table at any time.

use std::time::{Duration, Instant};

use refunds::intake::Admission;
use store::postgres::Isolation;
use store::{CommitError, Store, StoreError};
use throwaway_postgres::shared;

use crate::postgres::{database, node};
use crate::world::{admitted, batch, direct, new_refund, noon, released, run, set_up};

/// What a caller is to make of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Meaning {
    /// There is no room. Somebody must make some.
    Full,
    /// Later.
    Busy,
}

/// What a server says that cannot write, by PostgreSQL's codes.
const SAID: [(&str, Meaning); 11] = [
    ("25006", Meaning::Busy), // read_only_sql_transaction
    ("40001", Meaning::Busy), // serialization_failure
    ("53000", Meaning::Busy), // insufficient_resources: no file can be opened any more
    ("53100", Meaning::Full), // disk_full
    ("53200", Meaning::Busy), // out_of_memory
    ("53300", Meaning::Busy), // too_many_connections
    ("53400", Meaning::Busy), // configuration_limit_exceeded
    ("55P03", Meaning::Busy), // lock_not_available
    ("57014", Meaning::Busy), // query_canceled
    ("57P03", Meaning::Busy), // cannot_connect_now
    ("58030", Meaning::Busy), // io_error
];

/// Longer than anything is tried again, on a busy machine.
const LONGEST: Duration = Duration::from_secs(20);

fn refuse(address: &str, code: &str) {
    let sql = format!(
        "CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS \
         $$ BEGIN RAISE EXCEPTION 'as the test wants it' USING ERRCODE = '{code}'; END $$; \
         CREATE TRIGGER refuse BEFORE INSERT OR UPDATE ON refunds EXECUTE FUNCTION refuse()"
    );
    shared().execute(address, &sql).unwrap();
}

fn refuse_no_more(address: &str) {
    shared().execute(address, "DROP FUNCTION refuse() CASCADE").unwrap();
}

fn whatever_the_server_says_nothing_is_written_and_the_caller_comes_again(code: &str, meaning: Meaning) {
    let address = database();
    let store = node(&address, Isolation::ReadCommitted);
    run(async {
        set_up(&store).await;
        let epoch = store.take_ownership(&direct(), "node").await.unwrap();
        let refund = admitted(&store, new_refund(1)).await;
        let mut decided = batch(&direct(), epoch);
        decided.changes = vec![released(&refund, noon())];
        refuse(&address, code);

        let began = Instant::now();
        let refused = store.admit(new_refund(2)).await.unwrap_err();
        let lost = store.commit(decided.clone()).await.unwrap_err();
        assert!(began.elapsed() < LONGEST, "{code}: {:?}", began.elapsed());
        match meaning {
            Meaning::Full => assert_eq!((refused, lost), (StoreError::Full, CommitError::Full), "{code}"),
            Meaning::Busy => {
                assert!(matches!(refused, StoreError::Busy { .. }), "{code}: {refused:?}");
                assert!(matches!(lost, CommitError::Failed { .. }), "{code}: {lost:?}");
            }
        }
        assert_eq!(store.refund(&refund.key).await.unwrap(), Some(refund), "{code}: reading works");
        assert_eq!(store.counts(&direct()).await.unwrap().get("queued"), Some(&1), "{code}");

        refuse_no_more(&address);
        let again = store.admit(new_refund(2)).await.unwrap().admission;
        assert!(matches!(again, Admission::Admitted { .. }), "{code}: {again:?}");
        assert_eq!(store.commit(decided).await, Ok(()), "{code}");
    });
}

#[test]
fn a_server_that_cannot_write_is_asked_again_later() {
    std::thread::scope(|scope| {
        for (code, meaning) in SAID {
            scope.spawn(move || {
                whatever_the_server_says_nothing_is_written_and_the_caller_comes_again(code, meaning);
            });
        }
    });
}
