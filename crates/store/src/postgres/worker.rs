//! A thread that does turns.
//!
//! A write's transaction first locks the merchant id's row of ownership. From then on it sees everything that was
//! committed for the merchant id, and nobody else writes for it, at whichever node. That is what the functions of `sql` and
//! of `refunds` take for granted; the epoch is compared under this lock. Jobs that wait for the same merchant id share the
//! transaction: see [`group`](crate::sql::group).
//!
//! What can go wrong:
//! - Another transaction was in the way (40001, 40P01): the server has undone this one, and all of it is done again, for a
//!   while.
//! - The connection is lost before COMMIT was sent: nothing was written. All of it is done again on a new connection, for a
//!   while; then callers are told that the store is busy.
//! - The connection is lost after COMMIT was sent: nobody knows. A batch is answered so at once, and its owner reads
//!   again. Everything else is done again on a new connection, because its rows tell that they are there: a refund that
//!   was taken in is found by its identity and answered as a replay, a payment is the same, a notice a repeat, a past day
//!   no news, a line of the audit trail the newest already; a merchant id, a secret, a key, a setting and a rebuilt ledger
//!   come out as they were; an owner gets one more epoch, under which nothing was written in between, and a node that took
//!   over is told so again. A command and a pause may come to intake twice, and mean the same twice; a key that was removed
//!   may be told as not there; a node that joined may hear that its id is in use, and joins under another one. Only if
//!   the server stays away is the caller told that nobody knows.
//! - The disk is full: the server says so, and undoes the transaction.
//!
//! None of it makes the store useless: the server's disk is the server's to watch, and it ends itself when a flush
//! fails.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use super::link::Link;
use super::queue::{Queue, Turn, Writes};
use super::session::Session;
use super::url::Isolation;
use crate::sql::group::{Group, Standing, Transaction};
use crate::sql::job::{Job, Loss};
use crate::sql::value::AsValue;
use crate::sql::written::Counters;
use crate::sql::{Connection, Result};

/// For how long something is tried again, counted from when it was asked for.
const PATIENCE: Duration = Duration::from_secs(4);

/// How often a transaction is done again because others are in the way.
const TRIES: u32 = 12;

/// The pause before the first repetition. Each further one doubles it.
const FIRST_PAUSE: Duration = Duration::from_millis(1);

/// The longest pause between repetitions.
const LONGEST_PAUSE: Duration = Duration::from_millis(200);

/// A thread of the store.
pub(super) struct Worker {
    link: Link,
    isolation: Isolation,
    counters: Arc<Counters>,
}

impl Worker {
    pub(super) fn new(link: Link, isolation: Isolation, counters: Arc<Counters>) -> Worker {
        Worker { link, isolation, counters }
    }

    /// Does turns until there are none any more.
    pub(super) fn serve(mut self, queue: &Queue) {
        while let Some(turn) = queue.next() {
            match turn {
                Turn::Read(since, job) => self.read(since, job),
                Turn::Write(writes) => {
                    let mchid = writes.mchid.clone();
                    self.write(writes);
                    queue.done(mchid);
                }
            }
        }
    }

    /// Reads one state of the database.
    fn read(&mut self, since: Instant, mut job: Box<dyn Job>) {
        let mut tries = Tries::since(since);
        let loss = loop {
            let session = match self.link.session(tries.until) {
                Ok(session) => session,
                Err(error) => break Some(Loss::from(error)),
            };
            session.begin(match self.isolation {
                Isolation::ReadCommitted => "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY",
                Isolation::Serializable => "BEGIN ISOLATION LEVEL SERIALIZABLE READ ONLY",
            });
            if let Some(Loss::Again(_) | Loss::Gone(_)) = job.run(session).err().map(Loss::from) {
                session.roll_back();
                if tries.once_more() {
                    continue;
                }
            }
            // What else went wrong is the answer already.
            break None;
        };
        job.answer(loss.as_ref());
        // There is nothing to commit, and nobody has to wait for that.
        self.link.roll_back();
    }

