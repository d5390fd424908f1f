//! Refunds are taken in, each on disk before it is answered. All merchant ids are paused: nothing is submitted.

use std::path::Path;
use std::time::Duration;

use serde::Serialize;

use super::setting::Setting;
use super::subject::Subject;
use super::{CALLERS, Cost, WINDOW};
use crate::callers::{Pace, call};
use crate::error::BenchError;
use crate::figures::{Distribution, Rate};
use crate::processes::usage::thread_cpu;
use crate::world::ENDLESS_FEN;

/// How many refunds a second are asked for where it is about how long an answer takes.
pub const PACE: u32 = 1_000;

/// Answers before this are no part of the figures: connections and caches are new.
const WARM_UP: Duration = Duration::from_secs(1);

/// What came of it.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Accepting {
    /// How many were taken in while 32 callers asked as fast as they were answered.
    pub refunds: usize,
    /// How fast.
    pub rate: Option<Rate>,
    /// How long the answers took then.
    pub latency: Option<Distribution>,
    /// What the gateway used then.
    pub gateway: Cost,
    /// What the callers used then, CPU microseconds a refund.
    pub callers_us_per_refund: Option<f64>,
    /// How long the answers took while [`PACE`] a second were asked for.
    pub paced_latency: Option<Distribution>,
    /// How many of those a second were answered.
    pub paced_rate: Option<Rate>,
    /// What the gateway had in memory before the first refund, in MiB.
    pub idle_mib: f64,
}

/// Takes refunds in for `each`, first as many as go, then [`PACE`] a second.
pub async fn accepting(setting: &Setting, disk: &Path, each: Duration) -> Result<Accepting, BenchError> {
    let subject = Subject::start(setting, disk).await?;
    subject.pause().await?;
    let place = subject.process.place.clone();
    let idle = subject.process.usage();

    let access = subject.access();
    let warm_up =
        call(&place, CALLERS, Pace::AtOnce, WARM_UP.min(each), move |n| access.refund(n, ENDLESS_FEN))
            .await?;
    let first = warm_up.answered.len() + CALLERS;
    let (before, callers_before) = (subject.process.usage(), thread_cpu());
    let access = subject.access();
    let called =
        call(&place, CALLERS, Pace::AtOnce, each, move |n| access.refund(first + n, ENDLESS_FEN)).await?;
    let (after, callers_after) = (subject.process.usage(), thread_cpu());

    let refunds = called.answered.len();
    let next = first + refunds + CALLERS;
    let access = subject.access();
    let paced =
        call(&place, CALLERS, Pace::PerSecond(PACE), each, move |n| access.refund(next + n, ENDLESS_FEN))
            .await?;
    subject.process.stop().await?;

    let used = Cost::of(&after.since(&before), refunds);
    let callers = callers_after.zip(callers_before).map(|(after, before)| after.saturating_sub(before));
    Ok(Accepting {
        refunds,
        rate: Rate::of(&called.answered_after(), WINDOW.min(each)),
        latency: Distribution::of(called.took()),
        gateway: used,
        callers_us_per_refund: callers
            .map(|time| time.as_secs_f64() * 1e6 / crate::figures::whole(refunds.max(1))),
        paced_latency: Distribution::of(paced.took()),
        paced_rate: Rate::of(&paced.answered_after(), WINDOW.min(each)),
        idle_mib: super::mib(idle.resident),
    })
}
