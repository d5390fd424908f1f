//! The thread that writes.
//!
//! A flush costs some hundred times what a row costs, and the database takes one writer at a time. So all writes go
//! through one thread, and all that wait share one flush:
//!
//! 1. The thread sleeps until a command comes, and begins a transaction.
//! 2. It carries out this one and all others that wait, up to [`GROUP`]. Each touches one merchant id. One that is
//!    refused has mostly written nothing by then, and there is nothing to undo. If one has, the whole group is undone
//!    and carried out again, each command in a savepoint now, so that those that fail are undone alone and disturb
//!    nobody. Savepoints from the beginning would cost a fifth of the thread's time: each copies every page that its
//!    command touches.
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

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::sync::mpsc::Receiver;

use rusqlite::{Connection, ErrorCode};
use tokio::sync::oneshot;

use super::checkpoint::Log;
use super::health::Health;
use super::opened_file::OpenedFile;
use crate::error::{CommitError, StoreError};

/// The most commands that share a flush: enough to make the flush cheap, few enough to keep it within milliseconds.
const GROUP: usize = 256;

/// Why a command wrote nothing.
#[derive(Debug)]
pub(super) enum Fault<E> {
    /// By its own decision.
    Refused(E),
    /// The database failed.
    Sql(rusqlite::Error),
}

impl<E> From<rusqlite::Error> for Fault<E> {
    fn from(error: rusqlite::Error) -> Fault<E> {
        Fault::Sql(error)
    }
}

/// Why what a command wrote is not there, whoever is to blame.
#[derive(Debug, Clone)]
pub(super) enum Loss {
    /// The disk is full.
    Full,
    /// Another program holds the database.
    Busy(String),
    /// It was not written.
    Failed(String),
    /// Nobody knows, and nothing is believed any more.
    Unknown(String),
}

impl Loss {
    fn of(error: &rusqlite::Error) -> Loss {
        match error.sqlite_error_code() {
            Some(ErrorCode::DiskFull) => Loss::Full,
            Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked) => Loss::Busy(error.to_string()),
            _ => Loss::Failed(error.to_string()),
        }
    }
}

/// An error that can say how something was lost.
pub(super) trait LossError: Send + 'static {
    fn of(loss: &Loss) -> Self;
}

impl LossError for StoreError {
    fn of(loss: &Loss) -> StoreError {
        match loss {
            Loss::Full => StoreError::Full,
            Loss::Busy(why) => StoreError::Busy { why: why.clone() },
            Loss::Failed(why) => StoreError::Failed { what: "writing", why: why.clone() },
            Loss::Unknown(why) => StoreError::Broken { why: why.clone() },
        }
    }
}

impl LossError for CommitError {
    fn of(loss: &Loss) -> CommitError {
        match loss {
            Loss::Full => CommitError::Full,
            Loss::Busy(why) | Loss::Failed(why) => CommitError::Failed { why: why.clone() },
            Loss::Unknown(why) => CommitError::Unknown { why: why.clone() },
        }
    }
}

/// A command that waits for its turn.
pub(super) trait Job: Send {
    /// Carries it out; the error of the database if that failed. Whether what it wrote shall stay. It is carried out
    /// again after it was undone.
    fn run(&mut self, connection: &Connection) -> Result<bool, rusqlite::Error>;

    /// Answers its caller; `loss` if what it wrote is not there.
    fn answer(self: Box<Self>, loss: Option<&Loss>);
}

/// A command: what to do, and then what came of it.
pub(super) struct Command<W, T, E> {
    work: W,
    result: Option<Result<T, E>>,
    caller: oneshot::Sender<Result<T, E>>,
}

impl<W, T, E> Command<W, T, E> {
    pub(super) fn new(work: W, caller: oneshot::Sender<Result<T, E>>) -> Command<W, T, E> {
        Command { work, result: None, caller }
    }
}

