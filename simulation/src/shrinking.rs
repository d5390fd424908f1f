//! A failing history made smaller: what it does not need in order to fail is left out, fault by fault and refund by refund.
//!
//! All chance is drawn by name, so leaving one thing out changes no other's luck, and what remains is still the same story.

use crate::campaign::contained;
use crate::faults::Fault;
use crate::history::{Kind, Setup};

/// The smallest history found that fails as `setup` does; none if it does not fail.
///
/// Fails alike: the same [`Kind`], whenever and of whatever refund.
pub fn shrink(setup: Setup) -> Option<Setup> {
    let kind = contained(&setup).violation?.kind;
    let mut smallest = setup;
    for fault in Fault::ALL {
        let mut smaller = smallest.clone();
        smaller.without.faults.insert(fault);
        keep_if_failing(&mut smallest, smaller, kind);
    }
    let asks = smallest.asks();
    let mut span = asks.div_ceil(2);
    while span > 0 {
        for first in (0..asks).step_by(span) {
            let mut smaller = smallest.clone();
            smaller.without.asks.extend(first..asks.min(first + span));
            keep_if_failing(&mut smallest, smaller, kind);
        }
        span /= 2;
    }
    Some(smallest)
}

fn keep_if_failing(smallest: &mut Setup, smaller: Setup, kind: Kind) {
    let is_smaller = smaller.without != smallest.without;
    if is_smaller && contained(&smaller).violation.is_some_and(|violation| violation.kind == kind) {
        *smallest = smaller;
    }
}

/// The command that runs `setup` again and writes it down.
pub fn replay_command(setup: &Setup) -> String {
    let Setup { seed, refunds, mutation, without, crashes, trace: _ } = setup;
    let mut command = format!("cargo run --release -p simulation -- --trace {seed} --refunds {refunds}");
    if let Some(mutation) = mutation {
        command += &format!(" --mutation {}", mutation.name());
    }
    if !crashes.is_empty() {
        let crashes: Vec<String> = crashes.iter().map(|point| point.to_string()).collect();
        command += &format!(" --crashes {}", crashes.join(","));
    }
    if !without.faults.is_empty() {
        let faults: Vec<&str> = without.faults.iter().map(|fault| fault.name()).collect();
        command += &format!(" --without {}", faults.join(","));
    }
    if !without.asks.is_empty() {
        let kept = (0..setup.asks()).filter(|ask| !without.asks.contains(ask));
        let kept: Vec<String> = kept.map(|ask| ask.to_string()).collect();
        command += &format!(" --only {}", kept.join(","));
    }
    command
}
