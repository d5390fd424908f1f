//! `tidegate pool ledger check` and `tidegate pool ledger rebuild`. Both take the operator's key.

use std::error::Error;
use std::process::ExitCode;

use clap::{Args, Subcommand};

use crate::client::answers::{LedgerCheck, LedgerDifference, LedgerRebuilding, LedgerSums};
use crate::client::gateway::Call;
use crate::commands::asking::Asking;
use crate::screen::{plain, print, print_document, table};

/// What `check` ends with if something differs.
const DIFFERS: u8 = 2;

/// What to do with the ledger.
#[derive(Debug, Args)]
pub(crate) struct Options {
    #[command(subcommand)]
    action: Action,
}

#[derive(Debug, Subcommand)]
enum Action {
    /// Count the ledger anew and say what differs in the one that is kept; ends with 2 if anything does.
    Check(Whose),
    /// Put what was counted anew in the place of the ledger that is kept.
    Rebuild(Whose),
}

/// Whose ledger.
#[derive(Debug, Args)]
struct Whose {
    /// The merchant id.
    #[arg(value_name = "MERCHANT_ID")]
    merchant_id: String,
}

/// Does it.
pub(crate) fn run(asking: &Asking, options: &Options) -> Result<ExitCode, Box<dyn Error>> {
    match &options.action {
        Action::Check(whose) => check(asking, &whose.merchant_id),
        Action::Rebuild(whose) => rebuild(asking, &whose.merchant_id),
    }
}

fn check(asking: &Asking, mchid: &str) -> Result<ExitCode, Box<dyn Error>> {
    asking.ask_as_operator(async |gateway| {
        let reply = gateway.ask(&Call::get(&["admin", "merchants", mchid, "ledger"])).await?;
        let check: LedgerCheck = gateway.read(&reply)?;
        if asking.json {
            print_document(&reply.body)?;
        } else {
            print(&page(&check))?;
        }
        Ok(if check.is_right { ExitCode::SUCCESS } else { ExitCode::from(DIFFERS) })
    })
}

fn rebuild(asking: &Asking, mchid: &str) -> Result<ExitCode, Box<dyn Error>> {
    asking.ask_as_operator(async |gateway| {
        let reply = gateway.ask(&Call::act(&["admin", "merchants", mchid, "ledger", "rebuild"])).await?;
        if asking.json {
            print_document(&reply.body)?;
            return Ok(ExitCode::SUCCESS);
        }
        let rebuilding: LedgerRebuilding = gateway.read(&reply)?;
        print(if rebuilding.is_changed {
            "The ledger says what orders and refunds say. It said something else before.\n"
        } else {
            "The ledger said what orders and refunds say already.\n"
        })?;
        Ok(ExitCode::SUCCESS)
    })
}

fn page(check: &LedgerCheck) -> String {
    let mut text = String::new();
    if check.is_right {
        text.push_str("The ledger says what orders and refunds say.\n");
    } else {
        let columns = ["day", "pool", "", "paid", "accepted", "succeeded", "returned"];
        text.push_str(&table(columns, check.differences.iter().flat_map(rows)));
        text.push_str("`tidegate pool ledger rebuild` puts what was counted in the place of what is kept.\n");
    }
    if !check.moving.is_empty() {
        let days: Vec<String> =
            check.moving.iter().map(|day| plain(&format!("{} ({})", day.china_day, day.currency))).collect();
        text.push_str(&format!("Moved while it was counted, ask again: {}.\n", days.join(", ")));
    }
    text
}

/// A difference in minor units: what is kept above what was counted.
fn rows(difference: &LedgerDifference) -> [[String; 7]; 2] {
    let row = |what: &str, sums: &LedgerSums| {
        let LedgerSums { paid, accepted, succeeded, returned } = *sums;
        let [paid, accepted, succeeded, returned] =
            [paid, accepted, succeeded, returned].map(|sum| sum.to_string());
        let day = plain(&difference.china_day);
        [day, plain(&difference.currency), what.to_owned(), paid, accepted, succeeded, returned]
    };
    [row("kept", &difference.kept), row("counted", &difference.counted)]
}
