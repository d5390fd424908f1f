//! `tidegate refund import` and `tidegate refund adopt`.

use std::error::Error;
use std::path::PathBuf;
use std::process::ExitCode;

use clap::Args;

use crate::commands::asking::Asking;
use crate::import::refund_line::{ADOPTIONS, REFUNDS};
use crate::import::run;

/// The form of the file and what the command ends with.
pub(crate) const REFUNDS_HELP: &str = "\
The first line names the columns: out_trade_no,out_refund_no,refund,total,currency[,sub_mchid,reason]
Amounts are in minor units: 1250 for 12.50 USD.
With `--json`, one object a line: line, number, outcome (taken, already_there, refused or unclear) and the gateway's answer.
Ends with 0 if all lines are taken (now or before), 2 if some were refused or stay unclear, 1 if it could not run,
130 if it was stopped.";

/// The form of the file and what the command ends with.
pub(crate) const ADOPTIONS_HELP: &str = "\
The first line names the columns:
out_trade_no,out_refund_no,refund,total,currency,upstream_out_refund_no[,sub_mchid,reason]
`upstream_out_refund_no` is the number the refund bears at WeChat Pay. Amounts are in minor units: 1250 for 12.50 USD.
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

/// Asks for every refund of the file.
pub(crate) fn refunds(asking: &Asking, options: &Options) -> Result<ExitCode, Box<dyn Error>> {
    asking.ask(async |gateway| {
        run::run(gateway, &REFUNDS, &options.file, asking.sub_mchid(), asking.json).await
    })
}

/// Takes over every refund of the file.
pub(crate) fn adoptions(asking: &Asking, options: &Options) -> Result<ExitCode, Box<dyn Error>> {
    asking.ask(async |gateway| {
        run::run(gateway, &ADOPTIONS, &options.file, asking.sub_mchid(), asking.json).await
    })
}