    /// Writes for one merchant id.
    fn write(&mut self, writes: Writes) {
        let Writes { mchid, is_new, since, mut jobs } = writes;
        let lock = mchid.as_ref().map(|mchid| Lock { mchid: mchid.as_str(), is_new });
        let mut tries = Tries::since(since);
        // That an earlier try may have written what a later one could not.
        let mut unclear = None;
        while !jobs.is_empty() {
            let mut group = Group::default();
            let loss = match self.link.session(tries.until) {
                Ok(session) => {
                    let turn = Writing { session, isolation: self.isolation, lock: lock.as_ref() };
                    turn.carry_out(jobs, &mut group).err()
                }
                Err(error) => {
                    jobs.into_iter().for_each(|job| group.add(job));
                    Some(Loss::from(error))
                }
            };
            match loss {
                Some(Loss::Unclear(why)) => {
                    let goes_on = tries.once_more();
                    let (again, others): (Vec<_>, Vec<_>) =
                        group.into_jobs().into_iter().partition(|job| goes_on && job.is_repeatable());
                    let loss = Loss::Unclear(why);
                    others.into_iter().for_each(|job| job.answer(Some(&loss)));
                    unclear = Some(loss);
                    jobs = again;
                }
                Some(Loss::Again(_) | Loss::Gone(_)) if tries.once_more() => jobs = group.into_jobs(),
                loss => {
                    let written = group.len() as u64;
                    self.counters.commits.fetch_add(1, Ordering::Relaxed);
                    self.counters.answers.fetch_add(written, Ordering::Relaxed);
                    group.answer(loss.map(|loss| unclear.clone().unwrap_or(loss)).as_ref());
                    return;
                }
            }
        }
    }
}

/// How often and how long something is tried again.
struct Tries {
    until: Instant,
    left: u32,
    pause: Duration,
}

impl Tries {
    fn since(asked: Instant) -> Tries {
        Tries { until: asked + PATIENCE, left: TRIES, pause: FIRST_PAUSE }
    }

    /// Whether to try once more: after a pause, which has been made then.
    fn once_more(&mut self) -> bool {
        if self.left == 0 || Instant::now() >= self.until {
            return false;
        }
        std::thread::sleep(self.pause);
        self.left -= 1;
        self.pause = (self.pause * 2).min(LONGEST_PAUSE);
        true
    }
}

/// The row that keeps other writers of a merchant id waiting.
struct Lock<'a> {
    mchid: &'a str,
    is_new: bool,
}

impl Lock<'_> {
    fn take(&self, connection: &Connection) -> Result<()> {
        let mchid = self.mchid;
        if self.is_new {
            // Who is first makes the row, and others wait for it.
            let sql = "INSERT INTO ownership (mchid, node, epoch, feed_seq) VALUES (?1, '', 0, 0) \
                       ON CONFLICT (mchid) DO UPDATE SET node = ownership.node";
            connection.execute(sql, &[mchid.as_value()])?;
        } else {
            connection.exists("SELECT 1 FROM ownership WHERE mchid = ?1 FOR UPDATE", &[mchid.as_value()])?;
        }
        Ok(())
    }
}

/// A transaction that writes.
struct Writing<'a> {
    session: &'a Session,
    isolation: Isolation,
    lock: Option<&'a Lock<'a>>,
}

impl Writing<'_> {
    /// Carries out jobs, puts them into `group`, and commits. An error if none of it was written, or nobody knows.
    fn carry_out(&self, jobs: Vec<Box<dyn Job>>, group: &mut Group) -> std::result::Result<(), Loss> {
        let before = self.session.changes();
        let mut loss = self.begin().err();
        for job in jobs {
            if loss.is_some() {
                group.add(job);
            } else {
                loss = group.go_on(job, self).err();
            }
        }
        let ended = match loss {
            None => self.session.commit(self.session.changes() != before),
            Some(loss) => Err(loss),
        };
        self.roll_back();
        ended
    }
}

impl Transaction for Writing<'_> {
    fn begin(&self) -> std::result::Result<(), Loss> {
        self.session.begin(match self.isolation {
            Isolation::ReadCommitted => "BEGIN ISOLATION LEVEL READ COMMITTED",
            Isolation::Serializable => "BEGIN ISOLATION LEVEL SERIALIZABLE",
        });
        if let Some(lock) = self.lock {
            lock.take(self.session)?;
        }
        Ok(())
    }

    fn roll_back(&self) {
        self.session.roll_back();
    }

    fn connection(&self) -> &Connection {
        self.session
    }

    fn control(&self, sql: &str) -> Result<()> {
        self.session.control(sql)
    }

    fn changes(&self) -> u64 {
        self.session.changes()
    }

    fn standing(&self) -> Standing {
        self.session.standing()
    }
}
