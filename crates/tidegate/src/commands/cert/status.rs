//! `tidegate cert status`.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use certs::classification::classify;
use certs::lifecycle::notices::{Schedule, due};
use certs::lifecycle::{Action, Policy, Profile, Record, State, allowed, china, state};
use clap::Args;
use gateway::certificate_folder::{CertificateFolder, Holding, Kept};
use jiff::Timestamp;
use serde::Serialize;

use super::ending::{Ending, Failure};
use super::request::warn;
use super::say;
use crate::screen::{Sheet, plain, print};

/// Which folders.
#[derive(Debug, Args)]
pub(super) struct Options {
    /// Certificate folders, or folders of such folders; if left out, the one you are in.
    #[arg(value_name = "DIR", default_value = ".")]
    dirs: Vec<PathBuf>,
    /// The platform's rules by which the certificates live: `classic` (a year at a time) or `current` (five years).
    #[arg(long, value_name = "PROFILE", default_value = "classic")]
    profile: Profile,
    /// Print an array with an object a folder.
    #[arg(long)]
    json: bool,
}

/// Where a folder stands.
#[derive(Debug, Serialize)]
struct Standing {
    dir: String,
    merchant_id: Option<String>,
    /// `awaiting` before the certificate string came back, then the state of the certificate.
    state: String,
    classification: Option<&'static str>,
    serial_hex: Option<String>,
    not_after: Option<String>,
    /// Whole days to `not_after`; negative after it.
    days_left: Option<i64>,
    /// The year of use that has begun, from the first certificate of the key, and how many there can be.
    year_of_use: Option<u8>,
    years_at_most: Option<u8>,
    /// What may be done today.
    allowed: Vec<String>,
    /// The notices that are due.
    due: Vec<String>,
    /// `plain`, `encrypted` or `missing`.
    key: &'static str,
}

/// Tells where every folder stands, and ends with what is worst.
pub(super) fn run(options: &Options) -> Result<Ending, Failure> {
    let (policy, now) = (Policy::of(options.profile), Timestamp::now());
    let Found { folders, is_incomplete } = folders(&options.dirs)?;
    let mut ending = if is_incomplete { Ending::Failed } else { Ending::Well };
    let mut standings = Vec::new();
    for (folder, holding) in folders {
        let (standing, worst) = Standing::of(&folder, &holding, &policy, now);
        ending = ending.max(worst);
        standings.push(standing);
        if !options.json {
            folder.concerns().iter().for_each(warn);
        }
    }
    if standings.is_empty() && is_incomplete {
        return Ok(ending);
    }
    if standings.is_empty() {
        let sentence = "none of these folders holds a key, a request string or a certificate";
        return Err(Failure::new(Ending::Failed, sentence, "Begin with `tidegate cert request`."));
    }
    match options.json {
        true => print(&super::inspect::document(&standings)?)?,
        false => {
            let pages: Vec<String> = standings.iter().map(|standing| standing.page(&policy)).collect();
            print(&pages.join("\n"))?;
        }
    }
    Ok(ending)
}

/// Certificate folders, and whether there were others that could not be told.
#[derive(Default)]
struct Found {
    folders: Vec<(CertificateFolder, Holding)>,
    is_incomplete: bool,
}

/// The certificate folders among these and, where one is none, below it.
fn folders(dirs: &[PathBuf]) -> Result<Found, Failure> {
    let mut found = Found::default();
    for dir in dirs {
        let folder = CertificateFolder::open(dir)?;
        match folder.holding().map_err(|error| Failure::from(error).about(dir))? {
            Holding::Nothing => below(dir, &mut found),
            holding => found.folders.push((folder, holding)),
        }
    }
    Ok(found)
}

/// The certificate folders in a folder, by name. One that cannot be told is said, and does not hide the others: the user of a
/// service often may not read what it is to watch.
fn below(dir: &Path, found: &mut Found) {
    let entries = std::fs::read_dir(dir).into_iter().flatten();
    let mut paths: Vec<PathBuf> = entries.filter_map(|entry| entry.ok().map(|entry| entry.path())).collect();
    paths.sort();
    for folder in paths.iter().filter_map(|path| CertificateFolder::open(path).ok()) {
        match folder.holding() {
            Ok(Holding::Nothing) => {}
            Ok(holding) => found.folders.push((folder, holding)),
            Err(error) => {
                say(&format!("tidegate: {}", Failure::from(error).about(folder.path())));
                found.is_incomplete = true;
            }
        }
    }
}

