//! Every figure that a decision rests on, in one value.
//!
//! The defaults are WeChat Pay's rules and our reading of them; tests, benchmarks and operators change single fields.

use std::hash::Hasher;

use jiff::SignedDuration;
use siphasher::sip::SipHasher13;

/// How long after its signature's time stamp a request may still be accepted: WeChat Pay refuses requests whose time
/// stamp is over five minutes old; one minute more for clocks that differ. What remains is the risk that the platform's
/// own clock is further off. Source: [official-skills], \[inferred\].
pub const REQUEST_LIFE: SignedDuration = SignedDuration::from_mins(6);

/// What proves the result of an accepted refund.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ConfirmBy {
    /// Only what the refund query says. A notification brings the query forward. Source: [refund-logic].
    Query,
    /// A verified V3 notification counts as well; the queries remain as a safety net.
    VerifiedNotification,
}

/// The figures by which one merchant id's refunds are driven.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Policy {
    /// How long after its signature's time stamp a request may still be accepted; see [`REQUEST_LIFE`].
    pub request_life: SignedDuration,
    /// On V2, how far apart two queries must find nothing before a number that was attempted counts as dead. \[inferred\]
    pub absences_apart: SignedDuration,
    /// Pauses before the same number is sent again after an unclear answer, counted by resend; the last one repeats.
    /// Source: [operations 4.2].
    pub resend_after: Vec<SignedDuration>,
    /// Pauses before a query that brought nothing is made again; the last one repeats.
    pub ask_again_after: Vec<SignedDuration>,
    /// How long a refund may be unclear before a person is told.
    pub unclear_alert_after: SignedDuration,
    /// When to ask for the result, counted from acceptance; a day after the last of them the daily queries begin.
    /// Source: [refund-logic].
    pub first_queries: Vec<SignedDuration>,
    /// What proves a result.
    pub confirm_by: ConfirmBy,
    /// How long after NOT ENOUGH the same refund goes again when nothing better is known. Source: [official-skills].
    pub funds_retry_every: SignedDuration,
    /// How long after NOT ENOUGH nothing as large is tried in the same pool, unless payments filled it.
    /// Source: [operations 2.5].
    pub nothing_as_large_for: SignedDuration,
    /// Greatest random offset of attempts that a timer drives, so that many pools do not fire together.
    pub jitter: SignedDuration,
    /// Least time between requests for different refunds of one order. Source: [global-refund 2.1].
    pub order_spacing: SignedDuration,
    /// Calls of one kind (submissions, queries) a second and merchant id. Source: [global-refund 2.1].
    pub calls_per_second: u32,
    /// How long half of the calls are made after WeChat Pay said that they come too fast. Source: [operations 2.5].
    pub slow_for: SignedDuration,
    /// Submissions a minute for orders older than a month. Source: [global-refund 2.1].
    pub old_order_calls_per_minute: u32,
    /// Refused calls a second: half of the six WeChat Pay tolerates. Source: [global-refund 2.1].
    pub refusals_per_second: u32,
    /// Submissions under way at once.
    pub submissions_in_flight: usize,
    /// Queries under way at once.
    pub queries_in_flight: usize,
    /// Waiting refunds the owner knows at a time; the rest stays in the store.
    pub front_limit: usize,
    /// How often a halted merchant id is tested with a harmless query.
    pub halt_probe_every: SignedDuration,
    /// How long sending is ramped up after a halt.
    pub ramp: SignedDuration,
    /// Seed of everything that looks random.
    pub seed: u64,
}

impl Default for Policy {
    fn default() -> Policy {
        let seconds = SignedDuration::from_secs;
        let minutes = SignedDuration::from_mins;
        Policy {
            request_life: REQUEST_LIFE,
            absences_apart: minutes(10),
            resend_after: vec![seconds(0), seconds(5), seconds(30), minutes(2), minutes(10)],
            ask_again_after: vec![seconds(5), seconds(30), minutes(2), minutes(10)],
            unclear_alert_after: minutes(60),
            first_queries: vec![minutes(1), minutes(20), minutes(60), minutes(120), minutes(24 * 60)],
            confirm_by: ConfirmBy::Query,
            funds_retry_every: minutes(60),
            nothing_as_large_for: minutes(5),
            jitter: seconds(20),
            order_spacing: seconds(60),
            calls_per_second: 150,
            slow_for: minutes(10),
            old_order_calls_per_minute: 5000,
            refusals_per_second: 3,
            submissions_in_flight: 64,
            queries_in_flight: 64,
            front_limit: 16_384,
            halt_probe_every: minutes(5),
            ramp: seconds(60),
            seed: 0,
        }
    }
}

impl Policy {
    /// The offset that the timer-driven attempt after attempt `n` of the refund named `id` gets: between nothing and
    /// `jitter`, the same whenever it is computed.
    pub fn spread(&self, id: &str, n: u32) -> SignedDuration {
        let mut hasher = SipHasher13::new_with_keys(self.seed, u64::from(n));
        hasher.write(id.as_bytes());
        let range = u64::try_from(self.jitter.as_millis()).unwrap_or(0) + 1;
        SignedDuration::from_millis(i64::try_from(hasher.finish() % range).unwrap_or(0))
    }
}

/// The `n`-th of `pauses`, the last one for every further `n`; nothing if there are none.
pub(crate) fn pause(pauses: &[SignedDuration], n: u32) -> SignedDuration {
    let index = usize::try_from(n).unwrap_or(usize::MAX).min(pauses.len().saturating_sub(1));
    pauses.get(index).copied().unwrap_or(SignedDuration::ZERO)
}
