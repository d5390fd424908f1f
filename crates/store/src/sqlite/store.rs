//! The store: its threads, and how a caller's work gets to them and back.

use std::fs::File;
use std::path::Path;
use std::sync::atomic::Ordering;
use std::sync::mpsc::{SyncSender, TrySendError, sync_channel};
use std::sync::{Arc, Mutex};
use std::thread::JoinHandle;

use super::checkpoint::{Log, keep_up};
use super::health::Health;
use super::open;
use super::opened_file::OpenedFile;
use super::readers;
use super::writer::Writer;
use crate::contract::Answer;
use crate::error::StoreError;
use crate::sql::hands::{Hands, Whose, write};
use crate::sql::job::Job;
use crate::sql::written::{Counters, Written};

/// How many threads read a few rows at a time. One more reads thousands, as an owner does that begins: others would stand behind
/// those of all merchant ids.
const READERS: usize = 3;

/// How many commands, and how many reads, may wait. More than that is [`StoreError::Busy`].
const QUEUE: usize = 8_192;

/// A store in one SQLite file. Closed when dropped: what waits is finished first.
#[derive(Debug)]
pub struct SqliteStore {
    commands: Option<SyncSender<Box<dyn Job>>>,
    reads: Option<SyncSender<Box<dyn Job>>>,
    long_reads: Option<SyncSender<Box<dyn Job>>>,
    threads: Vec<JoinHandle<()>>,
    health: Arc<Health>,
    counters: Arc<Counters>,
    is_new: bool,
    /// Keeps other processes out. Dropped last.
    _lock: File,
}

impl SqliteStore {
    /// Opens the database at `path`, or makes one; brings its schema up to date.
    ///
    /// Fails with [`StoreError::Busy`] if another process has it open, and with [`StoreError::TooNew`] if a newer
    /// program has changed it.
    pub fn open(path: &Path) -> Answer<SqliteStore> {
        let path = &open::real(path)?;
        let lock = open::lock(path)?;
        let health = Arc::new(Health::default());
        let counters = Arc::new(Counters::default());
        let (commands, waiting) = sync_channel::<Box<dyn Job>>(QUEUE);
        let (reads, to_read) = sync_channel::<Box<dyn Job>>(QUEUE);
        let (long_reads, to_read_long) = sync_channel::<Box<dyn Job>>(QUEUE);
        let (wake, woken) = sync_channel(1);

        let (connection, is_new) = open::writer(path)?;
        let file = OpenedFile::at(path).map_err(|error| open::failed("looking at the database", error))?;
        let writer =
            Writer::new(connection, file, Arc::clone(&health), Arc::clone(&counters), Log::new(wake))?;
        let mut threads = vec![spawn("store writer", move || writer.serve(&waiting))?];
        let (connection, watched) = (open::checkpointer(path)?, Arc::clone(&health));
        threads.push(spawn("store checkpoint", move || keep_up(&connection, &woken, &watched))?);
        for (name, count, to_read) in [("store reader", READERS, to_read), ("store pages", 1, to_read_long)] {
            let to_read = Arc::new(Mutex::new(to_read));
            for _ in 0..count {
                let (connection, to_read) = (open::reader(path)?, Arc::clone(&to_read));
                threads.push(spawn(name, move || readers::serve(connection, &to_read))?);
            }
        }
        let (commands, reads, long_reads) = (Some(commands), Some(reads), Some(long_reads));
        Ok(SqliteStore { commands, reads, long_reads, threads, health, counters, is_new, _lock: lock })
    }

    /// Whether the database was made when it was opened: nothing was kept in it before.
    pub fn is_new(&self) -> bool {
        self.is_new
    }

    /// How much was written since the store was opened.
    pub fn written(&self) -> Written {
        Written {
            commits: self.counters.commits.load(Ordering::Relaxed),
            answers: self.counters.answers.load(Ordering::Relaxed),
        }
    }

