//! Moving pages from the write-ahead log into the database, so that the log stays short.
//!
//! A thread of its own does it while the writer writes on. Because the writer may append faster than the thread can
//! finish, the writer itself finishes the job when the log has become long: nothing is appended meanwhile, so the log
//! is then whole in the database, and the next transaction begins it anew.

use std::sync::Arc;
use std::sync::mpsc::{Receiver, SyncSender, TrySendError};
use std::time::Duration;

use rusqlite::{Connection, ErrorCode};

use super::health::Health;
use crate::kill_point;

/// The log is kept below this size, readers permitting.
pub(super) const WAL_LIMIT_BYTES: i64 = 64 << 20;

/// After so many new pages of 4 KiB the thread is woken: 4 MiB.
const WAKE_AFTER: usize = 1_024;

/// At so many pages the writer finishes the job itself: half of the limit.
const FINISH_AT: usize = 8_192;

/// How long the writer waits for readers that still need the log, before it writes on and tries again later.
const WAIT_FOR_READERS: Duration = Duration::from_millis(250);

/// What the writer knows of the log's length.
#[derive(Debug)]
pub(super) struct Log {
    wake: SyncSender<()>,
    woken_at: usize,
    finish_at: usize,
}

impl Log {
    pub(super) fn new(wake: SyncSender<()>) -> Log {
        Log { wake, woken_at: 0, finish_at: FINISH_AT }
    }

    /// The log has `pages` after a commit.
    pub(super) fn grew(&mut self, pages: usize, connection: &Connection, health: &Health) {
        if pages < self.woken_at {
            (self.woken_at, self.finish_at) = (0, FINISH_AT);
        }
        if pages >= self.finish_at {
            // Waiting for a long read again after every commit would cost more than a longer log does.
            self.finish_at = pages + WAKE_AFTER;
            finish(connection, health);
        } else if pages - self.woken_at >= WAKE_AFTER {
            self.woken_at = pages;
            match self.wake.try_send(()) {
                // Awake already, or the store is being closed.
                Ok(()) | Err(TrySendError::Full(()) | TrySendError::Disconnected(())) => {}
            }
        }
    }
}

/// The thread: ends when the writer is gone.
pub(super) fn keep_up(connection: &Connection, woken: &Receiver<()>, health: &Arc<Health>) {
    while let Ok(()) = woken.recv() {
        run(connection, health);
    }
}

/// Moves all of the log, and waits until no reader needs it, so that the next commit begins it anew: readers that come
/// meanwhile need the database alone. Moving what no reader needs would not do: while reads overlap, there always is one
/// that is older than the last commit.
fn finish(connection: &Connection, health: &Health) {
    let moved = connection
        .busy_timeout(WAIT_FOR_READERS)
        .and_then(|()| move_pages(connection, "PRAGMA wal_checkpoint(RESTART)"));
    let restored = connection.busy_timeout(super::open::WAIT);
    judge(moved.and(restored), health);
}

/// Moves what no reader still needs from the log. Waits for nobody.
fn run(connection: &Connection, health: &Health) {
    let moved = move_pages(connection, "PRAGMA wal_checkpoint(PASSIVE)");
    kill_point::pass("in_checkpoint");
    judge(moved, health);
}

fn move_pages(connection: &Connection, how: &str) -> rusqlite::Result<()> {
    connection.query_row(how, [], |_| Ok(()))
}

fn judge(moved: rusqlite::Result<()>, health: &Health) {
    let Err(error) = moved else { return };
    match error.sqlite_error_code() {
        // Another one is at it, or the disk is full: the log keeps everything until the next time.
        Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked | ErrorCode::DiskFull) => {}
        // A page that was not flushed may be lost from the database, and the log would be begun anew over it.
        _ => health.broke(&error),
    }
}
