//! `tidegate refund list`.

use std::error::Error;
use std::process::ExitCode;

use clap::Args;

use crate::client::answers::{Page, PageEnd, Refund};
use crate::client::gateway::Call;
use crate::commands::asking::Asking;
use crate::screen::{day_and_time, money, plain, print, print_document, table, words};

/// Which refunds.
#[derive(Debug, Args)]
pub(crate) struct Options {
    /// Only those that stand so, e.g. `waiting_for_funds` or `needs_operator`.
    #[arg(long, value_name = "STATUS")]
    status: Option<String>,
    /// Only those of this order.
    #[arg(long, value_name = "NUMBER")]
    out_trade_no: Option<String>,
    /// Only those of the order with WeChat Pay's number.
    #[arg(long, value_name = "NUMBER")]
    transaction_id: Option<String>,
    /// Only those taken in after this instant, e.g. `2026-01-05T09:00:00+08:00`.
    #[arg(long, value_name = "TIME")]
    created_after: Option<String>,
    /// Only those taken in before this instant.
    #[arg(long, value_name = "TIME")]
    created_before: Option<String>,
    /// How many at most; 50 if left out. With `--json` and with `--all`: how many on a page.
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
    limit: Option<u32>,
    /// Go on where an earlier list ended.
    #[arg(long, value_name = "CURSOR")]
    cursor: Option<String>,
    /// All of them, however many there are. With `--json` each page is a line.
    #[arg(long)]
    all: bool,
}

/// How many refunds are listed if nobody says.
const USUAL: u32 = 50;

/// The most the gateway puts on a page.
const PAGE: u32 = 200;

/// Where a refund's way ends. What the gateway still asks about it is for its own records.
const ENDED: [&str; 4] = ["succeeded", "closed", "rejected", "cancelled"];

/// Lists the refunds.
pub(crate) fn run(asking: &Asking, options: &Options) -> Result<ExitCode, Box<dyn Error>> {
    asking.ask(async |gateway| {
        let mut cursor = options.cursor.clone();
        let mut rows = Vec::new();
        let as_pages = asking.json || options.all;
        let mut missing = options.limit.unwrap_or(USUAL);
        loop {
            let limit = if as_pages { options.limit } else { Some(missing.min(PAGE)) };
            let reply = gateway.ask(&page(options, limit, asking.sub_mchid(), cursor.as_deref())).await?;
            cursor = if asking.json {
                print_document(&reply.body)?;
                gateway.read::<PageEnd>(&reply)?.next_cursor
            } else {
                let page: Page = gateway.read(&reply)?;
                rows.extend(page.refunds.iter().map(row));
                missing = missing.saturating_sub(u32::try_from(page.refunds.len()).unwrap_or(u32::MAX));
                page.next_cursor
            };
            // A short page is not the last one: the gateway looks for some statuses a stretch at a time.
            let is_enough = !options.all && (asking.json || missing == 0);
            if cursor.is_none() || is_enough {
                break;
            }
        }
        if !asking.json {
            print(&shown(rows, cursor.as_deref()))?;
        }
        Ok(ExitCode::SUCCESS)
    })
}

fn page(options: &Options, limit: Option<u32>, sub_mchid: Option<&str>, cursor: Option<&str>) -> Call {
    let Options { status, out_trade_no, transaction_id, created_after, created_before, .. } = options;
    Call::get(&["refunds"])
        .with("status", status.as_ref())
        .with("out_trade_no", out_trade_no.as_ref())
        .with("transaction_id", transaction_id.as_ref())
        .with("sub_mchid", sub_mchid)
        .with("created_after", created_after.as_ref())
        .with("created_before", created_before.as_ref())
        .with("limit", limit)
        .with("cursor", cursor)
}

fn shown(rows: Vec<[String; 7]>, cursor: Option<&str>) -> String {
    let heading =
        ["number", "status", "amount", "order", "sub-merchant", "taken in (China time)", "next (China time)"];
    let mut text = match rows.is_empty() {
        true => "No refunds.\n".to_owned(),
        false => table(heading, rows.into_iter()),
    };
    if let Some(cursor) = cursor {
        text.push_str(&format!("\nThere may be more: add `--cursor {}` or `--all`.\n", plain(cursor)));
    }
    text
}

fn row(refund: &Refund) -> [String; 7] {
    let optional = |text: &Option<String>| text.as_deref().map(plain).unwrap_or_default();
    let next = refund.next_action.as_ref().filter(|_| !ENDED.contains(&refund.status.as_str()));
    let next = next.map(|next| match &next.at {
        Some(at) => format!("{} {}", words(&next.what), day_and_time(at)),
        None => format!("{} as soon as it can be", words(&next.what)),
    });
    [
        plain(&refund.out_refund_no),
        words(&refund.status),
        money(refund.amount.refund, &refund.amount.currency),
        optional(if refund.out_trade_no.is_some() { &refund.out_trade_no } else { &refund.transaction_id }),
        optional(&refund.sub_mchid),
        day_and_time(&refund.created_at),
        next.unwrap_or_default(),
    ]
}
