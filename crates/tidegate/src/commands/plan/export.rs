//! `tidegate plan export`.

use std::error::Error;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::{fs, io};

use clap::Args;
use jiff::Timestamp;
use jiff::civil::Date;
use serde_json::json;
use wechatpay::china::{self, ChinaDay};

use crate::client::answers::{Page, Paid, PaidPage, PayerAmount, Refund};
use crate::client::gateway::{Call, Gateway};
use crate::commands::asking::Asking;
use crate::screen::{print, print_document};

/// The form of the files.
pub(super) const HELP: &str = "\
Payments: time,amount_fen. Refunds: time,amount_fen,out_refund_no,sub_mchid, as they were asked for, under their numbers at
WeChat Pay. `tidegate plan replay` reads both. Left out, and counted: what the payer did not pay in CNY, or what nobody has told
yet how much CNY it was; and refunds that were rejected or cancelled. The key needs the scopes `pools:read` and `refunds:read`
of the whole merchant id.";

/// What is exported, and where to.
#[derive(Debug, Args)]
pub(crate) struct Options {
    #[command(flatten)]
    asking: Asking,
    /// The CSV file to write the payments into.
    #[arg(long, value_name = "FILE")]
    payments: PathBuf,
    /// The CSV file to write the refunds into.
    #[arg(long, value_name = "FILE")]
    refunds: PathBuf,
    /// The first day, in China, e.g. `2026-01-05`; otherwise from the beginning on.
    #[arg(long, value_name = "DATE")]
    from: Option<Date>,
    /// The last day, in China; otherwise up to now.
    #[arg(long, value_name = "DATE")]
    to: Option<Date>,
}

/// The most the gateway puts on a page of payments, and on one of refunds.
const PAYMENTS_A_PAGE: u32 = 1_000;
const REFUNDS_A_PAGE: u32 = 200;

/// Refunds that stand so never drew on the pool.
const NEVER_LEFT: [&str; 2] = ["rejected", "cancelled"];

/// Why a file is not written.
#[derive(Debug, thiserror::Error)]
#[error("`{path}` cannot be written: {source}")]
struct FileError {
    path: String,
    source: io::Error,
}

/// A file in the making.
#[derive(Debug, Default)]
struct Rows {
    rows: Vec<Vec<String>>,
    left_out: usize,
}

/// Writes both files.
pub(crate) fn run(options: &Options) -> Result<ExitCode, Box<dyn Error>> {
    options.asking.ask(async |gateway| {
        let payments = payments(gateway, options).await?;
        let refunds = refunds(gateway, options).await?;
        write(&options.payments, &["time", "amount_fen"], &payments.rows)?;
        write(&options.refunds, &["time", "amount_fen", "out_refund_no", "sub_mchid"], &refunds.rows)?;
        tell(options, &payments, &refunds)?;
        Ok(ExitCode::SUCCESS)
    })
}

fn tell(options: &Options, payments: &Rows, refunds: &Rows) -> io::Result<()> {
    let counts = |rows: &Rows| json!({ "written": rows.rows.len(), "left_out": rows.left_out });
    if options.asking.json {
        let document = json!({ "payments": counts(payments), "refunds": counts(refunds) });
        return print_document(document.to_string().as_bytes());
    }
    print(&format!(
        "{} payments and {} refunds are written; {} payments and {} refunds are left out.\n",
        payments.rows.len(),
        refunds.rows.len(),
        payments.left_out,
        refunds.left_out
    ))
}

async fn payments(gateway: &Gateway, options: &Options) -> Result<Rows, Box<dyn Error>> {
    let (from, to) = span(options);
    let (mut found, mut cursor) = (Rows::default(), None::<String>);
    loop {
        let call = Call::get(&["payments"])
            .with("from", from)
            .with("to", to)
            .with("limit", Some(PAYMENTS_A_PAGE))
            .with("cursor", cursor);
        let page: PaidPage = gateway.read(&gateway.ask(&call).await?)?;
        for payment in &page.payments {
            found.add(payment_row(payment)?);
        }
        cursor = page.next_cursor;
        if cursor.is_none() {
            return Ok(found);
        }
    }
}

async fn refunds(gateway: &Gateway, options: &Options) -> Result<Rows, Box<dyn Error>> {
    let (from, to) = span(options);
    let (mut found, mut cursor) = (Rows::default(), None::<String>);
    loop {
        let call = Call::get(&["refunds"])
            .with("created_after", from)
            .with("created_before", to)
            .with("limit", Some(REFUNDS_A_PAGE))
            .with("cursor", cursor);
        let page: Page = gateway.read(&gateway.ask(&call).await?)?;
        for refund in &page.refunds {
            found.add(refund_row(refund)?);
        }
        cursor = page.next_cursor;
        if cursor.is_none() {
            break;
        }
    }
    // The gateway begins with the newest.
    found.rows.reverse();
    Ok(found)
}

impl Rows {
    fn add(&mut self, row: Option<Vec<String>>) {
        match row {
            Some(row) => self.rows.push(row),
            None => self.left_out += 1,
        }
    }
}

/// From when to when, the end not included.
fn span(options: &Options) -> (Option<Timestamp>, Option<Timestamp>) {
    let Options { from, to, .. } = options;
    (from.map(|day| ChinaDay::from_date(day).start()), to.map(|day| ChinaDay::from_date(day).end()))
}

fn payment_row(payment: &Paid) -> Result<Option<Vec<String>>, jiff::Error> {
    let time = time(&payment.success_time)?;
    Ok(payment.payer.as_ref().and_then(fen).map(|fen| vec![time, fen]))
}

fn refund_row(refund: &Refund) -> Result<Option<Vec<String>>, jiff::Error> {
    let time = time(&refund.created_at)?;
    if NEVER_LEFT.contains(&refund.status.as_str()) {
        return Ok(None);
    }
    let told = refund.wechatpay.as_ref().and_then(|told| told.payer_refund.as_ref());
    let asked = PayerAmount { total: refund.amount.refund, currency: refund.amount.currency.clone() };
    let number = refund.upstream_out_refund_no.as_ref().unwrap_or(&refund.out_refund_no);
    let sub_mchid = refund.sub_mchid.clone().unwrap_or_default();
    Ok(fen(told.unwrap_or(&asked)).map(|fen| vec![time, fen, number.clone(), sub_mchid]))
}

/// The amount, if it is CNY. Nothing is what coupons paid alone.
fn fen(amount: &PayerAmount) -> Option<String> {
    (amount.currency == "CNY" && amount.total > 0).then(|| amount.total.to_string())
}

/// An instant of the gateway in China's time.
fn time(text: &str) -> Result<String, jiff::Error> {
    Ok(china::rfc3339(text.parse()?))
}

fn write(path: &Path, header: &[&str], rows: &[Vec<String>]) -> Result<(), Box<dyn Error>> {
    let mut writer = csv::Writer::from_writer(Vec::new());
    writer.write_record(header)?;
    for row in rows {
        writer.write_record(row)?;
    }
    let content = writer.into_inner().map_err(|error| error.into_error())?;
    fs::write(path, content).map_err(|source| FileError { path: path.display().to_string(), source })?;
    Ok(())
}