impl Standing {
    fn of(
        folder: &CertificateFolder,
        holding: &Holding,
        policy: &Policy,
        now: Timestamp,
    ) -> (Standing, Ending) {
        let dir = plain(&folder.path().display().to_string());
        match holding {
            Holding::Certificate(kept) => Standing::of_certificate(dir, kept, policy, now),
            Holding::Awaiting(asked) => (
                Standing {
                    merchant_id: Some(asked.merchant_id.to_string()),
                    state: "awaiting".to_owned(),
                    key: if asked.key_is_sealed { "encrypted" } else { "plain" },
                    ..Standing::nothing(dir)
                },
                Ending::Well,
            ),
            Holding::Nothing => (Standing::nothing(dir), Ending::Well),
        }
    }

    fn nothing(dir: String) -> Standing {
        Standing {
            dir,
            merchant_id: None,
            state: State::Nothing.name().to_owned(),
            classification: None,
            serial_hex: None,
            not_after: None,
            days_left: None,
            year_of_use: None,
            years_at_most: None,
            allowed: Vec::new(),
            due: Vec::new(),
            key: "missing",
        }
    }

    fn of_certificate(dir: String, kept: &Kept, policy: &Policy, now: Timestamp) -> (Standing, Ending) {
        const DAY_S: i64 = 86_400;
        let record = kept.record();
        let stands = state(&record, policy, now);
        let not_after = record.validity.not_after;
        let notice = due(&record, &Schedule::watch(), policy, now, &BTreeSet::new());
        let actions = allowed(Some(&record), policy, 0, now);
        let standing = Standing {
            merchant_id: kept.merchant_id.as_ref().map(ToString::to_string),
            state: stands.name().to_owned(),
            classification: Some(classify(&kept.certificate).class.name()),
            serial_hex: Some(kept.certificate.serial.hex()),
            not_after: Some(not_after.to_string()),
            days_left: Some((not_after.as_second() - now.as_second()).div_euclid(DAY_S)),
            year_of_use: Some(year_of_use(&record, policy, now)),
            years_at_most: Some(policy.limit_years),
            allowed: actions.iter().map(|action| action.name().to_owned()).collect(),
            due: notice.iter().map(|notice| notice.occasion.to_string()).collect(),
            key: match kept.key_is_sealed {
                None => "missing",
                Some(true) => "encrypted",
                Some(false) => "plain",
            },
            ..Standing::nothing(dir)
        };
        let ending = match stands {
            State::Active if notice.is_none() && kept.key_is_sealed.is_some() => Ending::Well,
            State::Nothing | State::Requested | State::Active | State::Expiring => Ending::Soon,
            State::ExpiredGrace
            | State::ExpiredFinal
            | State::SupersededByChange
            | State::SupersededByUpgrade
            | State::Voided
            | State::Dead => Ending::Over,
        };
        (standing, ending)
    }

    fn page(&self, policy: &Policy) -> String {
        let mut sheet = Sheet::new(self.dir.clone());
        sheet.line_if("Merchant id", self.merchant_id.clone());
        let kind = self.classification.map(str::to_owned);
        sheet.line("State", self.state.clone());
        sheet.line_if("Kind", kind);
        sheet.line_if("Serial number", self.serial_hex.clone());
        sheet.line_if("Valid through", self.not_after.as_deref().map(crate::screen::instant));
        sheet.line_if("Days left", self.days_left.map(days));
        let years = self.year_of_use.zip(self.years_at_most);
        sheet.line_if("Year of use", years.map(|(year, most)| format!("{year} of {most}")));
        sheet.line("Key", self.key.to_owned());
        if self.not_after.is_some() {
            sheet.line("Allowed today", named(&self.allowed, policy));
            sheet.line("Notices due", listed(&self.due));
        } else if self.state == "awaiting" {
            let next = "paste the request string into the Merchant Platform, then `tidegate cert install`";
            sheet.line("Next", next.to_owned());
        }
        sheet.to_string()
    }
}

/// The year of use that has begun, from 1; no more than there can be by the rules and one.
fn year_of_use(record: &Record, policy: &Policy, now: Timestamp) -> u8 {
    let has_begun = |year: &u8| china::years_after(record.first_issued, *year) <= now;
    (1..=policy.limit_years)
        .take_while(has_begun)
        .count()
        .try_into()
        .unwrap_or(policy.limit_years)
        .saturating_add(1)
}

fn days(days: i64) -> String {
    match days < 0 {
        true => format!("expired {} days ago", -days),
        false => days.to_string(),
    }
}

/// The actions by the names of the platform's buttons.
fn named(actions: &[String], policy: &Policy) -> String {
    let label = |name: &String| {
        let action = Action::ALL.into_iter().find(|action| action.name() == name);
        action.map_or_else(|| name.clone(), |action| action.label(policy.profile).to_owned())
    };
    listed(&actions.iter().map(label).collect::<Vec<_>>())
}

fn listed(items: &[String]) -> String {
    match items.is_empty() {
        true => "none".to_owned(),
        false => items.join(", "),
    }
}
