//! `tidegate serve`.

use std::error::Error;
use std::io::{IsTerminal as _, Write as _};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::time::Duration;

use clap::Args;
use gateway::config::{Config, Log, LogFormat};
use gateway::sandbox_link::link::Link;
use gateway::secrets::keyset::VARIABLE;
use gateway::serve::{Start, StoreUrl, start, start_restored};
use tracing_subscriber::filter::LevelFilter;
use zeroize::Zeroizing;

use crate::commands::configuration::{self, CONFIG_FILE};
use crate::commands::interruption::Interruption;

/// How long to look for a sandbox before saying that it is waited for: it answers in much less if it runs.
const AT_ONCE: Duration = Duration::from_millis(100);

/// How the gateway is started.
#[derive(Debug, Args)]
#[command(after_help = "\
To try it out, start `tidegate sandbox` and then `tidegate serve --sandbox tidegate-sandbox`: the merchants, their keys and \
the clock come from the sandbox, and `gateway.json` in its folder says where the gateway answers and with which keys.\n\
For real money, run `tidegate admin init` once and start with `tidegate serve --config FILE`, or without arguments in the \
folder of a `tidegate.toml`.")]
pub(crate) struct Options {
    /// The configuration, as TOML; `tidegate.toml` in this folder if neither this nor `--sandbox` is given.
    #[arg(long, value_name = "FILE", conflicts_with_all = ["listen", "store", "sandbox"])]
    config: Option<PathBuf>,
    /// Where requests are taken.
    #[arg(long, value_name = "ADDRESS", default_value = "127.0.0.1:7070", requires = "sandbox")]
    listen: SocketAddr,
    /// Where everything is kept.
    #[arg(long, value_name = "URL", default_value = "sqlite:tidegate-try.db", value_parser = store_url, requires = "sandbox")]
    store: StoreUrl,
    /// The folder of a sandbox that runs on this machine, whose merchants and clock are taken.
    #[arg(long, value_name = "DIR")]
    sandbox: Option<PathBuf>,
    /// The store was just put back from a backup: ask WeChat Pay about every open refund and the recent orders before anything
    /// is submitted. To be said once, to the first node that starts.
    #[arg(long)]
    restored: bool,
    /// End when standard input ends.
    #[arg(long, hide = true)]
    while_stdin_open: bool,
}

/// What whoever has put a backup back should know.
const RESTORED: &str = "\
The store counts as put back from a backup. WeChat Pay is asked about every open refund and the recent orders first, and nothing is\n\
submitted for a merchant id before that is done: `tidegate merchant show` says when it is. Refunds that were asked for after the\n\
backup are not in it, and are found only where their orders are: whoever asked for them asks again with the same numbers. The next\n\
start needs no `--restored`.";

/// Nobody said what to serve.
#[derive(Debug, thiserror::Error)]
#[error(
    "there is no `{CONFIG_FILE}` in this folder.\n\
     To try it out: `tidegate sandbox`, and beside it `tidegate serve --sandbox tidegate-sandbox`.\n\
     For real money: `tidegate admin init` once, then `tidegate serve --config FILE`; the file\n\
     may be empty, and then everything is where `admin init` puts it."
)]
struct NothingToServe;

/// Runs until it is interrupted, or until the store can no longer be trusted.
pub(crate) fn run(options: Options) -> Result<(), Box<dyn Error>> {
    let Options { config, listen, store, sandbox, restored, while_stdin_open } = options;
    let (begin, log) = match &sandbox {
        Some(folder) => (Start::WithSandbox { listen, store, folder: folder.clone() }, log_of_a_trial()),
        None => {
            let file = configuration::file(config).ok_or(NothingToServe)?;
            let config = Config::read(&file)?;
            let log = config.log;
            let keyset = std::env::var(VARIABLE).ok().map(Zeroizing::new);
            (Start::Configured { config: Box::new(config), keyset }, log)
        }
    };
    listen_to(log);
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    runtime.block_on(async {
        // Before anybody is told that it runs: who reads that may end it at once.
        let mut interruption = Interruption::listen()?.bound_to_input(while_stdin_open);
        let started = async {
            if let Some(folder) = &sandbox {
                tell_of_waiting(folder).await;
            }
            if restored { start_restored(begin).await } else { start(begin).await }
        };
        let running = tokio::select! {
            started = started => started?,
            // Nothing was promised to anybody yet.
            ended = interruption.comes() => return Ok(ended?),
        };
        if restored {
            let _ = writeln!(std::io::stderr(), "{RESTORED}");
        }
        // Nobody may be reading; the gateway runs all the same.
        let _ = writeln!(std::io::stdout(), "Tidegate answers at http://{}", running.address);
        tokio::select! {
            ended = interruption.comes() => ended?,
            // Whatever is under way rests on what nobody can be sure of any more.
            why = running.broken() => return Err(format!("the store cannot be trusted any more: {why}; start again").into()),
        }
        tracing::info!("ending");
        running.stop().await;
        Ok(())
    })
}

/// Says that the sandbox in `folder` is waited for, if it does not answer yet.
async fn tell_of_waiting(folder: &Path) {
    if Link::find(folder, AT_ONCE).await.is_err() {
        let _ = writeln!(std::io::stderr(), "waiting for a sandbox in `{}`…", folder.display());
    }
}

/// A trial is watched by a person, mostly.
fn log_of_a_trial() -> Log {
    let format = if std::io::stderr().is_terminal() { LogFormat::Text } else { LogFormat::Json };
    Log { format, level: tracing::Level::INFO }
}

/// Writes the log to standard error from now on.
pub(crate) fn listen_to(log: Log) {
    let log_to = tracing_subscriber::fmt()
        .with_writer(std::io::stderr)
        .with_max_level(LevelFilter::from_level(log.level));
    match log.format {
        LogFormat::Text => log_to.with_ansi(false).init(),
        LogFormat::Json => log_to.json().flatten_event(true).init(),
    }
}

pub(crate) fn store_url(text: &str) -> Result<StoreUrl, String> {
    StoreUrl::parse(text).map_err(|error| error.to_string())
}
