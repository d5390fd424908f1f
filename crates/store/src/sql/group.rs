//! Jobs that share one transaction, and so one flush.
//!
//! A job that is refused has mostly written nothing by then, and there is nothing to undo. If one has, the whole group is
//! undone and carried out again, each job in a savepoint now, so that those that fail are undone alone and disturb nobody.
//! Savepoints from the beginning would cost a fifth of the time in SQLite, and two questions a job in PostgreSQL.

use super::connection::Connection;
use super::error::Result as Statement;
use super::job::{Job, Loss};

/// What is left of a transaction after a statement failed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Standing {
    /// All but that statement.
    Open,
    /// It takes nothing any more but being undone, to a savepoint at least.
    Aborted,
    /// Nothing: it has been undone.
    Ended,
}

/// A transaction of whichever database, as often as it is begun.
pub(crate) trait Transaction {
    /// Begins it.
    fn begin(&self) -> Result<(), Loss>;

    /// Ends it without its writes, if it has not ended.
    fn roll_back(&self);

    /// Where its statements are carried out.
    fn connection(&self) -> &Connection;

    /// Carries out a statement about the transaction itself.
    fn control(&self, sql: &str) -> Statement<()>;

    /// How many rows it has changed, counted from some beginning.
    fn changes(&self) -> u64;

    /// What is left of it.
    fn standing(&self) -> Standing;
}

/// The jobs of one transaction, in their order.
#[derive(Default)]
pub(crate) struct Group {
    jobs: Vec<Box<dyn Job>>,
    /// Whether each is carried out in a savepoint.
    apart: bool,
}

impl Group {
    pub(crate) fn len(&self) -> usize {
        self.jobs.len()
    }

    pub(crate) fn into_jobs(self) -> Vec<Box<dyn Job>> {
        self.jobs
    }

    /// Takes in a job that is not carried out, because the group is lost.
    pub(crate) fn add(&mut self, job: Box<dyn Job>) {
        self.jobs.push(job);
    }

    /// Takes in one more job and carries it out behind the others, which have been. An error if the whole group is lost.
    pub(crate) fn go_on(&mut self, job: Box<dyn Job>, transaction: &impl Transaction) -> Result<(), Loss> {
        self.jobs.push(job);
        let Some(last) = self.jobs.last_mut() else { return Ok(()) };
        if self.apart {
            return carry_out_apart(last.as_mut(), transaction);
        }
        let changes = transaction.changes();
        let stays = carry_out(last.as_mut(), transaction)?;
        if stays || transaction.changes() == changes && transaction.standing() == Standing::Open {
            return Ok(());
        }
        self.apart = true;
        transaction.roll_back();
        transaction.begin()?;
        self.jobs.iter_mut().try_for_each(|job| carry_out_apart(job.as_mut(), transaction))
    }

    /// Answers all of them; `loss` if the whole group is lost.
    pub(crate) fn answer(self, loss: Option<&Loss>) {
        for job in self.jobs {
            job.answer(loss);
        }
    }
}

/// Carries out one job in a savepoint; an error if the whole group is lost by it.
fn carry_out_apart(job: &mut dyn Job, transaction: &impl Transaction) -> Result<(), Loss> {
    let control = |sql| transaction.control(sql).map_err(Loss::from);
    control("SAVEPOINT command")?;
    if !carry_out(job, transaction)? {
        control("ROLLBACK TO command")?;
    }
    control("RELEASE command")
}

/// Carries out one job. Whether what it wrote shall stay; an error if the whole group is lost by it.
fn carry_out(job: &mut dyn Job, transaction: &impl Transaction) -> Result<bool, Loss> {
    match job.run(transaction.connection()) {
        Ok(stays) => Ok(stays),
        Err(error) => match Loss::from(error) {
            // The others are not to blame, but none of them can go on.
            loss @ (Loss::Again(_) | Loss::Gone(_)) => Err(loss),
            loss if transaction.standing() == Standing::Ended => Err(loss),
            _ => Ok(false),
        },
    }
}
