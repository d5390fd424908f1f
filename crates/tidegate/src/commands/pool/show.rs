//! `tidegate pool show`.

use std::error::Error;
use std::process::ExitCode;

use clap::Args;

use crate::client::answers::{Pool, Queue};
use crate::client::gateway::Call;
use crate::commands::asking::Asking;
use crate::screen::{Sheet, fen, instant, plain, print, print_document};

/// Whose pool.
#[derive(Debug, Args)]
pub(crate) struct Options {
    /// The merchant id the pool belongs to.
    #[arg(value_name = "POOL")]
    pool: String,
}

/// Shows the pool.
pub(crate) fn run(asking: &Asking, options: &Options) -> Result<ExitCode, Box<dyn Error>> {
    asking.ask_about(&options.pool, async |gateway| {
        let reply = gateway.ask(&Call::get(&["pools", &options.pool])).await?;
        if asking.json {
            print_document(&reply.body)?;
        } else {
            let pool: Pool = gateway.read(&reply)?;
            print(&sheet(&pool).to_string())?;
        }
        Ok(ExitCode::SUCCESS)
    })
}

fn sheet(pool: &Pool) -> Sheet {
    let day = pool.china_day.as_deref().map(|day| format!(", China day {}", plain(day))).unwrap_or_default();
    let mut sheet = Sheet::new(format!("CNY pool of {}{day}", plain(&pool.mchid)));
    sheet.line_if("Confirmed payments", pool.seen_fen.map(fen));
    sheet.line_if("Reported payments", pool.reported_fen.map(fen));
    sheet.line_if("Accepted refunds", pool.accepted_fen.map(fen));
    sheet.line_if("Surely left", pool.low_fen.map(fen));
    sheet.line_if("Probably left", pool.best_fen.map(fen));
    sheet.line_if("Promised", pool.promised_fen.map(fen));
    sheet.line_if("Waiting", pool.waiting.as_ref().map(queue));
    sheet.line_if("Missing for these", pool.shortfall_fen.map(fen));
    sheet.line_if("Next exchange", pool.next_exchange.as_deref().map(instant));
    sheet.line_if("Advice", pool.advice.as_deref().map(plain));
    sheet
}

fn queue(queue: &Queue) -> String {
    let known = format!("{} refunds, {}", queue.count, fen(queue.fen));
    match queue.unknown {
        0 => known,
        unknown => format!("{known} and what {unknown} of them need, which is not known yet"),
    }
}
