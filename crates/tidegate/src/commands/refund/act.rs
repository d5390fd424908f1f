//! `tidegate refund cancel`, `retry` and `check`.

use std::error::Error;
use std::process::ExitCode;

use clap::Args;

use crate::client::answers::Refund;
use crate::client::gateway::Call;
use crate::commands::asking::Asking;
use crate::commands::refund::{sheet, show};
use crate::screen::{print, print_document};

/// Which refund.
#[derive(Debug, Args)]
pub(crate) struct Options {
    /// The refund's number (`out_refund_no`) or the gateway's id (`rf.…`).
    #[arg(value_name = "REFUND")]
    refund: String,
}

/// Does `action`, which is the end of a path, and shows the refund as it is then.
pub(crate) fn run(
    asking: &Asking,
    options: &Options,
    action: &'static str,
) -> Result<ExitCode, Box<dyn Error>> {
    asking.ask(async |gateway| {
        let id = show::id(gateway, &options.refund, asking.sub_mchid()).await?;
        let reply = gateway.ask(&Call::act(&["refunds", &id, action])).await?;
        if asking.json {
            print_document(&reply.body)?;
        } else {
            let refund: Refund = gateway.read(&reply)?;
            print(&sheet::sheet(&refund).to_string())?;
        }
        Ok(ExitCode::SUCCESS)
    })
}
