//! `tidegate payment add`.

use std::error::Error;
use std::process::ExitCode;

use clap::Args;
use reqwest::StatusCode;

use crate::client::amount::{AmountError, minor_units};
use crate::client::gateway::Call;
use crate::client::requests::{PaymentRequest, Total};
use crate::commands::asking::Asking;
use crate::screen::{money, plain, print, print_document};

/// The payment that is reported.
#[derive(Debug, Args)]
pub(crate) struct Options {
    /// The order, by your number.
    #[arg(long, value_name = "NUMBER")]
    out_trade_no: String,
    /// The order, by WeChat Pay's number.
    #[arg(long, value_name = "NUMBER")]
    transaction_id: Option<String>,
    /// The order's price, in minor units: 1250 for 12.50 USD.
    #[arg(long, value_name = "AMOUNT", allow_hyphen_values = true)]
    total: String,
    /// The currency of that price, e.g. `USD`.
    #[arg(long, value_name = "CODE")]
    currency: String,
    /// What the payer paid, in minor units.
    #[arg(long, value_name = "AMOUNT", requires = "payer_currency", allow_hyphen_values = true)]
    payer_total: Option<String>,
    /// The currency the payer paid in, e.g. `CNY`.
    #[arg(long, value_name = "CODE", requires = "payer_total")]
    payer_currency: Option<String>,
    /// When it was paid, e.g. `2026-01-05T09:00:00+08:00`.
    #[arg(long, value_name = "TIME")]
    success_time: String,
    /// The payer's instrument, e.g. `CMB_CREDIT`.
    #[arg(long, value_name = "BANK_TYPE")]
    bank_type: Option<String>,
}

/// Reports the payment.
pub(crate) fn run(asking: &Asking, options: &Options) -> Result<ExitCode, Box<dyn Error>> {
    let request = request(options, asking.sub_mchid())?;
    let call = Call::payment(&request);
    asking.ask(async |gateway| {
        let reply = gateway.ask(&call).await?;
        if asking.json {
            print_document(&reply.body)?;
        } else {
            let known = reply.status == StatusCode::OK;
            let what = if known { "Already there" } else { "Taken" };
            let amount = money(request.amount.total, request.amount.currency);
            print(&format!("{what}: payment of {amount} for order {}.\n", plain(request.out_trade_no)))?;
        }
        Ok(ExitCode::SUCCESS)
    })
}

fn request<'a>(options: &'a Options, sub_mchid: Option<&'a str>) -> Result<PaymentRequest<'a>, AmountError> {
    let amount = |name, total, currency: &'a str| {
        minor_units(name, total, currency).map(|total| Total { total, currency })
    };
    let payer = match (&options.payer_total, &options.payer_currency) {
        (Some(total), Some(currency)) => Some(amount("--payer-total", total, currency)?),
        // One without the other does not come through the arguments.
        _ => None,
    };
    Ok(PaymentRequest {
        sub_mchid,
        out_trade_no: &options.out_trade_no,
        transaction_id: options.transaction_id.as_deref(),
        amount: amount("--total", &options.total, &options.currency)?,
        payer,
        success_time: &options.success_time,
        bank_type: options.bank_type.as_deref(),
    })
}
