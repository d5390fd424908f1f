//! `tidegate payment import`.

use std::error::Error;
use std::path::PathBuf;
use std::process::ExitCode;

use clap::Args;

use crate::commands::asking::Asking;
use crate::import;
use crate::import::payment_line::PAYMENTS;

/// The form of the file and what the command ends with.
pub(crate) const HELP: &str = "\
The first line names the columns:
out_trade_no,total,currency,success_time[,sub_mchid,transaction_id,payer_total,payer_currency,bank_type]
Amounts are in minor units: 1250 for 12.50 USD. Times look like 2026-01-05T09:00:00+08:00.
With `--json`, one object a line: line, number, outcome (taken, already_there, refused or unclear) and the gateway's answer.
Ends with 0 if all lines are taken (now or before), 2 if some were refused or stay unclear, 1 if it could not run,
130 if it was stopped.";

/// The file.
#[derive(Debug, Args)]
pub(crate) struct Options {
    /// The CSV file, in UTF-8; `-` for standard input.
    #[arg(value_name = "FILE")]
    file: PathBuf,
}

/// Reports every payment of the file.
pub(crate) fn run(asking: &Asking, options: &Options) -> Result<ExitCode, Box<dyn Error>> {
    let sub_mchid = asking.sub_mchid();
    asking.ask(async |gateway| {
        import::run::run(gateway, &PAYMENTS, &options.file, sub_mchid, asking.json).await
    })
}
