//! Opening the database: one process at a time, durable settings, the schema this program knows.

use std::fs::{File, OpenOptions, TryLockError};
use std::io;
use std::path::{Path, PathBuf};
use std::time::Duration;

use rusqlite::{Connection, OpenFlags};

use wechatpay::ids::Mchid;

use crate::error::StoreError;
use crate::sql::{self, ledger, word};

/// How much of the database the writer remembers: a group's new pages, and the inner pages of the indexes of millions of
/// refunds.
const WRITER_CACHE_KIB: i64 = 32 << 10;

/// How much each other connection remembers. What it has forgotten the system still knows, mostly.
const OTHERS_CACHE_KIB: i64 = 4 << 10;

mod schema {
    refinery::embed_migrations!("migrations/sqlite");
}

/// The newest schema this program knows. Each migration sets `user_version` to its number, in the transaction that all
/// share.
const SCHEMA: i64 = 11;

/// What marks a database as ours, set by the first migration: `tide`.
const APPLICATION_ID: i64 = 0x7469_6465;

/// How long a connection waits for another one of this process: a checkpoint holds its lock for moments.
pub(super) const WAIT: Duration = Duration::from_secs(5);

/// The one name of the database at `path`, whatever links lead to it: the lock lies beside that.
pub(super) fn real(path: &Path) -> Result<PathBuf, StoreError> {
    make(path)?;
    path.canonicalize().map_err(|error| failed("finding the database", error))
}

/// Takes the lock on the database at `path`, which holds as long as the file is open.
pub(super) fn lock(path: &Path) -> Result<File, StoreError> {
    let beside = beside(path, ".lock");
    let file = OpenOptions::new()
        .create(true)
        .truncate(false)
        .write(true)
        .open(&beside)
        .map_err(|error| failed("opening the lock file", error))?;
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(TryLockError::WouldBlock) => {
            Err(StoreError::Busy { why: format!("another process has {} open", path.display()) })
        }
        Err(TryLockError::Error(error)) => Err(failed("locking the database", error)),
    }
}

fn beside(path: &Path, ending: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(ending);
    name.into()
}

/// The connection that writes, after the schema is what it should be; and whether nothing was kept in the database
/// before.
///
/// That is asked of the schema, not of the file: one that was made and given no schema, because the process ended between
/// the two, is as new as none.
pub(super) fn writer(path: &Path) -> Result<(Connection, bool), StoreError> {
    let mut connection = plain(path)?;
    // Before anything is set: even the way a database is written stays with it.
    let is_new = check_schema(&connection)?;
    set_up(&connection, WRITER_CACHE_KIB)?;
    settle(&connection)?;
    schema::migrations::runner()
        // One transaction for all that is done and for the history of it. By itself the runner commits a migration and its
        // line of history apart, and a process that ends in between leaves a database that nobody can open again.
        .set_grouped(true)
        .run(&mut connection)
        .map_err(|error| failed("bringing the schema up to date", first_line(&error.to_string())))?;
    rebuild_what_is_missing(&mut connection)?;
    Ok((connection, is_new))
}

/// Rebuilds the ledgers that an older program did not keep. A rebuilding that ends in between is taken up where it was.
fn rebuild_what_is_missing(connection: &mut Connection) -> sql::Result<()> {
    let kept: &sql::Connection = connection;
    let sql = "SELECT mchid FROM ledger_to_rebuild ORDER BY mchid";
    let missing: Vec<Mchid> = kept.query(sql, &[], |row| word(row, 0))?;
    for mchid in missing {
        let whole = connection.transaction()?;
        ledger::rebuild(&*whole, &mchid)?;
        whole.execute("DELETE FROM ledger_to_rebuild WHERE mchid = ?1", [mchid.as_str()])?;
        whole.commit()?;
    }
    Ok(())
}

/// A connection that reads.
pub(super) fn reader(path: &Path) -> Result<Connection, StoreError> {
    let connection = connect(path)?;
    connection.pragma_update(None, "query_only", true)?;
    Ok(connection)
}

