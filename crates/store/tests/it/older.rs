//! Stores of earlier versions: they are opened and go on, whatever cuts their migration short, and what an earlier program says to a
//! store that it shares with a newer one still works.
//!
//! `testdata/older/V10.sql` is what a gateway of that schema left in its SQLite file and `V10.postgres.sql` what it left in a PostgreSQL
//! database, made by the script beside them; `V10.statements` has every statement that such a program says to PostgreSQL, as
//! `TIDEGATE_STATEMENTS` had it written down.

use std::path::{Path, PathBuf};

use jiff::{SignedDuration, Timestamp};
use refunds::outcome::{QueryOutcome, Receipt, SubmitOutcome};
use refunds::refund::Refund;
use refunds::step::Event;
use rusqlite::Connection;
use store::postgres::{PostgresStore, PostgresUrl};
use store::reading::Scope;
use store::{Store, StoreError};
use throwaway_postgres::shared;
use wechatpay::china::ChinaDay;
use wechatpay::ids::{Mchid, OutRefundNo, RefundId};
use wechatpay::money::{Currency, Money};

use crate::world::{Place, batch, change, report, run};

/// The merchant id of the frozen store.
fn mchid() -> Mchid {
    Mchid::parse("1900000002").unwrap()
}

fn project_file(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(path)
}

fn text(path: &str) -> String {
    std::fs::read_to_string(project_file(path)).unwrap()
}

/// Puts the frozen store at `path`.
fn thaw(path: &Path) {
    Connection::open(path).unwrap().execute_batch(&text("testdata/older/V10.sql")).unwrap();
}

/// The statements of the migrations after the tenth, in order.
fn later_migrations(engine: &str) -> Vec<String> {
    let mut files: Vec<(u32, PathBuf)> = std::fs::read_dir(project_file("migrations").join(engine))
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .map(|path| {
            let name = path.file_name().unwrap().to_str().unwrap();
            let (number, _) = name[1..].split_once("__").unwrap();
            (number.parse().unwrap(), path)
        })
        .filter(|(number, _)| *number > 10)
        .collect();
    files.sort();
    let statements = |path: &PathBuf| {
        let text = std::fs::read_to_string(path).unwrap();
        let code: Vec<&str> = text.lines().filter(|line| !line.trim_start().starts_with("--")).collect();
        let code = code.join("\n");
        let statements = code.split(';').map(|statement| statement.trim().to_owned());
        statements.filter(|statement| !statement.is_empty()).collect::<Vec<_>>()
    };
    let all: Vec<String> = files.iter().flat_map(|(_, path)| statements(path)).collect();
    assert!(!all.is_empty());
    all
}

async fn refund(store: &impl Store, number: &str) -> Refund {
    let number = OutRefundNo::parse(number).unwrap();
    store.refunds_by_number(&mchid(), Scope::All, &number).await.unwrap().remove(0)
}

/// Looks whether all is there that the frozen store holds.
async fn holds_all(store: &impl Store) {
    let counts = store.counts(&mchid()).await.unwrap();
    let counts: Vec<(&str, u64)> = counts.into_iter().filter(|(_, count)| *count > 0).collect();
    assert_eq!(counts, [("queued", 1), ("succeeded", 1), ("unclear", 1), ("waiting", 1)]);
    assert_eq!(store.intake(&mchid(), 10).await.unwrap().items.len(), 1);
    let kept = store.ledger(&mchid(), Currency::CNY).await.unwrap();
    assert!(!kept.is_empty());
    assert_eq!(store.recount_ledger(&mchid()).await.unwrap(), kept);
    assert_eq!(store.merchants().await.unwrap().len(), 2);
    assert!(store.holding(&mchid(), ChinaDay::of(Timestamp::UNIX_EPOCH)).await.unwrap().next_due.is_some());
}

/// Lets `event` happen to a refund and writes it down.
async fn happens(store: &impl Store, number: &str, event: Event, now: Timestamp) {
    let epoch = store.take_ownership(&mchid(), "newer").await.unwrap();
    let mut decided = batch(&mchid(), epoch);
    decided.changes = vec![change(&refund(store, number).await, event, now).unwrap()];
    store.commit(decided).await.unwrap();
}

