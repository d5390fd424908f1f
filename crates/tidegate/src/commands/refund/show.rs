//! `tidegate refund show`.

use std::error::Error;
use std::process::ExitCode;

use clap::Args;

use crate::client::answers::{Event, Refund, Timeline};
use crate::client::gateway::{Call, CallError, Gateway};
use crate::commands::asking::Asking;
use crate::commands::refund::sheet;
use crate::screen::{day_and_time, plain, print, print_document, table};

/// Which refund, and how much of it.
#[derive(Debug, Args)]
pub(crate) struct Options {
    /// The refund's number (`out_refund_no`) or the gateway's id (`rf.…`).
    #[arg(value_name = "REFUND")]
    refund: String,
    /// Show every event of its life; with `--json` the events alone.
    #[arg(long)]
    timeline: bool,
}

/// Shows the refund.
pub(crate) fn run(asking: &Asking, options: &Options) -> Result<ExitCode, Box<dyn Error>> {
    asking.ask(async |gateway| {
        let reply = gateway.ask(&found_by(&options.refund, asking.sub_mchid())).await?;
        if asking.json && !options.timeline {
            print_document(&reply.body)?;
            return Ok(ExitCode::SUCCESS);
        }
        let refund: Refund = gateway.read(&reply)?;
        if !asking.json {
            print(&sheet::sheet(&refund).to_string())?;
        }
        if options.timeline {
            let reply = gateway.ask(&Call::get(&["refunds", &refund.id, "timeline"])).await?;
            if asking.json {
                print_document(&reply.body)?;
            } else {
                let timeline: Timeline = gateway.read(&reply)?;
                print(&format!("\n{}", events(&timeline.events)))?;
            }
        }
        Ok(ExitCode::SUCCESS)
    })
}

/// The gateway's id of a refund that is known by id or by number.
pub(crate) async fn id(
    gateway: &Gateway,
    refund: &str,
    sub_mchid: Option<&str>,
) -> Result<String, CallError> {
    // No number holds a dot, every id does.
    if refund.contains('.') {
        return Ok(refund.to_owned());
    }
    let reply = gateway.ask(&found_by(refund, sub_mchid)).await?;
    gateway.read(&reply).map(|refund: Refund| refund.id)
}

fn found_by(refund: &str, sub_mchid: Option<&str>) -> Call {
    Call::get(&["refunds", refund]).with("sub_mchid", sub_mchid)
}

fn events(events: &[Event]) -> String {
    let heading = ["", "China time", "UTC", "cause", "state", "attempts", "answer", "request id"];
    table(heading, events.iter().map(row))
}

fn row(event: &Event) -> [String; 8] {
    let Event { n, at, cause, from, to, attempts, request_id, answer } = event;
    let state = match (from.as_str(), to.as_str()) {
        ("", to) => plain(to),
        (from, to) if from == to => plain(to),
        (from, to) => format!("{} -> {}", plain(from), plain(to)),
    };
    let answer = match answer {
        None => String::new(),
        Some(serde_json::Value::String(text)) => plain(text),
        Some(other) => plain(&other.to_string()),
    };
    [
        n.to_string(),
        day_and_time(at),
        plain(at),
        plain(cause),
        state,
        attempts.map(|attempts| attempts.to_string()).unwrap_or_default(),
        answer,
        request_id.as_deref().map(plain).unwrap_or_default(),
    ]
}
