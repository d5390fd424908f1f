//! `tidegate cert watch`.

use std::path::{Path, PathBuf};
use std::time::Duration;

use clap::Args;
use gateway::watch::channel::Channel;
use gateway::watch::over_folders::OverFolders;
use gateway::watch::round::Watch;
use gateway::watch::state_file::StateFile;
use jiff::Timestamp;

use super::ending::{Ending, Failure};
use crate::commands::configuration;
use crate::commands::interruption::Interruption;
use crate::commands::serve::listen_to;

/// Where it is kept what was sent, unless `--state` says otherwise: in the folder of the configuration.
const STATE_FILE: &str = "tidegate-watch.json";

/// What is watched.
#[derive(Debug, Args)]
#[command(after_help = "\
A gateway watches the certificates it calls with by itself; this is for certificates on other servers. Whom to tell, by which \
channels and when is in the configuration (`[channels.smtp]`, `[channels.sms]`, `[channels.official_account]`, \
`[certificate_watch]`); every notice is also written to standard error.\n\
From cron, once an hour: `tidegate cert watch --config FILE --dir DIR --once`. It ends with 1 if a notice could not be sent or \
a file not be read; the next run tries again.")]
pub(super) struct Options {
    /// The configuration, as TOML; `tidegate.toml` in this folder if left out, and without one everything is as usual.
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,
    /// A folder or file with certificates; may be repeated. Folders are read one level deep. If left out, `cert_dir` of the
    /// configuration.
    #[arg(long = "dir", value_name = "DIR")]
    dirs: Vec<PathBuf>,
    /// Look once, send what is due, and end.
    #[arg(long)]
    once: bool,
    /// Where to keep what was sent; `tidegate-watch.json` beside the configuration if left out.
    #[arg(long, value_name = "FILE")]
    state: Option<PathBuf>,
}

/// Watches until it is interrupted, or looks once.
pub(super) fn run(options: &Options) -> Result<Ending, Failure> {
    let failed = |what_to_do: &'static str| {
        move |error: &dyn std::fmt::Display| Failure::new(Ending::Failed, error, what_to_do)
    };
    let file = configuration::file(options.config.clone());
    let folder = file.as_deref().and_then(Path::parent).unwrap_or(Path::new("")).to_owned();
    let config = configuration::read(file.as_deref()).map_err(|error| failed("Correct it there.")(&error))?;
    let paths = match &*options.dirs {
        [] => config.cert_dir.clone().into_iter().collect(),
        dirs => dirs.to_vec(),
    };
    if paths.is_empty() {
        return Err(Failure::new(Ending::Failed, "nobody says what to watch", "Name a folder with `--dir`."));
    }
    let channels = Channel::open(&config.channels)
        .map_err(|error| failed("Put it there, or name another place in the configuration.")(&error))?;
    let state = options.state.clone().unwrap_or_else(|| folder.join(STATE_FILE));
    let state = StateFile::open(&state).map_err(|error| failed("Then repeat the command.")(&error))?;
    listen_to(config.log);

    let mut watch = OverFolders::new(paths, Watch::new(config.certificate_watch, channels), state);
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(async {
        if options.once {
            let look = watch.look(Timestamp::now()).await;
            return Ok(if look.is_well { Ending::Well } else { Ending::Failed });
        }
        let mut interruption = Interruption::listen()?;
        loop {
            let watching = async {
                let look = watch.look(Timestamp::now()).await;
                let left = Duration::try_from(look.next.duration_since(Timestamp::now()));
                tokio::time::sleep(left.unwrap_or_default()).await;
            };
            tokio::select! {
                ended = interruption.comes() => { ended?; return Ok(Ending::Well) },
                () = watching => {}
            }
        }
    })
}
