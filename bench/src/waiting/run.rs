//! All cases, one process after the other.

use std::error::Error;
use std::process::Command;

use clap::Args;

use super::report::{Case, Report};
use super::trade::measure;
use crate::error::BenchError;

/// By what name this executable is started again for one case.
pub const ROLE: &str = "waiting";

/// Which cases, and how they are shown.
#[derive(Debug, Clone, Args)]
pub struct Options {
    /// How many refunds wait, apart by commas.
    #[arg(long, value_name = "N", value_delimiter = ',', default_value = "10000,1000000",
        value_parser = clap::value_parser!(u32).range(1..=100_000_000))]
    pub waiting: Vec<u32>,
    /// For how many days.
    #[arg(long, value_name = "N", default_value_t = 2, value_parser = clap::value_parser!(u32).range(1..=365))]
    pub days: u32,
    /// Print one JSON object instead of tables.
    #[arg(long)]
    pub json: bool,
    /// In the child: measures the one case here, with payments seen or not.
    #[arg(long, hide = true)]
    pub sees_payments: Option<bool>,
}

/// Measures each case in a process of its own, and prints what came of it; in such a process, measures and prints the one.
pub fn run(options: &Options) -> Result<(), Box<dyn Error>> {
    if let (Some(sees_payments), [waiting]) = (options.sees_payments, options.waiting.as_slice()) {
        println!("{}", serde_json::to_string(&measure(*waiting, sees_payments, options.days)?)?);
        return Ok(());
    }
    let mut cases = vec![];
    for sees_payments in [true, false] {
        for &waiting in &options.waiting {
            cases.push(case(waiting, sees_payments, options.days)?);
        }
    }
    let report = Report::new(cases);
    if options.json {
        println!("{}", serde_json::to_string(&report)?);
    } else {
        println!("{report}");
    }
    Ok(())
}

fn case(waiting: u32, sees_payments: bool, days: u32) -> Result<Case, Box<dyn Error>> {
    let failed = |source| BenchError::Process { role: ROLE, source };
    let mut command = Command::new(std::env::current_exe().map_err(failed)?);
    command.args([ROLE, "--waiting", &waiting.to_string(), "--days", &days.to_string()]);
    command.args(["--sees-payments", &sees_payments.to_string()]);
    let output = command.stderr(std::process::Stdio::inherit()).output().map_err(failed)?;
    if !output.status.success() {
        return Err(BenchError::NotEnding { role: ROLE }.into());
    }
    Ok(Case::new(waiting, sees_payments, serde_json::from_slice(&output.stdout)?))
}
