//! `tidegate merchant list`.

use std::error::Error;
use std::process::ExitCode;

use crate::client::answers::{Merchant, Merchants};
use crate::client::gateway::Call;
use crate::commands::asking::Asking;
use crate::commands::merchant::show::standing;
use crate::screen::{instant, plain, print, print_document, table};

/// Lists the merchant ids.
pub(crate) fn run(asking: &Asking) -> Result<ExitCode, Box<dyn Error>> {
    asking.ask_as_operator(async |gateway| {
        let reply = gateway.ask(&Call::get(&["admin", "merchants"])).await?;
        if asking.json {
            print_document(&reply.body)?;
        } else {
            let Merchants { merchants } = gateway.read(&reply)?;
            let heading = ["merchant id", "mode", "interface", "certificate until", "standing"];
            print(&table(heading, merchants.iter().map(row)))?;
        }
        Ok(ExitCode::SUCCESS)
    })
}

fn row(merchant: &Merchant) -> [String; 5] {
    let until = merchant.certificate.as_ref().map(|certificate| instant(&certificate.not_after));
    [
        plain(&merchant.mchid),
        plain(&merchant.mode),
        plain(&merchant.wire),
        until.unwrap_or_default(),
        standing(merchant),
    ]
}
