//! `[certificate_watch]`: when people are told that a certificate ends.

use certs::lifecycle::Policy;
use certs::lifecycle::notices::{Language, Schedule};
use jiff::SignedDuration;
use serde::Deserialize;
use toml::Spanned;

use super::{ConfigError, Source, Wrong};
use crate::watch::settings::WatchSettings;

/// The table as it is written. Every key may be left out.
#[derive(Deserialize, Default)]
#[serde(deny_unknown_fields)]
pub(super) struct Table {
    days_before: Option<Spanned<Vec<u16>>>,
    on_the_day: Option<bool>,
    daily_in_grace: Option<bool>,
    daily_while_superseded: Option<bool>,
    overdue_days: Option<u16>,
    language: Option<Spanned<String>>,
    profile: Option<Spanned<String>>,
}

/// A certificate that can live for five years is not told about for longer.
const LONGEST_DAYS: u16 = 5 * 366;

impl Table {
    pub(super) fn read(self, source: &Source<'_>) -> Result<WatchSettings, ConfigError> {
        let Table {
            days_before,
            on_the_day,
            daily_in_grace,
            daily_while_superseded,
            overdue_days,
            language,
            profile,
        } = self;
        let usual = WatchSettings::default();
        let days_before = match days_before {
            None => usual.schedule.days_before,
            Some(days) => {
                let is_day = |day: &u16| (1..=LONGEST_DAYS).contains(day);
                if !days.get_ref().iter().all(is_day) {
                    let what_to_do = "Give whole days from 1 on, such as `[60, 30, 14, 7, 1]`";
                    let wrong = ("has a number that is no such day".to_owned(), what_to_do);
                    return Err(source.wrong(days.span().start, "certificate_watch.days_before", wrong));
                }
                days.into_inner()
            }
        };
        let language = source.value(language, "certificate_watch.language", language_of)?;
        let policy = source.value(profile, "certificate_watch.profile", policy_of)?;
        Ok(WatchSettings {
            schedule: Schedule {
                days_before,
                on_the_day: on_the_day.unwrap_or(usual.schedule.on_the_day),
                daily_in_grace: daily_in_grace.unwrap_or(usual.schedule.daily_in_grace),
                daily_while_superseded: daily_while_superseded
                    .unwrap_or(usual.schedule.daily_while_superseded),
            },
            policy: policy.unwrap_or(usual.policy),
            language: language.unwrap_or(usual.language),
            overdue_before: overdue_days
                .map_or(usual.overdue_before, |days| SignedDuration::from_hours(24 * i64::from(days))),
        })
    }
}

fn language_of(text: &str) -> Result<Language, Wrong> {
    match text {
        "en" => Ok(Language::English),
        "zh-CN" => Ok(Language::Chinese),
        _ => Err(("is no language that notices are written in".to_owned(), "Give `en` or `zh-CN`")),
    }
}

fn policy_of(text: &str) -> Result<Policy, Wrong> {
    let profile = text
        .parse()
        .map_err(|_| ("is not the name of the platform's rules".to_owned(), "Give `classic` or `current`"));
    profile.map(Policy::of)
}
