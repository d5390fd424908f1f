//! What the disk takes: by itself, and under SQLite as our store sets it up, but without our store.

use std::fs::{self, File};
use std::io::Write as _;
use std::path::Path;
use std::time::{Duration, Instant};

use rusqlite::{Connection, params};

use crate::error::BenchError;

/// One page of a database.
const PAGE: [u8; 4096] = [7; 4096];

/// What a row holds beside its numbers: with them about as much as a refund.
const BODY: &str = concat!(
    "{\"out_trade_no\":\"T0000000000000000000000000\",\"amount\":{\"refund\":1000,\"total\":10000,\"currency\":\"CNY\"},",
    "\"reason\":\"The size does not fit; the customer brought it back to the shop where it was bought on the same day.\",",
    "\"notify_url\":\"https://gateway.example/callbacks/wechatpay/1900010001/refunds\",",
    "\"state\":{\"version\":1,\"name\":\"queued\",\"since\":\"2026-03-02T04:00:00Z\",\"attempts\":0},\"n\":\"0000000000000000000000000000000000\"}",
);

/// How often 4 KiB are appended to a file and flushed, a second.
pub fn flushes_per_s(folder: &Path, at_least: Duration) -> Result<f64, BenchError> {
    let path = folder.join("anchor-flush");
    let flushed = || -> std::io::Result<f64> {
        let mut file = File::create(&path)?;
        let (began, mut done) = (Instant::now(), 0_u32);
        while began.elapsed() < at_least {
            file.write_all(&PAGE)?;
            file.sync_data()?;
            done += 1;
        }
        let rate = f64::from(done) / began.elapsed().as_secs_f64();
        fs::remove_file(&path)?;
        Ok(rate)
    };
    flushed().map_err(|source| BenchError::File { path: path.clone(), source })
}

/// How many rows a second are on disk, `group` of them in each commit. A row is about as large as a refund, with an index
/// over merchant id and number and a timer beside it.
pub fn rows_per_s(folder: &Path, group: u32, at_least: Duration) -> Result<f64, BenchError> {
    let place = tempfile::tempdir_in(folder)
        .map_err(|source| BenchError::File { path: folder.to_owned(), source })?;
    let mut connection = Connection::open(place.path().join("anchor.db"))?;
    connection.execute_batch(
        "PRAGMA journal_mode = WAL;
         PRAGMA synchronous = FULL;
         CREATE TABLE refunds (id INTEGER PRIMARY KEY, mchid TEXT NOT NULL, number TEXT NOT NULL, body TEXT NOT NULL);
         CREATE UNIQUE INDEX refund_numbers ON refunds (mchid, number);
         CREATE TABLE timers (due INTEGER NOT NULL, id INTEGER NOT NULL, PRIMARY KEY (due, id)) WITHOUT ROWID;",
    )?;
    let (began, mut rows) = (Instant::now(), 0_u32);
    while began.elapsed() < at_least {
        let transaction = connection.transaction()?;
        {
            let mut refund = transaction.prepare_cached("INSERT INTO refunds VALUES (?1, ?2, ?3, ?4)")?;
            let mut timer = transaction.prepare_cached("INSERT INTO timers VALUES (?1, ?2)")?;
            for _ in 0..group {
                rows += 1;
                refund.execute(params![rows, "1900010001", format!("R{rows}"), BODY])?;
                timer.execute(params![rows, rows])?;
            }
        }
        transaction.commit()?;
    }
    Ok(f64::from(rows) / began.elapsed().as_secs_f64())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_row_is_about_as_large_as_a_refund() {
        assert!((400..500).contains(&BODY.len()), "{}", BODY.len());
    }

    #[test]
    fn a_disk_is_measured_and_left_as_it_was() {
        let folder = tempfile::tempdir().unwrap();
        let a_moment = Duration::from_millis(5);
        assert!(flushes_per_s(folder.path(), a_moment).unwrap() > 0.0);
        assert!(rows_per_s(folder.path(), 100, a_moment).unwrap() > 0.0);
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0);
    }
}
