//! `tidegate cert wizard --browser`: the same steps as pages in the browser, until the command ends.

use std::ffi::OsStr;
use std::io::{self, Write as _};
use std::path::{self, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use clap::Args;
use futures_util::FutureExt as _;
use futures_util::future::BoxFuture;
use gateway::activity::Activity;
use gateway::clock::WallClock;
use gateway::wizard::{self, GatewayDoor, NewCertificate, Refused, Settings, Taken, desktop};
use reqwest::StatusCode;

use super::ending::{Ending, Failure};
use super::{input, say};
use crate::client::connection::{ConnectionError, ConnectionOptions};
use crate::client::gateway::{Call, Gateway};
use crate::client::requests::CertificateRequest;
use crate::commands::interruption::Interruption;

/// Nobody is there any more; what was done is on disk.
const IDLE: Duration = Duration::from_secs(60 * 60);

/// How the pages are served.
#[derive(Debug, Args)]
#[command(next_help_heading = "In the browser")]
pub(super) struct BrowserOptions {
    /// Go through the steps on pages in the browser, which this machine alone can open.
    #[arg(
        long,
        conflicts_with_all = ["merchant_id", "merchant_name", "out", "passphrase_file", "no_passphrase", "cipher", "p12_password", "p12_password_file", "backup", "no_backup", "open"]
    )]
    browser: bool,
    /// Where the pages make new folders, and look for those to go on with.
    #[arg(long, value_name = "DIR", default_value = "wechatpay-certificates", requires = "browser")]
    storage: PathBuf,
    /// End when standard input ends.
    #[arg(long, hide = true, requires = "browser")]
    while_stdin_open: bool,
    #[command(flatten)]
    connection: ConnectionOptions,
}

impl BrowserOptions {
    /// Whether the pages are wanted, and not the questions at the terminal.
    pub(super) fn is_wanted(&self) -> bool {
        self.browser
    }
}

/// Serves the pages until somebody ends the command, or nobody was there for an hour; `opens` the browser if there is one.
pub(super) fn run(
    options: &BrowserOptions,
    anchor: Option<&PathBuf>,
    opens: bool,
) -> Result<Ending, Failure> {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    runtime.block_on(async {
        // Before anybody is told that it runs: who reads that may end it at once.
        let mut interruption = Interruption::listen()?.bound_to_input(options.while_stdin_open);
        let mut running = wizard::start(settings(options, anchor)?).await.map_err(not_started)?;
        announce(running.url(), opens).await?;
        tokio::select! {
            came = interruption.comes() => came?,
            () = running.ended() => say("Nobody was there for an hour; the pages are closed. What was begun is on disk."),
        }
        running.stop().await;
        Ok(Ending::Well)
    })
}

fn settings(options: &BrowserOptions, anchor: Option<&PathBuf>) -> Result<Settings, Failure> {
    Ok(Settings {
        storage: path::absolute(&options.storage)?,
        anchors: input::anchors(anchor)?,
        gateway: door(&options.connection)?,
        clock: WallClock::system(Activity::none()),
        has_desktop: desktop::is_there(),
        idle: IDLE,
    })
}

async fn announce(url: &str, opens: bool) -> Result<(), Failure> {
    say("The certificate tool is open at this address, for one browser on this machine; Ctrl-C ends it:");
    writeln!(io::stdout(), "{url}")?;
    if opens && desktop::is_there() && !desktop::open(OsStr::new(url)).await {
        say("The browser did not start by itself: open the address by hand.");
    }
    Ok(())
}

/// The gateway to install into, if the options, the environment or the configuration file name one.
fn door(connection: &ConnectionOptions) -> Result<Option<Arc<dyn GatewayDoor>>, Failure> {
    const REMEDY: &str = "Leave the connection out to go on without a gateway.";
    let connection = match connection.connection_of_operator() {
        Ok(connection) => connection,
        Err(ConnectionError::Missing { .. }) => return Ok(None),
        Err(error) => return Err(Failure::new(Ending::Failed, error, REMEDY)),
    };
    let address = connection.url.to_string();
    let gateway = Gateway::new(connection).map_err(|error| Failure::new(Ending::Failed, error, REMEDY))?;
    Ok(Some(Arc::new(Door { address, gateway })))
}

/// A gateway with its operator's key.
struct Door {
    address: String,
    gateway: Gateway,
}

impl GatewayDoor for Door {
    fn address(&self) -> String {
        self.address.clone()
    }

    fn install<'a>(&'a self, certificate: NewCertificate<'a>) -> BoxFuture<'a, Result<Taken, Refused>> {
        let NewCertificate { merchant_id, certificate_pem, private_key_pem } = certificate;
        let call = Call::certificate(merchant_id, &CertificateRequest { certificate_pem, private_key_pem });
        async move {
            let reply = self.gateway.ask(&call).await;
            let reply = reply.map_err(|error| Refused { sentence: error.to_string() })?;
            let is_new = reply.status == StatusCode::CREATED;
            Ok(if is_new { Taken::InForce } else { Taken::WasInForce })
        }
        .boxed()
    }
}

fn not_started(error: wizard::serve::StartError) -> Failure {
    Failure::new(Ending::Failed, error, "Look at what else runs on this machine, and repeat the command.")
}
