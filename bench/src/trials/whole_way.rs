//! Refunds on their whole way: taken in, submitted with signatures both ways, accepted by WeChat Pay, and that on disk; or
//! further, until WeChat Pay's query says that the payer has the money, and that is on disk.
//!
//! The clock is real. A result would be asked for a minute after the acceptance; where the confirmation is waited for, a
//! signed notification a second after the acceptance brings the query forward, as it does in life.
//! WeChat Pay's limits hold: the gateway submits so many a second for a merchant id and no more.

use std::collections::BTreeMap;
use std::path::Path;
use std::time::Duration;

use jiff::Timestamp;
use serde::Serialize;

use super::reckoning::{Life, reckon};
use super::setting::Setting;
use super::subject::Subject;
use super::{CALLERS, Cost, WINDOW};
use crate::callers::{Pace, call};
use crate::error::BenchError;
use crate::figures::{Distribution, Rate, per_second, whole};
use crate::processes::gateway;
use crate::processes::usage::thread_cpu;
use crate::world::{ENDLESS_FEN, QUICK_FEN};

/// Where the way ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum End {
    /// WeChat Pay's signed acceptance is on disk.
    Acceptance,
    /// WeChat Pay's answer to the query is on disk: the payer has the money.
    Confirmation,
}

impl End {
    /// How many calls to WeChat Pay the way takes. Each is signed and checked at both ends.
    pub fn calls(self) -> f64 {
        match self {
            End::Acceptance => 1.0,
            End::Confirmation => 2.0,
        }
    }
}

/// Which refunds go which way.
#[derive(Debug, Clone, Copy)]
pub struct Way {
    /// The number of the first; no trial before had it or one behind it.
    pub first: usize,
    /// How many.
    pub refunds: usize,
    /// Where their way ends.
    pub end: End,
}

/// What came of it.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct WholeWay {
    /// Where the way ended.
    pub end: End,
    /// How many refunds were asked for at once.
    pub refunds: usize,
    /// How many a second came to the end, from the first request to the last end.
    pub per_s: f64,
    /// The same in windows.
    pub ended: Option<Rate>,
    /// How fast they were taken in while others were submitted.
    pub taken_in: Option<Rate>,
    /// How long the answers took.
    pub taken_in_latency: Option<Distribution>,
    /// From the taking in to the end, waiting in the crowd included.
    pub to_the_end: Option<Distribution>,
    /// From the decision to submit to WeChat Pay's acceptance.
    pub attempt: Option<Distribution>,
    /// What the gateway used.
    pub gateway: Cost,
    /// What the sandbox used.
    pub sandbox: Cost,
    /// What the callers used, CPU microseconds a refund.
    pub callers_us_per_refund: Option<f64>,
    /// How it stood in the gateway's store afterwards: how many refunds are in which state.
    pub states: BTreeMap<&'static str, usize>,
    /// Attempts for each refund.
    pub attempts_per_refund: f64,
    /// How many refunds the platform accepted, by its own books.
    pub accepted_by_platform: usize,
    /// How many rules of the platform were broken since it began, refunds paid twice among them.
    pub violations: usize,
}

/// Sends refunds on their way.
pub async fn whole_way(setting: &Setting, disk: &Path, way: Way) -> Result<WholeWay, BenchError> {
    let Way { first, refunds, end } = way;
    setting.pay_orders(first, first + refunds).await?;
    let pools = setting.fill_pools().await?;
    let subject = Subject::start(setting, disk).await?;
    subject.show_pools(&pools).await?;
    subject.wait_for_acceptance(pools.len()).await?;
    let books_before = setting.audit().await?;

    let access = subject.access();
    let fen = if end == End::Acceptance { ENDLESS_FEN } else { QUICK_FEN };
    let post = move |n| (n < refunds).then(|| access.refund(first + n, fen)).flatten();
    let (gateway_before, sandbox_before) = (subject.process.usage(), setting.sandbox.usage());
    let callers_before = thread_cpu();
    let place = subject.process.place.clone();
    let (called, ended) = tokio::join!(call(&place, CALLERS, Pace::AtOnce, Duration::MAX, post), async {
        subject.wait_for_acceptance(pools.len() + refunds).await?;
        match end {
            End::Acceptance => Ok(()),
            // The orders that show the pools were asked about, too.
            End::Confirmation => subject.wait_for_confirmation(pools.len() + refunds).await,
        }
    });
    let called = called?;
    ended?;
    let callers_after = thread_cpu();
    let gateway_used = subject.process.usage().since(&gateway_before);
    let sandbox_used = setting.sandbox.usage().since(&sandbox_before);
    subject.process.stop().await?;
    let reckoning = reckon(&gateway::store(subject.folder.path()), &setting.merchants).await?;
    let books = setting.audit().await?;

    let lives: Vec<Life> = reckoning.lives.values().copied().collect();
    let ended_at = |life: &Life| if end == End::Acceptance { life.processing } else { life.succeeded };
    let ends = spans(&lives, |life| Some((called.began_at, ended_at(life)?)));
    let callers = callers_after.zip(callers_before).map(|(after, before)| after.saturating_sub(before));
    Ok(WholeWay {
        end,
        refunds,
        per_s: ends.iter().max().map_or(0.0, |last| per_second(ends.len(), *last)),
        ended: Rate::of(&ends, WINDOW),
        taken_in: Rate::of(&called.answered_after(), WINDOW),
        taken_in_latency: Distribution::of(called.took()),
        to_the_end: Distribution::of(spans(&lives, |life| Some((life.created, ended_at(life)?)))),
        attempt: Distribution::of(spans(&lives, |life| Some((life.submitting?, life.processing?)))),
        gateway: Cost::of(&gateway_used, refunds),
        sandbox: Cost::of(&sandbox_used, refunds),
        callers_us_per_refund: callers.map(|time| time.as_secs_f64() * 1e6 / whole(refunds.max(1))),
        attempts_per_refund: reckoning.attempts_per_refund(),
        states: reckoning.states,
        accepted_by_platform: books.accepted().saturating_sub(books_before.accepted()),
        violations: books.violations(),
    })
}

/// The time between two moments of each life that has both.
fn spans(lives: &[Life], ends: impl Fn(&Life) -> Option<(Timestamp, Timestamp)>) -> Vec<Duration> {
    let span = |(from, to): (Timestamp, Timestamp)| Duration::try_from(to.duration_since(from)).ok();
    lives.iter().filter_map(ends).filter_map(span).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_lives_with_both_moments_have_a_span() {
        let at = |second| Timestamp::constant(second, 0);
        let life = |created, processing: Option<i64>| Life {
            created: at(created),
            submitting: None,
            processing: processing.map(at),
            succeeded: None,
        };
        let lives = [life(1, Some(3)), life(2, None), life(5, Some(6))];
        let found = spans(&lives, |life| Some((life.created, life.processing?)));
        assert_eq!(found, [Duration::from_secs(2), Duration::from_secs(1)]);
    }
}
