//! `tidegate pool show`.

use std::error::Error;
use std::process::ExitCode;

use clap::Args;

use crate::client::answers::{Calibration, ExchangeHour, Left, Pool, Queue, Reconciled, Score};
use crate::client::gateway::Call;
use crate::commands::asking::Asking;
use crate::commands::pool::curve::{self, Now};
use crate::screen::{Sheet, fen, grouped, instant, percent, plain, print, print_document, table};

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
            print(&page(&pool))?;
        }
        Ok(ExitCode::SUCCESS)
    })
}

/// The sheet, and below it the day's curve, the last days' scores and their statements if there are any.
fn page(pool: &Pool) -> String {
    let mut text = sheet(pool).to_string();
    if let Some(forecast) = pool.forecast.as_ref().filter(|forecast| !forecast.by_hour.is_empty()) {
        text.push('\n');
        text.push_str(&curve::curve(&forecast.by_hour, now(pool)));
    }
    let made = |day: &&Score| day.kept + day.broken > 0;
    if let Some(calibration) = &pool.calibration
        && calibration.days.iter().any(|day| made(&day))
    {
        text.push('\n');
        let rows: Vec<&Score> = calibration.days.iter().filter(made).collect();
        let rows = rows.iter().skip(rows.len().saturating_sub(SCORES));
        text.push_str(&table(["promises of", "kept", "broken"], rows.map(|day| score(day))));
    }
    if !pool.reconciled.is_empty() {
        text.push('\n');
        text.push_str(&table(
            ["statement of", "paid", "not seen", "refunded", "elsewhere", "missing on it"],
            pool.reconciled.iter().map(reconciled),
        ));
        if pool.reconciled.iter().any(|day| missing(day) > 0) {
            text.push_str(
                "What is missing on a statement is known here and not to WeChat Pay: look into it.\n",
            );
        }
    }
    text
}

/// Amounts in CNY: by the statement, and what of them the gateway did not know; at the end what it knows and the statement
/// does not.
fn reconciled(day: &Reconciled) -> [String; 6] {
    let amounts =
        [day.paid_fen, day.payments_unseen_fen, day.refunded_fen, day.refunds_elsewhere_fen, missing(day)];
    let [paid, unseen, refunded, elsewhere, missing] = amounts.map(|amount| fen(amount).replace(" CNY", ""));
    [plain(&day.china_day), paid, unseen, refunded, elsewhere, missing]
}

fn missing(day: &Reconciled) -> i64 {
    day.payments_missing_fen.saturating_add(day.refunds_missing_fen)
}

/// So many of the last days' scores are shown.
const SCORES: usize = 7;

/// When the figures were read, and what had come in by then.
fn now(pool: &Pool) -> Option<Now> {
    let at = pool.as_of.as_deref()?.parse().ok()?;
    Some(Now { at, seen_fen: pool.seen_fen?.saturating_add(pool.reported_fen.unwrap_or(0)) })
}

fn score(Score { china_day, kept, broken }: &Score) -> [String; 3] {
    [plain(china_day), kept.to_string(), broken.to_string()]
}

fn sheet(pool: &Pool) -> Sheet {
    let day = pool.china_day.as_deref().map(|day| format!(", China day {}", plain(day))).unwrap_or_default();
    let mut sheet = Sheet::new(format!("CNY pool of {}{day}", plain(&pool.mchid)));
    sheet.line_if("Confirmed payments", pool.seen_fen.map(fen));
    sheet.line_if("Reported payments", pool.reported_fen.map(fen));
    sheet.line_if("Accepted refunds", pool.accepted_fen.map(fen));
    sheet.line_if("On their way", pool.in_transit_fen.map(fen));
    sheet.line_if("Surely left", pool.low_fen.map(fen));
    sheet.line_if("Probably left", pool.best_fen.map(fen));
    sheet.line_if(
        "With the forecast",
        pool.forecast.as_ref().and_then(|forecast| forecast.left.as_ref()).map(left),
    );
    sheet.line_if("Promised", pool.promised_fen.map(fen));
    sheet.line_if("Waiting", pool.waiting.as_ref().map(queue));
    sheet.line_if("Missing for these", pool.shortfall_fen.map(fen));
    let all_leave = pool.forecast.as_ref().and_then(|forecast| forecast.all_leave_today);
    sheet.line_if("All leave today", all_leave.map(percent));
    sheet.line_if("Promises kept", pool.calibration.as_ref().and_then(kept));
    sheet.line_if("Next exchange", pool.next_exchange.as_deref().map(instant));
    sheet.line_if("Learned", pool.exchange_hour.as_ref().map(learned));
    sheet.line_if("Advice", pool.advice.as_deref().map(plain));
    sheet
}

fn left(Left { surely_fen, perhaps_fen }: &Left) -> String {
    format!("{} left nine times in ten, {} once in ten", fen(*surely_fen), fen(*perhaps_fen))
}

fn learned(ExchangeHour { refundable_until, gone_from, nights, left_fen }: &ExchangeHour) -> String {
    let gone = gone_from.as_deref().map(|gone| format!(", gone from {} on", plain(gone))).unwrap_or_default();
    let left = if *left_fen > 0 { format!("; {} of it left", fen(*left_fen)) } else { String::new() };
    let until = plain(refundable_until);
    format!("yesterday's money is refundable until {until} China time{gone}, by {nights} nights{left}")
}

fn kept(Calibration { wanted, kept, broken, share_kept, days: _ }: &Calibration) -> Option<String> {
    let made = kept.saturating_add(*broken);
    let (made, kept) = (grouped(made), grouped(*kept));
    share_kept.map(|share| format!("{kept} of {made}: {}; {} are to be", percent(share), percent(*wanted)))
}

fn queue(queue: &Queue) -> String {
    let known = format!("{} refunds, {}", queue.count, fen(queue.fen));
    match queue.unknown {
        0 => known,
        unknown => format!("{known} and what {unknown} of them need, which is not known yet"),
    }
}
