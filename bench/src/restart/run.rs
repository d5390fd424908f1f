//! All of it: kills while nobody waits, then kills while many do.

use std::error::Error;
use std::path::PathBuf;

use clap::Args;

use super::filling::fill;
use super::killing::{Return, kill, refunds};
use super::report::{Case, Report};
use crate::error::BenchError;
use crate::machine::Machine;
use crate::processes::gateway;
use crate::trials::setting::Setting;
use crate::trials::subject::Subject;

/// How many refunds wait, how often the gateway is killed, and how that is shown.
#[derive(Debug, Clone, Args)]
pub struct Options {
    /// How many refunds wait.
    #[arg(long, value_name = "N", default_value_t = 1_000_000)]
    pub waiting: usize,
    /// How often the gateway is killed while nobody waits, and while all of them do.
    #[arg(long, value_name = "N", default_value_t = 5, value_parser = clap::value_parser!(u32).range(1..=100))]
    pub kills: u32,
    /// How many merchant ids the refunds are shared among.
    #[arg(long, value_name = "N", default_value_t = 16, value_parser = clap::value_parser!(u32).range(1..=1_000))]
    pub merchants: u32,
    /// A folder on the disk under test; what is made there is removed again.
    #[arg(long, value_name = "DIR", default_value_os_t = std::env::temp_dir())]
    pub disk: PathBuf,
    /// Print one JSON object instead of a table.
    #[arg(long)]
    pub json: bool,
}

/// Measures, and prints what came of it.
pub async fn run(options: &Options) -> Result<(), Box<dyn Error>> {
    let report = measure(options).await?;
    if options.json {
        println!("{}", serde_json::to_string(&report)?);
    } else {
        println!("{report}");
    }
    Ok(())
}

async fn measure(options: &Options) -> Result<Report, BenchError> {
    let Options { waiting, kills, merchants, disk, json: _ } = options;
    let machine = Machine::look(disk);
    let failed = |source| BenchError::File { path: disk.clone(), source };
    let folder = tempfile::Builder::new().prefix("bench-").tempdir_in(disk).map_err(failed)?;
    let setting = Setting::start(&folder.path().join("sandbox"), *merchants).await?;
    let pools = setting.fill_pools().await?;
    let subject = Subject::start(&setting, folder.path()).await?;
    subject.show_pools(&pools).await?;
    subject.wait_for_acceptance(pools.len()).await?;

    // Those that wait have the numbers below.
    let mut first = *waiting;
    let (subject, returns) = kill_often(&setting, subject, *kills, &mut first).await?;
    let nobody = Case { waiting: 0, returns };

    let Subject { process, folder: files, .. } = subject;
    let place = process.place.clone();
    process.stop().await?;
    fill(&gateway::store(files.path()), &setting.merchants, *waiting).await?;
    let subject = Subject::start_again(&setting, files, &place).await?;
    let (subject, returns) = kill_often(&setting, subject, *kills, &mut first).await?;
    let many = Case { waiting: *waiting, returns };

    subject.process.stop().await?;
    setting.sandbox.stop().await?;
    Ok(Report::new(machine, *merchants, vec![nobody, many]))
}

/// Kills the gateway so often, with refunds from number `first` on, which is then behind the last of them.
async fn kill_often(
    setting: &Setting,
    mut subject: Subject,
    kills: u32,
    first: &mut usize,
) -> Result<(Subject, Vec<Return>), BenchError> {
    let mut returns = vec![];
    for _ in 0..kills {
        let next = *first + refunds(setting.merchants.len());
        setting.pay_orders(*first, next).await?;
        let (back, how) = kill(setting, subject, *first).await?;
        (subject, *first) = (back, next);
        returns.push(how);
    }
    Ok((subject, returns))
}
