//! The store: its threads, and how work gets to them.

use std::fmt;
use std::sync::atomic::Ordering;
use std::sync::{Arc, PoisonError};
use std::thread::JoinHandle;

use tokio::sync::mpsc::Receiver;

use super::link::{Link, Way};
use super::messenger::Messenger;
use super::queue::Queue;
use super::schema;
use super::session::Statements;
use super::url::PostgresUrl;
use super::worker::Worker;
use crate::contract::Answer;
use crate::error::StoreError;
use crate::hints::Hint;
use crate::sql::hands::{Hands, Whose};
use crate::sql::job::Job;
use crate::sql::written::{Counters, Written};

/// How many may wait. More than that is [`StoreError::Busy`].
const QUEUE: usize = 8_192;

/// A store in a PostgreSQL database. Closed when dropped: what waits is finished first.
pub struct PostgresStore {
    queue: Arc<Queue>,
    messenger: Messenger,
    threads: Vec<JoinHandle<()>>,
    statements: Statements,
    counters: Arc<Counters>,
    is_new: bool,
}

impl PostgresStore {
    /// Opens the database at `url`, which must be there; makes its tables, or brings them up to date.
    ///
    /// Fails with [`StoreError::TooNew`] if a newer program has changed it, and with [`StoreError::Failed`] if it cannot be
    /// reached, does not let us in or cannot be used.
    pub fn open(url: &PostgresUrl) -> Answer<PostgresStore> {
        let statements = Statements::default();
        let way = Arc::new(Way::new(url.clone(), Arc::clone(&statements))?);
        let (count, isolation) = (url.connections, url.isolation);
        let migrating = Arc::clone(&way);
        // In a thread of its own: nobody may wait for an answer in one that drives others.
        let migrated = spawn("store schema", move || {
            let session = link(migrating)?
                .connect()
                .map_err(|error| StoreError::Failed { what: "connecting to the database", why: error.why })?;
            schema::bring_up_to_date(&session)
        })?;
        let is_new = migrated.join().unwrap_or_else(|_| Err(failed("the thread is gone")))?;
        let (queue, counters) = (Arc::new(Queue::default()), Arc::new(Counters::default()));
        let messenger = Messenger::start(Arc::clone(&way))?;
        let mut store = PostgresStore { queue, messenger, threads: vec![], statements, counters, is_new };
        for _ in 0..count {
            let (way, queue) = (Arc::clone(&way), Arc::clone(&store.queue));
            let counters = Arc::clone(&store.counters);
            store.threads.push(spawn("store worker", move || {
                // Without a runtime the thread could do nothing, and the others go on without it.
                if let Ok(link) = link(way) {
                    Worker::new(link, isolation, counters).serve(&queue);
                }
            })?);
        }
        Ok(store)
    }

    /// Whether the tables were made when the store was opened: nothing was kept in it before.
    pub fn is_new(&self) -> bool {
        self.is_new
    }

    /// Tells the other stores on the database; see [`OpenStore::tell`](crate::open::OpenStore::tell).
    pub fn tell(&self, hint: Hint) {
        self.messenger.tell(hint);
    }

    /// What the other stores tell; see [`OpenStore::hear`](crate::open::OpenStore::hear).
    pub fn hear(&self) -> Option<Receiver<Hint>> {
        self.messenger.hear()
    }

    /// How much was written since the store was opened.
    pub fn written(&self) -> Written {
        Written {
            commits: self.counters.commits.load(Ordering::Relaxed),
            answers: self.counters.answers.load(Ordering::Relaxed),
        }
    }

    /// The texts of all statements that the store has prepared since it was opened, so that it can be seen whom they are
    /// about.
    pub fn statements(&self) -> Vec<String> {
        self.statements.lock().unwrap_or_else(PoisonError::into_inner).iter().cloned().collect()
    }

    fn check_room(&self) -> Answer<()> {
        if self.queue.len() < QUEUE {
            return Ok(());
        }
        Err(StoreError::Busy { why: format!("{QUEUE} others wait already") })
    }
}

fn link(way: Arc<Way>) -> Answer<Link> {
    Link::new(way).map_err(failed)
}

fn failed(why: impl ToString) -> StoreError {
    StoreError::Failed { what: "starting a thread", why: why.to_string() }
}

/// A thread that is called `name`.
pub(super) fn spawn<T: Send + 'static>(
    name: &str,
    work: impl FnOnce() -> T + Send + 'static,
) -> Answer<JoinHandle<T>> {
    std::thread::Builder::new().name(name.into()).spawn(work).map_err(failed)
}

impl Hands for PostgresStore {
    fn have_written(&self, whose: Whose, job: Box<dyn Job>) -> Answer<()> {
        self.check_room()?;
        self.queue.add_write(whose, job);
        Ok(())
    }

    fn have_read(&self, job: Box<dyn Job>) -> Answer<()> {
        self.check_room()?;
        self.queue.add_read(job);
        Ok(())
    }
}

impl fmt::Debug for PostgresStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PostgresStore").field("threads", &self.threads.len()).finish_non_exhaustive()
    }
}

impl Drop for PostgresStore {
    fn drop(&mut self) {
        self.queue.close();
        for thread in self.threads.drain(..) {
            // A thread that panicked has nothing left to finish.
            drop(thread.join());
        }
    }
}
