//! How long a node may trust that what it owns is still its own.
//!
//! Several nodes share a store. Each sends it a heartbeat, one for all merchant ids it owns, and the store notes when, by its
//! own clock. A node whose last heartbeat is older than [`Lease::ttl`] is dead to the others: whoever finds that out takes over
//! what it owned. The epoch keeps the old owner from writing from then on, and [`Trust`] keeps it from acting: it must have
//! stopped before anybody may begin.
//!
//! That holds without any two clocks agreeing. The node counts from before its heartbeat set out, which is before the store
//! noted it, and stops a margin earlier than the store gives it up; so it is enough that no clock goes faster than another by
//! more than the margin's share of the time. What it counts with must go on by itself: a clock that tells the time can be set
//! back, and a node that trusts it goes on for as long as it was set back.
//!
//! Between the question whether the trust holds and what is done because it did, a node may be stopped for any time. No lease
//! can help there: that is what the epoch, and the time stamp of a request, are for.

use std::time::Duration;

use jiff::{SignedDuration, Timestamp};

/// The figures of a lease.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Lease {
    /// A node is dead to the others when its last heartbeat is older than this, by the store's clock.
    pub ttl: Duration,
    /// How often a node sends a heartbeat.
    pub beat_every: Duration,
    /// How much earlier than the store gives it up a node stops trusting.
    pub margin: Duration,
}

impl Default for Lease {
    fn default() -> Lease {
        Lease {
            ttl: Duration::from_secs(3),
            beat_every: Duration::from_secs(1),
            margin: Duration::from_millis(500),
        }
    }
}

impl Lease {
    /// Whether a node is dead to the others whose last heartbeat the store noted at `last_beat`; both times are the store's.
    ///
    /// Not yet at exactly [`ttl`](Lease::ttl).
    pub fn is_dead(&self, last_beat: Timestamp, now: Timestamp) -> bool {
        let ttl = SignedDuration::try_from(self.ttl).unwrap_or(SignedDuration::MAX);
        now.duration_since(last_beat) > ttl
    }
}

/// What a node's monotonic clock shows: the time since some instant that stays the same as long as the node lives.
///
/// It must count on while the process or the whole machine stands still, and nobody may be able to set it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Uptime(pub Duration);

/// What a node knows of its lease.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Trust {
    lease: Lease,
    standing: Standing,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Standing {
    /// No heartbeat was taken yet.
    Unknown,
    /// The newest heartbeat that was taken set out then.
    Taken(Uptime),
    /// The store has given the node up.
    Over,
}

impl Trust {
    /// Of a node that has not been heard yet: it may not act.
    pub fn none(lease: Lease) -> Trust {
        Trust { lease, standing: Standing::Unknown }
    }

    /// The store took a heartbeat that set out at `sent_at`; answers may come in any order.
    pub fn taken(&mut self, sent_at: Uptime) {
        self.standing = match self.standing {
            Standing::Unknown => Standing::Taken(sent_at),
            Standing::Taken(before) => Standing::Taken(before.max(sent_at)),
            Standing::Over => Standing::Over,
        };
    }

    /// The store refused a heartbeat because it has given the node up. Whoever wants to go on begins as another node.
    pub fn over(&mut self) {
        self.standing = Standing::Over;
    }

    /// Until when the node may act, exclusive; none if it may not at all.
    pub fn until(&self) -> Option<Uptime> {
        let Standing::Taken(Uptime(sent_at)) = self.standing else { return None };
        Some(Uptime(sent_at.saturating_add(self.lease.ttl.saturating_sub(self.lease.margin))))
    }

    /// Whether the node may decide and send at `now`.
    pub fn holds(&self, now: Uptime) -> bool {
        self.until().is_some_and(|until| now < until)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn up(millis: u64) -> Uptime {
        Uptime(Duration::from_millis(millis))
    }

    fn at(millis: i64) -> Timestamp {
        Timestamp::UNIX_EPOCH + SignedDuration::from_millis(millis)
    }

    #[test]
    fn a_node_that_was_not_heard_yet_does_nothing() {
        assert!(!Trust::none(Lease::default()).holds(up(0)));
    }

    #[test]
    fn trust_counts_from_before_the_heartbeat_and_ends_a_margin_before_the_lease() {
        let mut trust = Trust::none(Lease::default());
        trust.taken(up(10_000));
        for (now, holds) in [(10_000, true), (12_499, true), (12_500, false), (13_000, false)] {
            assert_eq!(trust.holds(up(now)), holds, "{now}");
        }
    }

    #[test]
    fn a_later_answer_to_an_earlier_heartbeat_shortens_nothing() {
        let mut trust = Trust::none(Lease::default());
        trust.taken(up(11_000));
        trust.taken(up(10_000));
        assert_eq!(trust.until(), Some(up(13_500)));
    }

    #[test]
    fn who_was_given_up_never_trusts_again() {
        let mut trust = Trust::none(Lease::default());
        trust.taken(up(10_000));
        trust.over();
        trust.taken(up(11_000));
        assert!(!trust.holds(up(11_000)));
    }

    #[test]
    fn a_node_is_dead_when_its_last_heartbeat_is_older_than_the_lease() {
        let lease = Lease::default();
        for (now, dead) in [(0, false), (3_000, false), (3_001, true)] {
            assert_eq!(lease.is_dead(at(0), at(now)), dead, "{now}");
        }
    }

    #[test]
    fn trust_ends_before_death_though_clocks_go_at_different_rates() {
        let lease = Lease::default();
        // The heartbeat sets out at 0 and is noted at once, the worst for the node; rates in thousandths.
        for (node_rate, store_rate) in [(1_000, 1_000), (950, 1_050), (1_050, 950)] {
            let mut trust = Trust::none(lease);
            trust.taken(up(0));
            let both = |real: i64| {
                let uptime = up(u64::try_from(real * node_rate / 1_000).unwrap());
                trust.holds(uptime) && lease.is_dead(at(0), at(real * store_rate / 1_000))
            };
            assert!(!(0..10_000).any(both), "{node_rate} {store_rate}");
        }
    }
}
