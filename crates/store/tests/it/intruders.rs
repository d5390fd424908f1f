//! What a store on a disk meets that is not its own: other programs, other names, other eyes, and what a process before it
//! could not flush.

use rusqlite::Connection;
use store::intake::Reported;
use store::open::StoreUrl;
use store::sqlite::SqliteStore;
use store::{Store, StoreError};

use crate::taking_in::payment;
use crate::world::{Place, admitted, new_refund, run, set_up};

#[test]
fn a_database_without_a_mark_but_with_tables_is_another_programs() {
    let place = Place::new();
    Connection::open(place.file()).unwrap().execute_batch("CREATE TABLE theirs (x)").unwrap();
    assert!(SqliteStore::open(&place.file()).is_err());
}

#[test]
fn the_database_of_another_program_is_left_as_it_is() {
    let place = Place::new();
    let theirs = "PRAGMA application_id = 7; CREATE TABLE theirs (x)";
    Connection::open(place.file()).unwrap().execute_batch(theirs).unwrap();
    let before = std::fs::read(place.file()).unwrap();
    assert!(SqliteStore::open(&place.file()).is_err());
    assert!(before == std::fs::read(place.file()).unwrap());
}

#[test]
fn a_database_is_new_when_it_is_made_and_never_again() {
    let place = Place::new();
    // What a process leaves that ends before the first migration.
    std::fs::write(place.file(), b"").unwrap();
    let address = format!("sqlite:{}", place.file().display());
    let is_new = || StoreUrl::parse(&address).unwrap().open().unwrap().is_new();
    assert!(is_new());
    assert!(!is_new());
}

#[cfg(unix)]
#[test]
fn one_database_by_two_names_is_one_database() {
    let place = Place::new();
    let _store = place.open();
    let link = place.beside(".link");
    std::os::unix::fs::symlink(place.file(), &link).unwrap();
    let second = SqliteStore::open(&link);
    assert!(matches!(second, Err(StoreError::Busy { .. })), "{second:?}");
}

#[cfg(unix)]
#[test]
fn nobody_else_on_the_machine_reads_the_database() {
    use std::os::unix::fs::PermissionsExt;
    let place = Place::new();
    let store = place.open();
    run(set_up(&store));
    for ending in ["", "-wal", "-shm"] {
        let mode = std::fs::metadata(place.beside(ending)).unwrap().permissions().mode();
        assert_eq!(mode & 0o077, 0, "{ending} {mode:o}");
    }
}

#[test]
fn what_is_acknowledged_after_a_restart_does_not_rest_on_a_page_that_was_not_flushed() {
    let first = Place::new();
    let (database, flushed, whole) = {
        let store = first.open();
        run(async {
            set_up(&store).await;
            admitted(&store, new_refund(1)).await;
            let flushed = std::fs::metadata(first.beside("-wal")).unwrap().len();
            // The flush of this one fails and the process ends; the system's memory still holds the pages.
            admitted(&store, new_refund(2)).await;
            let whole = std::fs::read(first.beside("-wal")).unwrap();
            (std::fs::read(first.file()).unwrap(), usize::try_from(flushed).unwrap(), whole)
        })
    };
    let second = Place::new();
    std::fs::write(second.file(), &database).unwrap();
    std::fs::write(second.beside("-wal"), &whole).unwrap();
    let (database, mut log) = {
        let store = second.open();
        run(async {
            admitted(&store, new_refund(3)).await;
            (std::fs::read(second.file()).unwrap(), std::fs::read(second.beside("-wal")).unwrap())
        })
    };
    // The power fails: of what the first process did not flush nothing is there; all that the second one flushed is.
    if log.len() > whole.len() && log[..whole.len()] == whole[..] {
        log[flushed..whole.len()].fill(0);
    }
    let third = Place::new();
    std::fs::write(third.file(), &database).unwrap();
    std::fs::write(third.beside("-wal"), &log).unwrap();
    let store = third.open();
    let kept = run(store.refund(&new_refund(3).key)).unwrap();
    assert!(kept.is_some(), "an acknowledged refund is lost");
}

#[test]
fn a_payment_told_to_the_nanosecond_is_the_same_when_it_is_told_again() {
    let place = Place::new();
    let store = place.open();
    run(async {
        set_up(&store).await;
        let mut payment = payment(1, 10_000);
        payment.facts.paid_at = Some("2026-03-01T00:00:00.123456789Z".parse().unwrap());
        assert_eq!(store.report_payment(payment.clone()).await, Ok(Reported::New));
        assert_eq!(store.report_payment(payment).await, Ok(Reported::Same));
    });
}
