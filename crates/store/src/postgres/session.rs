//! One connection to the server, used by one thread, which waits for each answer.

use std::cell::{Cell, RefCell};
use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use futures_util::TryStreamExt;
use futures_util::future::join;
use tokio::runtime::Runtime;
use tokio::task::JoinHandle;
use tokio::time::timeout;
use tokio_postgres::types::ToSql;
use tokio_postgres::{Client, Statement};

use super::engine::with_own_marks;
use crate::sql::group::Standing;
use crate::sql::job::Loss;
use crate::sql::value::Value;
use crate::sql::{Connection, Engine, Error, Kind, Result, Row};

/// How long an answer may take, and the next row of one. The server is taken for lost then: it may hold the connection
/// and still never answer.
const ANSWER: Duration = Duration::from_secs(10);

/// The texts of all statements that were prepared.
pub(super) type Statements = Arc<Mutex<BTreeSet<String>>>;

/// A connection.
pub(super) struct Session {
    runtime: Rc<Runtime>,
    client: Client,
    /// What moves bytes, while somebody waits for an answer.
    carrier: JoinHandle<()>,
    prepared: RefCell<BTreeMap<String, Statement>>,
    statements: Statements,
    /// The statement that begins the transaction, until it is sent with the first question.
    begin: Cell<Option<&'static str>>,
    changes: Cell<u64>,
    standing: Cell<Standing>,
    is_lost: Cell<bool>,
}

impl Session {
    pub(super) fn new(
        runtime: Rc<Runtime>,
        client: Client,
        carrier: JoinHandle<()>,
        statements: Statements,
    ) -> Session {
        Session {
            runtime,
            client,
            carrier,
            prepared: RefCell::default(),
            statements,
            begin: Cell::new(None),
            changes: Cell::new(0),
            standing: Cell::new(Standing::Ended),
            is_lost: Cell::new(false),
        }
    }

    /// Whether the connection can be used no more.
    pub(super) fn is_lost(&self) -> bool {
        self.is_lost.get() || self.client.is_closed()
    }

    /// How many rows were changed through the connection.
    pub(super) fn changes(&self) -> u64 {
        self.changes.get()
    }

    /// What is left of the transaction.
    pub(super) fn standing(&self) -> Standing {
        self.standing.get()
    }

    /// Begins a transaction with `sql`. That goes to the server together with the first statement.
    pub(super) fn begin(&self, sql: &'static str) {
        self.begin.set(Some(sql));
        self.standing.set(Standing::Open);
    }

    /// Carries out statements without values, about the transaction or the connection itself.
    pub(super) fn control(&self, sql: &str) -> Result<()> {
        self.ask(self.client.batch_execute(sql))?;
        if self.standing() == Standing::Aborted {
            self.standing.set(Standing::Open);
        }
        Ok(())
    }

    /// Ends the transaction with its writes. `wrote` tells whether there are any, so that it matters if the answer does not
    /// come.
    pub(super) fn commit(&self, wrote: bool) -> std::result::Result<(), Loss> {
        if self.begin.take().is_some() {
            self.standing.set(Standing::Ended);
            return Ok(());
        }
        if self.standing() != Standing::Open {
            // The server would answer that it rolled back, as if all were well.
            return Err(Loss::Failed("the transaction has failed before".into()));
        }
        let committed = self.ask(self.client.batch_execute("COMMIT"));
        self.standing.set(Standing::Ended);
        match committed {
            Ok(()) => Ok(()),
            Err(Error { kind: Kind::Gone, why }) if wrote => Err(Loss::Unclear(why)),
            Err(error) => Err(error.into()),
        }
    }

    /// Ends the transaction without its writes, if it has not ended.
    pub(super) fn roll_back(&self) {
        let has_begun = self.begin.take().is_none();
        if has_begun && self.standing() != Standing::Ended && !self.is_lost() {
            // What cannot be rolled back is rolled back by the server, when the connection is gone.
            if self.ask(self.client.batch_execute("ROLLBACK")).is_err() {
                self.is_lost.set(true);
            }
        }
        self.standing.set(Standing::Ended);
    }

