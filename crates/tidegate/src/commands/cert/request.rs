//! `tidegate cert request`.

use std::path::{Path, PathBuf};

use certs::request::{MerchantId, MerchantName};
use clap::Args;
use gateway::certificate_folder::{CertificateFolder, Concern, Holding, Request};
use zeroize::Zeroizing;

use super::ending::{Ending, Failure};
use super::{say, secret};
use crate::screen::print;

/// Whom the certificate is for, and where its key is kept.
#[derive(Debug, Args)]
pub(super) struct Options {
    /// The merchant id, as the API Security page shows it: 8 to 10 digits.
    #[arg(long, value_name = "ID")]
    merchant_id: String,
    /// The merchant's name, as the API Security page shows it.
    #[arg(long, value_name = "NAME")]
    merchant_name: String,
    /// The folder that is made for the key and everything that follows.
    #[arg(long, value_name = "DIR")]
    out: PathBuf,
    /// A file whose first line is a passphrase: the key is encrypted under it. Without this the environment variable
    /// `TIDEGATE_KEY_PASSPHRASE` is looked at, and at a terminal you are asked.
    #[arg(long, value_name = "FILE", conflicts_with = "no_passphrase")]
    passphrase_file: Option<PathBuf>,
    /// Keep the key without a passphrase, and do not ask.
    #[arg(long)]
    no_passphrase: bool,
}

/// Makes the key and shows the request string.
pub(super) fn run(options: &Options) -> Result<Ending, Failure> {
    let merchant_id = merchant_id(&options.merchant_id)?;
    let name = merchant_name(&options.merchant_name)?;
    let folder = CertificateFolder::create(&options.out)?;
    let is_new = folder.holding().is_ok_and(|holding| holding == Holding::Nothing);
    let passphrase = if is_new { passphrase(options)? } else { None };
    let request = folder.request(&merchant_id, &name, passphrase.as_deref().map(String::as_str))?;
    explain(&folder, &request);
    print(&request.asked.request_string)?;
    say(&next_steps(folder.path()));
    Ok(Ending::Well)
}

/// The passphrase for a new key, if there shall be one.
fn passphrase(options: &Options) -> Result<Option<Zeroizing<String>>, Failure> {
    if options.no_passphrase {
        return Ok(None);
    }
    if let Some(known) = secret::known(options.passphrase_file.as_ref(), secret::KEY_VARIABLE, None)? {
        return Ok(Some(known));
    }
    match secret::somebody_is_there() {
        true => {
            let typed = secret::ask_for_new("Passphrase for the key (empty for none)")?;
            Ok(Some(typed).filter(|typed| !typed.is_empty()))
        }
        false => Ok(None),
    }
}

/// The merchant id that was typed.
pub(super) fn merchant_id(text: &str) -> Result<MerchantId, Failure> {
    MerchantId::parse(text).map_err(|error| {
        Failure::new(Ending::Refused, error, "It is shown on the Merchant Platform, API Security.")
    })
}

/// The merchant's name that was typed.
pub(super) fn merchant_name(text: &str) -> Result<MerchantName, Failure> {
    MerchantName::parse(text).map_err(|error| {
        Failure::new(Ending::Refused, error, "It is shown on the Merchant Platform, API Security.")
    })
}

/// Says where the key is, and what may give it away.
pub(super) fn explain(folder: &CertificateFolder, request: &Request) {
    let key = folder.key();
    let key = key.display();
    let what = match (request.resumed, request.asked.key_is_sealed) {
        (false, true) => "The key was made, encrypted under the passphrase:",
        (false, false) => "The key was made:",
        (true, true) => "The key was made earlier, encrypted under a passphrase:",
        (true, false) => "The key was made earlier, without a passphrase:",
    };
    say(&format!("{what} `{key}`"));
    say(&format!(
        "It exists nowhere else and cannot be recovered. Keep a copy: tidegate cert backup '{}' --out FILE",
        folder.path().display()
    ));
    for concern in folder.concerns() {
        warn(&concern);
    }
    let again = if request.resumed { ", the same as before" } else { "" };
    say(&format!("The request string{again}, also in `{}`:", folder.request_string().display()));
}

/// Tells of something that may give a key away.
pub(super) fn warn(concern: &Concern) {
    say(&format!("Warning: {concern}"));
}

/// What to do on the platform, and after that.
fn next_steps(folder: &Path) -> String {
    format!(
        "\
Next, on the Merchant Platform, as super administrator:
  1. Account Center > Account Setting > API Security > Request Certificate.
  2. Paste the request string into the box, all of it, from the first dash to the last.
  3. Enter the SMS code and the login password, and go on.
  4. Copy the certificate string, and keep it in a file: all of it, the box has a scroll bar.
Then here:
  tidegate cert install --dir '{}' --certificate FILE",
        folder.display()
    )
}
