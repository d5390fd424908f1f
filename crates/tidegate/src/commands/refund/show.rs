//! `tidegate refund show`.

use std::error::Error;
use std::process::ExitCode;

use clap::Args;

use crate::client::answers::{Event, Me, Refund, Timeline};
use crate::client::gateway::{Call, CallError, Gateway, Reply};
use crate::commands::asking::Asking;
use crate::commands::refund::sheet;
use crate::screen::{day_and_time, in_short, plain, print, print_document, table};

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
        let reply = find(gateway, &options.refund, asking.sub_mchid()).await?;
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
    let reply = find(gateway, refund, sub_mchid).await?;
    gateway.read(&reply).map(|refund: Refund| refund.id)
}

/// The refund that is known by id or by number.
async fn find(gateway: &Gateway, refund: &str, sub_mchid: Option<&str>) -> Result<Reply, CallError> {
    let found = gateway.ask(&Call::get(&["refunds", refund]).with("sub_mchid", sub_mchid)).await;
    match found {
        // Every sub-merchant has numbers of its own.
        Err(CallError::Problem(mut problem))
            if problem.code() == "refund_not_found"
                && sub_mchid.is_none()
                && may_have_subs(gateway).await =>
        {
            problem.advise("did you mean a sub-merchant's? give `--sub-mchid`");
            Err(CallError::Problem(problem))
        }
        found => found,
    }
}

/// Whether the key is bound to no sub-merchant. If the gateway does not say, it is none of our business here.
async fn may_have_subs(gateway: &Gateway) -> bool {
    let Ok(reply) = gateway.ask(&Call::get(&["me"])).await else { return false };
    gateway.read(&reply).is_ok_and(|me: Me| me.mchid.is_some() && me.sub_mchid.is_none())
}

fn events(events: &[Event]) -> String {
    let heading =
        ["", "China time", "UTC", "cause", "state", "attempts", "answer", "request id", "certificate"];
    table(heading, events.iter().map(row))
}

fn row(event: &Event) -> [String; 9] {
    let Event { n, at, cause, from, to, attempts, request_id, answer, certificate } = event;
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
        certificate.as_deref().map(|serial_no| plain(&in_short(serial_no))).unwrap_or_default(),
    ]
}
