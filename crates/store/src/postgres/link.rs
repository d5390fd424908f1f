//! A thread's connection, made again when it is lost.

use std::future::poll_fn;
use std::rc::Rc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use tokio::io::{AsyncRead, AsyncWrite};
use tokio::runtime::{Builder, Runtime};
use tokio::task::JoinHandle;
use tokio::time::timeout;
use tokio_postgres::config::SslMode;
use tokio_postgres::{AsyncMessage, Client, Config, Connection, NoTls, Socket};
use tokio_postgres_rustls::MakeRustlsConnect;

use super::session::{Session, Statements};
use super::url::PostgresUrl;
use super::{hosts, tls};
use crate::error::StoreError;
use crate::sql::{Error, Kind, Result};

/// How long one attempt at one host may take. A host that takes the connection and then says nothing still leaves time for the
/// next one, of what callers wait for a connection.
const ATTEMPT: Duration = Duration::from_secs(3);

/// The pause after the first failed attempt. Each further one doubles it.
const FIRST_PAUSE: Duration = Duration::from_millis(20);

/// The longest pause between attempts.
const LONGEST_PAUSE: Duration = Duration::from_millis(500);

/// What every session is told. A node that stands still in the middle of a transaction holds the lock of a merchant id, and
/// the others can take that over only when the server has ended the transaction: so it does as soon as the node counts as
/// lost. `synchronous_commit` is left to who runs the server, unless it is off: then a commit would be answered that a crash
/// can undo.
const SETTINGS: &str = "SET lock_timeout = '3s'; SET idle_in_transaction_session_timeout = '3s'; SET jit = off; \
                        SELECT set_config('synchronous_commit', 'on', false) \
                        WHERE current_setting('synchronous_commit') = 'off'";

/// What the threads of a store know together about how to connect.
pub(super) struct Way {
    url: PostgresUrl,
    tls: Option<MakeRustlsConnect>,
    statements: Statements,
    /// Which of the hosts took writes last. It is asked first: where one has taken over from another, nobody has to find that
    /// out again.
    last: AtomicUsize,
    /// When an attempt failed last, and why.
    away: Mutex<Option<(Instant, String)>>,
}

impl Way {
    pub(super) fn new(url: PostgresUrl, statements: Statements) -> std::result::Result<Way, StoreError> {
        let encrypted = url.config.get_ssl_mode() != SslMode::Disable;
        let tls = encrypted.then(|| tls::connector(&url.verification)).transpose()?;
        Ok(Way { url, tls, statements, last: AtomicUsize::new(0), away: Mutex::default() })
    }

    fn note(&self, failure: Option<String>) {
        let away = failure.map(|why| (Instant::now(), why));
        *self.away.lock().unwrap_or_else(PoisonError::into_inner) = away;
    }

    /// A connection to the host that takes writes, and what carries it, which ends when it is lost. `take_in` is given what
    /// the server says unasked.
    pub(super) async fn connect(
        &self,
        take_in: impl FnMut(AsyncMessage) + Clone + Send + 'static,
    ) -> Result<(Client, JoinHandle<()>)> {
        let (count, first) = (self.url.hosts.len(), self.last.load(Ordering::Relaxed));
        let mut failures = vec![];
        for n in (first..first + count).map(|n| n % count) {
            let Some(host) = self.url.hosts.get(n) else { continue };
            let why = match timeout(ATTEMPT, self.connect_to(host, take_in.clone())).await {
                Ok(Ok(connected)) => {
                    self.last.store(n, Ordering::Relaxed);
                    return Ok(connected);
                }
                Ok(Err(error)) => error.why,
                Err(_) => "connecting took too long".to_owned(),
            };
            failures.push(if count == 1 { why } else { format!("{}: {why}", hosts::name(host)) });
        }
        Err(Error { kind: Kind::Busy, why: failures.join("; ") })
    }

    async fn connect_to(
        &self,
        host: &Config,
        take_in: impl FnMut(AsyncMessage) + Send + 'static,
    ) -> Result<(Client, JoinHandle<()>)> {
        Ok(match &self.tls {
            Some(tls) => {
                let (client, connection) = host.connect(tls.clone()).await?;
                (client, tokio::spawn(carry(connection, take_in)))
            }
            None => {
                let (client, connection) = host.connect(NoTls).await?;
                (client, tokio::spawn(carry(connection, take_in)))
            }
        })
    }

    /// Why nobody needs to try now: somebody else just has.
    fn just_failed(&self) -> Option<String> {
        let away = self.away.lock().unwrap_or_else(PoisonError::into_inner);
        away.as_ref().filter(|(at, _)| at.elapsed() < LONGEST_PAUSE).map(|(_, why)| why.clone())
    }
}

/// A thread's connection, if it has one.
pub(super) struct Link {
    way: Arc<Way>,
    runtime: Rc<Runtime>,
    session: Option<Session>,
}

impl Link {
    pub(super) fn new(way: Arc<Way>) -> std::io::Result<Link> {
        let runtime = Rc::new(Builder::new_current_thread().enable_all().build()?);
        Ok(Link { way, runtime, session: None })
    }

    /// A connection that was not lost when it was used last. One is made if need be; until `until` that is tried again and
    /// again, and at least once unless another thread has just failed.
    pub(super) fn session(&mut self, until: Instant) -> Result<&Session> {
        if self.session.as_ref().is_none_or(Session::is_lost) {
            self.session = None;
            let session = self.connect_until(until)?;
            return Ok(self.session.insert(session));
        }
        self.session.as_ref().ok_or_else(|| away("there is no connection"))
    }

    /// Ends the transaction of the connection, if both are there.
    pub(super) fn roll_back(&self) {
        if let Some(session) = &self.session {
            session.roll_back();
        }
    }

    fn connect_until(&self, until: Instant) -> Result<Session> {
        let mut pause = FIRST_PAUSE;
        loop {
            let left = until.saturating_duration_since(Instant::now());
            if left.is_zero()
                && let Some(why) = self.way.just_failed()
            {
                return Err(away(why));
            }
            let why = match self.connect() {
                Ok(session) => {
                    self.way.note(None);
                    return Ok(session);
                }
                Err(error) => error.why,
            };
            self.way.note(Some(why.clone()));
            let left = until.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return Err(away(why));
            }
            std::thread::sleep(pause.min(left));
            pause = (pause * 2).min(LONGEST_PAUSE);
        }
    }

    /// A new connection.
    pub(super) fn connect(&self) -> Result<Session> {
        let (client, carrier) = self.runtime.block_on(self.way.connect(drop))?;
        let statements = Arc::clone(&self.way.statements);
        let session = Session::new(Rc::clone(&self.runtime), client, carrier, statements);
        session.control(SETTINGS)?;
        Ok(session)
    }
}

/// Moves bytes until the connection is lost. What goes wrong with it is told to whoever asks something through it.
async fn carry(
    mut connection: Connection<Socket, impl AsyncRead + AsyncWrite + Unpin>,
    mut take_in: impl FnMut(AsyncMessage),
) {
    while let Some(Ok(message)) = poll_fn(|context| connection.poll_message(context)).await {
        take_in(message);
    }
}

fn away(why: impl ToString) -> Error {
    Error { kind: Kind::Busy, why: format!("the database cannot be reached: {}", why.to_string()) }
}