    /// Bounds the database to `pages` of 4 KiB, so that it leaves room on a disk it shares. Beyond it writes fail
    /// with [`StoreError::Full`] until it is raised. What is there already is kept, however much it is. Not
    /// remembered when the store is opened again.
    pub async fn bound_pages(&self, pages: u32) -> Answer<()> {
        let sql = format!("PRAGMA max_page_count = {pages}");
        write(self, Whose::Installation, move |connection| {
            connection.one(&sql, &[], |_| Ok(()))?;
            Ok(())
        })
        .await
    }
}

impl Hands for SqliteStore {
    /// One thread writes for everybody, so it does not matter whose work it is.
    fn have_written(&self, _: Whose, job: Box<dyn Job>) -> Answer<()> {
        self.health.check()?;
        hand_over(self.commands.as_ref(), job)
    }

    fn have_read(&self, job: Box<dyn Job>) -> Answer<()> {
        self.health.check()?;
        hand_over(self.reads.as_ref(), job)
    }

    fn have_much_read(&self, job: Box<dyn Job>) -> Answer<()> {
        self.health.check()?;
        hand_over(self.long_reads.as_ref(), job)
    }
}

fn hand_over(queue: Option<&SyncSender<Box<dyn Job>>>, job: Box<dyn Job>) -> Answer<()> {
    match queue.map(|queue| queue.try_send(job)) {
        Some(Ok(())) => Ok(()),
        Some(Err(TrySendError::Full(_))) => {
            Err(StoreError::Busy { why: format!("{QUEUE} others wait already") })
        }
        None | Some(Err(TrySendError::Disconnected(_))) => {
            Err(StoreError::Broken { why: "a thread of the store is gone".into() })
        }
    }
}

fn spawn(name: &str, work: impl FnOnce() + Send + 'static) -> Answer<JoinHandle<()>> {
    std::thread::Builder::new()
        .name(name.into())
        .spawn(work)
        .map_err(|error| StoreError::Failed { what: "starting a thread", why: error.to_string() })
}

impl Drop for SqliteStore {
    fn drop(&mut self) {
        self.commands = None;
        self.reads = None;
        self.long_reads = None;
        for thread in self.threads.drain(..) {
            // A thread that panicked has nothing left to finish.
            drop(thread.join());
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc::channel;
    use std::time::Duration;

    use tokio::sync::oneshot;

    use super::*;
    use crate::sql::Connection;
    use crate::sql::job::{Command, Fault};

    /// Longer than a read of nothing takes.
    const PATIENCE: Duration = Duration::from_secs(5);

    #[test]
    fn who_reads_a_few_rows_does_not_stand_behind_those_who_read_thousands() {
        let folder = std::env::temp_dir().join(format!("tidegate-reads-{}", std::process::id()));
        std::fs::create_dir_all(&folder).unwrap();
        let store = SqliteStore::open(&folder.join("store.db")).unwrap();
        let (go_on, may_go_on) = channel::<()>();
        let may_go_on = Arc::new(Mutex::new(may_go_on));
        let mut long = vec![];
        for _ in 0..=READERS {
            let (caller, answer) = oneshot::channel();
            let may_go_on = Arc::clone(&may_go_on);
            let read = move |_: &Connection| -> Result<bool, Fault<StoreError>> {
                Ok(may_go_on.lock().unwrap().recv_timeout(PATIENCE).is_ok())
            };
            store.have_much_read(Box::new(Command::new(read, caller))).unwrap();
            long.push(answer);
        }
        let (caller, short) = oneshot::channel();
        let read = |_: &Connection| -> Result<(), Fault<StoreError>> { Ok(()) };
        store.have_read(Box::new(Command::new(read, caller))).unwrap();
        short.blocking_recv().unwrap().unwrap();
        long.iter().for_each(|_| go_on.send(()).unwrap());
        for answer in long {
            assert!(answer.blocking_recv().unwrap().unwrap(), "it was kept waiting");
        }
        drop(store);
        std::fs::remove_dir_all(&folder).unwrap();
    }
}
