//! What all commands share that ask a gateway.

use std::error::Error;
use std::io;
use std::process::ExitCode;

use clap::Args;

use crate::client::connection::{Connection, ConnectionError, ConnectionOptions};
use crate::client::gateway::{CallError, Gateway};
use crate::screen::print_document;

/// How to ask and how to tell.
#[derive(Debug, Args)]
pub(crate) struct Asking {
    /// Print what the gateway answers as it answers it, for programs.
    #[arg(long, global = true)]
    pub(crate) json: bool,
    #[command(flatten)]
    connection: ConnectionOptions,
}

impl Asking {
    /// The sub-merchant this is about.
    pub(crate) fn sub_mchid(&self) -> Option<&str> {
        self.connection.sub_mchid.as_deref()
    }

    /// Does `work` with the gateway these options lead to.
    pub(crate) fn ask<W>(&self, work: W) -> Result<ExitCode, Box<dyn Error>>
    where
        W: AsyncFnOnce(&Gateway) -> Result<ExitCode, Box<dyn Error>>,
    {
        self.with(self.connection.connection(), work)
    }

    /// The same for a command that names the merchant id itself.
    pub(crate) fn ask_about<W>(&self, mchid: &str, work: W) -> Result<ExitCode, Box<dyn Error>>
    where
        W: AsyncFnOnce(&Gateway) -> Result<ExitCode, Box<dyn Error>>,
    {
        self.with(self.connection.connection_of(mchid), work)
    }

    /// The same for a command that is the operator's.
    pub(crate) fn ask_as_operator<W>(&self, work: W) -> Result<ExitCode, Box<dyn Error>>
    where
        W: AsyncFnOnce(&Gateway) -> Result<ExitCode, Box<dyn Error>>,
    {
        self.with(self.connection.connection_of_operator(), work)
    }

    fn with<W>(
        &self,
        connection: Result<Connection, ConnectionError>,
        work: W,
    ) -> Result<ExitCode, Box<dyn Error>>
    where
        W: AsyncFnOnce(&Gateway) -> Result<ExitCode, Box<dyn Error>>,
    {
        let gateway = Gateway::new(connection?)?;
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
        runtime.block_on(work(&gateway)).or_else(|error| self.ended(error))
    }

    fn ended(&self, error: Box<dyn Error>) -> Result<ExitCode, Box<dyn Error>> {
        let reader_is_gone = |error: &io::Error| error.kind() == io::ErrorKind::BrokenPipe;
        if error.downcast_ref().is_some_and(reader_is_gone) {
            // As with `head`: nobody is left to tell.
            return Ok(ExitCode::FAILURE);
        }
        if let Some(CallError::Problem(problem)) = error.downcast_ref()
            && self.json
        {
            print_document(problem.document())?;
        }
        Err(error)
    }
}
