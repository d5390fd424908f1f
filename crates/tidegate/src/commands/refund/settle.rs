//! `tidegate refund settle`.

use std::error::Error;
use std::process::ExitCode;

use clap::Args;

use crate::client::answers::Refund;
use crate::client::gateway::Call;
use crate::client::requests::SettlementRequest;
use crate::commands::asking::Asking;
use crate::commands::refund::{sheet, show};
use crate::screen::{print, print_document};

/// Which refund, and how it was settled.
#[derive(Debug, Args)]
pub(crate) struct Options {
    /// The refund's number (`out_refund_no`) or the gateway's id (`rf.…`).
    #[arg(value_name = "REFUND")]
    refund: String,
    /// How the payer was paid, in one line: it is kept in the audit trail.
    #[arg(long, value_name = "TEXT")]
    note: String,
}

/// Settles it and shows the refund as it is then.
pub(crate) fn run(asking: &Asking, options: &Options) -> Result<ExitCode, Box<dyn Error>> {
    let request = SettlementRequest { note: &options.note };
    asking.ask(async |gateway| {
        let id = show::id(gateway, &options.refund, asking.sub_mchid()).await?;
        let reply = gateway.ask(&Call::settlement(&id, &request)).await?;
        if asking.json {
            print_document(&reply.body)?;
        } else {
            let refund: Refund = gateway.read(&reply)?;
            print(&sheet::sheet(&refund).to_string())?;
        }
        Ok(ExitCode::SUCCESS)
    })
}