/// A connection that moves pages from the write-ahead log into the database.
pub(super) fn checkpointer(path: &Path) -> Result<Connection, StoreError> {
    connect(path)
}

/// Makes a database that is not there yet. The files beside it are made like it. One that is there is not opened: closing it
/// again would release the locks that SQLite holds on it for this process.
fn make(path: &Path) -> Result<(), StoreError> {
    match new_private(path) {
        Err(error) if error.kind() != io::ErrorKind::AlreadyExists => {
            Err(failed("making the database", error))
        }
        _ => Ok(()),
    }
}

/// An empty file where there is none, for nobody else to read: it is to hold people's refunds and sealed secrets.
pub(super) fn new_private(path: &Path) -> io::Result<File> {
    let mut options = OpenOptions::new();
    options.create_new(true).write(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path)
}

/// Moves what an earlier process left in the log into the database, and empties the log.
///
/// A flush of that process may have failed: then the system remembers pages that the disk does not hold, and will never
/// write them. Nothing that is acknowledged from now on may stand behind them in the log.
fn settle(connection: &Connection) -> Result<(), StoreError> {
    let is_blocked: bool = connection.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |row| row.get(0))?;
    if is_blocked {
        return Err(StoreError::Busy { why: "another program reads the database".into() });
    }
    Ok(())
}

fn connect(path: &Path) -> Result<Connection, StoreError> {
    let connection = plain(path)?;
    set_up(&connection, OTHERS_CACHE_KIB)?;
    Ok(connection)
}

fn plain(path: &Path) -> Result<Connection, StoreError> {
    let flags =
        OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_CREATE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection = Connection::open_with_flags(path, flags)?;
    connection.busy_timeout(WAIT)?;
    connection.set_prepared_statement_cache_capacity(128);
    Ok(connection)
}

fn set_up(connection: &Connection, cache_kib: i64) -> Result<(), StoreError> {
    // SQLite says which mode it chose; in another one a commit may be undone by a power cut.
    let mode: String = connection.pragma_update_and_check(None, "journal_mode", "WAL", |row| row.get(0))?;
    if mode != "wal" {
        return Err(failed("keeping a write-ahead log", format!("the journal mode is `{mode}`")));
    }
    // A commit is flushed before it is answered.
    connection.pragma_update(None, "synchronous", "FULL")?;
    // Checkpoints are made in a thread of their own.
    connection.pragma_update(None, "wal_autocheckpoint", 0)?;
    connection.pragma_update(None, "journal_size_limit", super::checkpoint::WAL_LIMIT_BYTES)?;
    // Savepoints keep what they might have to undo in memory.
    connection.pragma_update(None, "temp_store", "MEMORY")?;
    connection.pragma_update(None, "cache_size", -cache_kib)?;
    Ok(())
}

/// Refuses a database that is not ours, or that a newer program has changed. Whether it has no schema yet.
pub(super) fn check_schema(connection: &Connection) -> Result<bool, StoreError> {
    let number = |pragma| connection.pragma_query_value(None, pragma, |row| row.get::<_, i64>(0));
    let (application, found) = (number("application_id")?, number("user_version")?);
    // Until its first migration is whole, a database of ours has no mark and no table but the history of migrations.
    let tables: i64 = connection.query_row(
        "SELECT count(*) FROM sqlite_schema WHERE type = 'table' AND name <> 'refinery_schema_history'",
        [],
        |row| row.get(0),
    )?;
    let is_empty = (application, found, tables) == (0, 0, 0);
    if application != APPLICATION_ID && !is_empty {
        return Err(StoreError::Failed {
            what: "opening the database",
            why: "another program keeps its data in this file".into(),
        });
    }
    if found > SCHEMA {
        return Err(StoreError::TooNew { found, known: SCHEMA });
    }
    Ok(is_empty)
}

