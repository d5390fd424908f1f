//! `tidegate sandbox`.

use std::error::Error;
use std::io::Write as _;
use std::net::SocketAddr;
use std::path::PathBuf;

use clap::{Args, ValueEnum};
use jiff::Timestamp;
use sandbox::faults::Unkind;
use sandbox::serve::{ClockMode, Config, start};

use crate::commands::interruption::Interruption;

/// Where a virtual clock stands in a new sandbox: a Monday, 09:00 in Beijing. Always the same, so that the same requests
/// lead to the same figures.
pub(crate) const VIRTUAL_BEGINNING: Timestamp = Timestamp::constant(1_767_574_800, 0);

/// How the sandbox is started.
#[derive(Debug, Args)]
pub(crate) struct Options {
    /// Where merchants call.
    #[arg(long, value_name = "ADDRESS", default_value = "127.0.0.1:7080")]
    listen: SocketAddr,
    /// Where merchants call by TLS, with a client certificate if they have one.
    #[arg(long, value_name = "ADDRESS", default_value = "127.0.0.1:7443")]
    mtls_listen: SocketAddr,
    /// Where the control interface listens; on this machine only.
    #[arg(long, value_name = "ADDRESS", default_value = "127.0.0.1:7081")]
    control: SocketAddr,
    /// The folder for credentials, state and snapshots.
    #[arg(long, value_name = "DIR", default_value = "tidegate-sandbox")]
    data: PathBuf,
    /// Merchants, rates and settings, as TOML; three merchants if left out.
    #[arg(long, value_name = "FILE")]
    world: Option<PathBuf>,
    /// What chance is drawn from: the same seed and the same requests give the same figures.
    #[arg(long, value_name = "N")]
    seed: Option<u64>,
    /// The wall's clock, or one that stands still until `POST /control/clock` moves it.
    #[arg(long, value_enum, default_value = "real")]
    clock: Clock,
    /// Start over: forget credentials and state of earlier sandboxes in the folder.
    #[arg(long)]
    fresh: bool,
    /// Let things go wrong: delays, cuts, bad signatures, lost callbacks.
    #[arg(long, value_name = "PROFILE", value_parser = unkind, num_args = 0..=1, require_equals = true, default_missing_value = "default")]
    unkind: Option<Unkind>,
    /// End when standard input ends.
    #[arg(long, hide = true)]
    while_stdin_open: bool,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum Clock {
    Real,
    Virtual,
}

/// Runs until it is interrupted.
pub(crate) fn run(options: Options) -> Result<(), Box<dyn Error>> {
    tracing_subscriber::fmt().with_writer(std::io::stderr).init();
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    runtime.block_on(async {
        // Before anybody is told that it runs: who reads that may end it at once.
        let mut interruption = Interruption::listen()?.bound_to_input(options.while_stdin_open);
        let running = start(config(options)).await?;
        // Nobody may be reading; the sandbox runs all the same.
        let _ = std::io::stdout().write_all(running.banner().as_bytes());
        interruption.comes().await?;
        // The terminal may be what is gone.
        let _ = writeln!(std::io::stderr(), "Ending.");
        running.stop().await?;
        Ok(())
    })
}

fn config(options: Options) -> Config {
    let Options {
        listen,
        mtls_listen,
        control,
        data,
        world,
        seed,
        clock,
        fresh,
        unkind,
        while_stdin_open: _,
    } = options;
    let clock = match clock {
        Clock::Real => ClockMode::Real,
        Clock::Virtual => ClockMode::Virtual { from: VIRTUAL_BEGINNING },
    };
    Config { listen, mtls_listen, control, data, world, seed, clock, fresh, unkind }
}

fn unkind(name: &str) -> Result<Unkind, String> {
    Unkind::parse(name).ok_or_else(|| {
        let names: Vec<&str> = Unkind::ALL.iter().map(|profile| profile.name()).collect();
        format!("there is no such profile; there are: {}", names.join(", "))
    })
}
