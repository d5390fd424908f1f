//! The thread that writes.
//!
//! A flush costs some hundred times what a row costs, and the database takes one writer at a time. So all writes go
//! through one thread, and all that wait share one flush:
//!
//! 1. The thread sleeps until a command comes, and begins a transaction.
//! 2. It carries out this one and all others that wait, up to [`GROUP`]. Each touches one merchant id. One that fails is
//!    undone alone: see [`group`](crate::sql::group).
//! 3. It commits, which flushes the log, and only then answers them all, the refused ones too: a refusal may rest on
//!    a row that another of the group wrote.
//!
//! While it flushes, the next commands gather; so groups are as large as the load, and a lone command waits for
//! nobody.
//!
//! What can go wrong:
//! - The disk is full. SQLite undoes the statement, or the whole transaction; a commit that meets it has not written
//!   its last page, without which the others do not count. Those concerned are told, and the next group tries again.
//! - A commit fails otherwise. The log may or may not hold it, and flushing again may falsely succeed, because the
//!   system forgets what it could not write. Nobody knows, so [`Health`] refuses everything from then on, and the
//!   process must end: what opens the database next reads what is there.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::Receiver;

use rusqlite::Connection;

use super::checkpoint::Log;
use super::health::Health;
use super::opened_file::OpenedFile;
use crate::error::StoreError;
use crate::sql;
use crate::sql::group::{Group, Standing, Transaction};
use crate::sql::job::{Job, Loss};
use crate::sql::written::Counters;

/// The most commands that share a flush: enough to make the flush cheap, few enough to keep it within milliseconds.
const GROUP: usize = 256;

/// The writer: its connection and what it tells others.
pub(super) struct Writer {
    connection: Connection,
    health: Arc<Health>,
    counters: Arc<Counters>,
    log: Log,
    /// The length of the log in pages, as the last commit left it.
    pages: Arc<AtomicUsize>,
    file: OpenedFile,
}

impl Writer {
    pub(super) fn new(
        mut connection: Connection,
        file: OpenedFile,
        health: Arc<Health>,
        counters: Arc<Counters>,
        log: Log,
    ) -> Result<Writer, StoreError> {
        let pages = Arc::new(AtomicUsize::new(0));
        let seen = Arc::clone(&pages);
        connection.wal_hook(Some(move |_: &mut rusqlite::hooks::Wal, pages: std::ffi::c_int| {
            seen.store(usize::try_from(pages).unwrap_or(0), Ordering::Relaxed);
            Ok(())
        }))?;
        Ok(Writer { connection, health, counters, log, pages, file })
    }

    /// Serves commands until nobody can send any.
    pub(super) fn serve(mut self, commands: &Receiver<Box<dyn Job>>) {
        while let Ok(first) = commands.recv() {
            self.group(first, commands);
        }
    }

    fn group(&mut self, first: Box<dyn Job>, commands: &Receiver<Box<dyn Job>>) {
        let mut group = Group::default();
        let mut loss = self.begin().err();
        let mut next = Some(first);
        while let Some(job) = next.take() {
            if loss.is_some() {
                group.add(job);
            } else {
                loss = group.go_on(job, self).err();
            }
            if loss.is_none() && group.len() < GROUP {
                next = commands.try_recv().ok();
            }
        }
        let loss = match loss {
            None => self.commit().and_then(|()| self.look_at_the_file()).err(),
            Some(loss) => {
                self.roll_back();
                Some(loss)
            }
        };
        self.counters.commits.fetch_add(1, Ordering::Relaxed);
        self.counters.answers.fetch_add(group.len() as u64, Ordering::Relaxed);
        group.answer(loss.as_ref());
        self.log.grew(self.pages.load(Ordering::Relaxed), &self.connection, &self.health);
    }

    /// What was flushed to a file that nobody will find again was not kept. A look a group costs nothing beside its flush.
    fn look_at_the_file(&self) -> Result<(), Loss> {
        if self.file.is_there() {
            return Ok(());
        }
        let why = "the database was removed from its place, or another one was put there";
        self.health.broke(&why);
        Err(Loss::Unknown(why.to_owned()))
    }

    fn commit(&self) -> Result<(), Loss> {
        let Err(error) = self.control("COMMIT") else { return Ok(()) };
        self.roll_back();
        match Loss::from(error) {
            Loss::Full => Err(Loss::Full),
            Loss::Busy(why)
            | Loss::Again(why)
            | Loss::Gone(why)
            | Loss::Failed(why)
            | Loss::Unclear(why)
            | Loss::Unknown(why) => {
                self.health.broke(&why);
                Err(Loss::Unknown(why))
            }
        }
    }
}

impl Transaction for Writer {
    fn begin(&self) -> Result<(), Loss> {
        if let Err(error) = self.health.check() {
            return Err(Loss::Unknown(error.to_string()));
        }
        Ok(self.control("BEGIN IMMEDIATE")?)
    }

    fn roll_back(&self) {
        if !self.connection.is_autocommit()
            && let Err(error) = self.control("ROLLBACK")
        {
            self.health.broke(&error);
        }
    }

    fn connection(&self) -> &sql::Connection {
        &self.connection
    }

    fn control(&self, sql: &str) -> sql::Result<()> {
        self.connection.prepare_cached(sql)?.execute([])?;
        Ok(())
    }

    fn changes(&self) -> u64 {
        self.connection.total_changes()
    }

    fn standing(&self) -> Standing {
        // A statement that fails is undone alone, unless SQLite says otherwise.
        if self.connection.is_autocommit() { Standing::Ended } else { Standing::Open }
    }
}