    /// The first column of the first row that `sql` answers, as text.
    pub(super) fn look_up(&self, sql: &str) -> Result<Option<String>> {
        let rows = self.ask(self.client.simple_query(sql))?;
        Ok(rows.iter().find_map(|message| match message {
            tokio_postgres::SimpleQueryMessage::Row(row) => row.get(0).map(str::to_owned),
            _ => None,
        }))
    }

    /// Waits for the answer to a question, behind the beginning of the transaction if that was not sent yet.
    fn ask<T>(
        &self,
        question: impl Future<Output = std::result::Result<T, tokio_postgres::Error>>,
    ) -> Result<T> {
        let begin = self.begin.take();
        let both = async {
            match begin {
                // Asked in this order, without waiting for the first answer.
                Some(begin) => match join(self.client.batch_execute(begin), question).await {
                    (Ok(()), answer) => answer,
                    (Err(error), _) => Err(error),
                },
                None => question.await,
            }
        };
        match self.runtime.block_on(async { timeout(ANSWER, both).await }) {
            Ok(answer) => answer.map_err(|error| self.failed(error.into())),
            Err(_) => Err(self.failed(Error {
                kind: Kind::Gone,
                why: format!("the server did not answer within {} s", ANSWER.as_secs()),
            })),
        }
    }

    fn failed(&self, error: Error) -> Error {
        if error.kind == Kind::Gone || self.client.is_closed() {
            self.is_lost.set(true);
            self.standing.set(Standing::Ended);
            return Error { kind: Kind::Gone, ..error };
        }
        if self.standing() == Standing::Open {
            self.standing.set(Standing::Aborted);
        }
        error
    }

    fn prepared(&self, sql: &str) -> Result<Statement> {
        if let Some(statement) = self.prepared.borrow().get(sql) {
            return Ok(statement.clone());
        }
        let text = with_own_marks(sql);
        let statement = self.ask(self.client.prepare(&text))?;
        self.statements.lock().unwrap_or_else(PoisonError::into_inner).insert(text);
        self.prepared.borrow_mut().insert(sql.to_owned(), statement.clone());
        Ok(statement)
    }
}

fn borrowed<'a>(values: &'a [Value<'a>]) -> impl ExactSizeIterator<Item = &'a (dyn ToSql + Sync)> {
    values.iter().map(|value| value as &(dyn ToSql + Sync))
}

impl Engine for Session {
    fn execute(&self, sql: &str, values: &[Value<'_>]) -> Result<u64> {
        let statement = self.prepared(sql)?;
        let changed = self.ask(self.client.execute_raw(&statement, borrowed(values)))?;
        self.changes.set(self.changes.get() + changed);
        Ok(changed)
    }

    fn now(&self) -> Result<i64> {
        let clock: &Connection = self;
        let sql = "SELECT CAST(extract(epoch FROM clock_timestamp()) * 1000000 AS BIGINT)";
        clock.one(sql, &[], |row| row.number(0)?.ok_or_else(|| Error::failed("the server has no clock")))
    }

    fn each(
        &self,
        sql: &str,
        values: &[Value<'_>],
        take: &mut dyn FnMut(&Row<'_>) -> Result<bool>,
    ) -> Result<()> {
        let statement = self.prepared(sql)?;
        let rows = self.ask(self.client.query_raw(&statement, borrowed(values)))?;
        let mut rows = Box::pin(rows);
        while let Some(row) = self.ask(rows.try_next())? {
            // What answers with the rows it has written.
            if !sql.starts_with("SELECT") {
                self.changes.set(self.changes.get() + 1);
            }
            if !take(&row)? {
                break;
            }
        }
        Ok(())
    }
}

impl Drop for Session {
    fn drop(&mut self) {
        // What it carries nobody waits for.
        self.carrier.abort();
    }
}