/// What is wrong; behind it the runner repeats whole migrations.
fn first_line(error: &str) -> &str {
    error.lines().next().unwrap_or_default()
}

pub(super) fn failed(what: &'static str, error: impl ToString) -> StoreError {
    StoreError::Failed { what, why: error.to_string() }
}

/// A connection to an empty database of the newest schema that is nowhere on disk.
#[cfg(test)]
fn in_memory() -> Result<Connection, Box<dyn std::error::Error>> {
    let mut connection = Connection::open_in_memory()?;
    schema::migrations::runner().run(&mut connection)?;
    Ok(connection)
}

#[cfg(test)]
mod tests {
    use wechatpay::china::ChinaDay;

    use super::*;
    use crate::reading::PaidListing;

    #[test]
    fn every_connection_flushes_what_it_commits() {
        let folder = std::env::temp_dir().join(format!("tidegate-open-{}", std::process::id()));
        std::fs::create_dir_all(&folder).unwrap();
        let path = folder.join("store.db");
        for connection in [writer(&path).unwrap().0, reader(&path).unwrap(), checkpointer(&path).unwrap()] {
            let number = |pragma| connection.pragma_query_value(None, pragma, |row| row.get::<_, i64>(0));
            let mode: String = connection.pragma_query_value(None, "journal_mode", |row| row.get(0)).unwrap();
            let full = 2;
            assert_eq!((mode.as_str(), number("synchronous").unwrap()), ("wal", full));
            assert_eq!(number("wal_autocheckpoint").unwrap(), 0);
        }
        std::fs::remove_dir_all(&folder).unwrap();
    }

