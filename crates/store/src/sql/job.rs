//! A write that waits for its turn, and what came of it.

use std::panic::{AssertUnwindSafe, catch_unwind};

use tokio::sync::oneshot;

use super::connection::Connection;
use super::error::{Error, Kind};
use crate::error::{CommitError, StoreError};

/// Why work came to nothing.
#[derive(Debug)]
pub(crate) enum Fault<E> {
    /// By its own decision.
    Refused(E),
    /// The database failed.
    Sql(Error),
}

impl<E> From<Error> for Fault<E> {
    fn from(error: Error) -> Fault<E> {
        Fault::Sql(error)
    }
}

/// Why what a job wrote is not there, whoever is to blame.
#[derive(Debug, Clone)]
pub(crate) enum Loss {
    /// The disk is full.
    Full,
    /// Another program holds the database.
    Busy(String),
    /// Another transaction was in the way; the next try may succeed.
    Again(String),
    /// The connection broke before the end was asked for; nothing was written.
    Gone(String),
    /// It was not written.
    Failed(String),
    /// The connection broke when the end was asked for. Who reads what is there will know.
    Unclear(String),
    /// Nobody knows, and nothing is believed any more.
    Unknown(String),
}

impl From<Error> for Loss {
    fn from(Error { kind, why }: Error) -> Loss {
        match kind {
            Kind::Full => Loss::Full,
            Kind::Busy => Loss::Busy(why),
            Kind::Again => Loss::Again(why),
            Kind::Gone => Loss::Gone(why),
            Kind::NotUnique | Kind::Failed => Loss::Failed(why),
        }
    }
}

/// An error that can say how something was lost.
pub(crate) trait LossError: Send + 'static {
    /// Whether work that ends in this error may be done again though it may have been written: its rows tell that it
    /// was.
    const REPEATABLE: bool;

    fn of(loss: &Loss) -> Self;
}

impl LossError for StoreError {
    /// Everything but a batch is found by its key when it comes again; see [`Store`](crate::Store).
    const REPEATABLE: bool = true;

    fn of(loss: &Loss) -> StoreError {
        match loss {
            Loss::Full => StoreError::Full,
            Loss::Busy(why) | Loss::Again(why) | Loss::Gone(why) => StoreError::Busy { why: why.clone() },
            Loss::Failed(why) => StoreError::Failed { what: "the database", why: why.clone() },
            Loss::Unclear(why) => StoreError::Unclear { why: why.clone() },
            Loss::Unknown(why) => StoreError::Broken { why: why.clone() },
        }
    }
}

impl LossError for CommitError {
    /// A batch that was written meets its own versions, and would be refused. Its owner reads again instead.
    const REPEATABLE: bool = false;

    fn of(loss: &Loss) -> CommitError {
        match loss {
            Loss::Full => CommitError::Full,
            Loss::Busy(why) | Loss::Again(why) | Loss::Gone(why) | Loss::Failed(why) => {
                CommitError::Failed { why: why.clone() }
            }
            Loss::Unclear(why) | Loss::Unknown(why) => CommitError::Unknown { why: why.clone() },
        }
    }
}

/// A command that waits for its turn.
pub(crate) trait Job: Send {
    /// Carries it out; the error of the database if that failed. Whether what it wrote shall stay. It is carried out
    /// again after it was undone.
    fn run(&mut self, connection: &Connection) -> Result<bool, Error>;

    /// Whether it may be carried out again though it may have been written.
    fn is_repeatable(&self) -> bool;

    /// Answers its caller; `loss` if what it wrote is not there.
    fn answer(self: Box<Self>, loss: Option<&Loss>);
}

/// A command: what to do, and then what came of it.
pub(crate) struct Command<W, T, E> {
    work: W,
    result: Option<Result<T, E>>,
    caller: oneshot::Sender<Result<T, E>>,
}

impl<W, T, E> Command<W, T, E> {
    pub(crate) fn new(work: W, caller: oneshot::Sender<Result<T, E>>) -> Command<W, T, E> {
        Command { work, result: None, caller }
    }
}

impl<W, T, E> Job for Command<W, T, E>
where
    W: Fn(&Connection) -> Result<T, Fault<E>> + Send,
    T: Send,
    E: LossError,
{
    fn run(&mut self, connection: &Connection) -> Result<bool, Error> {
        // What a command has written can be undone, so one that panics is one that failed: it must not take the thread,
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
                self.result = Some(Err(E::of(&Loss::from(error.clone()))));
                Err(error)
            }
        }
    }

    fn is_repeatable(&self) -> bool {
        E::REPEATABLE
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
