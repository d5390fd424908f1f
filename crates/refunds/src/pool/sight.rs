//! How much of a pool's money we see, learned from past days: what we knew of each day while it lasted, beside what its
//! statement said afterwards.
//!
//! Payments that reach WeChat Pay by another way are not seen, and refunds made elsewhere (by hand on the Merchant Platform, by a
//! second system) take money that is not seen to leave. Both are the same every day, more or less; how much more or less is
//! learned as well. Source: [operations 2.6], [operations 6.4], \[inferred\].

use super::belief::Belief;
use super::estimate::Pool;
use super::normal::Normal;
use super::past::PastDay;

/// Below this share of payments seen, what is seen tells nothing of the rest.
const BLIND_BELOW: f64 = 0.2;

/// How much is seen of a pool.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Sight {
    /// What a day brings for refunds of ours for each unit that is seen; none if next to nothing is seen.
    pub net_per_seen: Option<f64>,
    /// By how much that varies: the variance of what a day brings, for each unit that is seen.
    pub noise: f64,
    /// The share of what is paid that others' refunds take.
    pub leak: f64,
}

impl Sight {
    /// What past days say. Without any, what is seen is taken for all there is.
    pub fn of(past: &[PastDay]) -> Sight {
        let sum = |of: fn(&PastDay) -> i64| past.iter().map(|day| of(day) as f64).sum::<f64>();
        let (paid, seen, lost) = (sum(|day| day.paid.total()), sum(|day| day.seen), sum(leaked));
        if paid <= 0.0 {
            return Sight { net_per_seen: Some(1.0), noise: 0.0, leak: 0.0 };
        }
        let leak = lost / paid;
        if seen < BLIND_BELOW * paid {
            return Sight { net_per_seen: None, noise: 0.0, leak };
        }
        let net_per_seen = (paid - lost) / seen;
        let off = |day: &PastDay| {
            let net = (day.paid.total() - leaked(day)) as f64;
            let off = net - net_per_seen * day.seen as f64;
            off * off
        };
        let noise = past.iter().map(off).sum::<f64>() / seen;
        Sight { net_per_seen: Some(net_per_seen), noise, leak }
    }

    /// What is thought of today's pool by a refund, for which its money may be kept together; none if next to nothing is seen of
    /// it.
    pub fn belief(&self, pool: &Pool, is_kept_for: bool) -> Option<Belief> {
        let per_seen = self.net_per_seen?;
        // What the day has brought beyond what is seen of it: it drifts as the seen part grows, and every answer cuts off what
        // can no longer be.
        let mut beyond = Normal { mean: 0.0, variance: 0.0 };
        let mut seen_then = 0;
        for told in &pool.today.told {
            let grown = (told.seen - seen_then).max(0) as f64;
            seen_then = seen_then.max(told.seen);
            beyond.variance += self.noise * grown;
            beyond = beyond.given(told.brought as f64 - per_seen * told.seen as f64, told.enough);
        }
        beyond.variance += self.noise * (pool.seen() - seen_then).max(0) as f64;
        let mean = per_seen * pool.seen() as f64 + beyond.mean;
        let spoken_for = pool.spoken_for(is_kept_for).saturating_sub(pool.left_of_yesterday()) as f64;
        Some(Belief { brought: Normal { mean, ..beyond }, spoken_for })
    }
}

/// What others' refunds took.
fn leaked(day: &PastDay) -> i64 {
    (day.refunded - day.accepted).max(0)
}
