//! `tidegate merchant show`.

use std::error::Error;
use std::process::ExitCode;

use clap::Args;

use crate::client::answers::Merchant;
use crate::client::gateway::Call;
use crate::commands::asking::Asking;
use crate::screen::{Sheet, instant, plain, print, print_document};

/// Which one.
#[derive(Debug, Args)]
pub(crate) struct Options {
    /// The merchant id.
    #[arg(value_name = "MERCHANT_ID")]
    merchant_id: String,
}

/// Shows the merchant id.
pub(crate) fn run(asking: &Asking, options: &Options) -> Result<ExitCode, Box<dyn Error>> {
    asking.ask_as_operator(async |gateway| {
        let reply = gateway.ask(&Call::get(&["admin", "merchants", &options.merchant_id])).await?;
        if asking.json {
            print_document(&reply.body)?;
        } else {
            let merchant: Merchant = gateway.read(&reply)?;
            print(&sheet(&merchant).to_string())?;
        }
        Ok(ExitCode::SUCCESS)
    })
}

/// What people read of it.
pub(crate) fn sheet(merchant: &Merchant) -> Sheet {
    let mut sheet = Sheet::new(format!("Merchant id {}", plain(&merchant.mchid)));
    sheet.line_if("Mode", Some(plain(&merchant.mode)));
    sheet.line_if("Interface", Some(format!("{}, {}", plain(&merchant.wire), plain(&merchant.region))));
    sheet.line_if("App id", Some(plain(&merchant.appid)));
    sheet.line_if("Settled in", Some(plain(&merchant.settlement_currency)));
    let subs: Vec<String> = merchant.sub_mchids.iter().map(|sub_mchid| served(merchant, sub_mchid)).collect();
    let subs = (!subs.is_empty()).then(|| subs.join(", "));
    sheet.line_if("Sub-merchants", subs);
    sheet.line_if("Certificate", merchant.certificate.as_ref().map(|it| plain(&it.serial_no)));
    sheet.line_if("Valid until", merchant.certificate.as_ref().map(|it| instant(&it.not_after)));
    sheet.line_if("Standing", Some(standing(merchant)));
    sheet
}

/// A sub-merchant, with its weight if that is not the usual one.
fn served(merchant: &Merchant, sub_mchid: &str) -> String {
    match merchant.weights.get(sub_mchid) {
        Some(weight) => format!("{} (weight {weight} %)", plain(sub_mchid)),
        None => plain(sub_mchid),
    }
}

/// Whether it submits refunds, and why not.
pub(crate) fn standing(merchant: &Merchant) -> String {
    if let Some(halt) = &merchant.halt {
        return format!("halted since {}: {}", instant(&halt.since), why_halted(&halt.why));
    }
    if merchant.paused {
        return "paused".to_owned();
    }
    if merchant.restored.as_ref().is_some_and(|restored| !restored.checked) {
        return "restored from a backup: asks about every open refund and the recent orders before it submits any".to_owned();
    }
    if merchant.can_call { "submits refunds" } else { "cannot call WeChat Pay: see the gateway's log" }
        .to_owned()
}

fn why_halted(why: &str) -> String {
    match why {
        "certificate" => {
            "WeChat Pay does not take its certificate (expired, taken back or replaced); give it a new one"
                .into()
        }
        "signature" => "WeChat Pay does not take its signatures; check key, certificate and clock".into(),
        "permission" => "it may not refund; check its rights on the Merchant Platform".into(),
        "merchant" => "WeChat Pay does not know its merchant id or app id".into(),
        other => plain(other),
    }
}
