//! How long things last: the numbers of the platform's rules, in two profiles.

use std::fmt;
use std::str::FromStr;

use jiff::SignedDuration;
use serde::{Deserialize, Serialize};

/// Which of the platform's two sets of rules a [`Policy`] began as.
///
/// The pages contradict each other because the rules changed: the older page knows one year and renewals, the newer one
/// five years and three certificates at once. Source: [api-certificate], [certificate-rules].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Profile {
    /// The older page: a year at a time, five years in all, a replaced certificate dies.
    Classic,
    /// Today's: five years at once, three side by side, voiding and restoring.
    Current,
}

impl Profile {
    /// Every profile.
    pub const ALL: [Profile; 2] = [Profile::Classic, Profile::Current];

    /// Its name, as configuration and command line write it.
    pub fn name(self) -> &'static str {
        match self {
            Profile::Classic => "classic",
            Profile::Current => "current",
        }
    }
}

impl fmt::Display for Profile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// A name that no profile has.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("there is no lifecycle profile `{found}`: write `classic` or `current`")]
pub struct UnknownProfile {
    /// What was written.
    pub found: String,
}

impl FromStr for Profile {
    type Err = UnknownProfile;

    fn from_str(text: &str) -> Result<Profile, UnknownProfile> {
        let named = Profile::ALL.into_iter().find(|profile| profile.name() == text);
        named.ok_or_else(|| UnknownProfile { found: text.to_owned() })
    }
}

/// How far a renewal carries a certificate.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Extension {
    /// So many calendar years from the old `not_after`.
    Years(u8),
    /// To the end of [`Policy::limit_years`].
    ToLimit,
}

/// The numbers by which certificates live. Years and months are those of China's calendar, durations are exact.
///
/// Source: [api-certificate], [certificate-rules], [certificate-renewal], [certificate-void], [certificate-faq].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Policy {
    /// The profile that the numbers were taken from.
    pub profile: Profile,
    /// Years that a new certificate is valid.
    pub initial_years: u8,
    /// What a renewal adds.
    pub extension: Extension,
    /// Years from the first issue, renewals counted, after which a certificate can only be changed.
    pub limit_years: u8,
    /// A renewal up to the limit that would add less than this is refused. Certificates are seen with 1825 days, a day or
    /// two short of five years: nobody renews for that day.
    pub least_extension: SignedDuration,
    /// How long before `not_after` renewal opens and the first notice goes out; the instant itself counts as within.
    pub notice_before: SignedDuration,
    /// Months after `not_after` in which an expired certificate can still be upgraded; the last instant counts as within.
    pub grace_months: u8,
    /// How long a certificate works after a Change replaced it; `None`: until its own end.
    pub overlap_after_change: Option<SignedDuration>,
    /// How long a WeChat-Pay-issued certificate works after the Upgrade to a CA-issued one; `None`: until its own end.
    /// The page names 48 hours and 14 days; the longer one counts as its death, the shorter one as the time to be done in
    /// ([`Policy::deploy_within`]).
    pub overlap_after_upgrade: Option<SignedDuration>,
    /// By when a new certificate should be on every server.
    pub deploy_within: SignedDuration,
    /// How many certificates of a merchant id may be requested, active or expiring at once.
    pub concurrent: usize,
    /// How long a voided certificate can be restored; `None`: nothing can be voided.
    pub restore_within: Option<SignedDuration>,
}

impl Policy {
    /// The rules of the older page, which are the default.
    pub fn classic() -> Policy {
        Policy {
            profile: Profile::Classic,
            initial_years: 1,
            extension: Extension::Years(1),
            limit_years: 5,
            least_extension: days(3),
            notice_before: days(60),
            grace_months: 1,
            overlap_after_change: Some(SignedDuration::from_hours(48)),
            overlap_after_upgrade: Some(days(14)),
            deploy_within: SignedDuration::from_hours(48),
            concurrent: 1,
            restore_within: None,
        }
    }

    /// Today's rules.
    pub fn current() -> Policy {
        Policy {
            profile: Profile::Current,
            initial_years: 5,
            extension: Extension::ToLimit,
            overlap_after_change: None,
            overlap_after_upgrade: None,
            concurrent: 3,
            restore_within: Some(days(7)),
            ..Policy::classic()
        }
    }

    /// The rules of `profile`.
    pub fn of(profile: Profile) -> Policy {
        match profile {
            Profile::Classic => Policy::classic(),
            Profile::Current => Policy::current(),
        }
    }
}

impl Default for Policy {
    fn default() -> Policy {
        Policy::classic()
    }
}

/// So many times 24 hours.
pub(super) const fn days(number: i64) -> SignedDuration {
    SignedDuration::from_hours(24 * number)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn profiles_are_read_by_the_name_they_print() {
        for profile in Profile::ALL {
            assert_eq!(profile.to_string().parse(), Ok(profile));
            assert_eq!(Policy::of(profile).profile, profile);
        }
        assert_eq!(
            "modern".parse::<Profile>().unwrap_err().to_string(),
            "there is no lifecycle profile `modern`: write `classic` or `current`"
        );
    }

    #[test]
    fn the_numbers_are_those_of_the_pages() {
        let classic = Policy::default();
        assert_eq!((classic.initial_years, classic.limit_years, classic.grace_months), (1, 5, 1));
        assert_eq!(classic.notice_before, days(60));
        assert_eq!(classic.overlap_after_change, Some(SignedDuration::from_hours(48)));
        assert_eq!(classic.overlap_after_upgrade, Some(days(14)));
        let current = Policy::current();
        assert_eq!((current.initial_years, current.concurrent), (5, 3));
        assert_eq!(current.restore_within, Some(days(7)));
    }
}
