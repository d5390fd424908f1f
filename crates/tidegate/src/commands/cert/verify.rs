//! `tidegate cert verify`.

use std::path::PathBuf;

use certs::certificate::Certificate;
use certs::classification::{Class, classify};
use certs::material::Contents;
use certs::private_key::PrivateKey;
use certs::public_key::PublicKey;
use certs::serial::SerialNumber;
use certs::verification::{Check, Outcome, Question, Verification, verify};
use clap::Args;
use jiff::Timestamp;
use serde::Serialize;

use super::ending::{Ending, Failure};
use super::input;
use super::secret::PasswordOptions;
use crate::screen::{plain, print, wrapped};

/// Which certificate, and what it is compared with.
#[derive(Debug, Args)]
pub(super) struct Options {
    /// The file with the certificate: PEM, DER, PKCS#12 or PKCS#7; `-` for the standard input.
    #[arg(value_name = "FILE")]
    file: PathBuf,
    /// The private key, public key or request string that should belong to it. A PKCS#12 file brings its own.
    #[arg(long, value_name = "FILE")]
    key: Option<PathBuf>,
    /// The merchant id that it should be for.
    #[arg(long, value_name = "ID")]
    merchant_id: Option<String>,
    /// The serial number that is configured as `serial_no`, in any form, to compare with.
    #[arg(long, value_name = "SERIAL")]
    serial: Option<String>,
    /// Trust the certificates of this file (PEM, DER or PKCS#7) in the place of WeChat Pay's built-in keys.
    #[arg(long, value_name = "FILE")]
    anchor: Option<PathBuf>,
    #[command(flatten)]
    passwords: PasswordOptions,
    /// Print the answers as JSON.
    #[arg(long)]
    json: bool,
}

/// Answers the questions.
pub(super) fn run(options: &Options) -> Result<Ending, Failure> {
    let passwords = options.passwords.passwords()?;
    let anchors = input::anchors(options.anchor.as_ref())?;
    let contents = input::contents(&options.file, &passwords)?;
    let certificate =
        contents.expect_certificate().map_err(|error| Failure::from(error).about(&options.file))?;
    let key = match &options.key {
        Some(file) => {
            Some(public_half(&input::contents(file, &passwords)?).map_err(|error| error.about(file))?)
        }
        None => contents.private_key().map(|key| key.public_key().clone()),
    };
    let merchant_id = options.merchant_id.as_deref().map(super::request::merchant_id).transpose()?;
    let beside: Vec<Certificate> = contents.certificates().cloned().collect();
    let mut verification = verify(&Question {
        certificate,
        beside: &beside,
        anchors: &anchors,
        key: key.as_ref(),
        merchant_id: merchant_id.as_ref().map(|id| id.as_str()),
        now: Timestamp::now(),
    });
    if let Some(text) = &options.serial {
        verification.checks.push(serial(certificate, text));
    }
    let said = Said {
        file: plain(&options.file.display().to_string()),
        classification: classify(certificate).class,
        verification: &verification,
    };
    match options.json {
        true => print(&super::inspect::document(&said)?)?,
        false => print(&said.lines())?,
    }
    Ok(ending(&verification))
}

/// The key that a file is about. Anything that has one will do; but not a certificate, which would be compared with itself.
fn public_half(contents: &Contents) -> Result<PublicKey, Failure> {
    if let Some(csr) = contents.csr() {
        return Ok(csr.public_key.clone());
    }
    let public = contents.items.iter().find_map(|item| match item {
        certs::material::Item::PublicKey(key) => Some(key.clone()),
        _ => None,
    });
    match public {
        Some(key) => Ok(key),
        None => Ok(contents.expect_private_key().map(PrivateKey::public_key).cloned()?),
    }
}

/// Whether a serial number is this certificate's, however it is written.
fn serial(certificate: &Certificate, text: &str) -> Check {
    let own = &certificate.serial;
    let (outcome, sentence) = match SerialNumber::parse(text) {
        _ if own.is_written_as(text) => (Outcome::Pass, "It is this certificate's.".to_owned()),
        Err(error) => (Outcome::Fail, format!("{error}.")),
        Ok(other) => (
            Outcome::Fail,
            format!(
                "{} is another certificate's; this one has {}. Set `serial_no` to that, and do not take the platform certificate's.",
                other.hex(),
                own.hex_40()
            ),
        ),
    };
    Check { question: "serial number", outcome, sentence }
}

/// The answers, and about what.
#[derive(Serialize)]
struct Said<'a> {
    file: String,
    classification: Class,
    #[serde(flatten)]
    verification: &'a Verification,
}

impl Said<'_> {
    fn lines(&self) -> String {
        let Said { file, classification, verification } = self;
        let mut text = wrapped("", &format!("{file}: {}.", classification.sentence()), 2) + "\n";
        for check in &verification.checks {
            let before = format!("{:<14} {:<12} ", check.question, check.outcome);
            text.push_str(&wrapped(&before, &plain(&check.sentence), 28));
            text.push('\n');
        }
        text + &wrapped("", &plain(&verification.anchors), 0) + "\n"
    }
}

fn ending(verification: &Verification) -> Ending {
    let failed = verification.checks.iter().any(|check| check.outcome == Outcome::Fail);
    match (failed, verification.is_good()) {
        (true, _) => Ending::Refused,
        (false, true) => Ending::Well,
        (false, false) => Ending::NotProven,
    }
}
