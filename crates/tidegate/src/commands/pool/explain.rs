//! `tidegate pool explain`.

use std::error::Error;
use std::process::ExitCode;

use clap::Args;

use crate::client::answers::{Before, DayChance, Explanation, Kept, Page, Promise, Refund};
use crate::client::gateway::{Call, CallError, Gateway};
use crate::commands::asking::Asking;
use crate::commands::refund::sheet::{what_is_next, when_it_should_leave, why_it_waits};
use crate::screen::{Sheet, fen, instant, money, percent, plain, print, print_document, table, words};

/// Whose pool, and which refund.
#[derive(Debug, Args)]
pub(crate) struct Options {
    /// The merchant id the pool belongs to.
    #[arg(value_name = "POOL")]
    pool: String,
    /// The refund's number (`out_refund_no`) or the gateway's id (`rf.…`); if left out, those that wait longest.
    #[arg(value_name = "REFUND")]
    refund: Option<String>,
}

/// How many refunds are explained if none is named.
const FIRST: usize = 10;

/// How a refund stands that waits: for funds, for its turn, or larger than any day.
const WAITING: [&str; 3] = ["waiting_for_funds", "deferred", "needs_operator"];

/// The key is another merchant id's.
#[derive(Debug, thiserror::Error)]
#[error("the key belongs to the merchant id {found}, not to {named}")]
struct OtherMerchant {
    found: String,
    named: String,
}

/// Explains the refunds.
pub(crate) fn run(asking: &Asking, options: &Options) -> Result<ExitCode, Box<dyn Error>> {
    asking.ask_about(&options.pool, async |gateway| {
        let refunds = match &options.refund {
            Some(refund) => vec![refund.clone()],
            None => longest_waiting(gateway, asking.sub_mchid()).await?,
        };
        if refunds.is_empty() && !asking.json {
            print("No refund waits.\n")?;
        }
        for (n, refund) in refunds.iter().enumerate() {
            let call = Call::get(&["refunds", refund]).with("sub_mchid", asking.sub_mchid());
            let reply = gateway.ask(&call).await?;
            let refund: Refund = gateway.read(&reply)?;
            if let Some(found) = refund.mchid.clone().filter(|found| *found != options.pool) {
                return Err(OtherMerchant { found: plain(&found), named: plain(&options.pool) }.into());
            }
            if asking.json {
                print_document(&reply.body)?;
            } else {
                let gap = if n == 0 { "" } else { "\n" };
                print(&format!("{gap}{}", page(&refund)))?;
            }
        }
        Ok(ExitCode::SUCCESS)
    })
}

/// The ids of those that have waited longest, among the newest of each standing.
async fn longest_waiting(gateway: &Gateway, sub_mchid: Option<&str>) -> Result<Vec<String>, CallError> {
    let mut waiting = vec![];
    for status in WAITING {
        let call = Call::get(&["refunds"]).with("status", Some(status)).with("sub_mchid", sub_mchid);
        let page: Page = gateway.read(&gateway.ask(&call).await?)?;
        // A person is needed for others than those that wait, too.
        waiting.extend(page.refunds.into_iter().filter(|refund| refund.state.as_deref() == Some("waiting")));
    }
    waiting.sort_by(|one, other| one.created_at.cmp(&other.created_at));
    Ok(waiting.into_iter().take(FIRST).map(|refund| refund.id).collect())
}

fn page(refund: &Refund) -> String {
    let mut text = sheet(refund).to_string();
    let days = refund.explanation.as_ref().and_then(|explanation| explanation.by_day.as_ref());
    if let Some(days) = days.filter(|days| !days.is_empty()) {
        let heading = ["China day", "brings enough for it alone", "has left by then"];
        text.push('\n');
        text.push_str(&table(heading, days.iter().map(day)));
    }
    text
}

fn sheet(refund: &Refund) -> Sheet {
    let mut sheet = Sheet::new(format!(
        "Refund {} ({}), {}",
        plain(&refund.out_refund_no),
        plain(&refund.id),
        money(refund.amount.refund, &refund.amount.currency)
    ));
    sheet.line_if("Sub-merchant", refund.sub_mchid.as_deref().map(plain));
    sheet.line("Status", words(&refund.status));
    sheet.line_if("Why it waits", refund.waiting.as_ref().map(why_it_waits));
    if let Some(told) = &refund.explanation {
        sheet.line_if("Missing", told.missing_fen.map(fen));
        sheet.line_if("Before it", told.before.as_ref().map(before));
        sheet.line_if("Kept", told.kept.as_ref().map(kept));
        sheet.line_if("Shortfall", told.shortfall.as_deref().map(words));
    }
    if let Some(release) = &refund.release {
        let reason = release.reason.as_deref().map(words);
        let unforetold = reason.map(|reason| format!("nobody can say: {reason}"));
        sheet.line_if("Should leave", when_it_should_leave(release).or(unforetold));
    }
    if let Some(Explanation { chance_today, promise, options, .. }) = &refund.explanation {
        sheet.line_if("Leaves today", chance_today.map(percent));
        sheet.line_if("Promised", promise.as_ref().map(promised));
        sheet.line_if("Next", refund.next_action.as_ref().map(what_is_next));
        for (n, option) in options.iter().enumerate() {
            sheet.line(if n == 0 { "What can be done" } else { "" }, plain(&option.text));
        }
    }
    sheet
}

fn before(Before { count, fen: need }: &Before) -> String {
    match count {
        0 => "nobody".to_owned(),
        1 => format!("1 refund, {}", fen(*need)),
        count => format!("{count} refunds, {}", fen(*need)),
    }
}

fn kept(Kept { text, fen: amount }: &Kept) -> String {
    amount.map_or_else(|| plain(text), |amount| format!("{}: {}", fen(amount), plain(text)))
}

fn promised(Promise { made_at, by }: &Promise) -> String {
    format!("by {}, said at {}", instant(by), instant(made_at))
}

fn day(DayChance { china_day, fits, left_by }: &DayChance) -> [String; 3] {
    [plain(china_day), percent(*fits), percent(*left_by)]
}
