//! The thread that tells other stores on the same database that there is something to look at, and hears it from them.
//!
//! It has a connection of its own, on which it listens to one channel. What is told first goes at once; what is told in
//! the moment after that goes together, each thing once, so that a rush costs the server some notifications a second and
//! no more. A notification is a transaction of its own that writes nothing else, so no caller waits for it.
//!
//! A connection that is lost is made again after a pause. What is told meanwhile is kept as far as there is room, and what
//! others tell meanwhile is not heard.

use std::convert::Infallible;
use std::future::Future;
use std::pin::pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;
use std::time::Duration;

use tokio::runtime::Builder;
use tokio::sync::mpsc::{self, Receiver, Sender};
use tokio::task;
use tokio::time::{sleep, timeout};
use tokio_postgres::{AsyncMessage, Client, Statement};
use tokio_rustls::rustls::crypto::aws_lc_rs;

use super::link::Way;
use super::notification::{Gathered, hints};
use crate::contract::Answer;
use crate::error::StoreError;
use crate::hints::Hint;
use crate::sql::Result;

/// Where the stores of one database meet.
const CHANNEL: &str = "tidegate";

/// What the connection is told first. Nothing is lost with a notification, so nobody has to wait for a disk.
const GREETING: &str = "SET synchronous_commit = off; LISTEN tidegate";

/// How long is gathered after a notification before the next one.
const MOMENT: Duration = Duration::from_millis(15);

/// The pause before a lost connection is made again.
const PAUSE: Duration = Duration::from_millis(500);

/// How long the server may take to let us listen, or to pass a notification on.
const ANSWER: Duration = Duration::from_secs(10);

/// How many hints may wait for the thread, and how many for whoever hears them. One more is forgotten.
const WAITING: usize = 1_024;

/// Tells and hears. Its thread ends when it is dropped.
pub(super) struct Messenger {
    told: Option<Sender<Hint>>,
    heard: Mutex<Option<Receiver<Hint>>>,
    thread: Option<JoinHandle<()>>,
}

impl Messenger {
    pub(super) fn start(way: Arc<Way>) -> Answer<Messenger> {
        let own = random_name()?;
        let (told, telling) = mpsc::channel(WAITING);
        let (hearing, heard) = mpsc::channel(WAITING);
        let thread = Thread { way, own, telling, hearing, gathered: Gathered::default() };
        let thread = super::store::spawn("store hints", move || thread.serve())?;
        Ok(Messenger { told: Some(told), heard: Mutex::new(Some(heard)), thread: Some(thread) })
    }

    /// Tells the other stores, if it can.
    pub(super) fn tell(&self, hint: Hint) {
        if let Some(told) = &self.told {
            // What there is no room for is found without a hint.
            let _ = told.try_send(hint);
        }
    }

    /// What the other stores tell; none if somebody hears it already.
    pub(super) fn hear(&self) -> Option<Receiver<Hint>> {
        self.heard.lock().unwrap_or_else(PoisonError::into_inner).take()
    }
}

impl Drop for Messenger {
    fn drop(&mut self) {
        self.told = None;
        if let Some(thread) = self.thread.take() {
            // A thread that panicked has nothing left to finish.
            drop(thread.join());
        }
    }
}

/// By what a store knows its own notifications again.
fn random_name() -> Answer<Arc<str>> {
    let mut bytes = [0; 16];
    let drawn = aws_lc_rs::default_provider().secure_random.fill(&mut bytes);
    drawn.map_err(|_| StoreError::Failed {
        what: "drawing a random name",
        why: "the system gives no randomness".into(),
    })?;
    Ok(format!("{:032x}", u128::from_be_bytes(bytes)).into())
}

/// The store is closed: nobody will tell anything more.
struct Closed;

struct Thread {
    way: Arc<Way>,
    own: Arc<str>,
    telling: Receiver<Hint>,
    hearing: Sender<Hint>,
    gathered: Gathered,
}

impl Thread {
    fn serve(mut self) {
        // Without a runtime there are no hints, and everything is found without them.
        if let Ok(runtime) = Builder::new_current_thread().enable_all().build() {
            let Err(Closed) = runtime.block_on(self.go_on());
        }
    }

    async fn go_on(&mut self) -> std::result::Result<Infallible, Closed> {
        loop {
            let line = Line::open(Arc::clone(&self.way), Arc::clone(&self.own), self.hearing.clone());
            if let Ok(Ok(mut line)) = self.gather_until(timeout(ANSWER, line)).await? {
                self.pass_on(&mut line).await?;
            }
            self.gather_until(sleep(PAUSE)).await?;
        }
    }

    /// Passes on what it is told until the connection is lost.
    async fn pass_on(&mut self, line: &mut Line) -> std::result::Result<(), Closed> {
        loop {
            if self.gathered.is_empty() {
                tokio::select! {
                    hint = self.telling.recv() => self.gathered.add(hint.ok_or(Closed)?),
                    _ = &mut line.carrier => return Ok(()),
                }
            }
            for text in std::mem::take(&mut self.gathered).texts(&self.own) {
                if !self.gather_until(line.notify(&text)).await? {
                    return Ok(());
                }
            }
            self.gather_until(sleep(MOMENT)).await?;
        }
    }

    /// Gathers what it is told until `end` has come.
    async fn gather_until<T>(&mut self, end: impl Future<Output = T>) -> std::result::Result<T, Closed> {
        let mut end = pin!(end);
        loop {
            tokio::select! {
                ended = &mut end => return Ok(ended),
                hint = self.telling.recv() => self.gathered.add(hint.ok_or(Closed)?),
            }
        }
    }
}

/// A connection that listens.
struct Line {
    client: Client,
    notify: Statement,
    /// What moves bytes and takes in what is heard. Ends when the connection is lost.
    carrier: task::JoinHandle<()>,
}

impl Line {
    async fn open(way: Arc<Way>, own: Arc<str>, hearing: Sender<Hint>) -> Result<Line> {
        let take_in = move |message| {
            if let AsyncMessage::Notification(notification) = message
                && notification.channel() == CHANNEL
            {
                for hint in hints(notification.payload(), &own) {
                    // Nobody may be hearing, or not fast enough.
                    let _ = hearing.try_send(hint);
                }
            }
        };
        let (client, carrier) = way.connect(take_in).await?;
        client.batch_execute(GREETING).await?;
        let notify = client.prepare("SELECT pg_notify($1, $2)").await?;
        Ok(Line { client, notify, carrier })
    }

    /// Whether the server has passed `text` on.
    async fn notify(&self, text: &str) -> bool {
        let passed_on = async { self.client.execute(&self.notify, &[&CHANNEL, &text]).await };
        matches!(timeout(ANSWER, passed_on).await, Ok(Ok(_)))
    }
}

impl Drop for Line {
    fn drop(&mut self) {
        // What it carries nobody waits for.
        self.carrier.abort();
    }
}
