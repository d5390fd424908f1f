//! The states of a certificate, and which of them the clock says.

use std::fmt;

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use super::china;
use super::policy::Policy;
use super::record::{KeyPlace, Record, Replacement};
use super::table;

/// Where a certificate stands in its life. Source: [api-certificate], [certificate-rules], \[inferred].
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum State {
    /// There is none.
    #[serde(rename = "none")]
    Nothing,
    /// Issued, and its string shown; the tool has not yet put it to its key.
    Requested,
    /// Valid, with more than the notice period left.
    Active,
    /// Valid, with the notice period (60 days) or less left.
    Expiring,
    /// Expired, for at most the month in which it can be upgraded.
    ExpiredGrace,
    /// Expired for longer: only Change.
    ExpiredFinal,
    /// Replaced by Change; works for 48 hours more.
    #[serde(rename = "superseded-48h")]
    SupersededByChange,
    /// Replaced by the Upgrade to a CA-issued one; works for 14 days more.
    #[serde(rename = "superseded-14d")]
    SupersededByUpgrade,
    /// Voided; can be restored for seven days.
    Voided,
    /// At its end. Nothing leads out of here.
    Dead,
}

impl State {
    /// Every state.
    pub const ALL: [State; 10] = [
        State::Nothing,
        State::Requested,
        State::Active,
        State::Expiring,
        State::ExpiredGrace,
        State::ExpiredFinal,
        State::SupersededByChange,
        State::SupersededByUpgrade,
        State::Voided,
        State::Dead,
    ];

    /// Its name, as people and programs read it.
    pub fn name(self) -> &'static str {
        match self {
            State::Nothing => "none",
            State::Requested => "requested",
            State::Active => "active",
            State::Expiring => "expiring",
            State::ExpiredGrace => "expired-grace",
            State::ExpiredFinal => "expired-final",
            State::SupersededByChange => "superseded-48h",
            State::SupersededByUpgrade => "superseded-14d",
            State::Voided => "voided",
            State::Dead => "dead",
        }
    }

    /// Whether a certificate in this state counts towards [`Policy::concurrent`].
    pub fn is_living(self) -> bool {
        match self {
            State::Requested | State::Active | State::Expiring => true,
            State::Nothing
            | State::ExpiredGrace
            | State::ExpiredFinal
            | State::SupersededByChange
            | State::SupersededByUpgrade
            | State::Voided
            | State::Dead => false,
        }
    }
}

impl fmt::Display for State {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// An instant at which the clock alone changes a state.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Edge {
    /// The notice period begins.
    NoticePeriod,
    /// The certificate expires.
    Expiry,
    /// The month after expiry is over.
    GraceOver,
    /// What a replaced certificate was still given is over.
    OverlapOver,
    /// A voided certificate can no longer be restored.
    RestoreOver,
}

impl Edge {
    /// The first instant beyond the edge; `None` if `record` has no such edge.
    ///
    /// A certificate is valid through `not_after`, so it expires a second later, for X.509 counts in seconds; the month
    /// after that is kept likewise. Exact durations end at their instant: 60 days before `not_after` is within the notice
    /// period, and 48 hours after a replacement is no longer within the overlap.
    pub fn instant(self, record: &Record, policy: &Policy) -> Option<Timestamp> {
        let not_after = record.validity.not_after;
        let expired = china::after(not_after, SECOND);
        match self {
            Edge::NoticePeriod => Some(china::before(not_after, policy.notice_before)),
            Edge::Expiry => Some(expired),
            Edge::GraceOver => {
                Some(china::after(china::months_after(not_after, policy.grace_months), SECOND))
            }
            Edge::OverlapOver => {
                let superseded = record.superseded?;
                let overlap = policy.overlap_after(superseded.by)?;
                // A replaced certificate is not renewed any more: its own end comes first if it is earlier.
                Some(china::after(superseded.at, overlap).min(expired))
            }
            Edge::RestoreOver => {
                let voided = record.voided_at?;
                Some(china::after(voided, policy.restore_within.unwrap_or(SignedDuration::ZERO)))
            }
        }
    }
}

const SECOND: SignedDuration = SignedDuration::from_secs(1);

impl Policy {
    /// How long a certificate works after it was replaced in this way; `None`: until its own end.
    pub fn overlap_after(&self, replacement: Replacement) -> Option<SignedDuration> {
        match replacement {
            Replacement::Change => self.overlap_after_change,
            Replacement::UpgradeKind => self.overlap_after_upgrade,
        }
    }
}

/// Where the certificate of `record` stands at `now`.
///
/// It begins in the state that its facts give, and passes every edge of the table that lies behind `now`.
pub fn state(record: &Record, policy: &Policy, now: Timestamp) -> State {
    let mut state = beginning(record, policy, now);
    while let Some((instant, next)) = next_change(state, record, policy) {
        if now < instant {
            break;
        }
        state = next;
    }
    state
}

/// When the clock alone will change `state`, and into what; `None` if it will not.
pub fn next_change(state: State, record: &Record, policy: &Policy) -> Option<(Timestamp, State)> {
    let (edge, next) = table::clock_edge(state)?;
    Some((edge.instant(record, policy)?, next))
}

fn beginning(record: &Record, policy: &Policy, now: Timestamp) -> State {
    if record.ended_at.is_some() {
        return State::Dead;
    }
    if record.voided_at.is_some() {
        return State::Voided;
    }
    // Under rules by which a replaced certificate lives on, that it was replaced is no state.
    match record.superseded.filter(|superseded| policy.overlap_after(superseded.by).is_some()) {
        Some(superseded) => match superseded.by {
            Replacement::Change => State::SupersededByChange,
            Replacement::UpgradeKind => State::SupersededByUpgrade,
        },
        // A string that was never pasted is worth nothing beyond expiry: from then on it is a certificate like others.
        None if record.key == KeyPlace::Pending && now <= record.validity.not_after => State::Requested,
        None => State::Active,
    }
}