/// Looks whether all is there, and brings the waiting refund to its end.
async fn goes_on(store: &impl Store) {
    holds_all(store).await;
    let waiting = refund(store, "R3").await;
    let now = waiting.created_at + SignedDuration::from_hours(24);
    let receipt =
        Receipt { refund_id: RefundId::parse("5030").unwrap(), accepted_at: Some(now), payer_refund: None };
    happens(store, "R3", Event::Released { signed_at: now }, now).await;
    let attempt = refund(store, "R3").await.attempts.count;
    let outcome = SubmitOutcome::Accepted(receipt);
    happens(store, "R3", Event::Answered { attempt, outcome }, now).await;
    let mut found = report(refunds::outcome::Standing::Succeeded);
    found.amount = Money::fen(3_000);
    let outcome = QueryOutcome::Found(found);
    happens(store, "R3", Event::Asked { asked_at: now, outcome }, now).await;
    assert_eq!(refund(store, "R3").await.state.name(), "succeeded");
    assert!(store.timeline(&waiting.key).await.unwrap().len() > 4);
}

#[test]
fn a_store_of_an_earlier_version_is_brought_up_to_date_and_its_refunds_come_to_their_ends() {
    let place = Place::new();
    thaw(&place.file());
    let store = place.open();
    assert!(!store.is_new());
    run(goes_on(&store));
}

#[test]
fn a_database_of_an_earlier_version_is_brought_up_to_date_and_its_refunds_come_to_their_ends() {
    let store = open(&tenth()).unwrap();
    assert!(!store.is_new());
    run(goes_on(&store));
}

#[test]
fn a_migration_of_a_file_that_is_cut_short_at_any_statement_is_done_again() {
    let statements = later_migrations("sqlite");
    for done in 0..=statements.len() {
        let (place, killed) = (Place::new(), Place::new());
        thaw(&place.file());
        let connection = Connection::open(place.file()).unwrap();
        connection.pragma_update(None, "journal_mode", "WAL").unwrap();
        // So little is remembered that what is not committed yet goes to disk.
        connection.pragma_update(None, "cache_size", 1).unwrap();
        connection.execute_batch("BEGIN IMMEDIATE").unwrap();
        statements[..done].iter().for_each(|statement| connection.execute_batch(statement).unwrap());
        // The files as they lie there when the process is killed.
        std::fs::copy(place.file(), killed.file()).unwrap();
        std::fs::copy(place.beside("-wal"), killed.beside("-wal")).unwrap();
        run(holds_all(&killed.open()));
    }
}

/// A database of the tenth schema, with the frozen store in it.
fn tenth() -> String {
    let frozen =
        |address: &str| drop(shared().execute(address, &text("testdata/older/V10.postgres.sql")).unwrap());
    shared().database_like("tenth", frozen).unwrap()
}

fn open(address: &str) -> Result<PostgresStore, StoreError> {
    PostgresStore::open(&PostgresUrl::parse(address).unwrap())
}

#[test]
fn a_migration_of_a_database_that_is_cut_short_at_any_statement_is_done_again() {
    let statements = later_migrations("postgres");
    for done in 0..=statements.len() {
        let address = tenth();
        // Whoever did this is gone without a commit.
        let cut = format!("BEGIN; {};", statements[..done].join("; "));
        shared().execute(&address, &cut).unwrap();
        let store = open(&address).unwrap();
        assert!(!store.is_new());
        run(holds_all(&store));
    }
}

#[test]
fn what_an_earlier_program_says_is_understood_by_the_newest_schema() {
    let address = tenth();
    drop(open(&address).unwrap());
    let statements = text("testdata/older/V10.statements");
    let prepared: Vec<String> = (0..)
        .zip(statements.lines())
        .map(|(n, statement)| format!("PREPARE said_{n} AS {statement};"))
        .collect();
    assert!(prepared.len() > 50, "a program says more than {}", prepared.len());
    shared().execute(&address, &prepared.concat()).unwrap();
}
