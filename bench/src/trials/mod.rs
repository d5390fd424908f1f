//! Trials: what is asked of the gateway, and what is measured while it does it.
//!
//! - [`setting`]: the sandbox that all trials share, and the payments at it.
//! - [`subject`]: a gateway with an empty store, new for each trial.
//! - [`accepting`]: refunds are taken in and nothing is submitted.
//! - [`at_rest`]: one refund now and then, from its request to its arrival at WeChat Pay.
//! - [`whole_way`]: refunds go all the way to WeChat Pay's acceptance, or to its confirmation.
//! - [`reckoning`]: what the gateway left on disk, read after it has ended.
//! - [`tenant`]: refunds that go into the store without a gateway.
//! - [`micro`]: single steps without HTTP around them.

pub mod accepting;
pub mod at_rest;
pub mod micro;
pub mod reckoning;
pub mod setting;
pub mod subject;
pub mod tenant;
pub mod whole_way;

use std::time::Duration;

use serde::Serialize;

use crate::processes::usage::Usage;

/// How many callers there are, as with the peers.
pub const CALLERS: usize = 32;

/// Counts are taken in windows of this length.
pub const WINDOW: Duration = Duration::from_secs(1);

/// What a process used for a number of refunds.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Cost {
    /// CPU time a refund, in microseconds.
    pub cpu_us_per_refund: f64,
    /// The same by the names of its threads.
    pub by_thread_us: std::collections::BTreeMap<String, f64>,
    /// Memory at the end, in MiB.
    pub resident_mib: f64,
    /// The most memory it had since it began, in MiB.
    pub peak_mib: f64,
}

impl Cost {
    /// What `usage` is for each of `refunds`.
    pub fn of(usage: &Usage, refunds: usize) -> Cost {
        let refunds = u32::try_from(refunds).unwrap_or(u32::MAX).max(1);
        let each = |time: Duration| time.as_secs_f64() * 1e6 / f64::from(refunds);
        Cost {
            cpu_us_per_refund: each(usage.cpu),
            by_thread_us: usage.by_thread.iter().map(|(name, time)| (name.clone(), each(*time))).collect(),
            resident_mib: mib(usage.resident),
            peak_mib: mib(usage.peak),
        }
    }
}

/// Bytes in MiB; to the KiB.
pub(crate) fn mib(bytes: u64) -> f64 {
    u32::try_from(bytes / 1024).map_or(f64::MAX, f64::from) / 1024.0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cost_is_shared_by_all_refunds() {
        let usage = Usage {
            cpu: Duration::from_millis(50),
            by_thread: [("store writer".to_owned(), Duration::from_millis(20))].into(),
            resident: 3 << 20,
            peak: 5 << 19,
        };
        let cost = Cost::of(&usage, 100);
        assert_eq!((cost.cpu_us_per_refund, cost.by_thread_us["store writer"]), (500.0, 200.0));
        assert_eq!((cost.resident_mib, cost.peak_mib), (3.0, 2.5));
        assert_eq!(Cost::of(&usage, 0).cpu_us_per_refund, 50_000.0, "nothing is divided by nothing");
    }
}