impl<W, T, E> Job for Command<W, T, E>
where
    W: Fn(&Connection) -> Result<T, Fault<E>> + Send,
    T: Send,
    E: LossError,
{
    fn run(&mut self, connection: &Connection) -> Result<bool, rusqlite::Error> {
        // What a command has written can be undone, so one that panics is one that failed: it must not take the writer,
        // and with it everybody else, along. Its caller learns of it.
        let Ok(done) = catch_unwind(AssertUnwindSafe(|| (self.work)(connection))) else {
            self.result = Some(Err(E::of(&Loss::Failed("the command panicked".into()))));
            return Ok(false);
        };
        match done {
            Ok(done) => {
                self.result = Some(Ok(done));
                Ok(true)
            }
            Err(Fault::Refused(error)) => {
                self.result = Some(Err(error));
                Ok(false)
            }
            Err(Fault::Sql(error)) => {
                self.result = Some(Err(E::of(&Loss::of(&error))));
                Err(error)
            }
        }
    }

    fn answer(self: Box<Self>, loss: Option<&Loss>) {
        let result = match (loss, self.result) {
            (Some(loss), _) => Err(E::of(loss)),
            (None, Some(result)) => result,
            (None, None) => Err(E::of(&Loss::Failed("the command was not carried out".into()))),
        };
        // A caller that went away does not need the answer.
        drop(self.caller.send(result));
    }
}

/// How much was written: by their ratio one sees how many share a flush.
#[derive(Debug, Default)]
pub(super) struct Counters {
    pub(super) commits: AtomicU64,
    pub(super) answers: AtomicU64,
}

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
        let mut done: Vec<Box<dyn Job>> = vec![];
        let mut loss = self.begin().err();
        let mut apart = false;
        let mut next = Some(first);
        while let Some(job) = next.take() {
            done.push(job);
            if loss.is_none() {
                loss = self.go_on(&mut done, &mut apart).err();
            }
            if loss.is_none() && done.len() < GROUP {
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
        self.counters.answers.fetch_add(done.len() as u64, Ordering::Relaxed);
        for job in done {
            job.answer(loss.as_ref());
        }
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

    fn begin(&self) -> Result<(), Loss> {
        if let Err(error) = self.health.check() {
            return Err(Loss::Unknown(error.to_string()));
        }
        self.execute("BEGIN IMMEDIATE").map_err(|error| Loss::of(&error))
    }

    /// Carries out the last command of `group`, behind the others, which have been: `apart` from them if it must be, and
    /// from then on all are. An error if the whole group is lost.
    fn go_on(&self, group: &mut [Box<dyn Job>], apart: &mut bool) -> Result<(), Loss> {
        let Some(last) = group.last_mut() else { return Ok(()) };
        if *apart {
            return self.carry_out_apart(last.as_mut());
        }
        let changes = self.connection.total_changes();
        let stays = self.carry_out(last.as_mut())?;
        if stays || self.connection.total_changes() == changes {
            return Ok(());
        }
        *apart = true;
        self.roll_back();
        self.begin()?;
        group.iter_mut().try_for_each(|job| self.carry_out_apart(job.as_mut()))
    }

    /// Carries out one command in a savepoint; an error if the whole group is lost by it.
    fn carry_out_apart(&self, job: &mut dyn Job) -> Result<(), Loss> {
        let execute = |sql| self.execute(sql).map_err(|error| Loss::of(&error));
        execute("SAVEPOINT command")?;
        if !self.carry_out(job)? {
            execute("ROLLBACK TO command")?;
        }
        execute("RELEASE command")
    }

    /// Carries out one command. Whether what it wrote shall stay; an error if the whole group is lost by it.
    fn carry_out(&self, job: &mut dyn Job) -> Result<bool, Loss> {
        match job.run(&self.connection) {
            Ok(stays) => Ok(stays),
            // SQLite has undone the whole transaction.
            Err(error) if self.connection.is_autocommit() => Err(Loss::of(&error)),
            Err(_) => Ok(false),
        }
    }

    fn commit(&self) -> Result<(), Loss> {
        let Err(error) = self.execute("COMMIT") else { return Ok(()) };
        self.roll_back();
        match Loss::of(&error) {
            Loss::Full => Err(Loss::Full),
            Loss::Busy(why) | Loss::Failed(why) | Loss::Unknown(why) => {
                self.health.broke(&why);
                Err(Loss::Unknown(why))
            }
        }
    }

    /// Ends the transaction without its writes, if it has not ended.
    fn roll_back(&self) {
        if !self.connection.is_autocommit()
            && let Err(error) = self.execute("ROLLBACK")
        {
            self.health.broke(&error);
        }
    }

    fn execute(&self, sql: &str) -> rusqlite::Result<()> {
        self.connection.prepare_cached(sql)?.execute([]).map(|_| ())
    }
}
