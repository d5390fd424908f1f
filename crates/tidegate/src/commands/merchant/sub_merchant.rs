//! `tidegate merchant sub-merchant`.

use std::error::Error;
use std::process::ExitCode;

use clap::Args;
use reqwest::StatusCode;

use crate::client::answers::Merchant;
use crate::client::gateway::Call;
use crate::client::requests::SubMerchantRequest;
use crate::commands::asking::Asking;
use crate::commands::merchant::show;
use crate::screen::{print, print_document};

/// Which one, of whom.
#[derive(Debug, Args)]
pub(crate) struct Options {
    /// The institution's merchant id.
    #[arg(value_name = "MERCHANT_ID")]
    merchant_id: String,
    /// The sub-merchant.
    #[arg(value_name = "SUB_MERCHANT")]
    sub_merchant: String,
    /// What its share of the pool counts for where sub-merchants take turns, in per cent, 1 to 10000: 200 draws twice what 100
    /// does. What it was if left out, and 100 for a new one.
    #[arg(long, value_name = "PERCENT")]
    weight: Option<u32>,
}

/// Adds it or gives it the weight, and shows the merchant id as it is then.
pub(crate) fn run(asking: &Asking, options: &Options) -> Result<ExitCode, Box<dyn Error>> {
    let request = SubMerchantRequest { sub_mchid: &options.sub_merchant, weight: options.weight };
    asking.ask_as_operator(async |gateway| {
        let reply = gateway.ask(&Call::sub_merchant(&options.merchant_id, &request)).await?;
        if asking.json {
            print_document(&reply.body)?;
            return Ok(ExitCode::SUCCESS);
        }
        let merchant: Merchant = gateway.read(&reply)?;
        let told = match (reply.status, options.weight) {
            (StatusCode::CREATED, _) => "The sub-merchant is served from now on.",
            (_, Some(_)) => "The sub-merchant has this weight.",
            (_, None) => "The sub-merchant was served already.",
        };
        print(&format!("{told}\n\n{}", show::sheet(&merchant)))?;
        Ok(ExitCode::SUCCESS)
    })
}
