//! The policies that a replay knows by name: ours, and what is written without a planner. Source: [operations 2.7].

use jiff::SignedDuration;
use refunds::policy::{Planning, Policy, Sharing};

/// A policy under the name by which it is asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Named {
    /// The name.
    pub name: &'static str,
    /// The policy.
    pub policy: Policy,
}

impl Named {
    /// The same with the day's money kept together for large refunds, with sub-merchants that take turns, or with both. The
    /// payments of a replay are nobody's, so all turns are alike.
    pub fn sharing(self, reserve: bool, shares: bool) -> Named {
        let shares = if shares { Sharing::Equal } else { Sharing::Off };
        Named { policy: Policy { reserve, shares, ..self.policy }, ..self }
    }
}

/// A name that no policy has.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("there is no policy `{name}`; there are {}", known())]
pub struct UnknownPolicy {
    /// The name.
    pub name: String,
}

/// Makes the planning of a policy from the one that planners have.
type Plans = fn(Planning) -> Planning;

const POLICIES: [(&str, Plans); 5] = [
    ("default", |planning| planning),
    ("fixed15", |_| Planning::Every(SignedDuration::from_mins(15))),
    ("fixed60", |_| Planning::Every(SignedDuration::from_mins(60))),
    ("daily", |_| Planning::Every(SignedDuration::from_hours(24))),
    ("exponential", |_| Planning::Doubling {
        first: SignedDuration::from_mins(5),
        cap: SignedDuration::from_hours(12),
    }),
];

/// The names there are: ours first.
pub fn names() -> impl Iterator<Item = &'static str> {
    POLICIES.iter().map(|(name, _)| *name)
}

fn known() -> String {
    POLICIES.map(|(name, _)| format!("`{name}`")).join(", ")
}

/// The policy called `name`, with everything that looks random drawn by `seed`.
///
/// Attempts come at exactly the time that was planned: the spread that keeps many installations apart would only blur what a
/// replay of one is to show.
///
/// Reservations and turns among sub-merchants are off, so that a policy's own merit shows; whoever wants them switches them on.
pub fn named(name: &str, seed: u64) -> Result<Named, UnknownPolicy> {
    let found = POLICIES.iter().find(|(known, _)| *known == name);
    let &(name, plans) = found.ok_or_else(|| UnknownPolicy { name: name.to_owned() })?;
    let policy = Policy::default();
    let planning = plans(policy.planning);
    // What is written without a planner takes refunds as they come.
    let overtaking = if planning == policy.planning { policy.overtaking } else { SignedDuration::ZERO };
    let plain = Policy { reserve: false, shares: Sharing::Off, jitter: SignedDuration::ZERO, ..policy };
    Ok(Named { name, policy: Policy { planning, overtaking, seed, ..plain } })
}
