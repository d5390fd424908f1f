//! `tidegate cert inspect`.

use std::path::{Path, PathBuf};

use certs::inspection::{Report, Subject, inspect, render};
use certs::lifecycle::{Policy, Profile};
use clap::Args;
use jiff::Timestamp;
use serde::Serialize;
use zeroize::Zeroizing;

use super::ending::{Ending, Failure};
use super::secret::PasswordOptions;
use super::{input, say};
use crate::screen::{plain, print};

/// Which files.
#[derive(Debug, Args)]
pub(super) struct Options {
    /// The files: PEM with anything around it, bare Base64, DER, PKCS#12 of any age, PKCS#7, request strings, keys; `-` for
    /// the standard input.
    #[arg(value_name = "FILE", required = true)]
    files: Vec<PathBuf>,
    #[command(flatten)]
    passwords: PasswordOptions,
    /// The platform's rules by which the certificates live: `classic` (a year at a time) or `current` (five years).
    #[arg(long, value_name = "PROFILE", default_value = "classic")]
    profile: Profile,
    /// Print an array with an object a file.
    #[arg(long)]
    json: bool,
}

/// What there is to say about a file, for programs.
#[derive(Serialize)]
#[serde(untagged)]
enum Said {
    Report(Box<Report>),
    Failure { file: String, error: String, what_to_do: String },
}

/// Shows what is in the files; one that cannot be read does not hide the others.
pub(super) fn run(options: &Options) -> Result<Ending, Failure> {
    let passwords = options.passwords.passwords()?;
    let (policy, now) = (Policy::of(options.profile), Timestamp::now());
    let (mut said, mut page, mut ending) = (Vec::new(), Vec::new(), Ending::Well);
    for file in &options.files {
        match report(file, &passwords, &policy, now) {
            Ok(report) => {
                page.push(render(&report, now));
                said.push(Said::Report(Box::new(report)));
            }
            Err(failure) => {
                ending = ending.max(failure.ending());
                if !options.json {
                    say(&format!("tidegate: {failure}"));
                }
                said.push(Said::Failure {
                    file: plain(&file.display().to_string()),
                    error: failure.sentence(),
                    what_to_do: failure.what_to_do().to_owned(),
                });
            }
        }
    }
    match options.json {
        true => print(&document(&said)?)?,
        false => print(&page.join("\n"))?,
    }
    Ok(ending)
}

fn report(
    file: &Path,
    passwords: &[Zeroizing<String>],
    policy: &Policy,
    now: Timestamp,
) -> Result<Report, Failure> {
    let bytes = input::read(file)?;
    let passwords: Vec<&str> = passwords.iter().map(|password| password.as_str()).collect();
    let name = file.to_string_lossy();
    let subject = Subject { file: &name, bytes: &bytes, passwords: &passwords, policy, now };
    inspect(&subject).map_err(|error| Failure::from(error).about(file))
}

/// A document on lines of its own.
pub(super) fn document(value: &impl Serialize) -> Result<String, Failure> {
    let text = serde_json::to_string_pretty(value);
    let text = text.map_err(|error| Failure::new(Ending::Failed, error, "Leave `--json` out."))?;
    Ok(text + "\n")
}
