//! `cargo run --release -p bench`: measures, and prints a table or one JSON object.

use std::error::Error;
use std::future::Future;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Duration;

use bench::planner;
use bench::processes::{gateway, sandbox};
use bench::restart;
use bench::run::{Plan, run};
use bench::waiting;
use clap::{Parser, Subcommand};

/// How fast the gateway is on this machine, beside what this machine can do at all.
#[derive(Debug, Parser)]
#[command(args_conflicts_with_subcommands = true)]
struct Arguments {
    #[command(subcommand)]
    role: Option<Role>,
    /// Print one JSON object instead of a table.
    #[arg(long)]
    json: bool,
    /// How many refunds go all the way to WeChat Pay, once to its acceptance and once to its confirmation.
    #[arg(long, value_name = "N", default_value_t = 20_000)]
    refunds: usize,
    /// How many merchant ids they are shared among; WeChat Pay limits each of them.
    #[arg(long, value_name = "N", default_value_t = 16, value_parser = clap::value_parser!(u32).range(1..=1_000))]
    merchants: u32,
    /// For how many seconds refunds are taken in, first as many as go, then 1,000 a second.
    #[arg(long, value_name = "S", default_value_t = 10, value_parser = clap::value_parser!(u64).range(1..=3_600))]
    seconds: u64,
    /// A folder on the disk under test; what is made there is removed again.
    #[arg(long, value_name = "DIR", default_value_os_t = std::env::temp_dir())]
    disk: PathBuf,
}

/// What this executable is when it is started by itself.
#[derive(Debug, Subcommand)]
enum Role {
    /// How well the retry planner does, beside what is written without one and beside somebody who knows every payment.
    Planner(Box<planner::options::Options>),
    /// What an event costs an owner for whom few refunds wait, or a million, on a CPU, and how much memory it needs.
    #[command(name = waiting::run::ROLE)]
    Waiting(waiting::run::Options),
    /// How soon a gateway is back that was killed while nobody waited, and while a million refunds did.
    Restart(restart::run::Options),
    /// WeChat Pay's side.
    #[command(name = sandbox::ROLE, hide = true)]
    Sandbox { folder: PathBuf },
    /// The gateway that is measured.
    #[command(name = gateway::ROLE, hide = true)]
    Gateway { folder: PathBuf, sandbox: PathBuf, listen: Option<SocketAddr> },
}

fn main() -> ExitCode {
    let ended = match Arguments::parse() {
        Arguments { role: Some(Role::Sandbox { folder }), .. } => on_all_cores(sandbox::run(&folder)),
        Arguments { role: Some(Role::Gateway { folder, sandbox, listen }), .. } => {
            on_all_cores(gateway::run(&folder, &sandbox, listen))
        }
        Arguments { role: Some(Role::Planner(options)), .. } => judge(&options),
        Arguments { role: Some(Role::Waiting(options)), .. } => waiting::run::run(&options),
        Arguments { role: Some(Role::Restart(options)), .. } => on_one_thread(restart::run::run(&options)),
        arguments => measure(arguments),
    };
    match ended {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("bench: {error}");
            ExitCode::FAILURE
        }
    }
}

fn measure(arguments: Arguments) -> Result<(), Box<dyn Error>> {
    let Arguments { role: _, json, refunds, merchants, seconds, disk } = arguments;
    let plan = Plan { refunds, merchants, each: Duration::from_secs(seconds), disk };
    let report = on_one_thread(run(&plan))?;
    if json {
        println!("{}", serde_json::to_string(&report)?);
    } else {
        println!("{report}");
    }
    Ok(())
}

/// Plays the made-up merchants. The figures are the same whoever else is busy on this machine.
fn judge(options: &planner::options::Options) -> Result<(), Box<dyn Error>> {
    let report = planner::run::run(options)?;
    if options.json {
        println!("{}", serde_json::to_string(&report)?);
    } else if options.markdown {
        print!("{}", report.markdown());
    } else {
        println!("{report}");
    }
    Ok(())
}

/// The measuring process stays on one thread: the fewer there are, the less they disturb what is measured.
fn on_one_thread<T, E>(measuring: impl Future<Output = Result<T, E>>) -> Result<T, Box<dyn Error>>
where
    Box<dyn Error>: From<E>,
{
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    Ok(runtime.block_on(measuring)?)
}

fn on_all_cores(role: impl Future<Output = Result<(), Box<dyn Error>>>) -> Result<(), Box<dyn Error>> {
    tokio::runtime::Builder::new_multi_thread().enable_all().build()?.block_on(role)
}