    #[test]
    fn a_database_of_the_first_schema_is_brought_up_to_date_and_keeps_what_it_holds() {
        let folder = std::env::temp_dir().join(format!("tidegate-schema-{}", std::process::id()));
        std::fs::create_dir_all(&folder).unwrap();
        let path = folder.join("store.db");
        {
            let mut first = plain(&path).unwrap();
            let first_alone = refinery::Target::Version(1);
            schema::migrations::runner().set_target(first_alone).run(&mut first).unwrap();
            first
                .execute_batch(
                    "INSERT INTO merchants (mchid, mode, number_form, settlement_currency, wire) \
                     VALUES ('1900000001', 'direct', 'as_given', 'USD', 'v3');
                     INSERT INTO api_keys (hash, mchid, sub_mchid, scopes) \
                     VALUES (zeroblob(32), '1900000001', '', 'admin');
                     INSERT INTO refunds VALUES ('1900000001', '00000000000000000000000001', '', 'R1', 'R1', 300, \
                     'CNY', 0, NULL, 1, x'', '', '00000000000000000000000001', 'CNY', 300, 300, 300, 'exact', \
                     'queued', '', 1, NULL, 8),
                     ('1900000001', '00000000000000000000000002', '', 'R2', 'R2', 300, 'CNY', 0, NULL, 1, x'', '', \
                     '00000000000000000000000001', 'CNY', 300, 300, 300, 'exact', 'closed', '{\"v\":1,\"state\":{\"closed\":\
                     {\"refund_id\":\"5030\",\"at\":1772424000000000}},\"attempts\":{}}', 3, NULL, NULL),
                     ('1900000001', '00000000000000000000000003', '', 'R3', 'R3', 200, 'CNY', 0, NULL, 1, x'', '', \
                     '00000000000000000000000001', 'CNY', 200, 200, 200, 'exact', 'closed', '{\"v\":1,\"state\":{\"closed\":\
                     {\"refund_id\":\"5031\",\"at\":1772424000000000}},\"attempts\":{}}', 2, NULL, NULL);
                     INSERT INTO journal VALUES \
                     ('1900000001', '00000000000000000000000002', 2, 1, 1772424000000000, 'accepted', 'submitting', \
                     'processing', 1, NULL, NULL), \
                     ('1900000001', '00000000000000000000000002', 3, 1, 1772596800000000, 'found', 'processing', \
                     'closed', 1, NULL, NULL), \
                     ('1900000001', '00000000000000000000000003', 2, 1, 1772596800000000, 'found', 'unclear', \
                     'closed', 1, NULL, NULL);
                     INSERT INTO orders (mchid, id, sub_mchid, facts, reserved, reserved_count, accepted, \
                     accepted_payer, version) VALUES ('1900000001', '00000000000000000000000001', '', '{\"v\":1,\"total\":\
                     [[9000,\"CNY\"],\"claimed\"],\"paid_at\":[1772424000000000,\"claimed\"],\"looked_up\":false,\"posted\":\
                     {\"day\":\"2026-03-02\",\"amount\":[9000,\"CNY\"],\"source\":\"reported\"}}', 0, 0, 0, 0, 1), \
                     ('1900000001', '00000000000000000000000002', '', '{\"v\":1,\"total\":[[9000,\"CNY\"],\"claimed\"],\
                     \"looked_up\":false}', 0, 0, 0, 0, 1);
                     INSERT INTO pool_days VALUES ('1900000001', '2026-03-02', 'CNY', 1, 2, 3, 4, 5, 6);",
                )
                .unwrap();
        }
        let (connection, is_new) = writer(&path).unwrap();
        assert!(!is_new);
        let [merchant] = &sql::merchants::all(&connection).unwrap()[..] else { panic!() };
        assert_eq!((merchant.region, merchant.is_sandbox), (wechatpay::v3::caller::Region::Global, false));
        let key = sql::keys::by_hash(&connection, &[0; 32]).unwrap().unwrap();
        assert_eq!((key.name.as_str(), key.mchid.as_ref()), ("", Some(&merchant.mchid)));
        let counts = sql::states::totals(&connection, &merchant.mchid).unwrap();
        assert_eq!(counts.into_iter().collect::<Vec<_>>(), [("closed", 2), ("queued", 1)]);
        let (from, until) = (jiff::Timestamp::MIN, jiff::Timestamp::MAX);
        let all = PaidListing { mchid: merchant.mchid.clone(), from, until, after: None, limit: 10 };
        let paid = sql::orders::paid(&connection, &all).unwrap().orders;
        assert!(matches!(&paid[..], [order] if order.key.as_str().ends_with("01")), "{paid:?}");
        let day = ChinaDay::of("2026-03-02T04:00:00Z".parse().unwrap());
        let [books] = &sql::pool_days::of_days(&connection, &merchant.mchid, &(day..=day)).unwrap()[..]
        else {
            panic!()
        };
        assert_eq!((books.confirmed, books.returned, books.told.len(), books.promises.kept), (1, 4, 0, 0));
        let kept = ledger::of_pool(&connection, &merchant.mchid, wechatpay::money::Currency::CNY).unwrap();
        let sums: Vec<[i64; 3]> = kept.iter().map(|day| [day.paid, day.accepted, day.returned]).collect();
        assert_eq!(sums, [[9_000, 500, 200], [0, 0, 300]], "counted from orders and refunds, {kept:?}");
        assert_eq!(ledger::recount(&connection, &merchant.mchid).unwrap(), kept);
        drop(connection);
        let (connection, _) = writer(&path).unwrap();
        assert_eq!(ledger::recount(&connection, &merchant.mchid).unwrap(), kept);
        std::fs::remove_dir_all(&folder).unwrap();
    }

    #[test]
    fn a_day_of_payments_is_read_without_those_of_other_days() {
        let connection = in_memory().unwrap();
        let sql = format!("EXPLAIN QUERY PLAN {}", sql::orders::PAID);
        let bounds = rusqlite::params!["1900000001", 0, "", 1, 10];
        let plan: String = connection.query_row(&sql, bounds, |row| row.get(3)).unwrap();
        let bounds = "(mchid=? AND (paid_at,id)>(?,?) AND paid_at<?)";
        assert_eq!(plan, format!("SEARCH orders USING INDEX orders_paid_at {bounds}"));
    }
}
