//! `tidegate refund create`.

use std::collections::BTreeMap;
use std::error::Error;
use std::process::ExitCode;

use clap::Args;
use reqwest::StatusCode;

use crate::client::amount::{AmountError, minor_units};
use crate::client::answers::Refund;
use crate::client::gateway::Call;
use crate::client::requests::{Adoption, RefundAmount, RefundRequest};
use crate::commands::asking::Asking;
use crate::commands::refund::sheet;
use crate::screen::{print, print_document};

/// The refund that is asked for.
#[derive(Debug, Args)]
pub(crate) struct Options {
    /// The refund's number, of your choice: the same number is the same refund, a new one pays once more.
    #[arg(long, value_name = "NUMBER")]
    out_refund_no: String,
    /// The order, by your number.
    #[arg(long, value_name = "NUMBER", required_unless_present = "transaction_id")]
    out_trade_no: Option<String>,
    /// The order, by WeChat Pay's number.
    #[arg(long, value_name = "NUMBER")]
    transaction_id: Option<String>,
    /// How much goes back, in minor units: 1250 for 12.50 USD.
    #[arg(long, value_name = "AMOUNT", allow_hyphen_values = true)]
    refund: String,
    /// How much the whole order was, in minor units.
    #[arg(long, value_name = "AMOUNT", allow_hyphen_values = true)]
    total: String,
    /// The order's price currency, e.g. `USD`.
    #[arg(long, value_name = "CODE")]
    currency: String,
    /// What the payer reads.
    #[arg(long, value_name = "TEXT")]
    reason: Option<String>,
    /// Withdraw it if it is not accepted by then, e.g. `2026-01-05T21:00:00+08:00`.
    #[arg(long, value_name = "TIME")]
    deadline: Option<String>,
    /// Kept with the refund for the webhook; webhooks are not sent yet.
    #[arg(long, value_name = "URL")]
    notify_url: Option<String>,
    /// A note of your own that the refund keeps; may be repeated.
    #[arg(long, value_name = "NAME=TEXT", value_parser = note)]
    metadata: Vec<(String, String)>,
    /// Another system began this refund, under this number at WeChat Pay: take it over. It is asked about first; if WeChat
    /// Pay does not know the number, the refund is sent under it, so a mistyped number pays again.
    #[arg(long, value_name = "NUMBER")]
    adopt: Option<String>,
    /// Wait up to so many seconds, 10 if no number is given and 30 at most, until WeChat Pay has accepted or refused; never
    /// for the money itself.
    #[arg(long, value_name = "SECONDS", num_args = 0..=1, default_missing_value = "10", value_parser = clap::value_parser!(u16).range(..=30))]
    wait: Option<u16>,
}

/// Asks for the refund and shows it.
pub(crate) fn run(asking: &Asking, options: &Options) -> Result<ExitCode, Box<dyn Error>> {
    let request = request(options, asking.sub_mchid())?;
    let call = Call::refund(&request).waiting(options.wait.unwrap_or(0));
    asking.ask(async |gateway| {
        let reply = gateway.ask(&call).await?;
        if asking.json {
            print_document(&reply.body)?;
        } else {
            let refund: Refund = gateway.read(&reply)?;
            let replayed = reply.status == StatusCode::OK;
            let what = if replayed { "Already there; nothing new was begun." } else { "Taken." };
            print(&format!("{what}\n{}", sheet::sheet(&refund)))?;
        }
        Ok(ExitCode::SUCCESS)
    })
}

fn request<'a>(options: &'a Options, sub_mchid: Option<&'a str>) -> Result<RefundRequest<'a>, AmountError> {
    let currency = options.currency.as_str();
    let metadata: BTreeMap<&str, &str> =
        options.metadata.iter().map(|(name, text)| (name.as_str(), text.as_str())).collect();
    Ok(RefundRequest {
        sub_mchid,
        out_trade_no: options.out_trade_no.as_deref(),
        transaction_id: options.transaction_id.as_deref(),
        out_refund_no: &options.out_refund_no,
        amount: RefundAmount {
            refund: minor_units("--refund", &options.refund, currency)?,
            total: minor_units("--total", &options.total, currency)?,
            currency,
        },
        reason: options.reason.as_deref(),
        deadline: options.deadline.as_deref(),
        notify_url: options.notify_url.as_deref(),
        metadata,
        adopt: options.adopt.as_deref().map(|out_refund_no| Adoption { out_refund_no }),
    })
}

fn note(text: &str) -> Result<(String, String), String> {
    match text.split_once('=') {
        Some((name, text)) if !name.is_empty() => Ok((name.to_owned(), text.to_owned())),
        _ => Err("a note is a name, `=` and a text, e.g. `till=4`".to_owned()),
    }
}
