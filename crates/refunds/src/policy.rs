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

/// The least chance on which a refund goes where payments are seen, in a thousandth, whatever a policy says. A refusal makes the
/// planner think less of the pool, but not so much less that one chance in ten would be out of sight: with that figure the
/// replayed merchants were refused up to 1,380 times a refund. At this one it was less than once.
pub const LEAST_GO_AT_PER_MILLE: u16 = 300;

/// What proves the result of an accepted refund.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ConfirmBy {
    /// Only what the refund query says. A notification brings the query forward. Source: [refund-logic].
    Query,
    /// A verified V3 notification counts as well; the queries remain as a safety net.
    VerifiedNotification,
}

/// Who of those that met NOT ENOUGH goes again, and when.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Planning {
    /// When what is known and forecast of the pool says so.
    ByPool,
    /// Again and again after a pause, whatever is known: what is written by hand without a planner, and what ours is
    /// measured against. Source: [operations 2.7].
    Every(SignedDuration),
    /// After a pause that doubles from refusal to refusal up to a cap, half of it by chance. Source: [operations 2.7].
    Doubling {
        /// The first pause.
        first: SignedDuration,
        /// The longest.
        cap: SignedDuration,
    },
}

/// How sub-merchants that share a pool take turns. Source: [operations 2.5].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sharing {
    /// Not at all: whoever waits longest goes first.
    Off,
    /// All alike, whatever they brought.
    Equal,
    /// By what each brought today, with a tenth dealt out equally: it is their payments that pay the refunds.
    ByMoneyBrought,
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
    /// Who of those that met NOT ENOUGH goes again, and when.
    pub planning: Planning,
    /// Whether the day's money is kept together for a large refund that has waited for long. Source: [operations 2.5].
    pub reserve: bool,
    /// How sub-merchants take turns.
    pub shares: Sharing,
    /// How much later than another a refund of half its need may have come and still go before it, where there are no turns to
    /// keep. The small ones take little from the large, and more customers have their money sooner; who has waited
    /// for hours is overtaken by nobody.
    pub overtaking: SignedDuration,
    /// How likely a refund must fit to go, in a thousandth, where payments are seen; less than [`LEAST_GO_AT_PER_MILLE`] counts as
    /// that much.
    pub go_at_per_mille: u16,
    /// How many refusals after their first attempts the refunds of a pool may spend together in a hundred full hours of waiting,
    /// where nothing is seen of the pool.
    pub refusals_per_hundred_hours: u16,
    /// How long after NOT ENOUGH the same refund goes again when nothing better is known. Source: [official-skills].
    pub funds_retry_every: SignedDuration,
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
    /// Waiting refunds the owner knows at a time; the rest stays in the store. Each takes about 2.7 KiB, and as much again on a
    /// page that is on its way: with 4,096 an owner stays well below 32 MiB. It should be more than there are lanes in which
    /// refunds wait, sub-merchants times sizes, so that the oldest of each is among them.
    pub front_limit: usize,
    /// After a backup was put back: of how many orders, those first heard of last, WeChat Pay is asked for their refunds before anything
    /// is submitted. A hundred take about a second.
    pub recent_orders: usize,
    /// How long that may keep submissions back.
    pub recent_orders_within: SignedDuration,
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
            planning: Planning::ByPool,
            reserve: true,
            shares: Sharing::ByMoneyBrought,
            overtaking: minutes(60),
            go_at_per_mille: 500,
            refusals_per_hundred_hours: 50,
            funds_retry_every: minutes(60),
            jitter: seconds(20),
            order_spacing: seconds(60),
            calls_per_second: 150,
            slow_for: minutes(10),
            old_order_calls_per_minute: 5000,
            refusals_per_second: 3,
            submissions_in_flight: 64,
            queries_in_flight: 64,
            front_limit: 4_096,
            recent_orders: 10_000,
            recent_orders_within: minutes(10),
            halt_probe_every: minutes(5),
            ramp: seconds(60),
            seed: 0,
        }
    }
}

impl Policy {
    /// How long the refund named `id` waits after its `n`-th attempt met NOT ENOUGH, if nothing better is known.
    pub fn pause_after_not_enough(&self, id: &str, n: u32) -> SignedDuration {
        match self.planning {
            Planning::ByPool => self.funds_retry_every + self.spread(id, n),
            Planning::Every(pause) => pause,
            Planning::Doubling { first, cap } => {
                let doubled = 1i32.checked_shl(n.saturating_sub(1)).filter(|factor| *factor > 0);
                let pause =
                    doubled.and_then(|factor| first.checked_mul(factor)).map_or(cap, |pause| pause.min(cap));
                let half = pause / 2;
                half + self.chance(id, n, half)
            }
        }
    }

    /// How likely a refund must fit to go, where payments are seen: from [`LEAST_GO_AT_PER_MILLE`] to certainty.
    pub fn go_at(&self) -> f64 {
        f64::from(self.go_at_per_mille.clamp(LEAST_GO_AT_PER_MILLE, 1_000)) / 1_000.0
    }

    /// How many refusals may be spent in a full hour of waiting, where nothing is seen of the pool.
    pub fn refusals_per_hour(&self) -> f64 {
        f64::from(self.refusals_per_hundred_hours) / 100.0
    }

    /// The offset that the refund named `id` gets among all that go late in the day: between nothing and fifteen minutes.
    pub fn long_spread(&self, id: &str) -> SignedDuration {
        self.chance(id, 0, SignedDuration::from_mins(15))
    }

    /// The offset that the timer-driven attempt after attempt `n` of the refund named `id` gets: between nothing and
    /// `jitter`, the same whenever it is computed.
    pub fn spread(&self, id: &str, n: u32) -> SignedDuration {
        self.chance(id, n, self.jitter)
    }

    /// A duration between nothing and `most`, the same whenever it is computed.
    fn chance(&self, id: &str, n: u32, most: SignedDuration) -> SignedDuration {
        let mut hasher = SipHasher13::new_with_keys(self.seed, u64::from(n));
        hasher.write(id.as_bytes());
        let range = u64::try_from(most.as_millis()).unwrap_or(0) + 1;
        SignedDuration::from_millis(i64::try_from(hasher.finish() % range).unwrap_or(0))
    }
}

/// The `n`-th of `pauses`, the last one for every further `n`; nothing if there are none.
pub(crate) fn pause(pauses: &[SignedDuration], n: u32) -> SignedDuration {
    let index = usize::try_from(n).unwrap_or(usize::MAX).min(pauses.len().saturating_sub(1));
    pauses.get(index).copied().unwrap_or(SignedDuration::ZERO)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_policy_lets_a_refund_go_on_next_to_no_chance_or_wait_for_more_than_certainty() {
        for (per_mille, expected) in
            [(0, 0.3), (100, 0.3), (300, 0.3), (301, 0.301), (500, 0.5), (2_000, 1.0)]
        {
            assert_eq!(Policy { go_at_per_mille: per_mille, ..Policy::default() }.go_at(), expected);
        }
    }
}
