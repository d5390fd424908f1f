//! Many seeds: on all cores, each seed on one of them.

use std::collections::BTreeMap;
use std::num::NonZero;
use std::ops::Range;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};
use std::thread;

use jiff::Timestamp;

use crate::history::{History, Kind, Setup, Tally, Violation};
use crate::mutations::Mutation;
use crate::world::run;

/// What came of many seeds.
#[derive(Debug, Clone, Default)]
pub struct Findings {
    /// Histories run.
    pub seeds: u64,
    /// Refunds taken in.
    pub refunds: u64,
    /// The first violation of each failing seed.
    pub violations: BTreeMap<u64, Violation>,
    /// What happened, counted.
    pub tally: Tally,
}

impl Findings {
    /// Seeds whose first violation is of this kind.
    pub fn of(&self, kind: Kind) -> u64 {
        self.violations.values().filter(|violation| violation.kind == kind).count() as u64
    }

    fn add(&mut self, history: History) {
        self.seeds += 1;
        self.refunds += history.refunds;
        self.tally = self.tally.and(history.tally);
        self.violations.extend(history.violation.map(|violation| (history.seed, violation)));
    }
}

/// Runs all `seeds` without a planted mistake.
pub fn run_all(seeds: Range<u64>, refunds: u32) -> Findings {
    search(seeds, refunds, None, false)
}

/// The first of `seeds` in which a judge finds `mutation`, and what it found; none if none does.
pub fn catch(mutation: Mutation, seeds: Range<u64>, refunds: u32) -> Option<(u64, Violation)> {
    search(seeds, refunds, Some(mutation), true).violations.into_iter().next()
}

fn search(seeds: Range<u64>, refunds: u32, mutation: Option<Mutation>, stop_at_first: bool) -> Findings {
    let next = AtomicU64::new(seeds.start);
    let found_before = AtomicU64::new(seeds.end);
    let findings = Mutex::new(Findings::default());
    let work = || loop {
        let seed = next.fetch_add(1, Ordering::Relaxed);
        if seed >= found_before.load(Ordering::Relaxed) {
            return;
        }
        let history = contained(&Setup { mutation, ..Setup::of(seed, refunds) });
        if stop_at_first && history.violation.is_some() {
            // Lower seeds are under way or done, so the first one is the same whatever the threads do.
            found_before.fetch_min(seed, Ordering::Relaxed);
        }
        findings.lock().unwrap_or_else(PoisonError::into_inner).add(history);
    };
    on_all_cores(work);
    findings.into_inner().unwrap_or_else(PoisonError::into_inner)
}

/// Does `work` on each core.
pub(crate) fn on_all_cores(work: impl Fn() + Sync) {
    let cores = thread::available_parallelism().map_or(1, NonZero::get);
    thread::scope(|scope| {
        for _ in 0..cores {
            scope.spawn(&work);
        }
    });
}

/// A panic is a finding like others.
pub(crate) fn contained(setup: &Setup) -> History {
    catch_unwind(AssertUnwindSafe(|| run(setup.clone()))).unwrap_or_else(|panic| {
        let what = panic
            .downcast_ref::<String>()
            .cloned()
            .or_else(|| panic.downcast_ref::<&str>().map(|text| (*text).to_owned()))
            .unwrap_or_default();
        let violation = Violation {
            kind: Kind::Panic,
            at: Timestamp::UNIX_EPOCH,
            sentence: format!("it panicked: {what}"),
        };
        History {
            seed: setup.seed,
            refunds: 0,
            violation: Some(violation),
            hash: 0,
            points: 0,
            tally: Tally::default(),
            trace: vec![],
        }
    })
}
